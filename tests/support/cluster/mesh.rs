//! `VirtualService` and `DestinationRule` of Istio: definitions that keep whatever is in
//! them, on both servers. Nothing here sends requests by them.

use serde_json::{Value, json};

use super::case::Case;

const GROUP: &str = "networking.istio.io/v1beta1";

fn definition(kind: &str, short: &str) -> Value {
    let singular = kind.to_lowercase();
    let plural = format!("{singular}s");
    let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
    let schema = json!({"type": "object", "properties": {"spec": any, "status": any}});
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage,
            "schema": {"openAPIV3Schema": schema}, "subresources": {"status": {}}})
    };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("{plural}.networking.istio.io")},
        "spec": {
            "group": "networking.istio.io", "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": singular,
                "listKind": format!("{kind}List"), "shortNames": [short]},
            "versions": [version("v1", false), version("v1beta1", true)],
        },
    })
}

/// Where VirtualServices live, once they are served. The definition stays: others use it.
pub(crate) async fn virtual_services(c: &Case) -> String {
    served(c, "VirtualService", "vs").await
}

/// Where DestinationRules live, once they are served.
pub(crate) async fn destination_rules(c: &Case) -> String {
    served(c, "DestinationRule", "dr").await
}

async fn served(c: &Case, kind: &str, short: &str) -> String {
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let made = c.admin.post(definitions, &definition(kind, short)).await;
    assert!(matches!(made.status, 201 | 409), "{}", made.text);
    let path = c.group(GROUP, &format!("{}s", kind.to_lowercase()));
    c.until_answer(&format!("{kind}s are served"), &path, |answer| answer.status == 200).await;
    path
}

/// A DestinationRule whose subsets have these labels.
pub(crate) fn destination_rule(host: &str, subsets: &Value) -> Value {
    let spec = json!({"host": host, "subsets": subsets});
    json!({"apiVersion": GROUP, "kind": "DestinationRule", "metadata": {"name": host}, "spec": spec})
}

pub(crate) fn virtual_service(name: &str, http: &Value) -> Value {
    let spec = json!({"hosts": ["shop.example"], "gateways": ["web"], "http": http});
    json!({"apiVersion": GROUP, "kind": "VirtualService", "metadata": {"name": name}, "spec": spec})
}
