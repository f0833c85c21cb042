//! Services in their environments, who calls whom, and what is normal.

use std::collections::HashMap;
use std::sync::Arc;

use super::meter::bounds;
use super::outcome::Late;
use crate::demo::kubelet::spec::{bytes, millis};
use crate::demo::scenario::history::{quiet_errors, quiet_late};
use crate::demo::scenario::model::{Scenario, Service};
use crate::demo::scenario::parse::ENVIRONMENTS;

/// Share of production's outside traffic an environment sees.
const SHARE: &[(&str, f64)] = &[("production", 1.0), ("staging", 0.04), ("dev", 0.008)];
/// Utilisation of the requested CPU at normal load where nobody autoscales.
const NORMAL_CPU: f64 = 0.45;
/// Part of a pod's capacity that normal load takes.
pub const NORMAL_LOAD: f64 = 0.5;
/// Requests a second any pod can do: where a few come in a minute, two at
/// once are chance, not overload.
const LEAST_CAPACITY: f64 = 10.0;

/// A service in an environment.
#[derive(Clone, Debug)]
pub struct Place {
    /// Index of the service in the scenario.
    pub service: usize,
    /// Environment.
    pub environment: &'static str,
    /// Namespace.
    pub namespace: String,
    /// Requests a second from outside, at normal times.
    pub entry: f64,
    /// Requests a second from everybody, at normal times.
    pub normal: f64,
    /// Places it calls, in the order of the service's calls.
    pub calls: Vec<usize>,
    /// Requests a second one pod gets at normal times.
    pub per_pod: f64,
    /// Requests a second one pod can do.
    pub capacity: f64,
    /// CPU seconds a request costs.
    pub cpu_per_request: f64,
    /// Share of requests that fail although all is well.
    pub quiet: f64,
    /// Those that take too long although all is well; none if nothing is promised.
    pub late: Option<Late>,
    /// CPU a pod asks for, in cores.
    pub cores: f64,
    /// Memory limit of a pod, in bytes.
    pub memory: f64,
    /// Bounds of its histograms, in seconds.
    pub bounds: Arc<[f64]>,
}

/// All places, callers before the called.
#[derive(Clone, Debug)]
pub struct Graph {
    /// The scenario.
    pub scenario: Arc<Scenario>,
    /// The places.
    pub places: Vec<Place>,
    by_name: HashMap<(String, String), usize>,
}

impl Graph {
    /// The graph of a scenario (which has no circles: its parser refuses them).
    pub fn new(scenario: &Arc<Scenario>) -> Self {
        let order = callers_first(scenario);
        let mut graph = Self { scenario: scenario.clone(), places: Vec::new(), by_name: HashMap::new() };
        for environment in ENVIRONMENTS {
            for service in &order {
                if scenario.services[*service].replicas.contains_key(*environment) {
                    graph.add(*service, environment);
                }
            }
        }
        graph.link();
        graph.spread_normal_load();
        graph
    }

    fn add(&mut self, index: usize, environment: &'static str) {
        let service = &self.scenario.services[index];
        let share = SHARE.iter().find(|(e, _)| *e == environment).map_or(0.0, |(_, s)| *s);
        let [cpu, memory] = &service.resources;
        let limits = || service.slos.iter().filter_map(|promise| Some(promise.under?.seconds()));
        let promised = limits().max_by(f64::total_cmp);
        let namespace = service.namespace(environment);
        self.by_name.insert((namespace.clone(), service.id().to_owned()), self.places.len());
        self.places.push(Place {
            service: index,
            environment,
            namespace,
            entry: service.requests * share,
            normal: service.requests * share,
            calls: Vec::new(),
            per_pod: 0.0,
            capacity: 0.0,
            cpu_per_request: 0.0,
            quiet: quiet_errors(service),
            late: promised.map(|promise| Late { share: quiet_late(service), promise }),
            cores: millis(cpu).unwrap_or(250) as f64 / 1000.0,
            memory: bytes(memory).unwrap_or(512 << 20) as f64,
            bounds: bounds(limits()),
        });
    }

    /// A call to a service that does not run in the environment goes to production's.
    fn link(&mut self) {
        for index in 0..self.places.len() {
            let place = &self.places[index];
            let service = &self.scenario.services[place.service];
            let calls = service.calls.iter().map(|call| {
                let callee = self.scenario.service(call.to.get_ref());
                let find = |env: &str| callee.and_then(|c| self.find(&c.namespace(env), c.id()));
                find(place.environment).or_else(|| find("production")).unwrap_or(index)
            });
            self.places[index].calls = calls.collect();
        }
    }

    fn spread_normal_load(&mut self) {
        for index in 0..self.places.len() {
            let place = self.places[index].clone();
            let service = &self.scenario.services[place.service];
            for (callee, call) in place.calls.iter().zip(&service.calls) {
                if *callee != index {
                    self.places[*callee].normal += place.normal * call.per_request;
                }
            }
        }
        for index in 0..self.places.len() {
            let service = &self.scenario.services[self.places[index].service];
            let place = &self.places[index];
            let pods = f64::from(service.replicas.get(place.environment).copied().unwrap_or(1).max(1));
            let per_pod = (place.normal / pods).max(0.01);
            let target = service.hpa.as_ref().map_or(NORMAL_CPU, |h| f64::from(h.cpu) / 100.0 * 0.96);
            let cpu = if place.environment == "production" { target } else { target * 0.3 };
            let cost = place.cores * cpu / per_pod;
            let place = &mut self.places[index];
            place.per_pod = per_pod;
            place.capacity = (per_pod / NORMAL_LOAD).max(LEAST_CAPACITY);
            place.cpu_per_request = cost;
        }
    }

    /// The place of a service by its namespace.
    pub fn find(&self, namespace: &str, service: &str) -> Option<usize> {
        self.by_name.get(&(namespace.to_owned(), service.to_owned())).copied()
    }

    /// The service of a place.
    pub fn service(&self, place: usize) -> &Service {
        &self.scenario.services[self.places[place].service]
    }
}

/// Indices of the services, every caller before what it calls.
fn callers_first(scenario: &Scenario) -> Vec<usize> {
    fn visit(scenario: &Scenario, index: usize, seen: &mut Vec<bool>, out: &mut Vec<usize>) {
        if std::mem::replace(&mut seen[index], true) {
            return;
        }
        for call in &scenario.services[index].calls {
            if let Some(next) = scenario.services.iter().position(|s| s.id() == call.to.get_ref()) {
                visit(scenario, next, seen, out);
            }
        }
        out.push(index);
    }
    let mut out = Vec::new();
    let mut seen = vec![false; scenario.services.len()];
    for index in 0..scenario.services.len() {
        visit(scenario, index, &mut seen, &mut out);
    }
    out.reverse();
    out
}
