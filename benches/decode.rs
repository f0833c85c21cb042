//! What pods cost on their way in: time per page, and memory of 50,000.
//!
//! `cargo bench --bench decode`. The memory line is printed before the timing:
//! resident size after 50,000 pods are in the world, minus that at the start, so
//! the buffers of one page (some 20 MiB) are in it.
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a program that prints a table")]
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "it measures")]

use criterion::{Criterion, Throughput};
use quarterdeck::cluster::decode::Decoder;
use quarterdeck::domain::{Fact, Kind, World};
use serde_json::{Value, json};
use std::hint::black_box;

const PODS: usize = 50_000;
const PAGE: usize = 500;

/// A pod as a cluster with a mesh serves it: 5 KiB, most of it not for us.
fn pod(index: usize) -> Value {
    let owner = index / 10;
    let status = |name: &str| {
        json!({
            "name": name, "ready": true, "started": true, "restartCount": 0, "image": "registry.example/team/app:v1.2.3",
            "imageID": format!("registry.example/team/app@sha256:{:064x}", owner), "containerID": format!("containerd://{index:064x}"),
            "lastState": {}, "state": {"running": {"startedAt": "2026-11-01T10:00:00Z"}},
            "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
        })
    };
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": "2026-11-01T10:00:05Z", "observedGeneration": 1});
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    let container = |name: &str| {
        json!({
            "name": name, "image": "registry.example/team/app:v1.2.3", "imagePullPolicy": "IfNotPresent",
            "env": (0..12).map(|i| json!({"name": format!("SETTING_{i}"), "value": "some value of middling length"})).collect::<Vec<_>>(),
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10},
            "readinessProbe": {"httpGet": {"path": "/readyz", "port": 8080, "scheme": "HTTP"}, "periodSeconds": 10},
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "resources": {"limits": {"memory": "512Mi"}, "requests": {"cpu": "100m", "memory": "256Mi"}},
            "volumeMounts": [{"name": "kube-api-access", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true}],
        })
    };
    json!({
        "metadata": {
            "name": format!("service-{owner}-5d8f7c9b4-{index:05x}"), "namespace": format!("team-{}", owner % 50),
            "uid": format!("{index:08x}-0000-4000-8000-{index:012x}"), "resourceVersion": index.to_string(),
            "creationTimestamp": "2026-11-01T10:00:00Z",
            "labels": {"app": format!("service-{owner}"), "pod-template-hash": "5d8f7c9b4"},
            "annotations": {"sidecar.istio.io/status": "x".repeat(400)},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": format!("service-{owner}-5d8f7c9b4"),
                "uid": format!("{owner:08x}-1111-4000-8000-000000000000"), "controller": true, "blockOwnerDeletion": true}],
            "managedFields": [{"manager": "kubelet", "operation": "Update", "fieldsV1": {"f:status": {"f:conditions": {"x": "y".repeat(800)}}}}],
        },
        "spec": {"nodeName": format!("node-{}", index % 500), "containers": [container("app"), container("proxy")]},
        "status": {
            "phase": "Running", "podIP": "10.0.0.1", "hostIP": "10.1.0.1", "startTime": "2026-11-01T10:00:00Z",
            "conditions": conditions,
            "containerStatuses": [status("app"), status("proxy")],
        },
    })
}

fn page(first: usize) -> String {
    let items: Vec<_> = (first..first + PAGE).map(pod).collect();
    json!({"metadata": {"resourceVersion": "1"}, "items": items}).to_string()
}

/// Resident memory in KiB; zero where `/proc` is not.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    line.and_then(|line| line.split_whitespace().nth(1)).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn memory() {
    let mut world = World::default();
    let mut decoder = Decoder::default();
    let before = resident();
    println!("one pod: {} bytes of JSON", page(0).len() / PAGE);
    world.apply(Fact::Listing(Kind::Pod));
    for first in (0..PODS).step_by(PAGE) {
        for seen in decoder.list(Kind::Pod, page(first).as_bytes()).expect("a list") {
            world.apply(Fact::Seen(seen));
        }
    }
    world.apply(Fact::Listed(Kind::Pod));
    assert_eq!(world.pod_count(), PODS);
    let used = resident().saturating_sub(before);
    println!("{PODS} pods: {} MiB resident, {} bytes each", used >> 10, used * 1024 / PODS);
}

fn main() {
    memory();
    let body = page(0);
    let mut criterion = Criterion::default().sample_size(20).configure_from_args();
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(PAGE as u64));
    let mut decoder = Decoder::default();
    group.bench_function("page of 500 pods", |b| {
        b.iter(|| black_box(decoder.list(Kind::Pod, body.as_bytes()).expect("a list").len()));
    });
    group.finish();
    criterion.final_summary();
}
