//! Plays a scenario: the past in fast motion before the start, the rest when
//! its time comes. It writes to the store as people and pipelines would.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::model::{Action, Event, Scenario, Service};
use super::objects::{self, Place};
use super::parse::ENVIRONMENTS;
use super::span::Span;
use crate::demo::controllers::key::resource;
use crate::demo::controllers::stamp::{after, micro};
use crate::demo::store::Store;

/// How long before the start the oldest object was made.
pub const PAST_S: f64 = 60.0 * 86_400.0;
/// Revisions played for each environment: enough to roll back to.
const KEPT: &[(&str, usize)] = &[("production", 4), ("staging", 3), ("dev", 2)];
/// What people write when they ship.
const CAUSES: &[&str] = &[
    "fix flaky retry on timeout",
    "bump base image",
    "smaller response for lists",
    "cache for one minute",
    "new index on created_at",
    "log the request id",
    "drop the old endpoint",
    "handle empty baskets",
    "tune the connection pool",
    "update dependencies",
];

/// What the traffic model is told by the timeline.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// Service.
    pub service: String,
    /// Environment.
    pub environment: String,
    /// `Traffic`, `Fail` or `Slow`.
    pub action: Action,
    /// Its factor.
    pub factor: f64,
}

#[derive(Clone, Debug)]
enum Act {
    /// A released version; `replicas` is set when it is the one that runs.
    Release {
        service: usize,
        environment: &'static str,
        version: String,
        replicas: i32,
        cause: String,
        first: bool,
    },
    /// A line of the timeline, and how often it was played.
    Line { event: usize, turn: usize },
}

/// The timeline of a scenario.
pub struct Director {
    scenario: Arc<Scenario>,
    queue: BTreeMap<(Timestamp, usize), Act>,
    planned: usize,
}

impl Director {
    /// Everything that is to happen, for a story that starts at `start`.
    pub fn new(scenario: &Arc<Scenario>, start: Timestamp) -> Self {
        let mut director = Self { scenario: scenario.clone(), queue: BTreeMap::new(), planned: 0 };
        let mut rng = fastrand::Rng::with_seed(scenario.seed);
        for index in 0..scenario.services.len() {
            director.plan_history(index, start, &mut rng);
        }
        for (event, line) in scenario.events.iter().enumerate() {
            director.plan(after(start, line.at.seconds()), Act::Line { event, turn: 0 });
        }
        director
    }

    fn plan(&mut self, at: Timestamp, act: Act) {
        self.queue.insert((at, self.planned), act);
        self.planned += 1;
    }

    /// Past releases: none of the old ones had to run, so they have no pods.
    fn plan_history(&mut self, index: usize, start: Timestamp, rng: &mut fastrand::Rng) {
        let scenario = self.scenario.clone();
        let service = &scenario.services[index];
        let released = service.released.map_or_else(|| -86_400.0 * (0.3 + 6.0 * rng.f64()), Span::seconds);
        let members: Vec<String> = scenario.team_of(service).map(|t| t.members.clone()).unwrap_or_default();
        for environment in ENVIRONMENTS.iter().filter(|e| service.replicas.contains_key(**e)) {
            // What is in production was in staging some hours before.
            let lead = if *environment == "production" { 0.0 } else { 3600.0 * (2.0 + 14.0 * rng.f64()) };
            let kept = KEPT.iter().find(|(e, _)| e == environment).map_or(2, |(_, n)| *n);
            let versions: Vec<&String> = service.history.iter().rev().take(kept).collect();
            let mut at = after(start, released - lead);
            let last = versions.len().saturating_sub(1);
            for (age, version) in versions.into_iter().enumerate() {
                let by = rng.choice(&members).map_or("ci", |m| m.as_str());
                let subject = rng.choice(CAUSES).copied().unwrap_or_default();
                let cause = format!("deploy {version}: {subject} (#{}) by {by}", rng.u32(200..5000));
                let running = service.replicas.get(*environment).copied().unwrap_or(0);
                let replicas = if age == 0 { running } else { 0 };
                let act = Act::Release {
                    service: index,
                    environment,
                    version: version.clone(),
                    replicas,
                    cause,
                    first: age == last,
                };
                self.plan(at, act);
                at = after(at, -86_400.0 * (1.2 + 4.0 * rng.f64()));
            }
        }
    }

    /// When the next thing happens.
    pub fn next(&self) -> Option<Timestamp> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Does what is due at `now`; returns what the traffic should know.
    pub fn play(&mut self, store: &Store, now: Timestamp) -> Vec<Knob> {
        let mut knobs = Vec::new();
        while let Some(entry) = self.queue.first_entry().filter(|e| e.key().0 <= now) {
            let ((at, _), act) = entry.remove_entry();
            match act {
                Act::Release { service, environment, version, replicas, cause, first } => {
                    let scenario = self.scenario.clone();
                    let place =
                        Place { scenario: &scenario, service: &scenario.services[service], environment };
                    if first {
                        found(store, &place, &place.deployment(&version, replicas, &cause));
                    } else {
                        ship(store, &place, &version, Some(replicas), &cause);
                    }
                }
                Act::Line { event, turn } => {
                    let scenario = self.scenario.clone();
                    let Some(line) = scenario.events.get(event) else { continue };
                    knobs.extend(act_line(store, &scenario, line, turn, at));
                    if let Some(pause) = line.repeat.filter(|r| r.seconds() > 0.0) {
                        self.plan(after(at, pause.seconds()), Act::Line { event, turn: turn + 1 });
                    }
                }
            }
        }
        knobs
    }
}

