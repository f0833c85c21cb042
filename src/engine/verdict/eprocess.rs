//! Evidence that may be looked at as often as one likes: e-processes on the
//! ratio of two error rates.
//!
//! Given that an error happened in an interval with `n_c` canary and `n_b`
//! baseline requests, it is the canary's with probability
//! `t(k) = k n_c / (k n_c + n_b)` when the true ratio of the rates is `k`.
//! Betting on alternatives `k` against the null ratio `K` gives per interval
//!
//! `l(k) = e_c ln(t(k)/t(K)) + e_b ln((1 - t(k))/(1 - t(K)))`
//!
//! and `E = mean_k exp(sum_i l_i(k))` is a martingale at ratio `K` and a
//! supermartingale on the far side of it, so `P(E ever >= 1/a) <= a` however
//! often it is looked at (Ville), and across steps with different weights.
//! Only `ln` and `exp` are needed.
//!
//! Every `l` is divided by the burst factor `phi >= 1` of
//! [`super::burst`]. The bound is exact for a `phi` fixed in advance (`phi >=
//! 1` only makes it safer, by Jensen); with `phi` estimated from the data it
//! is a heuristic, which `benches/verdict.rs` measures.
//!
//! The prior weights of [`WORSE`] sit around 5x because that is the
//! regression a canary must catch in minutes: against the uniform grid
//! {3, 4, 6, 10, 20, 50} the median at 10 requests/s, 1 % errors, falls from
//! 6.0 to 5.0 minutes, and the bound does not depend on the weights.

use super::input::Interval;

/// The null ratio: more than twice the baseline's error rate is "worse".
pub const NULL_RATIO: f64 = 2.0;

/// Largest evidence ever reported. Beyond it the number says nothing more,
/// and it stays printable and storable (JSON has no infinity).
pub const E_MAX: f64 = 1e12;

/// A set of alternative ratios with their prior weights, which sum to 1.
#[derive(Debug, Clone, Copy)]
pub struct Bets(&'static [(f64, f64)]);

/// Bets that the canary is worse than [`NULL_RATIO`]; used to roll back.
pub const WORSE: Bets = Bets(&[(3.0, 0.2), (5.0, 0.6), (10.0, 0.1), (30.0, 0.1)]);

/// Bets that the canary is better than [`NULL_RATIO`]; used to promote.
pub const FINE: Bets = Bets(&[(0.25, 0.25), (0.5, 0.25), (1.0, 0.25), (1.25, 0.25)]);

impl Bets {
    /// The evidence of `intervals` against [`NULL_RATIO`], 0..=[`E_MAX`].
    /// 1 means "nothing learned".
    pub fn evidence(&self, intervals: &[Interval], phi: f64) -> f64 {
        let mut e = 0.0;
        for &(k, weight) in self.0 {
            let log: f64 = intervals.iter().map(|i| log_ratio(i, k)).sum();
            e += weight * (log / phi).min(E_MAX.ln()).exp();
        }
        e.min(E_MAX)
    }

    /// Expected growth of the logarithm of the best bet per canary request,
    /// if the canary errs at `rate_c`, the baseline at `rate_b`, and the
    /// canary receives `share` of the traffic; with the logarithm that bet
    /// still needs to bring the whole mixture to `target`.
    ///
    /// `None` if every bet loses at these rates.
    pub fn best_growth(&self, rates: Rates, target: f64) -> Option<(f64, f64)> {
        let baseline_per_canary = (1.0 - rates.share) / rates.share;
        let interval = (1.0, baseline_per_canary);
        let errors = (rates.canary, rates.baseline * baseline_per_canary);
        self.0
            .iter()
            .map(|&(k, weight)| (log_ratio_of(interval, errors, k), (target / weight).ln()))
            .filter(|(growth, _)| *growth > 0.0)
            .min_by(|a, b| (a.1 / a.0).total_cmp(&(b.1 / b.0)))
    }

    /// The largest logarithm among the bets so far.
    pub fn best_log(&self, intervals: &[Interval], phi: f64) -> f64 {
        let log = |k: f64| intervals.iter().map(|i| log_ratio(i, k)).sum::<f64>() / phi;
        self.0.iter().map(|&(k, _)| log(k)).fold(f64::MIN, f64::max)
    }
}

/// Error rates assumed for a forecast, and the canary's share of traffic,
/// all within 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// The canary's error rate.
    pub canary: f64,
    /// The baseline's error rate.
    pub baseline: f64,
    /// The canary's share of all requests, above 0.
    pub share: f64,
}

