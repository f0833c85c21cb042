//! Bodies in protobuf, as kubectl sends them for kinds it was compiled with.
//! The messages are written by hand; answers are asked for in JSON.

use http::Method;
use serde_json::json;

use crate::behaviours;
use crate::case::Case;
use crate::http::Answer;

behaviours! { "protobuf":
    object_is_created,
    object_is_replaced,
    kind_may_be_left_out,
    unknown_fields_are_skipped_even_when_strict,
    empty_body_is_400,
    other_bytes_are_400,
    cut_off_message_is_400,
    another_kind_is_400,
    unknown_kind_is_400,
    text_must_be_utf8,
    zero_behind_a_pointer_is_kept,
    review_is_answered,
    delete_options_are_read,
    delete_options_of_other_bytes_are_400,
    patch_is_415,
}

const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2, u8::try_from(content.len()).expect("short")];
    out.extend_from_slice(content);
    out
}

fn enveloped(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
    let meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), field(1, &meta), field(2, raw), field(3, b""), field(4, b"")].concat()
}

/// `ConfigMap` {metadata: {name}, data: {k: value}}.
fn config_map(name: &[u8], value: &str) -> Vec<u8> {
    let data = [field(1, b"k"), field(2, value.as_bytes())].concat();
    [field(1, &field(1, name)), field(2, &data)].concat()
}

async fn send(c: &Case, method: Method, path: &str, body: Vec<u8>) -> Answer {
    c.admin.send(method, path, &[("content-type", PROTOBUF), ("accept", "application/json")], body).await
}

async fn post(c: &Case, body: Vec<u8>) -> Answer {
    send(c, Method::POST, &c.core("configmaps"), body).await
}

async fn object_is_created(c: Case) {
    let made = post(&c, enveloped("v1", "ConfigMap", &config_map(b"a", "v"))).await.is(201);
    assert_eq!((&made["kind"], &made["data"]), (&json!("ConfigMap"), &json!({"k": "v"})));
    let owned = &made["metadata"]["managedFields"][0]["fieldsV1"];
    assert_eq!(owned, &json!({"f:data": {".": {}, "f:k": {}}}));
}

async fn object_is_replaced(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let body = enveloped("v1", "ConfigMap", &config_map(b"a", "new"));
    assert_eq!(send(&c, Method::PUT, &path, body).await.is(200)["data"], json!({"k": "new"}));
}

async fn kind_may_be_left_out(c: Case) {
    assert_eq!(post(&c, enveloped("", "", &config_map(b"a", "v"))).await.is(201)["data"]["k"], "v");
}

async fn unknown_fields_are_skipped_even_when_strict(c: Case) {
    let raw = [config_map(b"a", "v"), field(14, b"x")].concat();
    let path = format!("{}?fieldValidation=Strict", c.core("configmaps"));
    send(&c, Method::POST, &path, enveloped("v1", "ConfigMap", &raw)).await.is(201);
}

async fn refused(c: &Case, body: Vec<u8>, end: &str) {
    let status = post(c, body).await.fails(400, "BadRequest");
    let message = status["message"].as_str().unwrap_or_default();
    assert!(message.ends_with(end), "{message}");
}

async fn empty_body_is_400(c: Case) {
    let end = "the object provided is unrecognized (must be of type ConfigMap): empty data (<empty>)";
    refused(&c, Vec::new(), end).await;
    refused(&c, b"k8s\0".to_vec(), "(must be of type ConfigMap): empty body (6b387300)").await;
}

async fn other_bytes_are_400(c: Case) {
    let why = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    refused(&c, b"xyz".to_vec(), &format!("{why} (78797a)")).await;
    refused(&c, b"{\"metadata\":{}}".to_vec(), &format!("{why} ({{\"metadata\":{{}}}})")).await;
}

async fn cut_off_message_is_400(c: Case) {
    let mut body = enveloped("v1", "ConfigMap", &config_map(b"a", "v"));
    body.truncate(20);
    refused(&c, body, "unexpected EOF (6b3873000a0f0a0276311209436f6e6669674d61)").await;
}

async fn another_kind_is_400(c: Case) {
    let end = "Secret in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion";
    refused(&c, enveloped("v1", "Secret", &field(1, &field(1, b"a"))), end).await;
}

async fn unknown_kind_is_400(c: Case) {
    let end = "no kind \"Nope\" is registered for version \"v9\" in scheme \"pkg/runtime/scheme.go:111\"";
    refused(&c, enveloped("v9", "Nope", b""), end).await;
}

async fn text_must_be_utf8(c: Case) {
    let answer = post(&c, enveloped("v1", "ConfigMap", &config_map(b"\xff\xfe", "v"))).await;
    assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text);
}

async fn zero_behind_a_pointer_is_kept(c: Case) {
    let labels = field(1, &[field(1, b"app"), field(2, b"a")].concat());
    let container = field(2, &[field(1, b"app"), field(2, b"registry.k8s.io/pause:3.10")].concat());
    let meta = field(1, &field(11, &[field(1, b"app"), field(2, b"a")].concat()));
    let template = field(3, &[meta, field(2, &container)].concat());
    // replicas: 0 is said, minReadySeconds: 0 is what Go writes for nothing.
    let spec = field(2, &[vec![1 << 3, 0], field(2, &labels), template, vec![5 << 3, 0]].concat());
    let raw = [field(1, &field(1, b"a")), spec].concat();
    let body = enveloped("apps/v1", "Deployment", &raw);
    let made = send(&c, Method::POST, &c.deployments(), body).await.is(201);
    assert_eq!(made["spec"]["replicas"], 0);
    assert!(made["spec"].get("minReadySeconds").is_none(), "{made}");
    assert_eq!(made["spec"]["selector"]["matchLabels"], json!({"app": "a"}));
}

async fn review_is_answered(c: Case) {
    let ask = [field(1, c.ns.as_bytes()), field(2, b"list"), field(5, b"pods")].concat();
    let raw = [field(1, b""), field(2, &field(1, &ask))].concat();
    let body = enveloped("authorization.k8s.io/v1", "SelfSubjectAccessReview", &raw);
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let answer = send(&c, Method::POST, path, body).await.is(201);
    assert_eq!(answer["status"]["allowed"], true, "{answer}");
    assert_eq!(answer["spec"]["resourceAttributes"]["resource"], "pods");
}

async fn delete_options_are_read(c: Case) {
    c.config_map("a").await;
    let uid = field(2, &field(1, b"00000000-0000-0000-0000-000000000000"));
    let path = format!("{}/a", c.core("configmaps"));
    send(&c, Method::DELETE, &path, enveloped("v1", "DeleteOptions", &uid)).await.fails(409, "Conflict");
    send(&c, Method::DELETE, &path, enveloped("v1", "DeleteOptions", b"")).await.is(200);
}

async fn delete_options_of_other_bytes_are_400(c: Case) {
    let path = format!("{}/a", c.core("configmaps"));
    let why = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]";
    send(&c, Method::DELETE, &path, b"zz".to_vec()).await.says(400, "BadRequest", why);
}

async fn patch_is_415(c: Case) {
    c.config_map("a").await;
    let path = format!("{}/a", c.core("configmaps"));
    let answer = send(&c, Method::PATCH, &path, enveloped("v1", "ConfigMap", b"")).await;
    answer.fails(415, "UnsupportedMediaType");
}
