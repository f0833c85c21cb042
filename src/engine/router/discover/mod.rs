//! Which means there are to share requests out, and why not a better one.

mod annotations;
mod colours;
mod services;
mod subsets;
mod weights;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

use super::{Router, RouterKind, text};
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
    /// What routes to Services there, of each kind the server has.
    pub routes: &'a [(RouterKind, Vec<Value>)],
    /// The DestinationRules there, where a route names subsets.
    pub rules: &'a [Value],
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
    /// Nothing speaks for preparing it: no reason to warn.
    quiet: bool,
}

impl No {
    fn new(why: String, remedy: impl Into<String>) -> Self {
        Self { why, remedy: remedy.into(), begun: false, quiet: false }
    }

    fn begun(why: String, remedy: impl Into<String>) -> Self {
        Self { begun: true, ..Self::new(why, remedy) }
    }
}

/// Whether one of the routes names subsets, which DestinationRules tell apart.
pub fn names_subsets(routes: &[(RouterKind, Vec<Value>)]) -> bool {
    let all = routes.iter().flat_map(|(kind, all)| all.iter().map(|raw| (*kind, raw)));
    all.into_iter().any(|(kind, raw)| subsets::names_some(kind, raw))
}

/// Finds the means.
pub fn discover(wish: Wish, around: &Around<'_>) -> Found {
    let pods = |why: &str| by_pods(around, why.to_owned(), String::new());
    match wish {
        Wish::Pods => pods("asked for"),
        Wish::Selector => match colours::found(around) {
            Ok(router) => Found::Router(Box::new(router)),
            Err(No { why, remedy, .. }) => Found::Refused { why, remedy },
        },
        Wish::Auto | Wish::Route => match by_route(around) {
            Ok(Some(router)) => Found::Router(Box::new(router)),
            Ok(None) if wish == Wish::Auto => pods("no route sends to it"),
            Ok(None) => Found::Refused {
                why: format!("no {} of the namespace sends to a Service of it", kinds()),
                remedy: "make one, or deliver by the ratio of pods: --traffic pods".to_owned(),
            },
            Err(No { why, remedy, begun, .. }) if wish == Wish::Route || begun => {
                Found::Refused { why, remedy }
            }
            Err(No { why, quiet: true, .. }) => by_pods(around, why, String::new()),
            Err(No { why, remedy, .. }) => by_pods(around, why, remedy),
        },
    }
}

/// `HTTPRoute, VirtualService or Ingress`
fn kinds() -> String {
    let names = RouterKind::SOUGHT.map(|kind| kind.kind().name());
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    format!("{} or {last}", others.join(", "))
}

const UNSELECTED: &str = "right for what is not asked through a Service; else correct its selector: nobody would \
                          be sent to the new version, and there would be nothing to judge";

/// By pods, if a Service would send the canary's pods anything at all.
fn by_pods(around: &Around<'_>, why: String, remedy: String) -> Found {
    let canary = services::labels(around.deployment, Some("canary"));
    let of_stable = services::of_stable(around);
    if of_stable.is_empty() {
        // Consumers of queues have none; for all others it is a slip of the selector.
        let remedy = if remedy.is_empty() { UNSELECTED.to_owned() } else { remedy };
        return Found::Pods { why: format!("{why}, and no Service selects its pods"), remedy };
    }
    if of_stable.iter().any(|service| services::selects(service, &canary)) {
        return Found::Pods { why, remedy };
    }
    let names: Vec<&str> = of_stable.iter().map(|service| name(service)).collect();
    Found::Refused {
        why: format!(
            "Service {} would not select the canary's pods: they would get no requests",
            names.join(", ")
        ),
        remedy: format!("take {TRACK} out of its selector, or name both Services in an HTTPRoute"),
    }
}

/// A route to a Service of stable.
#[derive(Clone, Copy)]
struct Candidate<'a> {
    kind: RouterKind,
    raw: &'a Value,
    service: &'a str,
}

impl Candidate<'_> {
    /// `HTTPRoute web`
    fn title(&self) -> String {
        format!("{} {}", self.kind.kind().name(), name(self.raw))
    }
}

fn by_route(around: &Around<'_>) -> Result<Option<Router>, No> {
    let mut found: Vec<Candidate<'_>> = Vec::new();
    for service in services::of_stable(around).into_iter().map(name) {
        let all = around.routes.iter().flat_map(|(kind, all)| all.iter().map(move |raw| (*kind, raw)));
        let all = all.map(|(kind, raw)| Candidate { kind, raw, service });
        found.extend(all.filter(|candidate| match candidate.kind {
            RouterKind::HttpRoute | RouterKind::VirtualService => weights::sends(candidate),
            RouterKind::Ingress => annotations::sends(candidate),
            RouterKind::Service => false,
        }));
    }
    let Some(first) = found.first() else { return Ok(None) };
    let pods = "or deliver by the ratio of pods: --traffic pods";
    if let Some(other) = found.iter().find(|other| !std::ptr::eq(other.raw, first.raw)) {
        // An Ingress for each host is usual, and one canary follows them all.
        if found.iter().any(|candidate| candidate.kind != RouterKind::Ingress) {
            let names = format!("{} and {}", first.title(), other.title());
            let why = format!("{names} both send to it: moving one would move part of the requests");
            return Err(No::new(why, format!("send to it from one route, {pods}")));
        }
    }
    if let Some(other) = found.iter().find(|other| other.service != first.service) {
        let why = format!(
            "{} sends to two Services of it, {} and {}: moving one would move part of the requests",
            first.title(),
            first.service,
            other.service
        );
        return Err(No::new(why, format!("send to one of them, {pods}")));
    }
    match first.kind {
        RouterKind::Ingress => annotations::found(around, &found),
        RouterKind::HttpRoute | RouterKind::VirtualService | RouterKind::Service => {
            weights::found(around, first)
        }
    }
    .map(Some)
}

/// Whether another tool would revert what is written.
fn owned(around: &Around<'_>, raw: &Value, title: &str, what: &str) -> Result<(), No> {
    let owner = ownership(raw);
    if owner.is_free() || around.override_owner {
        return Ok(());
    }
    let why = format!("{title} is applied by {owner}, which would revert {what}");
    Err(No::begun(why, format!("{}; or override with a reason", owner.remedy())))
}

fn name(raw: &Value) -> &str {
    text(raw, "/metadata/name")
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

/// Labels of pods.
type Labels = Map<String, Value>;
