//! What a behaviour works with: a server, its users, a namespace.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::server::Server;

#[derive(Clone)]
pub(crate) struct Case {
    /// A namespace made for this behaviour, deleted after it.
    pub(crate) ns: String,
    /// May do everything.
    pub(crate) admin: Http,
    pub(crate) server: Arc<Server>,
}

impl Case {
    /// May read what the cluster role `view` lets it.
    pub(crate) fn viewer(&self) -> Http {
        self.server.user("viewer")
    }

    /// May do what every authenticated user may.
    pub(crate) fn nobody(&self) -> Http {
        self.server.user("nobody")
    }

    /// The collection of a namespaced resource of the core group.
    pub(crate) fn core(&self, plural: &str) -> String {
        format!("/api/v1/namespaces/{}/{plural}", self.ns)
    }

    /// The collection of a namespaced resource of a group.
    pub(crate) fn group(&self, group_version: &str, plural: &str) -> String {
        format!("/apis/{group_version}/namespaces/{}/{plural}", self.ns)
    }

    pub(crate) fn deployments(&self) -> String {
        self.group("apps/v1", "deployments")
    }

    pub(crate) async fn create(&self, collection: &str, object: &Value) -> Value {
        self.admin.post(collection, object).await.is(201)
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        self.admin.get(path).await.is(200)
    }

    /// A ConfigMap with one key, created.
    pub(crate) async fn config_map(&self, name: &str) -> Value {
        self.create(&self.core("configmaps"), &super::make::config_map(name, json!({"k": "v"}))).await
    }

    /// Reads `path` until `wanted` holds of the answer.
    pub(crate) async fn until_answer(
        &self,
        what: &str,
        path: &str,
        wanted: impl Fn(&Answer) -> bool,
    ) -> Answer {
        let patience = self.server.patience();
        let deadline = tokio::time::Instant::now() + patience;
        loop {
            let answer = self.admin.get(path).await;
            if wanted(&answer) {
                return answer;
            }
            let late = tokio::time::Instant::now() > deadline;
            assert!(!late, "waited {patience:?} until {what}: GET {path} still answers {}", answer.text);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Reads the object at `path` until `wanted` holds of it.
    pub(crate) async fn until(&self, what: &str, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let body = |answer: &Answer| serde_json::from_str(&answer.text).unwrap_or(Value::Null);
        let answer =
            self.until_answer(what, path, |answer| answer.status == 200 && wanted(&body(answer))).await;
        body(&answer)
    }

    pub(crate) async fn until_gone(&self, path: &str) {
        self.until_answer("it is gone", path, |answer| answer.status == 404).await;
    }
}
