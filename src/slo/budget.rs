//! The arithmetic of an error budget. Formulas: SRE workbook, and Sloth's and
//! Pyrra's generated rules, which agree on these.

use super::Objective;
use serde::Serialize;
use std::time::Duration;

/// What is left of a budget, given what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Budget {
    /// What was promised.
    pub objective: Objective,
    /// Over which time.
    pub window: Duration,
    /// Bad events in the window.
    pub bad: f64,
    /// All events in the window.
    pub total: f64,
    /// Share of the window that was observed, 0 to 1. A budget measured for
    /// three hours is not one for thirty days.
    pub coverage: f64,
}

/// When a budget will be used up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "when", content = "in")]
pub enum Exhaustion {
    /// It is.
    Already,
    /// At the present burn, after this time.
    In(Duration),
    /// Not at the present burn.
    Never,
}

impl Budget {
    /// Share of events that were bad; none without events (0/0 is no ratio).
    pub fn error_ratio(&self) -> Option<f64> {
        (self.total > 0.0).then(|| self.bad / self.total)
    }

    /// Share of the budget left: 1 untouched, 0 used up, negative overdrawn.
    /// Never clamped; only bars are. Without events nothing was spent.
    pub fn remaining(&self) -> f64 {
        1.0 - self.error_ratio().unwrap_or(0.0) / self.objective.budget()
    }

    /// Bad minutes the whole window allows.
    pub fn minutes(&self) -> f64 {
        self.objective.budget() * self.window.as_secs_f64() / 60.0
    }

    /// Bad events that may still happen among those seen so far; negative if overdrawn.
    pub fn events_left(&self) -> f64 {
        self.objective.budget() * self.total - self.bad
    }

    /// How many times faster than sustainable: 1 spends exactly the budget over the window.
    pub fn burn_rate(objective: Objective, error_ratio: f64) -> f64 {
        error_ratio / objective.budget()
    }

    /// When it is used up if `burn` goes on (`remaining · W / burn`). Older
    /// errors that leave the window meanwhile are not counted in.
    pub fn exhaustion(&self, burn: f64) -> Exhaustion {
        let remaining = self.remaining();
        if remaining <= 0.0 {
            return Exhaustion::Already;
        }
        if burn <= 0.0 || !burn.is_finite() {
            return Exhaustion::Never;
        }
        Duration::try_from_secs_f64(remaining * self.window.as_secs_f64() / burn)
            .map_or(Exhaustion::Never, Exhaustion::In)
    }

    /// Whether one single bad event overdraws it: `(1−T)·n < 1`. Nothing
    /// measured on so few events deserves to wake anybody.
    pub fn is_too_small(&self) -> bool {
        // 1 − 0.999 is a little less than 0.001: exactly 1,000 events are enough.
        self.objective.budget() * self.total < 1.0 - 1e-9
    }

    /// Whether more was bad than there was: the indicator contradicts itself.
    pub fn is_inconsistent(&self) -> bool {
        self.bad < 0.0 || self.bad > self.total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budget(objective: f64, days: u64, bad: f64, total: f64) -> Budget {
        let objective = Objective::from_percent(objective).unwrap();
        Budget { objective, window: Duration::from_hours(24 * days), bad, total, coverage: 1.0 }
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9 * b.abs().max(1.0)
    }

    #[test]
    fn hand_computed_budgets_agree() {
        // 99.9 % over 30 days is 43.2 minutes, over 28 days 40.32 (workbook).
        assert!(close(budget(99.9, 30, 0.0, 1.0).minutes(), 43.2));
        assert!(close(budget(99.9, 28, 0.0, 1.0).minutes(), 40.32));
        // 290 bad of a million at 99.9 %: 29 % spent.
        let spent = budget(99.9, 28, 290.0, 1_000_000.0);
        assert!(close(spent.remaining(), 0.71), "{}", spent.remaining());
        assert!(close(spent.events_left(), 710.0), "{}", spent.events_left());
        assert!(close(budget(99.0, 28, 30.0, 1000.0).remaining(), -2.0), "overdrawn is not clamped");
    }

    #[test]
    fn exhaustion_at_the_present_burn() {
        let half = budget(99.9, 30, 500.0, 1_000_000.0);
        let Exhaustion::In(left) = half.exhaustion(14.4) else { panic!("burning") };
        assert!(close(left.as_secs_f64(), 0.5 * 30.0 * 86_400.0 / 14.4));
        assert_eq!(half.exhaustion(0.0), Exhaustion::Never);
        assert_eq!(budget(99.9, 30, 2_000.0, 1_000_000.0).exhaustion(1.0), Exhaustion::Already);
    }

    #[test]
    fn no_events_is_no_ratio_and_no_spending() {
        let quiet = budget(99.9, 28, 0.0, 0.0);
        assert_eq!(quiet.error_ratio(), None);
        assert!(close(quiet.remaining(), 1.0));
        assert!(quiet.is_too_small());
        assert!(!budget(99.9, 28, 0.0, 1_000.0).is_too_small());
        assert!(budget(99.9, 28, 2.0, 1.0).is_inconsistent());
    }
}
