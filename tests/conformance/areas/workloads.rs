//! The other controllers: services, jobs, stateful and daemon sets.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::http::{MERGE, STRATEGIC};
use crate::make;

behaviours! { "workloads":
    service_gets_endpoint_slices,
    unready_pod_is_an_unready_endpoint,
    slices_follow_the_pods,
    job_completes,
    job_fails_beyond_its_backoff,
    job_runs_as_many_as_asked,
    stateful_set_names_by_ordinal,
    stateful_set_keeps_revisions,
    daemon_set_runs_on_every_node,
    cron_job_suspended_starts_nothing,
    replica_set_alone,
    replica_set_adopts_and_releases,
    autoscaler_without_metrics_says_so,
    nodes_are_ready_and_leased,
}

fn template(name: &str) -> Value {
    make::deployment(name, 1, make::IMAGE)["spec"]["template"].clone()
}

/// A service of the pods with that label; where its slices are.
async fn service(c: &Case, app: &str) -> String {
    let body = json!({"metadata": {"name": "s"}, "spec": {"selector": {"app": app}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]}});
    c.create(&c.core("services"), &body).await;
    format!(
        "{}?labelSelector=kubernetes.io%2Fservice-name%3Ds",
        c.group("discovery.k8s.io/v1", "endpointslices")
    )
}

fn endpoints(list: &Value) -> Vec<Value> {
    let slices = list["items"].as_array().expect("items");
    slices.iter().flat_map(|slice| slice["endpoints"].as_array().cloned().unwrap_or_default()).collect()
}

fn ready(list: &Value) -> usize {
    endpoints(list).iter().filter(|one| one["conditions"]["ready"] == true).count()
}

async fn service_gets_endpoint_slices(c: Case) {
    let slices = service(&c, "d").await;
    c.create(&c.deployments(), &make::deployment("d", 2, make::IMAGE)).await;
    let list = c.until("two are ready", &slices, |list| ready(list) == 2).await;
    let slice = &list["items"][0];
    assert_eq!(
        (&slice["addressType"], &slice["ports"]),
        (&json!("IPv4"), &json!([{"name": "http", "port": 8080, "protocol": "TCP"}]))
    );
    assert_eq!(slice["metadata"]["ownerReferences"][0]["kind"], "Service");
    let one = &endpoints(&list)[0];
    assert_eq!((&one["targetRef"]["kind"], &one["conditions"]["serving"]), (&json!("Pod"), &json!(true)));
    assert!(one["addresses"][0].is_string() && one["nodeName"].is_string(), "{one}");
}

async fn unready_pod_is_an_unready_endpoint(c: Case) {
    let slices = service(&c, "d").await;
    let mut pod = make::pod("p", "registry.k8s.io/pause:3.10-unready");
    pod["metadata"]["labels"] = json!({"app": "d"});
    // Fails on a real node too: nothing listens there.
    pod["spec"]["containers"][0]["readinessProbe"] = json!({"httpGet": {"port": 9}, "periodSeconds": 1});
    c.create(&c.core("pods"), &pod).await;
    c.until("the pod runs", &c.core("pods/p"), |pod| pod["status"]["phase"] == "Running").await;
    let list = c.until("it is an endpoint", &slices, |list| !endpoints(list).is_empty()).await;
    assert_eq!(endpoints(&list)[0]["conditions"]["ready"], false);
}

async fn slices_follow_the_pods(c: Case) {
    let slices = service(&c, "d").await;
    c.create(&c.deployments(), &make::deployment("d", 2, make::IMAGE)).await;
    c.until("two are ready", &slices, |list| ready(list) == 2).await;
    c.admin.patch(MERGE, &format!("{}/d", c.deployments()), &json!({"spec": {"replicas": 0}})).await.is(200);
    c.until("none is left", &slices, |list| endpoints(list).is_empty()).await;
    c.admin.delete(&c.core("services/s")).await.is(200);
    c.until("the slices are gone", &slices, |list| list["items"] == json!([])).await;
}

fn job(image: &str, spec: Value) -> Value {
    let mut body = json!({"metadata": {"name": "j"}, "spec": {"template": {"spec": {"restartPolicy": "Never",
        "containers": [{"name": "app", "image": image}]}}}});
    body["spec"].as_object_mut().expect("a spec").extend(spec.as_object().expect("an object").clone());
    body
}

fn condition(object: &Value, kind: &str) -> String {
    let all = object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let found = all.into_iter().find(|one| one["type"] == kind && one["status"] == "True");
    found.map(|one| one["reason"].as_str().unwrap_or("").to_owned()).unwrap_or_default()
}

