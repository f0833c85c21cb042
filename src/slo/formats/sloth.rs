//! Sloth: `version: prometheus/v1` files (snake case) and the
//! PrometheusServiceLevel resource (camel case).

use super::{Document, Read, number, owned, texts};
use crate::slo::{Budgeting, Format, Objective, Origin, QueryTemplate, Sli, Slo, Window, split_of};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Sloth keeps the window out of its files; this is the default of its
/// `--default-slo-period`.
const DEFAULT_WINDOW: Duration = Duration::from_hours(24 * 30);

/// The key in the style of the file: `error_query` or `errorQuery`.
fn key(value: &Value, snake: &str, camel: bool) -> Option<Value> {
    if !camel {
        return value.get(snake).cloned();
    }
    let mut name = String::new();
    for part in snake.split('_') {
        match (name.is_empty(), part.split_at_checked(1)) {
            (false, Some((head, tail))) => {
                name.push_str(&head.to_ascii_uppercase());
                name.push_str(tail);
            }
            _ => name.push_str(part),
        }
    }
    value.get(&name).cloned()
}

pub(super) fn read(doc: &Document, camel: bool, out: &mut Read) {
    let spec = if camel { doc.at("/spec").cloned().unwrap_or_default() } else { doc.value.clone() };
    let known: &[&str] = if camel {
        &["service", "labels", "sloPlugins", "slos"]
    } else {
        &["version", "service", "labels", "slo_plugins", "slos"]
    };
    doc.unknown_keys(&spec, known, &mut out.findings);
    let service = owned(spec.get("service"));
    if service.is_empty() {
        out.findings.push(doc.finding(doc.line, true, "'service' is missing"));
        return;
    }
    let labels = texts(spec.get("labels"));
    let Some(slos) = spec.get("slos").and_then(Value::as_array).filter(|slos| !slos.is_empty()) else {
        out.findings.push(doc.finding(doc.line, true, "'slos' is missing or empty"));
        return;
    };
    for item in slos {
        let name = owned(item.get("name"));
        let line = doc.line_of(&name);
        match one(doc, item, camel, &service, &labels, line) {
            Ok(slo) => out.slos.push(slo),
            Err(text) => out.findings.push(doc.finding(line, true, format!("SLO '{name}': {text}"))),
        }
        let known = ["name", "description", "objective", "labels", "plugins", "sli", "alerting"];
        doc.unknown_keys(item, &known, &mut out.findings);
    }
}

fn one(
    doc: &Document,
    item: &Value,
    camel: bool,
    service: &str,
    labels: &BTreeMap<String, String>,
    line: usize,
) -> Result<Slo, String> {
    let name = owned(item.get("name"));
    if name.is_empty() {
        return Err("'name' is missing".to_owned());
    }
    let percent = item.get("objective").and_then(number).ok_or("'objective' is missing or not a number")?;
    let objective = Objective::from_percent(percent).ok_or_else(|| {
        format!("'objective: {percent}' must be a percentage between 0 and 100, such as 99.9")
    })?;
    let mut all = labels.clone();
    all.extend(texts(item.get("labels")));
    let sli = sli(item.get("sli").unwrap_or(&Value::Null), camel)?;
    Ok(Slo {
        id: format!("{service}/{name}"),
        service: service.to_owned(),
        name,
        description: owned(item.get("description")),
        objective,
        window: Window::Rolling(DEFAULT_WINDOW),
        calendar: None,
        budgeting: Budgeting::Occurrences,
        group_by: split_of(&sli),
        group: BTreeMap::new(),
        sli,
        labels: all,
        origin: Origin { file: doc.file.clone(), line, format: Format::Sloth },
    })
}

fn sli(sli: &Value, camel: bool) -> Result<Sli, String> {
    if let Some(events) = sli.get("events").filter(|v| !v.is_null()) {
        return Ok(Sli::BadOfTotal {
            bad: query(events, "error_query", camel)?,
            total: query(events, "total_query", camel)?,
        });
    }
    if let Some(raw) = sli.get("raw").filter(|v| !v.is_null()) {
        return Ok(Sli::Raw { ratio: query(raw, "error_ratio_query", camel)?, success: false });
    }
    if let Some(id) = sli.pointer("/plugin/id").and_then(Value::as_str) {
        return Err(format!(
            "SLI plugin '{id}' is Go code and cannot be run here; read the series it records instead"
        ));
    }
    Err("'sli' needs 'events', 'raw' or 'plugin'".to_owned())
}

fn query(parent: &Value, name: &str, camel: bool) -> Result<QueryTemplate, String> {
    let text = owned(key(parent, name, camel).as_ref());
    if text.is_empty() {
        return Err(format!("'{name}' is missing"));
    }
    let query = QueryTemplate::new(&text);
    if query.has_hole() { Ok(query) } else { Err(format!("'{name}' must contain {{{{.window}}}}: {text}")) }
}