/// One interval's log likelihood ratio of ratio `k` against [`NULL_RATIO`].
/// An interval in which one side had no request says nothing: 0.
fn log_ratio(interval: &Interval, k: f64) -> f64 {
    let Some((canary, baseline)) = interval.both() else {
        return 0.0;
    };
    if canary.n == 0 || baseline.n == 0 || canary.e + baseline.e == 0 {
        return 0.0;
    }
    let requests = (canary.n as f64, baseline.n as f64);
    log_ratio_of(requests, (canary.e as f64, baseline.e as f64), k)
}

/// `ln(t(k)/t(K)) = ln(k/K) + s` and `ln((1-t(k))/(1-t(K))) = s` with
/// `s = ln((K n_c + n_b)/(k n_c + n_b))`: one logarithm instead of two.
fn log_ratio_of((n_c, n_b): (f64, f64), (e_c, e_b): (f64, f64), k: f64) -> f64 {
    let shared = ((NULL_RATIO * n_c + n_b) / (k * n_c + n_b)).ln();
    e_c * (k / NULL_RATIO).ln() + (e_c + e_b) * shared
}

#[cfg(test)]
mod tests {
    use super::super::input::Counts;
    use super::*;

    fn interval(canary: (u64, u64), baseline: (u64, u64)) -> Interval {
        let side = |(n, e)| Some(Counts { n, e });
        Interval { from_s: 0, to_s: 30, canary: side(canary), baseline: side(baseline) }
    }

    /// The formula as it stands in the module documentation, term by term.
    fn by_definition(interval: &Interval, ratio: f64) -> f64 {
        let (canary, baseline) = interval.both().unwrap();
        let (n_c, n_b) = (canary.n as f64, baseline.n as f64);
        let t = |k: f64| k * n_c / (k * n_c + n_b);
        canary.e as f64 * (t(ratio) / t(NULL_RATIO)).ln()
            + baseline.e as f64 * ((1.0 - t(ratio)) / (1.0 - t(NULL_RATIO))).ln()
    }

    #[test]
    fn the_shortcut_is_the_definition() {
        for i in [interval((30, 2), (270, 1)), interval((300, 0), (300, 9)), interval((7, 7), (9_000, 4))] {
            for k in [0.25, 1.0, 3.0, 30.0] {
                assert!((log_ratio(&i, k) - by_definition(&i, k)).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn weights_sum_to_one() {
        for bets in [WORSE, FINE] {
            let sum: f64 = bets.0.iter().map(|b| b.1).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn nothing_seen_is_evidence_one() {
        for bets in [WORSE, FINE] {
            assert!((bets.evidence(&[], 1.0) - 1.0).abs() < 1e-12);
            let silent = [interval((100, 0), (900, 0)), Interval::default()];
            assert!((bets.evidence(&silent, 1.0) - 1.0).abs() < 1e-12);
        }
    }

    /// At the null ratio the expectation of E over one error is exactly 1:
    /// the martingale property, by enumeration of who made the error.
    #[test]
    fn martingale_at_the_null_supermartingale_beyond() {
        let (n_c, n_b) = (100, 900);
        let mean_at = |bets: Bets, ratio: f64| {
            let t = ratio * 100.0 / (ratio * 100.0 + 900.0);
            let ours = bets.evidence(&[interval((n_c, 1), (n_b, 0))], 1.0);
            let theirs = bets.evidence(&[interval((n_c, 0), (n_b, 1))], 1.0);
            t * ours + (1.0 - t) * theirs
        };
        assert!((mean_at(WORSE, NULL_RATIO) - 1.0).abs() < 1e-12);
        assert!((mean_at(FINE, NULL_RATIO) - 1.0).abs() < 1e-12);
        assert!(mean_at(WORSE, 1.0) < 1.0);
        assert!(mean_at(FINE, 3.0) < 1.0);
    }

    #[test]
    fn evidence_grows_the_right_way_and_stays_finite() {
        let bad = [interval((300, 30), (2_700, 27))];
        assert!(WORSE.evidence(&bad, 1.0) > 1e3);
        assert!(FINE.evidence(&bad, 1.0) < 1e-2);
        assert!(WORSE.evidence(&bad, 5.0) < WORSE.evidence(&bad, 1.0));
        let dreadful = [interval((1_000_000, 900_000), (9_000_000, 10))];
        assert!((WORSE.evidence(&dreadful, 1.0) - E_MAX).abs() < 1.0);
    }
}
