//! The table of resources the embedded cluster serves. Discovery, routing,
//! storage, RBAC names and Tables are loops over it; a CRD adds rows at run time.

use std::borrow::Cow;
use std::sync::Arc;

type Str = Cow<'static, str>;

/// What makes `metadata.generation` grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generation {
    /// The kind has no generation.
    None,
    /// Any change of `spec`.
    Spec,
    /// Any change of `spec` or of an annotation (Deployments).
    SpecAndAnnotations,
    /// Any change outside `metadata` and `status` (custom resources).
    Body,
}

/// One served resource: a row of the table, or a version of a CRD.
#[derive(Clone, Debug)]
pub struct Resource {
    /// API group, empty for the core group.
    pub group: Str,
    /// Version served.
    pub version: Str,
    /// Plural, as in paths: `deployments`.
    pub plural: Str,
    /// `Deployment`.
    pub kind: Str,
    /// `deployment`.
    pub singular: Str,
    /// `deploy`.
    pub short: Vec<Str>,
    /// `all`.
    pub categories: Vec<Str>,
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// Subresources served, such as `status` and `scale`.
    pub subresources: Vec<Str>,
    /// Whether and how `metadata.generation` is kept.
    pub generation: Generation,
    /// Key of the storage: the plural for built-in kinds, `plural.group` for custom ones. Two
    /// rows may share one (the two Event APIs).
    pub storage: Arc<str>,
    /// Only `create` (the review kinds).
    pub create_only: bool,
    /// Nothing is stored: what is read is computed when it is asked for.
    pub computed: bool,
    /// The schema, if a CRD defines it.
    pub custom: Option<Arc<super::crd::Custom>>,
}

impl Resource {
    /// `apps/v1` or `v1`.
    pub fn api_version(&self) -> String {
        group_version(&self.group, &self.version)
    }

    /// `DeploymentList`.
    pub fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    /// The name errors use.
    pub fn gr(&self) -> super::status::Gr<'_> {
        super::status::Gr { group: &self.group, resource: &self.plural }
    }

    /// Whether the subresource is served.
    pub fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|s| s == subresource)
    }

    /// Whether a CRD defines it.
    pub fn is_custom(&self) -> bool {
        self.custom.is_some()
    }

    /// The verbs discovery lists.
    pub fn verbs(&self) -> &'static [&'static str] {
        if self.create_only {
            &["create"]
        } else if self.computed {
            &["get", "list"]
        } else {
            &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
        }
    }
}

/// `group/version`, or the version alone for the core group.
pub fn group_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}

