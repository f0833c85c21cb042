//! Validation of pod specs, in pods and in templates.

use serde_json::{Value, json};

use super::names::{self, Rule};
use super::validate::{list, non_negative};
use super::volumes::volumes;
use crate::demo::status::Cause;

pub(super) fn pod_spec(spec: &Value, path: &str, out: &mut Vec<Cause>) {
    let containers = list(spec, "containers");
    if containers.is_empty() {
        out.push(Cause::required(format!("{path}.containers"), ""));
    }
    let restart = spec["restartPolicy"].as_str().unwrap_or("Always");
    if !["Always", "OnFailure", "Never"].contains(&restart) {
        out.push(Cause::not_supported(
            format!("{path}.restartPolicy"),
            restart,
            &["Always", "OnFailure", "Never"],
        ));
    }
    let mounts = volumes(spec, path, out);
    let mut seen = Vec::new();
    for (key, items) in [("initContainers", list(spec, "initContainers")), ("containers", containers)] {
        for (i, c) in items.iter().enumerate() {
            container(c, &format!("{path}.{key}[{i}]"), &mounts, &mut seen, out);
        }
    }
}

fn container<'a>(c: &'a Value, path: &str, mounts: &[&str], seen: &mut Vec<&'a str>, out: &mut Vec<Cause>) {
    let name = c["name"].as_str().unwrap_or_default();
    if name.is_empty() {
        out.push(Cause::required(format!("{path}.name"), ""));
    } else {
        for fault in names::faults(Rule::Label, name, false) {
            out.push(Cause::invalid(format!("{path}.name"), &json!(name), &fault));
        }
    }
    if seen.contains(&name) && !name.is_empty() {
        out.push(Cause::duplicate(format!("{path}.name"), &json!(name)));
    }
    seen.push(name);
    if c["image"].as_str().unwrap_or_default().is_empty() {
        out.push(Cause::required(format!("{path}.image"), ""));
    }
    for (i, port) in list(c, "ports").iter().enumerate() {
        port_number(port, "containerPort", &format!("{path}.ports[{i}].containerPort"), out);
        protocol(port, &format!("{path}.ports[{i}].protocol"), out);
    }
    let pull = c["imagePullPolicy"].as_str().unwrap_or("Always");
    if !["Always", "IfNotPresent", "Never"].contains(&pull) {
        out.push(Cause::not_supported(
            format!("{path}.imagePullPolicy"),
            pull,
            &["Always", "IfNotPresent", "Never"],
        ));
    }
    for (i, mount) in list(c, "volumeMounts").iter().enumerate() {
        let name = mount["name"].as_str().unwrap_or_default();
        if !mounts.contains(&name) {
            out.push(Cause {
                reason: "FieldValueNotFound",
                message: format!("Not found: \"{name}\""),
                field: format!("{path}.volumeMounts[{i}].name"),
            });
        }
    }
    for (i, env) in list(c, "env").iter().enumerate() {
        if env["name"].as_str().unwrap_or_default().is_empty() {
            out.push(Cause::required(format!("{path}.env[{i}].name"), ""));
        }
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        probe(&c[key], &format!("{path}.{key}"), out);
    }
    resources(&c["resources"], path, out);
}

fn resources(r: &Value, path: &str, out: &mut Vec<Cause>) {
    for (name, request) in r["requests"].as_object().into_iter().flatten() {
        let number = |v: &Value| v.as_str().and_then(crate::domain::amount);
        if let (Some(request_value), Some(limit)) = (number(request), number(&r["limits"][name]))
            && request_value > limit
        {
            let why = format!(
                "must be less than or equal to {name} limit of {}",
                r["limits"][name].as_str().unwrap_or_default()
            );
            out.push(Cause::invalid(format!("{path}.resources.requests"), request, &why));
        }
    }
}

fn port_number(port: &Value, key: &str, path: &str, out: &mut Vec<Cause>) {
    match port[key].as_i64() {
        None | Some(0) => out.push(Cause::required(path, "")),
        Some(1..=65_535) => {}
        Some(n) => out.push(Cause::invalid(path, &json!(n), "must be between 1 and 65535, inclusive")),
    }
}

pub(super) fn protocol(port: &Value, path: &str, out: &mut Vec<Cause>) {
    let protocol = port["protocol"].as_str().unwrap_or("TCP");
    if !["TCP", "UDP", "SCTP"].contains(&protocol) {
        out.push(Cause::not_supported(path, protocol, &["SCTP", "TCP", "UDP"]));
    }
}

fn probe(probe: &Value, path: &str, out: &mut Vec<Cause>) {
    if probe.is_null() {
        return;
    }
    if ["exec", "httpGet", "tcpSocket", "grpc"].iter().all(|h| probe[*h].is_null()) {
        out.push(Cause::required(path, "must specify a handler type"));
    }
    for key in
        ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"]
    {
        non_negative(probe, key, &format!("{path}.{key}"), out);
    }
}
