//! Reasons to trust neither inputs nor data. Doubt holds; it never passes
//! and never condemns.

use super::input::{Data, Inputs, Interval, Requests};
use super::ratio::Rule;
use super::share;

/// Seconds a step may take to show its first request: a scrape interval, a
/// router update and a query. Absence before that is not yet news.
pub const FIRST_DATA_S: u32 = 90;

/// What is wrong with the inputs as such.
pub fn inputs(inputs: &Inputs) -> Option<String> {
    let share = inputs.requested_share;
    if !(0.0..=1.0).contains(&share) {
        return Some(format!("requested share is {share}; it must be between 0 and 1"));
    }
    if let Some(fault) = inputs.policy.faults().into_iter().next() {
        return Some(format!("policy: {fault}"));
    }
    inputs.metrics.iter().find_map(|metric| {
        let fault = match &metric.data {
            Data::Requests(r) => requests(r)?,
            Data::Gauge(g) => {
                let finite = |v: &[f64]| v.iter().all(|x| x.is_finite());
                (!finite(&g.canary) || !finite(&g.baseline))
                    .then(|| "has samples that are not numbers".to_owned())?
            }
            Data::Analysis(a) => a.fault()?,
        };
        Some(format!("{}: {fault}", metric.name))
    })
}

fn requests(r: &Requests) -> Option<String> {
    if !(r.floor > 0.0 && r.floor < 1.0) {
        return Some(format!("floor is {}; it must be between 0 and 1", r.floor));
    }
    for (name, rate) in [("limit", r.limit), ("fine", r.fine)] {
        if let Some(rate) = rate.filter(|rate| !(*rate > 0.0 && *rate < 1.0)) {
            return Some(format!("{name} is {rate}; it must be between 0 and 1"));
        }
    }
    let sides = r.intervals.iter().flat_map(|i| [i.canary, i.baseline]);
    sides.flatten().find(|c| c.e > c.n).map(|c| {
        format!(
            "{} bad requests of {} is impossible; check that both queries select the same requests",
            c.e, c.n
        )
    })
}

/// Why the newest data of this metric are missing, if they are.
pub fn data(r: &Requests, rule: &Rule) -> Option<String> {
    if r.intervals.is_empty() {
        return (rule.clock.elapsed_s > FIRST_DATA_S)
            .then(|| "no samples since the step began; is the metric's query right?".to_owned());
    }
    let recent: &[Interval] = {
        let from = r.intervals.len().saturating_sub(share::RECENT);
        r.intervals.get(from..).unwrap_or_default()
    };
    let settled = r.intervals.last().is_some_and(|i| i.to_s > FIRST_DATA_S);
    let absent = |f: fn(&Interval) -> bool| settled && recent.iter().all(f);
    if absent(|i| i.canary.is_none()) {
        return Some("the canary's request series is absent; are its pods scraped?".to_owned());
    }
    if rule.compared && absent(|i| i.baseline.is_none()) {
        return Some("stable's request series is absent".to_owned());
    }
    // Silence of a side that should be receiving is the share check's news,
    // unless nobody receives anything.
    let silent = |i: &Interval| i.canary.is_none_or(|c| c.n == 0) && i.baseline.is_none_or(|b| b.n == 0);
    absent_or(settled && recent.iter().all(silent), "no requests on either side: nothing can be judged")
}

fn absent_or(condition: bool, sentence: &str) -> Option<String> {
    condition.then(|| sentence.to_owned())
}
