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
use crate::slo::Policy;
use crate::slo::policy::rule;
use serde_json::Value;

pub(super) fn read(doc: &Document, out: &mut Read) {
    let spec = doc.at("/spec").cloned().unwrap_or_default();
    doc.unknown_keys(&spec, &["services", "rules"], &mut out.findings);
    let name = owned(doc.at("/metadata/name"));
    let line = doc.line_of(&name);
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut rules = Vec::new();
    for item in spec.get("rules").and_then(Value::as_array).into_iter().flatten() {
        doc.unknown_keys(item, &["when", "action", "exceptions"], &mut out.findings);
        let (when, action) = (owned(item.get("when")), owned(item.get("action")));
        match rule(&when, &action, &texts(item.get("exceptions"))) {
            Ok(rule) => rules.push(rule),
            Err(why) => out.findings.push(doc.finding(line, true, format!("policy '{name}': {why}"))),
        }
    }
    if rules.is_empty() {
        out.findings.push(doc.finding(line, true, format!("policy '{name}': no rule can be used")));
        return;
    }
    let origin = format!("{}:{line}", doc.file);
    out.policies.push(Policy { name, services: texts(spec.get("services")), rules, origin });
}
