//! What the registry's strategies warn of in a pod template while they take it:
//! node labels that are going to end, variables that hide others.
//!
//! Absent: the rest of what the real server warns of (ports, volumes,
//! annotations long without effect).

use serde_json::Value;
use std::collections::BTreeSet;

use super::super::kinds::Resource;

/// Kinds whose template is looked at when they are made and when they change.
const WITH_TEMPLATES: [&str; 4] = ["deployments", "replicasets", "statefulsets", "daemonsets"];

/// Labels of nodes that selectors should not use any more, and what to do.
const ENDING: [(&str, &str); 8] = [
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    (
        "beta.kubernetes.io/instance-type",
        "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    ),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    (
        "failure-domain.beta.kubernetes.io/region",
        "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
    ),
    (
        "failure-domain.beta.kubernetes.io/zone",
        "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
    ),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
    (
        "scheduler.alpha.kubernetes.io/preferAvoidPods",
        "deprecated since v1.22; use Taints and Tolerations instead",
    ),
];

/// What is told of `after`; of a change only if it changes what is asked for.
pub fn of(resource: &Resource, before: Option<&Value>, after: &Value) -> Vec<String> {
    let kept = before.is_some_and(|before| before["spec"] == after["spec"]);
    if kept || resource.is_custom() || !WITH_TEMPLATES.contains(&&*resource.storage) {
        return Vec::new();
    }
    let spec = &after["spec"]["template"]["spec"];
    let selected = spec["nodeSelector"].as_object().into_iter().flatten();
    let labels = selected.filter_map(|(label, _)| {
        let (_, why) = ENDING.iter().find(|(ending, _)| ending == label)?;
        Some(format!("spec.template.spec.nodeSelector[{label}]: {why}"))
    });
    labels.chain(["initContainers", "containers"].iter().flat_map(|list| hidden(spec, list))).collect()
}

/// Variables that hide one of the same name before them.
fn hidden(spec: &Value, list: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (at, container) in spec[list].as_array().into_iter().flatten().enumerate() {
        let mut names = BTreeSet::new();
        for (number, variable) in container["env"].as_array().into_iter().flatten().enumerate() {
            let name = variable["name"].as_str().unwrap_or_default();
            if !names.insert(name) && hides(variable, name) {
                all.push(format!(
                    "spec.template.spec.{list}[{at}].env[{number}]: hides previous definition of {name:?}, which may \
                     be dropped when using apply"
                ));
            }
        }
    }
    all
}

/// Whether it takes the place of the one before instead of adding to it.
fn hides(variable: &Value, name: &str) -> bool {
    let (value, reference) = (variable["value"].as_str().unwrap_or_default(), format!("$({name})"));
    variable.get("valueFrom").is_some_and(|from| !from.is_null())
        || value == reference
        || !value.contains(&reference)
}
