//! The files people have.
//!
//! A file is a stream of YAML documents; each is read by itself, and within a
//! Sloth document each SLO by itself, so that one mistake costs one SLO.

mod duration;
mod openslo;
mod policy;
mod pyrra;
mod sloth;

use super::{Policy, Slo};
use crate::domain::{Document, Finding, documents, stream_part};
use serde_json::Value;

/// What a file held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The SLOs that can be used.
    pub slos: Vec<Slo>,
    /// What budgets allow.
    pub policies: Vec<Policy>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Reads one file. Documents of other kinds are passed over: SLO files lie
/// beside other manifests. Unknown keys are findings, not failures.
pub fn read(file: &str, text: &str) -> Read {
    let (docs, findings) = documents(file, text);
    let mut out = Read::default();
    for finding in &findings {
        policy::misread(finding, &stream_part(text, finding.line), &mut out);
    }
    out.findings = findings;
    for doc in &docs {
        let version = doc.text_at("apiVersion").unwrap_or_default();
        match (version, doc.text_at("kind").unwrap_or_default()) {
            ("pyrra.dev/v1alpha1", "ServiceLevelObjective") => pyrra::read(doc, &mut out),
            ("sloth.slok.dev/v1", "PrometheusServiceLevel") => sloth::read(doc, true, &mut out),
            ("openslo/v1" | "openslo/v1alpha", "SLO") => openslo::read(doc, &docs, &mut out),
            (version, kind) if policy::is_meant(version, kind) => policy::read(doc, &mut out),
            _ if doc.text_at("version") == Some("prometheus/v1") => sloth::read(doc, false, &mut out),
            _ => {}
        }
    }
    out
}

/// A number, or text that is one.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| value.as_str()?.trim().trim_end_matches('%').parse().ok())
}

/// A map of texts; other values are dropped. OpenSLO allows lists of texts as values.
fn texts(value: Option<&Value>) -> std::collections::BTreeMap<String, String> {
    let Some(map) = value.and_then(Value::as_object) else { return std::collections::BTreeMap::new() };
    map.iter()
        .filter_map(|(key, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Array(items) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return None,
            };
            Some((key.clone(), text))
        })
        .collect()
}

fn owned(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod examples_tests;
#[cfg(test)]
mod tests;
