//! Verbs beyond Deployments: sets, pods, CronJobs.

use super::tests::{evidence, live, order, raw, revision, template, workload};
use super::*;
use crate::domain::{
    Batch, CheckOutcome, Confirmation, Environment, Fault, FaultKind, Going, Guardrails, How, JsonOp, Kind,
    Lock, Name, Now, ObjectKey, Ownership, Phase, ReplicaSet, RevisionNumber, Verb, Workload, WriteOutcome,
};
use serde_json::{Value, json};

fn of(kind: Kind, change: impl FnOnce(&mut Workload)) -> Workload {
    let mut workload = workload("v2", 5);
    workload.key = ObjectKey::new(kind, "shop-prod", "web");
    change(&mut workload);
    workload
}

fn drafted(verb: Verb, workload: Workload) -> Result<Draft, Fault> {
    drafted_from(verb, workload, raw("v2"), &[])
}

fn drafted_from(
    verb: Verb,
    workload: Workload,
    raw: Value,
    revisions: &[(ReplicaSet, Value)],
) -> Result<Draft, Fault> {
    let mut order = order(verb);
    order.target.key = workload.key.clone();
    draft(order, &Live { raw, ..live(workload) }, revisions, Now::at(0))
}

/// A ControllerRevision as the server has it: the template is a patch that replaces the old one.
fn kept(number: u64, version: &str) -> (ReplicaSet, Value) {
    let (set, whole) = revision(number, version);
    let mut template = whole["spec"]["template"].clone();
    template["$patch"] = json!("replace");
    template["metadata"]["labels"].as_object_mut().unwrap().remove("pod-template-hash");
    (set, json!({"kind": "ControllerRevision", "revision": number, "data": {"spec": {"template": template}}}))
}

#[test]
fn sets_roll_back_to_the_data_of_a_controller_revision() {
    for kind in [Kind::StatefulSet, Kind::DaemonSet] {
        let verb = Verb::Rollback { to: RevisionNumber(1) };
        let kept = [kept(2, "v2"), kept(1, "v1")];
        let draft = drafted_from(verb, of(kind, |_| {}), raw("v2"), &kept).unwrap();
        let expected = raw("v1")["spec"]["template"].clone();
        assert_eq!(draft.mutation.ops[2], JsonOp::replace("/spec/template", expected), "{kind}");
        assert_eq!(draft.order.undo.as_deref(), Some(&Verb::Rollback { to: RevisionNumber(2) }));
        assert_eq!(draft.right.to_string(), format!("patch {}", kind.plural()));
    }
}

#[test]
fn a_broken_stateful_set_says_what_its_rollback_waits_for() {
    let broken = of(Kind::StatefulSet, |w| w.replicas.ready = 2);
    let verb = Verb::Rollback { to: RevisionNumber(1) };
    let draft = drafted_from(verb, broken, raw("v2"), &[kept(1, "v1")]).unwrap();
    assert!(draft.side_effects.iter().any(|said| said.contains("delete that pod")), "{draft:?}");
}

#[test]
fn what_a_kind_cannot_do_is_said_with_the_kinds_that_can() {
    let cases = [
        (Verb::Scale { to: 2 }, Kind::DaemonSet, "scale is for Deployment, StatefulSet"),
        (Verb::Pause, Kind::StatefulSet, "pause is for Deployment, CronJob"),
        (Verb::Evict, Kind::Deployment, "evict is for Pod"),
        (Verb::RunNow { job: "x".into() }, Kind::Job, "run-now is for CronJob"),
    ];
    for (verb, kind, said) in cases {
        let fault = drafted(verb, of(kind, |_| {})).unwrap_err();
        assert!(fault.text.contains(said), "{fault:?}");
    }
}

#[test]
fn an_image_is_tested_before_it_is_replaced_and_can_be_taken_back() {
    let set =
        |container: &str, image: &str| Verb::SetImage { container: container.into(), image: image.into() };
    let draft = drafted(set("app", "r/web:v3"), of(Kind::Deployment, |_| {})).unwrap();
    let at = "/spec/template/spec/containers/0";
    assert_eq!(draft.mutation.ops[1], JsonOp::test(&format!("{at}/name"), "app"));
    assert_eq!(draft.mutation.ops[2], JsonOp::test(&format!("{at}/image"), "r/web:v2"));
    assert_eq!(draft.mutation.ops[3], JsonOp::replace(&format!("{at}/image"), "r/web:v3"));
    assert_eq!(draft.order.undo.as_deref(), Some(&set("app", "r/web:v2")));
    for (container, image, said) in [
        ("side", "r/x", "no container 'side'"),
        ("app", "r/web:v2", "already"),
        ("app", "a b", "no image reference"),
        ("app", "app::bad", "no image reference"),
    ] {
        let fault = drafted(set(container, image), of(Kind::Deployment, |_| {})).unwrap_err();
        assert!(fault.text.contains(said), "{fault:?}");
    }
}

