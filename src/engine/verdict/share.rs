//! Is the traffic split what was asked for? A verdict on the wrong pods, or
//! on a route that never took effect, would be worthless.

use super::input::{Counts, Requests};
use super::number;

/// How many of the newest intervals are looked at: a split that was wrong
/// before the router settled is forgiven, one that is wrong now is not.
pub const RECENT: usize = 4;

/// How unlikely (in standard deviations) a deviation must be before it is
/// held against the router: at 30 requests the share is mostly luck.
const SIGMAS: f64 = 3.3;

/// Totals of both sides over the newest intervals; an absent side is zero.
pub fn recent(requests: &Requests) -> (Counts, Counts) {
    let newest = requests.intervals.iter().rev().take(RECENT);
    newest.fold((Counts::default(), Counts::default()), |(c, b), i| {
        (c + i.canary.unwrap_or_default(), b + i.baseline.unwrap_or_default())
    })
}

/// Why the observed split contradicts `requested` (the canary's share), if
/// it does. The smaller side is the one compared: at 80 % asked and 100 %
/// seen, stable's share is 0 of 20.
pub fn contradiction(requests: &Requests, requested: f64, factor: (f64, f64)) -> Option<String> {
    let (canary, baseline) = recent(requests);
    let total = canary.n.saturating_add(baseline.n) as f64;
    let (side, seen, asked) = if requested <= 0.5 {
        ("canary", canary.n as f64, requested)
    } else {
        ("stable", baseline.n as f64, 1.0 - requested)
    };
    if asked <= 0.0 || total <= 0.0 {
        return None;
    }
    let observed = seen / total;
    let luck = SIGMAS * (total * asked * (1.0 - asked)).sqrt();
    let outside = observed < asked * factor.0 || observed > asked * factor.1;
    (outside && (seen - total * asked).abs() > luck).then(|| {
        format!(
            "traffic shift not effective: the {side} was to receive {} and receives {} ({} of {} requests)",
            number::percent(asked),
            number::percent(observed),
            number::count(seen as u64),
            number::count(total as u64),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::input::{Bad, Interval};
    use super::*;

    fn split(canary: u64, baseline: u64, requested: f64) -> Option<String> {
        let side = |n| Some(Counts { n, e: 0 });
        let requests = Requests {
            bad: Bad::Failed,
            floor: 0.001,
            limit: None,
            intervals: vec![Interval { from_s: 0, to_s: 30, canary: side(canary), baseline: side(baseline) }],
        };
        contradiction(&requests, requested, (0.5, 2.0))
    }

    #[test]
    fn wrong_splits_are_named() {
        assert!(split(100, 900, 0.1).is_none());
        assert!(split(60, 940, 0.1).is_none(), "within a factor of two");
        assert!(split(900, 100, 0.1).is_some(), "sides swapped");
        assert!(split(10, 990, 0.1).is_some());
        assert!(split(0, 900, 0.1).is_some());
        assert!(split(0, 12, 0.1).is_none(), "too few to tell");
        assert!(split(1_000, 0, 0.8).is_some(), "stable gets nothing");
        assert!(split(1_000, 0, 1.0).is_none(), "nothing was asked of stable");
        let text = split(10, 990, 0.1).unwrap();
        assert_eq!(
            text,
            "traffic shift not effective: the canary was to receive 10 % and receives 1 % (10 of 1k requests)"
        );
    }
}
