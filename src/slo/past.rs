//! What is known of an objective's past: its own slots, or those of its parts.

use super::ledger::{Ledger, Strand, counted};
use super::{Budgeting, Component, Slo};
use crate::domain::{SLOT_S, Slot};
use std::collections::BTreeMap;

/// The past of one objective.
#[derive(Clone, Debug)]
pub enum Past<'a> {
    /// Slots of its own (sorted, none twice).
    Slots(&'a [Slot]),
    /// Of a composite: its parts with theirs.
    Parts(Vec<Piece<'a>>),
}

/// A part of a composite objective, and its slots.
#[derive(Clone, Debug)]
pub struct Piece<'a> {
    /// The part.
    pub part: &'a Component,
    /// Its slots (sorted, none twice).
    pub slots: &'a [Slot],
}

impl<'a> From<&'a [Slot]> for Past<'a> {
    fn from(slots: &'a [Slot]) -> Self {
        Self::Slots(slots)
    }
}

impl<'a> From<&'a Vec<Slot>> for Past<'a> {
    fn from(slots: &'a Vec<Slot>) -> Self {
        Self::Slots(slots)
    }
}

impl Past<'_> {
    /// The first and the last slot there is.
    pub fn span(&self) -> Option<(Slot, Slot)> {
        let ends = |slots: &[Slot]| Some((*slots.first()?, *slots.last()?));
        match self {
            Self::Slots(slots) => ends(slots),
            Self::Parts(pieces) => {
                let all: Vec<_> = pieces.iter().filter_map(|piece| ends(piece.slots)).collect();
                let first = all.iter().map(|(first, _)| *first).min_by_key(|slot| slot.index)?;
                let last = all.iter().map(|(_, last)| *last).max_by_key(|slot| slot.index)?;
                Some((first, last))
            }
        }
    }

    /// Laid out in time as `slo` counts it, observed up to `frontier`.
    pub(super) fn ledger(&self, slo: &Slo, frontier: i64) -> Ledger {
        let method = slo.budgeting;
        match (self, method) {
            (Self::Slots(slots), _) => Ledger::new(&counted(method, slots.to_vec()), frontier),
            (Self::Parts(pieces), Budgeting::Occurrences) => {
                let budget = slo.objective.budget();
                let strand = |piece: &Piece<'_>| Strand {
                    share: piece.part.share(budget),
                    ledger: Ledger::new(piece.slots, frontier),
                };
                Ledger::woven(pieces.iter().map(strand).collect(), frontier)
            }
            (
                Self::Parts(pieces),
                Budgeting::Timeslices { slice, .. } | Budgeting::RatioTimeslices { slice },
            ) => {
                let per_slice = u32::try_from(slice.as_secs() / u64::from(SLOT_S)).unwrap_or(1).max(1);
                Ledger::new(&sliced(pieces, method, per_slice), frontier)
            }
        }
    }
}

/// Slices of all parts as one (OpenSLO's composite of each method): bad if any
/// part is bad, or by as much as the weighted parts are. Where a part was not
/// seen, neither was the whole.
fn sliced(pieces: &[Piece<'_>], method: Budgeting, per_slice: u32) -> Vec<Slot> {
    let (mut seen, mut bad) = (BTreeMap::<u32, (usize, Slot)>::new(), BTreeMap::<u32, f64>::new());
    for piece in pieces {
        for slot in counted(method, piece.slots.to_vec()) {
            let (parts, known) = seen.entry(slot.index).or_insert((0, Slot { total: 0.0, bad: 0.0, ..slot }));
            *parts += 1;
            known.covered = known.covered.min(slot.covered);
            known.simulated |= slot.simulated;
            if slot.total <= 0.0 {
                continue;
            }
            let here = f64::from(slot.bad);
            let slice = bad.entry(slot.index / per_slice).or_insert(0.0);
            *slice = match method {
                Budgeting::RatioTimeslices { .. } => (*slice + piece.part.weight * here).min(1.0),
                Budgeting::Occurrences | Budgeting::Timeslices { .. } => slice.max(here),
            };
        }
    }
    let whole = seen.into_values().filter(|(parts, _)| *parts == pieces.len()).map(|(_, slot)| slot);
    let mut slots: Vec<Slot> = whole.collect();
    // The verdict stands in the last slot of its slice.
    for at in (0..slots.len()).rev() {
        let slice = slots.get(at).map(|slot| slot.index / per_slice);
        if let (Some(bad), Some(slot)) = (slice.and_then(|slice| bad.remove(&slice)), slots.get_mut(at)) {
            (slot.bad, slot.total) = (bad as f32, 1.0);
        }
    }
    slots
}
