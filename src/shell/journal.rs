//! Lines for the audit log, written off the loop's thread.

use crate::domain::{
    Actor, AuditEntry, AuditKind, Fault, FaultKind, Now, OperationId, Target, WriteMode, WriteOutcome,
    short_duration,
};
use crate::msg::Place;
use crate::store::{AuditFilter, AuditLog};
use jiff::Timestamp;

/// Newest lines the console shows.
const SHOWN: usize = 500;

/// Appends `entry`; it is on the disk when this returns.
pub(super) async fn append(log: &AuditLog, entry: AuditEntry) -> Result<AuditEntry, Fault> {
    let log = log.clone();
    off_thread(move || log.append(entry)).await
}

/// The newest lines, if the whole chain verifies.
pub(super) async fn read(log: &AuditLog) -> Result<Vec<AuditEntry>, Fault> {
    let log = log.clone();
    off_thread(move || {
        let mut entries = log.verify()?.entries;
        let surplus = entries.len().saturating_sub(SHOWN);
        Ok(entries.split_off(surplus))
    })
    .await
}

/// The newest lines whether or not the chain verifies.
pub async fn newest(log: &AuditLog, most: usize, filter: AuditFilter) -> Result<Vec<AuditEntry>, Fault> {
    let log = log.clone();
    off_thread(move || log.newest(most, &filter)).await
}

/// Appends a remark; it is on the disk when this returns.
pub async fn write_note(log: &AuditLog, place: &Place, actor: &Actor, text: String) -> Result<(), Fault> {
    append(log, note(place, actor, text, super::clock::now().wall)).await.map(drop)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Fault::new(FaultKind::Internal, format!("the audit log was not written: {error}"))),
    }
}

/// A line that is about no operation.
fn remark(place: &Place, actor: &Actor, kind: AuditKind, action: String, at: Timestamp) -> AuditEntry {
    AuditEntry {
        context: place.context.clone(),
        cluster: place.cluster.clone(),
        ..AuditEntry::new(actor, kind, action, at)
    }
}

/// A line about the delivery to `site`.
pub(super) fn delivery(
    (operation, site): (&OperationId, &Target),
    actor: &Actor,
    kind: AuditKind,
    (action, reason): (String, &str),
    at: Timestamp,
) -> AuditEntry {
    AuditEntry { reason: reason.to_owned(), ..AuditEntry::to(site, operation, actor, kind, action, at) }
}

/// The result and details of an answer to a write.
pub(super) fn outcome(outcome: &WriteOutcome) -> (&'static str, String) {
    match outcome {
        WriteOutcome::Applied { .. } => ("applied", String::new()),
        WriteOutcome::Refused(fault) => ("refused", fault.text.clone()),
        WriteOutcome::Unknown(fault) => ("unknown", fault.text.clone()),
    }
}

/// The line for a person's remark.
pub(super) fn note(place: &Place, actor: &Actor, text: String, at: Timestamp) -> AuditEntry {
    AuditEntry { reason: text, ..remark(place, actor, AuditKind::Note, "note".to_owned(), at) }
}

/// The line for letting the console write, or taking it back.
pub(super) fn mode(place: &Place, actor: &Actor, mode: &WriteMode, now: Now) -> AuditEntry {
    let left = mode.remaining(&place.context, now);
    let action = match left {
        Some(left) => format!("writing on for {}", short_duration(left)),
        None => "writing off".to_owned(),
    };
    remark(place, actor, AuditKind::Mode, action, now.wall)
}
