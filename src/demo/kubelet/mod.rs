//! The simulated kubelets, with the scheduler in front of them: pods are
//! bound, pull images, start, pass or fail their probes, crash, are restarted
//! and go, with the real latencies, reasons and messages, in simulated time.
//!
//! What a container does comes from the scenario ([`behaviour::Casting`]).
//! Absent on purpose: volumes, exec, ephemeral containers, eviction by pressure.

pub mod behaviour;
pub mod container;
pub mod node;
mod notes;
pub mod pod;
mod sheets;
pub mod shell;
pub mod spec;
mod status;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use self::behaviour::Casting;
use self::node::{Node, NodeDoc};
use self::pod::{PodRun, Surroundings};
use self::spec::{PodDoc, PodSpec};
use super::controllers::cache::Cache;
use super::controllers::change::{Change, Note};
use super::controllers::key::{Key, resource};
use super::controllers::stamp::{Stamp, after, micro, seconds_between};

/// Seconds between two renewals of a node's lease.
const RENEW_S: f64 = 10.0;
/// At high speed a lease is still renewed no more than once a wall second.
const RENEWALS_PER_WALL_SECOND: f64 = 1.0;
/// Seconds after which an unschedulable pod is tried again without cause, as the real scheduler does.
const RETRY_PLACING_S: f64 = 300.0;
/// Namespace of node leases.
const LEASE_NS: &str = "kube-node-lease";

/// All kubelets and the scheduler.
pub struct Kubelet {
    nodes: BTreeMap<Arc<str>, Node>,
    /// Boxed: a table of hashes keeps up to twice the room it needs.
    runs: HashMap<Key, Box<Run>>,
    sheets: sheets::Sheets,
    /// Pods that fit no node. Each try costs a look at every node and an event.
    unplaced: BTreeMap<Key, Arc<PodSpec>>,
    casting: Casting,
    renew_from: Timestamp,
}

#[derive(Debug)]
struct Run {
    pod: PodRun,
    node: Arc<str>,
    requests: (u64, u64),
}

impl Kubelet {
    /// Kubelets whose containers do what `casting` says.
    pub fn new(casting: Casting) -> Self {
        Self {
            nodes: BTreeMap::new(),
            runs: HashMap::new(),
            sheets: sheets::Sheets::default(),
            unplaced: BTreeMap::new(),
            casting,
            renew_from: Timestamp::MIN,
        }
    }

    /// Leases are renewed, and pods tried again without cause, from `start` on:
    /// nobody watched before.
    pub fn renew_from(&mut self, start: Timestamp) {
        self.renew_from = start;
    }

    /// A pod as its kubelet has it.
    pub fn pod(&self, key: &Key) -> Option<&PodRun> {
        self.runs.get(key).map(|r| &r.pod)
    }

    /// What to do about a pod that changed or is due.
    pub fn sync_pod(
        &mut self,
        cache: &Cache,
        key: &Key,
        now: Timestamp,
        rng: &mut fastrand::Rng,
    ) -> Vec<Change> {
        let Some(view) = cache.pod(key) else { return self.forget(key, now) };
        if self.runs.get(key).is_some_and(|r| *r.pod.uid != *view.uid()) {
            self.forget(key, now);
        }
        if view.node.is_empty() {
            return self.place(cache, key, now);
        }
        if view.deleting {
            return self.end(cache, key, now);
        }
        let node_name: Arc<str> = (*view.node).into();
        let first = !self.runs.contains_key(key);
        if first && (view.is_finished() || !self.take_on(cache, key, &node_name, now)) {
            return Vec::new();
        }
        let Self { nodes, runs, casting, .. } = self;
        let (Some(run), Some(node)) = (runs.get_mut(key), nodes.get_mut(&node_name)) else {
            return Vec::new();
        };
        let images = &node.images;
        let mut around = Surroundings {
            casting,
            has_image: &|image| images.contains(image),
            pulled: Vec::new(),
            jitter: rng.f64(),
            now,
        };
        let changes = run.pod.live(&mut around, first);
        let pulled = around.pulled;
        node.images.extend(pulled);
        changes
    }