fn cron_job(change: impl FnOnce(&mut Workload)) -> (Workload, Value) {
    let batch = Batch { schedule: "*/5 * * * *".into(), ..Batch::default() };
    let mut workload = of(Kind::CronJob, |w| w.batch = Some(batch));
    change(&mut workload);
    let raw = json!({"metadata": {"uid": "uid-1"}, "spec": {"schedule": "*/5 * * * *", "suspend": workload.paused,
        "jobTemplate": {"metadata": {"labels": {"app": "web"}}, "spec": {"template": raw("v2")["spec"]["template"]}}}});
    (workload, raw)
}

#[test]
fn a_cron_job_is_suspended_and_resumed_and_changes_in_its_job_template() {
    let (workload, raw) = cron_job(|_| {});
    let draft = drafted_from(Verb::Pause, workload.clone(), raw.clone(), &[]).unwrap();
    assert_eq!(
        draft.mutation.ops[1..],
        [JsonOp::test("/spec/suspend", false), JsonOp::add("/spec/suspend", true)]
    );
    assert_eq!(draft.order.undo.as_deref(), Some(&Verb::Resume));
    let image = Verb::SetImage { container: "app".into(), image: "r/web:v3".into() };
    let draft = drafted_from(image, workload, raw, &[]).unwrap();
    let at = "/spec/jobTemplate/spec/template/spec/containers/0/image";
    assert_eq!(draft.mutation.ops[3], JsonOp::replace(at, "r/web:v3"));
    let (suspended, raw) = cron_job(|w| w.paused = true);
    let draft = drafted_from(Verb::Resume, suspended, raw, &[]).unwrap();
    assert_eq!(draft.mutation.ops[2], JsonOp::replace("/spec/suspend", false));
}

#[test]
fn a_run_by_hand_is_owned_by_its_cron_job_and_named_in_advance() {
    let long = "x".repeat(52);
    let Verb::RunNow { job } = Verb::run_now(&Name::from(long), Now::at(1_795_230_720)) else { panic!() };
    assert!(job.as_str().len() <= 63, "{job}");
    let (workload, raw) = cron_job(|_| {});
    let draft = drafted_from(Verb::RunNow { job: "web-1".into() }, workload, raw, &[]).unwrap();
    let How::Create(body) = &draft.mutation.how else { panic!("{:?}", draft.mutation.how) };
    assert_eq!(body["metadata"]["ownerReferences"][0]["uid"], "uid-1");
    assert_eq!(body["metadata"]["annotations"]["cronjob.kubernetes.io/instantiate"], "manual");
    assert_eq!(body["spec"]["template"], raw_template());
    assert_eq!(draft.right.to_string(), "create jobs");
}

fn raw_template() -> Value {
    raw("v2")["spec"]["template"].clone()
}

#[test]
fn a_pod_nobody_makes_again_needs_its_name_typed_anywhere() {
    let bare = of(Kind::Pod, |_| {});
    let owned = of(Kind::Pod, |w| w.ownership = Ownership::Controller { owner: "ReplicaSet/web".into() });
    for (pod, expected) in [(bare, Confirmation::Type("web".into())), (owned, Confirmation::Key)] {
        let draft = drafted(Verb::Delete, pod.clone()).unwrap();
        assert_eq!(draft.mutation.how, How::Delete);
        let staging = Evidence { environment: Environment::Staging, ..evidence(pod.clone()) };
        let (plan, _) = finish(draft, &live(pod), staging);
        assert_eq!(plan.confirmation, expected);
        assert_eq!(plan.changes.len(), 1, "what goes is named");
    }
}

#[test]
fn the_plan_of_a_deletion_names_what_will_hold_it() {
    let mut raw = raw("v2");
    raw["metadata"]["finalizers"] = json!(["kubernetes.io/pvc-protection", "example.com/hold"]);
    for verb in [Verb::Delete, Verb::Evict] {
        let draft = drafted_from(verb, of(Kind::Pod, |_| {}), raw.clone(), &[]).unwrap();
        assert_eq!(draft.to, "gone for good once its finalizers are off");
        let told = draft.side_effects.join("\n");
        for words in [
            "it stays in Terminating until its finalizers are off",
            "finalizer kubernetes.io/pvc-protection (goes when no pod uses the claim any more)",
            "finalizer example.com/hold (not one of Kubernetes: whoever set it must take it off)",
        ] {
            assert!(told.contains(words), "{told}");
        }
    }
    let again = of(Kind::Pod, |w| {
        w.going = Some(Box::new(Going { since: Some(Now::at(0).wall), finalizers: Vec::new() }));
    });
    let draft = drafted(Verb::Delete, again).unwrap();
    assert!(draft.side_effects.iter().any(|said| said.starts_with("it was deleted already since")));
}

