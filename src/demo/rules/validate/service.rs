//! Services.

use serde_json::{Value, json};

use super::super::pods::protocol;
use super::list;
use crate::demo::status::Cause;

/// A Service's type and ports.
pub(super) fn service(spec: &Value, out: &mut Vec<Cause>) {
    let ports = list(spec, "ports");
    let kind = spec["type"].as_str().unwrap_or("ClusterIP");
    if !["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"].contains(&kind) {
        out.push(Cause::not_supported(
            "spec.type",
            kind,
            &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
        ));
    }
    if ports.is_empty() && spec["clusterIP"] != "None" && kind != "ExternalName" {
        out.push(Cause::required("spec.ports", ""));
    }
    for (i, port) in ports.iter().enumerate() {
        if ports.len() > 1 && port["name"].as_str().unwrap_or_default().is_empty() {
            out.push(Cause::required(format!("spec.ports[{i}].name"), ""));
        }
        let path = format!("spec.ports[{i}].port");
        match port["port"].as_i64() {
            Some(1..=65_535) => {}
            other => {
                let value = json!(other.unwrap_or(0));
                out.push(Cause::invalid(path, &value, "must be between 1 and 65535, inclusive"));
                if port["targetPort"] == value {
                    let path = format!("spec.ports[{i}].targetPort");
                    out.push(Cause::invalid(path, &value, "must be between 1 and 65535, inclusive"));
                }
            }
        }
        protocol(port, &format!("spec.ports[{i}].protocol"), out);
    }
}
