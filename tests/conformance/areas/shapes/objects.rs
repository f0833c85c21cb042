//! Objects and options of wrong shapes: names, volumes, data, depth.

use http::Method;
use serde_json::{Value, json};

use super::{config_map, each};
use crate::behaviours;
use crate::case::Case;
use crate::http::{JSON, MERGE};
use crate::make;

behaviours! { "shapes":
    names_refused,
    names_taken,
    volumes,
    base64,
    secrets_of_a_type_need_its_keys,
    config_map_key_in_both_parts,
    delete_options,
    nesting_beyond_reason_is_400,
    annotations_beyond_their_limit,
}

/// Something of each kind whose names have rules of their own, but for the name.
fn kinds(c: &Case) -> Vec<(String, Value)> {
    let pod = json!({"containers": [{"name": "a", "image": "x:1"}], "restartPolicy": "Never"});
    let job = json!({"spec": {"template": {"spec": pod}}});
    vec![
        (c.core("configmaps"), json!({})),
        (c.core("services"), json!({"spec": {"ports": [{"port": 80}]}})),
        (c.group("batch/v1", "cronjobs"), json!({"spec": {"schedule": "* * * * *", "jobTemplate": job}})),
        (c.group("rbac.authorization.k8s.io/v1", "roles"), json!({})),
        (c.group("policy/v1", "poddisruptionbudgets"), json!({})),
        (c.core("events"), json!({"involvedObject": {"namespace": c.ns}})),
    ]
}

/// The answers to a name, in the order of [`kinds`].
async fn answers(c: &Case, name: &str) -> Vec<u16> {
    let mut all = Vec::new();
    for (path, mut body) in kinds(c) {
        body["metadata"] = json!({"name": name});
        all.push(c.admin.post(&format!("{path}?dryRun=All"), &body).await.status);
    }
    all
}

async fn names_refused(c: Case) {
    let (long, longer) = ("a".repeat(64), "a".repeat(254));
    for (name, wanted) in [
        ("A", [422, 422, 422, 201, 201, 201]),
        ("a_b", [422, 422, 422, 201, 201, 201]),
        ("-a", [422, 422, 422, 201, 201, 201]),
        ("a.b", [201, 422, 201, 201, 201, 201]),
        ("a/b", [422; 6]),
        ("a%b", [422; 6]),
        ("..", [422; 6]),
        ("ä", [422, 422, 422, 201, 201, 201]),
        (&long, [201, 422, 422, 201, 201, 201]),
        (&longer, [422, 422, 422, 201, 201, 201]),
    ] {
        assert_eq!(answers(&c, name).await, wanted, "{name}");
    }
}

async fn names_taken(c: Case) {
    for name in ["a", "1a", "a-b"] {
        assert_eq!(answers(&c, name).await, [201; 6], "{name}");
    }
}

