//! Names of objects, as the controllers pass them around.

use std::fmt;
use std::sync::Arc;

/// Resources the controllers know by name: by the plural the store takes.
pub mod resource {
    /// A resource: its plural, API version and kind.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Info {
        /// Plural, the form the store takes: `deployments`.
        pub name: &'static str,
        /// `apps/v1`.
        pub api_version: &'static str,
        /// `Deployment`.
        pub kind: &'static str,
    }

    const fn info(name: &'static str, api_version: &'static str, kind: &'static str) -> Info {
        Info { name, api_version, kind }
    }

    /// Every resource a controller reads or writes; one row each.
    pub const ALL: &[Info] = &[
        info(NAMESPACES, "v1", "Namespace"),
        info(NODES, "v1", "Node"),
        info(PODS, "v1", "Pod"),
        info(SERVICES, "v1", "Service"),
        info(CONFIG_MAPS, "v1", "ConfigMap"),
        info(SECRETS, "v1", "Secret"),
        info(SERVICE_ACCOUNTS, "v1", "ServiceAccount"),
        info(RESOURCE_QUOTAS, "v1", "ResourceQuota"),
        info(EVENTS, "v1", "Event"),
        info(LEASES, "coordination.k8s.io/v1", "Lease"),
        info(ENDPOINT_SLICES, "discovery.k8s.io/v1", "EndpointSlice"),
        info(DEPLOYMENTS, "apps/v1", "Deployment"),
        info(REPLICA_SETS, "apps/v1", "ReplicaSet"),
        info(STATEFUL_SETS, "apps/v1", "StatefulSet"),
        info(DAEMON_SETS, "apps/v1", "DaemonSet"),
        info(CONTROLLER_REVISIONS, "apps/v1", "ControllerRevision"),
        info(JOBS, "batch/v1", "Job"),
        info(CRON_JOBS, "batch/v1", "CronJob"),
        info(HPAS, "autoscaling/v2", "HorizontalPodAutoscaler"),
        info(PDBS, "policy/v1", "PodDisruptionBudget"),
    ];

    /// The row of `name`, if a controller knows it.
    pub fn find(name: &str) -> Option<&'static Info> {
        ALL.iter().find(|row| row.name == name)
    }

    /// The row of an object's `kind`, used to follow owner references.
    pub fn of_kind(kind: &str) -> Option<&'static Info> {
        ALL.iter().find(|row| row.kind == kind)
    }

    /// `namespaces`
    pub const NAMESPACES: &str = "namespaces";
    /// `nodes`
    pub const NODES: &str = "nodes";
    /// `pods`
    pub const PODS: &str = "pods";
    /// `services`
    pub const SERVICES: &str = "services";
    /// `httproutes.gateway.networking.k8s.io`
    pub const HTTP_ROUTES: &str = "httproutes.gateway.networking.k8s.io";
    /// `configmaps`
    pub const CONFIG_MAPS: &str = "configmaps";
    /// `secrets`
    pub const SECRETS: &str = "secrets";
    /// `serviceaccounts`
    pub const SERVICE_ACCOUNTS: &str = "serviceaccounts";
    /// `resourcequotas`
    pub const RESOURCE_QUOTAS: &str = "resourcequotas";
    /// `events`
    pub const EVENTS: &str = "events";
    /// `leases`
    pub const LEASES: &str = "leases";
    /// `endpointslices`
    pub const ENDPOINT_SLICES: &str = "endpointslices";
    /// `deployments`
    pub const DEPLOYMENTS: &str = "deployments";
    /// `replicasets`
    pub const REPLICA_SETS: &str = "replicasets";
    /// `statefulsets`
    pub const STATEFUL_SETS: &str = "statefulsets";
    /// `daemonsets`
    pub const DAEMON_SETS: &str = "daemonsets";
    /// `controllerrevisions`
    pub const CONTROLLER_REVISIONS: &str = "controllerrevisions";
    /// `jobs`
    pub const JOBS: &str = "jobs";
    /// `cronjobs`
    pub const CRON_JOBS: &str = "cronjobs";
    /// `horizontalpodautoscalers`
    pub const HPAS: &str = "horizontalpodautoscalers";
    /// `poddisruptionbudgets`
    pub const PDBS: &str = "poddisruptionbudgets";
}

/// One object: resource, namespace (empty for cluster scope) and name.
///
/// Ordered, so that a set of keys is worked off in the same order in every
/// run: two runs with one seed are equal event for event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Plural; see [`resource`].
    pub resource: Arc<str>,
    /// Namespace; empty for cluster-scoped objects.
    pub ns: Arc<str>,
    /// Name.
    pub name: Arc<str>,
}

impl Key {
    /// A key from its three parts.
    pub fn new(resource: &str, ns: &str, name: &str) -> Self {
        Self { resource: resource.into(), ns: ns.into(), name: name.into() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ns.is_empty() {
            write!(f, "{}/{}", self.resource, self.name)
        } else {
            write!(f, "{}/{}/{}", self.resource, self.ns, self.name)
        }
    }
}
