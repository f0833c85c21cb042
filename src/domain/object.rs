//! Kinds, keys and the frozen target of an action.

use super::{ClusterUrl, ContextName, Name, Namespace, ResourceVersion, Uid};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The kinds the console knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// `apps/v1` Deployment.
    Deployment,
    /// `apps/v1` StatefulSet.
    StatefulSet,
    /// `apps/v1` DaemonSet.
    DaemonSet,
    /// `apps/v1` ReplicaSet.
    ReplicaSet,
    /// `apps/v1` ControllerRevision.
    ControllerRevision,
    /// `batch/v1` CronJob.
    CronJob,
    /// `batch/v1` Job.
    Job,
    /// `v1` Pod.
    Pod,
    /// `autoscaling/v2` HorizontalPodAutoscaler.
    HorizontalPodAutoscaler,
    /// `v1` Namespace.
    Namespace,
    /// `v1` Event.
    Event,
    /// `v1` ConfigMap; only those that are operation records are watched.
    ConfigMap,
    /// `v1` Service; read and written, never watched.
    Service,
    /// `gateway.networking.k8s.io/v1` HTTPRoute; read and written, never
    /// watched: few servers have it.
    HttpRoute,
    /// `networking.istio.io/v1beta1` VirtualService; read and written, never
    /// watched. The version every Istio since 1.5 serves; v1 came with 1.22.
    VirtualService,
    /// `networking.istio.io/v1beta1` DestinationRule; read, never written or watched.
    DestinationRule,
    /// `networking.k8s.io/v1` Ingress; read and written, never watched.
    Ingress,
}

#[derive(Clone, Copy)]
struct Facts {
    kind: Kind,
    name: &'static str,
    short: &'static str,
    group: &'static str,
    version: &'static str,
    plural: &'static str,
    watched: bool,
}

const FACTS: [Facts; 17] = [
    facts(Kind::Deployment, "Deployment", "deploy", "apps", "v1", "deployments"),
    facts(Kind::StatefulSet, "StatefulSet", "sts", "apps", "v1", "statefulsets"),
    facts(Kind::DaemonSet, "DaemonSet", "ds", "apps", "v1", "daemonsets"),
    facts(Kind::ReplicaSet, "ReplicaSet", "rs", "apps", "v1", "replicasets"),
    facts(
        Kind::ControllerRevision,
        "ControllerRevision",
        "controllerrevision",
        "apps",
        "v1",
        "controllerrevisions",
    ),
    facts(Kind::CronJob, "CronJob", "cj", "batch", "v1", "cronjobs"),
    facts(Kind::Job, "Job", "job", "batch", "v1", "jobs"),
    facts(Kind::Pod, "Pod", "po", "", "v1", "pods"),
    facts(
        Kind::HorizontalPodAutoscaler,
        "HorizontalPodAutoscaler",
        "hpa",
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
    ),
    facts(Kind::Namespace, "Namespace", "ns", "", "v1", "namespaces"),
    facts(Kind::Event, "Event", "ev", "", "v1", "events"),
    facts(Kind::ConfigMap, "ConfigMap", "cm", "", "v1", "configmaps"),
    unwatched(facts(Kind::Service, "Service", "svc", "", "v1", "services")),
    unwatched(facts(
        Kind::HttpRoute,
        "HTTPRoute",
        "httproute",
        "gateway.networking.k8s.io",
        "v1",
        "httproutes",
    )),
    unwatched(facts(
        Kind::VirtualService,
        "VirtualService",
        "vs",
        "networking.istio.io",
        "v1beta1",
        "virtualservices",
    )),
    unwatched(facts(
        Kind::DestinationRule,
        "DestinationRule",
        "dr",
        "networking.istio.io",
        "v1beta1",
        "destinationrules",
    )),
    unwatched(facts(Kind::Ingress, "Ingress", "ing", "networking.k8s.io", "v1", "ingresses")),
];

const fn unwatched(facts: Facts) -> Facts {
    Facts { watched: false, ..facts }
}

const fn facts(
    kind: Kind,
    name: &'static str,
    short: &'static str,
    group: &'static str,
    version: &'static str,
    plural: &'static str,
) -> Facts {
    Facts { kind, name, short, group, version, plural, watched: true }
}

/// The kinds shown as workloads, in the order of their tables.
pub(super) const WORKLOADS: [Kind; 5] =
    [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet, Kind::CronJob, Kind::Job];

impl Kind {
    /// Every kind that is watched, in that order.
    pub fn all() -> impl Iterator<Item = Self> {
        FACTS.iter().filter(|facts| facts.watched).map(|facts| facts.kind)
    }

    fn facts(self) -> &'static Facts {
        // `FACTS` lists every kind (a test holds it to that); the first row is
        // only there to make this total.
        FACTS.iter().find(|facts| facts.kind == self).unwrap_or(&FACTS[0])
    }

    /// `Deployment`
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// `deploy`
    pub fn short(self) -> &'static str {
        self.facts().short
    }

    /// The API group; empty for the core group.
    pub fn group(self) -> &'static str {
        self.facts().group
    }

    /// The version read and written.
    pub fn version(self) -> &'static str {
        self.facts().version
    }

    /// `deployments`, as in URLs and RBAC rules.
    pub fn plural(self) -> &'static str {
        self.facts().plural
    }

    /// Whether it keeps pods or runs them, and is shown as a workload.
    pub fn is_workload(self) -> bool {
        WORKLOADS.contains(&self)
    }

    /// The kind called `word` by its name, plural or short name, any case.
    pub fn parse(word: &str) -> Option<Self> {
        let word = word.to_ascii_lowercase();
        FACTS
            .iter()
            .find(|f| f.name.to_ascii_lowercase() == word || f.plural == word || f.short == word)
            .map(|facts| facts.kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Which object, within one cluster.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectKey {
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub namespace: Namespace,
    /// What it is called.
    pub name: Name,
}

impl ObjectKey {
    /// A key from its parts.
    pub fn new(kind: Kind, namespace: impl Into<Namespace>, name: impl Into<Name>) -> Self {
        Self { kind, namespace: namespace.into(), name: name.into() }
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{} -n {}", self.kind.short(), self.name, self.namespace)
    }
}

/// What an action is aimed at, frozen when the key is pressed. Selection may
/// move and the list may refresh; the target does not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The context the person looked at.
    pub context: ContextName,
    /// The server behind it then.
    pub cluster: ClusterUrl,
    /// The object.
    pub key: ObjectKey,
    /// Its identity; the API server tests it on every write.
    pub uid: Uid,
    /// Its version when frozen; shown, and used where no finer test exists.
    pub resource_version: ResourceVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_row() {
        let unwatched =
            [Kind::Service, Kind::HttpRoute, Kind::VirtualService, Kind::DestinationRule, Kind::Ingress];
        for kind in Kind::all().chain(unwatched) {
            assert_eq!(kind.facts().kind, kind);
            assert_eq!(Kind::parse(kind.name()), Some(kind));
            assert_eq!(Kind::parse(kind.plural()), Some(kind));
            assert_eq!(Kind::parse(kind.short()), Some(kind));
        }
    }
}
