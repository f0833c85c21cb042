//! One objective with what is known of it: its slots, and how far they go.

use super::History;
use crate::domain::{Fault, SLOT_S, Slot};
use crate::promql::{Answers, Error};
use crate::slo::{
    Backtest, Contributors, LEAST, Reach, Sli, Slo, contributors_window, measure, missing_edge,
};
use crate::store::{SLOTS_KEPT, SlotStore};
use std::sync::Arc;

/// A slot is counted anew until this long after its end: a page read in its
/// last seconds may still be on its way.
const SETTLE_S: i64 = 30;

/// Whether bucket edges exist is asked this often: histograms change with releases.
const EDGES_EVERY_S: i64 = 60;

/// One objective with what is known of it.
pub(super) struct Held {
    pub(super) slo: Arc<Slo>,
    pub(super) digest: u64,
    /// By index, none twice.
    pub(super) slots: Vec<Slot>,
    /// The first slot that is not final.
    next: u32,
    /// What an earlier process counted in the slot that was under way.
    base: Option<Slot>,
    pub(super) frontier: i64,
    /// The alert table over the history, and how long that was.
    pub(super) played: Option<(u32, Arc<Backtest>)>,
    /// A bucket edge it names that does not exist, and when that was asked.
    wrong_edge: Option<String>,
    edges_seen: i64,
    /// Who burns it, and when that was asked.
    pub(super) burnt_by: Option<(i64, Arc<Vec<Contributors>>)>,
    pub(super) trouble: Option<String>,
}

/// Where slots of the past come from.
#[derive(Clone, Copy)]
pub(super) struct Known<'a> {
    pub(super) history: Option<&'a History>,
    pub(super) store: Option<&'a SlotStore>,
    /// Whether what is asked knows the past.
    pub(super) remembers: bool,
}

impl Held {
    /// Begins with what is known of the past. What cannot be read is said in
    /// `trouble`.
    pub(super) fn begin(
        slo: Slo,
        digest: u64,
        now: i64,
        known: Known<'_>,
        trouble: &mut Option<String>,
    ) -> Self {
        let under_way = Slot::index_at(now);
        let oldest = under_way.saturating_sub(SLOTS_KEPT);
        let mut slots = known.history.map(|history| history(&slo)).unwrap_or_default();
        if let Some(store) = known.store {
            match store.load(&slo.id, digest, oldest) {
                Ok(loaded) => {
                    if loaded.damaged > 0 {
                        tracing::warn!(
                            "slots of {}: {} bytes were damaged and left out",
                            slo.id,
                            loaded.damaged
                        );
                    }
                    for slot in loaded.slots {
                        put(&mut slots, slot);
                    }
                }
                Err(fault) => *trouble = Some(format!("slots of {} cannot be read: {fault}", slo.id)),
            }
        }
        // A clock that was ahead must not leave slots that have not happened.
        slots.retain(|slot| slot.index <= under_way);
        let base = slots.last().copied().filter(|slot| slot.index == under_way && !known.remembers);
        let next = if known.remembers {
            // A server knows what happened while nobody looked.
            let window =
                u32::try_from(slo.window.length().as_secs() / u64::from(SLOT_S)).unwrap_or(SLOTS_KEPT);
            let back = under_way.saturating_sub(window.min(SLOTS_KEPT));
            slots.last().map_or(back, |last| last.index).max(back)
        } else {
            under_way
        };
        let frontier = slots.last().map_or(now, |slot| slot.ends().min(now));
        Self {
            slo: Arc::new(slo),
            digest,
            slots,
            next,
            base,
            frontier,
            played: None,
            wrong_edge: None,
            edges_seen: 0,
            burnt_by: None,
            trouble: None,
        }
    }

    /// The same under a definition that counts the same events.
    pub(super) fn defined(self, slo: Slo) -> Self {
        Self { slo: Arc::new(slo), ..self }
    }

