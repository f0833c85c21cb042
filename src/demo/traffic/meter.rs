//! What one process has counted since it started.

use std::collections::BTreeMap;

use fastrand::Rng;
use jiff::Timestamp;

use super::sample::{Times, share};

/// Upper bounds of the duration histogram, in seconds; `+Inf` follows.
pub const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const BUCKETS: usize = BOUNDS.len() + 1;

/// Counters of one endpoint.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RouteMeter {
    /// Requests by status code.
    pub codes: BTreeMap<u16, u64>,
    /// Requests by duration: each counted in one bucket only.
    pub buckets: [u64; BUCKETS],
    /// Seconds spent, all requests together.
    pub sum_s: f64,
}

impl RouteMeter {
    /// Counts `n` requests that ended with `code` and took `times`.
    pub fn count(&mut self, rng: &mut Rng, code: u16, n: u64, times: Times) {
        if n == 0 {
            return;
        }
        *self.codes.entry(code).or_default() += n;
        let mut below = 0.0;
        let mut weights = [0.0; BUCKETS];
        for (weight, bound) in weights.iter_mut().zip(BOUNDS) {
            let up_to = times.cdf(bound);
            *weight = up_to - below;
            below = up_to;
        }
        weights[BUCKETS - 1] = 1.0 - below;
        for (i, part) in share(rng, n, &weights).into_iter().enumerate() {
            self.buckets[i] += part;
            self.sum_s += part as f64 * typical(i, times);
        }
    }

    /// All requests.
    pub fn total(&self) -> u64 {
        self.codes.values().sum()
    }
}

/// A time inside a bucket: its geometric middle, or the median if that lies in it.
fn typical(bucket: usize, times: Times) -> f64 {
    let low = if bucket == 0 { 0.0005 } else { BOUNDS[bucket - 1] };
    let high = BOUNDS.get(bucket).copied().unwrap_or(20.0);
    if (low..high).contains(&times.median) { times.median } else { (low * high).sqrt() }
}

/// Counters of one process.
#[derive(Clone, Debug, PartialEq)]
pub struct Meter {
    /// When the process started.
    pub started: Timestamp,
    /// One for each route of its service.
    pub routes: Vec<RouteMeter>,
    /// Calls to each dependency: answered well, and not.
    pub calls: Vec<(u64, u64)>,
    /// CPU seconds used.
    pub cpu_s: f64,
    /// CPU use of late, in cores.
    pub cores: f64,
}

impl Meter {
    /// A process that has counted nothing yet.
    pub fn new(started: Timestamp, routes: usize, calls: usize) -> Self {
        Self {
            started,
            routes: vec![RouteMeter::default(); routes],
            calls: vec![(0, 0); calls],
            cpu_s: 0.0,
            cores: 0.0,
        }
    }

    /// All requests served.
    pub fn total(&self) -> u64 {
        self.routes.iter().map(RouteMeter::total).sum()
    }
}
