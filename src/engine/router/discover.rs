//! Which means there are to share requests out, and why not a better one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::http_route::{self, Place};
use super::{Before, Router, RouterKind, selector, text};
use crate::domain::{Ownership, TRACK};

/// What a person wants requests to be shared out by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wish {
    /// The best there is: a route if one is prepared, else pods.
    #[default]
    Auto,
    /// The ratio of pods.
    Pods,
    /// A route, or not at all.
    Route,
    /// The selector of the Service, or not at all: blue/green.
    Selector,
}

/// What there is around a Deployment.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    /// The Deployment.
    pub deployment: &'a Value,
    /// The Services of its namespace.
    pub services: &'a [Value],
    /// The HTTPRoutes of its namespace; none if the server has no such kind.
    pub routes: Option<&'a [Value]>,
    /// Although another tool owns them.
    pub override_owner: bool,
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The ratio of pods.
    Pods {
        /// Why nothing better.
        why: String,
        /// How to get something better; empty if nothing speaks for it.
        remedy: String,
    },
    /// A router.
    Router(Box<Router>),
    /// Nothing that would do.
    Refused {
        /// Why.
        why: String,
        /// The next step.
        remedy: String,
    },
}

/// Why a route is not used, and what to do.
struct No {
    why: String,
    remedy: String,
    /// Somebody has begun to prepare it: going on by pods would surprise.
    begun: bool,
}

impl No {
    fn new(why: String, remedy: impl Into<String>) -> Self {
        Self { why, remedy: remedy.into(), begun: false }
    }

    fn begun(why: String, remedy: impl Into<String>) -> Self {
        Self { begun: true, ..Self::new(why, remedy) }
    }
}

/// Finds the means.
pub fn discover(wish: Wish, around: &Around<'_>) -> Found {
    let pods = |why: &str| by_pods(around, why.to_owned(), String::new());
    match wish {
        Wish::Pods => pods("asked for"),
        Wish::Selector => match by_selector(around) {
            Ok(router) => Found::Router(Box::new(router)),
            Err(No { why, remedy, .. }) => Found::Refused { why, remedy },
        },
        Wish::Auto | Wish::Route => match by_route(around) {
            Ok(Some(router)) => Found::Router(Box::new(router)),
            Ok(None) if wish == Wish::Auto => pods("no HTTPRoute sends to it"),
            Ok(None) => Found::Refused {
                why: "no HTTPRoute of the namespace sends to a Service of it".to_owned(),
                remedy: "make one, or deliver by the ratio of pods: --traffic pods".to_owned(),
            },
            Err(No { why, remedy, begun }) if wish == Wish::Route || begun => Found::Refused { why, remedy },
            Err(No { why, remedy, .. }) => by_pods(around, why, remedy),
        },
    }
}

/// By pods, if a Service would send the canary's pods anything at all.
fn by_pods(around: &Around<'_>, why: String, remedy: String) -> Found {
    let (stable, canary) = (labels(around.deployment, None), labels(around.deployment, Some("canary")));
    let of_stable: Vec<&Value> = around.services.iter().filter(|s| selects(s, &stable)).collect();
    if of_stable.is_empty() || of_stable.iter().any(|service| selects(service, &canary)) {
        return Found::Pods { why, remedy };
    }
    let names: Vec<&str> = of_stable.iter().map(|service| text(service, "/metadata/name")).collect();
    Found::Refused {
        why: format!(
            "Service {} would not select the canary's pods: they would get no requests",
            names.join(", ")
        ),
        remedy: format!("take {TRACK} out of its selector, or name both Services in an HTTPRoute"),
    }
}

fn by_route(around: &Around<'_>) -> Result<Option<Router>, No> {
    let stable = labels(around.deployment, None);
    let services = around.services.iter().filter(|service| selects(service, &stable));
    let mut found: Vec<(&Value, &str)> = Vec::new();
    for name in services.map(|service| text(service, "/metadata/name")) {
        let routes = around.routes.unwrap_or_default().iter();
        found.extend(
            routes.filter(|route| !http_route::places(route, name, "").is_empty()).map(|r| (r, name)),
        );
    }
    match found.as_slice() {
        [] => Ok(None),
        [(route, service)] => one_route(around, route, service).map(Some),
        [(one, _), (other, _), ..] => {
            let names = format!("{} and {}", text(one, "/metadata/name"), text(other, "/metadata/name"));
            let why =
                format!("HTTPRoutes {names} both send to it: moving one would move part of the requests");
            Err(No::new(why, "send to it from one route, or deliver by the ratio of pods: --traffic pods"))
        }
    }
}

