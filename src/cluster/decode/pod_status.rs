//! The status word of a pod, as `kubectl get pods` computes it.
//!
//! Follows `printPod` of Kubernetes' `pkg/printers/internalversion/printers.go`
//! step by step, so that nobody sees one word here and another one there.

use super::pod::{ContainerStatus, RawPod, Terminated};
use std::borrow::Cow;

/// What `kubectl get pods` shows of a pod.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Status {
    /// `Running`, `Init:0/1`, `CrashLoopBackOff`.
    pub(super) word: String,
    /// Containers ready, sidecars included.
    pub(super) ready: u16,
    /// Containers in all, sidecars included.
    pub(super) total: u16,
    /// Restarts of the containers that matter at this stage.
    pub(super) restarts: u32,
}

pub(super) fn status(raw: &RawPod<'_>) -> Status {
    let sidecars = raw.spec.init_containers.iter().filter(|container| container.is_sidecar()).count();
    let mut status = Status {
        word: phase_word(raw).into_owned(),
        ready: 0,
        total: u16::try_from(raw.spec.containers.len() + sidecars).unwrap_or(u16::MAX),
        restarts: 0,
    };
    let stage = init_stage(raw);
    status.ready = stage.ready;
    status.restarts = stage.restarts;
    let initialized = raw.status.condition("Initialized").is_some_and(super::pod::PodCondition::holds);
    let initializing = stage.word.is_some();
    if let Some(word) = stage.word {
        status.word = word;
    }
    if !initializing || initialized {
        status.restarts = stage.sidecar_restarts;
        main_stage(raw, &mut status);
    }
    if raw.metadata.is_terminating() {
        if &*raw.status.reason == "NodeLost" {
            "Unknown".clone_into(&mut status.word);
        } else if !matches!(&*raw.status.phase, "Succeeded" | "Failed") {
            "Terminating".clone_into(&mut status.word);
        }
    }
    status
}

fn phase_word<'a>(raw: &'a RawPod<'_>) -> Cow<'a, str> {
    let gated = raw.status.condition("PodScheduled").is_some_and(|c| &*c.reason == "SchedulingGated");
    let phase = &*raw.status.phase;
    let reason = &*raw.status.reason;
    match (gated, reason.is_empty(), phase.is_empty()) {
        (true, _, _) => Cow::Borrowed("SchedulingGated"),
        (false, false, _) => Cow::Borrowed(reason),
        (false, true, false) => Cow::Borrowed(phase),
        (false, true, true) => Cow::Borrowed("Unknown"),
    }
}

#[derive(Default)]
struct InitStage {
    word: Option<String>,
    ready: u16,
    restarts: u32,
    sidecar_restarts: u32,
}

fn init_stage(raw: &RawPod<'_>) -> InitStage {
    let mut stage = InitStage::default();
    for (index, container) in raw.status.init_container_statuses.iter().enumerate() {
        let sidecar =
            raw.spec.init_containers.iter().any(|spec| *spec.name == *container.name && spec.is_sidecar());
        stage.restarts += container.restart_count.count();
        if sidecar {
            stage.sidecar_restarts += container.restart_count.count();
        }
        let ended = container.state.terminated.as_ref();
        if ended.is_some_and(|end| end.exit_code.0 == 0) {
            continue;
        }
        if sidecar && *container.started {
            stage.ready += u16::from(*container.ready);
            continue;
        }
        stage.word = Some(init_word(container, index, raw.spec.init_containers.len()));
        break;
    }
    stage
}

fn init_word(container: &ContainerStatus<'_>, index: usize, total: usize) -> String {
    if let Some(end) = &container.state.terminated {
        return format!("Init:{}", end_word(end));
    }
    match &container.state.waiting {
        Some(waiting) if !matches!(&*waiting.reason, "" | "PodInitializing") => {
            format!("Init:{}", &*waiting.reason)
        }
        Some(_) | None => format!("Init:{index}/{total}"),
    }
}

fn end_word(end: &Terminated<'_>) -> String {
    match (end.reason.is_empty(), end.signal.0) {
        (false, _) => end.reason.to_string(),
        (true, 0) => format!("ExitCode:{}", end.exit_code.0),
        (true, signal) => format!("Signal:{signal}"),
    }
}

fn main_stage(raw: &RawPod<'_>, status: &mut Status) {
    let mut has_running = false;
    for container in raw.status.container_statuses.iter().rev() {
        status.restarts += container.restart_count.count();
        let waiting = container.state.waiting.as_ref().filter(|waiting| !waiting.reason.is_empty());
        if let Some(waiting) = waiting {
            status.word = waiting.reason.to_string();
        } else if let Some(end) = &container.state.terminated {
            status.word = end_word(end);
        } else if *container.ready && container.state.running.is_some() {
            has_running = true;
            status.ready += 1;
        }
    }
    if status.word == "Completed" && has_running {
        let ready = raw.status.condition("Ready").is_some_and(super::pod::PodCondition::holds);
        let word = if ready { "Running" } else { "NotReady" };
        word.clone_into(&mut status.word);
    }
}
