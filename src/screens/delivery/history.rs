//! The evidence over time, replayed from the counts stored with the verdicts.
//!
//! A record keeps few verdicts, but each carries the counts of every interval
//! since its step began. What the verdict would have said at the end of each
//! of them is computed again: the same pure function, so the same numbers.

use crate::engine::canary::Judgement;
use crate::engine::record::OperationRecord;
use crate::engine::verdict::ratio::Rule;
use crate::engine::verdict::{Data, Importance, Inputs, Requests};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Points of one step; longer steps are thinned. A replay costs the square of
/// it: 120 intervals take about a millisecond.
const MOST_POINTS: usize = 120;

/// The evidence at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub at: Timestamp,
    /// Whether it is the first of its step: evidence begins anew there.
    pub begins: bool,
    /// Evidence that the canary is worse; 1 says nothing either way.
    pub e: f64,
    /// Evidence at which it is rolled back.
    pub needed: f64,
    /// The canary's error ratio of the interval; none without requests.
    pub canary: Option<f64>,
    /// The baseline's.
    pub stable: Option<f64>,
}

/// E after each interval of each step, oldest first, of the request metric
/// that comes first among the critical ones.
pub fn history(record: &OperationRecord) -> Vec<Point> {
    let judged = record.verdicts.iter().chain(&record.run.judged).map(Arc::as_ref);
    let mut steps: Vec<&Judgement> = Vec::new();
    for judgement in judged.filter(|j| metric(&j.inputs).is_some()) {
        let began = began(judgement);
        match steps.last_mut() {
            // The same step, looked at later: it contains all that came before.
            Some(last) if (self::began(last) - began).abs() < SAME_STEP => {
                if judgement.at >= last.at {
                    *last = judgement;
                }
            }
            _ => steps.push(judgement),
        }
    }
    steps.into_iter().flat_map(replay).collect()
}

/// Looks of one step give the same beginning but for the rounding to seconds.
const SAME_STEP: i64 = 5;

fn began(judgement: &Judgement) -> i64 {
    judgement.at.as_second() - i64::from(judgement.inputs.clock.elapsed_s)
}

fn metric(inputs: &Inputs) -> Option<&Requests> {
    let critical = inputs.metrics.iter().filter(|m| m.importance == Importance::Critical);
    critical.chain(&inputs.metrics).find_map(|m| if let Data::Requests(r) = &m.data { Some(r) } else { None })
}

fn replay(judgement: &Judgement) -> Vec<Point> {
    let inputs = &judgement.inputs;
    let Some(requests) = metric(inputs) else { return Vec::new() };
    let rule = Rule {
        policy: &inputs.policy,
        clock: inputs.clock,
        critical: inputs
            .metrics
            .iter()
            .filter(|m| m.importance == Importance::Critical && matches!(m.data, Data::Requests(_)))
            .count(),
        compared: inputs.requested_share < 1.0,
    };
    let start = SignedDuration::from_secs(i64::from(inputs.clock.elapsed_s));
    let start = judgement.at.checked_sub(start).unwrap_or(judgement.at);
    let all = requests.intervals.len();
    let every = all.div_ceil(MOST_POINTS).max(1);
    let ends = (1..=all).filter(|end| end % every == 0 || *end == all);
    ends.enumerate()
        .filter_map(|(number, end)| {
            let seen = requests.intervals.get(..end)?;
            let newest = seen.last()?;
            let reading = rule.read(requests, seen);
            Some(Point {
                at: start.checked_add(SignedDuration::from_secs(i64::from(newest.to_s))).ok()?,
                begins: number == 0,
                e: reading.e,
                needed: rule.e_needed(),
                canary: newest.canary.and_then(crate::engine::verdict::Counts::rate),
                stable: newest.baseline.and_then(crate::engine::verdict::Counts::rate),
            })
        })
        .collect()
}
