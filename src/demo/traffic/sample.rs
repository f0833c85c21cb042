//! Random counts from expectations, cheap at any size.

use fastrand::Rng;

/// Up to here a count is drawn exactly; beyond it the normal distribution is
/// within a percent and takes constant time.
const EXACT: f64 = 30.0;

/// A standard normal number (Box and Muller).
pub fn normal(rng: &mut Rng) -> f64 {
    let u = 1.0 - rng.f64();
    (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * rng.f64()).cos()
}

/// How many events happen when `expected` are expected.
pub fn poisson(rng: &mut Rng, expected: f64) -> u64 {
    if expected <= 0.0 || !expected.is_finite() {
        return 0;
    }
    if expected > EXACT {
        return (expected + expected.sqrt() * normal(rng)).round().max(0.0) as u64;
    }
    let limit = (-expected).exp();
    let mut product = rng.f64();
    let mut count = 0;
    while product > limit {
        product *= rng.f64();
        count += 1;
    }
    count
}

/// How many of `n` succeed when each does with `p`.
pub fn binomial(rng: &mut Rng, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p >= 1.0 {
        return n;
    }
    let (count, mean) = (n as f64, n as f64 * p);
    if count <= EXACT {
        return (0..n).filter(|_| rng.f64() < p).count() as u64;
    }
    if mean < EXACT {
        return poisson(rng, mean).min(n);
    }
    if count - mean < EXACT {
        return n - poisson(rng, count - mean).min(n);
    }
    let spread = (mean * (1.0 - p)).sqrt();
    (mean + spread * normal(rng)).round().clamp(0.0, count) as u64
}

/// `n` shared out by weights; the parts add up to `n`.
pub fn share(rng: &mut Rng, n: u64, weights: &[f64]) -> Vec<u64> {
    let mut left = n;
    let mut weight_left: f64 = weights.iter().sum();
    let last = weights.len().saturating_sub(1);
    weights
        .iter()
        .enumerate()
        .map(|(i, w)| {
            let part =
                if i == last { left } else { binomial(rng, left, w / weight_left.max(f64::MIN_POSITIVE)) };
            left -= part;
            weight_left -= w;
            part
        })
        .collect()
}

/// The 99th percentile of the standard normal distribution.
const P99: f64 = 2.326;
/// The 99th percentile of waiting for others, as a multiple of its mean.
const WAITING_P99: f64 = 1.6;

/// Log-normal times with a given median and 99th percentile.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Times {
    /// Median, seconds.
    pub median: f64,
    /// Standard deviation of the logarithm.
    pub sigma: f64,
}

impl Times {
    /// From median and 99th percentile, seconds.
    pub fn new(median: f64, p99: f64) -> Self {
        let sigma = ((p99 / median.max(1e-6)).max(1.01).ln()) / P99;
        Self { median: median.max(1e-6), sigma }
    }

    /// The same work, `factor` times as slow, after `waiting` seconds for others. Waiting varies
    /// less than work: it is many answers' mean, not one answer.
    #[must_use]
    pub fn slowed(self, factor: f64, waiting: f64) -> Self {
        let p99 = self.median * (self.sigma * P99).exp();
        Self::new(self.median * factor + waiting, p99 * factor + WAITING_P99 * waiting)
    }

    /// Share of times up to `t` seconds.
    pub fn cdf(self, t: f64) -> f64 {
        if t <= 0.0 {
            return 0.0;
        }
        phi((t / self.median).ln() / self.sigma)
    }

    /// Mean, seconds.
    pub fn mean(self) -> f64 {
        self.median * (self.sigma * self.sigma / 2.0).exp()
    }
}

/// The normal distribution function; Abramowitz and Stegun 7.1.26, error below 1e-7.
fn phi(x: f64) -> f64 {
    let z = x.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let poly = t
        * (0.254_829_592
            + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let erf = 1.0 - poly * (-z * z).exp();
    if x < 0.0 { 0.5 * (1.0 - erf) } else { 0.5 * (1.0 + erf) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_the_mean_they_should() {
        let mut rng = Rng::with_seed(1);
        for expected in [0.3, 4.0, 29.0, 31.0, 5000.0] {
            let total: u64 = (0..4000).map(|_| poisson(&mut rng, expected)).sum();
            let mean = total as f64 / 4000.0;
            assert!((mean - expected).abs() < 5.0 * (expected / 4000.0).sqrt() + 1e-9, "{expected}: {mean}");
        }
        for (n, p) in [(10, 0.3), (400, 0.01), (400, 0.5), (400, 0.99), (100_000, 0.001)] {
            let total: u64 = (0..4000).map(|_| binomial(&mut rng, n, p)).sum();
            let (mean, want) = (total as f64 / 4000.0, n as f64 * p);
            let spread = (want * (1.0 - p) / 4000.0).sqrt();
            assert!((mean - want).abs() < 6.0 * spread, "{n} {p}: {mean}, not {want}");
        }
    }

    #[test]
    fn parts_add_up_and_percentiles_are_kept() {
        let mut rng = Rng::with_seed(2);
        for n in [0, 1, 7, 1000, 1_000_000] {
            assert_eq!(share(&mut rng, n, &[0.5, 0.0, 2.0, 0.1]).iter().sum::<u64>(), n);
        }
        let times = Times::new(0.045, 0.350);
        assert!((times.cdf(0.045) - 0.5).abs() < 1e-6 && (times.cdf(0.350) - 0.99).abs() < 1e-4);
    }
}
