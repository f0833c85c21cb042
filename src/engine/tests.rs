//! Scripts: inputs in, intents and phases out, virtual time.

use super::*;
use crate::domain::{
    Actor, CheckOutcome, Confirmation, Container, Environment, Fault, FaultKind, JsonOp, Kind, Now,
    ObjectKey, Order, Ownership, ReplicaSet, Replicas, RevisionNumber, Target, Template, Verb, Workload,
    worst,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn template(version: &str) -> Template {
    let container =
        Container { name: "app".into(), image: format!("r/web:{version}"), ..Container::default() };
    let digest = version.bytes().map(u64::from).sum();
    Template { containers: vec![container], digest, ..Template::default() }
}

pub(super) fn workload(version: &str, generation: i64) -> Workload {
    Workload {
        key: ObjectKey::new(Kind::Deployment, "shop-prod", "web"),
        uid: "uid-1".into(),
        resource_version: "10".into(),
        created: None,
        generation,
        observed_generation: generation,
        replicas: Replicas { desired: 3, current: 3, updated: 3, ready: 3, available: 3 },
        paused: false,
        revision: Some(RevisionNumber(2)),
        labels: BTreeMap::new(),
        notes: BTreeMap::new(),
        template: template(version),
        conditions: Vec::new(),
        owner: None,
        partition: 0,
        batch: None,
        going: None,
        ownership: Ownership::Free,
        strategy: "RollingUpdate".into(),
    }
}

pub(super) fn raw(version: &str) -> Value {
    json!({"metadata": {"uid": "uid-1", "annotations": {}}, "spec": {"replicas": 3, "template": {
        "metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": format!("r/web:{version}")}]}}}})
}

pub(super) fn revision(number: u64, version: &str) -> (ReplicaSet, Value) {
    let set = ReplicaSet {
        key: ObjectKey::new(Kind::ReplicaSet, "shop-prod", "web-x"),
        uid: "rs".into(),
        owner: Some("uid-1".into()),
        revision: Some(RevisionNumber(number)),
        replicas: Replicas::default(),
        counted: true,
        template: template(version),
        created: None,
        since: None,
        change_cause: None,
    };
    let mut raw = raw(version);
    raw["spec"]["template"]["metadata"]["labels"]["pod-template-hash"] = json!("abc");
    (set, raw)
}

pub(super) fn order(verb: Verb) -> Order {
    Order {
        id: "op-1".into(),
        verb,
        target: Target {
            context: "prod".into(),
            cluster: "https://c".into(),
            key: ObjectKey::new(Kind::Deployment, "shop-prod", "web"),
            uid: "uid-1".into(),
            resource_version: "10".into(),
        },
        actor: Actor { os_user: "alice".into(), ..Actor::default() },
        reason: String::new(),
        override_owner: false,
        undo: None,
        asked_at: Now::at(0).wall,
    }
}

pub(super) fn live(workload: Workload) -> Live {
    Live { workload, raw: raw("v2"), read_at: Now::at(0) }
}

pub(super) fn rollback() -> Verb {
    Verb::Rollback { to: RevisionNumber(1) }
}

fn drafted(verb: Verb, workload: Workload) -> Result<Draft, Fault> {
    draft(order(verb), &live(workload), &[revision(1, "v1"), revision(2, "v2")], Now::at(0))
}

#[test]
fn a_rollback_tests_identity_and_old_template_and_leaves_replicas_alone() {
    let draft = drafted(rollback(), workload("v2", 5)).unwrap();
    let ops = &draft.mutation.ops;
    assert_eq!(ops[0], JsonOp::test("/metadata/uid", "uid-1"));
    assert_eq!(ops[1], JsonOp::test("/spec/template", raw("v2")["spec"]["template"].clone()));
    assert_eq!(ops[2], JsonOp::replace("/spec/template", raw("v1")["spec"]["template"].clone()));
    assert!(!serde_json::to_string(ops).unwrap().contains("replicas"));
    assert!(!serde_json::to_string(&ops[2]).unwrap().contains("pod-template-hash"));
}

#[test]
fn a_recreated_object_is_refused() {
    let mut other = workload("v2", 1);
    other.uid = "uid-2".into();
    assert_eq!(drafted(rollback(), other).unwrap_err().kind, FaultKind::Conflict);
}

#[test]
fn what_makes_no_sense_is_said_before_anything_is_sent() {
    let mut paused = workload("v2", 5);
    paused.paused = true;
    let cases = [
        (Verb::Rollback { to: RevisionNumber(9) }, workload("v2", 5), "revisions kept: 1, 2"),
        (Verb::Rollback { to: RevisionNumber(2) }, workload("v2", 5), "another revision"),
        (rollback(), paused.clone(), "resume it first"),
        (Verb::Restart, paused.clone(), "resume it first"),
        (Verb::Scale { to: 3 }, workload("v2", 5), ""),
        (Verb::Pause, paused, ""),
        (Verb::Resume, workload("v2", 5), ""),
    ];
    for (verb, workload, hint) in cases {
        let fault = drafted(verb.clone(), workload).unwrap_err();
        assert!(fault.hints.join(" ").contains(hint), "{verb:?}: {fault:?}");
    }
}

#[test]
fn a_restart_makes_the_annotations_it_writes_into() {
    let draft = drafted(Verb::Restart, workload("v2", 5)).unwrap();
    assert_eq!(draft.mutation.ops[1], JsonOp::add("/spec/template/metadata/annotations", json!({})));
}