    /// Whether it only has what its parts have.
    pub(super) fn is_composite(&self) -> bool {
        matches!(self.slo.sli, Sli::Composite { .. })
    }

    /// Share of the newest slot that was bad, of what may be.
    pub(super) fn bad_share(&self) -> f64 {
        let newest = self.slots.last().filter(|slot| slot.total > 0.0);
        newest.map_or(0.0, |slot| f64::from(slot.bad / slot.total) / self.slo.objective.budget())
    }

    /// Whether anything was bad in the window its burn is read of; who burnt what
    /// the demo made up, nobody can be asked.
    pub(super) fn burns(&self, now: i64) -> bool {
        let window = i64::try_from(contributors_window(&self.slo).as_secs()).unwrap_or(i64::MAX);
        self.slots
            .iter()
            .rev()
            .take_while(|slot| slot.ends() > now - window)
            .any(|slot| slot.bad > 0.0 && !slot.simulated)
    }

    pub(super) fn count(&mut self, source: &dyn Answers, look: bool, now: i64) -> Result<(), Error> {
        if now - self.edges_seen >= EDGES_EVERY_S {
            self.wrong_edge = missing_edge(&self.slo, source, now)?;
            self.edges_seen = now;
        }
        if self.wrong_edge.is_some() {
            // Counted all the same, what is slow would be good.
            self.trouble.clone_from(&self.wrong_edge);
            return Ok(());
        }
        match measure(&self.slo, source, Reach { first: self.next, now, look }) {
            Ok(found) => {
                for mut slot in found {
                    if let Some(base) = self.base.filter(|base| base.index == slot.index) {
                        slot = base.plus(slot);
                    }
                    put(&mut self.slots, slot);
                }
                self.trouble = None;
                let begin = i64::from(Slot::index_at(now)) * i64::from(SLOT_S);
                let least = i64::try_from(LEAST.as_secs()).unwrap_or(0);
                self.frontier = if now - begin >= least { now } else { begin };
                Ok(())
            }
            Err(error) => {
                self.trouble = Some(error.to_string());
                Err(error)
            }
        }
    }

    /// Writes what is final since the last time, and now and then the slot
    /// under way; what did not work is tried again.
    pub(super) fn write_down(&mut self, store: &SlotStore, now: i64, draft: bool) -> Result<(), Fault> {
        if self.trouble.is_some() {
            return Ok(());
        }
        let is_final = |slot: &Slot| slot.ends() + SETTLE_S <= now;
        let new: Vec<Slot> =
            self.slots.iter().filter(|slot| slot.index >= self.next && !slot.simulated).copied().collect();
        let (ended, under_way): (Vec<Slot>, Vec<Slot>) = new.into_iter().partition(is_final);
        store.append(&self.slo.id, self.digest, &ended, true)?;
        if draft {
            store.append(&self.slo.id, self.digest, &under_way, false)?;
        }
        let first_open = Slot::index_at(now - SETTLE_S);
        self.next = self.next.max(first_open);
        let oldest = first_open.saturating_sub(SLOTS_KEPT);
        if self.slots.first().is_some_and(|slot| slot.index < oldest) {
            self.slots.retain(|slot| slot.index >= oldest);
        }
        Ok(())
    }
}

/// Puts a slot in its place; a newer count replaces an older one.
fn put(slots: &mut Vec<Slot>, slot: Slot) {
    match slots.binary_search_by_key(&slot.index, |known| known.index) {
        Ok(at) => {
            if let Some(known) = slots.get_mut(at) {
                *known = slot;
            }
        }
        Err(at) => slots.insert(at, slot),
    }
}

/// What an objective's slots depend on: its indicator (FNV-1a over its JSON).
/// Another objective or window counts the same events.
pub fn digest(slo: &Slo) -> u64 {
    let text = serde_json::to_string(&slo.sli).unwrap_or_default();
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
