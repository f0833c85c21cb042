//! The same client against a real API server, where `QD_E2E_KUBECONFIG` names
//! a disposable one (`tests/cluster/up` makes it). Unset, each says so and passes.

use super::fixtures::{kubeconfig, options, permit};
use super::until::until;
use super::world::Console;
use k8s_openapi::api::apps::v1::Deployment;
use kube::Api;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use quarterdeck::cluster::{Cluster, ConnectOptions, connect, contexts, decode_workload};
use quarterdeck::domain::{
    FaultKind, JsonOp, Kind, LinkState, Mutation, Name, Namespace, ObjectKey, StreamState, Target,
    WriteOutcome,
};
use serde_json::{Value, json};

async fn real(test: &str, context: Option<&str>) -> Option<Cluster> {
    let Ok(kubeconfig) = std::env::var("QD_E2E_KUBECONFIG") else {
        println!("{test}: skipped, QD_E2E_KUBECONFIG is not set");
        return None;
    };
    let mut options = ConnectOptions { kubeconfig: Some(kubeconfig), ..ConnectOptions::default() };
    let known = contexts(&options).unwrap();
    if let Some(context) = context.filter(|name| known.iter().all(|known| known.name.as_str() != *name)) {
        println!("{test}: skipped, there is no context {context:?}");
        return None;
    }
    options.context = context.map(str::to_owned);
    Some(connect(&options).await.unwrap())
}

fn live(console: &Console) -> bool {
    let live = |kind| *console.world.stream(kind) == StreamState::Live;
    Kind::all().all(live) && matches!(console.world.link(), LinkState::Live { .. })
}

#[tokio::test]
async fn a_real_server_is_seen_whole() {
    let Some(cluster) = real("a_real_server_is_seen_whole", None).await else { return };
    assert!(cluster.server_version().await.unwrap().starts_with("v1."));
    assert!(!cluster.who_am_i().await.unwrap().is_empty());
    let may = cluster.may("patch", Kind::Deployment, "", &Namespace::from("default"), &Name::default()).await;
    assert!(may.unwrap().allowed);
    let mut console = Console::open(&cluster, None);
    console.until("everything live", live).await;
    assert!(console.world.namespaces().any(|namespace| namespace.as_str() == "kube-system"));
}

#[tokio::test]
async fn nobody_sees_nothing_and_is_told_why() {
    let Some(cluster) = real("nobody_sees_nothing_and_is_told_why", Some("nobody")).await else { return };
    let may = cluster.may("list", Kind::Pod, "", &Namespace::default(), &Name::default()).await;
    assert!(!may.unwrap().allowed);
    let mut console = Console::open(&cluster, None);
    let refused = |c: &Console| {
        Kind::all().all(|kind| matches!(c.world.stream(kind), StreamState::Forbidden { .. }))
            && matches!(c.world.link(), LinkState::Live { .. })
    };
    console.until("every kind refused, and the link live", refused).await;
    let StreamState::Forbidden { fault } = console.world.stream(Kind::Pod) else { unreachable!() };
    assert_eq!(fault.kind, FaultKind::Forbidden);
    assert!(fault.text.contains("cannot list resource \"pods\""), "{fault}");
}

/// A Deployment of the test's own, made by a client of the same kubeconfig.
struct Own {
    name: String,
    api: Api<Deployment>,
}

async fn client() -> kube::Client {
    let file = Kubeconfig::read_from(std::env::var("QD_E2E_KUBECONFIG").unwrap()).unwrap();
    let config = kube::Config::from_custom_kubeconfig(file, &KubeConfigOptions::default()).await.unwrap();
    kube::Client::try_from(config).unwrap()
}

impl Own {
    async fn new(what: &str) -> Self {
        let name = format!("qd-trust-{what}-{}", std::process::id());
        let api = Api::namespaced(client().await, "default");
        let deployment = json!({
            "metadata": {"name": name},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": {"app": name}},
                "template": {
                    "metadata": {"labels": {"app": name}},
                    "spec": {"containers": [{"name": "app", "image": "app:v1"}]},
                },
            },
        });
        let deployment: Deployment = serde_json::from_value(deployment).unwrap();
        api.create(&PostParams::default(), &deployment).await.unwrap();
        Self { name, api }
    }

    fn key(&self) -> ObjectKey {
        ObjectKey::new(Kind::Deployment, "default", self.name.as_str())
    }

    async fn image(&self, image: &str) {
        let patch = json!([{"op": "replace", "path": IMAGE, "value": image}]);
        let patch = serde_json::from_value(patch).unwrap();
        self.api.patch(&self.name, &PatchParams::default(), &Patch::Json::<()>(patch)).await.unwrap();
    }

    async fn end(self) {
        self.api.delete(&self.name, &DeleteParams::background()).await.unwrap();
    }
}

async fn mutation(cluster: &Cluster, own: &Own, ops: Vec<JsonOp>) -> Mutation {
    let key = own.key();
    let live: Value = cluster.read(&key).await.unwrap();
    let workload = decode_workload(&live).unwrap();
    let mut all = vec![JsonOp::test("/metadata/uid", workload.uid.as_str())];
    all.extend(ops);
    let target = Target {
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        key,
        uid: workload.uid,
        resource_version: workload.resource_version,
    };
    Mutation::patch(target, all)
}

const IMAGE: &str = "/spec/template/spec/containers/0/image";

