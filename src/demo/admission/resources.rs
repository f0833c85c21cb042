//! What pods ask for, added up.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::demo::rules::amount::Amount;

/// Amounts by resource name: `cpu`, `memory`.
pub(super) type Amounts = BTreeMap<String, Amount>;

/// The containers of a pod spec under `key`.
pub(super) fn containers<'a>(pod: &'a Value, key: &str) -> &'a [Value] {
    pod.pointer(&format!("/spec/{key}")).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Amounts of a JSON map; what is no quantity is left out.
pub(super) fn amounts(map: &Value) -> Amounts {
    let read = |(k, v): (&String, &Value)| Some((k.clone(), Amount::parse(v.as_str()?)?));
    map.as_object().into_iter().flatten().filter_map(read).collect()
}

/// `requests` or `limits` of a container.
pub(super) fn of_container(container: &Value, part: &str) -> Amounts {
    amounts(&container["resources"][part])
}

/// `requests` or `limits` of a pod: the sum of its containers, or an init container that needs more.
pub(super) fn of_pod(pod: &Value, part: &str) -> Amounts {
    let mut total = Amounts::new();
    for container in containers(pod, "containers") {
        for (name, amount) in of_container(container, part) {
            let sum = total.entry(name).or_default();
            *sum = sum.plus(amount);
        }
    }
    for container in containers(pod, "initContainers") {
        for (name, amount) in of_container(container, part) {
            let most = total.entry(name).or_default();
            *most = most.or_more(amount);
        }
    }
    total
}
