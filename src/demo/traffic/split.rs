//! How the requests of a service are shared out: evenly over its Service's
//! ready pods, or by the weights of an `HTTPRoute`.
//!
//! A rule counts if it takes any request: rules that look at paths, headers,
//! parameters or methods are passed over, as simulated requests have none to
//! show. Absent on purpose: filters (mirrors, rewrites), backends in other
//! namespaces, parents.

use serde_json::Value;

use super::Traffic;
use crate::demo::controllers::key::Key;
use crate::demo::controllers::stamp::Stamp;

/// What a rule without a weight gives a backend, as the Gateway API says.
const DEFAULT_WEIGHT: u64 = 1;

/// A route, as far as it shares requests out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    /// The older of two routes for one service wins.
    created: Stamp,
    /// Services and their weights.
    backends: Vec<(String, u64)>,
}

impl Split {
    /// Reads an `HTTPRoute`; `None` if no rule of it takes any request.
    pub(super) fn read(route: &Value) -> Option<Self> {
        let rules = route.pointer("/spec/rules")?.as_array()?;
        let rule = rules.iter().find(|rule| takes_all(rule))?;
        let backends = rule.get("backendRefs")?.as_array()?.iter().filter_map(backend).collect::<Vec<_>>();
        let created = route.pointer("/metadata/creationTimestamp").cloned().unwrap_or_default();
        let created = serde_json::from_value(created).unwrap_or_default();
        (!backends.is_empty()).then_some(Self { created, backends })
    }

    fn names(&self, service: &str) -> bool {
        self.backends.iter().any(|(name, _)| name == service)
    }
}

fn takes_all(rule: &Value) -> bool {
    let matches = rule.get("matches").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let any = |part: &Value| {
        let named = |key: &str| part.get(key).is_some_and(|v| !v.is_null());
        let path = part.pointer("/path/value").and_then(Value::as_str).unwrap_or("/");
        let exact = part.pointer("/path/type").is_some_and(|kind| kind == "Exact");
        path == "/" && !exact && !["headers", "queryParams", "method"].into_iter().any(named)
    };
    matches.is_empty() || matches.iter().any(any)
}

fn backend(part: &Value) -> Option<(String, u64)> {
    let kind = part.get("kind").and_then(Value::as_str).unwrap_or("Service");
    let weight = part.get("weight").and_then(Value::as_u64).unwrap_or(DEFAULT_WEIGHT);
    (kind == "Service").then_some((part.get("name")?.as_str()?.to_owned(), weight))
}

/// Where the requests of one place go: shares that add up to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spread {
    /// Pods and the share each gets.
    pub(super) pods: Vec<(Key, f64)>,
    /// The share that finds no pod.
    pub(super) lost: f64,
}

impl Traffic {
    /// A route came, changed or went.
    pub fn route(&mut self, key: &Key, route: Option<&Value>, now: jiff::Timestamp) {
        self.advance(now);
        match route.and_then(Split::read) {
            Some(split) => self.routes.insert(key.clone(), split),
            None => self.routes.remove(key),
        };
    }

    /// For each place, where its requests go now.
    pub(super) fn spreads(&self) -> Vec<Spread> {
        (0..self.places.len()).map(|place| self.spread(place)).collect()
    }

    fn spread(&self, place: usize) -> Spread {
        let (namespace, own) = (&self.graph.places[place].namespace, self.graph.service(place).id());
        let governing = self.routes.iter().filter(|(key, split)| *key.ns == **namespace && split.names(own));
        let split = governing.min_by_key(|(key, split)| (split.created, *key)).map(|(_, split)| split);
        let plain = [(own.to_owned(), DEFAULT_WEIGHT)];
        let backends = split.map_or(plain.as_slice(), |split| &split.backends);
        let total: u64 = backends.iter().map(|(_, weight)| weight).sum();
        let mut spread = Spread::default();
        for (service, weight) in backends.iter().filter(|(_, weight)| *weight > 0) {
            let part = *weight as f64 / total.max(1) as f64;
            let behind = |state: &&super::PodState| state.place == place && state.takes_from(service);
            let pods: Vec<&Key> = self.pods.iter().filter(|(_, s)| behind(s)).map(|(key, _)| key).collect();
            if pods.is_empty() {
                spread.lost += part;
            }
            spread.pods.extend(pods.iter().map(|key| ((*key).clone(), part / pods.len() as f64)));
        }
        // Nobody there, or all weights zero; and parts of thirds do not add up to 1.
        if spread.pods.is_empty() {
            spread.lost = 1.0;
        }
        spread
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_rule_that_takes_any_request_counts() {
        let rule = |matches: Value, name: &str| json!({"matches": matches, "backendRefs": [{"name": name}]});
        let route = json!({"spec": {"rules": [
            rule(json!([{"headers": [{"name": "x-canary", "value": "1"}]}]), "by-header"),
            rule(json!([{"path": {"type": "PathPrefix", "value": "/admin"}}]), "by-path"),
            rule(json!([{"path": {"type": "PathPrefix", "value": "/"}}]), "all"),
        ]}});
        assert_eq!(Split::read(&route).unwrap().backends, [("all".to_owned(), 1)]);
        let bare = json!({"spec": {"rules": [{"backendRefs": [
            {"name": "a", "weight": 90}, {"name": "b", "weight": 10}, {"name": "c", "kind": "Bucket"}]}]}});
        assert_eq!(Split::read(&bare).unwrap().backends, [("a".to_owned(), 90), ("b".to_owned(), 10)]);
        for nothing in [json!({}), json!({"spec": {"rules": []}}), json!({"spec": {"rules": [{}]}})] {
            assert_eq!(Split::read(&nothing), None, "{nothing}");
        }
    }
}
