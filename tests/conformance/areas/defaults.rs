//! What the server fills in, and what it refuses with causes.

use serde_json::{Value, json};

use crate::behaviours;
use crate::case::Case;
use crate::make;

behaviours! { "defaults":
    deployment_spec,
    deployment_strategy,
    pod_template,
    image_pull_policy_follows_the_tag,
    service,
    pod,
    namespace,
    namespace_gets_its_accounts,
    all_causes_are_told_at_once,
    selector_must_match_the_template,
    selector_is_required,
    container_without_an_image,
    containers_have_unique_names,
    bad_label_value,
    bad_annotation_key,
    config_map_key,
    service_without_ports,
    strategy_needs_room_to_move,
    deadline_beyond_min_ready,
    pod_spec_is_immutable,
}

async fn deployment_spec(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"].as_object_mut().expect("a spec").remove("replicas");
    let spec = &c.create(&c.deployments(), &body).await["spec"];
    for (field, value) in [("replicas", 1), ("revisionHistoryLimit", 10), ("progressDeadlineSeconds", 600)] {
        assert_eq!(spec[field], value, "{field}");
    }
}

async fn deployment_strategy(c: Case) {
    let made = c.create(&c.deployments(), &make::deployment("a", 0, make::IMAGE)).await;
    let rolling =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}});
    assert_eq!(made["spec"]["strategy"], rolling);
}

async fn pod_template(c: Case) {
    let made = c.create(&c.deployments(), &make::deployment("a", 0, make::IMAGE)).await;
    let spec = &made["spec"]["template"]["spec"];
    for (field, value) in [
        ("restartPolicy", json!("Always")),
        ("dnsPolicy", json!("ClusterFirst")),
        ("schedulerName", json!("default-scheduler")),
        ("terminationGracePeriodSeconds", json!(30)),
        ("securityContext", json!({})),
    ] {
        assert_eq!(spec[field], value, "{field}");
    }
    let container = json!({"name": "app", "image": make::IMAGE, "imagePullPolicy": "IfNotPresent", "resources": {},
        "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File"});
    assert_eq!(spec["containers"], json!([container]));
}

async fn image_pull_policy_follows_the_tag(c: Case) {
    for (n, (image, policy)) in
        [("a", "Always"), ("a:latest", "Always"), ("a:1", "IfNotPresent"), ("r:5000/a", "Always")]
            .into_iter()
            .enumerate()
    {
        let made = c.create(&c.deployments(), &make::deployment(&format!("d{n}"), 0, image)).await;
        assert_eq!(made["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"], policy, "{image}");
    }
}

