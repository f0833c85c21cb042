//! Deployments and ReplicaSets as their controller reads and writes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::demo::controllers::intstr::fence_posts;
use crate::demo::controllers::meta::Meta;
use crate::demo::controllers::selector::Selector;
use crate::demo::controllers::stamp::Stamp;

/// A Deployment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Deployment {
    /// Metadata.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: DeploymentSpec,
    /// What was observed last.
    pub status: DeploymentStatus,
}

/// `spec` of a Deployment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// Pods wanted; the API defaults it to 1.
    pub replicas: Option<i32>,
    /// Which pods belong to it.
    pub selector: Selector,
    /// The pods it makes.
    pub template: Value,
    /// How it replaces pods.
    pub strategy: Strategy,
    /// Seconds a pod must stay ready to count as available.
    pub min_ready_seconds: i32,
    /// Seconds without progress until the rollout counts as stuck.
    pub progress_deadline_seconds: Option<i32>,
    /// Old ReplicaSets kept for rollbacks.
    pub revision_history_limit: Option<i32>,
    /// Whether template changes wait.
    pub paused: bool,
}

/// `spec.strategy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// Kind of strategy.
    #[serde(rename = "type")]
    pub kind: StrategyKind,
    /// Limits of a rolling update.
    pub rolling_update: Option<RollingUpdate>,
}

/// How pods are replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum StrategyKind {
    /// Old and new side by side, within the limits.
    #[default]
    RollingUpdate,
    /// All old pods gone before the first new one.
    Recreate,
}

/// `spec.strategy.rollingUpdate`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdate {
    /// Pods above the wanted number.
    pub max_surge: Value,
    /// Pods below the wanted number.
    pub max_unavailable: Value,
}

/// `status` of a Deployment; zero counts are left out, as Go does.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// Generation this status speaks of.
    #[serde(skip_serializing_if = "is_zero")]
    pub observed_generation: i64,
    /// Pods, old and new.
    #[serde(skip_serializing_if = "is_none_left")]
    pub replicas: i32,
    /// Pods of the wanted template.
    #[serde(skip_serializing_if = "is_none_left")]
    pub updated_replicas: i32,
    /// Ready pods.
    #[serde(skip_serializing_if = "is_none_left")]
    pub ready_replicas: i32,
    /// Pods ready for `minReadySeconds`.
    #[serde(skip_serializing_if = "is_none_left")]
    pub available_replicas: i32,
    /// Pods still missing to be available.
    #[serde(skip_serializing_if = "is_none_left")]
    pub unavailable_replicas: i32,
    /// Pods on their way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminating_replicas: Option<i32>,
    /// `Available`, `Progressing`, `ReplicaFailure`.
    pub conditions: Vec<Condition>,
    /// Hash collisions met so far.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collision_count: Option<i32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_zero(n: &i64) -> bool {
    *n == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature serde asks for")]
fn is_none_left(n: &i32) -> bool {
    *n == 0
}

/// One condition of a Deployment or ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// `Available`, `Progressing`, `ReplicaFailure`.
    #[serde(rename = "type")]
    pub kind: String,
    /// `True`, `False`, `Unknown`.
    pub status: String,
    /// Last time it was looked at and said (Deployments only).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_update_time: Option<Stamp>,
    /// Last time `status` changed.
    pub last_transition_time: Option<Stamp>,
    /// CamelCase reason.
    pub reason: String,
    /// Sentence for people.
    pub message: String,
}

/// A ReplicaSet, as far as its Deployment cares.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct ReplicaSet {
    /// Metadata.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: ReplicaSetSpec,
    /// What was observed last.
    pub status: ReplicaSetStatus,
}

/// `spec` of a ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetSpec {
    /// Pods wanted.
    pub replicas: Option<i32>,
    /// Seconds a pod must stay ready to count as available.
    pub min_ready_seconds: i32,
    /// Which pods belong to it.
    pub selector: Selector,
    /// The pods it makes.
    pub template: Value,
}

/// `status` of a ReplicaSet. `replicas` is always written, the rest when not zero.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetStatus {
    /// Pods.
    pub replicas: i32,
    /// Pods that carry all labels of the template.
    #[serde(skip_serializing_if = "is_none_left")]
    pub fully_labeled_replicas: i32,
    /// Ready pods.
    #[serde(skip_serializing_if = "is_none_left")]
    pub ready_replicas: i32,
    /// Pods ready for `minReadySeconds`.
    #[serde(skip_serializing_if = "is_none_left")]
    pub available_replicas: i32,
    /// Pods on their way out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminating_replicas: Option<i32>,
    /// Generation this status speaks of.
    #[serde(skip_serializing_if = "is_zero")]
    pub observed_generation: i64,
    /// `ReplicaFailure`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
}

impl Deployment {
    /// Pods wanted.
    pub fn desired(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    /// Pods allowed above the wanted number.
    pub fn max_surge(&self) -> i32 {
        self.fence_posts().0
    }

    /// Pods allowed to be missing, never more than wanted.
    pub fn max_unavailable(&self) -> i32 {
        if self.desired() == 0 { 0 } else { self.fence_posts().1.min(self.desired()) }
    }

    fn fence_posts(&self) -> (i32, i32) {
        match (self.spec.strategy.kind, &self.spec.strategy.rolling_update) {
            (StrategyKind::Recreate, _) => (0, 0),
            (StrategyKind::RollingUpdate, None) => {
                fence_posts(&Value::from("25%"), &Value::from("25%"), self.desired())
            }
            (StrategyKind::RollingUpdate, Some(limits)) => {
                fence_posts(&limits.max_surge, &limits.max_unavailable, self.desired())
            }
        }
    }

    /// Whether lack of progress is to be reported (`i32::MAX` means never).
    pub fn deadline(&self) -> Option<i32> {
        self.spec.progress_deadline_seconds.filter(|s| *s != i32::MAX)
    }
}

impl DeploymentStatus {
    /// The condition of `kind`.
    pub fn condition(&self, kind: &str) -> Option<&Condition> {
        self.conditions.iter().find(|c| c.kind == kind)
    }

    /// Removes the condition of `kind`.
    pub fn remove(&mut self, kind: &str) {
        self.conditions.retain(|c| c.kind != kind);
    }

    /// Sets a condition: nothing changes when status and reason are as before,
    /// and the transition time moves only with the status.
    pub fn set(&mut self, mut condition: Condition) {
        if let Some(old) = self.condition(&condition.kind) {
            if old.status == condition.status && old.reason == condition.reason {
                return;
            }
            if old.status == condition.status {
                condition.last_transition_time = old.last_transition_time;
            }
        }
        self.remove(&condition.kind);
        self.conditions.push(condition);
    }
}

impl ReplicaSet {
    /// Pods wanted.
    pub fn desired(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    /// An annotation, parsed.
    pub fn number(&self, annotation: &str) -> Option<i64> {
        self.metadata.annotations.get(annotation)?.parse().ok()
    }
}