#[tokio::test]
async fn a_write_is_tried_made_and_refused_by_a_real_server() {
    let name = "a_write_is_tried_made_and_refused_by_a_real_server";
    let Some(cluster) = real(name, None).await else { return };
    let own = Own::new("write").await;
    let ops = || vec![JsonOp::test(IMAGE, "app:v1"), JsonOp::replace(IMAGE, "app:v2")];
    let first = mutation(&cluster, &own, ops()).await;
    let tried = cluster.dry_run(&first).await.unwrap();
    assert_eq!(tried.pointer(IMAGE).and_then(Value::as_str), Some("app:v2"));
    assert_eq!(cluster.took_effect(&first).await.unwrap(), Some(false), "a dry run stores nothing");
    let outcome = cluster.write(permit(&first), &first).await;
    assert!(matches!(outcome, WriteOutcome::Applied { generation: 2, .. }), "{outcome:?}");
    assert_eq!(cluster.took_effect(&first).await.unwrap(), Some(true));

    // The same again: its test no longer holds.
    let WriteOutcome::Refused(fault) = cluster.write(permit(&first), &first).await else {
        panic!("the image has moved")
    };
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert!(fault.text.contains("app:v1") && fault.text.contains("app:v2"), "{fault}");

    let mut other = first.clone();
    other.target.uid = "00000000-0000-0000-0000-000000000000".into();
    other.ops[0] = JsonOp::test("/metadata/uid", other.target.uid.as_str());
    let fault = cluster.dry_run(&other).await.unwrap_err();
    assert!(fault.text.contains("re-created"), "{fault}");

    let unknown = mutation(&cluster, &own, vec![JsonOp::add("/spec/replicaz", 3)]).await;
    let fault = cluster.dry_run(&unknown).await.unwrap_err();
    assert!(fault.text.contains("replicaz"), "strict validation names the field: {fault}");
    let negative = mutation(&cluster, &own, vec![JsonOp::replace("/spec/replicas", -1)]).await;
    assert_eq!(cluster.dry_run(&negative).await.unwrap_err().kind, FaultKind::Invalid);
    own.end().await;
}

#[tokio::test]
async fn a_viewer_may_not_write_to_a_real_server() {
    let Some(viewer) = real("a_viewer_may_not_write_to_a_real_server", Some("viewer")).await else { return };
    let own = Own::new("viewer").await;
    let mutation = mutation(&viewer, &own, vec![JsonOp::replace(IMAGE, "app:v2")]).await;
    let WriteOutcome::Refused(fault) = viewer.write(permit(&mutation), &mutation).await else {
        panic!("a viewer may not")
    };
    assert_eq!(fault.kind, FaultKind::Forbidden);
    assert!(fault.text.contains("cannot patch resource \"deployments\""), "{fault}");
    own.end().await;
}

#[tokio::test]
async fn revisions_and_templates_agree_with_a_real_server() {
    let name = "revisions_and_templates_agree_with_a_real_server";
    let Some(cluster) = real(name, None).await else { return };
    let own = Own::new("revisions").await;
    let key = own.key();
    let mut console = Console::open(&cluster, Some("default"));
    let revisions = |c: &Console, count: usize| {
        let workload = c.world.workload(&key);
        workload.is_some_and(|workload| c.world.revisions(&workload.uid).len() == count)
    };
    // One after the other: a template replaced before the controller saw it
    // never becomes a revision.
    console.until("the first revision", |c| revisions(c, 1)).await;
    own.image("app:v2").await;
    console.until("the second revision", |c| revisions(c, 2)).await;
    let live = decode_workload(&cluster.read(&key).await.unwrap()).unwrap();
    let revisions = cluster.revisions(&key, &live.uid).await.unwrap();
    let numbers: Vec<_> = revisions.iter().map(|(slim, _)| slim.revision.map(|r| r.0)).collect();
    assert_eq!(numbers, [Some(2), Some(1)]);
    assert_eq!(
        revisions[0].0.template.digest, live.template.digest,
        "the newest is what the Deployment says"
    );
    assert_ne!(revisions[1].0.template.digest, live.template.digest);
    // The controller tells what it did when it has time.
    until("the scaling is told", async || {
        let events = cluster.events_for(&key, &live.uid).await.unwrap();
        if events.iter().any(|event| event.reason == "ScalingReplicaSet") {
            Ok(())
        } else {
            Err(format!("{events:?}"))
        }
    })
    .await;
    own.end().await;
}

#[tokio::test]
async fn status_words_are_those_of_kubectl() {
    let Some(cluster) = real("status_words_are_those_of_kubectl", None).await else { return };
    let own = Own::new("status").await;
    let mut console = Console::open(&cluster, Some("default"));
    let key = own.key();
    let running = |c: &Console| {
        c.world.workload(&key).is_some_and(|workload| {
            c.world.pods_of_workload(workload).iter().any(|pod| &*pod.status == "Running" && pod.is_ready())
        })
    };
    console.until("a pod running", running).await;
    // The table `kubectl get pods` prints.
    let path = format!("/api/v1/namespaces/default/pods?labelSelector=app%3D{}", own.name);
    let request = http::Request::get(path).header("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    let table: Value = client().await.request(request.body(Vec::new()).unwrap()).await.unwrap();
    let cells = &table["rows"][0]["cells"];
    assert_eq!((&cells[1], &cells[2]), (&json!("1/1"), &json!("Running")), "{table}");
    own.end().await;
}

#[tokio::test]
async fn a_server_with_an_unknown_authority_is_not_trusted() {
    let test = "a_server_with_an_unknown_authority_is_not_trusted";
    let Some(cluster) = real(test, None).await else { return };
    if !cluster.url().as_str().starts_with("https") {
        println!("{test}: skipped, the server does not speak TLS");
        return;
    }
    let folder = tempfile::TempDir::new().unwrap();
    let config = kubeconfig(&folder, cluster.url().as_str(), "{}");
    let fault = connect(&options(&config)).await.unwrap().ping().await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable);
    assert!(fault.text.contains("an authority we do not know"), "{fault}");
}
