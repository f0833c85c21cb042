//! `apps/v1` ControllerRevision: a kept template of a StatefulSet or DaemonSet.

use super::intern::{Interner, safe};
use super::lax::{Int, Lax};
use super::meta::{Meta, Pairs};
use super::template::template;
use super::workload::CHANGE_CAUSE;
use crate::domain::{Kind, ReplicaSet, Replicas, RevisionNumber, redact_text};
use serde::Deserialize;
use serde_json::Value;

/// A ControllerRevision. Its `data` is a patch of the set that holds the whole template.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRevision<'a> {
    #[serde(borrow)]
    pub(super) metadata: Lax<Meta<'a, Pairs<'a>>>,
    revision: Int,
    data: Value,
}

/// The revision, slimmed; none for half an object without a name.
pub(super) fn controller_revision(raw: &RawRevision<'_>, names: &mut Interner) -> Option<ReplicaSet> {
    let meta = &*raw.metadata;
    Some(ReplicaSet {
        key: meta.key(Kind::ControllerRevision, names)?,
        uid: meta.uid(),
        owner: meta.controller(names),
        revision: u64::try_from(raw.revision.0).ok().filter(|number| *number > 0).map(RevisionNumber),
        replicas: Replicas::default(),
        counted: false,
        template: raw.data.pointer("/spec/template").map(plain).map(|t| template(&t)).unwrap_or_default(),
        created: meta.created(),
        since: meta.created(),
        change_cause: meta.annotation(CHANGE_CAUSE).map(|cause| redact_text(&safe(cause))),
    })
}

/// The template without the directive that makes the patch replace it whole.
fn plain(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        fields.remove("$patch");
    }
    value
}