/// Nodes and namespaces: what is there before anybody deploys.
pub fn lay_ground(store: &Store, scenario: &Scenario) {
    for ns in ["default", "kube-system", "kube-public", "kube-node-lease"] {
        if store.get(resource::NAMESPACES, "", ns).is_none() {
            put(store, resource::NAMESPACES, "", json!({"metadata": {"name": ns}}));
        }
    }
    for (index, node) in scenario.nodes.iter().enumerate() {
        put(store, resource::NODES, "", objects::node(node, index));
    }
    let mut spaces: BTreeMap<String, (&Service, &str)> = BTreeMap::new();
    for service in &scenario.services {
        for environment in service.replicas.keys() {
            spaces.entry(service.namespace(environment)).or_insert((service, environment));
        }
    }
    for (name, (service, environment)) in spaces {
        let labels = [
            ("environment", environment),
            ("system", service.system.as_str()),
            ("team", service.team.get_ref().as_str()),
        ];
        let labels = labels.into_iter().map(|(k, v)| (k.to_owned(), v.into())).collect();
        put(store, resource::NAMESPACES, "", objects::namespace(&name, &labels));
    }
}

/// The first release of a service in an environment brings everything with it.
fn found(store: &Store, place: &Place<'_>, deployment: &serde_json::Value) {
    let ns = place.namespace();
    for (resource, object) in place.surroundings() {
        put(store, resource, &ns, object);
    }
    put(store, resource::DEPLOYMENTS, &ns, deployment.clone());
}

fn put(store: &Store, resource: &str, ns: &str, object: serde_json::Value) {
    if let Err(error) = store.create(resource, ns, object) {
        // Served another way, or there already (a user's scenario may name what the base has).
        tracing::warn!(resource, ns, %error, "The scenario could not create an object.");
    }
}

fn ship(store: &Store, place: &Place<'_>, version: &str, replicas: Option<i32>, cause: &str) {
    let template = place.template(version);
    let result = store.modify(resource::DEPLOYMENTS, &place.namespace(), place.service.id(), |d| {
        d["metadata"]["labels"]["app.kubernetes.io/version"] = version.into();
        d["metadata"]["annotations"]["kubernetes.io/change-cause"] = cause.into();
        d["spec"]["template"] = template;
        if let Some(n) = replicas {
            d["spec"]["replicas"] = n.into();
        }
    });
    log_miss(place, result.err());
}

/// People may have deleted what the timeline wants to touch.
fn log_miss(place: &Place<'_>, error: Option<crate::demo::status::ApiError>) {
    if let Some(error) = error {
        let service = place.service.id();
        tracing::info!(service, %error, "The scenario's timeline found nothing to act on.");
    }
}

fn act_line(store: &Store, scenario: &Scenario, line: &Event, turn: usize, at: Timestamp) -> Option<Knob> {
    let service = scenario.service(line.service.get_ref())?;
    let environment = line.environment.as_ref().map_or("production", |e| e.get_ref().as_str());
    let place = Place { scenario, service, environment };
    let by = line.by.as_deref().unwrap_or("ci");
    let change = |f: &dyn Fn(&mut serde_json::Value)| {
        let result = store.modify(resource::DEPLOYMENTS, &place.namespace(), service.id(), f);
        log_miss(&place, result.err());
    };
    match line.action {
        Action::Deploy => {
            let version = line.version.get(turn % line.version.len().max(1))?;
            let cause = line.cause.clone().unwrap_or_else(|| format!("deploy {version}"));
            ship(store, &place, version, None, &format!("{cause} by {by}"));
        }
        Action::Scale => change(&|d| d["spec"]["replicas"] = line.replicas.unwrap_or(1).into()),
        Action::Pause => change(&|d| d["spec"]["paused"] = true.into()),
        Action::Resume => change(&|d| {
            if let Some(spec) = d["spec"].as_object_mut() {
                spec.remove("paused");
            }
        }),
        Action::Restart => change(&|d| {
            d["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
                micro(at).into();
        }),
        Action::Quota => {
            let pods = line.replicas.unwrap_or(10);
            put(store, resource::RESOURCE_QUOTAS, &place.namespace(), objects::quota(&place, pods));
        }
        Action::Traffic | Action::Fail | Action::Slow => {
            return Some(Knob {
                service: service.id().to_owned(),
                environment: environment.to_owned(),
                action: line.action,
                factor: line.factor.unwrap_or(1.0),
            });
        }
    }
    None
}
