//! Simulated requests: from outside, over the dependency graph, through
//! Services and the weights of HTTPRoutes to ready pods, with latencies, retries, timeouts and failures
//! that spread; counted by every pod as its `/metrics` page tells it.
//!
//! Lazy: nothing is computed until somebody looks (a scrape, the autoscaler),
//! a pod comes or goes, or a running story wants its log lines. Then time is
//! caught up in slots on a fixed grid, each with its own generator, so that
//! what is counted at a moment does not depend on who looked before. Requests are counts, not objects: a slot
//! costs the same at any rate.
//!
//! Absent on purpose: connections, request bodies, tracing.

pub mod graph;
pub mod meter;
mod outcome;
mod page;
pub mod sample;
mod slot;
mod split;
mod talk;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_canary;

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use self::graph::Graph;
use self::meter::Meter;
use self::split::Split;
pub use self::talk::Said;
use super::controllers::key::Key;
use super::controllers::pod::{Phase, PodView};
use super::controllers::stamp::{after, seconds_between};
use super::scenario::cast::identify;
use super::scenario::director::Knob;
use super::scenario::model::{Action, Release, Scenario};

/// Length of a slot after the start, in seconds.
const SLOT_S: f64 = 5.0;
/// How long before the start slots begin (of a minute each); what pods counted
/// before that is put in as if all had been well.
const WARM_S: f64 = 3600.0;
/// A gap longer than the first number of seconds is caught up in slots of the second.
const COARSE: &[(f64, f64)] = &[(86_400.0, 600.0), (3600.0, 60.0)];

/// The traffic of a scenario.
#[derive(Debug)]
pub struct Traffic {
    graph: Graph,
    pods: BTreeMap<Key, PodState>,
    places: Vec<PlaceState>,
    routes: BTreeMap<Key, Split>,
    said: Vec<Said>,
    start: Timestamp,
    /// Everything before this has been counted.
    done: Timestamp,
    warmed: bool,
}

/// One pod that belongs to a place.
#[derive(Clone, Debug)]
struct PodState {
    place: usize,
    version: String,
    release: Option<Release>,
    ready: bool,
    /// The Services that select it.
    services: Box<[Box<str>]>,
    up: bool,
    restarts: i32,
    meter: Meter,
}

impl PodState {
    /// Whether requests to a Service may reach it.
    fn takes_from(&self, service: &str) -> bool {
        self.ready && self.services.iter().any(|name| **name == *service)
    }
}

/// What changes about a place.
#[derive(Clone, Debug)]
struct PlaceState {
    /// Requests a second in the last slot.
    demand: f64,
    /// Requests that found no pod.
    refused: u64,
    /// Requests from outside, ever.
    entered: u64,
    /// Calls by others, ever, retries included.
    called: u64,
    /// Copies made by a route, ever.
    copied: u64,
    /// Factor on traffic from outside.
    traffic: f64,
    /// Share of requests that fail whatever the version.
    fail: f64,
    /// Factor on times.
    slow: f64,
}

/// Both sides of the books of one service in one environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ledger {
    /// Requests sent to it, from outside and by other services, and copies of them.
    pub sent: u64,
    /// Requests its pods have counted, those that are gone included.
    pub refused: u64,
}

impl Traffic {
    /// Traffic for a story that starts at `start`.
    pub fn new(scenario: &Arc<Scenario>, start: Timestamp) -> Self {
        let graph = Graph::new(scenario);
        let fresh = |p: &graph::Place| PlaceState {
            demand: p.normal,
            refused: 0,
            entered: 0,
            called: 0,
            copied: 0,
            traffic: 1.0,
            fail: 0.0,
            slow: 1.0,
        };
        let places = graph.places.iter().map(fresh).collect();
        Self {
            graph,
            pods: BTreeMap::new(),
            places,
            routes: BTreeMap::new(),
            said: Vec::new(),
            start,
            done: after(start, -WARM_S),
            warmed: false,
        }
    }

    /// A pod came, changed or went; `services` are those that select it. Requests reach it
    /// through the Service of its program, whichever Deployment made it.
    pub fn pod(&mut self, key: &Key, pod: Option<&PodView>, services: &[&str], now: Timestamp) {
        self.advance(now);
        let Some(view) = pod else {
            self.pods.remove(key);
            return;
        };
        if self.pods.get(key).is_none_or(|state| state.restarts != view.restarts) {
            match self.recruit(view, now) {
                Some(state) => self.pods.insert(key.clone(), state),
                None => self.pods.remove(key),
            };
        }
        if let Some(state) = self.pods.get_mut(key) {
            state.ready = view.is_ready() && !view.deleting;
            state.services = services.iter().map(|name| Box::from(*name)).collect();
            state.up = is_up(view);
        }
    }

