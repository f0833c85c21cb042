//! Who we are and what we may do, in the server's words.

use super::Cluster;
use super::paths::post;
use crate::domain::{Fault, Kind, Name, Namespace, clean};
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
