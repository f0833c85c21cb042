//! Slots laid out in time, with running sums: what happened between any two
//! moments costs two look-ups.

use super::Budgeting;
use crate::domain::{SLOT_S, Slot};
use std::collections::BTreeMap;

/// Sums over a stretch of time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counts {
    /// Bad events.
    pub bad: f64,
    /// All events.
    pub total: f64,
    /// Seconds observed.
    pub covered: f64,
    /// Events the demo made up.
    pub simulated: f64,
}

impl Counts {
    /// Share of events that were bad; none without events.
    pub fn ratio(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.bad / self.total)
    }

    fn plus(self, slot: &Slot) -> Self {
        let (bad, total) = (f64::from(slot.bad), f64::from(slot.total));
        let simulated = self.simulated + if slot.simulated { total } else { 0.0 };
        Self {
            bad: self.bad + bad,
            total: self.total + total,
            covered: self.covered + f64::from(slot.covered),
            simulated,
        }
    }

    fn between(self, later: Self, part: f64) -> Self {
        let at = |a: f64, b: f64| a + (b - a) * part;
        Self {
            bad: at(self.bad, later.bad),
            total: at(self.total, later.total),
            covered: at(self.covered, later.covered),
            simulated: at(self.simulated, later.simulated),
        }
    }

    fn minus(self, earlier: Self) -> Self {
        Self {
            bad: self.bad - earlier.bad,
            total: self.total - earlier.total,
            covered: self.covered - earlier.covered,
            simulated: self.simulated - earlier.simulated,
        }
    }
}

/// The history of one objective.
#[derive(Clone, Debug)]
pub struct Ledger {
    first: u32,
    /// Sums of everything before each slot, and one more at the end.
    sums: Vec<Counts>,
    frontier: i64,
    /// Of a composite: its parts; nothing stands in `sums` then.
    strands: Vec<Strand>,
}

/// A part of a composite objective's history.
#[derive(Clone, Debug)]
pub struct Strand {
    /// What one share of bad events of this part is of the whole's.
    pub share: f64,
    /// Its history.
    pub ledger: Ledger,
}

impl Ledger {
    /// Lays `slots` out (sorted, none twice), observed up to `frontier` (seconds
    /// since the epoch): the slot it lies in is spread over its part before it.
    pub fn new(slots: &[Slot], frontier: i64) -> Self {
        let first = slots.first().map_or(0, |slot| slot.index);
        let mut sums = vec![Counts::default()];
        let mut sum = Counts::default();
        for slot in slots.iter().filter(|slot| slot.begins() < frontier) {
            let place = slot.index.saturating_sub(first) as usize;
            // Slots that are not there add nothing.
            while sums.len() <= place {
                sums.push(sum);
            }
            sum = sum.plus(slot);
            sums.push(sum);
        }
        Self { first, sums, frontier, strands: Vec::new() }
    }

    /// Parts as one: each part's share of bad events counts as its strand says,
    /// whatever its traffic. The events of the whole are those of all parts; the
    /// bad ones are weighted, and need not have happened.
    pub fn woven(strands: Vec<Strand>, frontier: i64) -> Self {
        Self { first: 0, sums: Vec::new(), frontier, strands }
    }

    /// Up to when it was observed.
    pub fn frontier(&self) -> i64 {
        self.frontier
    }

    /// When the first slot begins; the frontier if there is none.
    pub fn begins(&self) -> i64 {
        if let Some(latest) = self.strands.iter().map(|strand| strand.ledger.begins()).max() {
            return latest;
        }
        if self.sums.len() > 1 { i64::from(self.first) * i64::from(SLOT_S) } else { self.frontier }
    }

    /// What happened in `(from, until]`. A slot that lies half inside counts half.
    pub fn between(&self, from: i64, until: i64) -> Counts {
        if self.strands.is_empty() {
            return self.before(until).minus(self.before(from));
        }
        let parts = || self.strands.iter().map(|strand| (strand.share, strand.ledger.between(from, until)));
        let total: f64 = parts().map(|(_, part)| part.total).sum();
        let ratio: f64 = parts().filter_map(|(share, part)| Some(share * part.ratio()?)).sum();
        Counts {
            bad: ratio * total,
            total,
            covered: parts().map(|(_, part)| part.covered).fold(f64::INFINITY, f64::min),
            simulated: parts().map(|(_, part)| part.simulated).sum(),
        }
    }

    /// The share of all events in `(from, until]` that were bad by `at`, in a
    /// composite weighted: what a burndown falls by.
    pub fn spent(&self, from: i64, at: i64, until: i64) -> Option<f64> {
        if self.strands.is_empty() {
            let total = self.between(from, until).total;
            return (total > 0.0).then(|| self.between(from, at).bad / total);
        }
        let part = |strand: &Strand| Some(strand.share * strand.ledger.spent(from, at, until)?);
        self.strands.iter().filter_map(part).reduce(|a, b| a + b)
    }

    /// Whether more was bad than there was, in any part.
    pub fn is_contradictory(&self, from: i64, until: i64) -> bool {
        if self.strands.is_empty() {
            let sum = self.between(from, until);
            return sum.bad < 0.0 || sum.bad > sum.total;
        }
        self.strands.iter().any(|strand| strand.ledger.is_contradictory(from, until))
    }

