//! The smaller controllers, in the whole cluster and virtual time.

use serde_json::{Value, json};

use super::key::resource;
use super::tests::{Lab, template};
use crate::demo::store::DeleteOptions;

fn object(lab: &Lab, resource: &str, name: &str) -> Value {
    lab.store.get(resource, "shop", name).unwrap_or_else(|| panic!("{resource}/{name}")).value()
}

fn job(tag: &str, rest: &Value) -> Value {
    let mut template = template(tag);
    template["spec"]["restartPolicy"] = "Never".into();
    let mut spec = json!({"template": template});
    json_patch::merge(&mut spec, rest);
    json!({"metadata": {"name": "once", "namespace": "shop"}, "spec": spec})
}

fn workload(name: &str, spec: &Value) -> Value {
    let mut out = json!({"metadata": {"name": name, "namespace": "shop"}, "spec": {
        "selector": {"matchLabels": {"app": "web"}}, "template": template("v1")}});
    json_patch::merge(&mut out, &json!({"spec": spec}));
    out
}

fn names(lab: &Lab) -> Vec<String> {
    lab.pods().iter().map(|p| p["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_job_runs_its_pods_to_the_end_and_says_so() {
    let mut lab = Lab::new();
    lab.create(
        resource::JOBS,
        job("once", &json!({"completions": 3, "parallelism": 2, "ttlSecondsAfterFinished": 600})),
    );
    assert_eq!(object(&lab, resource::JOBS, "once")["status"]["active"], 2);
    lab.run(120.0);
    let done = object(&lab, resource::JOBS, "once");
    assert_eq!(done["status"]["succeeded"], 3);
    assert_eq!(done["status"]["conditions"][1]["type"], "Complete");
    assert!(done["status"]["completionTime"].is_string());
    assert!(lab.pods().iter().all(|p| p["status"]["phase"] == "Succeeded"));
    lab.run(700.0);
    assert!(lab.store.get(resource::JOBS, "shop", "once").is_none(), "its time to live is over");
    assert!(lab.pods().is_empty());
}

#[test]
fn a_failing_job_gives_up_after_its_limit() {
    let mut lab = Lab::new();
    lab.create(resource::JOBS, job("fails", &json!({"backoffLimit": 2})));
    lab.run(400.0);
    let failed = object(&lab, resource::JOBS, "once");
    assert_eq!(failed["status"]["failed"], 3);
    let last = &failed["status"]["conditions"][1];
    assert_eq!((&last["type"], &last["reason"]), (&json!("Failed"), &json!("BackoffLimitExceeded")));
    assert_eq!(lab.pods().len(), 3);
}

#[test]
fn a_cron_job_starts_on_the_minute_and_keeps_three() {
    let mut lab = Lab::new();
    let spec = json!({"schedule": "*/2 * * * *", "concurrencyPolicy": "Forbid",
        "jobTemplate": {"spec": job("once", &json!({}))["spec"]}});
    lab.create(resource::CRON_JOBS, json!({"metadata": {"name": "tick", "namespace": "shop"}, "spec": spec}));
    lab.run(721.0);
    let status = &object(&lab, resource::CRON_JOBS, "tick")["status"];
    assert_eq!(status["lastScheduleTime"], "2026-03-01T12:12:00Z");
    assert_eq!(status["active"].as_array().unwrap().len(), 1);
    let (jobs, _) = lab.store.list(resource::JOBS, Some("shop"));
    assert_eq!(jobs.len(), 4, "one runs, three are kept");
    assert!(jobs[0].name().starts_with("tick-"));
}

#[test]
fn a_daemon_runs_once_on_every_node_and_is_renewed_one_by_one() {
    let mut lab = Lab::new();
    lab.create(resource::DAEMON_SETS, workload("agent", &json!({})));
    lab.run(60.0);
    let mut nodes: Vec<String> =
        lab.pods().iter().map(|p| p["spec"]["nodeName"].as_str().unwrap().to_owned()).collect();
    nodes.sort();
    assert_eq!(nodes, ["node-1", "node-2", "node-3"]);
    assert_eq!(object(&lab, resource::DAEMON_SETS, "agent")["status"]["numberAvailable"], 3);
    lab.patch(resource::DAEMON_SETS, "agent", &json!({"spec": {"template": template("v2")}}));
    for _ in 0..30 {
        lab.run(2.0);
        let ready = object(&lab, resource::DAEMON_SETS, "agent")["status"]["numberReady"].as_i64().unwrap();
        assert!(ready >= 2, "never more than one missing: {ready}");
    }
    lab.run(60.0);
    let status = &object(&lab, resource::DAEMON_SETS, "agent")["status"];
    assert_eq!((&status["updatedNumberScheduled"], &status["numberAvailable"]), (&json!(3), &json!(3)));
}

#[test]
fn a_stateful_set_goes_in_order() {
    let mut lab = Lab::new();
    lab.create(resource::STATEFUL_SETS, workload("db", &json!({"replicas": 3})));
    assert_eq!(names(&lab), ["db-0"], "the second waits for the first");
    lab.run(90.0);
    assert_eq!(names(&lab), ["db-0", "db-1", "db-2"]);
    lab.patch(resource::STATEFUL_SETS, "db", &json!({"spec": {"template": template("v2")}}));
    lab.run(3.0);
    let old = |lab: &Lab| -> Vec<String> {
        let image = |p: &Value| p["spec"]["containers"][0]["image"].as_str().unwrap().ends_with(":v1");
        let pods = lab.pods();
        pods.iter().filter(|p| image(p)).map(|p| p["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(old(&lab), ["db-0", "db-1"], "renewed from the back");
    lab.run(120.0);
    let status = &object(&lab, resource::STATEFUL_SETS, "db")["status"];
    assert_eq!((&status["updatedReplicas"], &status["readyReplicas"]), (&json!(3), &json!(3)));
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    lab.patch(resource::STATEFUL_SETS, "db", &json!({"spec": {"replicas": 1}}));
    lab.run(60.0);
    assert_eq!(names(&lab), ["db-0"]);
}

#[test]
fn a_budget_counts_and_a_quota_refuses() {
    let mut lab = Lab::new();
    let budget = json!({"metadata": {"name": "web", "namespace": "shop"},
        "spec": {"minAvailable": "50%", "selector": {"matchLabels": {"app": "web"}}}});
    lab.create(resource::PDBS, budget);
    let quota = json!({"metadata": {"name": "pods", "namespace": "shop"}, "spec": {"hard": {"pods": "3"}}});
    lab.create(resource::RESOURCE_QUOTAS, quota);
    lab.create(
        resource::DEPLOYMENTS,
        workload("web", &json!({"replicas": 5, "progressDeadlineSeconds": 600})),
    );
    lab.run(40.0);
    assert_eq!(lab.pods().len(), 3);
    let status = &object(&lab, resource::PDBS, "web")["status"];
    assert_eq!((&status["expectedPods"], &status["desiredHealthy"]), (&json!(5), &json!(3)));
    assert_eq!((&status["currentHealthy"], &status["disruptionsAllowed"]), (&json!(3), &json!(0)));
    let d = lab.deployment("web");
    let failure = d.status.condition("ReplicaFailure").expect("the refusal reaches the Deployment");
    assert_eq!(failure.reason, "FailedCreate");
    let why = "is forbidden: exceeded quota: pods, requested: pods=1, used: pods=3, limited: pods=3";
    assert!(failure.message.contains(why), "{}", failure.message);
    assert!(lab.events().iter().any(|e| e.0 == "FailedCreate" && e.1.contains(why)));
    lab.patch(resource::RESOURCE_QUOTAS, "pods", &json!({"spec": {"hard": {"pods": "10"}}}));
    lab.run(120.0);
    let d = lab.deployment("web");
    assert_eq!(d.status.ready_replicas, 5);
    assert!(d.status.condition("ReplicaFailure").is_none());
}

#[test]
fn a_pod_deleted_at_any_moment_of_its_start_goes() {
    // Pulling, starting, waiting for its probe: each has a timer of its own, set before the end was.
    for tenths in 0..60 {
        let mut lab = Lab::new();
        let mut body = json!({"metadata": {"name": "p", "namespace": "shop"}});
        body["spec"] = template("v1")["spec"].clone();
        lab.create(resource::PODS, body);
        lab.run(f64::from(tenths) / 10.0);
        lab.store.delete(resource::PODS, "shop", "p", &DeleteOptions::default()).unwrap();
        lab.run(35.0);
        assert_eq!(names(&lab), [] as [&str; 0], "deleted {tenths} tenths of a second after its creation");
    }
}

#[test]
fn a_quota_says_what_is_used_and_a_finished_pod_uses_nothing() {
    let mut lab = Lab::new();
    let hard = json!({"requests.cpu": "2", "limits.memory": "1Gi", "pods": "5", "count/pods": "5", "count/nothing.at.all": "1"});
    lab.create(
        resource::RESOURCE_QUOTAS,
        json!({"metadata": {"name": "q", "namespace": "shop"}, "spec": {"hard": hard}}),
    );
    let pod = |name: &str, tag: &str| {
        let mut body =
            json!({"metadata": {"name": name, "namespace": "shop"}, "spec": template(tag)["spec"]});
        body["spec"]["restartPolicy"] = "Never".into();
        body["spec"]["containers"][0]["resources"] =
            json!({"requests": {"cpu": "250m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "128Mi"}});
        body
    };
    lab.create(resource::PODS, pod("stays", "v1"));
    lab.create(resource::PODS, pod("ends", "once"));
    lab.run(5.0);
    let used = |lab: &Lab| object(lab, resource::RESOURCE_QUOTAS, "q")["status"]["used"].clone();
    let two = json!({"requests.cpu": "500m", "limits.memory": "256Mi", "pods": "2", "count/pods": "2"});
    assert_eq!(used(&lab), two);
    lab.run(60.0);
    let one = json!({"requests.cpu": "250m", "limits.memory": "128Mi", "pods": "1", "count/pods": "2"});
    assert_eq!(used(&lab), one);
}
