//! A pod's `status`, as its kubelet writes it.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::container::{Container, Ending, State};
use super::notes::{full_name, go_duration};
use super::pod::PodRun;
use crate::demo::controllers::stamp::Stamp;

/// The whole status at `now`.
pub(super) fn render(pod: &PodRun, now: Timestamp) -> Value {
    let phase = phase(pod);
    let mut status = json!({
        "phase": phase,
        "observedGeneration": 1,
        "conditions": conditions(pod, phase, now),
        "hostIP": &*pod.host_ip,
        "hostIPs": [{"ip": &*pod.host_ip}],
        "startTime": Stamp::new(pod.started),
        "containerStatuses": statuses(pod, false, now),
        "qosClass": pod.spec.qos_class(),
    });
    if !pod.ip.is_empty() && has_sandbox(pod) {
        status["podIP"] = (*pod.ip).into();
        status["podIPs"] = json!([{"ip": &*pod.ip}]);
    }
    if pod.containers.iter().any(|c| c.init) {
        status["initContainerStatuses"] = statuses(pod, true, now);
    }
    status
}

fn statuses(pod: &PodRun, init: bool, now: Timestamp) -> Value {
    pod.containers.iter().filter(|c| c.init == init).map(|c| container(pod, c, now)).collect()
}

/// The sandbox, and with it the address, comes before the first container.
fn has_sandbox(pod: &PodRun) -> bool {
    pod.containers.iter().any(|c| c.state != State::Waiting)
}

fn phase(pod: &PodRun) -> &'static str {
    match pod.verdict() {
        Some(true) => return "Succeeded",
        Some(false) => return "Failed",
        None => {}
    }
    let begun = |c: &Container| c.is_running() || c.last.is_some();
    let mains = || pod.containers.iter().filter(|c| !c.init);
    if mains().count() > 0 && mains().all(begun) { "Running" } else { "Pending" }
}

fn conditions(pod: &PodRun, phase: &str, now: Timestamp) -> Value {
    let scheduled = pod.started;
    let unready: Vec<&str> =
        pod.containers.iter().filter(|c| !c.init && !c.is_ready(now)).map(|c| c.spec.name.as_str()).collect();
    let why = if pod.ready.0 {
        None
    } else if phase == "Succeeded" {
        Some(("PodCompleted", String::new()))
    } else {
        Some(("ContainersNotReady", format!("containers with unready status: [{}]", unready.join(" "))))
    };
    let incomplete: Vec<&str> =
        pod.containers.iter().filter(|c| c.init && !c.succeeded()).map(|c| c.spec.name.as_str()).collect();
    let initialized = pod.initialized.is_none().then(|| {
        ("ContainersNotInitialized", format!("containers with incomplete status: [{}]", incomplete.join(" ")))
    });
    let since = pod.ready.1;
    json!([
        condition("PodReadyToStartContainers", has_sandbox(pod), pod.started, None),
        condition(
            "Initialized",
            pod.initialized.is_some(),
            pod.initialized.unwrap_or(pod.started),
            initialized
        ),
        condition("Ready", pod.ready.0, since, why.clone()),
        condition("ContainersReady", pod.ready.0, since, why),
        condition("PodScheduled", true, scheduled, None),
    ])
}

fn condition(kind: &str, holds: bool, since: Timestamp, why: Option<(&str, String)>) -> Value {
    let mut out = json!({
        "type": kind,
        "status": if holds { "True" } else { "False" },
        "observedGeneration": 1,
        "lastProbeTime": null,
        "lastTransitionTime": Stamp::new(since),
    });
    if let Some((reason, message)) = why {
        out["reason"] = reason.into();
        if !message.is_empty() {
            out["message"] = message.into();
        }
    }
    out
}

fn container(pod: &PodRun, c: &Container, now: Timestamp) -> Value {
    let ran = c.is_running() || c.last.is_some();
    let current_end = c.last.as_ref().filter(|_| shows_end(c));
    let last_state = match (&c.last, current_end) {
        (Some(end), None) => json!({"terminated": ending(pod, c, end)}),
        (Some(_), Some(_)) | (None, _) => json!({}),
    };
    let mut out = json!({
        "name": c.spec.name,
        "image": c.spec.image,
        "imageID": if ran { image_id(&c.spec.image) } else { String::new() },
        "ready": if c.init { c.succeeded() } else { c.is_ready(now) },
        "started": c.is_running(),
        "restartCount": c.restarts,
        "state": state(pod, c),
        "lastState": last_state,
        "resources": {},
    });
    if ran {
        out["containerID"] = container_id(pod, c, c.restarts).into();
    }
    out
}

/// Between the end and a wait worth showing, the container is `terminated`.
fn shows_end(c: &Container) -> bool {
    match c.state {
        State::Ended => true,
        State::BackOff { wait_s, .. } => wait_s <= 1.0,
        State::Waiting
        | State::Pulling { .. }
        | State::PullError { .. }
        | State::PullBackOff { .. }
        | State::Creating { .. }
        | State::Running { .. } => false,
    }
}

fn state(pod: &PodRun, c: &Container) -> Value {
    let image = &c.spec.image;
    let error = c.behaviour().pull_error.as_deref().unwrap_or_default();
    let creating = if pod.containers.iter().any(|i| i.init) && pod.initialized.is_none() && !c.init {
        "PodInitializing"
    } else {
        "ContainerCreating"
    };
    match &c.state {
        State::Waiting | State::Creating { .. } => waiting(creating, None),
        // A retry keeps showing why it is retried.
        State::Pulling { .. } if error.is_empty() => waiting(creating, None),
        State::Pulling { .. } | State::PullError { .. } => waiting("ErrImagePull", Some(error.to_owned())),
        State::PullBackOff { .. } => {
            let message = format!("Back-off pulling image \"{image}\": ErrImagePull: {error}");
            waiting("ImagePullBackOff", Some(message))
        }
        State::Running { since, .. } => json!({"running": {"startedAt": Stamp::new(*since)}}),
        State::BackOff { wait_s, .. } if *wait_s > 1.0 => {
            let wait = go_duration(*wait_s);
            let name = &c.spec.name;
            let message =
                format!("back-off {wait} restarting failed container={name} pod={}", full_name(pod));
            waiting("CrashLoopBackOff", Some(message))
        }
        State::BackOff { .. } | State::Ended => {
            json!({"terminated": c.last.as_ref().map(|e| ending(pod, c, e))})
        }
    }
}

fn waiting(reason: &str, message: Option<String>) -> Value {
    match message {
        Some(message) => json!({"waiting": {"reason": reason, "message": message}}),
        None => json!({"waiting": {"reason": reason}}),
    }
}

fn ending(pod: &PodRun, c: &Container, end: &Ending) -> Value {
    let earlier = if shows_end(c) { c.restarts } else { c.restarts.saturating_sub(1) };
    json!({
        "exitCode": end.exit_code,
        "reason": end.reason,
        "startedAt": Stamp::new(end.started),
        "finishedAt": Stamp::new(end.finished),
        "containerID": container_id(pod, c, earlier),
    })
}

/// A digest that looks and stays like one.
pub(super) fn image_id(image: &str) -> String {
    let name = image.rsplit_once(':').map_or(image, |(name, _)| name);
    format!("{name}@sha256:{}", hex(image))
}

fn container_id(pod: &PodRun, c: &Container, run: u32) -> String {
    format!("containerd://{}", hex(&format!("{}/{}/{run}", pod.uid, c.spec.name)))
}

fn hex(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut out, b| {
        // Writing to a String cannot fail.
        let _ = write!(out, "{b:02x}");
        out
    })
}
