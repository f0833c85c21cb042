//! Error budget policies: our own kind, beside the objectives.
//!
//! ```yaml
//! apiVersion: quarterdeck/v1
//! kind: ErrorBudgetPolicy
//! metadata: {name: standard}
//! spec:
//!   services: [checkout, cart]
//!   rules:
//!     - {when: "remaining < 25%", action: warn}
//!     - {when: "remaining <= 0%", action: freeze, exceptions: [security, reliability]}
//! ```

use super::{Document, Read, owned};
use crate::domain::Finding;
use crate::slo::Policy;
use crate::slo::policy::rule;
use serde_json::Value;

const VERSION: &str = "quarterdeck/v1";
const KIND: &str = "ErrorBudgetPolicy";

/// Whether a document is one of these, or meant to be: a freeze is not lost to a
/// misspelt head.
pub(super) fn is_meant(version: &str, kind: &str) -> bool {
    kind == KIND || version == VERSION && strsim::jaro_winkler(kind, KIND) > 0.9
}

/// A document that is no YAML, if it looks like one of these.
pub(super) fn misread(finding: &Finding, text: &str, out: &mut Read) {
    if text.contains(KIND) {
        let origin = format!("{}:{}", finding.file, finding.line);
        out.policies.push(Policy::unreadable(KIND, origin, finding.text.clone()));
    }
}

pub(super) fn read(doc: &Document, out: &mut Read) {
    let spec = doc.at("/spec").cloned().unwrap_or_default();
    doc.unknown_keys(&spec, &["services", "rules"], &mut out.findings);
    let name = owned(doc.at("/metadata/name"));
    let line = doc.line_of(&name);
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (mut rules, mut wrong) = (Vec::new(), Vec::new());
    for (key, wanted) in [("apiVersion", VERSION), ("kind", KIND)] {
        let is = doc.text_at(key).unwrap_or_default();
        if is != wanted {
            wrong.push(format!("{key} '{is}' is not {wanted}"));
        }
    }
    for item in spec.get("rules").and_then(Value::as_array).into_iter().flatten() {
        doc.unknown_keys(item, &["when", "action", "exceptions"], &mut out.findings);
        let (when, action) = (owned(item.get("when")), owned(item.get("action")));
        match rule(&when, &action, &texts(item.get("exceptions"))) {
            Ok(rule) => rules.push(rule),
            Err(why) => wrong.push(why),
        }
    }
    if rules.is_empty() && wrong.is_empty() {
        wrong.push("it has no rule".to_owned());
    }
    let told = wrong.iter().map(|why| doc.finding(line, true, format!("policy '{name}': {why}")));
    out.findings.extend(told);
    let origin = format!("{}:{line}", doc.file);
    out.policies.push(Policy { name, services: texts(spec.get("services")), rules, wrong, origin });
}
