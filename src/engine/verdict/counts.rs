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
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn series(pod: &str, counter: Counter, samples: &[(i64, f64)]) -> Series {
        Series {
            pod: pod.into(),
            side: Side::Canary,
            counter,
            pod_started_ms: Some(-60_000),
            samples: samples.iter().map(|(s, v)| (s * 1_000, *v)).collect(),
        }
    }

    fn canary(series: &[Series], now_s: u32) -> Vec<Option<(u64, u64)>> {
        let cells = intervals(series, 30, now_s);
        cells.iter().map(|i| i.canary.map(|c| (c.n, c.e))).collect()
    }

    #[test]
    fn differences_go_to_the_interval_of_the_later_sample() {
        let s = series("a", Counter::Requests, &[(-5, 100.0), (10, 110.0), (30, 125.0), (45, 140.0)]);
        assert_eq!(canary(&[s], 60), [Some((25, 0)), Some((15, 0))]);
    }

    #[test]
    fn a_restart_counts_from_zero() {
        let s = series("a", Counter::Requests, &[(5, 100.0), (20, 7.0), (35, 9.0)]);
        assert_eq!(canary(&[s], 60), [Some((7, 0)), Some((2, 0))]);
    }

    #[test]
    fn a_pod_born_in_the_step_counts_its_first_sample() {
        let mut s = series("a", Counter::Requests, &[(20, 40.0), (35, 50.0)]);
        assert_eq!(canary(&[s.clone()], 60), [Some((0, 0)), Some((10, 0))], "an old pod");
        s.pod_started_ms = Some(3_000);
        assert_eq!(canary(&[s], 60), [Some((40, 0)), Some((10, 0))], "a new pod");
    }

    #[test]
    fn the_first_error_is_counted_though_its_series_is_new() {
        let all = series("a", Counter::Requests, &[(5, 100.0), (20, 120.0), (35, 140.0)]);
        let bad = series("a", Counter::BadRequests, &[(35, 1.0)]);
        // `rate()` would see one sample of the bad series, and nothing.
        assert_eq!(canary(&[all, bad], 60), [Some((20, 0)), Some((21, 1))]);
    }

    #[test]
    fn what_was_there_before_the_step_is_not_news() {
        let all = series("a", Counter::Requests, &[(5, 900.0), (20, 920.0)]);
        let bad = series("a", Counter::Bad, &[(5, 33.0), (20, 35.0)]);
        assert_eq!(canary(&[all, bad], 30), [Some((20, 2))]);
    }

    #[test]
    fn slow_is_what_is_not_fast() {
        let all = series("a", Counter::Requests, &[(1, 10.0), (20, 110.0), (50, 210.0)]);
        let fast = series("a", Counter::Good, &[(1, 10.0), (20, 100.0), (50, 100.0)]);
        assert_eq!(canary(&[all, fast], 60), [Some((100, 10)), Some((100, 100))]);
    }

    #[test]
    fn absent_is_not_zero() {
        assert_eq!(canary(&[], 60), [None, None]);
        let quiet = series("a", Counter::Requests, &[(5, 10.0), (50, 10.0)]);
        assert_eq!(canary(&[quiet], 60), [Some((0, 0)), Some((0, 0))]);
        let gone = series("a", Counter::Requests, &[(5, 10.0), (20, 12.0)]);
        assert_eq!(canary(&[gone], 60), [Some((2, 0)), None]);
        let orphan = series("a", Counter::Bad, &[(5, 1.0), (50, 4.0)]);
        assert_eq!(canary(&[orphan], 60), [None, None], "errors without requests");
    }

    #[test]
    fn staleness_markers_are_skipped() {
        let s = series("a", Counter::Requests, &[(5, 10.0), (10, f64::NAN), (20, 14.0)]);
        assert_eq!(canary(&[s], 30), [Some((4, 0))]);
    }

    proptest! {
        /// However a counter is cut by restarts and scrapes, every increment
        /// is counted once.
        #[test]
        fn increments_are_conserved(
            steps in prop::collection::vec((1_u32..20, 0_u32..50, prop::bool::weighted(0.1)), 1..60),
        ) {
            let (mut at, mut value, mut total) = (0_i64, 0_u32, 0_u64);
            let mut samples = Vec::new();
            for (wait, by, restart) in steps {
                at += i64::from(wait);
                // A restart is visible only if the new value is lower.
                let visible = restart && by < value;
                value = if visible { by } else { value + by };
                total += u64::from(by);
                samples.push((at, f64::from(value)));
            }
            let mut s = series("a", Counter::Requests, &samples);
            s.pod_started_ms = Some(1);
            let until = u32::try_from(at).unwrap() + 30;
            let counted: u64 = canary(&[s], until).iter().flatten().map(|c| c.0).sum();
            prop_assert_eq!(counted, total);
        }
    }
}
