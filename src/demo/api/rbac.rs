//! RBAC: whether a user may do something, from the Role and binding objects
//! in the store, as they are at this moment.

use serde_json::Value;

use super::route::Route;
use super::users::User;
use crate::demo::status::{ApiError, Gr, quote};
use crate::demo::store::Store;

/// A question to the authorizer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// `get`, `list`, ….
    pub verb: String,
    /// API group.
    pub group: String,
    /// Plural resource, with `/subresource` when there is one.
    pub resource: String,
    /// Object name, empty for collections.
    pub name: String,
    /// Namespace, empty for the cluster scope.
    pub namespace: String,
    /// Path, for requests that are not about resources.
    pub path: Option<String>,
}

impl Ask {
    /// The question a request raises.
    pub fn of(route: &Route) -> Self {
        Self {
            verb: route.verb.clone(),
            group: route.group.clone(),
            resource: route.resource_path(),
            name: route.name.clone(),
            namespace: route.namespace.clone(),
            path: (!route.is_resource).then(|| route.path.clone()),
        }
    }

    /// The sentence of a refusal.
    fn refusal(&self, user: &User) -> String {
        let (user, verb) = (quote(&user.name), &self.verb);
        if let Some(path) = &self.path {
            return format!("User {user} cannot {verb} path {}", quote(path));
        }
        let what = format!("resource {} in API group {}", quote(&self.resource), quote(&self.group));
        if self.namespace.is_empty() {
            format!("User {user} cannot {verb} {what} at the cluster scope")
        } else {
            format!("User {user} cannot {verb} {what} in the namespace {}", quote(&self.namespace))
        }
    }
}

/// 403 unless some rule allows it.
///
/// # Errors
/// The refusal, in the real server's words.
pub fn authorize(store: &Store, user: &User, ask: &Ask) -> Result<(), ApiError> {
    if allowed_by(store, user, ask).is_some() {
        return Ok(());
    }
    let refusal = ask.refusal(user);
    if ask.path.is_some() {
        let mut e = ApiError::plain(403, "Forbidden", format!("forbidden: {refusal}"));
        e.details = Some(Box::default());
        return Err(e);
    }
    let resource = ask.resource.split('/').next().unwrap_or_default();
    Err(ApiError::forbidden(Gr { group: &ask.group, resource }, &ask.name, &refusal))
}

/// The reason it is allowed, None when it is not.
pub fn allowed_by(store: &Store, user: &User, ask: &Ask) -> Option<String> {
    if user.is_master() {
        return Some(String::new());
    }
    for binding in bindings(store, user, &ask.namespace) {
        if binding.rules.iter().any(|rule| rule_allows(rule, ask)) {
            return Some(binding.why);
        }
    }
    None
}

/// All rules that hold for the user in a namespace (and everywhere).
pub fn rules_of(store: &Store, user: &User, namespace: &str) -> Vec<Value> {
    if user.is_master() {
        return vec![
            serde_json::json!({"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}),
            serde_json::json!({"verbs": ["*"], "nonResourceURLs": ["*"]}),
        ];
    }
    bindings(store, user, namespace).into_iter().flat_map(|b| b.rules).collect()
}

struct Bound {
    why: String,
    rules: Vec<Value>,
}

fn bindings(store: &Store, user: &User, namespace: &str) -> Vec<Bound> {
    let mut out = Vec::new();
    let mut collect = |resource: &str, ns: Option<&str>| {
        for object in store.list(resource, ns).0 {
            let binding = object.value();
            let Some(subject) =
                list(&binding, "subjects").iter().find(|s| is_subject(s, user, object.namespace())).cloned()
            else {
                continue;
            };
            let role = &binding["roleRef"];
            let (kind, name) = (text(role, "kind"), text(role, "name"));
            let found = if kind == "Role" {
                store.get("roles", object.namespace(), name)
            } else {
                store.get("clusterroles", "", name)
            };
            let kind_of_binding =
                if resource == "rolebindings" { "RoleBinding" } else { "ClusterRoleBinding" };
            let full = if object.namespace().is_empty() {
                object.name().to_owned()
            } else {
                format!("{}/{}", object.name(), object.namespace())
            };
            let why = format!(
                "RBAC: allowed by {kind_of_binding} {} of {kind} {} to {} {}",
                quote(&full),
                quote(name),
                text(&subject, "kind"),
                quote(text(&subject, "name"))
            );
            let rules = found.map(|r| list(&r.value(), "rules").to_vec()).unwrap_or_default();
            out.push(Bound { why, rules });
        }
    };
    collect("clusterrolebindings", None);
    if !namespace.is_empty() {
        collect("rolebindings", Some(namespace));
    }
    out
}

fn text<'a>(v: &'a Value, key: &str) -> &'a str {
    v.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(v: &'a Value, key: &str) -> &'a [Value] {
    v.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn is_subject(subject: &Value, user: &User, binding_namespace: &str) -> bool {
    let name = text(subject, "name");
    match text(subject, "kind") {
        "User" => name == user.name,
        "Group" => user.groups.iter().any(|g| g == name),
        "ServiceAccount" => {
            let ns = Some(text(subject, "namespace")).filter(|n| !n.is_empty()).unwrap_or(binding_namespace);
            user.name == format!("system:serviceaccount:{ns}:{name}")
        }
        _ => false,
    }
}

fn rule_allows(rule: &Value, ask: &Ask) -> bool {
    let has = |key: &str, wanted: &str| list(rule, key).iter().any(|v| v == wanted || v == "*");
    if !has("verbs", &ask.verb) {
        return false;
    }
    if let Some(path) = &ask.path {
        return list(rule, "nonResourceURLs")
            .iter()
            .filter_map(Value::as_str)
            .any(|p| p == path || p.strip_suffix('*').is_some_and(|prefix| path.starts_with(prefix)));
    }
    let names = list(rule, "resourceNames");
    has("apiGroups", &ask.group)
        && resource_allowed(rule, &ask.resource)
        && (names.is_empty() || (!ask.name.is_empty() && names.iter().any(|n| n == ask.name.as_str())))
}

fn resource_allowed(rule: &Value, resource: &str) -> bool {
    let (_, sub) = resource.split_once('/').unwrap_or((resource, ""));
    list(rule, "resources").iter().filter_map(Value::as_str).any(|r| {
        r == "*" || r == resource || (!sub.is_empty() && r.strip_prefix("*/").is_some_and(|s| s == sub))
    })
}
