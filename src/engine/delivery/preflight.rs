//! What is looked at before a delivery: four outcomes and a warning, each
//! with what was observed and where.

mod gates;
mod levels;
mod neighbours;
mod references;
mod rehearsal;
mod room;
mod server;
mod watching;

pub use server::MOST_SKEW_S;

use super::ask::DeliveryAsk;
use super::evidence::Evidence;
use crate::domain::{Actor, Check, CheckOutcome, Fault, RolloutState, short_duration};
use crate::engine::Live;
use crate::engine::canary::Plan;
use crate::engine::gates::FREEZE;
use crate::engine::record::Strategy;
use crate::engine::router::Found;
use crate::engine::verdict::forecast::{Traffic, expect};
use crate::engine::weights::{Fit, Routing, Split};
use std::time::Duration;

/// Everything the checks look at.
pub(super) struct Case<'a> {
    pub(super) ask: &'a DeliveryAsk,
    pub(super) live: &'a Live,
    pub(super) evidence: &'a Evidence,
    pub(super) actor: &'a Actor,
    pub(super) plan: &'a Plan,
    pub(super) splits: &'a [Split],
}

impl Case<'_> {
    /// Whether an incident makes it necessary now, with a reason.
    fn in_incident(&self) -> bool {
        self.ask.glass.is_some() && !self.ask.reason.trim().is_empty()
    }
}

/// The checks whose failure an incident lets through: the release may be the cure.
pub const BREAKABLE: [&str; 3] = [FREEZE, rehearsal::NAME, neighbours::DEPENDENCIES];