    /// The process of a pod, new at `now`: what it is and does wrong follows from its image.
    fn recruit(&self, view: &PodView, now: Timestamp) -> Option<PodState> {
        let pod = view.object.value();
        let image = pod.pointer("/spec/containers/0/image")?.as_str()?;
        // Somebody else's image behind the service's labels is taken for the service.
        let labelled = || Some((view.object.label("app.kubernetes.io/name")?, ""));
        let known = identify(&self.graph.scenario, image).map(|(service, version)| (service.id(), version));
        let (name, version) = known.or_else(labelled)?;
        let place = self.graph.find(&view.key.ns, name)?;
        let service = self.graph.service(place);
        let environment = self.graph.places[place].environment;
        Some(PodState {
            place,
            release: self.graph.scenario.release(service.id(), version, environment).cloned(),
            version: version.to_owned(),
            ready: false,
            services: Box::default(),
            up: false,
            restarts: view.restarts,
            meter: Meter::new(
                now,
                service.routes.len(),
                service.calls.len(),
                &self.graph.places[place].bounds,
            ),
        })
    }

    /// The timeline turns a knob.
    pub fn turn(&mut self, knob: &Knob, now: Timestamp) {
        self.advance(now);
        let Some(service) = self.graph.scenario.service(&knob.service) else { return };
        let Some(place) = self.graph.find(&service.namespace(&knob.environment), &knob.service) else {
            return;
        };
        let state = &mut self.places[place];
        match knob.action {
            Action::Traffic => state.traffic = knob.factor.max(0.0),
            Action::Fail => state.fail = knob.factor.clamp(0.0, 1.0),
            Action::Slow => state.slow = knob.factor.max(0.01),
            Action::Deploy
            | Action::Scale
            | Action::Pause
            | Action::Resume
            | Action::Restart
            | Action::Quota => {}
        }
    }

    /// When the next slot is over.
    pub fn next(&self) -> Timestamp {
        after(self.done, SLOT_S)
    }

    /// Counts every whole slot up to `now`.
    pub fn advance(&mut self, now: Timestamp) {
        if now <= self.done {
            return;
        }
        if !self.warmed {
            self.warmed = true;
            self.prefill();
        }
        loop {
            let gap = seconds_between(self.done, now);
            let coarse = COARSE.iter().find(|(longer, _)| gap > *longer).map(|(_, s)| *s);
            let fine = if self.done < self.start { 60.0 } else { SLOT_S };
            let length = coarse.unwrap_or(fine).max(fine);
            if gap < length {
                return;
            }
            let mut rng = self.generator();
            self.run_slot(length, &mut rng);
            self.done = after(self.done, length);
        }
    }

    /// A generator for the slot that begins now, the same whoever looks.
    fn generator(&self) -> fastrand::Rng {
        let slot = self.done.as_second().unsigned_abs();
        fastrand::Rng::with_seed(self.graph.scenario.seed ^ slot.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// What a pod answers to `GET path`: status code and body. `None` when
    /// nothing listens there: the pod is not one of ours, or its process is down.
    pub fn answer(&mut self, key: &Key, path: &str, now: Timestamp) -> Option<(u16, String)> {
        let known = self.pods.get(key)?;
        if !known.up {
            return None;
        }
        match path.split('?').next().unwrap_or_default().trim_end_matches('/') {
            "/metrics" => {
                self.advance(now);
                let state = self.pods.get(key)?;
                Some((200, page::render(&self.graph, state, now)))
            }
            "/health/ready" if !known.ready => Some((503, "not ready\n".to_owned())),
            "/health/ready" | "/health/live" => Some((200, "ok\n".to_owned())),
            "" => Some((200, format!("{} {}\n", self.graph.service(known.place).id(), known.version))),
            _ => Some((404, "not found\n".to_owned())),
        }
    }

    /// CPU in thousandths of a core and memory in bytes a pod uses.
    pub fn usage(&mut self, key: &Key, now: Timestamp) -> Option<(u64, u64)> {
        self.advance(now);
        let state = self.pods.get(key).filter(|s| s.up)?;
        let cpu = state.meter.cores.max(0.002) * 1000.0;
        Some((cpu.round() as u64, page::memory(&self.graph, state, now) as u64))
    }

    /// The books of a service: what was sent to it, and what found no pod.
    pub fn ledger(&self, namespace: &str, service: &str) -> Option<Ledger> {
        let state = &self.places[self.graph.find(namespace, service)?];
        Some(Ledger { sent: state.entered + state.called + state.copied, refused: state.refused })
    }
}

/// Whether the process answers on its port.
fn is_up(view: &PodView) -> bool {
    view.phase == Phase::Running && view.running && !view.ip.is_empty()
}
