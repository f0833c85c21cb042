//! Events, autoscalers, namespaces and operation records.

use super::intern::{Interner, safe};
use super::lax::{Int, Lax, Text};
use super::meta::{Meta, Object, ObjectRef, Pairs, time};
use crate::domain::{
    Autoscaler, ClusterEvent, Environment, Kind, Name, Namespace, ObjectKey, RecordSort, RecordText,
    Severity, Uid, redact_text,
};
use serde::Deserialize;

/// `v1` Event.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct RawEvent<'a> {
    #[serde(borrow)]
    pub(super) metadata: Lax<Meta<'a>>,
    #[serde(borrow)]
    involved_object: Lax<ObjectRef<'a>>,
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    reason: Text<'a>,
    #[serde(borrow)]
    message: Text<'a>,
    count: Int,
    #[serde(borrow)]
    first_timestamp: Text<'a>,
    #[serde(borrow)]
    last_timestamp: Text<'a>,
    #[serde(borrow)]
    event_time: Text<'a>,
    #[serde(borrow)]
    series: Lax<Series<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Series<'a> {
    count: Int,
    #[serde(borrow)]
    last_observed_time: Text<'a>,
}

/// The event, slimmed. Old and new reporters fill different fields: the
/// newest time and the largest count of those present are taken.
pub(super) fn event(raw: &RawEvent<'_>, names: &mut Interner) -> Option<ClusterEvent> {
    let times = [&raw.series.last_observed_time, &raw.last_timestamp, &raw.event_time, &raw.first_timestamp];
    let last = times.into_iter().filter_map(|text| time(text)).max();
    let about = &*raw.involved_object;
    Some(ClusterEvent {
        key: raw.metadata.key(Kind::Event, names)?,
        about: Uid::from(names.text(&about.uid)),
        about_kind: safe(&about.kind).into_owned(),
        about_name: Name::from(names.text(&about.name)),
        severity: if &*raw.kind == "Normal" { Severity::Normal } else { Severity::Warning },
        reason: safe(&raw.reason).into_owned(),
        message: redact_text(&safe(&raw.message)),
        count: raw.count.count().max(raw.series.count.count()).max(1),
        last: last.or_else(|| raw.metadata.created()),
    })
}

/// `autoscaling/v2` `HorizontalPodAutoscaler`.
pub(super) type RawAutoscaler<'a> = Object<Meta<'a>, ScalerSpec<'a>, ScalerStatus>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ScalerSpec<'a> {
    #[serde(borrow)]
    scale_target_ref: Lax<ObjectRef<'a>>,
    min_replicas: Option<Int>,
    max_replicas: Int,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct ScalerStatus {
    desired_replicas: Int,
}

/// The autoscaler; none if it scales a kind we do not show (a custom one).
pub(super) fn autoscaler(raw: &RawAutoscaler<'_>, names: &mut Interner) -> Option<Autoscaler> {
    let key = raw.metadata.key(Kind::HorizontalPodAutoscaler, names)?;
    let target = &*raw.spec.scale_target_ref;
    let kind = Kind::parse(&target.kind)?;
    let scales = ObjectKey { kind, namespace: key.namespace.clone(), name: Name::from(&*safe(&target.name)) };
    Some(Autoscaler {
        key,
        scales,
        min: raw.spec.min_replicas.map_or(1, Int::count),
        max: raw.spec.max_replicas.count(),
        desired: raw.status.desired_replicas.count(),
    })
}

/// `v1` Namespace.
pub(super) type RawNamespace<'a> = Object<Meta<'a, Pairs<'a>>>;

/// The namespace and what its labels say it is for.
pub(super) fn namespace(raw: &RawNamespace<'_>, names: &mut Interner) -> Option<(Namespace, Environment)> {
    let key = raw.metadata.key(Kind::Namespace, names)?;
    let environment = Environment::of_namespace(key.name.as_str(), &raw.metadata.labels());
    Some((Namespace::from(key.name.as_str()), environment))
}

/// `v1` ConfigMap that is an operation record, a lock or a plan to be approved.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct RawRecord<'a> {
    #[serde(borrow)]
    pub(super) metadata: Lax<Meta<'a, Pairs<'a>>>,
    #[serde(borrow)]
    data: Lax<RecordData<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct RecordData<'a> {
    #[serde(borrow)]
    record: Text<'a>,
}

/// The record, its text untouched: it is data to be parsed, not to be shown.
pub(super) fn record(raw: &RawRecord<'_>, names: &mut Interner) -> Option<RecordText> {
    let labels = raw.metadata.labels();
    Some(RecordText {
        sort: labels.get("quarterdeck/op").and_then(|label| RecordSort::of(label))?,
        key: raw.metadata.key(Kind::ConfigMap, names)?,
        uid: raw.metadata.uid(),
        resource_version: raw.metadata.version(),
        target: labels.get("quarterdeck/target").map(|name| safe(name).into_owned()).unwrap_or_default(),
        text: (&*raw.data.record).into(),
    })
}
