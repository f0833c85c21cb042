//! What every cluster has before anybody uses it: namespaces, the default
//! roles, the demo's viewer, and the definition of `HTTPRoute`.

use serde_json::{Value, json};

use super::status::ApiError;
use super::store::Store;

const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Resources the role `view` may read, by group.
const VIEWABLE: [(&str, &[&str]); 9] = [
    (
        "",
        &[
            "bindings",
            "configmaps",
            "endpoints",
            "events",
            "limitranges",
            "namespaces",
            "namespaces/status",
            "persistentvolumeclaims",
            "persistentvolumeclaims/status",
            "pods",
            "pods/log",
            "pods/status",
            "replicationcontrollers",
            "replicationcontrollers/scale",
            "replicationcontrollers/status",
            "resourcequotas",
            "resourcequotas/status",
            "serviceaccounts",
            "services",
            "services/status",
        ],
    ),
    (
        "apps",
        &[
            "controllerrevisions",
            "daemonsets",
            "daemonsets/status",
            "deployments",
            "deployments/scale",
            "deployments/status",
            "replicasets",
            "replicasets/scale",
            "replicasets/status",
            "statefulsets",
            "statefulsets/scale",
            "statefulsets/status",
        ],
    ),
    ("autoscaling", &["horizontalpodautoscalers", "horizontalpodautoscalers/status"]),
    ("batch", &["cronjobs", "cronjobs/status", "jobs", "jobs/status"]),
    ("policy", &["poddisruptionbudgets", "poddisruptionbudgets/status"]),
    ("networking.k8s.io", &["ingresses", "ingresses/status", "networkpolicies"]),
    ("discovery.k8s.io", &["endpointslices"]),
    ("events.k8s.io", &["events"]),
    ("metrics.k8s.io", &["pods", "nodes"]),
];

/// Fills an empty store.
///
/// # Errors
/// None on an empty store; on another one, 409.
pub fn fill(store: &Store) -> Result<(), ApiError> {
    for name in NAMESPACES {
        store.create("namespaces", "", json!({"metadata": {"name": name}}))?;
        store.create("serviceaccounts", name, json!({"metadata": {"name": "default"}}))?;
    }
    if let Some(definition) = super::crd::installed() {
        store.create("customresourcedefinitions", "", definition)?;
    }
    for (name, rules) in roles() {
        let meta = json!({"name": name, "labels": {"kubernetes.io/bootstrapping": "rbac-defaults"}});
        store.create("clusterroles", "", json!({"metadata": meta, "rules": rules}))?;
    }
    for (name, role, group) in [
        ("cluster-admin", "cluster-admin", "system:masters"),
        ("system:basic-user", "system:basic-user", "system:authenticated"),
        ("system:discovery", "system:discovery", "system:authenticated"),
        ("system:public-info-viewer", "system:public-info-viewer", "system:authenticated"),
        ("system:public-info-viewer:unauthenticated", "system:public-info-viewer", "system:unauthenticated"),
        ("demo:viewers", "view", "demo:viewers"),
    ] {
        let role_ref = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role});
        let mut subjects =
            vec![json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": group})];
        if name == "demo:viewers" {
            // Whoever is impersonated has a name and no groups.
            subjects.push(json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "viewer"}));
        }
        store.create(
            "clusterrolebindings",
            "",
            json!({"metadata": {"name": name}, "roleRef": role_ref, "subjects": subjects}),
        )?;
    }
    Ok(())
}

fn roles() -> Vec<(&'static str, Value)> {
    let read = ["get", "list", "watch"];
    let write = ["create", "delete", "deletecollection", "patch", "update"];
    let all = [read.as_slice(), write.as_slice()].concat();
    let paths = |paths: &[&str]| json!([{"nonResourceURLs": paths, "verbs": ["get"]}]);
    let rules = |verbs: &[&str]| -> Vec<Value> {
        VIEWABLE
            .iter()
            .map(|(group, all)| json!({"apiGroups": [group], "resources": all, "verbs": verbs}))
            .collect()
    };
    let mut edit = rules(&read);
    edit.extend(rules(&write));
    edit.push(json!({"apiGroups": [""], "resources": ["secrets", "pods/exec", "pods/portforward", "pods/proxy", "pods/eviction"], "verbs": all}));
    let mut admin = edit.clone();
    admin.push(json!({"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles", "rolebindings"], "verbs": all}));
    let probes = ["/healthz", "/livez", "/readyz", "/version", "/version/"];
    vec![
        ("admin", admin.into()),
        (
            "cluster-admin",
            json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}, {"nonResourceURLs": ["*"], "verbs": ["*"]}]),
        ),
        ("edit", edit.into()),
        (
            "system:basic-user",
            json!([
                {"apiGroups": ["authorization.k8s.io"], "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"], "verbs": ["create"]},
                {"apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"], "verbs": ["create"]}
            ]),
        ),
        (
            "system:discovery",
            paths(&[
                "/api",
                "/api/*",
                "/apis",
                "/apis/*",
                "/healthz",
                "/livez",
                "/openapi",
                "/openapi/*",
                "/readyz",
                "/version",
                "/version/",
            ]),
        ),
        ("system:public-info-viewer", paths(&probes)),
        ("view", rules(&read).into()),
    ]
}
