//! The columns of each kind.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{cells, more};
use crate::demo::api::Api;
use crate::demo::kinds::Resource;

/// Computes a cell from an object, the column's path and the time.
pub(super) type Cell = fn(&Value, &str, Timestamp) -> Value;

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    name: Cow<'static, str>,
    kind: Cow<'static, str>,
    priority: i64,
    /// Pointer into the object, for cells that show one field.
    pub path: Cow<'static, str>,
    /// Computes the cell.
    pub(super) cell: Cell,
}

impl Column {
    /// As `columnDefinitions` has it.
    pub fn definition(&self) -> Value {
        let format = if self.name == "Name" { "name" } else { "" };
        json!({"name": self.name, "type": self.kind, "format": format, "description": "", "priority": self.priority})
    }
}

/// Name, type, priority, path, cell.
type Row = (&'static str, &'static str, i64, &'static str, Cell);

const NAME: Row = ("Name", "string", 0, "/metadata/name", cells::text);
const AGE: Row = ("Age", "string", 0, "/metadata/creationTimestamp", cells::age);
const CREATED: Row = ("Created At", "date", 0, "/metadata/creationTimestamp", cells::text);
const USERS: Row = ("Users", "string", 1, "", more::binding_users);
const GROUPS: Row = ("Groups", "string", 1, "", more::binding_groups);
const ACCOUNTS: Row = ("ServiceAccounts", "string", 1, "", more::binding_accounts);
const CONTAINERS: Row = ("Containers", "string", 1, "/spec/template/spec/containers", cells::container_names);
const IMAGES: Row = ("Images", "string", 1, "/spec/template/spec/containers", cells::container_images);
const SELECTOR: Row = ("Selector", "string", 1, "/spec/selector", cells::selector);

#[rustfmt::skip]
const TABLE: &[(&str, &[Row])] = &[
    ("pods", &[NAME,
        ("Ready", "string", 0, "", cells::pod_ready), ("Status", "string", 0, "", cells::pod_status),
        ("Restarts", "string", 0, "", cells::pod_restarts), AGE,
        ("IP", "string", 1, "/status/podIP", cells::text_or_none), ("Node", "string", 1, "/spec/nodeName", cells::text_or_none),
        ("Nominated Node", "string", 1, "/status/nominatedNodeName", cells::text_or_none), ("Readiness Gates", "string", 1, "", cells::none)]),
    ("deployments", &[NAME,
        ("Ready", "string", 0, "/status/readyReplicas", cells::ready_of_spec), ("Up-to-date", "string", 0, "/status/updatedReplicas", cells::number),
        ("Available", "string", 0, "/status/availableReplicas", cells::number), AGE, CONTAINERS, IMAGES, SELECTOR]),
    ("replicasets", &[NAME,
        ("Desired", "integer", 0, "/spec/replicas", cells::number), ("Current", "integer", 0, "/status/replicas", cells::number),
        ("Ready", "integer", 0, "/status/readyReplicas", cells::number), AGE, CONTAINERS, IMAGES, SELECTOR]),
    ("statefulsets", &[NAME, ("Ready", "string", 0, "/status/readyReplicas", cells::ready_of_spec), AGE, CONTAINERS, IMAGES]),
    ("daemonsets", &[NAME,
        ("Desired", "integer", 0, "/status/desiredNumberScheduled", cells::number), ("Current", "integer", 0, "/status/currentNumberScheduled", cells::number),
        ("Ready", "integer", 0, "/status/numberReady", cells::number), ("Up-to-date", "integer", 0, "/status/updatedNumberScheduled", cells::number),
        ("Available", "integer", 0, "/status/numberAvailable", cells::number), ("Node Selector", "string", 0, "/spec/template/spec/nodeSelector", cells::selector),
        AGE, CONTAINERS, IMAGES, SELECTOR]),
    ("jobs", &[NAME, ("Status", "string", 0, "", cells::job_status), ("Completions", "string", 0, "", cells::job_completions),
        ("Duration", "string", 0, "", cells::job_duration), AGE, CONTAINERS, IMAGES, SELECTOR]),
    ("cronjobs", &[NAME, ("Schedule", "string", 0, "/spec/schedule", cells::text), ("Timezone", "string", 0, "/spec/timeZone", cells::text_or_none),
        ("Suspend", "boolean", 0, "/spec/suspend", cells::boolean), ("Active", "integer", 0, "/status/active", cells::length),
        ("Last Schedule", "string", 0, "/status/lastScheduleTime", cells::age_or_none), AGE,
        ("Containers", "string", 1, "/spec/jobTemplate/spec/template/spec/containers", cells::container_names),
        ("Images", "string", 1, "/spec/jobTemplate/spec/template/spec/containers", cells::container_images),
        ("Selector", "string", 1, "", cells::none)]),
    ("services", &[NAME, ("Type", "string", 0, "/spec/type", cells::text), ("Cluster-IP", "string", 0, "/spec/clusterIP", cells::text_or_none),
        ("External-IP", "string", 0, "", cells::none), ("Port(s)", "string", 0, "/spec/ports", cells::service_ports), AGE,
        ("Selector", "string", 1, "/spec/selector", cells::selector)]),
    ("namespaces", &[NAME, ("Status", "string", 0, "/status/phase", cells::text), AGE]),
    ("nodes", &[NAME, ("Status", "string", 0, "", cells::node_status), ("Roles", "string", 0, "", cells::node_roles), AGE,
        ("Version", "string", 0, "/status/nodeInfo/kubeletVersion", cells::text),
        ("Internal-IP", "string", 1, "", cells::node_address), ("External-IP", "string", 1, "", cells::none),
        ("OS-Image", "string", 1, "/status/nodeInfo/osImage", cells::text_or_unknown),
        ("Kernel-Version", "string", 1, "/status/nodeInfo/kernelVersion", cells::text_or_unknown),
        ("Container-Runtime", "string", 1, "/status/nodeInfo/containerRuntimeVersion", cells::text_or_unknown)]),
    ("events", &[("Last Seen", "string", 0, "", cells::event_seen), ("Type", "string", 0, "/type", cells::text),
        ("Reason", "string", 0, "/reason", cells::text), ("Object", "string", 0, "", cells::event_object),
        ("Subobject", "string", 1, "/involvedObject/fieldPath", cells::text), ("Source", "string", 1, "", cells::event_source),
        ("Message", "string", 0, "/message", cells::trimmed), ("First Seen", "string", 1, "", cells::event_first),
        ("Count", "string", 1, "", cells::event_count), ("Name", "string", 1, "/metadata/name", cells::text)]),
    ("configmaps", &[NAME, ("Data", "string", 0, "", cells::data_count), AGE]),
    ("secrets", &[NAME, ("Type", "string", 0, "/type", cells::text), ("Data", "string", 0, "", cells::data_count), AGE]),
    ("ingresses", &[NAME, ("Class", "string", 0, "/spec/ingressClassName", cells::text_or_none), ("Hosts", "string", 0, "", more::ingress_hosts),
        ("Address", "string", 0, "", more::ingress_address), ("Ports", "string", 0, "", more::ingress_ports), AGE]),
    ("networkpolicies", &[NAME, ("Pod-Selector", "string", 0, "/spec/podSelector", cells::selector), AGE]),
    ("limitranges", &[NAME, CREATED]),
    ("resourcequotas", &[NAME, ("Request", "string", 0, "", more::quota_requests), ("Limit", "string", 0, "", more::quota_limits), AGE]),
    ("ingressclasses", &[NAME, ("Controller", "string", 0, "/spec/controller", cells::text), ("Parameters", "string", 0, "/spec/parameters", cells::reference), AGE]),
    ("priorityclasses", &[NAME, ("Value", "integer", 0, "/value", cells::number), ("Global-Default", "boolean", 0, "/globalDefault", cells::boolean), AGE,
        ("PreemptionPolicy", "string", 0, "/preemptionPolicy", cells::text)]),
    ("replicationcontrollers", &[NAME, ("Desired", "integer", 0, "/spec/replicas", cells::number), ("Current", "integer", 0, "/status/replicas", cells::number),
        ("Ready", "integer", 0, "/status/readyReplicas", cells::number), AGE, CONTAINERS, IMAGES, SELECTOR]),
    ("endpoints", &[NAME, ("Endpoints", "string", 0, "/subsets", more::endpoints), AGE]),
    ("horizontalpodautoscalers", &[NAME, ("Reference", "string", 0, "/spec/scaleTargetRef", cells::reference),
        ("Targets", "string", 0, "", cells::hpa_targets), ("MinPods", "string", 0, "/spec/minReplicas", cells::number),
        ("MaxPods", "string", 0, "/spec/maxReplicas", cells::number), ("Replicas", "string", 0, "/status/currentReplicas", cells::number), AGE]),
    ("poddisruptionbudgets", &[NAME, ("Min Available", "string", 0, "/spec/minAvailable", cells::scalar_or_na),
        ("Max Unavailable", "string", 0, "/spec/maxUnavailable", cells::scalar_or_na),
        ("Allowed Disruptions", "integer", 0, "/status/disruptionsAllowed", cells::number), AGE]),
    ("leases", &[NAME, ("Holder", "string", 0, "/spec/holderIdentity", cells::text), AGE]),
    ("endpointslices", &[NAME, ("AddressType", "string", 0, "/addressType", cells::text), ("Ports", "string", 0, "/ports", cells::slice_ports),
        ("Endpoints", "string", 0, "/endpoints", cells::slice_addresses), AGE]),
    ("controllerrevisions", &[NAME, ("Controller", "string", 0, "/metadata/ownerReferences/0", cells::controller), ("Revision", "string", 0, "/revision", cells::number), AGE]),
    ("customresourcedefinitions", &[NAME, CREATED]),
    ("clusterroles", &[NAME, CREATED]),
    ("roles", &[NAME, CREATED]),
    ("clusterrolebindings", &[NAME, ("Role", "string", 0, "/roleRef", cells::role), AGE, USERS, GROUPS, ACCOUNTS]),
    ("rolebindings", &[NAME, ("Role", "string", 0, "/roleRef", cells::role), AGE, USERS, GROUPS, ACCOUNTS]),
    ("nodes.metrics.k8s.io", &[NAME, ("cpu", "", 0, "/usage/cpu", cells::text), ("memory", "", 0, "/usage/memory", cells::text), ("Window", "", 0, "/window", cells::text)]),
    ("pods.metrics.k8s.io", &[NAME, ("cpu", "", 0, "/containers/0/usage/cpu", cells::text), ("memory", "", 0, "/containers/0/usage/memory", cells::text), ("Window", "", 0, "/window", cells::text)]),
];

const DEFAULT: &[Row] = &[NAME, AGE];

fn column(row: &Row) -> Column {
    let (name, kind, priority, path, cell) = *row;
    Column { name: name.into(), kind: kind.into(), priority, path: path.into(), cell }
}

/// The columns of a resource.
pub(super) fn of(row: &Resource, api: &Api) -> Vec<Column> {
    if row.is_custom() {
        return custom(row, api);
    }
    let rows = TABLE.iter().find(|(storage, _)| *storage == &*row.storage).map_or(DEFAULT, |(_, rows)| rows);
    rows.iter().map(column).collect()
}

/// `additionalPrinterColumns` of a CRD.
fn custom(row: &Resource, api: &Api) -> Vec<Column> {
    let crd =
        api.store.get("customresourcedefinitions", "", &row.storage).map(|o| o.value()).unwrap_or_default();
    let versions = crd["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let own =
        versions.iter().find(|v| v["name"] == *row.version).map(|v| v["additionalPrinterColumns"].clone());
    let mut out = vec![column(&NAME)];
    let listed = own.unwrap_or_default();
    for c in listed.as_array().into_iter().flatten() {
        let text = |key: &str| c[key].as_str().unwrap_or_default().to_owned();
        let date = text("type") == "date";
        out.push(Column {
            name: text("name").into(),
            kind: text("type").into(),
            priority: c["priority"].as_i64().unwrap_or(0),
            path: text("jsonPath").replace('.', "/").into(),
            cell: if date { cells::age_or_none } else { cells::any },
        });
    }
    if out.len() == 1 {
        out.push(column(&AGE));
    }
    out
}
