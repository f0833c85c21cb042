//! `apps/v1` Deployment, StatefulSet, DaemonSet and ReplicaSet.

use super::intern::{Interner, safe};
use super::lax::{Int, Lax, Text};
use super::meta::{Meta, Object, Pairs, time};
use super::template::template;
use crate::domain::{Condition, Kind, Ownership, ReplicaSet, Replicas, Workload, redact_text};
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Any of the four, as far as it is used.
pub(super) type RawWorkload<'a> = Object<Meta<'a, Pairs<'a>>, Spec<'a>, Status<'a>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Spec<'a> {
    replicas: Option<Int>,
    paused: Lax<bool>,
    template: Value,
    /// A Deployment says `strategy`, the others `updateStrategy`.
    #[serde(borrow, alias = "updateStrategy")]
    strategy: Lax<Strategy<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Strategy<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    rolling_update: Option<RollingUpdate<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct RollingUpdate<'a> {
    #[serde(borrow)]
    max_surge: Text<'a>,
    #[serde(borrow)]
    max_unavailable: Text<'a>,
    partition: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct Status<'a> {
    observed_generation: Int,
    #[serde(alias = "currentNumberScheduled")]
    replicas: Int,
    #[serde(alias = "updatedNumberScheduled")]
    updated_replicas: Int,
    #[serde(alias = "numberReady")]
    ready_replicas: Int,
    #[serde(alias = "numberAvailable")]
    available_replicas: Int,
    desired_number_scheduled: Int,
    #[serde(borrow)]
    conditions: Lax<Vec<RawCondition<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawCondition<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    status: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    #[serde(borrow)]
    last_transition_time: Text<'a>,
}

pub(super) const CHANGE_CAUSE: &str = "kubernetes.io/change-cause";

/// Annotations shown to people.
fn is_note(key: &str) -> bool {
    key == CHANGE_CAUSE || key.starts_with("quarterdeck.dev/")
}

/// The workload, slimmed; none for half an object without a name.
pub(super) fn workload(raw: &RawWorkload<'_>, kind: Kind, names: &mut Interner) -> Option<Workload> {
    let meta = &*raw.metadata;
    let labels = meta.labels();
    Some(Workload {
        key: meta.key(kind, names)?,
        uid: meta.uid(),
        owner: meta.controller(names),
        resource_version: meta.version(),
        created: meta.created(),
        generation: meta.generation.0,
        observed_generation: raw.status.observed_generation.0,
        replicas: replicas(raw, kind),
        paused: *raw.spec.paused,
        revision: meta.revision(),
        ownership: ownership(meta, &labels),
        labels,
        notes: notes(meta),
        template: template(&raw.spec.template),
        conditions: raw.status.conditions.iter().map(condition).collect(),
        strategy: strategy(&raw.spec.strategy),
        partition: raw.spec.strategy.rolling_update.as_ref().map_or(0, |rolling| rolling.partition.count()),
        batch: None,
        going: meta.going(),
    })
}

/// Who else writes to it, by the marks tools leave.
pub(super) fn ownership(meta: &Meta<'_, Pairs<'_>>, labels: &BTreeMap<String, String>) -> Ownership {
    // Everything a tool may have signed with is looked at, and dropped again.
    let signs = meta.annotations(|key| key.contains("argoproj.io/") || key.contains("helm.sh/"));
    Ownership::from_marks(labels, &signs, meta.controller_words())
}

/// The annotations shown to people.
pub(super) fn notes(meta: &Meta<'_, Pairs<'_>>) -> BTreeMap<String, String> {
    let notes = meta.annotations(is_note);
    notes.into_iter().map(|(key, value)| (key, redact_text(&value))).collect()
}

/// The ReplicaSet, slimmed; none for half an object without a name.
pub(super) fn replica_set(raw: &RawWorkload<'_>, names: &mut Interner) -> Option<ReplicaSet> {
    let meta = &*raw.metadata;
    Some(ReplicaSet {
        key: meta.key(Kind::ReplicaSet, names)?,
        uid: meta.uid(),
        owner: meta.controller(names),
        revision: meta.revision(),
        replicas: replicas(raw, Kind::ReplicaSet),
        counted: true,
        template: template(&raw.spec.template),
        created: meta.created(),
        since: meta.created(),
        change_cause: meta.annotation(CHANGE_CAUSE).map(|cause| redact_text(&safe(cause))),
    })
}

fn replicas(raw: &RawWorkload<'_>, kind: Kind) -> Replicas {
    let status = &raw.status;
    let desired = match kind {
        Kind::DaemonSet => status.desired_number_scheduled.count(),
        Kind::Deployment
        | Kind::StatefulSet
        | Kind::ReplicaSet
        | Kind::ControllerRevision
        | Kind::CronJob
        | Kind::Job
        | Kind::Pod
        | Kind::HorizontalPodAutoscaler
        | Kind::Namespace
        | Kind::Event
        | Kind::ConfigMap
        | Kind::Service
        | Kind::HttpRoute
        | Kind::VirtualService
        | Kind::DestinationRule
        | Kind::Ingress => raw.spec.replicas.map_or(1, Int::count),
    };
    Replicas {
        desired,
        current: status.replicas.count(),
        updated: status.updated_replicas.count(),
        ready: status.ready_replicas.count(),
        available: status.available_replicas.count(),
    }
}

pub(super) fn condition(raw: &RawCondition<'_>) -> Condition {
    Condition {
        kind: safe(&raw.kind).into_owned(),
        holds: &*raw.status == "True",
        reason: safe(&raw.reason).into_owned(),
        message: redact_text(&safe(&raw.message)),
        since: time(&raw.last_transition_time),
    }
}

/// `RollingUpdate 25%/25%` (surge/unavailable), `RollingUpdate from 2`, `Recreate`.
fn strategy(raw: &Strategy<'_>) -> String {
    let kind = safe(&raw.kind);
    let Some(rolling) = &raw.rolling_update else { return kind.into_owned() };
    let or_zero =
        |text: &str| if text.is_empty() { Cow::Borrowed("0") } else { safe(text).into_owned().into() };
    match (rolling.max_surge.is_empty() && rolling.max_unavailable.is_empty(), rolling.partition.0) {
        (false, _) => {
            format!("{kind} {}/{}", or_zero(&rolling.max_surge), or_zero(&rolling.max_unavailable))
        }
        (true, 0) => kind.into_owned(),
        (true, partition) => format!("{kind} from {partition}"),
    }
}