pub(super) fn evidence(after: Workload) -> Evidence {
    let changed = raw("v1");
    Evidence {
        hello: Ok(Hello { version: "v1.36.1".into(), ahead: None }),
        quotas: Ok(Vec::new()),
        permission: Ok((true, String::new())),
        dry_run: Ok((changed, after)),
        autoscaler: Ok(None),
        delivery: None,
        environment: Environment::Production,
        blast: crate::domain::Blast::default(),
        guardrails: crate::domain::Guardrails::default(),
        together: 1,
    }
}

#[test]
fn another_cluster_than_expected_is_a_wrong_target_also_for_going_back() {
    let rollback = || drafted(Verb::Rollback { to: RevisionNumber(1) }, workload("v2", 5)).unwrap();
    let live = Live { workload: workload("v2", 5), raw: raw("v2"), read_at: Now::at(0) };
    let checked = |server: &str| {
        let guardrails = crate::domain::Guardrails { server: server.to_owned(), ..Default::default() };
        let (plan, _) = finish(rollback(), &live, Evidence { guardrails, ..evidence(workload("v1", 6)) });
        plan.checks.into_iter().find(|check| check.name == "cluster").unwrap()
    };
    assert_eq!(checked("https://c").outcome, CheckOutcome::Pass);
    let elsewhere = checked("https://d");
    assert_eq!(elsewhere.outcome, CheckOutcome::Fail);
    assert!(elsewhere.observed.contains("leads to https://c"), "{elsewhere:?}");
}

#[test]
fn a_quota_without_room_is_told_and_keeps_nobody_from_going_back() {
    let mut after = raw("v1");
    after["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 1}});
    let full = json!({"metadata": {"name": "q"}, "status": {"hard": {"pods": "3"}, "used": {"pods": "3"}}});
    let check = |verb: Verb, to: Workload, quotas| {
        let draft = drafted(verb, workload("v2", 5)).unwrap();
        let live = Live { workload: workload("v2", 5), raw: raw("v2"), read_at: Now::at(0) };
        let dry_run = Ok((after.clone(), to.clone()));
        let (plan, _) = finish(draft, &live, Evidence { dry_run, quotas, ..evidence(to) });
        plan.checks.into_iter().find(|check| check.name == "quota").unwrap()
    };
    let back = Verb::Rollback { to: RevisionNumber(1) };
    let short = check(back.clone(), workload("v1", 6), Ok(vec![full.clone()]));
    assert_eq!(short.outcome, CheckOutcome::Warn);
    assert!(short.observed.contains("room for 0 pods more, it needs 1"), "{short:?}");
    assert_eq!(check(back, workload("v1", 6), Ok(Vec::new())).outcome, CheckOutcome::NotApplicable);
    let larger = |pods| {
        let mut to = workload("v2", 6);
        to.replicas.desired = pods;
        check(Verb::Scale { to: pods }, to, Ok(vec![full.clone()]))
    };
    assert!(larger(5).observed.contains("it needs 2"), "{:?}", larger(5));
    assert_eq!(larger(1).outcome, CheckOutcome::NotApplicable, "fewer pods need no room");
}

#[test]
fn a_delivery_under_way_is_named_and_keeps_nobody_from_going_back() {
    let sentence = "canary to v3 started by bo is watching".to_owned();
    for (verb, meets) in [
        (Verb::Rollback { to: RevisionNumber(1) }, "it ends when it sees this"),
        (Verb::Restart, "somebody else's release"),
        (Verb::Scale { to: 5 }, "follows stable's size"),
    ] {
        let evidence = Evidence { delivery: Some(sentence.clone()), ..evidence(workload("v1", 6)) };
        let (plan, _) = finish(drafted(verb, workload("v2", 5)).unwrap(), &live(workload("v2", 5)), evidence);
        let check = plan.checks.iter().find(|check| check.name == "in-progress").unwrap();
        assert_eq!(check.outcome, CheckOutcome::Warn);
        assert!(
            check.observed.starts_with(&sentence) && check.observed.contains(meets),
            "{}",
            check.observed
        );
    }
}

#[test]
fn production_and_undeclared_need_the_name_typed() {
    for (environment, expected) in [
        (Environment::Production, Confirmation::Type("web".into())),
        (Environment::Undeclared, Confirmation::Type("web".into())),
        (Environment::Staging, Confirmation::Key),
    ] {
        let draft = drafted(rollback(), workload("v2", 5)).unwrap();
        let evidence = Evidence { environment, ..evidence(workload("v1", 6)) };
        let (plan, _) = finish(draft, &live(workload("v2", 5)), evidence);
        assert_eq!(plan.confirmation, expected, "{environment:?}");
    }
}

#[test]
fn unknown_is_never_pass() {
    let draft = drafted(rollback(), workload("v2", 5)).unwrap();
    let gone = Fault::new(FaultKind::Unreachable, "no answer");
    let evidence = Evidence { permission: Err(gone), ..evidence(workload("v1", 6)) };
    let (plan, _) = finish(draft, &live(workload("v2", 5)), evidence);
    assert_eq!(worst(&plan.checks), CheckOutcome::Unknown);
}

#[test]
fn gitops_is_respected_unless_overridden() {
    let mut owned = workload("v2", 5);
    owned.ownership = Ownership::ArgoCd { application: "shop".into() };
    let (plan, _) = finish(
        drafted(rollback(), owned.clone()).unwrap(),
        &live(owned.clone()),
        evidence(workload("v1", 6)),
    );
    assert_eq!(worst(&plan.checks), CheckOutcome::Fail);
    let mut draft = drafted(rollback(), owned.clone()).unwrap();
    draft.order.override_owner = true;
    let (plan, _) = finish(draft, &live(owned), evidence(workload("v1", 6)));
    assert_eq!(worst(&plan.checks), CheckOutcome::Warn);
}
