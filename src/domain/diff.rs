//! What would change, in the terms people review.

use super::{Container, Template, is_secret_name, mask, redact_text};
use serde::Serialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What sort of thing changes; also the order of importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// A container's image.
    Image,
    /// A variable.
    Env,
    /// A reference to a ConfigMap or Secret.
    Config,
    /// Requests or limits.
    Resources,
    /// Anything else.
    Other,
}

/// One difference. Values of secrets are stand-ins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// What sort.
    pub kind: ChangeKind,
    /// Where: `app image`, `app env PORT`, `spec.replicas`.
    pub path: String,
    /// The value now; none if it will be new.
    pub before: Option<String>,
    /// The value after; none if it will be gone.
    pub after: Option<String>,
}

impl Change {
    fn new(kind: ChangeKind, path: String, before: Option<String>, after: Option<String>) -> Self {
        Self { kind, path, before, after }
    }
}

/// What changes for the pods when `before` is replaced by `after`, most
/// important first. If the templates differ only in fields that are not
/// compared one by one, a single line says so: a diff is never empty unless
/// nothing changes.
pub fn diff_templates(before: &Template, after: &Template) -> Vec<Change> {
    let mut out = Vec::new();
    let olds: BTreeMap<&str, &Container> = before.containers.iter().map(|c| (c.name.as_str(), c)).collect();
    let news: BTreeMap<&str, &Container> = after.containers.iter().map(|c| (c.name.as_str(), c)).collect();
    for name in keys(&olds, &news) {
        diff_container(name, olds.get(name).copied(), news.get(name).copied(), &mut out);
    }
    let olds: BTreeSet<_> = before.configs.iter().collect();
    let news: BTreeSet<_> = after.configs.iter().collect();
    for gone in olds.difference(&news) {
        out.push(Change::new(ChangeKind::Config, gone.kind.to_owned(), Some(gone.name.clone()), None));
    }
    for new in news.difference(&olds) {
        out.push(Change::new(ChangeKind::Config, new.kind.to_owned(), None, Some(new.name.clone())));
    }
    diff_maps("label", ChangeKind::Other, &before.labels, &after.labels, &mut out);
    out.sort();
    if out.is_empty() && before.digest != after.digest {
        let other = Some("(see the server's dry run)".to_owned());
        out.push(Change::new(ChangeKind::Other, "other fields".to_owned(), other.clone(), other));
    }
    out
}

fn keys<'a, V>(a: &BTreeMap<&'a str, V>, b: &BTreeMap<&'a str, V>) -> BTreeSet<&'a str> {
    a.keys().chain(b.keys()).copied().collect()
}

fn diff_container(name: &str, old: Option<&Container>, new: Option<&Container>, out: &mut Vec<Change>) {
    let image = |c: Option<&Container>| c.map(|c| c.image.clone());
    push_if(out, ChangeKind::Image, format!("{name} image"), image(old), image(new));
    let empty = Container::default();
    let (old, new) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
    let shown = |c: &Container| -> BTreeMap<String, String> {
        c.env.iter().map(|(k, v)| (k.clone(), v.shown().to_owned())).collect()
    };
    diff_maps(&format!("{name} env"), ChangeKind::Env, &shown(old), &shown(new), out);
    let text = |s: &str| (!s.is_empty()).then(|| s.to_owned());
    let resources = (text(&old.resources), text(&new.resources));
    push_if(out, ChangeKind::Resources, format!("{name} resources"), resources.0, resources.1);
    push_if(out, ChangeKind::Other, format!("{name} command"), text(&old.command), text(&new.command));
}

fn diff_maps(
    prefix: &str,
    kind: ChangeKind,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    out: &mut Vec<Change>,
) {
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for name in names {
        push_if(out, kind, format!("{prefix} {name}"), before.get(name).cloned(), after.get(name).cloned());
    }
}

fn push_if(
    out: &mut Vec<Change>,
    kind: ChangeKind,
    path: String,
    before: Option<String>,
    after: Option<String>,
) {
    if before != after {
        out.push(Change::new(kind, path, before, after));
    }
}

/// Fields the server manages: they differ after every write and say nothing.
const SERVER_FIELDS: [&str; 5] = [
    "metadata.managedFields",
    "metadata.resourceVersion",
    "metadata.generation",
    "status",
    "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration",
];

/// What the server's answer to a dry run changes against the live object.
/// Lists whose items have names are compared by name, others by position.
/// Values under secret names, and credentials inside values, are masked.
pub fn diff_json(before: &Value, after: &Value) -> Vec<Change> {
    let mut out = Vec::new();
    walk("", before, after, false, &mut out);
    out.sort();
    out
}

