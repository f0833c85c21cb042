//! The same client against a real API server, where `QD_E2E_KUBECONFIG` names
//! a disposable one (`tests/cluster/up` makes it). Unset, each says so and passes.

use super::world::Console;
use quarterdeck::cluster::{Cluster, ConnectOptions, connect, contexts, decode_workload};
use quarterdeck::domain::{
    FaultKind, JsonOp, Kind, LinkState, Mutation, Name, Namespace, ObjectKey, StreamState, Target,
    WriteOutcome,
};
use serde_json::Value;

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

/// A Deployment of the test's own, made with kubectl from the same lane.
struct Own(&'static str);

impl Own {
    fn kubectl(arguments: &[&str]) -> String {
        let config = std::env::var("QD_E2E_KUBECONFIG").unwrap();
        let run = std::process::Command::new("kubectl")
            .args(["--kubeconfig", &config, "-n", "default"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
        String::from_utf8(run.stdout).unwrap()
    }

    fn new(name: &'static str) -> Self {
        Self::kubectl(&["create", "deployment", name, "--image=app:v1", "--replicas=1"]);
        Self(name)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        Self::kubectl(&["delete", "deployment", self.0, "--wait=false"]);
    }
}

async fn mutation(cluster: &Cluster, name: &str, ops: Vec<JsonOp>) -> Mutation {
    let key = ObjectKey::new(Kind::Deployment, "default", name);
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
    Mutation { target, ops: all }
}

const IMAGE: &str = "/spec/template/spec/containers/0/image";

#[tokio::test]
async fn a_write_is_tried_made_and_refused_by_a_real_server() {
    let name = "a_write_is_tried_made_and_refused_by_a_real_server";
    let Some(cluster) = real(name, None).await else { return };
    let own = Own::new("qd-trust-write");
    let ops = || vec![JsonOp::test(IMAGE, "app:v1"), JsonOp::replace(IMAGE, "app:v2")];
    let first = mutation(&cluster, own.0, ops()).await;
    let tried = cluster.dry_run(&first).await.unwrap();
    assert_eq!(tried.pointer(IMAGE).and_then(Value::as_str), Some("app:v2"));
    assert_eq!(cluster.took_effect(&first).await.unwrap(), Some(false), "a dry run stores nothing");
    let outcome = cluster.write(super::fixtures::permit(&first), &first).await;
    assert!(matches!(outcome, WriteOutcome::Applied { generation: 2, .. }), "{outcome:?}");
    assert_eq!(cluster.took_effect(&first).await.unwrap(), Some(true));

    // The same again: its test no longer holds.
    let WriteOutcome::Refused(fault) = cluster.write(super::fixtures::permit(&first), &first).await else {
        panic!("the image has moved")
    };
    assert_eq!(fault.kind, FaultKind::Conflict);
    assert!(fault.text.contains("app:v1") && fault.text.contains("app:v2"), "{fault}");

    let mut other = first.clone();
    other.target.uid = "00000000-0000-0000-0000-000000000000".into();
    other.ops[0] = JsonOp::test("/metadata/uid", other.target.uid.as_str());
    let fault = cluster.dry_run(&other).await.unwrap_err();
    assert!(fault.text.contains("re-created"), "{fault}");

    let unknown = mutation(&cluster, own.0, vec![JsonOp::add("/spec/replicaz", 3)]).await;
    let fault = cluster.dry_run(&unknown).await.unwrap_err();
    assert!(fault.text.contains("replicaz"), "strict validation names the field: {fault}");
    let negative = mutation(&cluster, own.0, vec![JsonOp::replace("/spec/replicas", -1)]).await;
    assert_eq!(cluster.dry_run(&negative).await.unwrap_err().kind, FaultKind::Invalid);
}

#[tokio::test]
async fn a_viewer_may_not_write_to_a_real_server() {
    let Some(viewer) = real("a_viewer_may_not_write_to_a_real_server", Some("viewer")).await else { return };
    let own = Own::new("qd-trust-viewer");
    let mutation = mutation(&viewer, own.0, vec![JsonOp::replace(IMAGE, "app:v2")]).await;
    let WriteOutcome::Refused(fault) = viewer.write(super::fixtures::permit(&mutation), &mutation).await
    else {
        panic!("a viewer may not")
    };
    assert_eq!(fault.kind, FaultKind::Forbidden);
    assert!(fault.text.contains("cannot patch resource \"deployments\""), "{fault}");
}

#[tokio::test]
async fn revisions_and_templates_agree_with_a_real_server() {
    let name = "revisions_and_templates_agree_with_a_real_server";
    let Some(cluster) = real(name, None).await else { return };
    let own = Own::new("qd-trust-revisions");
    Own::kubectl(&["set", "image", "deployment/qd-trust-revisions", "app=app:v2"]);
    let key = ObjectKey::new(Kind::Deployment, "default", own.0);
    let mut console = Console::open(&cluster, Some("default"));
    let two = |c: &Console| {
        let workload = c.world.workload(&key);
        workload.is_some_and(|workload| c.world.revisions(&workload.uid).len() == 2)
    };
    console.until("two revisions", two).await;
    let live = decode_workload(&cluster.read(&key).await.unwrap()).unwrap();
    let revisions = cluster.revisions(&key, &live.uid).await.unwrap();
    let numbers: Vec<_> = revisions.iter().map(|(slim, _)| slim.revision.map(|r| r.0)).collect();
    assert_eq!(numbers, [Some(2), Some(1)]);
    assert_eq!(
        revisions[0].0.template.digest, live.template.digest,
        "the newest is what the Deployment says"
    );
    assert_ne!(revisions[1].0.template.digest, live.template.digest);
    let events = cluster.events_for(&key, &live.uid).await.unwrap();
    assert!(events.iter().any(|event| event.reason == "ScalingReplicaSet"), "{events:?}");
}

#[tokio::test]
async fn status_words_are_those_of_kubectl() {
    let Some(cluster) = real("status_words_are_those_of_kubectl", None).await else { return };
    let own = Own::new("qd-trust-status");
    let mut console = Console::open(&cluster, Some("default"));
    let key = ObjectKey::new(Kind::Deployment, "default", own.0);
    let running = |c: &Console| {
        c.world.workload(&key).is_some_and(|workload| {
            c.world.pods_of_workload(workload).iter().any(|pod| &*pod.status == "Running" && pod.is_ready())
        })
    };
    console.until("a pod running", running).await;
    let table = Own::kubectl(&["get", "pods", "--no-headers", "-l", "app=qd-trust-status"]);
    let words: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(&words[1..3], ["1/1", "Running"], "{table}");
}
