//! Judging a version that has nobody beside it: the last step of a canary,
//! a rolling update, a blue/green switch. Its bad requests are held against
//! the objective, by the same kind of evidence as the ratio rule.
//!
//! For a rate `p` and a limit `L` the bet on rate `k L` gains
//! `e ln(k) + (n - e) ln((1 - kL)/(1 - L))`; the mean over `k` of its
//! exponential is a test martingale at `p = L` and a supermartingale on the
//! near side. Without a limit nothing can be said and the evidence stays 1.

use super::eprocess::E_MAX;
use super::input::{Counts, Interval};

/// Alternatives as multiples of the limit: worse, and fine.
const WORSE: [f64; 4] = [1.5, 2.0, 4.0, 10.0];
const FINE: [f64; 3] = [0.0, 0.25, 0.5];

/// Failures added to those that were counted before: nothing failed in `n`
/// requests, and the rate may still be 3/n (95 %).
const UNSEEN: f64 = 3.0;
/// Fewer failures than that say nothing of a rate that a version may be found
/// fine by: one of 14 requests is luck, not 7 %.
const MIN_FAILURES: u64 = 5;

/// What a version is held to that comes after another one. The doubt in what
/// was counted before is for the new version where it could be condemned, and
/// against it where it could be found fine; in between it is not settled.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bars {
    /// It is fine if its rate is below: twice what the old one had, at least the floor.
    pub fine: f64,
    /// It is worse if its rate is above: twice what the old one may have had.
    pub worse: f64,
}

/// The bars after a version that was asked and failed `before`. None if
/// nothing was counted, or so little that anything goes.
pub fn bars_after(before: Counts, floor: f64) -> Option<Bars> {
    let twice = |failed: f64| (2.0 * failed / before.n as f64).max(floor);
    let worse = twice(before.e as f64 + UNSEEN);
    let fine = if before.e < MIN_FAILURES { floor } else { twice(before.e as f64) };
    Some(Bars { fine, worse }).filter(|bars| bars.worse < 1.0)
}

/// Evidence that the canary's rate is above the one bar, and below the other.
pub fn evidence(intervals: &[Interval], bars: Option<Bars>, phi: f64) -> (f64, f64) {
    let possible = |rate: f64| rate > 0.0 && rate < 1.0;
    let Some(bars) = bars.filter(|bars| possible(bars.worse) && possible(bars.fine)) else {
        return (1.0, 1.0);
    };
    let (mut n, mut e) = (0.0, 0.0);
    for counts in intervals.iter().filter_map(|i| i.canary) {
        n += counts.n as f64;
        e += counts.e.min(counts.n) as f64;
    }
    let mean = |bets: &[f64], limit: f64| {
        let gains = bets.iter().map(|k| (gain(n, e, limit, *k) / phi).min(E_MAX.ln()).exp());
        (gains.sum::<f64>() / bets.len() as f64).min(E_MAX)
    };
    (mean(&WORSE, bars.worse), mean(&FINE, bars.fine))
}

fn gain(n: f64, e: f64, limit: f64, k: f64) -> f64 {
    // A rate cannot exceed 1; 0.95 keeps the logarithm finite.
    let rate = (k * limit).min(0.95);
    let bad = if e == 0.0 { 0.0 } else { e * (rate / limit).ln() };
    bad + (n - e) * ((1.0 - rate) / (1.0 - limit)).ln()
}

#[cfg(test)]
mod tests {
    use super::super::input::Counts;
    use super::*;

    const fn at(limit: f64) -> Bars {
        Bars { fine: limit, worse: limit }
    }

    fn seen(n: u64, e: u64) -> [Interval; 1] {
        [Interval { canary: Some(Counts { n, e }), ..Interval::default() }]
    }

    #[test]
    fn clear_cases() {
        let (worse, fine) = evidence(&seen(10_000, 50), Some(at(0.001)), 1.0);
        assert!(worse > 1e6 && fine < 0.1, "{worse} {fine}");
        let (worse, fine) = evidence(&seen(10_000, 1), Some(at(0.001)), 1.0);
        assert!(worse < 0.1 && fine > 10.0, "{worse} {fine}");
    }

    #[test]
    fn one_request_is_a_fair_bet_at_the_limit() {
        let limit = 0.02;
        let (bad, good) =
            (evidence(&seen(1, 1), Some(at(limit)), 1.0), evidence(&seen(1, 0), Some(at(limit)), 1.0));
        let mean = |a: f64, b: f64| limit * a + (1.0 - limit) * b;
        assert!((mean(bad.0, good.0) - 1.0).abs() < 1e-12);
        assert!((mean(bad.1, good.1) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn few_requests_condemn_later_and_never_absolve_sooner() {
        let bars = |n, e| bars_after(Counts { n, e }, 0.001).map(|bars| (bars.fine, bars.worse));
        assert_eq!(bars(1_000_000, 0), Some((0.001, 0.001)));
        assert_eq!(bars(6_000, 27), Some((0.009, 0.01)));
        assert_eq!(bars(600, 0), Some((0.001, 0.01)));
        assert_eq!(bars(14, 1), Some((0.001, 4.0 / 7.0)), "one failure is luck");
        assert_eq!((bars(6, 0), bars(0, 0), bars(10, 10)), (None, None, None));
    }

    #[test]
    fn no_limit_no_opinion() {
        assert_eq!(evidence(&seen(1_000, 999), None, 1.0), (1.0, 1.0));
        assert_eq!(evidence(&seen(1_000, 999), Some(at(0.0)), 1.0), (1.0, 1.0));
    }
}
