//! A scenario brought to life: its past played in fast motion, then running.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::cast::casting;
use super::director::{Director, PAST_S, lay_ground};
use super::model::Scenario;
use super::objects::CONTAINER;
use crate::demo::api::Api;
use crate::demo::controllers::key::{Key, resource};
use crate::demo::controllers::manager::Manager;
use crate::demo::controllers::stamp::{after, seconds_between};
use crate::demo::kubelet::Kubelet;
use crate::demo::store::Store;
use crate::demo::traffic::{Ledger, Said, Traffic};

/// The life in the embedded cluster.
pub struct Simulation {
    store: Store,
    manager: Manager,
    director: Director,
    traffic: Arc<Mutex<Traffic>>,
}

/// Answers `GET` on a pod: (namespace, pod, path) → status code and body, or
/// `None` when nothing listens there.
pub type Pages = Arc<dyn Fn(&str, &str, &str) -> Option<(u16, String)> + Send + Sync>;

/// What a pod uses: (namespace, pod) → CPU in thousandths of a core, memory in bytes.
pub type UsageOf = Arc<dyn Fn(&str, &str) -> Option<(u64, u64)> + Send + Sync>;

/// The moment to which the clock of a new store must be set so that a story
/// that starts at `start` has a past.
pub fn beginning(start: Timestamp) -> Timestamp {
    after(start, -PAST_S)
}

impl Simulation {
    /// Plays everything before `start` and leaves the clock there. The store
    /// must be empty and its clock stopped at [`beginning`].
    pub fn boot(store: &Store, scenario: Scenario, start: Timestamp) -> Self {
        Self::boot_unless(&CancellationToken::new(), store, scenario, start)
    }

    /// The same, but leaves the past where it has come to when `stop` is
    /// cancelled: a large one takes seconds.
    pub fn boot_unless(
        stop: &CancellationToken,
        store: &Store,
        scenario: Scenario,
        start: Timestamp,
    ) -> Self {
        let scenario = Arc::new(scenario);
        lay_ground(store, &scenario);
        let mut kubelet = Kubelet::new(casting(scenario.clone()));
        kubelet.renew_from(start);
        let mut manager = Manager::new(store.clone(), kubelet, scenario.seed);
        manager.rest_until(start);
        let traffic = Arc::new(Mutex::new(Traffic::new(&scenario, start)));
        let told = traffic.clone();
        manager.on_pod(Box::new(move |key, pod, services, now| lock(&told).pod(key, pod, services, now)));
        let told = traffic.clone();
        manager.on_route(Box::new(move |key, route, now| lock(&told).route(key, route, now)));
        let director = Director::new(&scenario, start);
        let mut simulation = Self { store: store.clone(), manager, director, traffic };
        let usage = simulation.usage();
        simulation.manager.read_usage_from(Box::new(move |key| usage(&key.ns, &key.name)));
        simulation.play_unless(stop, start);
        simulation
    }

    /// Moves a stopped clock from one due moment to the next, up to `end`.
    pub fn play_until(&mut self, end: Timestamp) {
        self.play_unless(&CancellationToken::new(), end);
    }

    fn play_unless(&mut self, stop: &CancellationToken, end: Timestamp) {
        let clock = self.store.clock().clone();
        while !stop.is_cancelled() {
            let now = clock.now();
            let next = self.step(now).filter(|t| *t < end);
            // Half a second of slack lets moments that belong together share a step.
            let to = next.map_or(end, |t| after(t, 0.5).min(end)).max(now);
            clock.advance(Duration::from_secs_f64(seconds_between(now, to).max(0.001)));
            if next.is_none() {
                self.step(clock.now());
                return;
            }
        }
    }

    /// Lets the traffic go on; what pods have written meanwhile, and when there is more.
    pub(in crate::demo) fn said(&self, now: Timestamp) -> (Vec<Said>, Timestamp) {
        let mut traffic = lock(&self.traffic);
        traffic.advance(now);
        (traffic.take_said(), traffic.next())
    }

    /// Lets the traffic go on and the pods write about it; returns when there is more.
    fn talk(&self, now: Timestamp) -> Timestamp {
        let (said, next) = self.said(now);
        for Said { pod, at, line } in said {
            // The log of a pod that is gone would never be forgotten.
            if self.store.get(resource::PODS, &pod.ns, &pod.name).is_some() {
                self.store.append_log(&pod.ns, &pod.name, CONTAINER, &line, at);
            }
        }
        next
    }

    /// Does everything due at `now`; returns when something is due again.
    pub fn step(&mut self, now: Timestamp) -> Option<Timestamp> {
        for knob in self.director.play(&self.store, now) {
            lock(&self.traffic).turn(&knob, now);
        }
        let controllers = self.manager.step(now);
        [controllers, self.director.next()].into_iter().flatten().min()
    }

    /// Answers for its pods on an API: their pages, and what they use.
    pub fn answer_on(&self, api: &Api) {
        api.set_pod_proxy(self.pages());
        api.set_usage(self.usage());
    }

    /// What pods answer; for the API server's pod proxy.
    pub fn pages(&self) -> Pages {
        let (traffic, clock) = (self.traffic.clone(), self.store.clock().clone());
        Arc::new(move |ns, pod, path| {
            lock(&traffic).answer(&Key::new(resource::PODS, ns, pod), path, clock.now())
        })
    }

    /// What pods use; for metrics.k8s.io and the autoscaler.
    pub fn usage(&self) -> UsageOf {
        let (traffic, clock) = (self.traffic.clone(), self.store.clock().clone());
        Arc::new(move |ns, pod| lock(&traffic).usage(&Key::new(resource::PODS, ns, pod), clock.now()))
    }

    /// The books of a service in an environment.
    pub fn ledger(&self, namespace: &str, service: &str) -> Option<Ledger> {
        lock(&self.traffic).ledger(namespace, service)
    }

    /// Runs until cancelled; sleeps while nothing is due.
    pub async fn run(mut self, cancel: CancellationToken) {
        let clock = self.store.clock().clone();
        loop {
            let now = clock.now();
            let next = self.step(now).unwrap_or(Timestamp::MAX).min(self.talk(now));
            tokio::select! {
                biased;
                () = cancel.cancelled() => return,
                () = self.manager.changed() => {}
                () = clock.sleep_until(next) => {}
            }
            // A storm of changes must not keep others from running.
            tokio::task::yield_now().await;
        }
    }
}

/// A panic while counting leaves counters that are merely late.
fn lock(traffic: &Mutex<Traffic>) -> MutexGuard<'_, Traffic> {
    traffic.lock().unwrap_or_else(PoisonError::into_inner)
}