#[test]
fn guardrails_are_checks_and_many_are_confirmed_by_their_number() {
    let rails = Guardrails { deny: vec!["restart".into()], ..Guardrails::default() };
    let draft = drafted(Verb::Restart, of(Kind::DaemonSet, |_| {})).unwrap();
    let denied = Evidence { guardrails: rails, together: 3, ..evidence(workload("v2", 5)) };
    let (plan, _) = finish(draft, &live(workload("v2", 5)), denied);
    let check = plan.checks.iter().find(|check| check.name == "guardrails").unwrap();
    assert_eq!(check.outcome, CheckOutcome::Fail);
    assert_eq!(plan.confirmation, Confirmation::Type("restart 3".into()));
    let rails = Guardrails { type_name: vec!["all".into()], ..Guardrails::default() };
    let draft = drafted(Verb::Restart, of(Kind::DaemonSet, |_| {})).unwrap();
    let asked =
        Evidence { guardrails: rails, environment: Environment::Staging, ..evidence(workload("v2", 5)) };
    let (plan, _) = finish(draft, &live(workload("v2", 5)), asked);
    assert_eq!(plan.confirmation, Confirmation::Type("web".into()));
}

fn sent(verb: Verb, outcome: WriteOutcome) -> Run {
    let mut run = Run::new(order(verb), Expected::default(), Now::at(0));
    run.step(Input::Start, Now::at(0));
    run.step(Input::Journaled(Ok(())), Now::at(0));
    run.step(Input::Written(outcome), Now::at(1));
    run
}

fn applied() -> WriteOutcome {
    WriteOutcome::Applied { resource_version: "".into(), generation: 0 }
}

fn lost() -> WriteOutcome {
    WriteOutcome::Unknown(Fault::new(FaultKind::Timeout, "no answer"))
}

#[test]
fn what_holds_a_deleted_object_is_told_before_and_while_it_is_waited_for() {
    let held = of(Kind::Pod, |w| {
        w.going = Some(Box::new(Going { since: None, finalizers: vec!["example.com/hold".to_owned()] }));
    });
    let mut run = sent(Verb::Delete, applied());
    run.step(Input::Seen(Some(Box::new(of(Kind::Pod, |_| {})))), Now::at(2));
    assert_eq!(run.progress, "the server has taken it; waiting until it is gone");
    run.step(Input::Seen(Some(Box::new(held))), Now::at(3));
    assert!(run.progress.contains("Terminating, held by example.com/hold (not one of"), "{}", run.progress);
    assert_eq!(run.phase, Phase::Watching);
}

#[test]
fn a_deletion_is_done_when_the_pod_is_gone_or_another_has_its_name() {
    let there = || Input::Seen(Some(Box::new(of(Kind::Pod, |_| {}))));
    let other = Input::Seen(Some(Box::new(of(Kind::Pod, |w| w.uid = "uid-9".into()))));
    for gone in [Input::Seen(None), other] {
        let mut run = sent(Verb::Evict, applied());
        run.step(there(), Now::at(2));
        assert_eq!(run.phase, Phase::Watching);
        run.step(gone, Now::at(3));
        assert_eq!(run.phase, Phase::Succeeded);
    }
}

#[test]
fn an_unanswered_deletion_is_read_back_for_as_long_as_a_pod_takes_to_go() {
    let there = || Input::ReadBack(Ok(Some(Box::new(of(Kind::Pod, |_| {})))));
    let mut run = sent(Verb::Delete, lost());
    assert!(matches!(run.step(there(), Now::at(5))[..], [Intent::ReadBack { .. }]));
    run.step(Input::ReadBack(Ok(None)), Now::at(10));
    assert_eq!(run.phase, Phase::Succeeded);
    let mut run = sent(Verb::Delete, lost());
    run.step(there(), Now::at(90));
    assert!(matches!(run.phase, Phase::Refused(_)), "{:?}", run.phase);
}

#[test]
fn a_run_by_hand_that_nobody_answered_for_is_found_by_its_name() {
    let verb = || Verb::RunNow { job: "web-1".into() };
    assert_eq!(sent(verb(), applied()).phase, Phase::Succeeded);
    let mut run = sent(verb(), lost());
    assert_eq!(run.order.watched(), ObjectKey::new(Kind::Job, "shop-prod", "web-1"));
    run.step(Input::ReadBack(Ok(None)), Now::at(2));
    assert!(matches!(run.phase, Phase::Refused(_)));
    let mut run = sent(verb(), lost());
    let job = of(Kind::Job, |w| w.owner = Some("uid-1".into()));
    run.step(Input::ReadBack(Ok(Some(Box::new(job)))), Now::at(2));
    assert_eq!(run.phase, Phase::Succeeded);
}

