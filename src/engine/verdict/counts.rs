//! From raw cumulative samples to counts per interval.
//!
//! `rate` and `increase` drop everything before a new series' first scrape
//! and extrapolate at the edges. A canary's pods are always new series, so
//! exactly the canary's errors would be under-counted (prometheus #3886,
//! #1673, #12967). Hence raw samples, differenced here, per series:
//!
//! * a value below the one before is a restart: it counts from 0;
//! * the first sample counts from 0 if the series was born inside the
//!   window: its pod started after the step began, or its pod had other
//!   samples before (a 5xx series is born at the first 5xx);
//! * otherwise the first sample is only the starting point;
//! * a difference belongs to the interval in which its later sample lies.
//!
//! Absent series differ from zero: without any request series a side has no
//! data (`None`); with one, a missing error series means no errors.

use std::collections::BTreeMap;

use super::input::{Counts, Interval};

/// Which version a pod runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The new one.
    Canary,
    /// The one it is compared with.
    Baseline,
}

/// What one series counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Requests that are not bad, or of unknown goodness.
    Requests,
    /// Requests that are bad: they are requests, too (`code="503"`).
    BadRequests,
    /// Bad requests already contained in a [`Counter::Requests`] series.
    Bad,
    /// Good requests already contained in one (`le="0.3"` of a histogram
    /// whose `_count` is the other): the rest is bad.
    Good,
}

/// One raw series. Times are milliseconds since the step's weight took
/// effect, negative before.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Pod (or any identity of the process) the series comes from.
    pub pod: String,
    /// The pod's version.
    pub side: Side,
    /// What it counts.
    pub counter: Counter,
    /// When the pod started, if known.
    pub pod_started_ms: Option<i64>,
    /// Cumulative samples in time order. Values that are not numbers are
    /// skipped (staleness markers).
    pub samples: Vec<(i64, f64)>,
}

/// Counts per interval of `length_s` seconds, from the start of the step to
/// the last complete interval before `now_s`.
pub fn intervals(series: &[Series], length_s: u32, now_s: u32) -> Vec<Interval> {
    let length = length_s.max(1);
    let cells = (now_s / length) as usize;
    let births = first_seen(series);
    let mut canary = Tally::new(cells);
    let mut baseline = Tally::new(cells);
    for s in series {
        let tally = match s.side {
            Side::Canary => &mut canary,
            Side::Baseline => &mut baseline,
        };
        let pod_seen = births.get(s.pod.as_str()).copied();
        if s.counter == Counter::Good {
            tally.expect_good();
        }
        for (at_ms, by) in increases(s, pod_seen) {
            tally.add(s.counter, cell(at_ms, length), by);
        }
        if matches!(s.counter, Counter::Requests | Counter::BadRequests) {
            let last = s.samples.last().map(|(t, _)| *t);
            tally.present(last.and_then(|t| cell(t, length)));
        }
    }
    (0..cells)
        .map(|i| Interval {
            from_s: i as u32 * length,
            to_s: (i as u32 + 1) * length,
            canary: canary.counts(i),
            baseline: baseline.counts(i),
        })
        .collect()
}

/// When each pod's first sample of any series was taken.
fn first_seen(series: &[Series]) -> BTreeMap<&str, i64> {
    let mut seen = BTreeMap::new();
    for s in series {
        if let Some((t, _)) = s.samples.iter().find(|(_, v)| v.is_finite()) {
            let first = seen.entry(s.pod.as_str()).or_insert(*t);
            *first = (*first).min(*t);
        }
    }
    seen
}

/// The reset-aware differences of one series, with the time of the later
/// sample.
fn increases(s: &Series, pod_seen: Option<i64>) -> Vec<(i64, f64)> {
    let mut out = Vec::new();
    let mut before: Option<f64> = None;
    for &(at, value) in s.samples.iter().filter(|(_, v)| v.is_finite() && *v >= 0.0) {
        let by = match before {
            Some(previous) if value >= previous => value - previous,
            Some(_) => value,
            None if born_inside(s, at, pod_seen) => value,
            None => 0.0,
        };
        before = Some(value);
        if by > 0.0 {
            out.push((at, by));
        }
    }
    out
}

/// Whether a series whose first sample is at `at` started from 0 after the
/// step began.
fn born_inside(s: &Series, at: i64, pod_seen: Option<i64>) -> bool {
    let new_pod = s.pod_started_ms.is_some_and(|start| start >= 0);
    // Samples of one scrape share their time, so "before" is strict.
    let later_than_its_pod = at >= 0 && pod_seen.is_some_and(|seen| seen < at);
    new_pod || later_than_its_pod
}

/// The interval a sample belongs to: `(from, to]`, so that a sample exactly
/// on an edge closes the interval before it.
fn cell(at_ms: i64, length_s: u32) -> Option<usize> {
    let length = i64::from(length_s) * 1_000;
    (at_ms > 0).then(|| ((at_ms - 1) / length) as usize)
}

/// Sums per interval of one side.
struct Tally {
    requests: Vec<f64>,
    bad: Vec<f64>,
    good: Option<Vec<f64>>,
    /// Up to which interval (inclusive) a request series reported.
    until: Option<usize>,
}

impl Tally {
    fn new(cells: usize) -> Self {
        Self { requests: vec![0.0; cells], bad: vec![0.0; cells], good: None, until: None }
    }

    fn present(&mut self, last: Option<usize>) {
        self.until = self.until.max(last);
    }

    /// From now on bad is what is not good, even if nothing is good.
    fn expect_good(&mut self) -> &mut Vec<f64> {
        let cells = self.requests.len();
        self.good.get_or_insert_with(|| vec![0.0; cells])
    }

    fn add(&mut self, counter: Counter, cell: Option<usize>, by: f64) {
        let Some(i) = cell else { return };
        let add = |cells: &mut Vec<f64>| {
            if let Some(c) = cells.get_mut(i) {
                *c += by;
            }
        };
        match counter {
            Counter::Requests => add(&mut self.requests),
            Counter::BadRequests => {
                add(&mut self.requests);
                add(&mut self.bad);
            }
            Counter::Bad => add(&mut self.bad),
            Counter::Good => add(self.expect_good()),
        }
    }

    fn counts(&self, i: usize) -> Option<Counts> {
        if self.until.is_none_or(|last| i > last) {
            return None;
        }
        let at = |cells: &[f64]| cells.get(i).copied().unwrap_or_default().round() as u64;
        let n = at(&self.requests);
        let good = self.good.as_ref().map(|g| at(g));
        let e = match good {
            Some(good) => n.saturating_sub(good),
            None => at(&self.bad),
        };
        // One scrape apart, a bad request can be counted before its total.
        Some(Counts { n, e: e.min(n) })
    }
}

#[cfg(test)]
mod tests;
