//! Draws from the distributions that requests and their errors follow.

use fastrand::Rng;

/// The error rate of one interval: beta distributed around `rate` with the
/// given intra-interval correlation.
pub(super) fn bursty(rng: &mut Rng, rate: f64, correlation: f64) -> f64 {
    if correlation <= 0.0 {
        return rate;
    }
    let size = 1.0 / correlation - 1.0;
    let (a, b) = (gamma(rng, rate * size), gamma(rng, (1.0 - rate) * size));
    if a + b > 0.0 { a / (a + b) } else { 0.0 }
}

fn normal(rng: &mut Rng) -> f64 {
    let radius = (-2.0 * (1.0 - rng.f64()).ln()).sqrt();
    radius * (std::f64::consts::TAU * rng.f64()).cos()
}

/// Marsaglia and Tsang (2000); shapes below 1 by the usual boost.
fn gamma(rng: &mut Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        let u = 1.0 - rng.f64();
        return gamma(rng, shape + 1.0) * u.powf(1.0 / shape);
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(rng);
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 && (1.0 - rng.f64()).ln() < 0.5 * x * x + d - d * v + d * v.ln() {
            return d * v;
        }
    }
}

/// Poisson counts; above 50 the normal approximation (skewness < 0.15).
pub(crate) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    if mean > 50.0 {
        return (mean + mean.sqrt() * normal(rng)).round().max(0.0) as u64;
    }
    let (limit, mut product, mut n) = ((-mean).exp(), rng.f64(), 0);
    while product > limit {
        product *= rng.f64();
        n += 1;
    }
    n
}

/// Binomial counts: inversion, exact; above a variance of 40 the normal
/// approximation.
pub(crate) fn binomial(rng: &mut Rng, n: u64, p: f64) -> u64 {
    if n == 0 || p <= 0.0 {
        return 0;
    }
    if p > 0.5 {
        return n - binomial(rng, n, 1.0 - p);
    }
    let (mean, q) = (n as f64 * p, 1.0 - p);
    if mean * q > 40.0 {
        let x = mean + (mean * q).sqrt() * normal(rng);
        return (x.round().max(0.0) as u64).min(n);
    }
    let odds = p / q;
    let (mut mass, mut u) = (q.powf(n as f64), rng.f64());
    for x in 0..n {
        if u < mass {
            return x;
        }
        u -= mass;
        mass *= odds * (n - x) as f64 / (x + 1) as f64;
    }
    n
}
