//! Pods as controllers see them: what decides counting, ranking and routing.

use std::cmp::Ordering;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Deserialize;

use super::key::Key;
use super::meta::{Meta, OwnerRef};
use super::selector::Selector;
use super::stamp::{Stamp, after};
use crate::demo::store::Object;

/// Where a pod is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub enum Phase {
    /// Accepted, not all containers started.
    #[default]
    Pending,
    /// Nobody knows.
    Unknown,
    /// Containers run, or are being restarted.
    Running,
    /// All ended well and will not restart.
    Succeeded,
    /// All ended, one badly.
    Failed,
}

/// A pod, slim: about 300 bytes beside the stored object.
#[derive(Clone, Debug)]
pub struct PodView {
    /// Its name.
    pub key: Key,
    /// The stored object: labels, uid.
    pub object: Arc<Object>,
    /// What it belongs to, shared with its siblings.
    pub owners: Arc<[OwnerRef]>,
    /// Node it is bound to; empty before.
    pub node: Box<str>,
    /// Address; empty before.
    pub ip: Box<str>,
    /// Where it is in its life.
    pub phase: Phase,
    /// Since when it is ready, if it is.
    pub ready_since: Option<Stamp>,
    /// Restarts of the container that restarted most.
    pub restarts: i32,
    /// When it was created.
    pub created: Stamp,
    /// Whether it was asked to go.
    pub deleting: bool,
    /// `controller.kubernetes.io/pod-deletion-cost`.
    pub cost: i32,
    /// Exit code of a container that ended, for Jobs.
    pub exit_code: Option<i32>,
    /// Whether its first container runs.
    pub running: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Raw {
    metadata: Meta,
    spec: RawSpec,
    status: RawStatus,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawSpec {
    node_name: Box<str>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawStatus {
    phase: Phase,
    #[serde(rename = "podIP")]
    pod_ip: Box<str>,
    conditions: Vec<RawCondition>,
    container_statuses: Vec<RawContainer>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawCondition {
    #[serde(rename = "type")]
    kind: String,
    status: String,
    last_transition_time: Option<Stamp>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawContainer {
    restart_count: i32,
    state: RawState,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawState {
    running: Option<serde::de::IgnoredAny>,
    terminated: Option<RawTerminated>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawTerminated {
    exit_code: i32,
}

impl PodView {
    /// Reads a stored pod from its JSON; `None` when its shape is beyond understanding.
    pub fn read(key: &Key, object: &Arc<Object>, json: &[u8], owners: Arc<[OwnerRef]>) -> Option<Self> {
        let raw: Raw = serde_json::from_slice(json).ok()?;
        let ready = raw.status.conditions.iter().find(|c| c.kind == "Ready" && c.status == "True");
        let created = raw.metadata.creation_timestamp.unwrap_or_default();
        let cost = raw.metadata.annotations.get("controller.kubernetes.io/pod-deletion-cost");
        Some(Self {
            key: key.clone(),
            object: object.clone(),
            ready_since: ready.map(|c| c.last_transition_time.unwrap_or(created)),
            restarts: raw.status.container_statuses.iter().map(|c| c.restart_count).max().unwrap_or(0),
            exit_code: raw
                .status
                .container_statuses
                .iter()
                .find_map(|c| Some(c.state.terminated.as_ref()?.exit_code)),
            cost: cost.and_then(|c| c.parse().ok()).unwrap_or(0),
            running: raw.status.container_statuses.first().is_some_and(|c| c.state.running.is_some()),
            deleting: raw.metadata.deletion_timestamp.is_some(),
            owners,
            node: raw.spec.node_name,
            ip: raw.status.pod_ip,
            phase: raw.status.phase,
            created,
        })
    }

    /// What manages it.
    pub fn controller(&self) -> Option<&OwnerRef> {
        self.owners.iter().find(|o| o.controller)
    }

    /// Its identity.
    pub fn uid(&self) -> &str {
        self.object.uid()
    }

    /// Whether it still counts: not finished and not leaving.
    pub fn is_active(&self) -> bool {
        !self.deleting && !self.is_finished()
    }

    /// Whether its containers ended for good.
    pub fn is_finished(&self) -> bool {
        matches!(self.phase, Phase::Succeeded | Phase::Failed)
    }

    /// Whether it takes traffic.
    pub fn is_ready(&self) -> bool {
        self.ready_since.is_some()
    }

    /// When it has been ready for `seconds`, if it is ready.
    pub fn available_at(&self, seconds: i32) -> Option<Timestamp> {
        self.ready_since.map(|t| after(t.time(), f64::from(seconds)))
    }

    /// Whether the selector picks it.
    pub fn matches(&self, selector: &Selector) -> bool {
        selector.matches_with(|k| self.object.label(k))
    }

    /// Whether two versions of a pod differ in what Services and budgets see.
    pub fn same_for_traffic(&self, other: &Self) -> bool {
        self.is_ready() == other.is_ready()
            && self.deleting == other.deleting
            && self.phase == other.phase
            && self.ip == other.ip
            && self.running == other.running
            && self.restarts == other.restarts
            && self.object.labels().eq(other.object.labels())
    }
}

/// Order in which a shrinking ReplicaSet lets pods go: first those that serve
/// least. `siblings` counts ready pods of the set on the pod's node.
pub fn deletion_order(a: &PodView, b: &PodView, siblings: impl Fn(&PodView) -> usize) -> Ordering {
    let unbound_first = (!a.node.is_empty()).cmp(&!b.node.is_empty());
    unbound_first
        .then_with(|| a.phase.cmp(&b.phase))
        .then_with(|| a.is_ready().cmp(&b.is_ready()))
        .then_with(|| a.cost.cmp(&b.cost))
        .then_with(|| siblings(b).cmp(&siblings(a)))
        .then_with(|| b.ready_since.cmp(&a.ready_since))
        .then_with(|| b.restarts.cmp(&a.restarts))
        .then_with(|| b.created.cmp(&a.created))
        .then_with(|| a.uid().cmp(b.uid()))
}