    /// What happened in the last `seconds` before `until`.
    pub fn over(&self, seconds: u64, until: i64) -> Counts {
        self.between(until.saturating_sub(i64::try_from(seconds).unwrap_or(i64::MAX)), until)
    }

    fn before(&self, at: i64) -> Counts {
        let at = at.min(self.frontier);
        let length = i64::from(SLOT_S);
        let begin = i64::from(self.first) * length;
        let Ok(place) = usize::try_from((at - begin).div_euclid(length)) else { return Counts::default() };
        let last = self.sums.last().copied().unwrap_or_default();
        match (self.sums.get(place), self.sums.get(place + 1)) {
            (Some(earlier), Some(later)) => {
                let slot_begin = begin + i64::try_from(place).unwrap_or(0) * length;
                let observed = length.min(self.frontier - slot_begin).max(1);
                let part = (at - slot_begin) as f64 / observed as f64;
                earlier.between(*later, part.clamp(0.0, 1.0))
            }
            _ => last,
        }
    }
}

/// Slots as a budgeting method counts them: occurrences as they are; with
/// slices, one event per slice that had traffic, bad as a whole or by its
/// share. Slices shorter than a slot are counted as slots.
pub fn counted(budgeting: Budgeting, slots: Vec<Slot>) -> Vec<Slot> {
    let (target, slice) = match budgeting {
        Budgeting::Occurrences => return slots,
        Budgeting::Timeslices { target, slice } => (Some(target), slice),
        Budgeting::RatioTimeslices { slice } => (None, slice),
    };
    let per_slice = u32::try_from(slice.as_secs() / u64::from(SLOT_S)).unwrap_or(1).max(1);
    let mut slices: BTreeMap<u32, Vec<Slot>> = BTreeMap::new();
    for slot in slots {
        slices.entry(slot.index / per_slice).or_default().push(slot);
    }
    slices.into_values().flat_map(|group| slice_of(&group, target)).collect()
}

/// One slice as slots: its verdict in the last slot, the others only covered.
fn slice_of(group: &[Slot], target: Option<f64>) -> Vec<Slot> {
    let sum = group.iter().fold(Counts::default(), Counts::plus);
    let mut out: Vec<Slot> = group.iter().map(|slot| Slot { bad: 0.0, total: 0.0, ..*slot }).collect();
    if let (Some(ratio), Some(last)) = (sum.ratio(), out.last_mut()) {
        last.total = 1.0;
        last.bad = match target {
            Some(target) => f32::from(u8::from(1.0 - ratio < target)),
            None => ratio as f32,
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn slot(index: u32, bad: f32, total: f32) -> Slot {
        Slot { index, bad, total, covered: 300, simulated: false }
    }

    #[test]
    fn sums_between_any_two_moments() {
        let slots = [slot(10, 1.0, 100.0), slot(11, 0.0, 100.0), slot(14, 10.0, 200.0)];
        let ledger = Ledger::new(&slots, 15 * 300);
        let all = ledger.between(0, 15 * 300);
        assert_eq!((all.bad, all.total, all.covered), (11.0, 400.0, 900.0));
        let half = ledger.between(10 * 300 + 150, 12 * 300);
        assert_eq!((half.bad, half.total), (0.5, 150.0));
        assert_eq!(ledger.between(12 * 300, 14 * 300), Counts::default(), "a gap is nothing");
        assert!((ledger.over(300, 15 * 300).bad - 10.0).abs() < 1e-9);
        assert_eq!(Ledger::new(&[], 99).between(0, 99), Counts::default());
    }

    #[test]
    fn the_slot_under_way_is_not_spread_over_the_future() {
        // 60 s into a slot with 30 events: the last 30 s held half of them.
        let ledger = Ledger::new(&[slot(10, 0.0, 60.0), slot(11, 6.0, 30.0)], 11 * 300 + 60);
        assert!((ledger.over(30, 11 * 300 + 60).total - 15.0).abs() < 1e-9);
        assert!((ledger.over(360, 11 * 300 + 60).total - 90.0).abs() < 1e-9);
    }

    #[test]
    fn slices_weigh_alike_whatever_their_traffic() {
        let slots = vec![slot(10, 5.0, 10.0), slot(11, 0.0, 990.0), slot(12, 0.0, 0.0), slot(13, 0.0, 1.0)];
        let ten = Duration::from_mins(10);
        let sum = |slots: &[Slot]| Ledger::new(slots, 14 * 300).between(0, 14 * 300);
        // Slice one: 5 of 1,000 bad. Slice two: one good event.
        let strict = counted(Budgeting::Timeslices { target: 0.999, slice: ten }, slots.clone());
        assert_eq!((sum(&strict).bad, sum(&strict).total), (1.0, 2.0));
        let lax = counted(Budgeting::Timeslices { target: 0.99, slice: ten }, slots.clone());
        assert_eq!((sum(&lax).bad, sum(&lax).total), (0.0, 2.0));
        let mean = counted(Budgeting::RatioTimeslices { slice: ten }, slots);
        assert!((sum(&mean).bad - 0.005).abs() < 1e-6);
        assert!((sum(&mean).covered - 1200.0).abs() < 1e-9);
    }
}
