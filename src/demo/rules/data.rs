//! Validation of what ConfigMaps and Secrets hold.

use serde_json::{Value, json};

use super::names;
use crate::demo::status::Cause;

/// A ConfigMap or Secret may hold this many bytes.
const MAX_DATA: usize = 1 << 20;

/// Types of Secrets, and the keys they must have.
const NEEDED: [(&str, &[&str]); 3] = [
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
];

pub(super) fn data(value: &Value, out: &mut Vec<Cause>) {
    let mut size = 0;
    for part in ["data", "binaryData"] {
        for (key, v) in value[part].as_object().into_iter().flatten() {
            size += v.as_str().unwrap_or_default().len();
            for fault in names::config_key_faults(key) {
                out.push(Cause::invalid(format!("{part}[{key}]"), &json!(key), &fault));
            }
            if part == "data" && value["binaryData"].get(key).is_some() {
                let why = "duplicate of key present in binaryData";
                out.push(Cause::invalid(format!("data[{key}]"), &json!(key), why));
            }
        }
    }
    if size > MAX_DATA {
        let mut cause = Cause::too_long("", MAX_DATA);
        cause.field = if value["kind"] == "Secret" { "data".into() } else { String::new() };
        out.push(cause);
    }
    let needed = NEEDED.iter().find(|(kind, _)| value["type"] == *kind);
    for key in needed.into_iter().flat_map(|(_, keys)| keys.iter()) {
        if value["data"].get(key).is_none() && value["stringData"].get(key).is_none() {
            out.push(Cause::required(format!("data[{key}]"), ""));
        }
    }
}
