//! What error budgets say of a release from the command line.

use super::live::{Live, Source};
use crate::cli::setup::Setup;
use crate::cluster::Cluster;
use crate::domain::{Check, CheckOutcome, Fault, FaultKind, ServiceKey};
use crate::shell::patience::Deadline;
use crate::shell::slos::{Definitions, SloSource};
use crate::slo::Policy;

/// The check of a release of `service`, asked for with `reason`; none if no
/// objective is about it. Objectives are those of the console: in files, kept in
/// the cluster, and recorded in a Prometheus of the settings. Numbers come from
/// there too, or from the slots the console keeps; what cannot be found out, or
/// not in time, is unknown, and says so.
pub(in crate::cli) async fn release_check(
    setup: &Setup,
    cluster: &Cluster,
    service: &ServiceKey,
    reason: &str,
) -> Option<Check> {
    let by = Deadline::begin(cluster.url());
    let text = |name| setup.config.text(name).unwrap_or_default();
    let mut definitions = SloSource::of_setting(text("slos"), &setup.folders).load();
    let kept = Box::pin(cluster.slo_resources(Some(&service.namespace)));
    let unread = match by.early().answer("read the objectives kept in the cluster", kept).await {
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
    let unknown = |why: String| {
        let check = Check::new("budget", CheckOutcome::Unknown, why, "error budgets");
        check.remedy("qd slo list shows what there is")
    };
    match numbers(setup, definitions, service, &by).await {
        Ok(Some(live)) if live.board().slos.is_empty() => live.unread().or(unread).map(unknown),
        Ok(Some(live)) => Some(live.board().release(service, reason)),
        Ok(None) if any => Some(unknown("no console has counted its objectives here".to_owned())),
        Ok(None) => unread.map(unknown),
        Err(fault) => Some(unknown(fault.text)),
    }
}

/// What is known of the objectives of `service`, if that is known in time.
async fn numbers(
    setup: &Setup,
    definitions: Definitions,
    service: &ServiceKey,
    by: &Deadline,
) -> Result<Option<Live>, Fault> {
    let source = Source::of(setup)?;
    let (whom, only) = (source.to_string(), service.name.to_string());
    // Asking a server needs a runtime of its own, which a task must not begin.
    // Nobody waits for a thread whose server is silent: it ends with the program.
    let (tell, told) = tokio::sync::oneshot::channel();
    let asked = std::thread::Builder::new().name("budgets".to_owned()).spawn(move || {
        let _nobody_waits = tell.send(source.read(definitions, Some(&only)));
    });
    let lost = |why: String| Fault::new(FaultKind::Internal, format!("its objectives cannot be read: {why}"));
    asked.map_err(|error| lost(error.to_string()))?;
    let answer = async { told.await.map_err(|gone| lost(gone.to_string()))? };
    let live = by.of(&whom).answer("ask for its error budgets", answer).await?;
    live.iter().for_each(Live::warn);
    Ok(live)
}
