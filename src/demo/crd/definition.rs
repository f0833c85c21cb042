//! What is wrong with a definition itself.

use serde_json::Value;

use crate::demo::status::Cause;

const LABEL_HELP: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
/// Schemas deeper than this are not looked at.
const MAX_DEPTH: usize = 64;

/// Everything wrong with a definition, in the order of the real server.
pub fn faults(crd: &Value) -> Vec<Cause> {
    let mut out = Vec::new();
    let spec = &crd["spec"];
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let (name, plural, group) =
        (text(&crd["metadata"]["name"]), text(&spec["names"]["plural"]), text(&spec["group"]));
    let subdomain = crate::demo::rules::names::Rule::Subdomain;
    if crate::demo::rules::names::faults(subdomain, &name, false).is_empty()
        && name != format!("{plural}.{group}")
    {
        let why = "must be spec.names.plural+\".\"+spec.group";
        out.push(Cause::invalid("metadata.name", &name.into(), why));
    }
    if group.is_empty() {
        out.push(Cause::required("spec.group", ""));
    } else if !group.contains('.') {
        out.push(Cause::invalid("spec.group", &group.into(), "should be a domain with at least one dot"));
    }
    match text(&spec["scope"]).as_str() {
        "" => out.push(Cause::required("spec.scope", "")),
        "Cluster" | "Namespaced" => {}
        other => out.push(Cause::not_supported("spec.scope", other, &["Cluster", "Namespaced"])),
    }
    versions(spec, &mut out);
    names(&spec["names"], &mut out);
    out
}

fn versions(spec: &Value, out: &mut Vec<Cause>) {
    let none = Vec::new();
    let all = spec["versions"].as_array().unwrap_or(&none);
    for (index, version) in all.iter().enumerate() {
        let name = version["name"].as_str().unwrap_or_default();
        if !is_label(name) {
            out.push(Cause::invalid(format!("spec.versions[{index}].name"), &name.into(), LABEL_HELP));
        }
    }
    let shown = shown_versions(all);
    let mut seen: Vec<&Value> = all.iter().map(|v| &v["name"]).collect();
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    if seen.len() != all.len() {
        out.push(invalid_versions(&shown, "must contain unique version names"));
    }
    let stored = all.iter().filter(|v| v["storage"] == true).count();
    if stored != 1 {
        let why = "must have exactly one version marked as storage version";
        out.push(invalid_versions(&shown, why));
        if stored == 0 {
            let why = "must have at least one stored version";
            out.push(Cause::invalid("status.storedVersions", &Value::Null, why));
        }
        return;
    }
    for (index, version) in all.iter().enumerate() {
        let schema = &version["schema"]["openAPIV3Schema"];
        if schema.is_null() {
            out.push(Cause::required(format!("spec.versions[{index}].schema.openAPIV3Schema"), ""));
            continue;
        }
        // The real server hoists the schema of a single version before it looks.
        let path = if all.len() == 1 {
            "spec.validation.openAPIV3Schema".to_owned()
        } else {
            format!("spec.versions[{index}].schema.openAPIV3Schema")
        };
        properties(schema, &path, 0, out);
        match schema["type"].as_str().unwrap_or_default() {
            "" => out.push(Cause::required(format!("{path}.type"), "must not be empty at the root")),
            "object" => {}
            other => {
                out.push(Cause::invalid(format!("{path}.type"), &other.into(), "must be object at the root"));
            }
        }
    }
}

/// The versions as Go prints its internal structs. A map sorts its keys, which Go does not, so
/// the text is put together here.
fn shown_versions(all: &[Value]) -> String {
    let one = |v: &Value| {
        let flag = |key: &str| v[key].as_bool().unwrap_or(false);
        format!(
            "{{\"Name\":{},\"Served\":{},\"Storage\":{},\"Deprecated\":{},\"DeprecationWarning\":null,\"Schema\":null,\"Subresources\":null,\"AdditionalPrinterColumns\":null,\"SelectableFields\":null}}",
            v["name"],
            flag("served"),
            flag("storage"),
            flag("deprecated")
        )
    };
    format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(","))
}

fn invalid_versions(shown: &str, why: &str) -> Cause {
    let field = "spec.versions".to_owned();
    Cause { reason: "FieldValueInvalid", message: format!("Invalid value: {shown}: {why}"), field }
}

fn names(names: &Value, out: &mut Vec<Cause>) {
    for key in ["plural", "singular", "kind", "listKind"] {
        let path = format!("spec.names.{key}");
        match names[key].as_str().unwrap_or_default() {
            "" => out.push(Cause::required(path, "")),
            name if is_label(&name.to_lowercase()) && (key.ends_with("ind") || is_label(name)) => {}
            name => out.push(Cause::invalid(path, &name.into(), LABEL_HELP)),
        }
    }
}

fn is_label(name: &str) -> bool {
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// What makes a schema structural, and the words in it that must make sense.
fn properties(schema: &Value, path: &str, depth: usize, out: &mut Vec<Cause>) {
    if depth > MAX_DEPTH {
        return;
    }
    let kind = schema["type"].as_str().unwrap_or_default();
    if !kind.is_empty() && !TYPES.contains(&kind) {
        out.push(Cause::not_supported(format!("{path}.type"), kind, &TYPES));
    }
    if kind == "array" && schema["items"].is_null() {
        out.push(Cause::required(format!("{path}.items"), "must be specified"));
    }
    let list = schema["x-kubernetes-list-type"].as_str().unwrap_or_default();
    let keys = schema["x-kubernetes-list-map-keys"].as_array().is_some_and(|k| !k.is_empty());
    if list == "map" && !keys {
        let why = "must not be empty if x-kubernetes-list-type is map";
        out.push(Cause::required(format!("{path}.x-kubernetes-list-map-keys"), why));
    }
    if let Some(pattern) = schema["pattern"].as_str().filter(|p| regex::Regex::new(p).is_err()) {
        let why = "must be a valid regular expression";
        out.push(Cause::invalid(format!("{path}.pattern"), &pattern.into(), why));
    }
    let named = schema["properties"].as_object();
    if named.is_some_and(|p| !p.is_empty()) && !schema["additionalProperties"].is_null() {
        let why = "additionalProperties and properties are mutual exclusive";
        out.push(Cause::forbidden(format!("{path}.additionalProperties"), why));
    }
    let items = schema.get("items").filter(|v| v.is_object());
    let extra = schema.get("additionalProperties").filter(|v| v.is_object());
    for (inner, place, what) in [
        (items, format!("{path}.items"), "must not be empty for specified array items"),
        (extra, format!("{path}.additionalProperties"), "must not be empty for specified object fields"),
    ] {
        if let Some(inner) = inner {
            typed(inner, &place, what, out);
            properties(inner, &place, depth + 1, out);
        }
    }
    for (key, inner) in named.into_iter().flatten() {
        let place = format!("{path}.properties[{key}]");
        typed(inner, &place, "must not be empty for specified object fields", out);
        properties(inner, &place, depth + 1, out);
    }
}

fn typed(schema: &Value, path: &str, why: &str, out: &mut Vec<Cause>) {
    let free = ["x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"];
    if schema["type"].as_str().unwrap_or_default().is_empty() && !free.iter().any(|k| schema[*k] == true) {
        out.push(Cause::required(format!("{path}.type"), why));
    }
}
