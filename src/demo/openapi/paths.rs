//! The paths of a document: what may be asked of a resource, with the query
//! parameters clients look for before they use them (`dryRun`, `fieldValidation`).

use serde_json::{Map, Value, json};

use super::schemas::{full, gvk, kind_name, reference};
use crate::demo::kinds::{Resource, group_version};
use crate::demo::schema::Schema;

const WRITE: &[&str] = &["dryRun", "fieldManager", "fieldValidation"];
const PATCH: &[&str] = &["dryRun", "fieldManager", "fieldValidation", "force"];
const DELETE: &[&str] = &["dryRun", "gracePeriodSeconds", "orphanDependents", "propagationPolicy"];
const LIST: &[&str] = &[
    "allowWatchBookmarks",
    "continue",
    "fieldSelector",
    "labelSelector",
    "limit",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "timeoutSeconds",
    "watch",
];
const PATCHES: [&str; 4] = [
    "application/apply-patch+yaml",
    "application/json-patch+json",
    "application/merge-patch+json",
    "application/strategic-merge-patch+json",
];

/// One method: verb of HTTP, action, what its id begins with, query parameters.
type Method = (&'static str, &'static str, &'static str, &'static [&'static str]);

const ON_COLLECTION: &[Method] = &[
    ("get", "list", "list", LIST),
    ("post", "post", "create", WRITE),
    ("delete", "deletecollection", "deleteCollection", DELETE),
];
const ON_OBJECT: &[Method] = &[
    ("get", "get", "read", &[]),
    ("put", "put", "replace", WRITE),
    ("patch", "patch", "patch", PATCH),
    ("delete", "delete", "delete", DELETE),
];

/// Every path of a resource.
pub(super) fn of(schema: &Schema, row: &Resource) -> Vec<(String, Value)> {
    let prefix = if row.group.is_empty() { "/api" } else { "/apis" };
    let root = format!("{prefix}/{}", group_version(&row.group, &row.version));
    let base = if row.namespaced {
        format!("{root}/namespaces/{{namespace}}/{}", row.plural)
    } else {
        format!("{root}/{}", row.plural)
    };
    let this = Path { row, name: kind_name(schema, row), kind: gvk(row, &row.kind), suffix: String::new() };
    if row.create_only {
        let post = ("post", "post", "create", WRITE);
        return vec![(base, this.item(&[post], false))];
    }
    let mut out = vec![
        (base.clone(), this.item(ON_COLLECTION, false)),
        (format!("{base}/{{name}}"), this.item(ON_OBJECT, true)),
    ];
    for sub in &row.subresources {
        let suffix = title(sub);
        let (methods, name, kind): (&[Method], _, _) = match &**sub {
            "log" | "proxy" => (ON_OBJECT.get(..1).unwrap_or_default(), this.name.clone(), this.kind.clone()),
            "scale" => (
                ON_OBJECT.get(..3).unwrap_or_default(),
                full("autoscaling.v1.Scale"),
                json!({"group": "autoscaling", "version": "v1", "kind": "Scale"}),
            ),
            "eviction" => (
                &[("post", "post", "create", WRITE)],
                full("policy.v1.Eviction"),
                json!({"group": "policy", "version": "v1", "kind": "Eviction"}),
            ),
            "binding" => (
                &[("post", "post", "create", WRITE)],
                full("core.v1.Binding"),
                json!({"group": "", "version": "v1", "kind": "Binding"}),
            ),
            "finalize" => (&[("put", "put", "replace", WRITE)], this.name.clone(), this.kind.clone()),
            _ => (ON_OBJECT.get(..3).unwrap_or_default(), this.name.clone(), this.kind.clone()),
        };
        let item = Path { row, name, kind, suffix }.item(methods, true);
        out.push((format!("{base}/{{name}}/{sub}"), item));
    }
    if row.namespaced {
        let all = Path { suffix: "ForAllNamespaces".into(), ..this };
        let list = ON_COLLECTION.get(..1).unwrap_or_default();
        out.push((format!("{root}/{}", row.plural), all.item(list, false)));
    }
    out
}

struct Path<'a> {
    row: &'a Resource,
    /// Schema of the answer.
    name: String,
    kind: Value,
    suffix: String,
}

impl Path<'_> {
    fn item(&self, methods: &[Method], named: bool) -> Value {
        let mut out: Map<String, Value> =
            methods.iter().map(|m| (m.0.to_owned(), self.operation(m))).collect();
        let mut parameters = Vec::new();
        for (on, name) in [(named, "name"), (self.in_namespace(), "namespace")] {
            if on {
                let text = json!({"type": "string", "uniqueItems": true});
                parameters.push(json!({"name": name, "in": "path", "required": true, "schema": text}));
            }
        }
        parameters.push(query("pretty"));
        out.insert("parameters".into(), parameters.into());
        out.into()
    }

    fn in_namespace(&self) -> bool {
        self.row.namespaced && self.suffix != "ForAllNamespaces"
    }

    fn operation(&self, (method, action, verb, parameters): &Method) -> Value {
        let group =
            if self.row.group.is_empty() { "core" } else { self.row.group.trim_end_matches(".k8s.io") };
        let group: String = group.split(['.', '-']).map(title).collect();
        let scope = if self.in_namespace() { "Namespaced" } else { "" };
        let id = format!("{verb}{group}{}{scope}{}{}", title(&self.row.version), self.row.kind, self.suffix);
        let list = *action == "list";
        let answer = if list { format!("{}List", self.name) } else { self.name.clone() };
        let content = json!({"application/json": {"schema": reference(&answer)}});
        let mut out = json!({
            "operationId": id,
            "responses": {"200": {"description": "OK", "content": content}},
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": self.kind
        });
        if !parameters.is_empty() {
            out["parameters"] = parameters.iter().map(|name| query(name)).collect();
        }
        let body = |types: &[&str], name: &str| {
            let content: Map<String, Value> =
                types.iter().map(|t| ((*t).to_owned(), json!({"schema": reference(name)}))).collect();
            json!({"required": true, "content": content})
        };
        match *method {
            "patch" => out["requestBody"] = body(&PATCHES, &full("apis.meta.v1.Patch")),
            "post" | "put" => out["requestBody"] = body(&["application/json"], &self.name),
            _ => {}
        }
        out
    }
}

fn query(name: &str) -> Value {
    let kind = match name {
        "limit" | "timeoutSeconds" | "gracePeriodSeconds" => "integer",
        "watch" | "force" | "allowWatchBookmarks" | "sendInitialEvents" | "orphanDependents" => "boolean",
        _ => "string",
    };
    json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}})
}

fn title(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