type CheckFn = fn(&Case<'_>) -> Check;

/// Every check, in the order shown.
const CHECKS: [CheckFn; 22] = [
    guardrails,
    server::cluster,
    server::permission,
    dry_run,
    references::check,
    owner,
    gates::running,
    gates::lock,
    gates::freeze,
    gates::approval,
    rehearsal::check,
    neighbours::dependencies,
    neighbours::changes,
    rollout,
    router,
    weight,
    traffic,
    watching::observability,
    watching::on_call,
    room::autoscaler,
    room::quota,
    room::disruption,
];

pub(super) fn run(case: &Case<'_>) -> Vec<Check> {
    let mut checks: Vec<Check> = CHECKS.iter().map(|check| check(case)).collect();
    checks.extend(levels::check(case));
    checks.push(way_back(case));
    checks
}

use CheckOutcome::{Fail, NotApplicable, Pass, Unknown, Warn};

fn unknown(name: &'static str, fault: &Fault, source: &str) -> Check {
    Check::new(name, Unknown, fault.text.clone(), source).remedy("ask again")
}

fn guardrails(case: &Case<'_>) -> Check {
    case.evidence.guardrails.check_of("deploy", 1)
}

fn dry_run(case: &Case<'_>) -> Check {
    let source = "server dry run";
    let promotion = case.evidence.dry_stable.as_ref().err();
    let canary = case.evidence.dry_canary.as_ref().and_then(|tried| tried.as_ref().err());
    match promotion.or(canary) {
        None => Check::new("dry-run", Pass, "the server accepts the new template", source),
        Some(fault) => Check::new("dry-run", Fail, fault.text.clone(), source)
            .remedy(fault.hints.first().cloned().unwrap_or_else(|| "correct it and ask again".to_owned())),
    }
}

fn owner(case: &Case<'_>) -> Check {
    let ownership = &case.live.workload.ownership;
    let source = "labels, annotations, ownerReferences";
    if ownership.is_free() {
        return Check::new("owner", Pass, "no other tool applies it", source);
    }
    if case.ask.override_owner {
        let text = format!("{ownership} will see this as drift; delivered anyway, as asked");
        return Check::new("owner", Warn, text, source).remedy(ownership.remedy());
    }
    Check::new("owner", Fail, format!("applied by {ownership}, which would revert the promotion"), source)
        .remedy(format!("{}; or override with a reason", ownership.remedy()))
}

/// What is to be recorded of the checks that only an incident let through.
pub(super) fn broken_glass(case: &Case<'_>, checks: &[Check]) -> Option<String> {
    let glass = case.ask.glass.as_ref()?;
    let ask = DeliveryAsk { glass: None, ..case.ask.clone() };
    let shut = run(&Case { ask: &ask, ..*case });
    let let_through = |name| checks.iter().find(|c| c.name == name && c.outcome == Warn);
    let broken = shut.iter().filter(|c| c.outcome == Fail).filter_map(|c| let_through(c.name));
    let told: Vec<String> = broken.map(|check| glass.passed(check)).collect();
    (!told.is_empty()).then(|| told.join("; "))
}

fn rollout(case: &Case<'_>) -> Check {
    let source = "Deployment status";
    let state = RolloutState::of(&case.live.workload);
    let r = case.live.workload.replicas;
    if state == RolloutState::Complete && r.available >= r.desired {
        let text = format!("{} of {} pods available", r.available, r.desired);
        return Check::new("stable", Pass, text, source);
    }
    let text = format!("{} of {} pods available; rollout: {}", r.available, r.desired, state.sentence());
    // A canary waits for a whole stable by itself; compared with a broken one
    // anything looks fine.
    let outcome = if r.available == 0 { Fail } else { Warn };
    Check::new("stable", outcome, text, source).remedy("mend what runs first: qd rollback")
}

/// What shares requests out, and why nothing better.
fn router(case: &Case<'_>) -> Check {
    let (name, source) = ("router", "Services and what routes to them");
    match &case.evidence.router {
        None => Check::new(name, NotApplicable, "a rolling update shares nothing out", source),
        // There is no other way to switch.
        Some(Err(fault)) if case.plan.routing == Routing::Switch => {
            Check::new(name, Fail, fault.text.clone(), source).remedy("ask for the right to list Services")
        }
        Some(Err(fault)) => unknown(name, fault, source).remedy("without the answer: --traffic pods"),
        Some(Ok(Found::Router(router))) => Check::new(
            name,
            Pass,
            format!("{}: {} for stable, {} for the canary", router.title(), router.stable, router.canary),
            source,
        ),
        Some(Ok(Found::Pods { why, remedy })) => {
            let outcome = if remedy.is_empty() { Pass } else { Warn };
            Check::new(name, outcome, format!("the ratio of pods: {why}"), source).remedy(remedy.clone())
        }
        Some(Ok(Found::Refused { why, remedy })) => {
            Check::new(name, Fail, why.clone(), source).remedy(remedy.clone())
        }
    }
}

fn weight(case: &Case<'_>) -> Check {
    let routed = case.plan.routing != Routing::Pods;
    let source = if routed { "router" } else { "replica ratio" };
    if case.ask.strategy == Strategy::Rolling {
        return Check::new("weight", NotApplicable, "a rolling update has no weights", source);
    }
    if case.plan.routing == Routing::Switch {
        return Check::new("weight", NotApplicable, "all requests are switched at once", source);
    }
    let Some(worst) = case.splits.iter().max_by_key(|split| rank(split.fit())) else {
        return Check::new("weight", Unknown, "no step can be weighed", source).remedy("scale stable up");
    };
    let all = case.splits.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    match worst.complaint() {
        None => Check::new("weight", Pass, all, source),
        Some(why) => Check::new("weight", Warn, all, source).remedy(why),
    }
}

fn rank(fit: Fit) -> u8 {
    match fit {
        Fit::Good => 0,
        Fit::Rough => 1,
        Fit::Bad => 2,
    }
}

fn traffic(case: &Case<'_>) -> Check {
    let source = "the pods' own metrics";
    let name = "metrics";
    if case.ask.strategy == Strategy::Rolling {
        return Check::new(name, NotApplicable, "a rolling update is judged by its pods", source);
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
        Err(fault) => return unknown(name, fault, source),
    };
    // A first step that sends nobody is not judged.
    let judged = case.splits.iter().zip(&case.plan.steps).position(|(_, step)| step.percent > 0);
    let first =
        judged.and_then(|number| Some((number, case.splits.get(number)?, case.plan.steps.get(number)?)));
    let Some((number, split, step)) = first else {
        return Check::new(name, Unknown, "no step can be weighed", source).remedy("scale stable up");
    };
    let expected = expect(
        Traffic {
            per_second: seen.per_second,
            error_rate: seen.error_rate,
            share: split.real(),
            floor: case.plan.floor.unwrap_or_else(|| crate::engine::verdict::input::floor_of(None)),
        },
        &case.plan.policy,
    );
    let rate = format!(
        "{:.1} req/s, {:.2} % errors since its pods started",
        seen.per_second,
        seen.error_rate * 100.0
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

fn way_back(case: &Case<'_>) -> Check {
    let source = "pod templates";
    let mut names: Vec<String> = case
        .live
        .workload
        .template
        .configs
        .iter()
        .map(|config| format!("{} {}", config.kind, config.name))
        .collect();
    names.sort();
    names.dedup();
    let back = match case.ask.strategy {
        Strategy::Canary => "until the promotion stable is not touched: going back deletes the canary",
        Strategy::Rolling => "the old template is kept in the record and put back",
        Strategy::BlueGreen => "while the old version is kept, going back is one patch of the Service",
    };
    if names.is_empty() {
        return Check::new("way-back", Pass, back, source);
    }
    let text = format!("{back}; the content of {} is not taken back", names.join(", "));
    Check::new("way-back", Warn, text, source)
        .remedy("if one of them changes with this release, change it back too")
}