#[test]
fn pods_below_the_partition_may_stay_old() {
    let partly = |updated| {
        let mut set = of(Kind::StatefulSet, |w| w.partition = 2);
        set.template = template("v1");
        set.replicas.updated = updated;
        Input::Seen(Some(Box::new(set)))
    };
    let expected = Expected::from(&workload("v1", 6));
    let mut run = Run::new(order(Verb::Restart), expected, Now::at(0));
    run.step(Input::Start, Now::at(0));
    run.step(Input::Journaled(Ok(())), Now::at(0));
    run.step(
        Input::Written(WriteOutcome::Applied { resource_version: "1".into(), generation: 5 }),
        Now::at(1),
    );
    run.step(partly(0), Now::at(2));
    assert_eq!(run.phase, Phase::Watching);
    run.step(partly(1), Now::at(3));
    assert_eq!(run.phase, Phase::Succeeded);
}

#[test]
fn a_lock_is_an_object_beside_the_workload_and_only_the_one_seen_is_opened() {
    let deployment = || of(Kind::Deployment, |_| {});
    let lock = |message: &str| drafted(Verb::Lock { message: message.to_owned() }, deployment());
    let draft = lock("migration until 15:00").unwrap();
    assert_eq!(draft.right.to_string(), "create configmaps");
    let How::Create(body) = &draft.mutation.how else { panic!("{:?}", draft.mutation) };
    assert_eq!(body["metadata"]["name"], "quarterdeck-lock-deployment-web");
    assert_eq!(body["metadata"]["ownerReferences"][0]["uid"], "uid-1", "it goes with the workload");
    let labels =
        json!({"quarterdeck/op": "lock", "quarterdeck/kind": "deployment", "quarterdeck/target": "web"});
    assert_eq!(body["metadata"]["labels"], labels);
    let kept = Lock::read(body["data"]["record"].as_str().unwrap()).unwrap();
    assert_eq!(kept.message, "migration until 15:00");
    assert_eq!(lock(" ").unwrap_err().kind, FaultKind::Invalid, "a lock says why");
    let set = drafted(Verb::Lock { message: "x".to_owned() }, of(Kind::StatefulSet, |_| {}));
    assert!(set.unwrap_err().text.contains("for Deployment"));
    let verb = Verb::Unlock { lock: "lock-1".into(), message: "migration".to_owned() };
    let draft = drafted(verb.clone(), deployment()).unwrap();
    assert_eq!(draft.mutation.target.key, Lock::key(&deployment().key));
    assert_eq!((draft.mutation.target.uid.as_str(), &draft.mutation.how), ("lock-1", &How::Delete));
    assert_eq!(draft.order.undo.as_deref(), Some(&Verb::Lock { message: "migration".to_owned() }));
    for (verb, found, done) in [
        (Verb::Lock { message: "x".to_owned() }, Some("any"), true),
        (Verb::Lock { message: "x".to_owned() }, None, false),
        (verb.clone(), None, true),
        (verb.clone(), Some("another"), true),
        (verb, Some("lock-1"), false),
    ] {
        assert_eq!(sent(verb.clone(), applied()).phase, Phase::Succeeded, "nothing is waited for");
        let mut run = sent(verb.clone(), lost());
        assert_eq!(run.order.watched().kind, Kind::ConfigMap);
        let found = found.map(|uid| Box::new(of(Kind::ConfigMap, |w| w.uid = uid.into())));
        run.step(Input::ReadBack(Ok(found)), Now::at(2));
        assert_eq!(run.phase == Phase::Succeeded, done, "{verb:?} {:?}", run.phase);
    }
}

#[test]
fn what_becomes_of_pods_is_said_as_it_is() {
    let reach = |verb: Verb, live: Workload| {
        let draft = drafted(verb, live.clone()).unwrap();
        let live = Live { workload: live, raw: raw("v2"), read_at: Now::at(0) };
        blast_of(&draft, &live, &[]).pods()
    };
    let web = || of(Kind::Deployment, |_| {});
    assert_eq!(reach(Verb::Scale { to: 5 }, web()), (2, "more"));
    assert_eq!(reach(Verb::Scale { to: 1 }, web()), (2, "fewer"));
    assert_eq!(reach(Verb::Restart, web()), (3, "replaced"));
    let kept = Ownership::Controller { owner: "ReplicaSet/web-x".into() };
    assert_eq!(reach(Verb::Delete, of(Kind::Pod, |pod| pod.ownership = kept)), (1, "replaced"));
    assert_eq!(reach(Verb::Delete, of(Kind::Pod, |_| {})), (1, "fewer"), "nothing makes another one");
}
