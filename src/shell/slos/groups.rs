//! The label sets that split objectives have: asked of the source, noted on
//! disk, so that a restart and the command line know them.

use crate::domain::LabelSet;
use crate::promql::Answers;
use crate::slo::{MOST_GROUPS, Sli, Slo, found_groups, merged_groups, question, within};
use crate::store::SlotStore;
use std::collections::BTreeMap;

/// From question to question: new routes come with releases.
const EVERY_S: i64 = 60;

/// Label sets by the id of the objective they split.
#[derive(Debug, Default)]
pub(super) struct Groups {
    known: BTreeMap<String, Vec<LabelSet>>,
    /// How many there were where not all are counted.
    too_many: BTreeMap<String, usize>,
    asked: i64,
}

impl Groups {
    /// Takes from disk what was known of `slos`.
    pub(super) fn recall(&mut self, slos: &[Slo], store: Option<&SlotStore>) {
        self.asked = 0;
        for slo in slos.iter().filter(|slo| !slo.group_by.is_empty()) {
            if self.known.contains_key(&slo.id) {
                continue;
            }
            let mut noted = store.map(|store| store.groups(&slo.id)).unwrap_or_default();
            // Another definition may have split by other labels.
            noted.retain(|set| {
                set.len() == slo.group_by.len() && slo.group_by.iter().all(|l| set.contains_key(l))
            });
            self.known.insert(slo.id.clone(), noted);
        }
    }

    /// Asks for label sets, once in a minute; whether there are others now.
    pub(super) fn ask(
        &mut self,
        slos: &[Slo],
        source: &dyn Answers,
        store: Option<&SlotStore>,
        now: i64,
    ) -> bool {
        if now - self.asked < EVERY_S {
            return false;
        }
        self.asked = now;
        let mut changed = false;
        for slo in slos {
            let Some(question) = question(slo) else { continue };
            // What fails here fails again when events are counted, and is said there.
            let Ok(answer) = source.instant(&question, now * 1000) else { continue };
            let found = found_groups(slo, &answer);
            if found.len() > MOST_GROUPS {
                self.too_many.insert(slo.id.clone(), found.len());
            } else {
                self.too_many.remove(&slo.id);
            }
            let known = self.known.entry(slo.id.clone()).or_default();
            let merged = merged_groups(known, &found);
            if *known == merged {
                continue;
            }
            if let Some(Err(fault)) = store.map(|store| store.note_groups(&slo.id, &merged)) {
                tracing::warn!("label sets of {} are not kept: {fault}", slo.id);
            }
            *known = merged;
            changed = true;
        }
        changed
    }

    /// The objectives as they are counted: one for each label set where there
    /// are any, and the whole where there is none yet or a composite needs it.
    pub(super) fn split(&self, slos: &[Slo]) -> Vec<Slo> {
        let needed = |id: &str| {
            let parts = slos.iter().filter_map(|slo| match &slo.sli {
                Sli::Composite { parts } => Some(parts),
                Sli::BadOfTotal { .. }
                | Sli::GoodOfTotal { .. }
                | Sli::Raw { .. }
                | Sli::BoolGauge { .. }
                | Sli::Threshold { .. } => None,
            });
            parts.flatten().any(|part| part.id == id)
        };
        let mut out = Vec::with_capacity(slos.len());
        for slo in slos {
            let sets = self.known.get(&slo.id).filter(|_| !slo.group_by.is_empty());
            let parts: Vec<Slo> = sets.into_iter().flatten().filter_map(|set| within(slo, set)).collect();
            if parts.is_empty() || needed(&slo.id) {
                out.push(slo.clone());
            }
            out.extend(parts);
        }
        out
    }

    /// What is left out.
    pub(super) fn warnings(&self) -> impl Iterator<Item = String> {
        self.too_many.iter().map(|(id, count)| {
            format!("{id} has {count} label sets: {MOST_GROUPS} of them are counted, those with the most traffic first")
        })
    }
}