    fn take_on(&mut self, cache: &Cache, key: &Key, node_name: &Arc<str>, now: Timestamp) -> bool {
        let Some((view, doc)) = cache.pod(key).zip(cache.read::<PodDoc>(key)) else { return false };
        let Some(node) = self.nodes.get_mut(node_name) else { return false };
        let requests = doc.spec.requests();
        node.add(requests);
        node.addresses += 1;
        let subnet = subnet_of(node_name);
        let ip = format!(
            "10.{}.{}.{}",
            64 + subnet / 200,
            node.addresses / 250 + subnet % 200,
            node.addresses % 250 + 2
        );
        let owner = view.controller().map_or("", |owner| owner.uid.as_str());
        let spec = self.sheets.share(owner, doc.spec);
        let pod = PodRun::new(view, spec, (node.ip(), ip.into()), now);
        self.runs.insert(key.clone(), Box::new(Run { pod, node: node_name.clone(), requests }));
        true
    }

    /// Frees what a pod had; pods that waited for that room are looked at again.
    fn forget(&mut self, key: &Key, now: Timestamp) -> Vec<Change> {
        self.unplaced.remove(key);
        let Some(run) = self.runs.remove(key) else { return Vec::new() };
        if let Some(node) = self.nodes.get_mut(&run.node) {
            node.remove(run.requests);
        }
        self.wake_for(&run.node, now)
    }

    /// Those that now fit that node are tried again. Waking all that wait would
    /// have each pod that goes cost as much as all of them.
    fn wake_for(&self, node: &str, now: Timestamp) -> Vec<Change> {
        let Some(node) = self.nodes.get(node) else { return Vec::new() };
        let waiting = self.unplaced.iter().map(|(key, spec)| (key, &**spec));
        node.takes(waiting).into_iter().map(|key| Change::Wake { key, at: now }).collect()
    }

    fn place(&mut self, cache: &Cache, key: &Key, now: Timestamp) -> Vec<Change> {
        let Some(doc) = cache.read::<PodDoc>(key) else { return Vec::new() };
        if doc.metadata.deletion_timestamp.is_some() {
            return Vec::new();
        }
        let uid = &doc.metadata.uid;
        match node::place(&self.nodes, &doc.spec) {
            Ok(node) => {
                self.unplaced.remove(key);
                let message = format!("Successfully assigned {}/{} to {node}", key.ns, key.name);
                let bound = scheduled_condition("True", now, None);
                // The binding is seen, and the pod taken on, when the watch brings it back.
                self.take_on(cache, key, &node, now);
                let run = self.runs.get_mut(key);
                let patch = json!({"spec": {"nodeName": &*node}, "status": {"conditions": [bound]}});
                let mut changes = vec![
                    Change::Patch { key: key.clone(), patch },
                    Change::Note(Note::normal(key, uid, "default-scheduler", "Scheduled", message)),
                ];
                if run.is_some() {
                    changes.push(Change::Wake { key: key.clone(), at: now });
                }
                changes
            }
            Err(why) => {
                let again = after(now, RETRY_PLACING_S).max(self.renew_from);
                let mut changes = vec![Change::Wake { key: key.clone(), at: again }];
                let owner = cache.pod(key).and_then(|view| view.controller());
                let spec = self.sheets.share(owner.map_or("", |owner| owner.uid.as_str()), doc.spec);
                if self.unplaced.insert(key.clone(), spec).is_none() {
                    let bound = scheduled_condition("False", now, Some(&why));
                    let patch = json!({"status": {"phase": "Pending", "conditions": [bound]}});
                    changes.push(Change::Patch { key: key.clone(), patch });
                }
                let note = Note::warning(key, uid, "default-scheduler", "FailedScheduling", why);
                changes.push(Change::Note(note));
                changes
            }
        }
    }

