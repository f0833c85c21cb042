//! Objects, connections and permits for the tests.

use super::server::{Heard, Reply, Server};
use quarterdeck::cluster::{Cluster, ConnectOptions, connect};
use quarterdeck::domain::{
    Actor, Blast, ClusterUrl, Confirmation, ContextName, Environment, GateInput, Here, JsonOp, Kind,
    Mutation, Now, ObjectKey, Order, Permit, Plan, ResourceVersion, Target, Uid, Verb, WriteMode, admit,
};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A kubeconfig with one context `test` for `url`; `user` is YAML of its user.
pub(super) fn kubeconfig(folder: &TempDir, url: &str, user: &str) -> String {
    let path = folder.path().join("config");
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: test\n\
         contexts: [{{name: test, context: {{cluster: c, user: u}}}}]\n\
         clusters: [{{name: c, cluster: {{server: '{url}'}}}}]\n\
         users: [{{name: u, user: {user}}}]\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(super) fn options(kubeconfig: &str) -> ConnectOptions {
    ConnectOptions { kubeconfig: Some(kubeconfig.to_owned()), ..ConnectOptions::default() }
}

/// A connection to `server`.
pub(super) async fn connected(server: &Server) -> Cluster {
    let folder = TempDir::new().unwrap();
    connect(&options(&kubeconfig(&folder, &server.url(), "{}"))).await.unwrap()
}

/// A Deployment of the given identity and image.
pub(super) fn deployment(uid: &str, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {
            "name": "checkout", "namespace": "shop", "uid": uid, "resourceVersion": "7", "generation": 3,
            "managedFields": [{"manager": "kubectl"}],
        },
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": "checkout"}},
            "template": {
                "metadata": {"labels": {"app": "checkout"}},
                "spec": {"containers": [{"name": "app", "image": image}]},
            },
        },
        "status": {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2},
    })
}

pub(super) fn pod(name: &str, version: &str) -> Value {
    json!({
        "metadata": {
            "name": name, "namespace": "shop", "uid": format!("uid-{name}"), "resourceVersion": version,
            "ownerReferences": [{"kind": "ReplicaSet", "name": "rs", "uid": "rs-1", "controller": true}],
        },
        "spec": {"containers": [{"name": "app", "image": "app:v1"}]},
        "status": {"phase": "Running"},
    })
}

pub(super) fn status(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason, "message": message})
}

/// What changes the image of `deployment("uid-1", "app:v1")` to `app:v2`.
pub(super) fn mutation(cluster: &Cluster) -> Mutation {
    let target = Target {
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        key: ObjectKey::new(Kind::Deployment, "shop", "checkout"),
        uid: Uid::from("uid-1"),
        resource_version: ResourceVersion::from("7"),
    };
    let image = "/spec/template/spec/containers/0/image";
    let ops = vec![
        JsonOp::test("/metadata/uid", "uid-1"),
        JsonOp::test(image, "app:v1"),
        JsonOp::replace(image, "app:v2"),
    ];
    Mutation::patch(target, ops)
}

/// A permit for `mutation`, from the one gate there is.
pub(super) fn permit(mutation: &Mutation) -> Permit {
    let now = Now::at(1_000);
    let order = Order {
        id: "op-1".into(),
        verb: Verb::Restart,
        target: mutation.target.clone(),
        actor: Actor { os_user: "alice".into(), host: "laptop".into(), cluster_user: String::new() },
        reason: String::new(),
        override_owner: false,
        undo: None,
        asked_at: now.wall,
    };
    let plan = Plan {
        order,
        environment: Environment::Development,
        from: String::new(),
        to: String::new(),
        mutation: mutation.clone(),
        changes: Vec::new(),
        checks: Vec::new(),
        blast: Blast::default(),
        side_effects: Vec::new(),
        confirmation: Confirmation::Key,
        read_at: now,
    };
    let target = &mutation.target;
    let (context, cluster): (&ContextName, &ClusterUrl) = (&target.context, &target.cluster);
    let mode = WriteMode::CommandLine;
    let here = Here { mode: &mode, context, cluster, now };
    admit(&GateInput { plan: &plan, here, running: None, answer: "y" }).unwrap()
}

/// A whole, well API server with nothing in it: lists are empty, watches
/// stay open. `special` answers first.
pub(super) fn empty_api(
    special: impl Fn(&Heard) -> Option<Reply> + Send + Sync + 'static,
) -> impl Fn(&Heard) -> Reply {
    // Senders of open watches: as long as they live, so do the watches.
    let open = std::sync::Mutex::new(Vec::new());
    move |heard: &Heard| {
        if let Some(reply) = special(heard) {
            return reply;
        }
        if heard.path() == "/version" {
            return Reply::json(200, &json!({"gitVersion": "v1.36.1"}));
        }
        if heard.is_watch() {
            let (sender, chunks) = tokio::sync::mpsc::unbounded_channel();
            open.lock().unwrap().push(sender);
            return Reply::Stream(chunks);
        }
        Reply::json(200, &json!({"metadata": {"resourceVersion": "1"}, "items": []}))
    }
}
