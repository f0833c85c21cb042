//! `v1` Pod.

use super::bare::{PodLabels, PodMarks, bare};
use super::intern::{Interner, safe};
use super::lax::{Int, Lax, Text};
use super::meta::{Meta, Object, time};
use super::pod_problem::problem;
use super::pod_status::status;
use super::scrape::Port;
use crate::domain::{ContainerState, Kind, Pod};
use serde::Deserialize;
use serde::de::IgnoredAny;

/// A pod as far as it is used; everything else is skipped while parsing.
pub(super) type RawPod<'a> = Object<Meta<'a, PodLabels<'a>, PodMarks<'a>>, PodSpec<'a>, PodStatus<'a>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodSpec<'a> {
    #[serde(borrow)]
    node_name: Text<'a>,
    #[serde(borrow)]
    pub(super) restart_policy: Text<'a>,
    #[serde(borrow)]
    pub(super) containers: Lax<Vec<SpecContainer<'a>>>,
    #[serde(borrow)]
    pub(super) init_containers: Lax<Vec<SpecContainer<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct SpecContainer<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    #[serde(borrow)]
    pub(super) image: Text<'a>,
    #[serde(borrow)]
    restart_policy: Text<'a>,
    #[serde(borrow)]
    ports: Lax<Vec<Port<'a>>>,
}

impl SpecContainer<'_> {
    /// An init container that keeps running: a sidecar.
    pub(super) fn is_sidecar(&self) -> bool {
        &*self.restart_policy == "Always"
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodStatus<'a> {
    #[serde(borrow)]
    pub(super) phase: Text<'a>,
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    pub(super) conditions: Lax<Vec<PodCondition<'a>>>,
    #[serde(borrow)]
    pub(super) init_container_statuses: Lax<Vec<ContainerStatus<'a>>>,
    #[serde(borrow)]
    pub(super) container_statuses: Lax<Vec<ContainerStatus<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct PodCondition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
    #[serde(borrow)]
    last_transition_time: Text<'a>,
}

impl PodCondition<'_> {
    pub(super) fn holds(&self) -> bool {
        &*self.status == "True"
    }
}

impl<'a> PodStatus<'a> {
    pub(super) fn condition(&self, kind: &str) -> Option<&PodCondition<'a>> {
        self.conditions.iter().find(|condition| &*condition.kind == kind)
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ContainerStatus<'a> {
    #[serde(borrow)]
    pub(super) name: Text<'a>,
    pub(super) ready: Lax<bool>,
    pub(super) started: Lax<bool>,
    pub(super) restart_count: Int,
    #[serde(borrow)]
    pub(super) state: Lax<State<'a>>,
    #[serde(borrow)]
    pub(super) last_state: Lax<State<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct State<'a> {
    #[serde(borrow)]
    pub(super) waiting: Option<Waiting<'a>>,
    #[serde(borrow)]
    pub(super) terminated: Option<Terminated<'a>>,
    pub(super) running: Option<IgnoredAny>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Waiting<'a> {
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Terminated<'a> {
    pub(super) exit_code: Int,
    pub(super) signal: Int,
    #[serde(borrow)]
    pub(super) reason: Text<'a>,
    #[serde(borrow)]
    pub(super) message: Text<'a>,
}

/// The pod, slimmed; none for half an object without a name.
pub(super) fn pod(raw: &RawPod<'_>, names: &mut Interner) -> Option<Pod> {
    let key = raw.metadata.key(Kind::Pod, names)?;
    let status = status(raw);
    let ready = raw.status.condition("Ready").filter(|condition| condition.holds());
    let label = &*raw.metadata.labels.revision;
    let pod = Pod {
        key,
        uid: raw.metadata.uid(),
        owner: raw.metadata.controller(names),
        revision: Some(label).filter(|label| !label.is_empty()).map(|label| names.text(label)),
        bare: None,
        created: raw.metadata.created(),
        ready_since: ready.and_then(|condition| time(&condition.last_transition_time)),
        node: Some(&*raw.spec.node_name).filter(|node| !node.is_empty()).map(|node| names.text(node)),
        status: names.text(&status.word),
        ready: (status.ready, status.total),
        restarts: status.restarts,
        terminating: raw.metadata.is_terminating(),
        going: raw.metadata.going(),
        problem: problem(raw).map(Box::new),
        containers: containers(raw, names),
    };
    Some(Pod { bare: bare(raw, &pod), ..pod })
}

/// Containers that serve first, so that the first is the one to read logs of.
fn containers(raw: &RawPod<'_>, names: &mut Interner) -> std::sync::Arc<[ContainerState]> {
    let all = raw.spec.containers.iter().chain(raw.spec.init_containers.iter());
    let list: Vec<_> = all
        .enumerate()
        .map(|(index, container)| ContainerState {
            name: names.text(&container.name),
            image: names.text(&container.image),
            metrics: (index == 0)
                .then(|| raw.metadata.annotations.scrape().point(&container.ports, names))
                .flatten(),
            ports: container.ports.iter().filter_map(Port::number).collect(),
        })
        .collect();
    names.containers(&list)
}

/// `exit 1 (Error)`, `exit 137 (OOMKilled)`, `signal 9`.
pub(super) fn exit_words(end: &Terminated<'_>) -> String {
    let how = if end.exit_code.0 == 0 && end.signal.0 != 0 {
        format!("signal {}", end.signal.0)
    } else {
        format!("exit {}", end.exit_code.0)
    };
    if end.reason.is_empty() { how } else { format!("{how} ({})", safe(&end.reason)) }
}
