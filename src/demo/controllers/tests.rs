//! The whole cluster in virtual time: store, controllers and kubelets, with
//! the clock moved from one due moment to the next.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::deployment::view::{Deployment, ReplicaSet};
use super::key::resource;
use super::manager::Manager;
use super::stamp::{after, seconds_between};
use crate::demo::clock::SimClock;
use crate::demo::kubelet::Kubelet;
use crate::demo::kubelet::behaviour::{Behaviour, Cast, End};
use crate::demo::store::{DeleteOptions, Propagation, Store};

/// A cluster of three nodes and one namespace.
pub(crate) struct Lab {
    pub(crate) store: Store,
    pub(crate) clock: SimClock,
    pub(crate) manager: Manager,
}

/// What containers do here, by the tag of their image.
fn cast(c: &Cast<'_>) -> Behaviour {
    let crash = |after_s, exit_code, reason, line: &str| {
        Some(End { after_s, exit_code, reason, last_lines: vec![line.to_owned()] })
    };
    let tag = c.container.image.rsplit_once(':').map_or("", |(_, t)| t);
    let base = Behaviour { start_lines: vec!["starting".into()], ..Behaviour::default() };
    match tag {
        "crash" => Behaviour { end: crash(3.0, 1, "Error", "FATAL: missing setting"), ..base },
        "oom" => Behaviour { end: crash(90.0, 137, "OOMKilled", "allocating"), ..base },
        "typo" => Behaviour { pull_error: Some("not found".into()), ..base },
        "deaf" => Behaviour { unready: Some("HTTP probe failed with statuscode: 503".into()), ..base },
        "once" => Behaviour { end: crash(20.0, 0, "Completed", "done"), ..base },
        "fails" => Behaviour { end: crash(5.0, 3, "Error", "no"), ..base },
        _ => base,
    }
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::watched_from(Timestamp::MIN)
    }

    /// With a past before `start`.
    pub(crate) fn watched_from(start: Timestamp) -> Self {
        let clock = SimClock::paused_at("2026-03-01T12:00:00Z".parse().unwrap());
        let store = Store::new(clock.clone(), 7);
        for ns in ["shop", "kube-node-lease"] {
            store.create(resource::NAMESPACES, "", json!({"metadata": {"name": ns}})).unwrap();
        }
        for i in 1..=3 {
            store.create(resource::NODES, "", node(i)).unwrap();
        }
        let mut kubelet = Kubelet::new(Box::new(cast));
        kubelet.renew_from(start);
        let manager = Manager::new(store.clone(), kubelet, 7);
        Self { store, clock, manager }
    }

    /// Follows a running clock, as the simulation does.
    async fn follow(mut self, cancel: tokio_util::sync::CancellationToken) {
        while !cancel.is_cancelled() {
            let next = self.manager.step(self.clock.now()).unwrap_or(Timestamp::MAX);
            tokio::select! {
                () = cancel.cancelled() => {}
                () = self.manager.changed() => {}
                () = self.clock.sleep_until(next) => {}
            }
        }
    }

    /// Lets `seconds` of simulated time pass.
    pub(crate) fn run(&mut self, seconds: f64) {
        let end = after(self.clock.now(), seconds);
        loop {
            let now = self.clock.now();
            let next = self.manager.step(now).filter(|t| *t <= end);
            assert!(next.is_none_or(|t| t > now), "a timer is due for ever at {now}");
            let to = next.unwrap_or(end);
            self.clock.advance(Duration::from_secs_f64(seconds_between(now, to).max(0.0)));
            if next.is_none() {
                self.manager.step(self.clock.now());
                return;
            }
        }
    }

    pub(crate) fn create(&mut self, resource: &str, body: Value) {
        self.store.create(resource, "shop", body).unwrap();
        self.run(0.0);
    }

    pub(crate) fn patch(&mut self, resource: &str, name: &str, patch: &Value) {
        self.store.modify(resource, "shop", name, |v| json_patch::merge(v, patch)).unwrap();
    }

    pub(crate) fn deployment(&self, name: &str) -> Deployment {
        serde_json::from_value(self.store.get(resource::DEPLOYMENTS, "shop", name).unwrap().value()).unwrap()
    }

    pub(crate) fn pods(&self) -> Vec<Value> {
        self.store.list(resource::PODS, Some("shop")).0.iter().map(|p| p.value()).collect()
    }

    fn sets(&self) -> Vec<ReplicaSet> {
        let (list, _) = self.store.list(resource::REPLICA_SETS, Some("shop"));
        list.iter().map(|o| serde_json::from_value(o.value()).unwrap()).collect()
    }

    pub(crate) fn events(&self) -> Vec<(String, String, i64)> {
        let (list, _) = self.store.list(resource::EVENTS, None);
        let text = |v: &Value, k: &str| v[k].as_str().unwrap_or_default().to_owned();
        let mut all: Vec<_> = list.iter().map(|e| (e.rv, e.value())).collect();
        all.sort_by_key(|(rv, _)| *rv);
        all.iter()
            .map(|(_, v)| (text(v, "reason"), text(v, "message"), v["count"].as_i64().unwrap()))
            .collect()
    }

    fn log(&self, pod: &str, previous: bool) -> Vec<String> {
        let lines = self.store.read_log("shop", pod, "app", previous, 0).unwrap_or_default();
        lines.iter().map(|l| l.text.to_string()).collect()
    }
}

