//! What keeps a new version from more users, read from the cluster: the lock
//! on a workload, and who has agreed to a plan.
//!
//! Asked before a delivery is planned, again when it is started, and before a
//! promotion by hand. Never before a rollback or an abort.

use super::stored::stored;
use crate::cluster::Cluster;
use crate::domain::{Check, CheckOutcome, Fault, FaultKind, Lock, Locked, Now, ObjectKey};
use crate::engine::Probe;
use crate::engine::canary::Request;
use crate::engine::record::OperationRecord;
use crate::shell::patience::Deadline;

/// The lock on a workload; none if nobody set one.
pub(super) async fn lock_of(cluster: &Cluster, workload: &ObjectKey, by: &Deadline) -> Probe<Option<Locked>> {
    match by.answer("read the lock", cluster.read(&Lock::key(workload))).await {
        Ok(raw) => {
            let found = stored(&raw);
            Ok(Some(Locked { uid: found.uid, lock: Lock::read(&found.text) }))
        }
        Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Refuses while somebody keeps deliveries from this workload, and while that
/// cannot be told.
pub(super) async fn unlocked(cluster: &Cluster, workload: &ObjectKey, now: Now) -> Result<(), Fault> {
    let locked = lock_of(cluster, workload, &Deadline::begin(cluster.url())).await?;
    passes(&Locked::check(locked.as_ref(), workload, now))
}

fn passes(check: &Check) -> Result<(), Fault> {
    if check.outcome == CheckOutcome::Fail {
        let text = format!("refused, nothing was written: {}: {}", check.name, check.observed);
        return Err(Fault::new(FaultKind::Refused, text).hint(check.remedy.clone()));
    }
    Ok(())
}

/// Refuses a promotion by hand that something keeps back. Holding, resuming and
/// going back are never kept back.
pub(super) async fn may_ask(
    cluster: &Cluster,
    record: &OperationRecord,
    request: Request,
    now: Now,
) -> Result<(), Fault> {
    match request {
        Request::Promote | Request::PromoteFull => unlocked(cluster, &record.target.key(), now).await,
        Request::Hold | Request::Resume | Request::Abort => Ok(()),
    }
}
