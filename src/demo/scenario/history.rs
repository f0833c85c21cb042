//! Thirty days of requests before the start, so that budgets mean something.
//!
//! In closed form and marked as simulated wherever it is shown: no pod ever
//! served these requests. From an hour before the start on, the traffic model
//! counts for real (`crate::demo::traffic`).

use jiff::Timestamp;

use super::model::{Scenario, Service};
use crate::demo::controllers::stamp::after;
use crate::demo::traffic::graph::Graph;
use std::sync::Arc;

/// Length of one slot, in seconds.
pub const SLOT_S: f64 = 300.0;
/// Share of requests that fail on a day without incident.
const QUIET_ERRORS: f64 = 0.000_15;
/// Incidents a service has in thirty days, on average.
const INCIDENTS: f64 = 1.6;

/// What happened in five minutes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slot {
    /// Its start.
    pub at: Timestamp,
    /// Requests.
    pub total: u64,
    /// Requests answered with 5xx.
    pub bad: u64,
}

/// Slots of a service in production over `days` before `start`, oldest first;
/// empty when it is not there. The same for the same seed.
pub fn slots(scenario: &Arc<Scenario>, service: &str, start: Timestamp, days: u32) -> Vec<Slot> {
    let graph = Graph::new(scenario);
    let Some(found) = scenario.service(service) else { return Vec::new() };
    let Some(place) = graph.find(&found.namespace("production"), service) else { return Vec::new() };
    let rate = graph.places[place].normal;
    let mut rng = fastrand::Rng::with_seed(scenario.seed ^ hash(service));
    let incidents = incidents(found, days, &mut rng);
    let count = u64::from(days) * 86_400 / (SLOT_S as u64);
    (0..count)
        .map(|i| {
            let ago = (count - i) as f64 * SLOT_S;
            let at = after(start, -ago);
            let hour = at.as_second().rem_euclid(86_400) as f64 / 3600.0;
            let wave = 1.0 + 0.25 * ((hour - 13.0) / 24.0 * std::f64::consts::TAU).sin();
            let total = (rate * SLOT_S * wave * (0.97 + 0.06 * rng.f64())).round().max(0.0) as u64;
            let burning = incidents.iter().find(|(from, long, _)| (*from - long..=*from).contains(&ago));
            let share = QUIET_ERRORS + burning.map_or(0.0, |(_, _, share)| *share);
            let bad = crate::demo::traffic::sample::binomial(&mut rng, total, share);
            Slot { at, total, bad }
        })
        .collect()
}

/// (seconds before the start, length, share of failed requests).
fn incidents(service: &Service, days: u32, rng: &mut fastrand::Rng) -> Vec<(f64, f64, f64)> {
    // A budget is hurt, not gone: 5 to 30 % of it in each incident.
    let budget = service.slos.iter().filter(|s| s.under.is_none()).map(|s| 1.0 - s.objective / 100.0).next();
    let budget = budget.unwrap_or(0.005);
    let span = f64::from(days) * 86_400.0;
    let count = crate::demo::traffic::sample::poisson(rng, INCIDENTS * f64::from(days) / 30.0);
    (0..count)
        .map(|_| {
            let long = 600.0 + 3000.0 * rng.f64();
            let eaten = 0.05 + 0.25 * rng.f64();
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
    fn thirty_days_leave_a_budget_that_is_neither_full_nor_gone() {
        let scenario = Arc::new(embedded("default").unwrap());
        let start: Timestamp = "2026-03-02T10:00:00Z".parse().unwrap();
        let mut left = Vec::new();
        for service in &scenario.services {
            let all = slots(&scenario, service.id(), start, 30);
            assert_eq!(all.len(), 30 * 288);
            assert_eq!(all, slots(&scenario, service.id(), start, 30), "the same for the same seed");
            let (total, bad) = all.iter().fold((0, 0), |(t, b), s| (t + s.total, b + s.bad));
            let objective = service.slos[0].objective / 100.0;
            left.push(1.0 - (bad as f64 / total as f64) / (1.0 - objective));
        }
        assert!(left.iter().all(|l| *l > -2.0), "{left:?}");
        assert!(left.iter().any(|l| *l < 0.8), "somebody had an incident: {left:?}");
    }
}
