//! What names, labels and keys may look like, and what is said about others.

use crate::demo::kinds::Resource;

const LABEL_HELP: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN_HELP: &str = r"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const KEY_HELP: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE_HELP: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY_HELP: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

/// What a name must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// DNS-1123 subdomain, up to 253.
    Subdomain,
    /// DNS-1123 label, up to 63.
    Label,
    /// Anything that fits one segment of a path.
    Segment,
}

/// The rule for names of a resource.
pub fn rule(row: &Resource) -> Rule {
    match &*row.storage {
        "namespaces" | "services" | "statefulsets" => Rule::Label,
        "roles"
        | "rolebindings"
        | "clusterroles"
        | "clusterrolebindings"
        | "poddisruptionbudgets"
        | "events" => Rule::Segment,
        _ => Rule::Subdomain,
    }
}

/// Everything wrong with a name, as sentences; empty when it is good. A prefix (`generateName`)
/// may end in a dash.
pub fn faults(rule: Rule, name: &str, prefix: bool) -> Vec<String> {
    let masked;
    let name = if prefix && name.ends_with('-') {
        masked = format!("{}a", name.trim_end_matches('-'));
        masked.as_str()
    } else {
        name
    };
    let mut out = Vec::new();
    let (limit, good, help) = match rule {
        Rule::Subdomain => (253, is_subdomain(name), SUBDOMAIN_HELP),
        Rule::Label if is_subdomain(name) && name.contains('.') => (63, false, "must not contain dots"),
        Rule::Label => (63, is_label(name), LABEL_HELP),
        Rule::Segment => return segment_faults(name),
    };
    if name.len() > limit {
        out.push(format!("must be no more than {limit} characters"));
    }
    if !good {
        out.push(help.to_owned());
    }
    out
}

/// What is said about a new name that is allowed but makes no good hostname.
pub fn warning(row: &Resource, name: &str) -> Option<String> {
    let whose = match &*row.storage {
        "pods" => "the Pod's hostname",
        "deployments" | "replicasets" | "jobs" | "cronjobs" => "Pod names and hostnames",
        _ => return None,
    };
    let faults = faults(Rule::Label, name, false);
    (!faults.is_empty()).then(|| {
        format!(
            "metadata.name: this is used in {whose}, which can result in surprising behavior; a DNS label is recommended: [{}]",
            faults.join(" ")
        )
    })
}

fn segment_faults(name: &str) -> Vec<String> {
    if name == "." || name == ".." {
        return vec![format!("may not be '{name}'")];
    }
    ["/", "%"].into_iter().filter(|c| name.contains(c)).map(|c| format!("may not contain '{c}'")).collect()
}

/// What is wrong with a label or annotation key.
pub fn key_faults(key: &str) -> Vec<String> {
    let mut out = Vec::new();
    let name = match key.split_once('/') {
        None => key,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
        Some(("", name)) => {
            out.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            out.extend(
                faults(Rule::Subdomain, prefix, false).into_iter().map(|m| format!("prefix part {m}")),
            );
            name
        }
    };
    if name.is_empty() {
        out.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        out.push("name part must be no more than 63 bytes".to_owned());
    }
    if !is_qualified(name) {
        out.push(KEY_HELP.to_owned());
    }
    out
}

/// What is wrong with a label's value.
pub fn value_faults(value: &str) -> Vec<String> {
    let mut out = Vec::new();
    if value.len() > 63 {
        out.push("must be no more than 63 bytes".to_owned());
    }
    if !value.is_empty() && !is_qualified(value) {
        out.push(VALUE_HELP.to_owned());
    }
    out
}

/// What is wrong with a key of a `ConfigMap` or Secret.
pub fn config_key_faults(key: &str) -> Vec<String> {
    let mut out = Vec::new();
    if key.len() > 253 {
        out.push("must be no more than 253 bytes".to_owned());
    }
    if key.is_empty() || !key.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c)) {
        out.push(CONFIG_KEY_HELP.to_owned());
    } else if key == "." {
        out.push("must not be '.'".to_owned());
    } else if key == ".." {
        out.push("must not be '..'".to_owned());
    }
    out
}

fn is_label(name: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !name.is_empty() && name.chars().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

fn is_subdomain(name: &str) -> bool {
    name.split('.').all(is_label)
}

fn is_qualified(name: &str) -> bool {
    let edge = |c: char| c.is_ascii_alphanumeric();
    !name.is_empty()
        && name.starts_with(edge)
        && name.ends_with(edge)
        && name.chars().all(|c| edge(c) || "-_.".contains(c))
}
