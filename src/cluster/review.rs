//! Who we are and what we may do, in the server's words.

use super::Cluster;
use super::paths::post;
use crate::domain::{Fault, Kind, Name, Namespace, Rights, Rule, clean};
use serde::Deserialize;
use serde_json::json;

/// What the server says about a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// Whether it would let us.
    pub allowed: bool,
    /// Why, if it says.
    pub reason: String,
}

#[derive(Deserialize)]
struct Review<T> {
    status: T,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Access {
    #[serde(default)]
    allowed: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    evaluation_error: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    #[serde(default)]
    resource_rules: Vec<ListedRule>,
    #[serde(default)]
    incomplete: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct ListedRule {
    verbs: Vec<String>,
    api_groups: Option<Vec<String>>,
    resources: Option<Vec<String>>,
    resource_names: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Subject {
    user_info: User,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    username: String,
}

impl Cluster {
    /// Whether we may do `verb` to `kind` (or its `subresource`) here. An empty
    /// `name` asks about all of them.
    ///
    /// # Errors
    /// The server did not answer, which is neither yes nor no.
    pub async fn may(
        &self,
        verb: &str,
        kind: Kind,
        subresource: &str,
        namespace: &Namespace,
        name: &Name,
    ) -> Result<Allowed, Fault> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb, "group": kind.group(), "version": kind.version(), "resource": kind.plural(),
                "subresource": subresource, "namespace": namespace, "name": name,
            }},
        });
        let request = post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review)?;
        let asked = format!("ask whether we may {verb} {}", kind.plural());
        let Review::<Access> { status } = self.wire.json(&asked, request).await?;
        let reason = if status.reason.is_empty() { status.evaluation_error } else { status.reason };
        Ok(Allowed { allowed: status.allowed, reason: clean(&reason) })
    }

    /// What we may do in `namespace`, as far as the server can list it: not every
    /// authorizer can.
    ///
    /// # Errors
    /// The server did not answer, or does not know the question.
    pub async fn rights(&self, namespace: &Namespace) -> Result<Rights, Fault> {
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
            "spec": {"namespace": namespace},
        });
        let request = post("/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", &review)?;
        let asked = format!("ask what we may do in {namespace}");
        let Review::<Listed> { status } = self.wire.json(&asked, request).await?;
        let rules = status.resource_rules.into_iter().map(|rule| Rule {
            verbs: rule.verbs,
            groups: rule.api_groups.unwrap_or_default(),
            resources: rule.resources.unwrap_or_default(),
            names: rule.resource_names.unwrap_or_default(),
        });
        Ok(Rights { rules: rules.collect(), incomplete: status.incomplete })
    }

    /// Whether we may do `verb` to a kind the console does not know by name, or
    /// to a part of it (`pods/proxy`), in a namespace.
    ///
    /// # Errors
    /// The server did not answer, which is neither yes nor no.
    pub async fn may_do(
        &self,
        verb: &str,
        (group, resource): (&str, &str),
        namespace: &Namespace,
    ) -> Result<bool, Fault> {
        let (plural, part) = resource.split_once('/').unwrap_or((resource, ""));
        let review = json!({
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SelfSubjectAccessReview",
            "spec": {"resourceAttributes": {
                "verb": verb, "group": group, "resource": plural, "subresource": part, "namespace": namespace,
            }},
        });
        let request = post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", &review)?;
        let asked = format!("ask whether we may {verb} {resource}");
        let Review::<Access> { status } = self.wire.json(&asked, request).await?;
        Ok(status.allowed)
    }

    /// The name the server knows us by. Servers before 1.28 cannot say.
    ///
    /// # Errors
    /// The server did not answer or does not know the question.
    pub async fn who_am_i(&self) -> Result<String, Fault> {
        let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
        let request = post("/apis/authentication.k8s.io/v1/selfsubjectreviews", &review)?;
        let Review::<Subject> { status } = self.wire.json("ask who we are", request).await?;
        Ok(clean(&status.user_info.username))
    }
}
