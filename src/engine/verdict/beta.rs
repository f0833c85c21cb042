//! The beta distribution, as far as counts of errors need it: the regularized
//! incomplete beta function, the Jeffreys posterior of a ratio of two rates,
//! and exact (Clopper-Pearson) bounds of one rate.
//!
//! Absent on purpose: general quantiles and densities. Accuracy is about
//! 1e-12 relative, checked in the tests against closed forms and exact
//! binomial sums.

/// Lanczos coefficients for g = 7, n = 9 (Godfrey's table, as in Numerical
/// Recipes §6.1): |relative error| < 1e-14 for positive arguments.
#[allow(clippy::excessive_precision, reason = "the table is kept as published")]
const LANCZOS: [f64; 9] = [
    0.999_999_999_999_809_93,
    676.520_368_121_885_1,
    -1_259.139_216_722_402_8,
    771.323_428_777_653_13,
    -176.615_029_162_140_59,
    12.507_343_278_686_905,
    -0.138_571_095_265_720_12,
    9.984_369_578_019_571_6e-6,
    1.505_632_735_149_311_6e-7,
];

/// Natural logarithm of the gamma function for `x > 0`.
pub fn ln_gamma(x: f64) -> f64 {
    if x < 0.5 {
        // Reflection keeps the series in the range where it converges.
        let sine = (std::f64::consts::PI * x).sin();
        return (std::f64::consts::PI / sine).ln() - ln_gamma(1.0 - x);
    }
    let x = x - 1.0;
    let mut sum = LANCZOS[0];
    for (i, c) in LANCZOS.iter().enumerate().skip(1) {
        sum += c / (x + i as f64);
    }
    let t = x + 7.5;
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * t.ln() - t + sum.ln()
}

/// Regularized incomplete beta function `I_x(a, b)`: the probability that a
/// Beta(a, b) variable is at most `x`.
///
/// `a` and `b` must be positive; `x` is clamped to 0..=1. Continued fraction
/// by Lentz's method (Numerical Recipes §6.4).
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // The fraction converges fast only left of the mean; mirror otherwise.
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p();
    (front.exp() * lentz(x, a, b) / a).clamp(0.0, 1.0)
}

/// The continued fraction of the incomplete beta function. It needs about
/// `sqrt(max(a, b))` rounds; 10,000 covers counts up to 1e8.
#[allow(clippy::many_single_char_names, reason = "the names of the book")]
fn lentz(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let mut h = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away(1.0 + even * d);
        c = away(1.0 + even / c);
        h *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away(1.0 + odd * d);
        c = away(1.0 + odd / c);
        let step = d * c;
        h *= step;
        if (step - 1.0).abs() < 1e-15 {
            break;
        }
    }
    h
}

/// Jeffreys posterior probability that the canary's error rate is more than
/// `ratio` times the baseline's.
///
/// Given the errors that happened, each is the canary's with probability
/// `t0 = ratio n_c / (ratio n_c + n_b)` at that ratio, so the posterior is
/// `1 - I_t0(e_c/phi + 1/2, e_b/phi + 1/2)`. `phi >= 1` shrinks bursty counts
/// to the number of independent events they are worth.
pub fn ratio_above(ratio: f64, canary: (f64, f64), baseline: (f64, f64), phi: f64) -> f64 {
    let (n_c, e_c) = canary;
    let (n_b, e_b) = baseline;
    let share = ratio * n_c;
    if share + n_b <= 0.0 {
        return 0.5;
    }
    1.0 - incomplete_beta(share / (share + n_b), e_c / phi + 0.5, e_b / phi + 0.5)
}

/// Whether the one-sided upper bound of a rate is at most `limit`, with
/// confidence `1 - alpha`: the Clopper-Pearson bound without inverting it.
///
/// With no error it is the rule of three: 3/limit requests at 95 %.
pub fn rate_at_most(limit: f64, n: f64, errors: f64, alpha: f64) -> bool {
    if n <= 0.0 || errors >= n {
        return limit >= 1.0;
    }
    // P(X <= e | rate = limit) = I_{1-limit}(n - e, e + 1)
    incomplete_beta(1.0 - limit, n - errors, errors + 1.0) <= alpha
}

