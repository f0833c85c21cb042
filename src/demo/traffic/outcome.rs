//! How the requests of one pod end.

use fastrand::Rng;

use super::PodState;
use super::sample::{Times, binomial, share};
use super::talk::End;
use crate::demo::scenario::model::Route;

/// Requests that take longer than was promised although all is well: a page
/// collected, a packet sent twice.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Late {
    /// Their share of those answered well.
    pub share: f64,
    /// The longest promise of the service, in seconds.
    pub promise: f64,
}

impl Late {
    /// Nearly all of them (99.8 %) are beyond the promise.
    fn times(self) -> Times {
        Times::new(2.0 * self.promise, 3.5 * self.promise)
    }
}

/// How the requests of one pod end in one slot.
pub(super) struct Outcome {
    /// Requests a dependency broke.
    pub(super) broken: u64,
    /// Share that fails whatever the version.
    pub(super) fail: f64,
    /// Share the version itself fails, and its code.
    pub(super) own: (f64, u16),
    /// Factor on the times of its own work.
    pub(super) factor: f64,
    /// Seconds spent waiting for dependencies.
    pub(super) waiting: f64,
    /// Those that take too long although all is well.
    pub(super) late: Option<Late>,
}

impl Outcome {
    /// Counts them, and returns how requests ended that are worth a line in a log.
    pub(super) fn count(&self, rng: &mut Rng, n: u64, routes: &[Route], state: &mut PodState) -> Vec<End> {
        let mut ends = Vec::new();
        let weights: Vec<f64> = routes.iter().map(|r| r.share).collect();
        let parts = share(rng, n, &weights);
        let mut broken_left = self.broken;
        let mut left = n;
        for (index, ((route, meter), part)) in
            routes.iter().zip(&mut state.meter.routes).zip(parts).enumerate()
        {
            let broken = if left == part {
                broken_left.min(part)
            } else {
                binomial(rng, part, broken_left as f64 / left.max(1) as f64).min(broken_left)
            };
            broken_left -= broken;
            left -= part;
            let base = Times::new(route.p50.seconds(), route.p99.seconds());
            let times = base.slowed(self.factor, self.waiting);
            let failed = binomial(rng, part - broken, self.fail);
            let own = binomial(rng, part - broken - failed, self.own.0);
            let rest = part - broken - failed - own;
            let client = binomial(rng, rest, route.client_errors);
            meter.count(rng, 502, broken, times);
            meter.count(rng, 503, failed, times);
            meter.count(rng, self.own.1, own, times);
            // A refusal needs no work on dependencies.
            meter.count(rng, client_code(&route.method), client, base);
            let (code, good) = (good_code(&route.method), rest - client);
            let late = self.late.map_or(0, |late| binomial(rng, good, late.share));
            meter.count(rng, code, good - late, times);
            meter.count(rng, code, late, self.late.map_or(times, Late::times));
            let all = [(502, broken), (503, failed), (self.own.1, own), (code, good)];
            ends.extend(all.into_iter().filter(|(_, n)| *n > 0).map(|(code, _)| (index, code)));
        }
        ends
    }
}

fn good_code(method: &str) -> u16 {
    match method {
        "POST" => 201,
        "DELETE" => 204,
        _ => 200,
    }
}

fn client_code(method: &str) -> u16 {
    match method {
        "POST" => 422,
        "PUT" => 409,
        _ => 404,
    }
}
