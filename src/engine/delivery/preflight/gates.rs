//! What keeps a new version from users, though it could be delivered: another
//! delivery, a lock, a freeze, an approval that is missing.

use super::Case;
use crate::domain::CheckOutcome::{Fail, Pass};
use crate::domain::{Check, Lock, Locked, Risk, World};
use crate::engine::delivery::PlanId;
use crate::engine::gates::{APPROVAL, Petitioned, Release, Site};

pub(super) fn running(case: &Case<'_>) -> Check {
    let source = "operation records";
    match &case.evidence.running {
        Ok(None) => Check::new("running", Pass, "no other delivery to it runs", source),
        Ok(Some(what)) => {
            Check::new("running", Fail, what.clone(), source).remedy("let it end, or abort it: qd abort")
        }
        Err(fault) => Check::unknown("running", fault, source),
    }
}

pub(super) fn lock(case: &Case<'_>) -> Check {
    let key = &case.ask.target.key;
    match &case.evidence.lock {
        Ok(locked) => Locked::check(locked.as_ref(), key, case.evidence.now),
        // The start would refuse it: a lock that cannot be read is in force.
        Err(fault) => Check { outcome: Fail, ..Check::unknown("lock", fault, Lock::key(key).to_string()) },
    }
}

fn site(case: &Case<'_>, risk: Option<Risk>) -> Site {
    Site {
        service: Some(World::service_of(&case.live.workload).name.to_string()),
        environment: case.evidence.environment,
        tier: case.evidence.tier,
        risk,
    }
}

pub(super) fn freeze(case: &Case<'_>) -> Check {
    let (evidence, ask, site) = (case.evidence, case.ask, site(case, None));
    let release = Release { actor: case.actor, reason: &ask.reason, glass: ask.glass.as_ref() };
    evidence.book.freeze(&site, evidence.now.wall, release)
}

pub(super) fn approval(case: &Case<'_>, risk: Risk) -> Check {
    let evidence = case.evidence;
    let PlanId { hash, by: planned_by } = &evidence.petition;
    let incident = case.ask.glass.is_some();
    let asked = Petitioned { hash, planned_by, actor: case.actor, incident };
    match &evidence.approvals {
        Ok(approvals) => evidence.book.approval(&site(case, Some(risk)), asked, approvals, evidence.now),
        // Whoever cannot be asked has not agreed.
        Err(fault) => Check { outcome: Fail, ..Check::unknown(APPROVAL, fault, "approvals in the cluster") },
    }
}
