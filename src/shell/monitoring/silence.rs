//! Carrying a silence out: intent on disk, request, outcome on disk.

use super::Reach;
use crate::domain::{AuditKind, Fault, FaultKind, Permit, SilenceOrder};
use crate::metrics::alertmanager::Alertmanager;
use crate::shell::{clock, journal};
use crate::store::AuditLog;

/// Makes or ends the silence; its id. Nothing is sent if the intent cannot be
/// written down.
///
/// # Errors
/// The audit log cannot be written, or Alertmanager refused, or nobody knows.
pub async fn carry_out(
    audit: &AuditLog,
    alertmanager: &Alertmanager<Reach>,
    order: &SilenceOrder,
    permit: Permit,
) -> Result<String, Fault> {
    let begun = clock::now();
    journal::append(audit, order.line(AuditKind::Intent, begun.wall)).await?;
    let done = alertmanager.carry_out(order, permit).await;
    let now = clock::now();
    let mut line = order.line(AuditKind::Outcome, now.wall);
    line.took_ms = u64::try_from(now.elapsed(begun).as_millis()).unwrap_or(u64::MAX);
    (line.result, line.detail) = match &done {
        Ok(id) => ("succeeded".to_owned(), format!("silence {id} in {}", alertmanager.place)),
        Err(fault) if fault.kind == FaultKind::OutcomeUnknown => ("unknown".to_owned(), fault.text.clone()),
        Err(fault) => ("failed".to_owned(), fault.text.clone()),
    };
    journal::append(audit, line).await?;
    done
}
