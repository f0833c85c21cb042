//! A scenario brought to life: its past played in fast motion, then running.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::cast::casting;
use super::director::{Director, PAST_S, lay_ground};
use super::model::Scenario;
use crate::demo::controllers::manager::Manager;
use crate::demo::controllers::stamp::{after, seconds_between};
use crate::demo::kubelet::Kubelet;
use crate::demo::store::Store;

/// The life in the embedded cluster.
pub struct Simulation {
    store: Store,
    manager: Manager,
    director: Director,
}

/// The moment to which the clock of a new store must be set so that a story
/// that starts at `start` has a past.
pub fn beginning(start: Timestamp) -> Timestamp {
    after(start, -PAST_S)
}

impl Simulation {
    /// Plays everything before `start` and leaves the clock there. The store
    /// must be empty and its clock stopped at [`beginning`].
    pub fn boot(store: &Store, scenario: Scenario, start: Timestamp) -> Self {
        let scenario = Arc::new(scenario);
        lay_ground(store, &scenario);
        let mut kubelet = Kubelet::new(casting(scenario.clone()));
        kubelet.renew_from(start);
        let mut manager = Manager::new(store.clone(), kubelet, scenario.seed);
        manager.rest_until(start);
        let director = Director::new(&scenario, start);
        let mut simulation = Self { store: store.clone(), manager, director };
        simulation.play_until(start);
        simulation
    }

    /// Moves a stopped clock from one due moment to the next, up to `end`.
    pub fn play_until(&mut self, end: Timestamp) {
        let clock = self.store.clock().clone();
        loop {
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

    /// Does everything due at `now`; returns when something is due again.
    pub fn step(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.director.play(&self.store, now);
        let controllers = self.manager.step(now);
        [controllers, self.director.next()].into_iter().flatten().min()
    }

    /// Runs until cancelled; sleeps while nothing is due.
    pub async fn run(mut self, cancel: CancellationToken) {
        let clock = self.store.clock().clone();
        loop {
            let next = self.step(clock.now()).unwrap_or(Timestamp::MAX);
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
