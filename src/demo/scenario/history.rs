//! Thirty days of requests before the start, so that budgets mean something.
//!
//! In closed form and marked as simulated wherever it is shown: no pod ever
//! served these requests. From an hour before the start on, the traffic model
//! counts for real (`crate::demo::traffic`).

use jiff::Timestamp;

use super::model::{Action, Event, Scenario, Service};
use crate::demo::controllers::stamp::after;
use crate::demo::traffic::graph::Graph;
use std::sync::Arc;

/// Length of one slot, in seconds.
pub const SLOT_S: f64 = 300.0;
/// Share of requests that fail on a day without incident.
const QUIET_ERRORS: f64 = 0.000_15;
/// Share of a budget that is spent without incident, at most.
const QUIET: f64 = 0.15;
/// Share of a budget that incidents eat, all together, at most.
const HURT: f64 = 0.75;
/// Incidents a service has in thirty days, on average.
const INCIDENTS: f64 = 1.6;

/// What happened in five minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Its start.
    pub at: Timestamp,
    /// Requests.
    pub total: u64,
    /// Requests answered with 5xx, or too late.
    pub bad: u64,
}

/// The past of a scenario's services.
pub struct Past {
    scenario: Arc<Scenario>,
    graph: Graph,
}

impl Past {
    /// The past of `scenario`.
    pub fn new(scenario: Scenario) -> Self {
        let scenario = Arc::new(scenario);
        Self { graph: Graph::new(&scenario), scenario }
    }

    /// Slots of a service in production over `days` before `start`, oldest
    /// first, with requests that failed, or with those that were too slow;
    /// empty when it is not there. The same for the same seed.
    pub fn slots(&self, service: &str, slow: bool, start: Timestamp, days: u32) -> Vec<Slot> {
        let Some(found) = self.scenario.service(service) else { return Vec::new() };
        let place = self.graph.find(&found.namespace("production"), service);
        let Some(place) = place.and_then(|place| self.graph.places.get(place)) else { return Vec::new() };
        let seed = self.scenario.seed ^ hash(service) ^ u64::from(slow);
        let told = |ago: f64| if slow { 0.0 } else { told(&self.scenario, found, ago) };
        slots(found, (slow, &told), place.normal, seed, start, days)
    }
}

/// The share of requests the story's own events make fail `ago` seconds before
/// its start. A version that is held half-way, or never serves, is left out:
/// what it does is counted from the start on.
fn told(scenario: &Scenario, service: &Service, ago: f64) -> f64 {
    let here = |event: &&Event| {
        event.service.get_ref() == service.id()
            && event.environment.as_ref().is_none_or(|e| e.get_ref() == "production")
    };
    let before = || scenario.events.iter().filter(here).filter(|event| event.at.seconds() <= -ago);
    let last = |action: Action| before().rfind(|event| event.action == action);
    let held = scenario.events.iter().filter(here).any(|event| event.action == Action::Pause);
    let version = last(Action::Deploy).filter(|_| !held).and_then(|event| event.version.first());
    let release = version.and_then(|version| scenario.release(service.id(), version, "production"));
    let failing = last(Action::Fail).and_then(|event| event.factor).unwrap_or(0.0);
    (release.map_or(0.0, |release| release.error_rate) + failing).min(1.0)
}

fn slots(
    service: &Service,
    (slow, told): (bool, &dyn Fn(f64) -> f64),
    rate: f64,
    seed: u64,
    start: Timestamp,
    days: u32,
) -> Vec<Slot> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let budget = budget(service, slow);
    let quiet = if slow { quiet_late(service) } else { quiet_errors(service) };
    let incidents = incidents(budget, days, &mut rng);
    let count = u64::from(days) * 86_400 / (SLOT_S as u64);
    (0..count)
        .map(|i| {
            let ago = (count - i) as f64 * SLOT_S;
            let at = after(start, -ago);
            let hour = at.as_second().rem_euclid(86_400) as f64 / 3600.0;
            let wave = 1.0 + 0.25 * ((hour - 13.0) / 24.0 * std::f64::consts::TAU).sin();
            let total = (rate * SLOT_S * wave * (0.97 + 0.06 * rng.f64())).round().max(0.0) as u64;
            let burning = incidents.iter().find(|(from, long, _)| (*from - long..=*from).contains(&ago));
            let share = (quiet + burning.map_or(0.0, |(_, _, share)| *share) + told(ago)).min(1.0);
            let bad = crate::demo::traffic::sample::binomial(&mut rng, total, share);
            Slot { at, total, bad }
        })
        .collect()
}

