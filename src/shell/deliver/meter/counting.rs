//! Requests, failed and slow ones, counted by the verdict's intervals.

use super::{Against, Measure, Meter, lately};
use crate::domain::{Now, Pod};
use crate::engine::verdict::counts::{self, Counter, Side};
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Data, Metric, Requests, input};
use crate::promql::labels::NAME;
use crate::promql::{Labels, Matcher, Pattern, Samples, Series as _, Window};
use crate::shell::deliver::shore::Pods;
use crate::signals::{Family, detect};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Samples before the step that are the starting points of differences.
const BEFORE_MS: i64 = 120_000;
/// Time before a switch in which stable's own share of errors is counted.
const BEFORE_SWITCH: Duration = Duration::from_mins(10);

impl Meter {
    pub(super) fn metrics(&self, pods: &Pods, step: Measure, now: Now) -> Vec<Metric> {
        let slow = step.slow_ms.map(|limit| self.slow(pods, step, limit, now));
        let levels = self.wanted.levels.iter().map(|level| self.level(pods, step.since, level, now));
        std::iter::once(self.errors(pods, step, now)).chain(slow).chain(levels).collect()
    }

    /// The share of slow requests is a share like that of failed ones: never a
    /// percentile of percentiles.
    fn slow(&self, pods: &Pods, step: Measure, limit_ms: u32, now: Now) -> Metric {
        let series = self.durations(pods, step.since, limit_ms, now);
        let elapsed = u32::try_from(now.since(step.since).as_secs()).unwrap_or(u32::MAX);
        let intervals = counts::intervals(&series, step.interval_s, elapsed);
        let (bad, floor) = (Bad::SlowerThanMs(limit_ms), input::floor_of(None));
        let before = match step.against {
            Against::Before => before_switch(&|since| self.durations(pods, since, limit_ms, now), step.since),
            Against::Stable | Against::Known(_) => None,
        };
        let data = Data::Requests(Requests::after(before, bad, floor, intervals));
        Metric { name: format!("slower than {limit_ms} ms"), importance: step.slow, data }
    }

    /// All requests of a histogram, and those within the first bucket that
    /// reaches `limit_ms`; nothing if there is no such bucket.
    fn durations(&self, pods: &Pods, since: Timestamp, limit_ms: u32, now: Now) -> Vec<counts::Series> {
        let Some(family) = self.family(now).filter(|family| !family.duration.is_empty()) else {
            return Vec::new();
        };
        let unit = if family.to_seconds == "0.001" { 1.0 } else { 0.001 };
        let [count, bucket] = ["count", "bucket"].map(|part| format!("{}_{part}", family.duration));
        let Some(bound) = self.bound(&bucket, f64::from(limit_ms) * unit, now) else { return Vec::new() };
        let within = |labels: &Labels| (labels.get("le") == bound).then_some(Counter::Good);
        let mut all = self.samples(pods, (since, now), &count, &|_| Some(Counter::Requests));
        all.extend(self.samples(pods, (since, now), &bucket, &within));
        all
    }

