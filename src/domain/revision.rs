//! Revisions: the ReplicaSets of a Deployment, the ControllerRevisions of a
//! StatefulSet or DaemonSet.

use super::{Kind, ObjectKey, Pod, Replicas, RevisionNumber, StreamState, Template, Uid, World};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// One revision of a workload, kept so that it can come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplicaSet {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// The workload it belongs to.
    pub owner: Option<Uid>,
    /// Its number; none while the controller has not written it.
    pub revision: Option<RevisionNumber>,
    /// Pods asked for and counted. A ControllerRevision has no count of its own:
    /// its pods are found by their label, and ready ones count as available.
    pub replicas: Replicas,
    /// Whether `replicas` is known; if not, it is all zero and means nothing.
    pub counted: bool,
    /// What it runs.
    pub template: Template,
    /// When this template first ran.
    pub created: Option<Timestamp>,
    /// When it was last taken up. A revision that came back keeps the time it
    /// was created, so this is then the start of its oldest pod since; none if
    /// nothing tells.
    pub since: Option<Timestamp>,
    /// Why, in the words of who did it.
    pub change_cause: Option<String>,
}

impl ReplicaSet {
    /// `2/3`: pods available of those `whole`; `—` where nobody counted them.
    pub fn pods_word(&self, whole: u32) -> String {
        if self.counted { format!("{}/{whole}", self.replicas.available) } else { "—".to_owned() }
    }
}

impl World {
    /// The revisions of a Deployment, StatefulSet or DaemonSet, newest first.
    pub fn revisions(&self, owner: &Uid) -> Vec<Arc<ReplicaSet>> {
        let mut found = self.kept_revisions(owner);
        found.sort_by_key(|set| std::cmp::Reverse((set.revision, set.created)));
        // When the newest of those with a smaller number was created.
        let mut before: Option<Timestamp> = None;
        for set in found.iter_mut().rev() {
            let back = before.filter(|before| set.created.is_some_and(|created| created < *before));
            let counting = set.key.kind == Kind::ControllerRevision;
            if counting || back.is_some() {
                let pods = self.pods_of_revision(owner, set);
                let set = Arc::make_mut(set);
                if let (true, Some(pods)) = (counting, &pods) {
                    (set.replicas, set.counted) = (count(pods), true);
                }
                if let Some(before) = back {
                    set.since = oldest_since(pods.as_deref().unwrap_or_default(), before);
                }
            }
            before = before.max(set.created);
        }
        found
    }

    /// The pods of one revision; none where they cannot be told.
    fn pods_of_revision(&self, owner: &Uid, set: &ReplicaSet) -> Option<Vec<Arc<Pod>>> {
        if *self.stream(Kind::Pod) != StreamState::Live {
            return None;
        }
        if set.key.kind != Kind::ControllerRevision {
            return Some(self.pods_of(&set.uid).cloned().collect());
        }
        let mut found = Vec::new();
        for pod in self.pods_of(owner) {
            // A pod that does not say may be of any of them.
            if is_of(set.key.name.as_str(), pod.revision.as_deref()?) {
                found.push(pod.clone());
            }
        }
        Some(found)
    }
}

/// Whether a pod's label names the ControllerRevision `name`: a StatefulSet
/// writes the whole name, a DaemonSet only the hash at its end.
fn is_of(name: &str, label: &str) -> bool {
    let ends = name.strip_suffix(label).is_some_and(|front| front.is_empty() || front.ends_with('-'));
    !label.is_empty() && ends
}

fn count(pods: &[Arc<Pod>]) -> Replicas {
    let n = |found: usize| u32::try_from(found).unwrap_or(u32::MAX);
    let (all, ready) = (n(pods.len()), n(pods.iter().filter(|pod| pod.is_ready()).count()));
    Replicas { desired: all, current: all, updated: all, ready, available: ready }
}

/// The start of the oldest of `pods` that began after `before`.
fn oldest_since(pods: &[Arc<Pod>], before: Timestamp) -> Option<Timestamp> {
    pods.iter().filter_map(|pod| pod.created).filter(|created| *created > before).min()
}
