//! How the requests of a service are shared out: evenly over its Service's
//! ready pods, or by the weights of an `HTTPRoute`.
//!
//! A rule counts if it takes any request. Before it comes one for requests with
//! the header of the testers, whom a share of the callers are: rules that look at
//! paths, other headers, parameters or methods are passed over, as simulated
//! requests have none to show. The rule that takes all may copy a part of the
//! requests to other Services. Absent on purpose: other filters (rewrites),
//! backends in other namespaces, parents.

use serde_json::Value;

use super::Traffic;
use crate::demo::controllers::key::Key;
use crate::demo::controllers::stamp::Stamp;

/// What a rule without a weight gives a backend, as the Gateway API says.
const DEFAULT_WEIGHT: u64 = 1;

/// What testers send.
const HEADER: (&str, &str) = ("X-Canary", "always");
/// Share of the requests that are testers', where a scenario says nothing.
const TESTERS: f64 = 0.05;

/// Services and their weights.
type Backends = Vec<(String, u64)>;

/// A route, as far as it shares requests out.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Split {
    /// The older of two routes for one service wins.
    created: Stamp,
    /// Of the rule that takes all.
    backends: Backends,
    /// Where testers are sent instead, if a rule says so.
    testers: Option<Backends>,
    /// Services that get copies, and of which share of the requests.
    copies: Vec<(String, f64)>,
}

impl Split {
    /// Reads an `HTTPRoute`; `None` if no rule of it takes any request.
    pub(super) fn read(route: &Value) -> Option<Self> {
        let rules = route.pointer("/spec/rules")?.as_array()?;
        let rule = rules.iter().find(|rule| takes(rule, any_request))?;
        let backends = backends(rule);
        let testers = rules.iter().find(|rule| takes(rule, any_tester)).map(self::backends);
        let created = route.pointer("/metadata/creationTimestamp").cloned().unwrap_or_default();
        let created = serde_json::from_value(created).unwrap_or_default();
        let filters = rule.get("filters").and_then(Value::as_array).into_iter().flatten();
        let copies = filters.filter_map(copy).collect();
        (!backends.is_empty()).then_some(Self { created, backends, testers, copies })
    }

    fn names(&self, service: &str) -> bool {
        self.backends.iter().any(|(name, _)| name == service)
    }
}

fn backends(rule: &Value) -> Backends {
    let all = rule.get("backendRefs").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(backend).collect()
}

/// Whether one of the rule's matches does; without any it takes all.
fn takes(rule: &Value, matches: fn(&Value) -> bool) -> bool {
    let all = rule.get("matches").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if all.is_empty() { matches(&Value::Null) } else { all.iter().any(matches) }
}

fn any_request(part: &Value) -> bool {
    part.get("headers").and_then(Value::as_array).is_none_or(Vec::is_empty) && any_path(part)
}

/// The header of the testers and no other.
fn any_tester(part: &Value) -> bool {
    let text = |header: &Value, field: &str| header.get(field).and_then(Value::as_str).map(str::to_owned);
    let is = |header: &Value| {
        text(header, "name").is_some_and(|name| name.eq_ignore_ascii_case(HEADER.0))
            && text(header, "value").as_deref() == Some(HEADER.1)
            && text(header, "type").is_none_or(|kind| kind == "Exact")
    };
    let headers = part.get("headers").and_then(Value::as_array).map(Vec::as_slice);
    matches!(headers, Some([header]) if is(header)) && any_path(part)
}

fn any_path(part: &Value) -> bool {
    let named = |key: &str| part.get(key).is_some_and(|v| !v.is_null());
    let path = part.pointer("/path/value").and_then(Value::as_str).unwrap_or("/");
    let exact = part.pointer("/path/type").is_some_and(|kind| kind == "Exact");
    path == "/" && !exact && !["queryParams", "method"].into_iter().any(named)
}

fn backend(part: &Value) -> Option<(String, u64)> {
    let kind = part.get("kind").and_then(Value::as_str).unwrap_or("Service");
    let weight = part.get("weight").and_then(Value::as_u64).unwrap_or(DEFAULT_WEIGHT);
    (kind == "Service").then_some((part.get("name")?.as_str()?.to_owned(), weight))
}

