//! What refuses a change before a person is asked.

use crate::cli::setup::Setup;
use crate::domain::{Check, CheckOutcome, Fault, FaultKind, Refusal};
use crate::engine::gates::APPROVAL;

/// Refuses where the configuration says that nothing may be written.
pub(super) fn writing_is_on(setup: &Setup, context: &str) -> Result<(), Fault> {
    match setup.config.get("read-only") {
        Some(setting) if setup.config.flag("read-only") => {
            let text = format!("writing is off in {context} (read-only, {})", setting.origin);
            Err(Fault::new(FaultKind::Refused, text).hint("take that setting away to write here"))
        }
        Some(_) | None => Ok(()),
    }
}

/// Refuses for the first check that failed: no answer could mend it.
pub(super) fn checks_pass(checks: &[Check]) -> Result<(), Fault> {
    let Some(check) = checks.iter().find(|check| check.outcome == CheckOutcome::Fail) else {
        return Ok(());
    };
    let fault = refused(&Refusal::Check(Box::new(check.clone())));
    if check.name == APPROVAL {
        return Err(Fault { kind: FaultKind::Awaiting, ..fault });
    }
    Err(if check.name == "owner" { fault.hint("here: --override-owner --reason '…'") } else { fault })
}

/// A refusal of the gate, as an error with its remedy.
pub(super) fn refused(refusal: &Refusal) -> Fault {
    Fault::new(FaultKind::Refused, format!("refused, nothing was written: {refusal}")).hint(refusal.remedy())
}
