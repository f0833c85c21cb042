//! What is looked at before a delivery: four outcomes and a warning, each
//! with what was observed and where.

mod conditions;
mod doubt;
mod drift;
mod gates;
mod levels;
mod neighbours;
mod notices;
mod picks;
mod quota;
mod references;
mod rehearsal;
mod risk;
mod room;
mod server;
mod traffic;
mod watching;

pub use conditions::Sounded;
pub use doubt::Doubt;
pub use picks::PickTrial;

use serde_json::Value;

use super::ask::DeliveryAsk;
use super::evidence::Evidence;
use crate::domain::{Actor, Check, CheckOutcome, FaultKind, RolloutState};
use crate::engine::Live;
use crate::engine::canary::Plan;
use crate::engine::record::Strategy;
use crate::engine::router::Found;
use crate::engine::weights::{Fit, Routing, Split};

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

    /// The pods it makes, as the server would store them.
    fn new_pod(&self) -> Option<&Value> {
        self.evidence.dry_stable.as_ref().ok()?.0.pointer("/spec/template/spec")
    }

    /// What it does that something is not known.
    pub(super) fn doubt(&self) -> Doubt {
        let (at, ask) = (self.evidence, self.ask);
        Doubt::of(at.environment, at.tier, &at.guardrails, ask.glass.as_ref(), &ask.reason)
    }
}

type CheckFn = fn(&Case<'_>) -> Check;

/// Whether a check may fail: what it leaves unknown is weighed then.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Grave {
    Yes,
    No,
}

use Grave::{No, Yes};

/// Every check but those that not every release has, in the order shown.
const CHECKS: [(Grave, CheckFn); 24] = [
    (Yes, guardrails),
    (Yes, server::cluster),
    (Yes, server::permission),
    (Yes, gates::running),
    (Yes, dry_run),
    (Yes, references::check),
    (No, notices::check),
    (Yes, owner),
    (No, drift::check),
    (Yes, gates::lock),
    (Yes, gates::freeze),
    (No, rehearsal::check),
    (Yes, neighbours::dependencies),
    (No, neighbours::changes),
    (No, neighbours::reach),
    (Yes, rollout),
    (Yes, router),
    (No, weight),
    (No, traffic::check),
    (Yes, watching::observability),
    (No, watching::on_call),
    (No, room::autoscaler),
    (Yes, quota::check),
    (No, room::disruption),
];

pub(super) fn run(case: &Case<'_>) -> Vec<Check> {
    let doubt = case.doubt();
    let weighed = |(grave, check): &(Grave, CheckFn)| {
        let found = check(case);
        if *grave == Yes { doubt.weigh(found) } else { found }
    };
    let mut checks: Vec<Check> = CHECKS.iter().map(weighed).collect();
    checks.extend(picks::check(case).map(|check| doubt.weigh(check)));
    checks.extend(levels::check(case));
    checks.extend(conditions::check(case).map(|check| doubt.weigh(check)));
    checks.push(way_back(case));
    // How many must agree may rest on all the others.
    let (risk, summed) = risk::of(case, &checks);
    checks.push(doubt.weigh(gates::approval(case, risk)));
    checks.push(summed);
    checks
}

use CheckOutcome::{Fail, NotApplicable, Pass, Unknown, Warn};

fn guardrails(case: &Case<'_>) -> Check {
    case.evidence.guardrails.check_of("deploy", 1)
}

fn dry_run(case: &Case<'_>) -> Check {
    let source = "server dry run";
    let promotion = case.evidence.dry_stable.as_ref().err();
    let canary = case.evidence.dry_canary.as_ref().and_then(|tried| tried.as_ref().err());
    match promotion.or(canary) {
        None => Check::new("dry-run", Pass, "the server accepts the new template", source),
        Some(fault) if fault.kind.is_passing() => Check::unknown("dry-run", fault, source),
        Some(fault) if promotion.is_none() && fault.kind == FaultKind::Conflict => {
            let text = format!("there is a Deployment already where the new version's goes: {}", fault.text);
            Check::new("dry-run", Fail, text, source)
                .remedy("rename or delete it if no delivery made it; or --strategy rolling, which needs none")
        }
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
    let told: Vec<String> = checks.iter().filter_map(|check| glass.broke(check)).collect();
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
        Some(Err(fault)) => Check::unknown(name, fault, source).remedy("without the answer: --traffic pods"),
        Some(Ok(Found::Router(router))) => Check::new(
            name,
            Pass,
            format!(
                "{}: {} for stable, {} for the canary",
                router.title(),
                router.sides().0,
                router.sides().1
            ),
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
    let routed = case.plan.routing.is_routed();
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
    let all = case.splits.iter().zip(&case.plan.steps).map(|(split, step)| step.words(split));
    let all = all.collect::<Vec<_>>().join("; ");
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