async fn volumes(c: Case) {
    let more = "Forbidden: may not specify more than 1 volume type";
    for (volumes, complaint) in [
        (json!([{"name": "v"}]), String::new()),
        (
            json!([{"name": "v", "emptyDir": {}, "hostPath": {"path": "/x"}}]),
            format!("spec.volumes[0].hostPath: {more}"),
        ),
        (
            json!([{"name": "v", "configMap": {"name": "a"}, "secret": {"secretName": "a"}, "emptyDir": {}}]),
            format!("[spec.volumes[0].secret: {more}, spec.volumes[0].configMap: {more}]"),
        ),
        (
            json!([{"name": "v", "configMap": {}}]),
            "spec.volumes[0].configMap.name: Required value".to_owned(),
        ),
        (
            json!([{"name": "v", "secret": {}}]),
            "spec.volumes[0].secret.secretName: Required value".to_owned(),
        ),
        (
            json!([{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]),
            "spec.volumes[1].name: Duplicate value: \"v\"".to_owned(),
        ),
        (json!([{"emptyDir": {}}]), "spec.volumes[0].name: Required value".to_owned()),
    ] {
        let mut pod = make::pod("p", make::IMAGE);
        pod["spec"]["volumes"] = volumes;
        let answer = c.admin.post(&format!("{}?dryRun=All", c.core("pods")), &pod).await;
        if complaint.is_empty() {
            answer.is(201);
        } else {
            answer.says(422, "Invalid", &format!("Pod \"p\" is invalid: {complaint}"));
        }
    }
}

async fn base64(c: Case) {
    let path = format!("{}?dryRun=All", c.core("secrets"));
    let bad = |at: usize| {
        format!(
            "Secret in version \"v1\" cannot be handled as a Secret: illegal base64 data at input byte {at}"
        )
    };
    for (data, at) in [("!!", 0), ("a", 0), ("YWJj!A==", 4)] {
        let body = json!({"metadata": {"name": "s"}, "data": {"k": data}});
        c.admin.post(&path, &body).await.says(400, "BadRequest", &bad(at));
    }
    let body = json!({"metadata": {"name": "s"}, "data": {"k": "YQ=\n="}});
    assert_eq!(c.admin.post(&path, &body).await.is(201)["data"], json!({"k": "YQ=="}));
    let patch = [(r#"{"binaryData":{"k":"!!"}}"#, 422, "")];
    each(&c, Method::PATCH, &config_map(&c).await, MERGE, &patch).await;
}

async fn secrets_of_a_type_need_its_keys(c: Case) {
    for (kind, complaint) in [
        ("kubernetes.io/tls", "[data[tls.crt]: Required value, data[tls.key]: Required value]"),
        ("kubernetes.io/dockerconfigjson", "data[.dockerconfigjson]: Required value"),
    ] {
        let body = json!({"metadata": {"name": "s"}, "type": kind, "data": {"k": "YQ=="}});
        let refused = c.admin.post(&c.core("secrets"), &body).await;
        refused.says(422, "Invalid", &format!("Secret \"s\" is invalid: {complaint}"));
    }
}

async fn config_map_key_in_both_parts(c: Case) {
    let body = json!({"metadata": {"name": "a"}, "data": {"k": "v"}, "binaryData": {"k": "YQ=="}});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    let why = "data[k]: Invalid value: \"k\": duplicate of key present in binaryData";
    refused.says(422, "Invalid", &format!("ConfigMap \"a\" is invalid: {why}"));
}

async fn delete_options(c: Case) {
    let path = config_map(&c).await;
    let rows = [
        ("{", 400, ""),
        ("[]", 400, ""),
        (r#"{"kind":"Pod"}"#, 400, ""),
        (r#"{"gracePeriodSeconds":"x"}"#, 400, ""),
        (r#"{"gracePeriodSeconds":1.5}"#, 400, ""),
        (r#"{"propagationPolicy":3}"#, 400, ""),
        (r#"{"propagationPolicy":"x"}"#, 422, ""),
        (r#"{"preconditions":[]}"#, 400, ""),
        (r#"{"preconditions":{"uid":3}}"#, 400, ""),
        (r#"{"dryRun":"All"}"#, 400, ""),
        (
            r#"{"orphanDependents":true,"propagationPolicy":"Orphan"}"#,
            422,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Invalid value: \"Orphan\": \
             orphanDependents and deletionPropagation cannot be both set",
        ),
        (r#"{"preconditions":{"uid":"x"}}"#, 409, ""),
    ];
    each(&c, Method::DELETE, &path, JSON, &rows).await;
    c.read(&path).await;
}

async fn nesting_beyond_reason_is_400(c: Case) {
    for bracket in ["[", r#"{"a":"#] {
        let headers = [("content-type", JSON)];
        let deep = bracket.repeat(100_000).into_bytes();
        c.admin.send(Method::POST, &c.core("configmaps"), &headers, deep).await.fails(400, "BadRequest");
    }
}

async fn annotations_beyond_their_limit(c: Case) {
    let mut body = make::config_map("a", json!({}));
    body["metadata"]["annotations"] = json!({"a": "x".repeat(256 << 10)});
    let refused = c.admin.post(&c.core("configmaps"), &body).await;
    let why = "metadata.annotations: Too long: may not be more than 262144 bytes";
    refused.says(422, "Invalid", &format!("ConfigMap \"a\" is invalid: {why}"));
}
