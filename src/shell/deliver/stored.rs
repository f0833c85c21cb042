//! A record as it is kept in its ConfigMap: begun, read, and written again only
//! over the version that was read.

use super::shore::Saved;
use crate::cluster::Cluster;
use crate::domain::{
    Fault, FaultKind, How, JsonOp, Mutation, ObjectKey, ResourceVersion, Target, Uid, Warrant, WriteOutcome,
};
use crate::engine::record::{OperationRecord, RecordFault, decode, encode, names};
use serde_json::{Map, Value, json};

/// A record as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stored {
    /// Identity of the ConfigMap.
    pub(super) uid: Uid,
    /// Its version.
    pub(super) version: ResourceVersion,
    /// `data.record`.
    pub(super) text: String,
}

/// What is stored in a record's ConfigMap, from the object.
pub(super) fn stored(raw: &Value) -> Stored {
    let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default();
    Stored {
        uid: text("/metadata/uid").into(),
        version: text("/metadata/resourceVersion").into(),
        text: text("/data/record").to_owned(),
    }
}

/// The compare-and-swap of a record.
pub(super) fn save_write(
    target: Target,
    version: &ResourceVersion,
    record: &OperationRecord,
) -> Result<Mutation, Fault> {
    let text = encode(record).map_err(|fault| Fault::new(FaultKind::Invalid, fault.to_string()))?;
    let ops = vec![
        JsonOp::test("/metadata/uid", target.uid.as_str()),
        JsonOp::test("/metadata/resourceVersion", version.as_str()),
        JsonOp::add("/data", json!({names::DATA: text})),
        JsonOp::add("/metadata/labels/quarterdeck~1phase", record.phase_word()),
    ];
    Ok(Mutation::patch(target, ops))
}

/// Sends a write with the warrant's leave. That what is to be deleted is gone
/// already, or is another object by now, is success: nothing of ours is left.
pub(super) async fn send(cluster: &Cluster, warrant: &Warrant, write: &Mutation) -> WriteOutcome {
    let permit = match warrant.permit(write) {
        Ok(permit) => permit,
        Err(refusal) => {
            return WriteOutcome::Refused(Fault::new(FaultKind::Refused, refusal.to_string()));
        }
    };
    let outcome = cluster.write(permit, write).await;
    let gone = |fault: &Fault| matches!(fault.kind, FaultKind::NotFound | FaultKind::Conflict);
    if write.how == How::Delete && matches!(&outcome, WriteOutcome::Refused(fault) if gone(fault)) {
        return WriteOutcome::Applied { resource_version: ResourceVersion::default(), generation: 0 };
    }
    outcome
}

/// The outcome of a compare-and-swap: what is not certain is read again.
pub(super) fn saved(outcome: WriteOutcome) -> Saved {
    match outcome {
        WriteOutcome::Applied { resource_version, .. } => Saved::Done(resource_version),
        WriteOutcome::Unknown(fault) => Saved::Moved(fault.text),
        WriteOutcome::Refused(fault) if matches!(fault.kind, FaultKind::Conflict | FaultKind::NotFound) => {
            Saved::Moved(fault.text)
        }
        WriteOutcome::Refused(fault) => Saved::Failed(fault),
    }
}

/// The record at `key`.
///
/// # Errors
/// It is gone, the server does not answer, or it cannot be understood.
pub async fn read_record(cluster: &Cluster, key: &ObjectKey) -> Result<OperationRecord, Fault> {
    read(cluster, key).await.map(|(_, record)| record)
}

/// The record at `key`, as stored and as read.
///
/// # Errors
/// It is gone, the server does not answer, or it cannot be understood.
pub(super) async fn read(cluster: &Cluster, key: &ObjectKey) -> Result<(Stored, OperationRecord), Fault> {
    let found = stored(&cluster.read(key).await?);
    let record = decode(&found.text).map_err(|fault| unreadable(key, &fault))?;
    Ok((found, record))
}

fn unreadable(key: &ObjectKey, fault: &RecordFault) -> Fault {
    Fault::new(FaultKind::Invalid, format!("the record {} cannot be read: {fault}", key.name))
        .hint(fault.remedy())
}

/// The ConfigMap a record begins in.
pub(super) fn config_map(record: &OperationRecord) -> Result<Value, Fault> {
    let text = encode(record).map_err(|fault| Fault::new(FaultKind::Invalid, fault.to_string()))?;
    let labels: Map<String, Value> =
        names::labels(record).into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
    let key = record.key();
    Ok(json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": key.name, "namespace": key.namespace, "labels": labels},
        "data": {names::DATA: text},
    }))
}

/// The place of a record's target.
pub(super) fn site(cluster: &Cluster, record: &OperationRecord) -> Target {
    Target {
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        key: record.target.key(),
        uid: record.target.uid.clone(),
        resource_version: ResourceVersion::default(),
    }
}
