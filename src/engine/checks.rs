//! The preflight checks of an action on a workload.

use super::{Draft, Evidence, Live, quota_check, reached, surge};
use crate::domain::{Check, CheckOutcome, How, RolloutState, Verb};

type CheckFn = fn(&Draft, &Live, &Evidence) -> Check;

/// Every check, in the order shown.
const CHECKS: [CheckFn; 9] =
    [guardrails, cluster, permission, dry_run, owner, in_progress, autoscaler, quota, configuration];

pub(super) fn run(draft: &Draft, live: &Live, evidence: &Evidence) -> Vec<Check> {
    CHECKS.iter().map(|check| check(draft, live, evidence)).collect()
}

fn guardrails(draft: &Draft, _: &Live, evidence: &Evidence) -> Check {
    evidence.guardrails.check(&draft.order.verb, evidence.together)
}

fn cluster(draft: &Draft, _: &Live, evidence: &Evidence) -> Check {
    reached(&evidence.hello, &draft.order.target.cluster, &evidence.guardrails)
}

fn permission(draft: &Draft, _: &Live, evidence: &Evidence) -> Check {
    let source = "SelfSubjectAccessReview";
    let key = &draft.order.target.key;
    let verb = format!("{} in {}", draft.right, key.namespace);
    match &evidence.permission {
        Ok((true, _)) => Check::new("permission", CheckOutcome::Pass, format!("you may {verb}"), source),
        Ok((false, why)) => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            Check::new("permission", CheckOutcome::Fail, format!("you may not {verb}{why}"), source)
                .remedy(format!("ask for a role that allows: {verb}"))
        }
        Err(fault) => {
            Check::new("permission", CheckOutcome::Unknown, fault.text.clone(), source).remedy("ask again")
        }
    }
}

fn dry_run(_: &Draft, _: &Live, evidence: &Evidence) -> Check {
    let source = "server dry run";
    match &evidence.dry_run {
        Ok(_) => Check::new("dry-run", CheckOutcome::Pass, "the server accepts it", source),
        Err(fault) => Check::new("dry-run", CheckOutcome::Fail, fault.text.clone(), source)
            .remedy(fault.hints.first().cloned().unwrap_or_else(|| "read the object again".to_owned())),
    }
}

fn owner(draft: &Draft, live: &Live, _: &Evidence) -> Check {
    let ownership = &live.workload.ownership;
    let source = "labels, annotations, ownerReferences";
    if draft.mutation.how != How::Patch {
        return Check::new("owner", CheckOutcome::NotApplicable, "what is applied stays as it is", source);
    }
    if ownership.is_free() {
        return Check::new("owner", CheckOutcome::Pass, "no other tool applies it", source);
    }
    if draft.order.override_owner {
        let text = format!("{ownership} will see this as drift; written anyway, as asked");
        return Check::new("owner", CheckOutcome::Warn, text, source).remedy(ownership.remedy());
    }
    Check::new("owner", CheckOutcome::Fail, format!("applied by {ownership}, which will revert this"), source)
        .remedy(format!("{}; or override with a reason", ownership.remedy()))
}

fn in_progress(draft: &Draft, live: &Live, evidence: &Evidence) -> Check {
    let source = "status";
    if draft.mutation.how != How::Patch {
        return Check::new("in-progress", CheckOutcome::NotApplicable, "nothing rolls out", source);
    }
    // Never a failure: going back must not wait for a delivery that is in its way.
    if let Some(delivery) = &evidence.delivery {
        let (text, remedy) = meets(&draft.order.verb);
        let text = format!("{delivery}: {text}");
        return Check::new("in-progress", CheckOutcome::Warn, text, "operation records").remedy(remedy);
    }
    let state = RolloutState::of(&live.workload);
    if !state.is_moving() {
        return Check::new("in-progress", CheckOutcome::Pass, format!("rollout: {}", state.word()), source);
    }
    let text = format!("a rollout is under way: {}", state.sentence());
    match &draft.order.verb {
        // Stopping a bad rollout is what these are for: an emergency never waits.
        Verb::Rollback { .. } | Verb::Pause => {
            Check::new("in-progress", CheckOutcome::Pass, format!("{text}; this ends it"), source)
        }
        Verb::Restart
        | Verb::Scale { .. }
        | Verb::Resume
        | Verb::SetImage { .. }
        | Verb::Edit { .. }
        | Verb::Delete
        | Verb::Evict
        | Verb::RunNow { .. }
        | Verb::Lock { .. }
        | Verb::Unlock { .. } => {
            Check::new("in-progress", CheckOutcome::Warn, text, source).remedy("wait for it to end")
        }
    }
}

