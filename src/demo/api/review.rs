//! The review kinds: who am I, what may I do.

use serde_json::{Value, json};

use super::Api;
use super::dispatch::Call;
use super::rbac::{self, Ask};
use super::respond::{self, Answer};
use super::users::User;
use crate::demo::kinds::Resource;
use crate::demo::status::{ApiError, Cause};

/// Answers a review.
///
/// # Errors
/// 400 and 415 for bodies that do not parse, 422 when nothing is asked.
pub fn answer(api: &Api, call: &Call, row: &Resource) -> Answer {
    let mut value = super::write::own_body(api, call, row)?.value;
    crate::demo::store::set_type(&mut value, &row.group, &row.version, &row.kind);
    if !value["metadata"].is_object() {
        value["metadata"] = json!({});
    }
    value["status"] = match &*row.plural {
        "selfsubjectreviews" => json!({"userInfo": user_info(&call.user)}),
        "selfsubjectrulesreviews" => rules(api, &call.user, &value)?,
        "selfsubjectaccessreviews" => access(api, &call.user, &value["spec"])?,
        "subjectaccessreviews" | "localsubjectaccessreviews" => {
            let user = subject(&value["spec"]);
            access(api, &user, &value["spec"])?
        }
        "tokenreviews" => token(&value),
        _ => json!({}),
    };
    Ok(respond::json(201, &value))
}

fn user_info(user: &User) -> Value {
    json!({"username": user.name, "groups": user.groups})
}

fn subject(spec: &Value) -> User {
    let groups = spec["groups"].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned);
    User { name: spec["user"].as_str().unwrap_or_default().to_owned(), groups: groups.collect() }
}

fn access(api: &Api, user: &User, spec: &Value) -> Result<Value, ApiError> {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_owned();
    let ask = match (resource.is_object(), path.is_object()) {
        (true, false) => {
            let sub = text(resource, "subresource");
            let plural = text(resource, "resource");
            Ask {
                verb: text(resource, "verb"),
                group: text(resource, "group"),
                resource: if sub.is_empty() { plural } else { format!("{plural}/{sub}") },
                name: text(resource, "name"),
                namespace: text(resource, "namespace"),
                path: None,
            }
        }
        (false, true) => Ask { verb: text(path, "verb"), path: Some(text(path, "path")), ..Ask::default() },
        (a, _) => {
            let why = if a {
                "cannot be specified in combination with resourceAttributes"
            } else {
                "exactly one of nonResourceAttributes or resourceAttributes must be specified"
            };
            let cause = Cause::invalid(
                if a { "spec.nonResourceAttributes" } else { "spec.resourceAttributes" },
                &if a { json!({"Path": path["path"], "Verb": path["verb"]}) } else { Value::Null },
                why,
            );
            return Err(ApiError::invalid("authorization.k8s.io", "", "", vec![cause]));
        }
    };
    Ok(match rbac::allowed_by(&api.store, user, &ask) {
        Some(reason) if reason.is_empty() => json!({"allowed": true}),
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None => json!({"allowed": false}),
    })
}

fn rules(api: &Api, user: &User, value: &Value) -> Result<Value, ApiError> {
    let ns = value["spec"]["namespace"].as_str().unwrap_or_default();
    if ns.is_empty() {
        return Err(ApiError::bad_request("no namespace on request"));
    }
    let all = rbac::rules_of(&api.store, user, ns);
    let (paths, resources): (Vec<Value>, Vec<Value>) =
        all.into_iter().partition(|r| r.get("nonResourceURLs").is_some());
    Ok(json!({"resourceRules": resources, "nonResourceRules": paths, "incomplete": false}))
}

fn token(value: &Value) -> Value {
    let wanted = value["spec"]["token"].as_str().unwrap_or_default();
    let known = super::users::USERS.iter().find(|(_, t, _)| *t == wanted);
    known.map_or_else(
        || json!({"authenticated": false, "user": {}}),
        |(name, _, groups)| json!({"authenticated": true, "user": {"username": name, "groups": groups}}),
    )
}
