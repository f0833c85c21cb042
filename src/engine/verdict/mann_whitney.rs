//! Mann-Whitney's test for gauges: by how much two samples are shifted.
//!
//! Errors of requests are counts and have a better rule
//! ([`super::eprocess`]); memory or queue length are levels, and with at
//! least 50 points per side ranks compare them without assuming a
//! distribution. Given are the Hodges-Lehmann estimate (the median of all
//! pairwise differences) and its 98 % confidence interval by the normal
//! approximation with tie correction, as Kayenta's judge uses.
//!
//! It assumes one look: the caller asks once, at the end of a step.

/// Two-sided 98 % standard normal quantile.
const Z98: f64 = 2.326_347_874_040_841;

/// Most points used per side: 400 x 400 differences sort in milliseconds,
/// and more points hardly narrow the interval. Longer series are thinned
/// evenly, which keeps their span.
const MAX_POINTS: usize = 400;

/// The shift of `a` against `b`, in their unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Location {
    /// Hodges-Lehmann estimate.
    pub estimate: f64,
    /// Lower end of the 98 % interval.
    pub low: f64,
    /// Upper end of the 98 % interval.
    pub high: f64,
}

/// Shift of `a` against `b`; `None` if a side is empty. All values must be
/// finite.
pub fn shift(a: &[f64], b: &[f64]) -> Option<Location> {
    let (a, b) = (thinned(a), thinned(b));
    let mut differences: Vec<f64> = a.iter().flat_map(|x| b.iter().map(move |y| x - y)).collect();
    if differences.is_empty() {
        return None;
    }
    differences.sort_by(f64::total_cmp);
    let pairs = differences.len() as f64;
    let spread = Z98 * rank_variance(&a, &b).sqrt();
    let at = |rank: f64| {
        let last = differences.len() - 1;
        let index = (rank.max(0.0) as usize).min(last);
        differences.get(index).copied().unwrap_or_default()
    };
    Some(Location {
        estimate: median(&differences),
        low: at((pairs / 2.0 - spread - 0.5).floor()),
        high: at((pairs / 2.0 + spread + 0.5).ceil()),
    })
}

/// Median of sorted values; 0 for none.
pub fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    let at = |i: usize| sorted.get(i).copied().unwrap_or_default();
    match sorted.len() {
        0 => 0.0,
        n if n % 2 == 1 => at(half),
        _ => f64::midpoint(at(half - 1), at(half)),
    }
}

/// Variance of U: `nm/12 ((N + 1) - sum(t^3 - t)/(N (N - 1)))`, where `t`
/// are the sizes of groups of ties.
fn rank_variance(a: &[f64], b: &[f64]) -> f64 {
    let mut all: Vec<f64> = a.iter().chain(b).copied().collect();
    all.sort_by(f64::total_cmp);
    let total = all.len() as f64;
    let ties: f64 = all
        .chunk_by(|x, y| x.total_cmp(y).is_eq())
        .map(|group| group.len() as f64)
        .map(|t| t.powi(3) - t)
        .sum();
    let correction = if total > 1.0 { ties / (total * (total - 1.0)) } else { 0.0 };
    let pairs = a.len() as f64 * b.len() as f64;
    (pairs / 12.0 * (total + 1.0 - correction)).max(0.0)
}

fn thinned(values: &[f64]) -> Vec<f64> {
    let step = values.len().div_ceil(MAX_POINTS).max(1);
    values.iter().step_by(step).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deterministic, spread over 0..100 without structure.
    fn noise(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..n).map(|_| rng.f64() * 100.0).collect()
    }

    #[test]
    fn a_shift_is_found_and_bracketed() {
        let b = noise(200, 1);
        let a: Vec<f64> = noise(200, 2).iter().map(|x| x + 30.0).collect();
        let s = shift(&a, &b).unwrap();
        assert!(s.low < 30.0 && 30.0 < s.high, "{s:?}");
        assert!(s.low > 10.0, "clearly above zero: {s:?}");
        assert!((s.estimate - 30.0).abs() < 8.0, "{s:?}");
    }

    #[test]
    fn the_interval_covers_zero_in_98_of_100() {
        let missed = (0..1_000)
            .filter(|seed| {
                let s = shift(&noise(60, 2 * seed + 10), &noise(60, 2 * seed + 11)).unwrap();
                s.low > 0.0 || s.high < 0.0
            })
            .count();
        assert!((5..=40).contains(&missed), "{missed} of 1,000, expected about 20");
    }

    #[test]
    fn ties_and_constants() {
        let s = shift(&[5.0; 60], &[5.0; 60]).unwrap();
        assert!(s.estimate.abs() < 1e-12 && s.low.abs() < 1e-12 && s.high.abs() < 1e-12);
        let s = shift(&[6.0; 60], &[5.0; 60]).unwrap();
        assert!((s.low - 1.0).abs() < 1e-12);
        assert!(shift(&[], &[1.0]).is_none());
    }

    #[test]
    fn long_series_are_thinned_not_cut() {
        let ramp: Vec<f64> = (0..10_000).map(f64::from).collect();
        assert!(thinned(&ramp).len() <= MAX_POINTS);
        assert!(*thinned(&ramp).last().unwrap() > 9_900.0);
    }
}
