//! Is the traffic split what was asked for? A verdict on the wrong pods, or
//! on a route that never took effect, would be worthless.

use super::doubt::FIRST_DATA_S;
use super::input::{Counts, Interval, Requests};
use super::number;

/// How many of the newest intervals are looked at: a split that was wrong
/// before the router settled is forgiven, one that is wrong now is not.
pub const RECENT: usize = 4;

/// How unlikely (in standard deviations) a deviation must be before it is
/// held against the router: at 30 requests the share is mostly luck.
const SIGMAS: f64 = 3.3;

/// Totals of both sides over the newest intervals; an absent side is zero.
pub fn recent(requests: &Requests) -> (Counts, Counts) {
    totals(newest(requests))
}

fn newest(requests: &Requests) -> impl Iterator<Item = &Interval> {
    requests.intervals.iter().rev().take(RECENT)
}

fn totals<'a>(intervals: impl Iterator<Item = &'a Interval>) -> (Counts, Counts) {
    intervals.fold((Counts::default(), Counts::default()), |(c, b), i| {
        (c + i.canary.unwrap_or_default(), b + i.baseline.unwrap_or_default())
    })
}

/// A split that is not the one asked for, in words.
#[derive(Debug, PartialEq, Eq)]
pub enum Wrong {
    /// So soon after the change that the router, the pods' readiness and the
    /// first scrape explain it.
    Yet(String),
    /// The change never took effect, or no longer does.
    Lasting(String),
}

/// How the observed split contradicts `requested` (the canary's share), if
/// it does. Intervals that ended within [`FIRST_DATA_S`] are held against
/// nobody, unless the step has `ended` and there are no others.
pub fn contradiction(requests: &Requests, requested: f64, factor: (f64, f64), ended: bool) -> Option<Wrong> {
    let wrong = deviation(recent(requests), requested, factor)?;
    let settled = || newest(requests).filter(|i| i.to_s > FIRST_DATA_S);
    if settled().next().is_some() {
        return deviation(totals(settled()), requested, factor).map(Wrong::Lasting);
    }
    Some(if ended { Wrong::Lasting(wrong) } else { Wrong::Yet(wrong) })
}

/// The smaller side is the one compared: at 80 % asked and 100 % seen,
/// stable's share is 0 of 20.
fn deviation((canary, baseline): (Counts, Counts), requested: f64, factor: (f64, f64)) -> Option<String> {
    let total = canary.n.saturating_add(baseline.n) as f64;
    let (side, seen, asked) = if requested <= 0.5 {
        ("canary", canary.n as f64, requested)
    } else {
        ("stable", baseline.n as f64, 1.0 - requested)
    };
    if asked <= 0.0 || total <= 0.0 {
        return None;
    }
    let observed = seen / total;
    let luck = SIGMAS * (total * asked * (1.0 - asked)).sqrt();
    let outside = observed < asked * factor.0 || observed > asked * factor.1;
    (outside && (seen - total * asked).abs() > luck).then(|| {
        format!(
            "the {side} was to receive {} and receives {} ({} of {} requests)",
            number::percent(asked),
            number::percent(observed),
            number::count(seen as u64),
            number::count(total as u64),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::input::{Bad, Interval};
    use super::*;

    /// Of 30 s intervals with these requests of canary and stable.
    fn requests(sides: &[(u64, u64)]) -> Requests {
        let side = |n| Some(Counts { n, e: 0 });
        let intervals = sides.iter().zip(0..).map(|((canary, baseline), i)| Interval {
            from_s: i * 30,
            to_s: i * 30 + 30,
            canary: side(*canary),
            baseline: side(*baseline),
        });
        Requests { bad: Bad::Failed, floor: 0.001, limit: None, fine: None, intervals: intervals.collect() }
    }

    fn split(canary: u64, baseline: u64, requested: f64) -> Option<String> {
        match contradiction(&requests(&[(canary, baseline)]), requested, (0.5, 2.0), true)? {
            Wrong::Yet(text) => panic!("the step has ended: {text}"),
            Wrong::Lasting(text) => Some(text),
        }
    }

    #[test]
    fn what_a_router_needs_to_settle_is_forgiven_and_what_lasts_is_not() {
        let at_ten = |sides: &[(u64, u64)]| contradiction(&requests(sides), 0.1, (0.5, 2.0), false);
        let (none, some) = ((0, 900), (100, 900));
        assert!(matches!(at_ten(&[none]), Some(Wrong::Yet(_))));
        assert!(matches!(at_ten(&[none, none, none]), Some(Wrong::Yet(_))));
        assert_eq!(at_ten(&[none, none, none, some]), None, "only what was seen after 90 s counts");
        assert!(matches!(at_ten(&[none, none, none, none]), Some(Wrong::Lasting(_))));
        assert_eq!(at_ten(&[some, some, some, none]), None, "one interval may lack a reading");
        assert!(matches!(at_ten(&[some, some, some, none, none, none]), Some(Wrong::Lasting(_))));
        assert_eq!(at_ten(&[some]), None);
    }

    #[test]
    fn wrong_splits_are_named() {
        assert!(split(100, 900, 0.1).is_none());
        assert!(split(60, 940, 0.1).is_none(), "within a factor of two");
        assert!(split(900, 100, 0.1).is_some(), "sides swapped");
        assert!(split(10, 990, 0.1).is_some());
        assert!(split(0, 900, 0.1).is_some());
        assert!(split(0, 12, 0.1).is_none(), "too few to tell");
        assert!(split(1_000, 0, 0.8).is_some(), "stable gets nothing");
        assert!(split(1_000, 0, 1.0).is_none(), "nothing was asked of stable");
        let text = split(10, 990, 0.1).unwrap();
        assert_eq!(text, "the canary was to receive 10 % and receives 1 % (10 of 1k requests)");
    }
}