    /// The smallest bound of a histogram's buckets that is at least `limit`.
    fn bound(&self, bucket: &str, limit: f64, now: Now) -> Option<String> {
        let mut bounds = BTreeSet::new();
        let mut visit = |labels: &Labels, _: &Samples| {
            bounds.insert(labels.get("le").to_owned());
            Ok(())
        };
        let _read = self.store.select(&[Matcher::equal(NAME, bucket)], lately(now), &mut visit);
        let known = bounds.into_iter().filter_map(|text| Some((text.parse::<f64>().ok()?, text)));
        let fitting = known.filter(|(bound, _)| bound.is_finite() && *bound >= limit * 0.999);
        fitting.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, text)| text)
    }

    fn errors(&self, pods: &Pods, step: Measure, now: Now) -> Metric {
        let series = self.series(pods, step.since, now);
        let elapsed = u32::try_from(now.since(step.since).as_secs()).unwrap_or(u32::MAX);
        let intervals = counts::intervals(&series, step.interval_s, elapsed);
        let floor = step.floor.unwrap_or_else(|| input::floor_of(None));
        let before = match step.against {
            Against::Stable => None,
            Against::Before => before_switch(&|since| self.series(pods, since, now), step.since),
            Against::Known(before) => before,
        };
        let data = Data::Requests(Requests::after(before, Bad::Failed, floor, intervals));
        Metric { name: "errors".to_owned(), importance: step.requests, data }
    }

    /// The request counters of both sides since the step began.
    pub(super) fn series(&self, pods: &Pods, since: Timestamp, now: Now) -> Vec<counts::Series> {
        let Some(family) = self.family(now) else { return Vec::new() };
        let failed = failures(family);
        let counter = |labels: &Labels| {
            let bad = failed.as_ref().is_some_and(|failed| failed.is_match(labels.get(family.code)));
            Some(if bad { Counter::BadRequests } else { Counter::Requests })
        };
        self.samples(pods, (since, now), family.total, &counter)
    }

    /// The series of that name since the step began, each counted as said.
    fn samples(
        &self,
        pods: &Pods,
        (since, now): (Timestamp, Now),
        name: &str,
        counter: &dyn Fn(&Labels) -> Option<Counter>,
    ) -> Vec<counts::Series> {
        let since_ms = since.as_millisecond();
        let window = Window { after_ms: since_ms - BEFORE_MS, until_ms: now.wall.as_millisecond() };
        let sides: BTreeMap<&str, (Side, Option<i64>)> =
            [(&pods.stable, Side::Baseline), (&pods.canary, Side::Canary)]
                .into_iter()
                .flat_map(|(pods, side)| {
                    pods.iter().map(move |pod| (pod.key.name.as_str(), (side, started(pod, since_ms))))
                })
                .collect();
        let mut series = Vec::new();
        let mut visit = |labels: &Labels, samples: &Samples| {
            let pod = labels.get("pod");
            if let (Some((side, pod_started_ms)), Some(counter)) = (sides.get(pod), counter(labels)) {
                series.push(counts::Series {
                    pod: pod.to_owned(),
                    side: *side,
                    counter,
                    pod_started_ms: *pod_started_ms,
                    samples: samples
                        .times
                        .iter()
                        .zip(&samples.values)
                        .map(|(at, v)| (at - since_ms, *v))
                        .collect(),
                });
            }
            Ok(())
        };
        let all = [Matcher::equal(NAME, name)];
        if let Err(error) = self.store.select(&all, window, &mut visit) {
            tracing::error!("the sample store: {error}");
        }
        series
    }

    fn family(&self, now: Now) -> Option<&'static Family> {
        let window = lately(now);
        let has = |name: &str, label: &str| {
            let mut found = false;
            let mut visit = |labels: &Labels, _: &Samples| {
                found |= !labels.get(label).is_empty();
                Ok(())
            };
            let _read = self.store.select(&[Matcher::equal(NAME, name)], window, &mut visit);
            found
        };
        detect(has)
    }
}

/// The codes of a family that mean failure: its matcher is `=~"…"`.
pub(super) fn failures(family: &Family) -> Option<Pattern> {
    let text = family.failed.trim_start_matches("=~").trim_matches('"');
    Pattern::new(text).ok()
}

/// What stable was asked, and did badly, before everybody was switched to
/// another version; `series` gives its counters since a moment.
fn before_switch(
    series: &dyn Fn(Timestamp) -> Vec<counts::Series>,
    switched: Timestamp,
) -> Option<input::Counts> {
    let since = switched.checked_sub(BEFORE_SWITCH).ok()?;
    let seconds = u32::try_from(BEFORE_SWITCH.as_secs()).ok()?;
    counts::intervals(&series(since), seconds, seconds).first()?.baseline
}

fn started(pod: &Pod, since_ms: i64) -> Option<i64> {
    pod.created.map(|at| at.as_millisecond() - since_ms)
}
