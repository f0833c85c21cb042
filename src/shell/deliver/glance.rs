//! Objects looked at every second, which hardly ever change: what was parsed and
//! decoded is kept for as long as the server answers with the same bytes.

use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind, ObjectKey, Workload};
use serde_json::Value;
use std::sync::Arc;

/// Both Deployments as read last: most looks find what was there before.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) stable: Option<Glance>,
    pub(super) canary: Option<Glance>,
}

/// An object as the server told it, and what is in that.
#[derive(Clone)]
pub(super) struct Glance {
    /// A copy: the answer is a part of the connection's buffer, and would keep all of it.
    body: Arc<[u8]>,
    pub(super) raw: Arc<Value>,
    pub(super) slim: Arc<Workload>,
}

impl Glance {
    /// The object as it is now, parsed and decoded only if it is not as `before`.
    pub(super) async fn of(
        cluster: &Cluster,
        key: &ObjectKey,
        before: Option<&Self>,
        slim: impl Fn(&Value) -> Result<Workload, Fault>,
    ) -> Result<Option<Self>, Fault> {
        let body = match cluster.read_bytes(key).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            body => body?,
        };
        if let Some(same) = before.filter(|before| *before.body == *body) {
            return Ok(Some(same.clone()));
        }
        let mut raw = cluster.parse(key, &body)?;
        let slim = Arc::new(slim(&raw)?);
        // Who wrote which field is most of what an object holds, and no matter here.
        if let Some(metadata) = raw.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
        Ok(Some(Self { body: Arc::from(&*body), raw: Arc::new(raw), slim }))
    }
}
