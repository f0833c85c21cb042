//! What a container of a pod has, from the pod and what it refers to.

use base64::Engine as _;
use serde_json::Value;

use crate::demo::kubelet::shell::Machine;
use crate::demo::store::Store;

/// The machine of one container.
pub(super) fn of(store: &Store, pod: &Value, container: &Value) -> Machine {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let (name, ns) = (text(&pod["metadata"]["name"]), text(&pod["metadata"]["namespace"]));
    let hostname = pod["spec"]["hostname"].as_str().map_or_else(|| name.clone(), str::to_owned);
    let image = text(&container["image"]);
    let program = image.rsplit('/').next().and_then(|last| last.split([':', '@']).next()).unwrap_or("app");
    let account = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";
    let files = [
        (format!("/app/{program}"), "(a program; this container is simulated)\n".to_owned()),
        ("/etc/hostname".to_owned(), format!("{hostname}\n")),
        (
            "/etc/hosts".to_owned(),
            format!("127.0.0.1\tlocalhost\n{}\t{hostname}\n", text(&pod["status"]["podIP"])),
        ),
        ("/etc/os-release".to_owned(), "NAME=\"Simulated Linux\"\nID=simulated\n".to_owned()),
        (
            "/etc/resolv.conf".to_owned(),
            format!(
                "search {ns}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n"
            ),
        ),
        (account.to_owned(), ns.clone()),
    ];
    Machine { env: env(store, &ns, container, &hostname), hostname, files: files.into() }
}

fn env(store: &Store, ns: &str, container: &Value, hostname: &str) -> Vec<(String, String)> {
    let own = |k: &str, v: &str| (k.to_owned(), v.to_owned());
    let mut all = vec![
        own("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        own("HOSTNAME", hostname),
        own("KUBERNETES_SERVICE_HOST", "10.96.0.1"),
        own("KUBERNETES_SERVICE_PORT", "443"),
    ];
    for source in container["envFrom"].as_array().into_iter().flatten() {
        let map = source["configMapRef"]["name"].as_str().and_then(|name| store.get("configmaps", ns, name));
        let map = map.map(|m| m.value()).unwrap_or_default();
        let pairs = map["data"].as_object().into_iter().flatten();
        all.extend(pairs.map(|(k, v)| own(k, v.as_str().unwrap_or_default())));
    }
    for variable in container["env"].as_array().into_iter().flatten() {
        let name = variable["name"].as_str().unwrap_or_default();
        let value = variable["value"].as_str().map(str::to_owned);
        let value = value.or_else(|| referred(store, ns, &variable["valueFrom"]));
        all.push((name.to_owned(), value.unwrap_or_default()));
    }
    all.push(own("HOME", "/app"));
    all
}

fn referred(store: &Store, ns: &str, from: &Value) -> Option<String> {
    let (resource, source) = match (&from["secretKeyRef"], &from["configMapKeyRef"]) {
        (Value::Null, Value::Null) => return None,
        (Value::Null, map) => ("configmaps", map),
        (secret, _) => ("secrets", secret),
    };
    let object = store.get(resource, ns, source["name"].as_str()?)?.value();
    let value = object["data"][source["key"].as_str()?].as_str()?.to_owned();
    if resource == "configmaps" {
        return Some(value);
    }
    let bytes = base64::engine::general_purpose::STANDARD.decode(value).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