async fn job_completes(c: Case) {
    let jobs = c.group("batch/v1", "jobs");
    c.create(&jobs, &job("busybox:finish", json!({}))).await;
    let done =
        c.until("it is complete", &format!("{jobs}/j"), |job| !condition(job, "Complete").is_empty()).await;
    assert_eq!(done["status"]["succeeded"], 1);
    assert!(done["status"]["completionTime"].is_string() && done["status"]["startTime"].is_string());
    let pods = c.read(&c.core("pods?labelSelector=batch.kubernetes.io%2Fjob-name%3Dj")).await;
    assert_eq!(pods["items"][0]["status"]["phase"], "Succeeded");
}

async fn job_fails_beyond_its_backoff(c: Case) {
    let jobs = c.group("batch/v1", "jobs");
    c.create(&jobs, &job("busybox:fail", json!({"backoffLimit": 0}))).await;
    let failed = c.until("it failed", &format!("{jobs}/j"), |job| !condition(job, "Failed").is_empty()).await;
    assert_eq!(
        (condition(&failed, "Failed").as_str(), &failed["status"]["failed"]),
        ("BackoffLimitExceeded", &json!(1))
    );
}

async fn job_runs_as_many_as_asked(c: Case) {
    let jobs = c.group("batch/v1", "jobs");
    c.create(&jobs, &job("busybox:finish", json!({"completions": 3, "parallelism": 3}))).await;
    let done =
        c.until("it is complete", &format!("{jobs}/j"), |job| !condition(job, "Complete").is_empty()).await;
    assert_eq!(done["status"]["succeeded"], 3);
}

fn stateful_set(replicas: u32) -> Value {
    json!({"metadata": {"name": "db"}, "spec": {"replicas": replicas, "serviceName": "db",
        "selector": {"matchLabels": {"app": "db"}}, "template": template("db")}})
}

