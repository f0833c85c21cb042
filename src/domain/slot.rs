//! What happened to an objective's events in five minutes.

use serde::Serialize;

/// Length of a slot in seconds.
pub const SLOT_S: u32 = 300;

/// Events of one objective in one stretch of five minutes: what budgets and
/// burn rates are counted from. Sixteen bytes, since a month of one objective
/// has 8,640 of them; counts are exact up to 16.7 million events in a slot and
/// right to seven digits beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Slot {
    /// Which: seconds since the epoch at its beginning, divided by [`SLOT_S`].
    pub index: u32,
    /// Bad events; seconds of failure where there are no events to count.
    pub bad: f32,
    /// All events; seconds observed where there are none to count.
    pub total: f32,
    /// Seconds of the slot that were observed, 0 to [`SLOT_S`].
    pub covered: u16,
    /// Made up by the demo; marked wherever it is shown.
    pub simulated: bool,
}

impl Slot {
    /// The slot a moment (seconds since the epoch) lies in.
    pub fn index_at(seconds: i64) -> u32 {
        u32::try_from(seconds.div_euclid(i64::from(SLOT_S))).unwrap_or(0)
    }

    /// Seconds since the epoch at which it begins.
    pub fn begins(&self) -> i64 {
        i64::from(self.index) * i64::from(SLOT_S)
    }

    /// Seconds since the epoch at which it is over.
    pub fn ends(&self) -> i64 {
        self.begins() + i64::from(SLOT_S)
    }

    /// Both taken together: two observers of different parts of one slot.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let covered = self.covered.saturating_add(other.covered).min(SLOT_S as u16);
        Self {
            index: self.index,
            bad: self.bad + other.bad,
            total: self.total + other.total,
            covered,
            simulated: self.simulated || other.simulated,
        }
    }

    /// Whether it says anything: counts that are numbers, and some time observed.
    pub fn is_sound(&self) -> bool {
        self.bad.is_finite() && self.total.is_finite() && self.total >= 0.0 && self.covered > 0
    }
}