/// The share of a service's requests that fail by themselves, before the story
/// begins and in it. A promise of four nines is kept on a quiet day too.
pub fn quiet_errors(service: &Service) -> f64 {
    QUIET_ERRORS.min(QUIET * budget(service, false))
}

/// The share of those that take longer than promised by themselves, as well.
pub fn quiet_late(service: &Service) -> f64 {
    QUIET * budget(service, true)
}

/// The share that may fail, or be slow.
fn budget(service: &Service, slow: bool) -> f64 {
    let promise = service.slos.iter().find(|promise| promise.under.is_some() == slow);
    promise.map_or(0.005, |promise| 1.0 - promise.objective / 100.0)
}

/// (seconds before the start, length, share of failed requests).
fn incidents(budget: f64, days: u32, rng: &mut fastrand::Rng) -> Vec<(f64, f64, f64)> {
    // A budget is hurt, not gone: 5 to 30 % of it in each incident.
    let span = f64::from(days) * 86_400.0;
    let count = crate::demo::traffic::sample::poisson(rng, INCIDENTS * f64::from(days) / 30.0);
    let mut room = HURT;
    (0..count)
        .map(|_| {
            let long = 600.0 + 3000.0 * rng.f64();
            let eaten = (0.05 + 0.25 * rng.f64()).min(room);
            room -= eaten;
            (3600.0 + (span - 7200.0) * rng.f64(), long, (budget * eaten * span / long).min(0.6))
        })
        .collect()
}

fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::scenario::parse::embedded;

    #[test]
    fn what_the_story_says_of_its_past_is_in_the_books() {
        let past = Past::new(embedded("budget-burn").unwrap());
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let slots = past.slots("psp-gateway", false, start, 2);
        let share = |from: usize, to: usize| {
            let some = &slots[slots.len() - from..slots.len() - to];
            let (total, bad) = some.iter().fold((0, 0), |(t, b), s| (t + s.total, b + s.bad));
            bad as f64 / total as f64
        };
        assert!((0.05..0.1).contains(&share(2, 0)), "ten minutes of 7.2 %: {}", share(2, 0));
        assert!((0.008..0.018).contains(&share(50, 4)), "four hours of 1.2 %: {}", share(50, 4));
        assert!(share(300, 100) < 0.006, "and a quiet day before: {}", share(300, 100));
    }

    #[test]
    fn thirty_days_leave_a_budget_that_is_neither_full_nor_gone() {
        let scenario = embedded("default").unwrap();
        let past = Past::new(scenario.clone());
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let mut left = Vec::new();
        for service in &scenario.services {
            let all = past.slots(service.id(), false, start, 30);
            assert_eq!(all.len(), 30 * 288);
            assert_eq!(all, past.slots(service.id(), false, start, 30), "the same for the same seed");
            assert_ne!(all, past.slots(service.id(), true, start, 30));
            let (total, bad) = all.iter().fold((0, 0), |(t, b), s| (t + s.total, b + s.bad));
            let objective = service.slos[0].objective / 100.0;
            left.push(1.0 - (bad as f64 / total as f64) / (1.0 - objective));
        }
        assert!(left.iter().all(|l| *l > 0.0), "{left:?}");
        assert!(left.iter().any(|l| *l < 0.6), "somebody had an incident: {left:?}");
    }
}
