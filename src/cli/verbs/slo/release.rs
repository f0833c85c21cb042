//! What error budgets say of a release from the command line.

use super::live;
use crate::cli::setup::Setup;
use crate::cluster::Cluster;
use crate::domain::{Check, CheckOutcome, ServiceKey};
use crate::shell::slos::SloSource;
use crate::slo::Policy;

/// The check of a release of `service`, asked for with `reason`; none if no
/// objective is about it. Objectives are those of the console: in files, kept in
/// the cluster, and recorded in a Prometheus of the settings. Numbers come from
/// there too, or from the slots the console keeps; what cannot be found out is
/// unknown, and says so.
pub(in crate::cli) async fn release_check(
    setup: &Setup,
    cluster: &Cluster,
    service: &ServiceKey,
    reason: &str,
) -> Option<Check> {
    let text = |name| setup.config.text(name).unwrap_or_default();
    let mut definitions = SloSource::of_setting(text("slos"), &setup.folders).load();
    let unread = match Box::pin(cluster.slo_resources(Some(&service.namespace))).await {
        Ok(found) => {
            for (place, text) in &found {
                definitions.take(place, text);
            }
            None
        }
        Err(fault) => Some(format!("objectives kept in the cluster cannot be read: {}", fault.text)),
    };
    definitions.slos.retain(|slo| slo.service == service.name.as_str());
    definitions.take_policy(text("budget-policy"));
    let any = !definitions.slos.is_empty();
    let policy = Policy::of(&definitions.policies, service.name.as_str());
    if let Some(unreadable) = policy.misread().filter(|_| any) {
        return Some(unreadable.check(&policy));
    }
    // Asking a server needs a runtime of its own, which a task must not begin.
    let asked = || live::of(setup, definitions, Some(service.name.as_str()));
    let live = std::thread::scope(|scope| scope.spawn(asked).join());
    let unknown = |why: String| {
        let check = Check::new("budget", CheckOutcome::Unknown, why, "error budgets");
        check.remedy("qd slo list shows what there is")
    };
    match live {
        Ok(Ok(Some(live))) if live.board().slos.is_empty() => live.unread().or(unread).map(unknown),
        Ok(Ok(Some(live))) => Some(live.board().release(service, reason)),
        Ok(Ok(None)) if any => Some(unknown("no console has counted its objectives here".to_owned())),
        Ok(Ok(None)) => unread.map(unknown),
        Ok(Err(fault)) => Some(unknown(fault.text)),
        Err(_panic) => Some(unknown("its objectives could not be read".to_owned())),
    }
}
