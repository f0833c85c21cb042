//! The next state of one container, computed from the state the API server
//! shows and from nothing else: a restarted fake kubelet carries on.

use std::time::Duration;

use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting, ContainerStatus,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::fate::Fate;

/// What happened to a container, said in an Event.
pub(crate) struct Note {
    pub warning: bool,
    pub reason: &'static str,
    pub message: String,
}

/// A container's next state and how long the present one lasts.
pub(crate) struct Step {
    pub after: Duration,
    pub status: ContainerStatus,
    pub note: Option<Note>,
}

/// Longest pause of a crash loop. A real kubelet goes to 300 s; tests want to
/// see the restart count move.
const MAX_BACKOFF: Duration = Duration::from_secs(30);

pub(crate) struct Context<'a> {
    pub fate: Fate,
    /// How long a container takes to start.
    pub start: Duration,
    pub now: &'a Time,
}

/// The state before anything happened: an image is being pulled.
pub(crate) fn creating(name: &str, image: &str) -> ContainerStatus {
    ContainerStatus {
        name: name.to_owned(),
        image: image.to_owned(),
        image_id: String::new(),
        started: Some(false),
        state: Some(waiting("ContainerCreating", None)),
        ..Default::default()
    }
}

/// The step out of `now`, or `None` when the container stays as it is.
pub(crate) fn step(now: &ContainerStatus, cx: &Context) -> Option<Step> {
    let state = now.state.as_ref()?;
    if let Some(waiting) = &state.waiting {
        return from_waiting(now, waiting.reason.as_deref().unwrap_or_default(), cx);
    }
    if state.running.is_some() {
        return from_running(now, cx);
    }
    None
}

fn from_waiting(now: &ContainerStatus, reason: &str, cx: &Context) -> Option<Step> {
    if reason == "CrashLoopBackOff" {
        let pause = Duration::from_secs(2) * 2_u32.saturating_pow(now.restart_count.clamp(0, 8) as u32);
        return Some(running(now, cx, pause.min(MAX_BACKOFF), now.restart_count + 1));
    }
    if cx.fate != Fate::NoPull {
        return Some(running(now, cx, cx.start, now.restart_count));
    }
    let image = &now.image;
    let (after, next, message) = match reason {
        "ImagePullBackOff" => return None,
        "ErrImagePull" => {
            (Duration::from_secs(1), "ImagePullBackOff", format!("Back-off pulling image \"{image}\""))
        }
        _ => (cx.start, "ErrImagePull", format!("failed to pull and unpack image \"{image}\": not found")),
    };
    let event = if next == "ErrImagePull" { "Failed" } else { "BackOff" };
    Some(Step {
        after,
        status: ContainerStatus { state: Some(waiting(next, Some(&message))), ..now.clone() },
        note: Some(note(true, event, message)),
    })
}

fn from_running(now: &ContainerStatus, cx: &Context) -> Option<Step> {
    match cx.fate {
        Fate::Good | Fate::NoPull | Fate::Slow if now.ready => None,
        Fate::Good | Fate::NoPull => Some(readiness(now, true, Duration::ZERO)),
        Fate::Slow => Some(readiness(now, true, cx.start * 10)),
        Fate::Unready if now.ready => Some(readiness(now, false, Duration::ZERO)),
        Fate::Unready => None,
        Fate::Crash => Some(crashed(now, cx, 1, "Error")),
        Fate::Oom => Some(crashed(now, cx, 137, "OOMKilled")),
        Fate::Finish => Some(ended(now, cx, 0, "Completed")),
        Fate::Fail => Some(ended(now, cx, 1, "Error")),
    }
}

/// A good container is ready at once when it starts; the others are not.
fn running(now: &ContainerStatus, cx: &Context, after: Duration, restarts: i32) -> Step {
    Step {
        after,
        status: ContainerStatus {
            state: Some(ContainerState {
                running: Some(ContainerStateRunning { started_at: Some(cx.now.clone()) }),
                ..Default::default()
            }),
            ready: matches!(cx.fate, Fate::Good | Fate::Finish | Fate::Fail),
            started: Some(true),
            restart_count: restarts,
            container_id: Some(format!("fake://{}-{restarts}", now.name)),
            image_id: format!("{}@sha256:fake", now.image),
            ..now.clone()
        },
        note: Some(note(false, "Started", format!("Started container {}", now.name))),
    }
}

fn readiness(now: &ContainerStatus, ready: bool, after: Duration) -> Step {
    let failed =
        || note(true, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503".into());
    Step { after, status: ContainerStatus { ready, ..now.clone() }, note: (!ready).then(failed) }
}

/// As a kubelet does, the first crash is followed by a start at once, later
/// ones by a back-off.
fn crashed(now: &ContainerStatus, cx: &Context, code: i32, reason: &str) -> Step {
    let first = now.restart_count == 0;
    let last = terminated(now, cx, code, reason);
    let mut step = if first {
        running(now, cx, cx.start / 2, 1)
    } else {
        let message = format!("back-off restarting failed container={}", now.name);
        Step {
            after: cx.start / 2,
            status: ContainerStatus {
                state: Some(waiting("CrashLoopBackOff", Some(&message))),
                ready: false,
                started: Some(false),
                ..now.clone()
            },
            note: Some(note(true, "BackOff", format!("Back-off restarting failed container {}", now.name))),
        }
    };
    step.status.last_state = Some(last);
    step
}

fn ended(now: &ContainerStatus, cx: &Context, code: i32, reason: &str) -> Step {
    Step {
        after: cx.start,
        status: ContainerStatus {
            state: Some(terminated(now, cx, code, reason)),
            ready: false,
            started: Some(false),
            ..now.clone()
        },
        note: None,
    }
}

fn terminated(now: &ContainerStatus, cx: &Context, code: i32, reason: &str) -> ContainerState {
    let started = now.state.as_ref().and_then(|state| state.running.as_ref());
    ContainerState {
        terminated: Some(ContainerStateTerminated {
            exit_code: code,
            reason: Some(reason.to_owned()),
            started_at: started.and_then(|running| running.started_at.clone()),
            finished_at: Some(cx.now.clone()),
            container_id: now.container_id.clone(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn waiting(reason: &str, message: Option<&str>) -> ContainerState {
    ContainerState {
        waiting: Some(ContainerStateWaiting {
            reason: Some(reason.to_owned()),
            message: message.map(str::to_owned),
        }),
        ..Default::default()
    }
}

fn note(warning: bool, reason: &'static str, message: String) -> Note {
    Note { warning, reason, message }
}
