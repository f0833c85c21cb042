//! Whether the traffic there is lets a verdict be had in time.

use super::Case;
use crate::domain::CheckOutcome::{NotApplicable, Pass, Unknown, Warn};
use crate::domain::{Check, short_duration};
use crate::engine::record::Strategy;
use crate::engine::router::Pick;
use crate::engine::verdict::absolute::bars_after;
use crate::engine::verdict::explain;
use crate::engine::verdict::forecast::{Traffic, expect};
use crate::engine::verdict::input::floor_of;
use crate::engine::verdict::number::count;
use crate::engine::weights::Routing;
use std::time::Duration;

/// Bars that are further apart than this leave much to a person.
const VAGUE: f64 = 10.0;

pub(super) fn check(case: &Case<'_>) -> Check {
    let source = "the pods' own metrics";
    let name = "metrics";
    if !case.plan.requests.is_critical() {
        let text = "the conditions decide: failed requests only hold, where they are counted";
        return Check::new(name, NotApplicable, text, source);
    }
    if case.ask.strategy == Strategy::Rolling {
        return in_place(case, name, source);
    }
    if case.plan.routing == Routing::Switch {
        let text = "after the switch it is held against what stable had before";
        return Check::new(name, NotApplicable, text, source);
    }
    let by_hand = "promote by hand (qd promote), or add metrics: without them the canary is held";
    let seen = match &case.evidence.traffic {
        Ok(Some(seen)) => seen,
        Ok(None) => {
            return Check::new(name, Warn, "its pods offer no request metrics", source).remedy(by_hand);
        }
        Err(fault) => return Check::unknown(name, fault, source),
    };
    // A first step that sends nobody is not judged, and how many carry a header
    // nobody knows before.
    let judged = case.splits.iter().zip(&case.plan.steps).position(|(split, step)| step.share(split) > 0.0);
    let first =
        judged.and_then(|number| Some((number, case.splits.get(number)?, case.plan.steps.get(number)?)));
    let Some((number, split, step)) = first else {
        return unforeseen(case, name, source);
    };
    let expected = expect(
        Traffic {
            // Copies come on top of what callers send.
            per_second: seen.per_second * f64::from(100 + step.pick.as_ref().map_or(0, Pick::load)) / 100.0,
            error_rate: seen.error_rate(),
            share: step.share(split),
            floor: case.plan.floor.unwrap_or_else(|| floor_of(None)),
        },
        &case.plan.policy,
    );
    let rate = format!(
        "{:.1} req/s, {:.2} % errors since its pods started",
        seen.per_second,
        seen.error_rate() * 100.0
    );
    let words = |s: Option<u64>| {
        s.map_or_else(
            || "hardly ever".to_owned(),
            |s| format!("about {}", short_duration(Duration::from_secs(s))),
        )
    };
    let text = format!(
        "{rate}; step {}: healthy is promoted after {}, five times the errors caught after {}",
        number + 1,
        words(expected.promote_s.map(|s| s.max(u64::from(step.min_s)))),
        words(expected.catch_s)
    );
    let max = u64::from(step.max_s);
    if expected.promote_s.is_some_and(|s| s <= max) {
        Check::new(name, Pass, text, source)
    } else {
        Check::new(name, Warn, text, source).remedy("longer steps, a larger first weight, or promote by hand")
    }
}

/// What a rolling update is held against.
fn in_place(case: &Case<'_>, name: &'static str, source: &str) -> Check {
    let not = |text: &str| Check::new(name, NotApplicable, text, source);
    if case.plan.steps.is_empty() {
        return not("it is not watched: only its pods count");
    }
    match (&case.evidence.traffic, case.plan.before) {
        (Err(fault), _) => {
            Check::unknown(name, fault, source).remedy("without them only its pods are watched")
        }
        (Ok(None), _) => not("no request metrics: only its pods are watched"),
        (Ok(Some(_)), before) => {
            let floor = case.plan.floor.unwrap_or_else(|| floor_of(None));
            let held = before.and_then(|before| Some((before, bars_after(before, floor)?)));
            let Some((before, bars)) = held else {
                return not(
                    "too few requests until now: only its pods, or half of its requests failing, condemn it",
                );
            };
            let failed = format!("{} of {} requests failed until now", count(before.e), count(before.n));
            let check =
                |outcome| Check::new(name, outcome, format!("{failed}: {}", explain::bars(bars)), source);
            if bars.worse <= VAGUE * bars.fine {
                return check(Pass);
            }
            check(Warn)
                .remedy("few were counted: in between it is watched to its end, and waits for a person if much fails; a canary compares")
        }
    }
}

/// No step's share is known before.
fn unforeseen(case: &Case<'_>, name: &'static str, source: &str) -> Check {
    if case.splits.is_empty() {
        return Check::new(name, Unknown, "no step can be weighed", source).remedy("scale stable up");
    }
    let text = "nobody knows before how many requests carry the header";
    Check::new(name, Warn, text, source).remedy("send enough of them, or add a step with a weight")
}
