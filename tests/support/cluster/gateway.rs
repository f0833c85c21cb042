//! `HTTPRoute` of the Gateway API: on a real server by the definition that the
//! embedded one comes with.

use serde_json::{Value, json};

use super::case::Case;

const DEFINITION: &str = include_str!("../../../src/demo/crd/httproute.json");
const GROUP: &str = "gateway.networking.k8s.io/v1";

/// Where routes live, once they are served. The definition stays: others use it.
pub(crate) async fn routes(c: &Case) -> String {
    let definition: Value = serde_json::from_str(DEFINITION).expect("a definition");
    let made = c.admin.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition).await;
    assert!(matches!(made.status, 201 | 409), "{}", made.text);
    let path = c.group(GROUP, "httproutes");
    c.until_answer("routes are served", &path, |answer| answer.status == 200).await;
    path
}

pub(crate) fn route(name: &str, spec: &Value) -> Value {
    json!({"apiVersion": GROUP, "kind": "HTTPRoute", "metadata": {"name": name}, "spec": spec})
}