pub(crate) fn node(i: u8) -> Value {
    json!({
        "metadata": {"name": format!("node-{i}"), "labels": {"kubernetes.io/hostname": format!("node-{i}")}},
        "status": {
            "allocatable": {"cpu": "4", "memory": "16Gi", "pods": "2000"},
            "addresses": [{"type": "InternalIP", "address": format!("10.0.0.{i}")}],
        },
    })
}

pub(crate) fn template(tag: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "web"}},
        "spec": {
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "containers": [{
                "name": "app",
                "image": format!("registry.example.com/shop/web:{tag}"),
                "readinessProbe": {"httpGet": {"path": "/ready", "port": 8080}, "periodSeconds": 5},
            }],
        },
    })
}

fn deployment(replicas: i32, tag: &str) -> Value {
    json!({
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "progressDeadlineSeconds": 600,
            "revisionHistoryLimit": 10,
            "template": template(tag),
        },
    })
}

fn deploy(lab: &mut Lab, tag: &str) {
    lab.patch(resource::DEPLOYMENTS, "web", &json!({"spec": {"template": template(tag)}}));
}

#[test]
fn a_deployment_becomes_ready_pods_with_addresses_and_events() {
    let mut lab = Lab::new();
    lab.create(
        resource::SERVICES,
        json!({
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"selector": {"app": "web"}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
        }),
    );
    lab.create(resource::DEPLOYMENTS, deployment(3, "v1"));
    let waiting = &lab.pods()[0];
    assert_eq!(waiting["status"]["phase"], "Pending");
    assert_eq!(waiting["status"]["containerStatuses"][0]["state"]["waiting"]["reason"], "ContainerCreating");
    lab.run(30.0);
    let d = lab.deployment("web");
    assert_eq!((d.status.ready_replicas, d.status.available_replicas), (3, 3));
    for pod in lab.pods() {
        assert_eq!(pod["status"]["phase"], "Running");
        assert!(pod["status"]["podIP"].as_str().unwrap().starts_with("10."));
        assert_eq!(pod["status"]["containerStatuses"][0]["ready"], true);
    }
    let slices = lab.store.list(resource::ENDPOINT_SLICES, Some("shop")).0;
    let slice = slices[0].value();
    assert_eq!(slice["endpoints"].as_array().unwrap().len(), 3);
    assert!(slice["endpoints"].as_array().unwrap().iter().all(|e| e["conditions"]["ready"] == true));
    let reasons: Vec<String> = lab.events().into_iter().map(|e| e.0).collect();
    for reason in
        ["ScalingReplicaSet", "SuccessfulCreate", "Scheduled", "Pulling", "Pulled", "Created", "Started"]
    {
        assert!(reasons.contains(&reason.to_owned()), "{reason} in {reasons:?}");
    }
}

