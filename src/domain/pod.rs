//! A pod, slimmed to what is shown: 50,000 of these must fit in 120 MiB.

use super::{Going, ObjectKey, Uid, Workload};
use jiff::Timestamp;
use serde::Serialize;
use std::sync::Arc;

/// A pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pod {
    /// Which one.
    pub key: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// The controller it belongs to (a ReplicaSet, a Job, …).
    pub owner: Option<Uid>,
    /// The revision of a StatefulSet or DaemonSet it is of, by its label
    /// `controller-revision-hash`.
    pub revision: Option<Arc<str>>,
    /// When it was created.
    pub created: Option<Timestamp>,
    /// When it last became ready, if it is.
    pub ready_since: Option<Timestamp>,
    /// The node it is bound to.
    pub node: Option<Arc<str>>,
    /// One word as in `kubectl get pods`: `Running`, `CrashLoopBackOff`, `Init:0/1`.
    pub status: Arc<str>,
    /// Containers ready and in all.
    pub ready: (u16, u16),
    /// Restarts over all containers.
    pub restarts: u32,
    /// Whether it is being deleted.
    pub terminating: bool,
    /// What it waits for if it is; boxed because most pods stay.
    pub going: Option<Box<Going>>,
    /// What is wrong with it, if anything; boxed because most pods are well.
    pub problem: Option<Box<PodProblem>>,
    /// Containers by name, for logs.
    pub containers: Arc<[ContainerState]>,
    /// It as a workload of one, if no controller that is watched keeps it and it is not over.
    #[serde(skip)]
    pub bare: Option<Arc<Workload>>,
}

/// A container of a pod.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ContainerState {
    /// Its name.
    pub name: Arc<str>,
    /// The image it runs.
    pub image: Arc<str>,
    /// Where it offers metrics, if it says so.
    pub metrics: Option<ScrapePoint>,
    /// The ports it declares, in its own order.
    pub ports: Arc<[u16]>,
}

/// Where a container offers metrics in the Prometheus text format.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct ScrapePoint {
    /// Its port.
    pub port: u16,
    /// The path, query included: `/metrics`.
    pub path: Arc<str>,
}

/// Why a pod does not serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PodProblem {
    /// One word: `CrashLoopBackOff`, `ImagePullBackOff`, `Unschedulable`, `OOMKilled`.
    pub reason: String,
    /// The sentence the kubelet or scheduler gave.
    pub message: String,
    /// The container it is about; none if it is about the pod.
    pub container: Option<String>,
    /// How the container ended the last time: `exit 1 (Error)`; empty if unknown.
    pub last_exit: String,
}

/// Reason of a container that runs and takes no requests yet, or no longer.
pub const NOT_READY: &str = "NotReady";

impl Pod {
    /// Whether it may only not have come up yet: it runs, its readiness probe
    /// has not passed, and nothing of it ever ended.
    pub fn is_coming_up(&self) -> bool {
        let unready = |problem: &PodProblem| problem.reason == NOT_READY && problem.last_exit.is_empty();
        self.restarts == 0 && self.problem.as_deref().is_some_and(unready)
    }

    /// Whether something of it runs now, so that its metrics can be read: a
    /// container in back-off offers some and answers nobody.
    pub fn answers(&self) -> bool {
        self.ready.0 > 0 || &*self.status == "Running"
    }

    /// Whether every container is ready and it is not going away.
    pub fn is_ready(&self) -> bool {
        !self.terminating && self.ready.1 > 0 && self.ready.0 == self.ready.1
    }

    /// Whether it ended by itself with success (of a Job).
    pub fn is_done(&self) -> bool {
        &*self.status == "Completed" || &*self.status == "Succeeded"
    }
}