async fn service(c: Case) {
    let body =
        json!({"metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}, "ports": [{"port": 80}]}});
    let spec = &c.create(&c.core("services"), &body).await["spec"];
    assert_eq!((&spec["type"], &spec["sessionAffinity"]), (&json!("ClusterIP"), &json!("None")));
    assert_eq!(spec["ports"], json!([{"port": 80, "protocol": "TCP", "targetPort": 80}]));
    let ip = spec["clusterIP"].as_str().unwrap_or_default();
    assert!(ip.parse::<std::net::Ipv4Addr>().is_ok(), "{spec}");
    assert_eq!(spec["clusterIPs"], json!([ip]));
    assert_eq!(spec["ipFamilyPolicy"], "SingleStack");
}

async fn pod(c: Case) {
    let made = c.create(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let spec = &made["spec"];
    for (field, value) in [
        ("serviceAccountName", json!("default")),
        ("restartPolicy", json!("Always")),
        ("enableServiceLinks", json!(true)),
        ("preemptionPolicy", json!("PreemptLowerPriority")),
        ("priority", json!(0)),
    ] {
        assert_eq!(spec[field], value, "{field}");
    }
    assert_eq!(
        (&made["status"]["phase"], &made["status"]["qosClass"]),
        (&json!("Pending"), &json!("BestEffort"))
    );
    let tolerations = spec["tolerations"].as_array().expect("tolerations");
    let keys: Vec<_> = tolerations.iter().map(|one| &one["key"]).collect();
    assert_eq!(keys, ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]);
}

async fn namespace(c: Case) {
    let ns = c.read(&format!("/api/v1/namespaces/{}", c.ns)).await;
    assert_eq!(ns["metadata"]["labels"]["kubernetes.io/metadata.name"], c.ns);
    assert_eq!(
        (&ns["spec"]["finalizers"], &ns["status"]["phase"]),
        (&json!(["kubernetes"]), &json!("Active"))
    );
}

async fn namespace_gets_its_accounts(c: Case) {
    for path in [c.core("serviceaccounts/default"), c.core("configmaps/kube-root-ca.crt")] {
        c.until_answer("it is made", &path, |answer| answer.status == 200).await;
    }
}

/// The causes of a refused create, as (field, message).
async fn causes(c: &Case, path: &str, body: &Value) -> Vec<(String, String)> {
    let status = c.admin.post(path, body).await.fails(422, "Invalid");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all = status["details"]["causes"].as_array().expect("causes");
    all.iter().map(|cause| (text(&cause["field"]), text(&cause["message"]))).collect()
}

fn cause(field: &str, message: &str) -> (String, String) {
    (field.to_owned(), message.to_owned())
}

async fn all_causes_are_told_at_once(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["replicas"] = json!(-1);
    body["spec"]["minReadySeconds"] = json!(-2);
    let all = causes(&c, &c.deployments(), &body).await;
    let fields: Vec<_> = all.iter().map(|(field, _)| field.as_str()).collect();
    assert_eq!(fields, ["spec.replicas", "spec.minReadySeconds"]);
    assert_eq!(all[0].1, "Invalid value: -1: must be greater than or equal to 0");
}

async fn selector_must_match_the_template(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["template"]["metadata"]["labels"] = json!({"app": "other"});
    let all = causes(&c, &c.deployments(), &body).await;
    let message = "Invalid value: {\"app\":\"other\"}: `selector` does not match template `labels`";
    assert_eq!(all, [cause("spec.template.metadata.labels", message)]);
}

async fn selector_is_required(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"].as_object_mut().expect("a spec").remove("selector");
    let all = causes(&c, &c.deployments(), &body).await;
    assert_eq!(all[0], cause("spec.selector", "Required value"));
}

async fn container_without_an_image(c: Case) {
    let mut body = make::pod("p", make::IMAGE);
    body["spec"]["containers"] = json!([{"name": "app"}]);
    assert_eq!(
        causes(&c, &c.core("pods"), &body).await,
        [cause("spec.containers[0].image", "Required value")]
    );
    body["spec"]["containers"] = json!([]);
    assert_eq!(causes(&c, &c.core("pods"), &body).await, [cause("spec.containers", "Required value")]);
}

async fn containers_have_unique_names(c: Case) {
    let mut body = make::pod("p", make::IMAGE);
    body["spec"]["containers"] = json!([{"name": "app", "image": "a"}, {"name": "app", "image": "b"}]);
    let all = causes(&c, &c.core("pods"), &body).await;
    assert_eq!(all, [cause("spec.containers[1].name", "Duplicate value: \"app\"")]);
}

async fn bad_label_value(c: Case) {
    let all = causes(&c, &c.core("configmaps"), &make::labelled("a", json!({"x": "not ok"}))).await;
    assert_eq!(all[0].0, "metadata.labels");
    assert!(
        all[0]
            .1
            .starts_with("Invalid value: \"not ok\": a valid label must be an empty string or consist of"),
        "{all:?}"
    );
}

async fn bad_annotation_key(c: Case) {
    let body = json!({"metadata": {"name": "a", "annotations": {"not ok": "x"}}});
    let all = causes(&c, &c.core("configmaps"), &body).await;
    assert_eq!(all[0].0, "metadata.annotations");
    assert!(all[0].1.starts_with("Invalid value: \"not ok\": name part must consist of"), "{all:?}");
}

async fn config_map_key(c: Case) {
    let all = causes(&c, &c.core("configmaps"), &make::config_map("a", json!({"not/ok": "x"}))).await;
    assert_eq!(all[0].0, "data[not/ok]");
    assert!(all[0].1.starts_with("Invalid value: \"not/ok\": a valid config key must consist of"), "{all:?}");
}

async fn service_without_ports(c: Case) {
    let body = json!({"metadata": {"name": "s"}, "spec": {"selector": {"app": "x"}}});
    assert_eq!(causes(&c, &c.core("services"), &body).await, [cause("spec.ports", "Required value")]);
}

async fn strategy_needs_room_to_move(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["strategy"] = json!({"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}});
    let all = causes(&c, &c.deployments(), &body).await;
    let message = "Invalid value: 0: may not be 0 when `maxSurge` is 0";
    assert_eq!(all, [cause("spec.strategy.rollingUpdate.maxUnavailable", message)]);
}

async fn deadline_beyond_min_ready(c: Case) {
    let mut body = make::deployment("a", 1, make::IMAGE);
    body["spec"]["minReadySeconds"] = json!(10);
    body["spec"]["progressDeadlineSeconds"] = json!(10);
    let all = causes(&c, &c.deployments(), &body).await;
    assert_eq!(
        all,
        [cause("spec.progressDeadlineSeconds", "Invalid value: 10: must be greater than minReadySeconds")]
    );
}

async fn pod_spec_is_immutable(c: Case) {
    c.create(&c.core("pods"), &make::pod("p", make::IMAGE)).await;
    let path = format!("{}/p", c.core("pods"));
    let image = json!({"spec": {"containers": [{"name": "app", "image": "other:1"}]}});
    c.admin.patch(crate::http::STRATEGIC, &path, &image).await.is(200);
    let policy = json!({"spec": {"restartPolicy": "Never"}});
    let status = c.admin.patch(crate::http::STRATEGIC, &path, &policy).await.fails(422, "Invalid");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.starts_with("Pod \"p\" is invalid: spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"), "{message}");
}
