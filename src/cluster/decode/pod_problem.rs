//! What is wrong with a pod, in the words of who noticed.

use super::intern::safe;
use super::pod::{ContainerStatus, RawPod, exit_words};
use crate::domain::{NOT_READY, PodProblem, redact_text};

/// Reasons to wait that are part of a normal start.
const STARTING: [&str; 3] = ["", "ContainerCreating", "PodInitializing"];

/// The most telling problem: what ended the pod as a whole, else the first
/// container in trouble in the order they start, else that no node takes it.
pub(super) fn problem(raw: &RawPod<'_>) -> Option<PodProblem> {
    evicted(raw)
        .or_else(|| raw.status.init_container_statuses.iter().find_map(of_container))
        .or_else(|| raw.status.container_statuses.iter().find_map(of_container))
        .or_else(|| unschedulable(raw))
        .or_else(|| raw.status.container_statuses.iter().find_map(unready))
}

fn evicted(raw: &RawPod<'_>) -> Option<PodProblem> {
    let failed = matches!(&*raw.status.phase, "Failed" | "Unknown") && !raw.status.reason.is_empty();
    failed.then(|| said(&raw.status.reason, &raw.status.message))
}

fn unschedulable(raw: &RawPod<'_>) -> Option<PodProblem> {
    let condition = raw.status.condition("PodScheduled")?;
    let refused = !condition.holds() && !condition.reason.is_empty();
    refused.then(|| said(&condition.reason, &condition.message))
}

fn of_container(container: &ContainerStatus<'_>) -> Option<PodProblem> {
    let last_exit = container.last_state.terminated.as_ref().map(exit_words).unwrap_or_default();
    if let Some(waiting) = &container.state.waiting
        && !STARTING.contains(&&*waiting.reason)
    {
        // A crash loop's own message only says how long the back-off is; the
        // container's last words say why.
        let ended = container.last_state.terminated.as_ref().map_or("", |end| &*end.message);
        let message = if ended.is_empty() { &*waiting.message } else { ended };
        return Some(about(container, said(&waiting.reason, message), last_exit));
    }
    let end = container.state.terminated.as_ref().filter(|end| end.exit_code.0 != 0 || end.signal.0 != 0)?;
    let reason = if end.reason.is_empty() { "Error" } else { &*end.reason };
    Some(about(container, said(reason, &end.message), exit_words(end)))
}

/// Started, and still not taking requests.
fn unready(container: &ContainerStatus<'_>) -> Option<PodProblem> {
    let unready = container.state.running.is_some() && *container.started && !*container.ready;
    let last_exit = container.last_state.terminated.as_ref().map(exit_words).unwrap_or_default();
    unready
        .then(|| about(container, said(NOT_READY, "runs, but its readiness probe does not pass"), last_exit))
}

fn said(reason: &str, message: &str) -> PodProblem {
    PodProblem {
        reason: safe(reason).into_owned(),
        message: redact_text(&safe(message)),
        container: None,
        last_exit: String::new(),
    }
}

fn about(container: &ContainerStatus<'_>, problem: PodProblem, last_exit: String) -> PodProblem {
    PodProblem { container: Some(safe(&container.name).into_owned()), last_exit, ..problem }
}
