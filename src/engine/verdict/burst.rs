//! `phi`, the burst factor: how much more the counts vary from interval to
//! interval than independent errors would.
//!
//! Errors come in bursts (a dead connection pool, one node, one customer),
//! and a binomial reading of them is too sure: with an intra-interval
//! correlation of 0.03 an uncorrected rule rolls back a third of healthy
//! canaries at 100 requests/s. Evidence is therefore divided by `phi`, and
//! `e/phi` is the number of independent events the errors are worth.
//!
//! The estimate is Pearson's chi-square of the per-interval counts within
//! each side, summed, over its degrees of freedom, with two refinements the
//! simulation asked for:
//! * below the 95 % quantile of chi-square the excess may be chance and `phi`
//!   is 1. Otherwise noise in the estimate, which cannot go below 1, costs a
//!   minute of detection at 10 requests/s;
//! * above it the divisor is the 10 % quantile instead of the mean: few
//!   intervals under-estimate rare large bursts, and this errs to the safe
//!   side (5 intervals: x2.4; 20 intervals: x1.4).

use super::input::{Counts, Interval};

/// Standard normal quantile of 95 %: the gate below which `phi` is 1.
const GATE: f64 = 1.64;
/// Standard normal quantile of 10 %: the lower bound used as divisor.
const LOWER: f64 = -1.3;

/// Burst factor of these intervals, at least 1.
pub fn phi(intervals: &[Interval]) -> f64 {
    let canary = dispersion(intervals.iter().filter_map(|i| i.canary));
    let baseline = dispersion(intervals.iter().filter_map(|i| i.baseline));
    factor((canary.0 + baseline.0, canary.1 + baseline.1))
}

fn factor((chi2, df): (f64, f64)) -> f64 {
    if df < 1.0 || chi2 <= quantile(df, GATE) {
        return 1.0;
    }
    (chi2 / quantile(df, LOWER)).max(1.0)
}

/// Burst factor of the baseline alone. A canary that breaks in the middle of
/// a step looks like one long burst in its own counts; the baseline's are not
/// touched by it.
pub fn phi_of_baseline(intervals: &[Interval]) -> f64 {
    factor(dispersion(intervals.iter().filter_map(|i| i.baseline)))
}

/// Pearson's chi-square and degrees of freedom of one side's error counts
/// around their common rate. A side without any error says nothing.
fn dispersion(counts: impl Iterator<Item = Counts> + Clone) -> (f64, f64) {
    let total = counts.clone().fold(Counts::default(), |a, b| a + b);
    if total.e == 0 || total.e >= total.n {
        return (0.0, 0.0);
    }
    let p = total.e as f64 / total.n as f64;
    let (mut chi2, mut cells) = (0.0, 0.0);
    for c in counts.filter(|c| c.n > 0) {
        let expected = c.n as f64 * p;
        chi2 += (c.e as f64 - expected).powi(2) / (expected * (1.0 - p));
        cells += 1.0;
    }
    (chi2, (cells - 1.0_f64).max(0.0))
}

/// Quantile of chi-square with `df` degrees of freedom at the standard
/// normal quantile `z` (Wilson and Hilferty 1931; within 1 % for df >= 3).
fn quantile(df: f64, z: f64) -> f64 {
    let a = 2.0 / (9.0 * df);
    // Kept away from 0, where the approximation ends (df = 1, low z).
    df * (1.0 - a + z * a.sqrt()).max(0.2).powi(3)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steady(errors: &[u64]) -> Vec<Interval> {
        errors
            .iter()
            .map(|&e| Interval { canary: Some(Counts { n: 1_000, e }), ..Interval::default() })
            .collect()
    }

    #[test]
    fn quantiles_match_the_tables() {
        // Abramowitz and Stegun, table 26.8.
        for (df, z, want) in [(4.0, 1.6449, 9.488), (20.0, 1.6449, 31.41), (20.0, -1.2816, 12.44)] {
            let got = quantile(df, z);
            assert!((got - want).abs() / want < 0.01, "{df}: {got}, not {want}");
        }
    }

    #[test]
    fn even_counts_are_not_bursts() {
        assert!((phi(&steady(&[10, 11, 9, 10, 12, 8])) - 1.0).abs() < 1e-12);
        assert!((phi(&[]) - 1.0).abs() < 1e-12);
        assert!((phi(&steady(&[0, 0, 0])) - 1.0).abs() < 1e-12);
        assert!((phi(&steady(&[7])) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn one_burst_is_about_one_event() {
        let intervals = steady(&[0, 0, 0, 60, 0, 0]);
        let events = 60.0 / phi(&intervals);
        assert!(events < 1.5, "{events}");
    }

    #[test]
    fn a_side_that_always_fails_is_not_bursty() {
        assert!((phi(&steady(&[1_000, 1_000, 1_000])) - 1.0).abs() < 1e-12);
    }
}