#[test]
fn a_crash_loop_stalls_the_rollout_and_says_why_in_its_log() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment(4, "v1"));
    lab.run(60.0);
    deploy(&mut lab, "crash");
    lab.run(700.0);
    let d = lab.deployment("web");
    assert_eq!(d.status.condition("Progressing").unwrap().reason, "ProgressDeadlineExceeded");
    assert_eq!(d.status.condition("Available").unwrap().status, "True");
    assert_eq!((d.status.replicas, d.status.ready_replicas, d.status.updated_replicas), (5, 3, 2));
    let bad = lab.pods().into_iter().find(|p| p["status"]["containerStatuses"][0]["ready"] == false).unwrap();
    let status = &bad["status"]["containerStatuses"][0];
    assert_eq!(status["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!(status["lastState"]["terminated"]["exitCode"], 1);
    assert!(status["restartCount"].as_i64().unwrap() >= 5, "{status}");
    let name = bad["metadata"]["name"].as_str().unwrap();
    assert_eq!(lab.log(name, false), ["starting", "FATAL: missing setting"]);
    assert_eq!(lab.log(name, true), ["starting", "FATAL: missing setting"]);
    let uid = bad["metadata"]["uid"].as_str().unwrap();
    let message = format!("Back-off restarting failed container app in pod {name}_shop({uid})");
    let told = lab.events().into_iter().find(|e| e.1 == message).expect("the back-off is told");
    assert!(told.2 > 5, "and counted: {}", told.2);
    // The way back: the old template again, under a new revision.
    deploy(&mut lab, "v1");
    lab.run(120.0);
    let d = lab.deployment("web");
    assert_eq!((d.status.ready_replicas, d.status.replicas), (4, 4));
    assert_eq!(d.metadata.annotations["deployment.kubernetes.io/revision"], "3");
}

#[test]
fn a_wrong_tag_and_a_deaf_process_show_what_kubelets_show() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment(1, "typo"));
    lab.run(120.0);
    let pod = &lab.pods()[0];
    let waiting = &pod["status"]["containerStatuses"][0]["state"]["waiting"];
    assert_eq!(waiting["reason"], "ImagePullBackOff");
    let message = "Back-off pulling image \"registry.example.com/shop/web:typo\": ErrImagePull: not found";
    assert_eq!(waiting["message"], message);
    assert_eq!(pod["status"]["phase"], "Pending");
    deploy(&mut lab, "deaf");
    lab.run(120.0);
    let probe = lab.events().into_iter().find(|e| e.0 == "Unhealthy").unwrap();
    assert_eq!(probe.1, "Readiness probe failed: HTTP probe failed with statuscode: 503");
    assert!(probe.2 > 10, "counted: {}", probe.2);
    let running: Vec<_> = lab.pods().into_iter().filter(|p| p["status"]["phase"] == "Running").collect();
    assert_eq!(running[0]["status"]["conditions"][2]["reason"], "ContainersNotReady");
}

#[test]
fn deleting_a_deployment_takes_everything_with_it_unless_orphaned() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment(2, "v1"));
    lab.run(60.0);
    lab.store.delete(resource::DEPLOYMENTS, "shop", "web", &DeleteOptions::default()).unwrap();
    lab.run(60.0);
    assert!(lab.pods().is_empty() && lab.sets().is_empty());

    lab.create(resource::DEPLOYMENTS, deployment(2, "v1"));
    lab.run(60.0);
    let orphan = DeleteOptions { propagation: Some(Propagation::Orphan), ..DeleteOptions::default() };
    lab.store.delete(resource::DEPLOYMENTS, "shop", "web", &orphan).unwrap();
    lab.run(60.0);
    assert!(lab.store.get(resource::DEPLOYMENTS, "shop", "web").is_none());
    assert_eq!((lab.pods().len(), lab.sets().len()), (2, 1));

    let set = lab.sets()[0].metadata.name.clone();
    let foreground = DeleteOptions { propagation: Some(Propagation::Foreground), ..DeleteOptions::default() };
    lab.store.delete(resource::REPLICA_SETS, "shop", &set, &foreground).unwrap();
    lab.run(0.1);
    assert!(lab.store.get(resource::REPLICA_SETS, "shop", &set).is_some(), "it waits for its pods");
    lab.run(60.0);
    assert!(lab.pods().is_empty() && lab.sets().is_empty());
}