fn one_route(around: &Around<'_>, route: &Value, stable: &str) -> Result<Router, No> {
    let name = text(route, "/metadata/name");
    let canary = format!("{stable}-canary");
    let places = http_route::places(route, stable, &canary);
    let named = places.iter().filter(|place| place.canary.is_some()).count();
    let begun = |why: String, remedy: String| {
        if named > 0 { No::begun(why, remedy) } else { No::new(why, remedy) }
    };
    service_of_canary(around, stable, &canary).map_err(|No { why, remedy, .. }| {
        begun(format!("HTTPRoute {name} sends to {stable}, but {why}"), remedy)
    })?;
    rules(route, &places, stable, &canary)?;
    let owner = ownership(route);
    if !owner.is_free() && !around.override_owner {
        let why = format!("HTTPRoute {name} is applied by {owner}, which would revert its weights");
        return Err(No::begun(why, format!("{}; or override with a reason", owner.remedy())));
    }
    if let Some(why) = http_route::refusal(route) {
        let why = format!("the gateway does not serve HTTPRoute {name} as it is: {why}");
        return Err(No::begun(why, "mend it first: kubectl describe httproute"));
    }
    let before = |place: &Place| Before {
        rule: place.rule,
        stable: http_route::written(route, place.rule, place.stable),
        named: place.canary.is_some(),
        canary: place.canary.and_then(|at| http_route::written(route, place.rule, at)),
    };
    Ok(Router {
        kind: RouterKind::HttpRoute,
        name: name.into(),
        uid: text(route, "/metadata/uid").into(),
        stable: stable.into(),
        canary: canary.as_str().into(),
        before: places.iter().map(before).collect(),
    })
}

/// Whether the rules say clearly what a canary takes part in.
fn rules(route: &Value, places: &[Place], stable: &str, canary: &str) -> Result<(), No> {
    let name = text(route, "/metadata/name");
    let named = places.iter().filter(|place| place.canary.is_some()).count();
    let number = |place: &Place| place.rule + 1;
    if let Some(place) = places.iter().find(|place| place.twice) {
        let why = format!("rule {} of HTTPRoute {name} names a backend twice", number(place));
        return Err(No::begun(why, format!("name {stable} and {canary} once each")));
    }
    if let Some(place) = places.iter().find(|p| p.backends > 1 + usize::from(p.canary.is_some())) {
        let why = format!("rule {} of HTTPRoute {name} has other backends beside {stable}", number(place));
        return Err(No::new(why, "weights of three backends are not moved: --traffic pods"));
    }
    if places.len() > 1 && named == 0 {
        let why = format!("{} rules of HTTPRoute {name} send to {stable}", places.len());
        return Err(No::new(why, format!("name {canary} with weight 0 in each rule a canary takes part in")));
    }
    if let Some(place) = places.iter().find(|place| named > 0 && place.canary.is_none()) {
        let why = format!("rule {} of HTTPRoute {name} names {stable} without {canary}", number(place));
        return Err(No::begun(why, format!("name {canary} with weight 0 there too")));
    }
    let weight = |place: &Place, at: usize| http_route::written(route, place.rule, at).unwrap_or(1);
    let shifted =
        places.iter().find_map(|place| Some((place, weight(place, place.canary?)))).filter(|w| w.1 > 0);
    if let Some((place, weight)) = shifted {
        let why =
            format!("rule {} of HTTPRoute {name} gives {canary} the weight {weight} already", number(place));
        return Err(No::begun(why, "set it to 0: nothing runs behind it before a delivery"));
    }
    match places.iter().find(|place| weight(place, place.stable) == 0) {
        Some(place) => {
            let why = format!("rule {} of HTTPRoute {name} gives {stable} the weight 0", number(place));
            Err(No::begun(why, "give it its weight back first"))
        }
        None => Ok(()),
    }
}

