//! Nodes: what they have, what is taken, and where a pod fits.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::spec::{PodSpec, bytes, millis};
use crate::demo::controllers::key::Key;
use crate::demo::controllers::meta::{Map, Meta};
use crate::demo::controllers::stamp::Stamp;

/// A Node object, slim.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeDoc {
    /// Metadata.
    pub metadata: Meta,
    /// `spec`.
    pub spec: NodeSpec,
    /// `status`.
    pub status: NodeStatus,
}

/// `spec`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeSpec {
    /// Cordoned.
    pub unschedulable: bool,
    /// Taints; any that a pod does not bear keeps it away.
    pub taints: Vec<Taint>,
}

/// One taint.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Taint {
    /// Key.
    pub key: String,
    /// `NoSchedule`, `NoExecute`, `PreferNoSchedule`.
    pub effect: String,
}

/// `status`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct NodeStatus {
    /// What pods may use.
    pub allocatable: Map,
    /// Addresses.
    pub addresses: Vec<Address>,
    /// How its kubelet finds it.
    pub conditions: Vec<Value>,
}

/// What a kubelet says of a node it has just started on.
pub fn healthy(now: Timestamp) -> Value {
    let at = Stamp::new(now);
    let rows = [
        ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
    ];
    let condition = |(kind, status, reason, message): (&str, &str, &str, &str)| {
        json!({"type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": at, "lastTransitionTime": at})
    };
    rows.map(condition).to_vec().into()
}

/// One address.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Address {
    /// `InternalIP`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The address.
    pub address: Arc<str>,
}

/// A node and what runs on it.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The object.
    pub doc: NodeDoc,
    /// Images it has.
    pub images: HashSet<String>,
    taken: Taken,
    /// Addresses handed out, ever: the next pod gets a fresh one.
    pub addresses: u32,
}

/// What pods have of a node.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    cpu: u64,
    memory: u64,
    pods: u64,
}

impl Taken {
    fn add(&mut self, (cpu, memory): (u64, u64)) {
        self.cpu += cpu;
        self.memory += memory;
        self.pods += 1;
    }
}

impl Node {
    /// The node's own address.
    pub fn ip(&self) -> Arc<str> {
        let internal = self.doc.status.addresses.iter().find(|a| a.kind == "InternalIP");
        internal.map(|a| a.address.clone()).unwrap_or_default()
    }

    /// Sets aside what a pod asks for.
    pub fn add(&mut self, requests: (u64, u64)) {
        self.taken.add(requests);
    }

    /// Gives back what a pod had.
    pub fn remove(&mut self, (cpu, memory): (u64, u64)) {
        let taken = &mut self.taken;
        taken.cpu = taken.cpu.saturating_sub(cpu);
        taken.memory = taken.memory.saturating_sub(memory);
        taken.pods = taken.pods.saturating_sub(1);
    }

    /// Those of the waiting pods that can run here, in order and all of them at once.
    pub fn takes<'a>(&self, waiting: impl Iterator<Item = (&'a Key, &'a PodSpec)>) -> Vec<Key> {
        let mut taken = self.taken;
        let mut fits = |spec: &PodSpec| {
            let fits = self.refuses_beside(spec, taken).is_none();
            if fits {
                taken.add(spec.requests());
            }
            fits
        };
        waiting.filter(|(_, spec)| fits(spec)).map(|(key, _)| key.clone()).collect()
    }

    /// Why a pod cannot run here, in the scheduler's words; `None` if it can.
    pub fn refuses(&self, spec: &PodSpec) -> Option<&'static str> {
        self.refuses_beside(spec, self.taken)
    }

    fn refuses_beside(&self, spec: &PodSpec, taken: Taken) -> Option<&'static str> {
        let (cpu, memory) = spec.requests();
        let have = |name: &str, read: fn(&str) -> Option<u64>| {
            self.doc.status.allocatable.get(name).and_then(|q| read(q)).unwrap_or(u64::MAX)
        };
        let labels = &self.doc.metadata.labels;
        if self.doc.spec.unschedulable {
            Some("node(s) were unschedulable")
        } else if self.doc.spec.taints.iter().any(|t| t.effect != "PreferNoSchedule" && !bears(spec, t)) {
            Some("node(s) had untolerated taint(s)")
        } else if !spec.node_selector.iter().all(|(k, v)| labels.get(k) == Some(v)) {
            Some("node(s) didn't match Pod's node affinity/selector")
        } else if taken.pods + 1 > have("pods", bytes) {
            Some("Too many pods")
        } else if taken.cpu + cpu > have("cpu", millis) {
            Some("Insufficient cpu")
        } else if taken.memory + memory > have("memory", bytes) {
            Some("Insufficient memory")
        } else {
            None
        }
    }
}

fn bears(spec: &PodSpec, taint: &Taint) -> bool {
    spec.tolerations.iter().any(|t| {
        let key = t.get("key").and_then(Value::as_str);
        let effect = t.get("effect").and_then(Value::as_str);
        key.is_none_or(|k| k == taint.key) && effect.is_none_or(|e| e.is_empty() || e == taint.effect)
    })
}

/// The node with most room among those that take the pod, or the scheduler's
/// sentence about why none does.
pub fn place(nodes: &BTreeMap<Arc<str>, Node>, spec: &PodSpec) -> Result<Arc<str>, String> {
    let mut refusals: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut best: Option<(u64, u64, &Arc<str>)> = None;
    for (name, node) in nodes {
        if let Some(why) = node.refuses(spec) {
            *refusals.entry(why).or_default() += 1;
            continue;
        }
        let load = (node.taken.pods, node.taken.cpu, name);
        if best.is_none_or(|b| load < b) {
            best = Some(load);
        }
    }
    if let Some((_, _, name)) = best {
        return Ok(name.clone());
    }
    if nodes.is_empty() {
        return Err("no nodes available to schedule pods".to_owned());
    }
    let total = nodes.len();
    let counted: Vec<String> = refusals.iter().map(|(why, n)| format!("{n} {why}")).collect();
    Err(format!(
        "0/{total} nodes are available: {}. preemption: 0/{total} nodes are available: {total} Preemption is not helpful for scheduling.",
        counted.join(", ")
    ))
}