#[test]
fn a_deleted_namespace_empties_and_goes() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment(2, "v1"));
    lab.run(30.0);
    lab.store.delete(resource::NAMESPACES, "", "shop", &DeleteOptions::default()).unwrap();
    lab.run(60.0);
    assert!(lab.store.get(resource::NAMESPACES, "", "shop").is_none());
    assert!(lab.store.list(resource::EVENTS, Some("shop")).0.is_empty());
}

#[test]
fn pods_that_do_not_fit_wait_and_are_placed_when_there_is_room() {
    let mut lab = Lab::new();
    let mut body = deployment(4, "v1");
    body["spec"]["template"]["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": "3"}});
    lab.create(resource::DEPLOYMENTS, body);
    lab.run(30.0);
    let stuck: Vec<_> = lab.pods().into_iter().filter(|p| p["spec"]["nodeName"].is_null()).collect();
    assert_eq!(stuck.len(), 1);
    assert_eq!(stuck[0]["status"]["conditions"][0]["reason"], "Unschedulable");
    assert!(lab.events().iter().any(|e| e.1.starts_with("0/3 nodes are available: 3 Insufficient cpu.")));
    lab.patch(resource::DEPLOYMENTS, "web", &json!({"spec": {"replicas": 3}}));
    lab.run(30.0);
    assert_eq!(lab.deployment("web").status.ready_replicas, 3);
    lab.store.create(resource::NODES, "", node(4)).unwrap();
    lab.patch(resource::DEPLOYMENTS, "web", &json!({"spec": {"replicas": 4}}));
    lab.run(30.0);
    assert_eq!(lab.deployment("web").status.ready_replicas, 4);
}

#[test]
fn the_same_seed_makes_the_same_cluster() {
    let story = || {
        let mut lab = Lab::new();
        lab.create(resource::DEPLOYMENTS, deployment(5, "v1"));
        lab.run(45.0);
        deploy(&mut lab, "crash");
        lab.run(200.0);
        (lab.pods(), lab.events(), lab.store.version())
    };
    assert_eq!(story(), story());
}

#[test]
fn nothing_is_due_once_all_is_quiet_but_leases_and_old_events() {
    let mut lab = Lab::new();
    lab.create(resource::DEPLOYMENTS, deployment(3, "v1"));
    lab.run(7300.0);
    assert!(lab.events().is_empty(), "events are forgotten after an hour");
    let version = lab.store.version();
    lab.run(9.0);
    let renewals = lab.store.version() - version;
    assert!(renewals <= 3, "three leases in ten seconds, nothing else: {renewals}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_pods_become_ready_at_high_speed() {
    let Lab { store, clock, manager } = Lab::new();
    clock.set_speed(1000.0);
    clock.set_paused(false);
    let mut feed = store.changes(store.version());
    let cancel = tokio_util::sync::CancellationToken::new();
    let task =
        tokio::spawn(Lab { store: store.clone(), clock: clock.clone(), manager }.follow(cancel.clone()));
    store.create(resource::DEPLOYMENTS, "shop", deployment(1000, "v1")).unwrap();
    let ready = async {
        loop {
            feed.next().await.ok();
            let d: Timestamp = clock.now();
            let object = store.get(resource::DEPLOYMENTS, "shop", "web").unwrap().value();
            if object["status"]["readyReplicas"] == 1000 {
                return d;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(2), ready).await.expect("a thousand pods are ready");
    cancel.cancel();
    task.await.unwrap();
}
