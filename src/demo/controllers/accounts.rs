//! What every namespace has without anybody asking: the service account its
//! pods run as, and the certificate authority they trust.

use serde_json::{Value, json};

use super::cache::Cache;
use super::change::Change;
use super::key::{Key, resource};

const ACCOUNT: &str = "default";
const ROOT_CA: &str = "kube-root-ca.crt";

/// Whether this object is made again when somebody deletes it.
pub fn is_kept(key: &Key) -> bool {
    match &*key.resource {
        resource::SERVICE_ACCOUNTS => &*key.name == ACCOUNT,
        resource::CONFIG_MAPS => &*key.name == ROOT_CA,
        _ => false,
    }
}

/// Makes what the namespace lacks; nothing while it is being deleted.
pub fn provide(cache: &Cache, namespace: &Key) -> Vec<Change> {
    if cache.object(namespace).is_none() || cache.is_deleting(namespace) {
        return Vec::new();
    }
    let ns = &namespace.name;
    let missing = |resource: &str, name: &str| cache.object(&Key::new(resource, ns, name)).is_none();
    let mut changes = Vec::new();
    if missing(resource::SERVICE_ACCOUNTS, ACCOUNT) {
        let body = json!({"metadata": {"name": ACCOUNT, "namespace": &**ns}});
        changes.push(Change::Create { resource: resource::SERVICE_ACCOUNTS, body });
    }
    if missing(resource::CONFIG_MAPS, ROOT_CA) {
        changes.push(Change::Create { resource: resource::CONFIG_MAPS, body: root_ca(ns) });
    }
    changes
}

/// The embedded cluster speaks plain HTTP: where the certificate would be, it says so.
fn root_ca(ns: &str) -> Value {
    json!({
        "metadata": {"name": ROOT_CA, "namespace": ns, "annotations": {
            "kubernetes.io/description": "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters."
        }},
        "data": {"ca.crt": "# The embedded cluster serves plain HTTP on loopback and has no certificate.\n"}
    })
}