/// The Service a filter copies requests to, and their share: all where it says none.
fn copy(filter: &Value) -> Option<(String, f64)> {
    let mirror = filter.get("requestMirror")?;
    let (name, _) = backend(mirror.get("backendRef")?)?;
    let percent = mirror.get("percent").and_then(Value::as_f64).unwrap_or(100.0);
    Some((name, percent / 100.0))
}

/// Where the requests of one place go: shares that add up to 1, and copies
/// that come on top of them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Spread {
    /// Pods and the share each gets.
    pub(super) pods: Vec<(Key, f64)>,
    /// The share that finds no pod.
    pub(super) lost: f64,
    /// Pods and the share of the requests of which each gets copies.
    pub(super) copies: Vec<(Key, f64)>,
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
        let mut spread = Spread::default();
        let Some(split) = split else {
            self.send(place, &[(own.to_owned(), DEFAULT_WEIGHT)], 1.0, &mut spread);
            return spread;
        };
        let testers = self.graph.scenario.testers.as_ref().map_or(TESTERS, |share| *share.get_ref());
        let testers = if split.testers.is_some() { testers } else { 0.0 };
        self.send(place, &split.backends, 1.0 - testers, &mut spread);
        self.send(place, split.testers.as_deref().unwrap_or_default(), testers, &mut spread);
        for (service, part) in &split.copies {
            // What finds no pod is lost without a word, as nobody waits for it.
            let pods = self.behind(place, service);
            spread.copies.extend(pods.iter().map(|key| ((*key).clone(), part / pods.len() as f64)));
        }
        spread
    }

    /// Adds where this part of the requests goes.
    fn send(&self, place: usize, backends: &[(String, u64)], all: f64, spread: &mut Spread) {
        let total: u64 = backends.iter().map(|(_, weight)| weight).sum();
        let (mut served, mut lost) = (false, 0.0);
        let known = spread.pods.len();
        for (service, weight) in backends.iter().filter(|(_, weight)| *weight > 0) {
            let part = all * *weight as f64 / total.max(1) as f64;
            let pods = self.behind(place, service);
            if pods.is_empty() {
                lost += part;
            }
            served |= !pods.is_empty();
            for key in &pods {
                let part = part / pods.len() as f64;
                match spread.pods.iter_mut().take(known).find(|(other, _)| other == *key) {
                    Some((_, sum)) => *sum += part,
                    None => spread.pods.push(((*key).clone(), part)),
                }
            }
        }
        // Nobody there, or all weights zero; and parts of thirds do not add up to 1.
        spread.lost += if served { lost } else { all };
    }

    /// The pods of a place that a Service selects.
    fn behind(&self, place: usize, service: &str) -> Vec<&Key> {
        let behind = |state: &&super::PodState| state.place == place && state.takes_from(service);
        self.pods.iter().filter(|(_, s)| behind(s)).map(|(key, _)| key).collect()
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
        // Testers have a rule of their own, wherever it stands; another header is nobody's.
        let plain = Split::read(&route).unwrap();
        assert_eq!((&plain.testers, &plain.copies), (&None, &Vec::new()));
        let header =
            |name: &str, value: &str| json!([{"headers": [{"name": name, "type": "Exact", "value": value}]}]);
        let copied = json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "copy"}, "percent": 25}},
            {"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "all"}}}]);
        let mut all = rule(json!([]), "all");
        all["filters"] = copied;
        let testers = json!({"spec": {"rules": [
            rule(header("X-Canary", "never"), "other"), all, rule(header("x-canary", "always"), "canary")]}});
        let split = Split::read(&testers).unwrap();
        assert_eq!(split.testers, Some(vec![("canary".to_owned(), 1)]));
        assert_eq!(split.copies, [("copy".to_owned(), 0.25), ("all".to_owned(), 1.0)]);
        let bare = json!({"spec": {"rules": [{"backendRefs": [
            {"name": "a", "weight": 90}, {"name": "b", "weight": 10}, {"name": "c", "kind": "Bucket"}]}]}});
        assert_eq!(Split::read(&bare).unwrap().backends, [("a".to_owned(), 90), ("b".to_owned(), 10)]);
        for nothing in [json!({}), json!({"spec": {"rules": []}}), json!({"spec": {"rules": [{}]}})] {
            assert_eq!(Split::read(&nothing), None, "{nothing}");
        }
    }
}
