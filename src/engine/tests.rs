//! Scripts: inputs in, intents and phases out, virtual time.

use super::*;
use crate::domain::{
    Actor, AuditKind, CheckOutcome, Condition, Confirmation, Container, Environment, Fault, FaultKind,
    JsonOp, Kind, Now, ObjectKey, Order, Ownership, Phase, ReplicaSet, Replicas, RevisionNumber, Target,
    Template, Verb, Workload, WriteOutcome, worst,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

type Answer = Result<Option<Box<Workload>>, Fault>;

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
        template: template(version),
        created: None,
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

fn rollback() -> Verb {
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
        permission: Ok((true, String::new())),
        dry_run: Ok((changed, after)),
        autoscaler: Ok(None),
        environment: Environment::Production,
        blast: crate::domain::Blast::default(),
        guardrails: crate::domain::Guardrails::default(),
        together: 1,
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

fn running() -> Run {
    let expected = Expected::from(&workload("v1", 6));
    let mut run = Run::new(order(rollback()), expected, Now::at(0));
    assert!(matches!(
        run.step(Input::Start, Now::at(0))[..],
        [Intent::Journal { kind: AuditKind::Intent, .. }]
    ));
    assert_eq!(run.step(Input::Journaled(Ok(())), Now::at(0)), vec![Intent::Write]);
    run
}

fn applied() -> Input {
    Input::Written(WriteOutcome::Applied { resource_version: "11".into(), generation: 6 })
}

fn seen(change: impl FnOnce(&mut Workload)) -> Input {
    let mut workload = workload("v1", 6);
    change(&mut workload);
    Input::Seen(Some(Box::new(workload)))
}

#[test]
fn the_intent_is_on_disk_before_anything_is_sent() {
    let mut run = Run::new(order(rollback()), Expected::default(), Now::at(0));
    run.step(Input::Start, Now::at(0));
    let full = Fault::new(FaultKind::Internal, "disk full");
    let intents = run.step(Input::Journaled(Err(full)), Now::at(0));
    assert!(!intents.contains(&Intent::Write));
    assert!(matches!(run.phase, Phase::Refused(_)));
}

#[test]
fn it_succeeds_when_the_watch_shows_it_and_not_before() {
    let mut run = running();
    run.step(applied(), Now::at(1));
    assert_eq!(run.phase, Phase::Watching);
    run.step(Input::Seen(Some(Box::new(workload("v2", 5)))), Now::at(2));
    assert_eq!(run.phase, Phase::Watching, "the watch lags behind");
    run.step(seen(|w| w.observed_generation = 5), Now::at(3));
    assert_eq!(run.phase, Phase::Watching, "not observed yet");
    run.step(seen(|w| w.replicas.updated = 1), Now::at(4));
    assert_eq!(run.phase, Phase::Watching, "still replacing");
    run.step(seen(|_| {}), Now::at(9));
    assert_eq!((run.phase.clone(), run.ended), (Phase::Succeeded, Some(Now::at(9))));
    assert!(run.step(applied(), Now::at(10)).is_empty(), "a late answer changes nothing");
}

#[test]
fn a_scale_up_is_done_when_the_new_pods_are_available() {
    let mut run = Run::new(order(Verb::Scale { to: 3 }), Expected::from(&workload("v2", 6)), Now::at(0));
    run.step(Input::Start, Now::at(0));
    run.step(Input::Journaled(Ok(())), Now::at(0));
    run.step(applied(), Now::at(1));
    // The rollout was complete before and its condition still says so.
    let settled = |available: u32| {
        seen(move |w| {
            w.replicas.available = available;
            w.conditions.push(Condition {
                kind: "Progressing".into(),
                holds: true,
                reason: "NewReplicaSetAvailable".into(),
                message: String::new(),
                since: None,
            });
        })
    };
    run.step(settled(1), Now::at(2));
    assert_eq!(run.phase, Phase::Watching);
    run.step(settled(3), Now::at(3));
    assert_eq!(run.phase, Phase::Succeeded);
}

#[test]
fn it_fails_when_overtaken_deleted_or_stuck() {
    let stuck = |w: &mut Workload| {
        w.replicas.available = 0;
        w.conditions.push(Condition {
            kind: "Progressing".into(),
            holds: false,
            reason: "ProgressDeadlineExceeded".into(),
            message: "timed out".into(),
            since: None,
        });
    };
    let cases: [(Input, &str); 4] = [
        (Input::Seen(None), "deleted"),
        (seen(|w| w.uid = "other".into()), "created again"),
        (
            seen(|w| {
                w.generation = 7;
                w.template = template("v9");
            }),
            "asks for v9",
        ),
        (seen(stuck), "timed out"),
    ];
    for (input, why) in cases {
        let mut run = running();
        run.step(applied(), Now::at(1));
        run.step(input, Now::at(2));
        assert!(matches!(&run.phase, Phase::Failed(text) if text.contains(why)), "{:?}", run.phase);
    }
}

#[test]
fn an_unknown_outcome_is_read_back_and_never_repeated() {
    let lost = || Input::Written(WriteOutcome::Unknown(Fault::new(FaultKind::Timeout, "no answer")));
    let cases: [(Answer, &str); 3] = [
        (Ok(Some(Box::new(workload("v1", 6)))), "succeeded"),
        (Ok(Some(Box::new(workload("v2", 5)))), "refused"),
        (Ok(None), "failed"),
    ];
    for (answer, word) in cases {
        let mut run = running();
        let mut all = run.step(lost(), Now::at(1));
        assert!(matches!(run.phase, Phase::Unknown(_)));
        all.extend(run.step(Input::ReadBack(answer), Now::at(2)));
        assert_eq!(run.phase.word(), word);
        assert!(!all.contains(&Intent::Write), "{all:?}");
    }
    let mut run = running();
    run.step(lost(), Now::at(1));
    let mut scaled = workload("v1", 7);
    scaled.replicas.desired = 9;
    run.step(Input::ReadBack(Ok(Some(Box::new(scaled)))), Now::at(2));
    assert_eq!(run.phase, Phase::Watching, "an autoscaler's change is not ours to compare");
    let mut run = running();
    run.step(lost(), Now::at(1));
    let away = || Input::ReadBack(Err(Fault::new(FaultKind::Unreachable, "down")));
    assert_eq!(run.step(away(), Now::at(2)), vec![Intent::ReadBack { wait: Duration::from_secs(5) }]);
    run.step(away(), Now::at(700));
    assert!(run.is_over() && matches!(run.phase, Phase::Unknown(_)));
}

proptest::proptest! {
    /// Whatever the order of answers, at most one write is ever asked for, and
    /// it is asked for only after the intent was recorded.
    #[test]
    fn one_write_whatever_happens(script in proptest::collection::vec(0u8..8, 0..40)) {
        let mut run = Run::new(order(rollback()), Expected::from(&workload("v1", 6)), Now::at(0));
        let (mut writes, mut journaled) = (0, false);
        for (at, what) in script.into_iter().enumerate() {
            let input = match what {
                0 => Input::Start,
                1 => { journaled = true; Input::Journaled(Ok(())) }
                2 => applied(),
                3 => Input::Written(WriteOutcome::Unknown(Fault::new(FaultKind::Timeout, "t"))),
                4 => Input::ReadBack(Ok(Some(Box::new(workload("v1", 6))))),
                5 => Input::ReadBack(Err(Fault::new(FaultKind::Timeout, "t"))),
                6 => seen(|w| w.replicas.updated = 1),
                _ => seen(|_| {}),
            };
            let intents = run.step(input, Now::at(i64::try_from(at).unwrap()));
            let asked = intents.iter().filter(|intent| **intent == Intent::Write).count();
            proptest::prop_assert!(asked == 0 || journaled);
            writes += asked;
        }
        proptest::prop_assert!(writes <= 1);
    }
}
