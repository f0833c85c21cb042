//! What one process has counted since it started.

use std::collections::BTreeMap;
use std::sync::Arc;

use fastrand::Rng;
use jiff::Timestamp;

use super::sample::{Times, share};

/// Upper bounds of a duration histogram, in seconds, unless more are needed.
const BOUNDS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];

/// The bounds of a service's histograms; `+Inf` follows. A latency that is
/// promised is one of them: between two bounds nobody could count it.
pub fn bounds(promised: impl Iterator<Item = f64>) -> Arc<[f64]> {
    let mut all: Vec<f64> = BOUNDS.into_iter().chain(promised.filter(|limit| *limit > 0.0)).collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    all.into()
}

/// Counters of one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct RouteMeter {
    /// Requests by status code.
    pub codes: BTreeMap<u16, u64>,
    /// Requests by duration: each counted in one bucket only.
    pub buckets: Vec<u64>,
    /// Upper bounds of all buckets but the last.
    pub bounds: Arc<[f64]>,
    /// Seconds spent, all requests together.
    pub sum_s: f64,
}

impl RouteMeter {
    fn new(bounds: Arc<[f64]>) -> Self {
        Self { codes: BTreeMap::new(), buckets: vec![0; bounds.len() + 1], bounds, sum_s: 0.0 }
    }

    /// Counts `n` requests that ended with `code` and took `times`.
    pub fn count(&mut self, rng: &mut Rng, code: u16, n: u64, times: Times) {
        if n == 0 {
            return;
        }
        *self.codes.entry(code).or_default() += n;
        let mut below = 0.0;
        let mut weights = Vec::with_capacity(self.buckets.len());
        for bound in &*self.bounds {
            let up_to = times.cdf(*bound);
            weights.push(up_to - below);
            below = up_to;
        }
        weights.push(1.0 - below);
        for (i, part) in share(rng, n, &weights).into_iter().enumerate() {
            self.buckets[i] += part;
            self.sum_s += part as f64 * self.typical(i, times);
        }
    }

    /// All requests.
    pub fn total(&self) -> u64 {
        self.codes.values().sum()
    }

    /// A time inside a bucket: its geometric middle, or the median if that lies in it.
    fn typical(&self, bucket: usize, times: Times) -> f64 {
        let low = bucket.checked_sub(1).map_or(0.0005, |below| self.bounds[below]);
        let high = self.bounds.get(bucket).copied().unwrap_or(20.0);
        if (low..high).contains(&times.median) { times.median } else { (low * high).sqrt() }
    }
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
    /// CPU use of late, in cores: an average whose weights fall with age.
    pub cores: f64,
    /// How much of that average is measured, 0 to 1: a fresh process has
    /// little, and what it has shown counts for all of it.
    pub known: f64,
}

impl Meter {
    /// A process that has counted nothing yet.
    pub fn new(started: Timestamp, routes: usize, calls: usize, bounds: &Arc<[f64]>) -> Self {
        Self {
            started,
            routes: vec![RouteMeter::new(bounds.clone()); routes],
            calls: vec![(0, 0); calls],
            cpu_s: 0.0,
            cores: 0.0,
            known: 0.0,
        }
    }

    /// Adds `cpu_s` seconds of CPU used in `length` seconds; what lies `window`
    /// seconds back counts a third. Without the weights a fresh process would
    /// seem idle, or, taken for a normal one, make an autoscaler answer every
    /// new pod with another.
    pub fn work(&mut self, cpu_s: f64, length: f64, window: f64) {
        self.cpu_s += cpu_s;
        let keep = (-length / window).exp();
        let known = self.known * keep + (1.0 - keep);
        self.cores = (self.cores * self.known * keep + cpu_s / length * (1.0 - keep)) / known;
        self.known = known;
    }

    /// All requests served.
    pub fn total(&self) -> u64 {
        self.routes.iter().map(RouteMeter::total).sum()
    }
}
