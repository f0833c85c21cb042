//! Objects looked at every second, which hardly ever change: what was parsed and
//! decoded is kept for as long as the server answers with the same bytes.

use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind, ObjectKey, Uid, Workload};
use crate::engine::delivery::Whole;
use crate::engine::router::Shares;
use serde_json::Value;
use std::sync::Arc;

/// What was read last: most looks find what was there before.
#[derive(Default)]
pub(super) struct Kept {
    pub(super) stable: Option<Glance<Workload>>,
    pub(super) canary: Option<Glance<Workload>>,
    pub(super) router: Option<Glance<Option<Shares>>>,
}

/// An object as the server told it, and what is in that.
pub(super) struct Glance<T> {
    pub(super) whole: Whole,
    pub(super) uid: Uid,
    pub(super) slim: Arc<T>,
}

impl<T> Clone for Glance<T> {
    fn clone(&self) -> Self {
        Self { whole: self.whole.clone(), uid: self.uid.clone(), slim: self.slim.clone() }
    }
}

impl<T> Glance<T> {
    /// The object as it is now, parsed and decoded only if it is not as `before`.
    pub(super) async fn of(
        cluster: &Cluster,
        key: &ObjectKey,
        before: Option<&Self>,
        slim: impl Fn(&Value) -> Result<T, Fault>,
    ) -> Result<Option<Self>, Fault> {
        let body = match cluster.read_bytes(key).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            body => body?,
        };
        if let Some(same) = before.filter(|before| *before.whole.text() == *body) {
            return Ok(Some(same.clone()));
        }
        let raw = cluster.parse(key, &body)?;
        let uid = raw.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default().into();
        // A copy: the answer is a part of the connection's buffer, and would keep all of it.
        let whole = Whole::new(Arc::from(&*body), &raw);
        Ok(Some(Self { whole, uid, slim: Arc::new(slim(&raw)?) }))
    }
}
