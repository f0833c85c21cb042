//! How much longer? From the present rates to "needs ~210 more canary
//! requests", and, before a rollout starts, how long a verdict will take.
//!
//! Expected values, not promises: the logarithm of a bet grows on average by
//! a known amount per request, and the rest is a division.

use super::beta;
use super::eprocess::{self, Rates};
use super::input::{Interval, Requests};
use super::outcome::Needs;
use super::policy::Policy;
use super::ratio::{Reading, Rule};
use super::share;

/// More requests than this are "never" for a person who waits.
const NEVER: f64 = 1e9;

/// What a metric that is still open needs to be found fine. `None` when no
/// number of requests at these rates is likely to settle it.
pub fn needs(requests: &Requests, reading: &Reading, rule: &Rule) -> Option<Needs> {
    let rates = present(requests, reading)?;
    let policy = rule.policy;
    let until = |intervals| by_intervals(requests, reading, intervals);
    let evidence = by_evidence(requests, reading, rule, rates).max(until(policy.promote_intervals));
    let floor = by_floor(requests, reading, rule, rates.canary)
        .max(until(policy.promote_intervals.max(policy.floor_intervals)));
    let missing = evidence.min(floor);
    if missing >= NEVER {
        return None;
    }
    let seconds = canary_rate(requests).map(|per_second| {
        let traffic = (missing / per_second).ceil() as u64;
        traffic.max(u64::from(rule.clock.min_s.saturating_sub(rule.clock.elapsed_s)))
    });
    Some(Needs { requests: two_digits(missing.ceil()) as u64, seconds })
}

/// Error rates as they look now. The canary's is drawn towards the
/// baseline's with the weight of one error, because 0 of 20 is not 0 %.
fn present(requests: &Requests, reading: &Reading) -> Option<Rates> {
    let (canary, baseline) = (reading.canary, reading.baseline);
    let (recent_c, recent_b) = share::recent(requests);
    if recent_c.n == 0 || recent_b.n == 0 {
        return None;
    }
    let rate_b = (baseline.e as f64 + 0.5) / (baseline.n as f64 + 1.0);
    let rate_c = (canary.e as f64 + 1.0) / (canary.n as f64 + 1.0 / rate_b);
    Some(Rates {
        canary: rate_c,
        baseline: rate_b,
        share: recent_c.n as f64 / (recent_c.n + recent_b.n) as f64,
    })
}

fn by_evidence(requests: &Requests, reading: &Reading, rule: &Rule, rates: Rates) -> f64 {
    let target = rule.policy.promote_evidence;
    let Some((growth, goal)) = eprocess::FINE.best_growth(rates, target) else {
        return NEVER;
    };
    let have = eprocess::FINE.best_log(&requests.intervals, reading.phi);
    ((goal - have).max(0.0) * reading.phi / growth).max(1.0)
}