/// The canary's Service must be there, and each of the two must select its
/// own side alone: else the weights would not be what they say.
fn service_of_canary(around: &Around<'_>, stable: &str, canary: &str) -> Result<(), No> {
    let named = |name: &str| around.services.iter().find(|s| text(s, "/metadata/name") == name);
    let (of_stable, of_canary) = (labels(around.deployment, None), labels(around.deployment, Some("canary")));
    let prepare = format!(
        "give stable's pods and the selector of Service {stable} the label {TRACK}: stable, and the selector of \
         Service {canary} {TRACK}: canary"
    );
    let Some(service) = named(canary) else {
        return Err(No::new(
            format!("there is no Service {canary}"),
            format!("make it like {stable}; {prepare}"),
        ));
    };
    if named(stable).is_some_and(|service| selects(service, &of_canary)) {
        return Err(No::new(format!("Service {stable} would select the canary's pods too"), prepare));
    }
    if !selects(service, &of_canary) {
        return Err(No::new(format!("Service {canary} would not select the canary's pods"), prepare));
    }
    if selects(service, &of_stable) {
        return Err(No::new(format!("Service {canary} selects stable's pods"), prepare));
    }
    Ok(())
}

fn by_selector(around: &Around<'_>) -> Result<Router, No> {
    let stable = labels(around.deployment, None);
    let of_stable: Vec<&Value> = around.services.iter().filter(|service| selects(service, &stable)).collect();
    let service = match of_stable.as_slice() {
        [service] => *service,
        [] => {
            let why = "no Service selects its pods: there is nothing to switch".to_owned();
            return Err(No::new(why, "make one, or deliver it as a canary"));
        }
        [one, other, ..] => {
            let names = format!("{} and {}", text(one, "/metadata/name"), text(other, "/metadata/name"));
            let why = format!("Services {names} both select its pods: they cannot be switched at once");
            return Err(No::new(why, "keep one of them, or deliver it as a canary"));
        }
    };
    let name = text(service, "/metadata/name");
    let selected = service.pointer("/spec/selector").and_then(Value::as_object);
    if selected.and_then(|labels| labels.get(TRACK)?.as_str()) != Some(selector::COLOURS[0]) {
        let why = format!("the selector of Service {name} does not tell the colours apart");
        let remedy = format!("give stable's pods the label {TRACK}: stable, then put it into its selector");
        return Err(No::new(why, remedy));
    }
    let owner = ownership(service);
    if !owner.is_free() && !around.override_owner {
        let why = format!("Service {name} is applied by {owner}, which would revert the switch");
        return Err(No::begun(why, format!("{}; or override with a reason", owner.remedy())));
    }
    let preview = format!("{name}-preview");
    Ok(Router {
        kind: RouterKind::Service,
        name: name.into(),
        uid: text(service, "/metadata/uid").into(),
        stable: name.into(),
        canary: preview.as_str().into(),
        before: Vec::new(),
    })
}

/// The labels of a Deployment's pods, or with `track` of its canary's.
fn labels(deployment: &Value, track: Option<&str>) -> Map<String, Value> {
    let labels = deployment.pointer("/spec/template/metadata/labels").and_then(Value::as_object);
    let mut labels = labels.cloned().unwrap_or_default();
    if let Some(track) = track {
        labels.insert(TRACK.to_owned(), track.into());
    }
    labels
}

fn selects(service: &Value, labels: &Map<String, Value>) -> bool {
    let wanted = service.pointer("/spec/selector").and_then(Value::as_object);
    wanted.is_some_and(|wanted| {
        !wanted.is_empty() && wanted.iter().all(|(key, value)| labels.get(key) == Some(value))
    })
}

fn ownership(raw: &Value) -> Ownership {
    let map = |path: &str| -> BTreeMap<String, String> {
        let pairs = raw.pointer(path).and_then(Value::as_object).into_iter().flatten();
        pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
    };
    let owners = raw.pointer("/metadata/ownerReferences").and_then(Value::as_array).into_iter().flatten();
    let mut controllers =
        owners.filter(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true));
    let controller =
        controllers.next().map(|owner| format!("{}/{}", text(owner, "/kind"), text(owner, "/name")));
    Ownership::from_marks(&map("/metadata/labels"), &map("/metadata/annotations"), controller)
}
