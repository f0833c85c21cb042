//! A Deployment and its pods.

use serde_json::{Value, json};
use std::sync::Arc;

use super::newer;
use crate::cluster::{decode_workload, digest_template};
use crate::domain::{JsonOp, Mutation, Workload, patched};
use crate::engine::delivery::{Whole, untracked};

/// A Deployment as read: whole, and slim.
pub(super) type Seen = (Whole, Arc<Workload>);

/// What would be read of `raw`.
pub(super) fn whole(raw: &Value) -> Whole {
    Whole::new(raw.to_string().into_bytes().into(), raw)
}

/// A Deployment and its pods.
pub(in super::super) struct Deployment {
    pub(super) raw: Value,
    /// Digest of its template without the track label.
    digest: u64,
    pub(super) current: u32,
    old: u32,
    /// Why its controller cannot make pods.
    failure: Option<String>,
    /// As it is read until it changes.
    seen: Option<Seen>,
}

impl Deployment {
    pub(super) fn new(mut raw: Value, uid: &str, pods: u32) -> Self {
        raw["metadata"]["uid"] = json!(uid);
        raw["metadata"]["resourceVersion"] = json!("1");
        raw["metadata"]["generation"] = json!(1);
        let digest = digest_template(&untracked(&raw["spec"]["template"], None));
        Self { raw, digest, current: pods, old: 0, failure: None, seen: None }
    }

    pub(in super::super) fn desired(&self) -> u32 {
        self.raw["spec"]["replicas"].as_u64().map_or(1, |n| u32::try_from(n).unwrap())
    }

    pub(in super::super) fn available(&self) -> u32 {
        self.current + self.old
    }

    /// Every pod asked for is available and of its template.
    pub(in super::super) fn is_whole(&self) -> bool {
        self.old == 0 && self.current == self.desired()
    }

    pub(in super::super) fn digest(&self) -> u64 {
        self.digest
    }

    /// Which driver's it is: `<its uid> fenced as 1.2`.
    pub(in super::super) fn fence(&self) -> String {
        let metadata = &self.raw["metadata"];
        format!("{} fenced as {}", metadata["uid"], metadata["labels"]["quarterdeck/fence"])
    }

    pub(super) fn seen(&mut self) -> Seen {
        if self.seen.is_none() {
            let mut raw = self.raw.clone();
            raw["status"] = json!({
                "observedGeneration": raw["metadata"]["generation"],
                "replicas": self.available(), "updatedReplicas": self.current,
                "readyReplicas": self.available(), "availableReplicas": self.available(),
            });
            if let Some(message) = &self.failure {
                raw["status"]["conditions"] = json!([{"type": "ReplicaFailure", "status": "True",
                    "reason": "FailedCreate", "message": message}]);
            }
            let mut bare = raw.clone();
            bare["spec"]["template"] = untracked(&raw["spec"]["template"], None);
            self.seen = Some((whole(&raw), Arc::new(decode_workload(&bare).unwrap())));
        }
        self.seen.clone().unwrap()
    }

    /// One pod is made or removed, as with `maxUnavailable: 0`.
    pub(super) fn reconcile(&mut self, makes_pods: bool) {
        let (desired, before) = (self.desired(), (self.current, self.old));
        if self.available() > desired {
            if self.old > 0 { self.old -= 1 } else { self.current -= 1 }
        } else if self.current < desired && makes_pods {
            self.current += 1;
        }
        if before != (self.current, self.old) {
            self.seen = None;
        }
    }

    /// Its controller cannot make the pods that are missing, and says why.
    pub(super) fn fail(&mut self, why: Option<&str>) {
        let why = why.filter(|_| self.current < self.desired());
        if self.failure.as_deref() != why {
            (self.failure, self.seen) = (why.map(str::to_owned), None);
        }
    }

    /// All its pods die at once.
    pub(in super::super) fn lose_pods(&mut self) {
        (self.current, self.old, self.seen) = (0, 0, None);
    }

    /// Somebody else changes it.
    pub(in super::super) fn change(&mut self, path: &str, value: Value) {
        let ops = [JsonOp::replace(path, value)];
        let target = Mutation::patch(super::site(), ops.to_vec());
        self.patch(&target, false).unwrap();
    }

    /// As an API server patches: all tests, if it `tests`, then all changes.
    ///
    /// # Errors
    /// The path whose test failed.
    pub(super) fn patch(&mut self, mutation: &Mutation, tests: bool) -> Result<(), String> {
        let raw = newer(patched(&self.raw, &mutation.ops, tests)?);
        if raw["spec"]["template"] != self.raw["spec"]["template"] {
            (self.current, self.old) = (self.old, self.current);
            self.digest = digest_template(&untracked(&raw["spec"]["template"], None));
        }
        (self.raw, self.seen) = (raw, None);
        Ok(())
    }
}
