//! Nodes that exist on paper: Ready, with capacity, their leases renewed.

use std::time::Duration;

use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::Node;
use k8s_openapi::jiff::Timestamp;
use kube::api::{Patch, PatchParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

/// A node is declared lost after 50 s without a lease.
const RENEW: Duration = Duration::from_secs(10);

/// Makes the nodes Ready, or makes the ones of an earlier run Ready again.
pub(crate) async fn register(client: &Client, names: &[String], port: u16) -> kube::Result<()> {
    let api: Api<Node> = Api::all(client.clone());
    for name in names {
        let node = serde_json::from_value(json!({"metadata": {"name": name, "labels": {
            "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
        }}}))
        .map_err(kube::Error::SerdeError)?;
        match api.create(&PostParams::default(), &node).await {
            Err(kube::Error::Api(status)) if status.is_already_exists() => {}
            other => drop(other?),
        }
        let patch = Patch::Strategic(json!({"status": status(port)}));
        api.patch_status(name, &PatchParams::default(), &patch).await?;
    }
    renew(client, names).await
}

/// Renews the leases until an error, which the caller logs.
pub(crate) async fn keep_alive(client: &Client, names: &[String]) -> kube::Result<()> {
    let mut due = tokio::time::interval_at(tokio::time::Instant::now() + RENEW, RENEW);
    loop {
        due.tick().await;
        renew(client, names).await?;
    }
}

async fn renew(client: &Client, names: &[String]) -> kube::Result<()> {
    let api: Api<Lease> = Api::namespaced(client.clone(), "kube-node-lease");
    for name in names {
        let lease = json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": name},
            "spec": {"holderIdentity": name, "leaseDurationSeconds": 40,
                     "renewTime": format!("{:.6}", Timestamp::now())}});
        let own = PatchParams::apply("fake-kubelet").force();
        api.patch(name, &own, &Patch::Apply(lease)).await?;
    }
    Ok(())
}

fn status(port: u16) -> Value {
    let room = json!({"cpu": "64", "memory": "256Gi", "ephemeral-storage": "512Gi", "pods": "5000"});
    let now = format!("{:.0}", Timestamp::now());
    let condition = |kind: &str, value: &str, reason: &str| {
        json!({"type": kind, "status": value, "reason": reason, "message": "fake-kubelet",
               "lastHeartbeatTime": now, "lastTransitionTime": now})
    };
    json!({
        "capacity": room, "allocatable": room,
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
        "nodeInfo": {"machineID": "", "systemUUID": "", "bootID": "", "kernelVersion": "fake",
            "osImage": "fake", "containerRuntimeVersion": "fake://1", "kubeletVersion": "v1.36.3-fake",
            "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64"},
        "conditions": [
            condition("Ready", "True", "KubeletReady"),
            condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
            condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
            condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        ],
    })
}