/// What a delivery under way makes of an action, and what to do instead.
fn meets(verb: &Verb) -> (&'static str, &'static str) {
    match verb {
        Verb::Rollback { .. } => {
            ("it ends when it sees this", "qd abort takes it back, and what it shifted, in one step")
        }
        Verb::Restart | Verb::SetImage { .. } | Verb::Edit { .. } => {
            ("it takes this for somebody else's release, and rolls back", "let it end, or abort it: qd abort")
        }
        Verb::Scale { .. } => ("its canary follows stable's size", "nothing to do; steps wait for the pods"),
        Verb::Pause | Verb::Resume => {
            ("its promotion waits as long as the Deployment is paused", "qd hold holds the delivery itself")
        }
        Verb::Delete | Verb::Evict | Verb::RunNow { .. } | Verb::Lock { .. } | Verb::Unlock { .. } => {
            ("it goes on", "nothing to do")
        }
    }
}

fn autoscaler(draft: &Draft, _: &Live, evidence: &Evidence) -> Check {
    let source = "HorizontalPodAutoscaler";
    let scaler = match &evidence.autoscaler {
        Ok(Some(scaler)) => scaler,
        Ok(None) => return Check::new("autoscaler", CheckOutcome::NotApplicable, "none", source),
        Err(fault) => {
            return Check::new("autoscaler", CheckOutcome::Unknown, fault.text.clone(), source)
                .remedy("look for an autoscaler by hand before scaling");
        }
    };
    let bounds = format!("{} keeps {} to {} replicas", scaler.key.name, scaler.min, scaler.max);
    match &draft.order.verb {
        Verb::Scale { .. } => {
            Check::new("autoscaler", CheckOutcome::Warn, format!("{bounds} and will undo this"), source)
                .remedy("change the autoscaler's bounds instead")
        }
        Verb::Rollback { .. }
        | Verb::Restart
        | Verb::Pause
        | Verb::Resume
        | Verb::SetImage { .. }
        | Verb::Edit { .. }
        | Verb::Delete
        | Verb::Evict
        | Verb::RunNow { .. }
        | Verb::Lock { .. }
        | Verb::Unlock { .. } => {
            Check::new("autoscaler", CheckOutcome::Pass, format!("{bounds}; replicas are left alone"), source)
        }
    }
}

/// A warning at most: what ends an incident waits for room in the cluster, not here.
fn quota(draft: &Draft, live: &Live, evidence: &Evidence) -> Check {
    let none = |text| Check::new("quota", CheckOutcome::NotApplicable, text, "ResourceQuota");
    let Ok((raw, after)) = &evidence.dry_run else { return none("the server would not take the change") };
    let added = after.replicas.desired.saturating_sub(live.workload.replicas.desired);
    let replaced = after.template.digest != live.workload.template.digest;
    let beyond = if replaced { surge(raw, after.replicas.desired) } else { 0 };
    let needed = u64::from(added) + beyond;
    if draft.mutation.how != How::Patch || needed == 0 {
        return none("it needs no more pods at once than there are");
    }
    let short =
        (CheckOutcome::Warn, "raise the quota, or delete pods that fail: it waits until there is room");
    quota_check(&evidence.quotas, raw.pointer("/spec/template/spec"), needed, short)
}

fn configuration(draft: &Draft, _: &Live, _: &Evidence) -> Check {
    let source = "pod templates";
    let Some(set) = &draft.revision else {
        return Check::new("configuration", CheckOutcome::NotApplicable, "the template stays", source);
    };
    let mut names: Vec<_> =
        set.template.configs.iter().map(|config| format!("{} {}", config.kind, config.name)).collect();
    names.sort();
    names.dedup();
    if names.is_empty() {
        return Check::new("configuration", CheckOutcome::Pass, "no ConfigMap or Secret is used", source);
    }
    let text = format!("their content is not rolled back: {}", names.join(", "));
    Check::new("configuration", CheckOutcome::Warn, text, source)
        .remedy("if one of them changed with the release, change it back too")
}
