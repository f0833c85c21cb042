//! "It is not the canary": both sides breach the objective.
//!
//! Then the canary is neither blamed nor advanced. Exceptions, each needed
//! so that a sick service can still be helped:
//! * evidence that the canary is *worse* is asked before this rule;
//! * a canary that is clearly *better* than a breaching stable is the fix,
//!   and is not held (flagger #639: "no progress if primary is down").

use super::beta;
use super::input::Requests;
use super::number;
use super::share;

/// Fewest bad requests on each side: one error is not a breach.
const MIN_BAD: u64 = 3;

/// Posterior P(canary worse than stable at all) below which it is the fix.
const CLEARLY_BETTER: f64 = 0.05;

/// Why this looks like an environment problem, if it does.
pub fn breach(requests: &Requests) -> Option<String> {
    let limit = requests.limit?;
    let (canary, baseline) = share::recent(requests);
    let (rate_c, rate_b) = (canary.rate()?, baseline.rate()?);
    let both = rate_c > limit && rate_b > limit && canary.e >= MIN_BAD && baseline.e >= MIN_BAD;
    if !both {
        return None;
    }
    let pair = |c: super::input::Counts| (c.n as f64, c.e as f64);
    if beta::ratio_above(1.0, pair(canary), pair(baseline), 1.0) <= CLEARLY_BETTER {
        return None;
    }
    Some(format!(
        "environment problem: stable ({}) and canary ({}) both breach the objective of {}",
        number::percent(rate_b),
        number::percent(rate_c),
        number::percent(limit),
    ))
}

#[cfg(test)]
mod tests {
    use super::super::input::{Bad, Counts, Interval};
    use super::*;

    fn both(canary: (u64, u64), baseline: (u64, u64)) -> Option<String> {
        let side = |(n, e)| Some(Counts { n, e });
        breach(&Requests {
            bad: Bad::Failed,
            floor: 0.001,
            limit: Some(0.01),
            fine: None,
            intervals: vec![Interval { from_s: 0, to_s: 30, canary: side(canary), baseline: side(baseline) }],
        })
    }

    #[test]
    fn both_sides_bad_is_the_environment() {
        assert!(both((100, 20), (900, 170)).is_some());
        assert!(both((100, 20), (900, 2)).is_none(), "stable is fine");
        assert!(both((100, 0), (900, 170)).is_none(), "canary is fine");
        assert!(both((1_000, 20), (9_000, 900)).is_none(), "the canary is the fix");
    }
}