/// Whether the one-sided lower bound of a rate is above `limit`, with
/// confidence `1 - alpha`.
pub fn rate_above(limit: f64, n: f64, errors: f64, alpha: f64) -> bool {
    // P(X >= e | rate = limit) = I_limit(e, n - e + 1)
    errors > 0.0 && n > 0.0 && incomplete_beta(limit, errors, n - errors + 1.0) <= alpha
}

/// The Clopper-Pearson upper bound itself, by bisection, for display. Four
/// significant digits are enough on a screen; 60 halvings give more.
pub fn upper_bound(n: f64, errors: f64, alpha: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..60 {
        let middle = f64::midpoint(low, high);
        if rate_at_most(middle, n, errors, alpha) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, tolerance: f64) {
        let scale = want.abs().max(1e-300);
        assert!((got - want).abs() / scale < tolerance, "{got} is not {want}");
    }

    #[test]
    fn ln_gamma_agrees_with_factorials_and_the_half() {
        let mut factorial: f64 = 1.0;
        for n in 1..60_u32 {
            if n != 1 && n != 2 {
                close(ln_gamma(f64::from(n)), factorial.ln(), 1e-12);
            }
            factorial *= f64::from(n);
        }
        close(ln_gamma(0.5), std::f64::consts::PI.sqrt().ln(), 1e-13);
        close(ln_gamma(0.25), 3.625_609_908_221_908_f64.ln(), 1e-12);
    }

    /// Exact binomial tail by summing terms, the independent oracle.
    fn binomial_at_most(k: u64, n: u64, p: f64) -> f64 {
        let mut term = (1.0 - p).powi(i32::try_from(n).unwrap());
        let mut sum = term;
        for i in 0..k {
            term *= (n - i) as f64 / (i + 1) as f64 * p / (1.0 - p);
            sum += term;
        }
        sum
    }

    #[test]
    fn incomplete_beta_is_the_binomial_tail() {
        for (k, n, p) in [(0, 10, 0.1), (3, 50, 0.02), (20, 100, 0.25), (99, 400, 0.2)] {
            let got = incomplete_beta(1.0 - p, (n - k) as f64, (k + 1) as f64);
            close(got, binomial_at_most(k, n, p), 1e-10);
        }
    }

    #[test]
    fn incomplete_beta_closed_forms() {
        for x in [0.01, 0.2, 0.5, 0.83, 0.999] {
            close(incomplete_beta(x, 1.0, 1.0), x, 1e-12);
            close(incomplete_beta(x, 3.0, 1.0), x.powi(3), 1e-11);
            // Arcsine law.
            let arcsine = 2.0 / std::f64::consts::PI * x.sqrt().asin();
            close(incomplete_beta(x, 0.5, 0.5), arcsine, 1e-11);
        }
    }

    #[test]
    fn rule_of_three() {
        assert!(rate_at_most(0.01, 300.0, 0.0, 0.05));
        assert!(!rate_at_most(0.01, 290.0, 0.0, 0.05));
        assert!(rate_at_most(0.001, 3_000.0, 0.0, 0.05));
        close(upper_bound(300.0, 0.0, 0.05), 1.0 - 0.05_f64.powf(1.0 / 300.0), 1e-9);
    }

    #[test]
    fn posterior_is_calm_without_data_and_sure_with_it() {
        // No errors at all: nothing is known about the ratio, and the prior
        // depends on the traffic split only.
        let unsure = ratio_above(2.0, (100.0, 0.0), (900.0, 0.0), 1.0);
        assert!((0.5..0.8).contains(&unsure), "{unsure}");
        assert!(ratio_above(2.0, (600.0, 30.0), (5_400.0, 54.0), 1.0) > 0.999);
        assert!(ratio_above(2.0, (6_000.0, 60.0), (54_000.0, 540.0), 1.0) < 0.001);
    }

    #[test]
    fn empty_sides_never_pass() {
        assert!(!rate_at_most(0.01, 0.0, 0.0, 0.05));
        assert!(!rate_above(0.01, 0.0, 0.0, 0.05));
        close(ratio_above(2.0, (0.0, 0.0), (0.0, 0.0), 1.0), 0.5, 1e-12);
    }
}
