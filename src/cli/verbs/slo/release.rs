//! What error budgets say of a release from the command line.

use super::live;
use crate::cli::setup::Setup;
use crate::domain::{Check, CheckOutcome, ServiceKey};
use crate::shell::slos::SloSource;
use crate::slo::Policy;

/// The check of a release of `service`, asked for with `reason`; none if no
/// objective is about it. Numbers come from the slots the console keeps, or a
/// Prometheus of the settings; what cannot be found out is unknown, and says so.
pub(in crate::cli) fn release_check(setup: &Setup, service: &ServiceKey, reason: &str) -> Option<Check> {
    let text = |name| setup.config.text(name).unwrap_or_default();
    let mut definitions = SloSource::of_setting(text("slos"), &setup.folders).load(&setup.folders);
    definitions.slos.retain(|slo| slo.service == service.name.as_str());
    definitions.take_policy(text("budget-policy"));
    if definitions.slos.is_empty() {
        return None;
    }
    let policy = Policy::of(&definitions.policies, service.name.as_str());
    if let Some(unreadable) = policy.misread() {
        return Some(unreadable.check(&policy));
    }
    // Asking a server needs a runtime of its own, which a task must not begin.
    let live = std::thread::scope(|scope| scope.spawn(|| live::of(setup, definitions)).join());
    let unknown = |why: &str| {
        Check::new("budget", CheckOutcome::Unknown, why, "error budgets")
            .remedy("qd slo list shows what there is")
    };
    Some(match live {
        Ok(Ok(Some(live))) => live.board().release(service, reason),
        Ok(Ok(None)) => unknown("no console has counted its objectives here"),
        Ok(Err(fault)) => unknown(&fault.text),
        Err(_panic) => unknown("its objectives could not be read"),
    })
}
