//! What can be wrong with pods, and what is asked of them.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{ContainerState, Kind, Now, ObjectKey, Pod, PodProblem};

/// What is wrong with pods of the new version.
#[derive(Clone, Debug, Default)]
pub(in super::super) struct Ailing {
    /// The reason the kubelet gives, and since when, in milliseconds.
    pub(in super::super) reason: Option<(String, u64)>,
    /// Why none can be made.
    pub(in super::super) quota: Option<String>,
}

/// What is asked of both versions, and counted.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Served {
    /// Requests a second.
    pub(in super::super) requests: u64,
    /// Of 10,000 requests, those with whatever header is asked for.
    pub(in super::super) carriers: u64,
    /// Errors of stable's, of 1,000.
    pub(in super::super) errors: u64,
    /// Requests stable was asked before everybody went to the new version.
    pub(in super::super) past: u64,
    /// Whether the pods' metrics can be read.
    pub(in super::super) measured: bool,
}

impl Default for Served {
    fn default() -> Self {
        Self { requests: 100, carriers: 500, errors: 10, past: 1_000_000, measured: true }
    }
}

impl Ailing {
    /// A pod that shows it; none if pods are well.
    pub(super) fn pod(&self, name: &str, now: Now) -> Option<Pod> {
        let (reason, since) = self.reason.as_ref()?;
        let age = now.boot.saturating_sub(Duration::from_millis(*since));
        let crashes = reason == "CrashLoopBackOff";
        let image = ContainerState {
            name: "app".into(),
            image: "r.io/shop:v2".into(),
            metrics: None,
            ports: Arc::default(),
        };
        Some(Pod {
            key: ObjectKey::new(Kind::Pod, "prod", name),
            uid: name.into(),
            owner: None,
            created: now.wall.checked_sub(age).ok(),
            ready_since: None,
            node: None,
            status: reason.as_str().into(),
            ready: (0, 1),
            restarts: if crashes { 3 } else { 0 },
            terminating: false,
            going: None,
            problem: Some(Box::new(PodProblem {
                reason: reason.clone(),
                message: String::new(),
                container: None,
                last_exit: String::new(),
            })),
            containers: [image].into(),
            revision: None,
            bare: None,
        })
    }
}
