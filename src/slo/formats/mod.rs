//! The files people have.
//!
//! A file is a stream of YAML documents; each is read by itself, and within a
//! Sloth document each SLO by itself, so that one mistake costs one SLO.

mod duration;
mod openslo;
mod pyrra;
mod sloth;

use super::Slo;
use crate::domain::clean;
use serde::Serialize;
use serde_json::Value;

/// Something wrong with what was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Path as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Whether the SLO cannot be used; else it can, but look at it.
    pub fatal: bool,
    /// What is wrong, bad values quoted, and what was expected.
    pub text: String,
}

/// What a file held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Read {
    /// The SLOs that can be used.
    pub slos: Vec<Slo>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// A larger file is not an SLO file.
const MOST_BYTES: usize = 5 << 20;

/// Reads one file. Documents of other kinds are passed over: SLO files lie
/// beside other manifests. Unknown keys are findings, not failures.
pub fn read(file: &str, text: &str) -> Read {
    let mut out = Read::default();
    if text.len() > MOST_BYTES {
        let text = format!("{} bytes; more than {MOST_BYTES} are not read", text.len());
        out.findings.push(Finding { file: file.to_owned(), line: 1, fatal: true, text });
        return out;
    }
    let mut docs = Vec::new();
    for (line, part) in documents(text) {
        match serde_saphyr::from_str::<Value>(&part) {
            Ok(Value::Null) => {}
            Ok(value) => docs.push(Doc { file: file.to_owned(), line, text: part, value }),
            Err(error) => {
                let at = line
                    + error
                        .location()
                        .map_or(0, |l| usize::try_from(l.line()).unwrap_or(1).saturating_sub(1));
                let text = clean(&error.to_string()).lines().next().unwrap_or("not YAML").to_owned();
                out.findings.push(Finding { file: file.to_owned(), line: at, fatal: true, text });
            }
        }
    }
    for doc in &docs {
        let version = doc.text_at("apiVersion").unwrap_or_default();
        match (version, doc.text_at("kind").unwrap_or_default()) {
            ("pyrra.dev/v1alpha1", "ServiceLevelObjective") => pyrra::read(doc, &mut out),
            ("sloth.slok.dev/v1", "PrometheusServiceLevel") => sloth::read(doc, true, &mut out),
            ("openslo/v1" | "openslo/v1alpha", "SLO") => openslo::read(doc, &docs, &mut out),
            _ if doc.text_at("version") == Some("prometheus/v1") => sloth::read(doc, false, &mut out),
            _ => {}
        }
    }
    out
}

/// The documents of a stream with the line each begins at.
fn documents(text: &str) -> Vec<(usize, String)> {
    let mut found = vec![(1, String::new())];
    for (index, line) in text.lines().enumerate() {
        if line == "---" || line.starts_with("--- ") {
            found.push((index + 2, String::new()));
        } else if let Some((_, part)) = found.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    found
}

/// One document.
struct Doc {
    file: String,
    line: usize,
    text: String,
    value: Value,
}

impl Doc {
    fn at(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    fn text_at(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(Value::as_str)
    }

    fn finding(&self, line: usize, fatal: bool, text: impl Into<String>) -> Finding {
        Finding { file: self.file.clone(), line, fatal, text: text.into() }
    }

    /// The line where the key `needle` stands, or a `name:` with that value, for
    /// findings inside the document; its first line if there is none.
    fn line_of(&self, needle: &str) -> usize {
        let named = |line: &str| {
            let value =
                line.split_once("name:").map(|(_, value)| value.trim_start().trim_start_matches(['"', '\'']));
            value.and_then(|value| value.strip_prefix(needle)).is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
            })
        };
        let keyed =
            |line: &str| line.trim_start().trim_start_matches("- ").starts_with(&format!("{needle}:"));
        self.line + self.text.lines().position(|line| keyed(line) || named(line)).unwrap_or(0)
    }

    /// Says which keys of `value` are not among `known`, with the nearest known one.
    fn unknown_keys(&self, value: &Value, known: &[&str], findings: &mut Vec<Finding>) {
        let Some(map) = value.as_object() else { return };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let near = known
                .iter()
                .max_by(|a, b| strsim::jaro_winkler(a, key).total_cmp(&strsim::jaro_winkler(b, key)));
            let hint = near
                .filter(|near| strsim::jaro_winkler(near, key) > 0.8)
                .map(|near| format!("; did you mean '{near}'?"))
                .unwrap_or_default();
            findings.push(self.finding(self.line_of(key), false, format!("unknown key '{key}'{hint}")));
        }
    }
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
mod tests;