    /// A pod that was told to go.
    fn end(&mut self, cache: &Cache, key: &Key, now: Timestamp) -> Vec<Change> {
        let gone = |uid: String| vec![Change::Delete { key: key.clone(), uid, grace: Some(0) }];
        let Self { runs, casting, .. } = self;
        let Some(run) = runs.get_mut(key) else {
            return cache.object(key).map(|o| gone(o.uid().to_owned())).unwrap_or_default();
        };
        match run.pod.leaves_at {
            Some(at) if at <= now => gone(run.pod.uid.to_string()),
            // Woken early, by a timer from before it was told to go, which was the only one.
            Some(at) => vec![Change::Wake { key: key.clone(), at }],
            None => {
                let grace = cache.object(key).map(|o| o.value());
                let grace = grace.as_ref().and_then(|v| v.pointer("/metadata/deletionGracePeriodSeconds"));
                let grace = grace.and_then(Value::as_i64).unwrap_or(30);
                let mut changes = run.pod.terminate(grace, casting, now);
                // Endpoints leave before the process does.
                run.pod.ready = (false, now);
                changes.push(Change::Status { key: key.clone(), status: status::render(&run.pod, now) });
                changes
            }
        }
    }

    /// A node came, changed or went.
    pub fn sync_node(&mut self, cache: &Cache, key: &Key, now: Timestamp) -> Vec<Change> {
        let name = key.name.clone();
        let Some(doc) = cache.read::<NodeDoc>(key) else {
            self.nodes.remove(&name);
            return Vec::new();
        };
        let known = self.nodes.contains_key(&name);
        let told = !doc.status.conditions.is_empty();
        self.nodes.entry(name).or_default().doc = doc;
        let mut changes = self.wake_for(&key.name, now);
        if !told {
            let patch = json!({"status": {"conditions": node::healthy(now)}});
            changes.push(Change::Patch { key: key.clone(), patch });
        }
        if !known {
            let lease = Key::new(resource::LEASES, LEASE_NS, &key.name);
            changes.push(Change::Wake { key: lease, at: now.max(self.renew_from) });
        }
        changes
    }

    /// Renews a node's lease; the node must still be there.
    pub fn renew_lease(&mut self, key: &Key, now: Timestamp, speed: f64) -> Vec<Change> {
        let Some(node) = self.nodes.get_mut(&*key.name) else { return Vec::new() };
        let renewed = micro(now);
        let wait = RENEW_S.max(speed / RENEWALS_PER_WALL_SECOND);
        let write = if node.doc.metadata.annotations.insert("lease".into(), String::new()).is_none() {
            let owner =
                json!({"apiVersion": "v1", "kind": "Node", "name": &*key.name, "uid": node.doc.metadata.uid});
            let body = json!({
                "apiVersion": "coordination.k8s.io/v1",
                "kind": "Lease",
                "metadata": {"name": &*key.name, "namespace": LEASE_NS, "ownerReferences": [owner]},
                "spec": {"holderIdentity": &*key.name, "leaseDurationSeconds": 40, "renewTime": renewed},
            });
            Change::Create { resource: resource::LEASES, body }
        } else {
            Change::Patch { key: key.clone(), patch: json!({"spec": {"renewTime": renewed}}) }
        };
        vec![Change::Wake { key: key.clone(), at: after(now, wait) }, write]
    }

    /// How long a pod's containers have run, in seconds, and its restarts; for usage.
    pub fn uptime(&self, key: &Key, now: Timestamp) -> Option<f64> {
        let run = self.runs.get(key)?;
        run.pod.ready.0.then(|| seconds_between(run.pod.ready.1, now))
    }
}

fn scheduled_condition(status: &str, now: Timestamp, why: Option<&str>) -> Value {
    let mut out = json!({
        "type": "PodScheduled",
        "status": status,
        "lastProbeTime": null,
        "lastTransitionTime": Stamp::new(now),
    });
    if let Some(message) = why {
        out["reason"] = "Unschedulable".into();
        out["message"] = message.into();
    }
    out
}

/// A number for a node's pod network, the same in every run.
fn subnet_of(node: &str) -> u32 {
    node.bytes().fold(7_u32, |h, b| h.wrapping_mul(31).wrapping_add(u32::from(b))) % 800
}