fn walk(path: &str, before: &Value, after: &Value, secret: bool, out: &mut Vec<Change>) {
    if before == after || SERVER_FIELDS.contains(&path) {
        return;
    }
    match (parts(before), parts(after)) {
        (Some(olds), Some(news)) => {
            let names: BTreeSet<_> = olds.keys().chain(news.keys()).collect();
            for name in names {
                let step = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                let hidden = secret || is_secret_name(name);
                let null = &Value::Null;
                let (old, new) = (olds.get(name).unwrap_or(&null), news.get(name).unwrap_or(&null));
                walk(&step, old, new, hidden, out);
            }
        }
        _ => push_if(out, kind_of(path), path.to_owned(), shown(before, secret), shown(after, secret)),
    }
}

/// The named parts of an object, or of a list of named things; none of a leaf.
fn parts(value: &Value) -> Option<BTreeMap<String, &Value>> {
    match value {
        Value::Object(map) => Some(map.iter().map(|(k, v)| (k.clone(), v)).collect()),
        Value::Array(items) => Some(
            items
                .iter()
                .enumerate()
                .map(|(i, item)| {
                    let name = item.get("name").and_then(Value::as_str);
                    (name.map_or_else(|| format!("[{i}]"), |name| format!("[{name}]")), item)
                })
                .collect(),
        ),
        Value::Null => Some(BTreeMap::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

fn shown(value: &Value, secret: bool) -> Option<String> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    };
    Some(if secret { mask(&text) } else { redact_text(&text) })
}

fn kind_of(path: &str) -> ChangeKind {
    const MARKS: [(&str, ChangeKind); 5] = [
        (".env.", ChangeKind::Env),
        ("envFrom", ChangeKind::Config),
        ("configMap", ChangeKind::Config),
        ("secret", ChangeKind::Config),
        (".resources.", ChangeKind::Resources),
    ];
    // Not what `imagePullPolicy` and `imagePullSecrets` say.
    if path.rsplit('.').next() == Some("image") {
        return ChangeKind::Image;
    }
    MARKS.iter().find(|(mark, _)| path.contains(mark)).map_or(ChangeKind::Other, |(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deployment(image: &str, password: &str) -> Value {
        json!({"metadata": {"generation": 1, "annotations": {"a": "1"}}, "spec": {"template": {"spec": {"containers": [
            {"name": "app", "image": image, "env": [{"name": "DB_PASSWORD", "value": password}, {"name": "PORT", "value": "1"}]},
        ]}}}})
    }

    #[test]
    fn the_dry_run_diff_names_what_changes_and_masks_secrets() {
        let changes = diff_json(&deployment("a:1", "hunter2"), &deployment("a:2", "hunter3"));
        assert_eq!(changes.len(), 2, "{changes:?}");
        assert_eq!(changes[0].kind, ChangeKind::Image);
        assert_eq!(changes[0].path, "spec.template.spec.containers.[app].image");
        assert!(!format!("{changes:?}").contains("hunter"), "{changes:?}");
        assert_ne!(changes[1].before, changes[1].after, "a masked change is still seen");
    }

    #[test]
    fn only_an_image_is_one() {
        let of = |path: &str| kind_of(&format!("spec.template.spec.{path}"));
        assert_eq!(of("containers.[app].image"), ChangeKind::Image);
        assert_eq!(of("initContainers.[init].image"), ChangeKind::Image);
        assert_eq!(of("containers.[app].imagePullPolicy"), ChangeKind::Other);
        assert_eq!(of("imagePullSecrets.[pull].name"), ChangeKind::Other);
        assert_eq!(of("volumes.[x].secret.secretName"), ChangeKind::Config);
    }

    #[test]
    fn a_reordered_list_of_named_things_is_no_change() {
        let a = json!({"c": [{"name": "x", "v": 1}, {"name": "y", "v": 2}]});
        let b = json!({"c": [{"name": "y", "v": 2}, {"name": "x", "v": 1}]});
        assert_eq!(diff_json(&a, &b), vec![]);
    }

    #[test]
    fn additions_and_removals_are_told_apart() {
        let changes = diff_json(&json!({"a": 1}), &json!({"b": {"c": true}}));
        assert_eq!(changes[0].before.as_deref(), Some("1"));
        assert_eq!(changes[0].after, None);
        assert_eq!((changes[1].path.as_str(), changes[1].after.as_deref()), ("b.c", Some("true")));
    }

    #[test]
    fn templates_that_differ_only_elsewhere_say_so() {
        let a = Template { digest: 1, ..Template::default() };
        let b = Template { digest: 2, ..Template::default() };
        assert_eq!(diff_templates(&a, &b).len(), 1);
        assert_eq!(diff_templates(&a, &a), vec![]);
    }
}