/// One line of [`TABLE`]: names are separated by commas.
struct Row(
    &'static str,     // group
    &'static str,     // version
    &'static str,     // plural
    &'static str,     // kind
    &'static str,     // singular
    &'static str,     // short names
    &'static [Trait], // everything else
);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trait {
    /// Lives in a namespace.
    Ns,
    /// In the category `all`.
    All,
    /// `metadata.generation` follows `spec`.
    Gen,
    /// It follows annotations as well.
    GenNotes,
    /// Create only.
    Review,
    /// Get and list only, of nothing stored.
    Computed,
    /// Serves this subresource.
    Sub(&'static str),
}
use Trait::{All, Computed, Gen, GenNotes, Ns, Review, Sub};

const STATUS: Trait = Sub("status");
const SCALE: Trait = Sub("scale");

#[rustfmt::skip]
const TABLE: &[Row] = &[
    Row("", "v1", "configmaps", "ConfigMap", "configmap", "cm", &[Ns]),
    Row("", "v1", "endpoints", "Endpoints", "endpoints", "ep", &[Ns]),
    Row("", "v1", "events", "Event", "event", "ev", &[Ns]),
    Row("", "v1", "limitranges", "LimitRange", "limitrange", "limits", &[Ns]),
    Row("", "v1", "namespaces", "Namespace", "namespace", "ns", &[STATUS, Sub("finalize")]),
    Row("", "v1", "nodes", "Node", "node", "no", &[STATUS]),
    Row("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", "persistentvolumeclaim", "pvc", &[Ns, STATUS]),
    Row("", "v1", "persistentvolumes", "PersistentVolume", "persistentvolume", "pv", &[STATUS]),
    Row("", "v1", "pods", "Pod", "pod", "po", &[Ns, All, Gen, STATUS, Sub("log"), Sub("eviction"), Sub("binding"), Sub("proxy"), Sub("exec"), Sub("portforward")]),
    Row("", "v1", "replicationcontrollers", "ReplicationController", "replicationcontroller", "rc", &[Ns, All, Gen, STATUS, SCALE]),
    Row("", "v1", "resourcequotas", "ResourceQuota", "resourcequota", "quota", &[Ns, STATUS]),
    Row("", "v1", "secrets", "Secret", "secret", "", &[Ns]),
    Row("", "v1", "serviceaccounts", "ServiceAccount", "serviceaccount", "sa", &[Ns]),
    Row("", "v1", "services", "Service", "service", "svc", &[Ns, All, STATUS]),
    Row("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", "customresourcedefinition", "crd,crds", &[Gen, STATUS]),
    Row("apps", "v1", "controllerrevisions", "ControllerRevision", "controllerrevision", "", &[Ns]),
    Row("apps", "v1", "daemonsets", "DaemonSet", "daemonset", "ds", &[Ns, All, Gen, STATUS]),
    Row("apps", "v1", "deployments", "Deployment", "deployment", "deploy", &[Ns, All, GenNotes, STATUS, SCALE]),
    Row("apps", "v1", "replicasets", "ReplicaSet", "replicaset", "rs", &[Ns, All, Gen, STATUS, SCALE]),
    Row("apps", "v1", "statefulsets", "StatefulSet", "statefulset", "sts", &[Ns, All, Gen, STATUS, SCALE]),
    Row("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "selfsubjectreview", "", &[Review]),
    Row("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", "tokenreview", "", &[Review]),
    Row("authorization.k8s.io", "v1", "localsubjectaccessreviews", "LocalSubjectAccessReview", "localsubjectaccessreview", "", &[Ns, Review]),
    Row("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", "selfsubjectaccessreview", "", &[Review]),
    Row("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", "selfsubjectrulesreview", "", &[Review]),
    Row("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", "subjectaccessreview", "", &[Review]),
    Row("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler", "horizontalpodautoscaler", "hpa", &[Ns, All, STATUS]),
    Row("batch", "v1", "cronjobs", "CronJob", "cronjob", "cj", &[Ns, All, Gen, STATUS]),
    Row("batch", "v1", "jobs", "Job", "job", "", &[Ns, All, Gen, STATUS]),
    Row("coordination.k8s.io", "v1", "leases", "Lease", "lease", "", &[Ns]),
    Row("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice", "endpointslice", "", &[Ns, Gen]),
    Row("events.k8s.io", "v1", "events", "Event", "event", "ev", &[Ns]),
    Row("networking.k8s.io", "v1", "ingressclasses", "IngressClass", "ingressclass", "", &[Gen]),
    Row("networking.k8s.io", "v1", "ingresses", "Ingress", "ingress", "ing", &[Ns, Gen, STATUS]),
    Row("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "networkpolicy", "netpol", &[Ns, Gen]),
    Row("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", "poddisruptionbudget", "pdb", &[Ns, Gen, STATUS]),
    Row("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "clusterrolebinding", "", &[]),
    Row("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "clusterrole", "", &[]),
    Row("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "rolebinding", "", &[Ns]),
    Row("rbac.authorization.k8s.io", "v1", "roles", "Role", "role", "", &[Ns]),
    Row("scheduling.k8s.io", "v1", "priorityclasses", "PriorityClass", "priorityclass", "pc", &[Gen]),
    Row("storage.k8s.io", "v1", "storageclasses", "StorageClass", "storageclass", "sc", &[]),
];

/// What a metrics server adds, where somebody measures.
const METRICS: [Row; 2] = [
    Row("metrics.k8s.io", "v1beta1", "nodes", "NodeMetrics", "", "", &[Computed]),
    Row("metrics.k8s.io", "v1beta1", "pods", "PodMetrics", "", "", &[Ns, Computed]),
];

/// The resources of `metrics.k8s.io`.
pub fn metrics() -> Vec<Arc<Resource>> {
    METRICS.iter().map(|row| Arc::new(from_row(row))).collect()
}

/// The built-in resources, in the order of their groups' names.
pub fn builtin() -> Vec<Arc<Resource>> {
    TABLE.iter().map(|row| Arc::new(from_row(row))).collect()
}

fn from_row(row: &Row) -> Resource {
    let Row(group, version, plural, kind, singular, short, traits) = *row;
    let subresources =
        traits.iter().filter_map(|t| if let Sub(name) = t { Some(Cow::Borrowed(*name)) } else { None });
    Resource {
        group: group.into(),
        version: version.into(),
        plural: plural.into(),
        kind: kind.into(),
        singular: singular.into(),
        short: short.split(',').filter(|s| !s.is_empty()).map(Cow::Borrowed).collect(),
        categories: if traits.contains(&All) { vec!["all".into()] } else { Vec::new() },
        namespaced: traits.contains(&Ns),
        subresources: subresources.collect(),
        generation: if traits.contains(&GenNotes) {
            Generation::SpecAndAnnotations
        } else if traits.contains(&Gen) {
            Generation::Spec
        } else {
            Generation::None
        },
        // Others own the plain names.
        storage: if traits.contains(&Computed) { format!("{plural}.{group}").into() } else { plural.into() },
        create_only: traits.contains(&Review),
        computed: traits.contains(&Computed),
        custom: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn rows_are_unique_and_sorted_by_group() {
        let all = builtin();
        let mut seen = HashSet::new();
        for r in &all {
            assert!(seen.insert((r.group.clone(), r.plural.clone())), "{} twice", r.plural);
        }
        assert!(all.windows(2).all(|w| w[0].group <= w[1].group), "groups are contiguous");
    }

    #[test]
    fn only_the_two_event_apis_share_storage() {
        let mut seen = HashSet::new();
        let shared: Vec<_> = builtin().into_iter().filter(|r| !seen.insert(r.storage.clone())).collect();
        assert_eq!(shared.iter().map(|r| r.api_version()).collect::<Vec<_>>(), ["events.k8s.io/v1"]);
    }
}
