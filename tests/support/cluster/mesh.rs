//! `VirtualService` of Istio: a definition that keeps whatever is in it, on both
//! servers. Nothing here sends requests by it.

use serde_json::{Value, json};

use super::case::Case;

const GROUP: &str = "networking.istio.io/v1beta1";

fn definition() -> Value {
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = json!({"type": "object", "properties": {"spec": any, "status": any}});
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage,
            "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}})
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "virtualservices.networking.istio.io"},
        "spec": {
            "group": "networking.istio.io", "scope": "Namespaced",
            "names": {"kind": "VirtualService", "plural": "virtualservices", "singular": "virtualservice",
                "listKind": "VirtualServiceList", "shortNames": ["vs"]},
            "versions": [version("v1", false), version("v1beta1", true)],
        },
    })
}

/// Where VirtualServices live, once they are served. The definition stays: others use it.
pub(crate) async fn virtual_services(c: &Case) -> String {
    let made = c.admin.post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", &definition()).await;
    assert!(matches!(made.status, 201 | 409), "{}", made.text);
    let path = c.group(GROUP, "virtualservices");
    c.until_answer("VirtualServices are served", &path, |answer| answer.status == 200).await;
    path
}

pub(crate) fn virtual_service(name: &str, http: &Value) -> Value {
    let spec = json!({"hosts": ["shop.example"], "gateways": ["web"], "http": http});
    json!({"apiVersion": GROUP, "kind": "VirtualService", "metadata": {"name": name}, "spec": spec})
}
