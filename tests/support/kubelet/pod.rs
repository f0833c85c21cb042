//! The next thing to do about one pod: bind it, move its containers on, or
//! finish its deletion.

use std::time::Duration;

use k8s_openapi::api::core::v1::{ContainerStatus, Pod, PodCondition, PodIP, PodStatus};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::container::{self, Context, Note};
use super::fate;

pub(crate) enum Act {
    /// Through the binding subresource, as a scheduler does.
    Bind { node: String },
    /// Write `status` and say what happened.
    Status { status: Box<PodStatus>, notes: Vec<Note> },
    /// Remove a pod whose deletion was asked for.
    Remove,
}

pub(crate) struct Next {
    pub after: Duration,
    pub act: Act,
}

pub(crate) struct Setting<'a> {
    pub nodes: &'a [String],
    pub start: Duration,
    pub now: &'a Time,
    /// The address a pod gets when it is first seen on a node.
    pub address: &'a str,
}

/// `None` when the pod needs nothing until it changes.
pub(crate) fn next(pod: &Pod, at: &Setting) -> Option<Next> {
    if pod.metadata.deletion_timestamp.is_some() {
        // Long enough for a watcher to see the pod terminating.
        return Some(Next { after: at.start / 2, act: Act::Remove });
    }
    let spec = pod.spec.as_ref()?;
    let status = pod.status.clone().unwrap_or_default();
    if matches!(status.phase.as_deref(), Some("Succeeded" | "Failed")) {
        return None;
    }
    let Some(node) = &spec.node_name else {
        let node = wanted_node(pod).or_else(|| spread(pod, at.nodes))?;
        return Some(Next { after: Duration::ZERO, act: Act::Bind { node } });
    };
    // Nodes of a real cluster have kubelets of their own.
    if !at.nodes.contains(node) {
        return None;
    }
    match &status.container_statuses {
        None => Some(Next { after: Duration::ZERO, act: begin(pod, status, at) }),
        Some(containers) => go_on(pod, &status, containers, at),
    }
}

/// The node a DaemonSet chose: it says so by affinity to the node's name.
fn wanted_node(pod: &Pod) -> Option<String> {
    let affinity = pod.spec.as_ref()?.affinity.as_ref()?.node_affinity.as_ref()?;
    let required = affinity.required_during_scheduling_ignored_during_execution.as_ref()?;
    let field = required.node_selector_terms.first()?.match_fields.as_ref()?.first()?;
    field.values.as_ref()?.first().cloned()
}

fn spread(pod: &Pod, nodes: &[String]) -> Option<String> {
    let uid = pod.metadata.uid.as_deref()?;
    let sum: usize = uid.bytes().map(usize::from).sum();
    nodes.get(sum.checked_rem(nodes.len())?).cloned()
}

fn begin(pod: &Pod, mut status: PodStatus, at: &Setting) -> Act {
    let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
    let statuses = containers
        .map(|one| container::creating(&one.name, one.image.as_deref().unwrap_or_default()))
        .collect();
    status.phase = Some("Pending".to_owned());
    status.host_ip = Some("127.0.0.1".to_owned());
    status.start_time = Some(at.now.clone());
    settle(&mut status, statuses, at);
    Act::Status { status: Box::new(status), notes: Vec::new() }
}

fn go_on(pod: &Pod, status: &PodStatus, containers: &[ContainerStatus], at: &Setting) -> Option<Next> {
    let steps: Vec<_> = containers
        .iter()
        .enumerate()
        .map(|(index, one)| {
            let fate = fate::of(pod, index, &one.image);
            container::step(one, &Context { fate, start: at.start, now: at.now })
        })
        .collect();
    let after = steps.iter().flatten().map(|step| step.after).min()?;
    let mut notes = Vec::new();
    let mut moved = containers.to_vec();
    for (slot, step) in moved.iter_mut().zip(steps) {
        if let Some(step) = step.filter(|step| step.after == after) {
            *slot = step.status;
            notes.extend(step.note);
        }
    }
    let mut status = status.clone();
    settle(&mut status, moved, at);
    Some(Next { after, act: Act::Status { status: Box::new(status), notes } })
}

/// Phase, address and conditions follow from the containers.
fn settle(status: &mut PodStatus, containers: Vec<ContainerStatus>, at: &Setting) {
    let codes: Vec<_> =
        containers.iter().map(|one| Some(one.state.as_ref()?.terminated.as_ref()?.exit_code)).collect();
    let begun = containers.iter().any(|one| one.started == Some(true) || one.restart_count > 0);
    let ended = codes.iter().all(Option::is_some);
    let phase = match (ended, begun) {
        (true, _) if codes.iter().flatten().all(|code| *code == 0) => "Succeeded",
        (true, _) => "Failed",
        (false, true) => "Running",
        (false, false) => "Pending",
    };
    if phase != "Pending" && status.pod_ip.is_none() {
        status.pod_ip = Some(at.address.to_owned());
        status.pod_ips = Some(vec![PodIP { ip: at.address.to_owned() }]);
    }
    let ready = !ended && containers.iter().all(|one| one.ready);
    let unready: Vec<_> = containers.iter().filter(|one| !one.ready).map(|one| one.name.as_str()).collect();
    let why = format!("containers with unready status: [{}]", unready.join(" "));
    status.phase = Some(phase.to_owned());
    for (kind, holds) in [
        ("PodReadyToStartContainers", true),
        ("Initialized", true),
        ("Ready", ready),
        ("ContainersReady", ready),
        ("PodScheduled", true),
    ] {
        let why = (!holds).then_some(why.as_str());
        set_condition(status.conditions.get_or_insert_default(), kind, why, at.now);
    }
    status.container_statuses = Some(containers);
}

fn set_condition(all: &mut Vec<PodCondition>, kind: &str, why_not: Option<&str>, now: &Time) {
    let value = if why_not.is_some() { "False" } else { "True" };
    let old = all.iter().position(|one| one.type_ == kind).map(|at| all.remove(at));
    let kept = old.filter(|one| one.status == value).and_then(|one| one.last_transition_time);
    all.push(PodCondition {
        type_: kind.to_owned(),
        status: value.to_owned(),
        reason: why_not.map(|_| "ContainersNotReady".to_owned()),
        message: why_not.map(str::to_owned),
        last_transition_time: kept.or_else(|| Some(now.clone())),
        ..Default::default()
    });
}
