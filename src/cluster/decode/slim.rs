//! Raw objects to observed ones, one row per kind.

use super::batch::{RawCronJob, RawJob, cron_job, job};
use super::controller_revision::{RawRevision, controller_revision};
use super::intern::Interner;
use super::others::{RawAutoscaler, RawEvent, RawNamespace, RawRecord, autoscaler, event, namespace, record};
use super::pod::{RawPod, pod};
use super::workload::{RawWorkload, replica_set, workload};
use crate::domain::{Kind, ObjectKey, Observed};
use serde::Deserialize;

/// What an object slims down to.
pub(super) struct Slim {
    /// The object; none if it has no name or means nothing to us.
    pub(super) observed: Option<Observed>,
    /// Which object, for one that is gone.
    pub(super) key: Option<ObjectKey>,
    /// Its version, for going on from here.
    pub(super) version: String,
}

/// A raw kind that can be slimmed.
pub(super) trait Raw<'de>: Deserialize<'de> {
    fn slim(&self, kind: Kind, names: &mut Interner) -> Slim;
}

macro_rules! raw {
    ($raw:ident, |$row:ident, $kind:ident, $names:ident| $observed:expr) => {
        impl<'de> Raw<'de> for $raw<'de> {
            fn slim(&self, $kind: Kind, $names: &mut Interner) -> Slim {
                let $row = self;
                Slim {
                    key: self.metadata.key($kind, $names),
                    version: self.metadata.resource_version.to_string(),
                    observed: $observed,
                }
            }
        }
    };
}

raw!(RawPod, |row, _kind, names| pod(row, names).map(Observed::Pod));
raw!(RawEvent, |row, _kind, names| event(row, names).map(Observed::Event));
raw!(RawAutoscaler, |row, _kind, names| autoscaler(row, names).map(Observed::Autoscaler));
raw!(RawRecord, |row, _kind, names| record(row, names).map(Observed::Record));
raw!(RawNamespace, |row, _kind, names| namespace(row, names)
    .map(|(name, environment)| Observed::Namespace(name, environment)));
raw!(RawRevision, |row, _kind, names| controller_revision(row, names).map(Observed::ReplicaSet));
raw!(RawCronJob, |row, _kind, names| cron_job(row, names).map(Observed::Workload));
raw!(RawJob, |row, _kind, names| job(row, names).map(Observed::Workload));
raw!(RawWorkload, |row, kind, names| match kind {
    Kind::ReplicaSet => replica_set(row, names).map(Observed::ReplicaSet),
    Kind::Deployment
    | Kind::StatefulSet
    | Kind::DaemonSet
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
    | Kind::Ingress => workload(row, kind, names).map(Observed::Workload),
});