/// Requests until the upper bound is below the floor, if errors go on at
/// `rate`; without any error so far, if none comes.
fn by_floor(requests: &Requests, reading: &Reading, rule: &Rule, rate: f64) -> f64 {
    let (n, e, phi) = (reading.canary.n as f64, reading.canary.e as f64, reading.phi);
    let further = if reading.canary.e == 0 { 0.0 } else { rate };
    let enough = |more: f64| {
        let errors = (e + further * more) / phi;
        beta::rate_at_most(requests.floor, (n + more) / phi, errors, rule.policy.floor_alpha)
    };
    if further >= requests.floor || !enough(NEVER) {
        return NEVER;
    }
    let (mut low, mut high) = (0.0, NEVER);
    while high - low > 1.0 + low * 0.01 {
        let middle = f64::midpoint(low, high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// Requests until so many intervals have canary requests in them, at the
/// present rate: each of them has to be waited for.
fn by_intervals(requests: &Requests, reading: &Reading, intervals: usize) -> f64 {
    let missing = intervals.saturating_sub(reading.intervals) as f64;
    let length = requests.intervals.last().map_or(0, |last| last.to_s.saturating_sub(last.from_s));
    missing * f64::from(length) * canary_rate(requests).unwrap_or(0.0)
}

/// Canary requests per second over the newest intervals.
pub fn canary_rate(requests: &Requests) -> Option<f64> {
    let newest = &requests.intervals;
    let from = newest.len().saturating_sub(share::RECENT);
    let recent: &[Interval] = newest.get(from..)?;
    let seconds = recent.last()?.to_s.saturating_sub(recent.first()?.from_s);
    let (canary, _) = share::recent(requests);
    (seconds > 0 && canary.n > 0).then(|| canary.n as f64 / f64::from(seconds))
}

/// `213` as `210`: an estimate should look like one.
fn two_digits(x: f64) -> f64 {
    if x < 100.0 {
        return x;
    }
    let unit = 10_f64.powi(x.log10().floor() as i32 - 1);
    (x / unit).ceil() * unit
}

/// What to expect of one step before it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expectation {
    /// Seconds until a healthy canary is promoted; `None` if hardly ever.
    pub promote_s: Option<u64>,
    /// Seconds until one with five times the errors is rolled back.
    pub catch_s: Option<u64>,
}

/// The service as it is before a rollout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Traffic {
    /// Requests per second of the whole service, from the last hour.
    pub per_second: f64,
    /// Error rate of the present version, 0..=1.
    pub error_rate: f64,
    /// The step's weight, 0..=1, exclusive.
    pub share: f64,
    /// The metric's floor.
    pub floor: f64,
}

/// How long a step with this traffic will take to a verdict, on average.
pub fn expect(traffic: Traffic, policy: &Policy) -> Expectation {
    let per_second = traffic.per_second * traffic.share;
    if !(per_second > 0.0 && traffic.share < 1.0) {
        return Expectation { promote_s: None, catch_s: None };
    }
    let seconds = |requests: f64| (requests < NEVER).then(|| (requests / per_second).ceil() as u64);
    let rates = |ratio: f64| Rates {
        canary: (traffic.error_rate * ratio).min(1.0),
        baseline: traffic.error_rate,
        share: traffic.share,
    };
    let grown = |bets: eprocess::Bets, ratio: f64, target: f64| {
        let best = bets.best_growth(rates(ratio), target);
        best.map_or(NEVER, |(growth, goal)| goal / growth)
    };
    let fine = grown(eprocess::FINE, 1.0, policy.promote_evidence);
    let floor = if traffic.error_rate == 0.0 { -policy.floor_alpha.ln() / traffic.floor } else { NEVER };
    Expectation {
        promote_s: seconds(fine.min(floor)),
        catch_s: seconds(grown(eprocess::WORSE, 5.0, policy.rollback_evidence)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(per_second: f64, error_rate: f64, share: f64) -> Traffic {
        Traffic { per_second, error_rate, share, floor: 0.001 }
    }

    #[test]
    fn expectations_match_the_simulation() {
        // benches/verdict.rs: 10/s, 1 %, 5x at 10 % weight: median 5.0 min.
        let e = expect(service(10.0, 0.01, 0.1), &Policy::default());
        let catch = e.catch_s.unwrap();
        assert!((200..400).contains(&catch), "{catch}");
        let e = expect(service(100.0, 0.01, 0.1), &Policy::default());
        assert!(e.catch_s.unwrap() < 60 && e.promote_s.unwrap() < 300, "{e:?}");
    }

    #[test]
    fn more_weight_is_faster_and_silence_is_never() {
        let policy = Policy::default();
        let ten = expect(service(1.0, 0.01, 0.1), &policy).promote_s.unwrap();
        let half = expect(service(1.0, 0.01, 0.5), &policy).promote_s.unwrap();
        assert!(half < ten / 2, "{half} {ten}");
        assert_eq!(expect(service(0.0, 0.01, 0.1), &policy).promote_s, None);
    }

    #[test]
    fn zero_errors_follow_the_rule_of_three() {
        let e = expect(service(10.0, 0.0, 0.1), &Policy::default());
        assert_eq!(e.promote_s, Some(2_996));
        assert_eq!(e.catch_s, None);
    }

    #[test]
    fn estimates_look_like_estimates() {
        assert!((two_digits(213.0) - 220.0).abs() < 1e-9);
        assert!((two_digits(41.0) - 41.0).abs() < 1e-9);
    }
}
