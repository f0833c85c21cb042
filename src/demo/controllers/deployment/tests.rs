//! The controller driven as a script: a small world carries its changes out.

use super::view::{Deployment, ReplicaSet, ReplicaSetSpec, ReplicaSetStatus};
use super::*;
use crate::demo::controllers::change::Refusal;
use crate::demo::controllers::stamp::{Stamp, after};
use proptest::prelude::*;
use serde_json::json;

/// A Deployment, its ReplicaSets, and pods as two numbers for each set.
struct World {
    deployment: Value,
    sets: Vec<Set>,
    now: Timestamp,
    events: Vec<String>,
    refuse: Option<Refusal>,
}

struct Set {
    body: Value,
    generation: i64,
    pods: i32,
    ready: i32,
}

fn world(replicas: i32, surge: &Value, unavailable: &Value) -> World {
    let deployment = json!({
        "metadata": {"name": "web", "namespace": "shop", "uid": "d1", "generation": 1,
            "annotations": {"team": "checkout", "kubectl.kubernetes.io/last-applied-configuration": "{}"}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate",
                "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}},
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template("v1"),
        },
    });
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    World { deployment, sets: Vec::new(), now, events: Vec::new(), refuse: None }
}

fn template(version: &str) -> Value {
    json!({"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "app", "image": version}]}})
}

impl World {
    fn view(&self) -> DeploymentView {
        let replica_sets = self.sets.iter().map(Set::view).collect();
        let deployment = serde_json::from_value(self.deployment.clone()).unwrap();
        let live_pods = self.sets.iter().map(|s| (s.uid().to_owned(), s.pods)).collect();
        DeploymentView { deployment, replica_sets, live_pods, refusal: self.refuse.clone() }
    }

    /// Reconciles until nothing changes, without letting pods move.
    fn settle(&mut self) -> Option<Timestamp> {
        for _ in 0..50 {
            let changes = reconcile(&self.view(), self.now);
            let mut wake = None;
            let mut wrote = false;
            for change in changes {
                if let Change::Wake { at, .. } = change {
                    wake = Some(at);
                } else {
                    wrote |= self.apply(change);
                }
            }
            if !wrote {
                return wake;
            }
        }
        panic!("the controller never comes to rest: {:?}", self.events);
    }

    fn apply(&mut self, change: Change) -> bool {
        match change {
            Change::Create { mut body, .. } => {
                body["metadata"]["uid"] = format!("rs{}", self.sets.len()).into();
                body["metadata"]["creationTimestamp"] = json!(Stamp::new(self.now));
                self.now = after(self.now, 1.0);
                self.sets.push(Set { body, generation: 1, pods: 0, ready: 0 });
            }
            Change::Patch { key, patch } if &*key.resource == resource::DEPLOYMENTS => {
                json_patch::merge(&mut self.deployment, &patch);
            }
            Change::Patch { key, patch } => {
                let set = self.sets.iter_mut().find(|s| s.name() == &*key.name).unwrap();
                set.generation += i64::from(patch.get("spec").is_some());
                json_patch::merge(&mut set.body, &patch);
            }
            Change::Status { status, .. } => self.deployment["status"] = status,
            Change::Delete { key, .. } => self.sets.retain(|s| s.name() != &*key.name),
            Change::Note(note) => self.events.push(format!("{} {}", note.reason, note.message)),
            Change::Wake { .. } | Change::Log { .. } | Change::RotateLog { .. } => {}
        }
        true
    }

    fn deploy(&mut self, version: &str) {
        self.deployment["spec"]["template"] = template(version);
        self.bump();
    }

    fn bump(&mut self) {
        let generation = self.deployment["metadata"]["generation"].as_i64().unwrap();
        self.deployment["metadata"]["generation"] = (generation + 1).into();
    }

    /// The ReplicaSet controllers make their pods; `ready` of each set may be ready.
    fn pods(&mut self, ready: impl Fn(usize) -> i32) {
        for (i, set) in self.sets.iter_mut().enumerate() {
            set.pods = set.size();
            set.ready = set.pods.min(ready(i));
        }
    }

    /// Everything becomes ready until the rollout is over.
    fn finish(&mut self) {
        for _ in 0..40 {
            self.now = after(self.now, 5.0);
            self.pods(|_| i32::MAX);
            self.settle();
        }
    }

    fn condition(&self, kind: &str) -> (String, String, String) {
        let d: Deployment = serde_json::from_value(self.deployment.clone()).unwrap();
        d.status
            .condition(kind)
            .map_or_else(Default::default, |c| (c.status.clone(), c.reason.clone(), c.message.clone()))
    }

    fn sizes(&self) -> Vec<i32> {
        self.sets.iter().map(Set::size).collect()
    }
}

impl Set {
    fn name(&self) -> &str {
        self.body["metadata"]["name"].as_str().unwrap()
    }

    fn uid(&self) -> &str {
        self.body["metadata"]["uid"].as_str().unwrap()
    }

    fn size(&self) -> i32 {
        i32::try_from(self.body["spec"]["replicas"].as_i64().unwrap()).unwrap()
    }

    fn annotation(&self, key: &str) -> &str {
        self.body["metadata"]["annotations"][key].as_str().unwrap_or_default()
    }

    fn view(&self) -> ReplicaSet {
        let spec: ReplicaSetSpec = serde_json::from_value(self.body["spec"].clone()).unwrap();
        let mut metadata: super::super::meta::Meta =
            serde_json::from_value(self.body["metadata"].clone()).unwrap();
        metadata.generation = self.generation;
        let status = ReplicaSetStatus {
            replicas: self.pods,
            ready_replicas: self.ready,
            available_replicas: self.ready,
            observed_generation: self.generation,
            ..ReplicaSetStatus::default()
        };
        ReplicaSet { metadata, spec, status }
    }
}

#[test]
fn the_first_rollout_creates_one_set_and_says_so() {
    let mut w = world(3, &json!("25%"), &json!("25%"));
    w.settle();
    assert_eq!(w.sizes(), [3]);
    let set = &w.sets[0];
    let hash = set.body["metadata"]["labels"][TEMPLATE_HASH].as_str().unwrap();
    assert_eq!(set.name(), format!("web-{hash}"));
    assert_eq!(set.body["spec"]["selector"]["matchLabels"], json!({"app": "web", TEMPLATE_HASH: hash}));
    assert_eq!(set.body["spec"]["template"]["metadata"]["labels"][TEMPLATE_HASH], hash);
    assert_eq!(set.body["metadata"]["ownerReferences"][0]["uid"], "d1");
    assert_eq!((set.annotation(REVISION), set.annotation(DESIRED_REPLICAS)), ("1", "3"));
    assert_eq!((set.annotation(MAX_REPLICAS), set.annotation("team")), ("4", "checkout"));
    assert_eq!(set.annotation("kubectl.kubernetes.io/last-applied-configuration"), "");
    assert_eq!(w.events, [format!("ScalingReplicaSet Scaled up replica set web-{hash} from 0 to 3")]);
    assert_eq!(w.deployment["metadata"]["annotations"][REVISION], "1");
    let name = w.sets[0].name().to_owned();
    w.finish();
    let done = format!("ReplicaSet \"{name}\" has successfully progressed.");
    assert_eq!(w.condition("Progressing"), ("True".into(), "NewReplicaSetAvailable".into(), done));
    assert_eq!(w.condition("Available").1, "MinimumReplicasAvailable");
}

#[test]
fn a_bad_release_stalls_half_way_and_times_out() {
    let mut w = world(6, &json!("25%"), &json!("25%"));
    w.finish();
    w.deploy("v2");
    for _ in 0..10 {
        w.settle();
        w.pods(|set| if set == 0 { i32::MAX } else { 0 });
    }
    // 6 wanted, surge 2, at most 1 missing: 5 old pods serve, 3 new ones crash.
    assert_eq!(w.sizes(), [5, 3]);
    assert_eq!(w.condition("Available").0, "True");
    let wake = w.settle().expect("asks to be woken for the deadline");
    assert!(wake > after(w.now, 500.0) && wake < after(w.now, 602.0), "{wake}");
    w.now = wake;
    w.settle();
    let (status, reason, message) = w.condition("Progressing");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ProgressDeadlineExceeded"));
    assert_eq!(message, format!("ReplicaSet \"{}\" has timed out progressing.", w.sets[1].name()));
}

#[test]
fn rolling_back_reuses_the_old_set_under_a_new_revision() {
    let mut w = world(2, &json!(1), &json!(0));
    w.finish();
    for version in ["v2", "v3", "v1", "v2", "v1"] {
        w.deploy(version);
        w.finish();
    }
    assert_eq!(w.sets.len(), 3, "no set was made twice");
    let first = &w.sets[0];
    assert_eq!((first.annotation(REVISION), first.annotation(REVISION_HISTORY)), ("6", "1,4"));
    assert_eq!((w.sets[1].annotation(REVISION), w.sets[1].annotation(REVISION_HISTORY)), ("5", "2"));
    assert_eq!((w.sets[2].annotation(REVISION), w.sets[2].annotation(REVISION_HISTORY)), ("3", ""));
    assert_eq!(w.deployment["metadata"]["annotations"][REVISION], "6");
    assert_eq!(w.sizes(), [2, 0, 0]);
}

#[test]
fn history_beyond_the_limit_is_deleted_oldest_first() {
    let mut w = world(1, &json!(1), &json!(0));
    w.deployment["spec"]["revisionHistoryLimit"] = 2.into();
    for version in ["v1", "v2", "v3", "v4", "v5"] {
        w.deploy(version);
        w.finish();
    }
    let revisions: Vec<_> = w.sets.iter().map(|s| s.annotation(REVISION).to_owned()).collect();
    assert_eq!(revisions, ["3", "4", "5"]);
}

#[test]
fn a_paused_deployment_scales_but_does_not_roll() {
    let mut w = world(4, &json!("25%"), &json!("25%"));
    w.finish();
    w.deployment["spec"]["paused"] = true.into();
    w.deploy("v2");
    w.settle();
    assert_eq!(w.sizes(), [4]);
    let paused = ("Unknown".to_owned(), "DeploymentPaused".to_owned(), "Deployment is paused".to_owned());
    assert_eq!(w.condition("Progressing"), paused);
    w.deployment["spec"]["replicas"] = 6.into();
    w.bump();
    w.settle();
    assert_eq!(w.sizes(), [6]);
    w.deployment["spec"]["paused"] = false.into();
    w.bump();
    w.finish();
    assert_eq!(w.sizes(), [0, 6]);
    assert_eq!(w.condition("Progressing").1, "NewReplicaSetAvailable");
}

#[test]
fn scaling_in_mid_rollout_is_shared_in_proportion() {
    let mut w = world(10, &json!(3), &json!(2));
    w.finish();
    w.deploy("v2");
    w.settle();
    w.pods(|set| if set == 0 { i32::MAX } else { 0 });
    w.settle();
    assert_eq!(w.sizes(), [8, 5]);
    w.deployment["spec"]["replicas"] = 15.into();
    w.bump();
    w.settle();
    // The documented example: 15 + 3 pods, shared 8:5.
    assert_eq!(w.sizes(), [11, 7]);
    assert_eq!(w.sets[0].annotation(MAX_REPLICAS), "18");
}

#[test]
fn recreate_waits_for_the_last_old_pod() {
    let mut w = world(2, &json!(0), &json!(1));
    w.deployment["spec"]["strategy"] = json!({"type": "Recreate"});
    w.finish();
    w.deploy("v2");
    w.settle();
    assert_eq!(w.sizes(), [0], "old pods are told to go, and no new set is there yet");
    w.settle();
    assert_eq!(w.sizes(), [0]);
    w.finish();
    assert_eq!(w.sizes(), [0, 2]);
}

#[test]
fn a_taken_name_changes_the_hash() {
    let mut w = world(1, &json!(1), &json!(0));
    let refusal = Refusal {
        exists: true,
        message: "exists".into(),
        retry_at: after(w.now, 1.0),
        fresh: true,
        attempts: 1,
    };
    w.refuse = Some(refusal);
    for change in reconcile(&w.view(), w.now) {
        w.apply(change);
    }
    assert_eq!(w.deployment["status"]["collisionCount"], 1);
    w.refuse = None;
    w.settle();
    assert!(w.sets[0].name().ends_with(&template_hash_of("v1", 1)));
}

fn template_hash_of(version: &str, collisions: i32) -> String {
    super::super::hash::template_hash(&template(version), Some(collisions))
}

#[test]
fn a_refused_set_is_reported_and_tried_again() {
    let mut w = world(1, &json!(1), &json!(0));
    let message = "exceeded quota: count/replicasets.apps".to_owned();
    let retry_at = after(w.now, 5.0);
    w.refuse = Some(Refusal { exists: false, message, retry_at, fresh: true, attempts: 1 });
    let changes = reconcile(&w.view(), w.now);
    assert!(changes.contains(&Change::Wake { key: Key::new("deployments", "shop", "web"), at: retry_at }));
    for change in changes {
        w.apply(change);
    }
    let (status, reason, message) = w.condition("Progressing");
    assert_eq!((status.as_str(), reason.as_str()), ("False", "ReplicaSetCreateError"));
    assert!(message.ends_with("exceeded quota: count/replicasets.apps"), "{message}");
    w.now = retry_at;
    w.settle();
    assert_eq!(w.sizes(), [1]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the pods do, a rolling update keeps its two promises. Pods
    /// that break by themselves are not the controller's doing: availability
    /// is compared with what it would be without its scale-downs.
    #[test]
    fn a_rolling_update_keeps_its_limits(
        replicas in 1..20i32,
        surge in 0..100u32,
        unavailable in 0..100u32,
        schedule in prop::collection::vec((0..8usize, 0..25i32), 1..60),
    ) {
        let mut w = world(replicas, &json!(format!("{surge}%")), &json!(format!("{unavailable}%")));
        w.finish();
        let d: Deployment = serde_json::from_value(w.deployment.clone()).unwrap();
        let most = replicas + d.max_surge();
        let least = replicas - d.max_unavailable();
        for (step, (action, ready)) in schedule.into_iter().enumerate() {
            match action {
                0 => w.deploy(&format!("v{}", step % 4)),
                // Old pods stay ready; new ones become ready one by one.
                _ => w.pods(|set| if set == 0 { i32::MAX } else { ready }),
            }
            w.now = after(w.now, 3.0);
            let before: i32 = w.sets.iter().map(|s| s.ready).sum();
            w.settle();
            let total: i32 = w.sizes().iter().sum();
            prop_assert!(total <= most, "{total} pods, at most {most} allowed");
            // A set shrinks by its unready pods first.
            let after: i32 = w.sets.iter().map(|s| s.ready.min(s.size())).sum();
            prop_assert!(after >= least.min(before), "{after} available, {least} promised, {before} before");
        }
        w.finish();
        prop_assert_eq!(w.sizes().iter().sum::<i32>(), replicas);
        prop_assert_eq!(w.condition("Progressing").1, "NewReplicaSetAvailable");
    }
}
