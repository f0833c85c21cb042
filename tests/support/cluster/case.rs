//! What a behaviour works with: a server, its users, a namespace.

use std::sync::Arc;

use serde_json::{Value, json};

use super::http::{Answer, Http};
use super::server::Server;
use super::until::until;

#[derive(Clone)]
pub(crate) struct Case {
    /// A namespace made for this behaviour.
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

    /// Ends what runs in the namespace, which itself stays: to delete one costs
    /// the controllers a hundred requests, and a few hundred of them in line
    /// make those behaviours late that look at deletions.
    pub(crate) async fn stop(&self) {
        let sets = ["deployments", "statefulsets", "daemonsets", "replicasets"];
        let jobs = ["cronjobs", "jobs"].map(|plural| self.group("batch/v1", plural));
        let all = sets.map(|plural| self.group("apps/v1", plural)).into_iter().chain(jobs);
        for collection in all.chain([self.core("pods")]) {
            self.admin.delete(&format!("{collection}?propagationPolicy=Background")).await;
        }
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
        until(what, async || self.admin.get(path).await.which(&wanted)).await
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

    /// Waits until the garbage collector knows of every object there is in
    /// `collection`. What it has not seen yet, it neither orphans nor waits
    /// for. It sees a collection's objects in order, and it knows the one made
    /// here, whose owner does not exist, once it has collected it.
    pub(crate) async fn until_collector_knows(&self, collection: &str, mut last: Value) {
        last["metadata"]["ownerReferences"] = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "nobody",
            "uid": "00000000-0000-0000-0000-000000000000"}]);
        let name = self.create(collection, &last).await["metadata"]["name"].clone();
        self.until_gone(&format!("{collection}/{}", name.as_str().expect("a name"))).await;
    }
}
