//! Evidence of the last moments alone: for a canary that breaks in the
//! middle of a step.
//!
//! Over the whole step such a canary looks like one long burst: its own
//! counts jump, `phi` rises with the jump, and the evidence is divided away.
//! At 1,000 requests/s a canary going from 1 % to 20 % errors was rolled back
//! only 4 minutes later. So the newest [`WINDOW`] intervals are also judged by
//! themselves, with the burst factor of that window or of the *baseline* over
//! the whole step, whichever is larger: the baseline knows how bursty this
//! service is and is not touched by the canary's fault. The same canary is
//! now rolled back after 90 s.
//!
//! The price is paid in evidence: each of a step's at most 40 windows needs
//! [`PRICE`] times as much, which adds at most 40/(20 * 200) = 1 % to the
//! error probability of a canary exactly at the null ratio.

use super::burst;
use super::eprocess;
use super::input::Interval;
use super::policy::Policy;

/// Intervals judged by themselves: 90 s at the usual 30 s.
pub const WINDOW: usize = 3;

/// How many times more evidence a window must bring than the whole step.
pub const PRICE: f64 = 200.0;

/// Evidence that the canary has been worse for the last [`WINDOW`]
/// intervals, on the scale of the whole step's. 0 unless each of them had bad
/// canary requests and together they are worth [`Policy::min_events`].
pub fn evidence(intervals: &[Interval], policy: &Policy) -> f64 {
    let Some(window) = intervals.len().checked_sub(WINDOW).and_then(|from| intervals.get(from..)) else {
        return 0.0;
    };
    let bad = |i: &Interval| i.canary.map_or(0, |c| c.e);
    if window.iter().any(|i| bad(i) == 0) {
        return 0.0;
    }
    let phi = burst::phi(window).max(burst::phi_of_baseline(intervals));
    let events = window.iter().map(bad).sum::<u64>() as f64 / phi;
    if events < policy.min_events {
        return 0.0;
    }
    eprocess::WORSE.evidence(window, phi) / PRICE
}

#[cfg(test)]
mod tests {
    use super::super::input::Counts;
    use super::*;

    fn of(canary: &[u64]) -> f64 {
        let intervals: Vec<Interval> = canary
            .iter()
            .map(|&e| Interval {
                canary: Some(Counts { n: 500, e }),
                baseline: Some(Counts { n: 500, e: 5 }),
                ..Interval::default()
            })
            .collect();
        evidence(&intervals, &Policy::default())
    }

    #[test]
    fn three_bad_intervals_in_a_row_count_and_fewer_do_not() {
        assert!(of(&[5, 5, 5, 5, 100, 100, 100]) > 20.0);
        assert!(of(&[5, 5, 5, 5, 5, 100, 100]) < 20.0, "two could be one burst");
        assert!(of(&[100, 100, 100, 0]).abs() < 1e-12, "it recovered");
        assert!(of(&[5; 7]) < 1e-2);
        assert!(of(&[100, 100]).abs() < 1e-12);
    }
}