async fn stateful_set_names_by_ordinal(c: Case) {
    let path = c.group("apps/v1", "statefulsets");
    c.create(&path, &stateful_set(2)).await;
    let set =
        c.until("two are ready", &format!("{path}/db"), |set| set["status"]["readyReplicas"] == 2).await;
    assert_eq!(set["spec"]["podManagementPolicy"], "OrderedReady");
    for (name, index) in [("db-0", "0"), ("db-1", "1")] {
        let pod = c.read(&c.core(&format!("pods/{name}"))).await;
        assert_eq!(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"], index);
        assert_eq!(pod["metadata"]["labels"]["statefulset.kubernetes.io/pod-name"], name);
        assert_eq!((&pod["spec"]["hostname"], &pod["spec"]["subdomain"]), (&json!(name), &json!("db")));
    }
}

async fn stateful_set_keeps_revisions(c: Case) {
    let path = c.group("apps/v1", "statefulsets");
    c.create(&path, &stateful_set(1)).await;
    c.until("it is ready", &format!("{path}/db"), |set| set["status"]["readyReplicas"] == 1).await;
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": "registry.k8s.io/pause:3.9"}]}}}});
    c.admin.patch(STRATEGIC, &format!("{path}/db"), &image).await.is(200);
    let done = |set: &Value| {
        set["status"]["observedGeneration"] == 2
            && set["status"]["currentRevision"] == set["status"]["updateRevision"]
            && set["status"]["readyReplicas"] == 1
    };
    let set = c.until("the update is out", &format!("{path}/db"), done).await;
    let list = c.read(&c.group("apps/v1", "controllerrevisions")).await;
    let mut numbers: Vec<_> =
        list["items"].as_array().expect("items").iter().filter_map(|one| one["revision"].as_u64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
    let pod = c.read(&c.core("pods/db-0")).await;
    assert_eq!(pod["metadata"]["labels"]["controller-revision-hash"], set["status"]["updateRevision"]);
}

async fn daemon_set_runs_on_every_node(c: Case) {
    let nodes = c.read("/api/v1/nodes").await["items"].as_array().expect("items").len();
    let path = c.group("apps/v1", "daemonsets");
    let body = json!({"metadata": {"name": "agent"}, "spec": {"selector": {"matchLabels": {"app": "agent"}}, "template": template("agent")}});
    c.create(&path, &body).await;
    c.until("all are ready", &format!("{path}/agent"), |set| set["status"]["numberReady"] == nodes).await;
    let pods = c.read(&c.core("pods")).await;
    let placed: std::collections::BTreeSet<_> = pods["items"]
        .as_array()
        .expect("items")
        .iter()
        .filter_map(|pod| pod["spec"]["nodeName"].as_str())
        .collect();
    assert_eq!(placed.len(), nodes);
}

async fn cron_job_suspended_starts_nothing(c: Case) {
    let path = c.group("batch/v1", "cronjobs");
    let body = json!({"metadata": {"name": "nightly"}, "spec": {"schedule": "* * * * *", "suspend": true,
        "jobTemplate": {"spec": job("busybox:finish", json!({}))["spec"]}}});
    let made = c.create(&path, &body).await;
    for (field, value) in [
        ("concurrencyPolicy", json!("Allow")),
        ("successfulJobsHistoryLimit", json!(3)),
        ("failedJobsHistoryLimit", json!(1)),
    ] {
        assert_eq!(made["spec"][field], value, "{field}");
    }
    assert_eq!(c.read(&c.group("batch/v1", "jobs")).await["items"], json!([]));
    let bad = json!({"metadata": {"name": "bad"}, "spec": {"schedule": "never", "jobTemplate": body["spec"]["jobTemplate"]}});
    let status = c.admin.post(&path, &bad).await.fails(422, "Invalid");
    assert_eq!(status["details"]["causes"][0]["field"], "spec.schedule");
}

async fn replica_set_alone(c: Case) {
    let path = c.group("apps/v1", "replicasets");
    c.create(&path, &make::replica_set("r", 2)).await;
    let ready = |set: &Value| set["status"]["readyReplicas"] == 2 && set["status"]["availableReplicas"] == 2;
    let set = c.until("two are ready", &format!("{path}/r"), ready).await;
    assert_eq!((&set["status"]["replicas"], &set["status"]["fullyLabeledReplicas"]), (&json!(2), &json!(2)));
}

async fn replica_set_adopts_and_releases(c: Case) {
    let path = c.group("apps/v1", "replicasets");
    let slices = service(&c, "r").await;
    c.create(&c.core("pods"), &make::pod("r", make::IMAGE)).await;
    // The controllers share what they know of pods: the one of ReplicaSets knows this one too, and
    // starts no other.
    c.until("the controllers know the pod", &slices, |list| !endpoints(list).is_empty()).await;
    let set = c.create(&path, &make::replica_set("r", 1)).await;
    let owned = |pod: &Value| pod["metadata"]["ownerReferences"][0]["uid"] == set["metadata"]["uid"];
    c.until("the pod is adopted", &c.core("pods/r"), owned).await;
    c.admin.patch(MERGE, &c.core("pods/r"), &json!({"metadata": {"labels": {"app": "free"}}})).await.is(200);
    c.until("the pod is released", &c.core("pods/r"), |pod| pod["metadata"].get("ownerReferences").is_none())
        .await;
    let replaced = |list: &Value| list["items"].as_array().map(Vec::len) == Some(1);
    c.until("another takes its place", &c.core("pods?labelSelector=app%3Dr"), replaced).await;
}

async fn autoscaler_without_metrics_says_so(c: Case) {
    c.create(&c.deployments(), &make::deployment("d", 1, make::IMAGE)).await;
    let path = c.group("autoscaling/v2", "horizontalpodautoscalers");
    let body = json!({"metadata": {"name": "h"}, "spec": {"minReplicas": 1, "maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"},
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}]}});
    let made = c.create(&path, &body).await;
    assert_eq!(made["spec"]["maxReplicas"], 3);
    let told = |hpa: &Value| condition(hpa, "AbleToScale") == "SucceededGetScale";
    c.until("it reads the scale", &format!("{path}/h"), told).await;
}

async fn nodes_are_ready_and_leased(c: Case) {
    let nodes = c.read("/api/v1/nodes").await;
    let node = &nodes["items"][0];
    let ready = node["status"]["conditions"]
        .as_array()
        .expect("conditions")
        .iter()
        .find(|one| one["type"] == "Ready");
    assert_eq!(ready.expect("Ready")["status"], "True");
    for resource in ["cpu", "memory", "pods"] {
        assert!(node["status"]["capacity"][resource].is_string(), "{resource}");
        assert!(node["status"]["allocatable"][resource].is_string(), "{resource}");
    }
    let name = node["metadata"]["name"].as_str().expect("a name");
    let lease =
        c.read(&format!("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/{name}")).await;
    assert_eq!(lease["spec"]["holderIdentity"], name);
}
