//! The requests of canary and stable, counted from the pods' own metrics.
//!
//! The pages are read through the API server, kept as raw samples and
//! differenced by [`counts`]: `rate` would drop what a new pod counted before
//! its first scrape, which is the canary's errors.
//!
//! Absent: Prometheus as the source; pods that offer no metrics leave the
//! verdict without data, which holds.

use super::pace::Pace;
use super::shore::Pods;
use crate::cluster::Cluster;
use crate::domain::{Now, Pod};
use crate::engine::canary::Measurements;
use crate::engine::verdict::counts::{self, Counter, Side};
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Data, Health, Importance, Metric, Requests, input};
use crate::metrics::scrape::{Fetch as _, FetchError, Moment, Page, Target, TargetState};
use crate::metrics::store::{Caps, Store};
use crate::metrics::text;
use crate::promql::labels::NAME;
use crate::promql::{Labels, Matcher, Pattern, Samples, Series as _, Window};
use crate::shell::collector::PodProxy;
use crate::signals::{FAMILIES, Family, detect};
use futures::StreamExt as _;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// How a step is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measure {
    /// When its weight took effect.
    pub(super) since: Timestamp,
    /// Seconds of one interval.
    pub(super) interval_s: u32,
    /// Error share that is harmless.
    pub(super) floor: Option<f64>,
    /// Everybody is sent to the canary: it is held against what stable had.
    pub(super) alone: bool,
    /// Requests that take longer, in milliseconds, are judged like failed ones.
    pub(super) slow_ms: Option<u32>,
}

/// Samples before the step that are the starting points of differences.
const BEFORE_MS: i64 = 120_000;
/// Time before a switch in which stable's own share of errors is counted.
const BEFORE_SWITCH: Duration = Duration::from_mins(10);
/// Pages fetched at once.
const AT_ONCE: usize = 16;
/// Pods read per side; beyond, the first by name.
const MOST_PODS: usize = 100;
/// A delivery of an hour over 200 pods with a few dozen series each.
const MEMORY: Caps = Caps { bytes: 32 << 20, age_ms: 3 * 3_600_000, series: 40_000 };

/// Reads and keeps the samples of one delivery.
pub(super) struct Meter {
    proxy: PodProxy,
    pace: Pace,
    store: Store,
    states: BTreeMap<String, TargetState>,
    /// When a page was read last, and why the last one was not.
    heard: Option<Now>,
    trouble: String,
}

impl Meter {
    pub(super) fn new(cluster: Cluster, pace: Pace) -> Self {
        let (store, states) = (Store::new(MEMORY), BTreeMap::new());
        Self { proxy: PodProxy::new(cluster), pace, store, states, heard: None, trouble: String::new() }
    }

    /// Reads all pods once, and counts since the step's weight took effect.
    pub(super) async fn read(&mut self, pods: &Pods, step: Option<Measure>) -> Measurements {
        let started = self.pace.now();
        self.heard.get_or_insert(started);
        let targets: Vec<Target> = [&pods.stable, &pods.canary]
            .into_iter()
            .flat_map(|side| side.iter().filter_map(target).take(MOST_PODS))
            .collect();
        self.scrape(&targets, started).await;
        let now = self.pace.now();
        let silent = self.heard.map_or(Duration::ZERO, |heard| now.elapsed(heard));
        let health = if targets.is_empty() || silent < Duration::from_secs(45) {
            Health::Fresh
        } else {
            let for_s = u32::try_from(silent.as_secs()).unwrap_or(u32::MAX);
            Health::Unreachable { for_s, error: self.trouble.clone() }
        };
        let metrics = step.map(|step| self.metrics(pods, step, now)).unwrap_or_default();
        Measurements { metrics, facts: Vec::new(), health }
    }

    async fn scrape(&mut self, targets: &[Target], started: Now) {
        let proxy = &self.proxy;
        let pages: Vec<(usize, Result<Page, FetchError>)> =
            futures::stream::iter(targets.iter().cloned().enumerate())
                .map(|(at, target)| async move {
                    let page = tokio::time::timeout(target.timeout, proxy.fetch(&target)).await;
                    (at, page.unwrap_or(Err(FetchError::Timeout(target.timeout))))
                })
                .buffer_unordered(AT_ONCE)
                .collect()
                .await;
        let moment = Moment { start_ms: started.wall.as_millisecond(), took_ms: 0 };
        for (at, page) in pages {
            let Some(target) = targets.get(at) else { continue };
            let why = page.as_ref().err().map(ToString::to_string);
            let slim = page.as_ref().map(|page| slim(&page.body)).unwrap_or_default();
            let body = match &page {
                Ok(page) => Ok((slim.as_slice(), page.format)),
                Err(_) => Err(why.as_deref().unwrap_or_default()),
            };
            let state = self.states.entry(target.key.clone()).or_default();
            let outcome = state.commit(target, body, moment, &text::Caps::default(), &mut self.store);
            if outcome.up {
                self.heard = Some(started);
            } else {
                self.trouble = why.unwrap_or_else(|| "the page holds no metrics".to_owned());
            }
        }
        let known: BTreeSet<&str> = targets.iter().map(|target| target.key.as_str()).collect();
        self.states.retain(|key, _| known.contains(key.as_str()));
        self.store.sweep(started.wall.as_millisecond());
    }

    /// Requests and failures of these pods since they started, in all, for a
    /// first idea of the traffic; none if they offer no request metrics.
    pub(super) async fn since_start(&mut self, pods: &[Pod]) -> Option<crate::engine::delivery::Seen> {
        let now = self.pace.now();
        let both = Pods { stable: pods.to_vec(), canary: Vec::new() };
        let _first_look = self.read(&both, None).await;
        let oldest = pods.iter().filter_map(|pod| pod.created).min()?;
        let series = self.series(&both, oldest, now);
        let last = |s: &counts::Series| {
            s.samples.iter().rev().map(|(_, v)| *v).find(|v| v.is_finite()).unwrap_or(0.0)
        };
        let bad: f64 = series.iter().filter(|s| s.counter == Counter::BadRequests).map(last).sum();
        let all: f64 = series.iter().map(last).sum();
        let age = |s: &counts::Series| {
            s.pod_started_ms.map(|started| {
                (now.wall.as_millisecond() - oldest.as_millisecond() - started) as f64 / 1_000.0
            })
        };
        let per_second: f64 =
            series.iter().filter_map(|s| age(s).filter(|age| *age > 1.0).map(|age| last(s) / age)).sum();
        (all > 0.0).then(|| crate::engine::delivery::Seen { per_second, error_rate: bad / all })
    }

    fn metrics(&self, pods: &Pods, step: Measure, now: Now) -> Vec<Metric> {
        let slow = step.slow_ms.map(|limit| self.slow(pods, step, limit, now));
        std::iter::once(self.errors(pods, step, now)).chain(slow).collect()
    }

    /// The share of slow requests is a share like that of failed ones: never a
    /// percentile of percentiles.
    fn slow(&self, pods: &Pods, step: Measure, limit_ms: u32, now: Now) -> Metric {
        let series = self.durations(pods, step.since, limit_ms, now);
        let elapsed = u32::try_from(now.since(step.since).as_secs()).unwrap_or(u32::MAX);
        let intervals = counts::intervals(&series, step.interval_s, elapsed);
        let (bad, floor) = (Bad::SlowerThanMs(limit_ms), input::floor_of(None));
        let data = Data::Requests(Requests { bad, floor, limit: None, intervals });
        Metric { name: format!("slower than {limit_ms} ms"), importance: Importance::Critical, data }
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
        let limit = if step.alone { self.limit(pods, step.since, floor, now) } else { None };
        let data = Requests { bad: Bad::Failed, floor, limit, intervals };
        Metric { name: "errors".to_owned(), importance: Importance::Critical, data: Data::Requests(data) }
    }

    /// Twice the error share stable had before the switch, at least the floor;
    /// none if nothing was counted then.
    fn limit(&self, pods: &Pods, switched: Timestamp, floor: f64, now: Now) -> Option<f64> {
        let since = switched.checked_sub(BEFORE_SWITCH).ok()?;
        let seconds = u32::try_from(BEFORE_SWITCH.as_secs()).ok()?;
        let before = counts::intervals(&self.series(pods, since, now), seconds, seconds);
        let stable = before.first()?.baseline.filter(|counts| counts.n > 0)?;
        Some((2.0 * stable.e as f64 / stable.n as f64).max(floor))
    }

    /// The request counters of both sides since the step began.
    fn series(&self, pods: &Pods, since: Timestamp, now: Now) -> Vec<counts::Series> {
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

fn lately(now: Now) -> Window {
    let until_ms = now.wall.as_millisecond();
    Window { after_ms: until_ms - 300_000, until_ms }
}

/// The lines of a page that are counted here. A page has hundreds of others,
/// and an engine keeps the samples of two hundred deliveries.
fn slim(page: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(page.len() / 4);
    for line in page.split_inclusive(|byte| *byte == b'\n') {
        let end = line.iter().position(|byte| matches!(byte, b'{' | b' ' | b'\t')).unwrap_or(line.len());
        if line.first() == Some(&b'#') || is_counted(line.get(..end).unwrap_or_default()) {
            kept.extend_from_slice(line);
        }
    }
    kept
}

fn is_counted(name: &[u8]) -> bool {
    FAMILIES.iter().any(|family| {
        let part = |part: &[u8]| {
            !family.duration.is_empty()
                && name.strip_prefix(family.duration.as_bytes()).is_some_and(|rest| rest == part)
        };
        name == family.total.as_bytes() || part(b"_count") || part(b"_bucket")
    })
}

/// The codes of a family that mean failure: its matcher is `=~"…"`.
pub(super) fn failures(family: &Family) -> Option<Pattern> {
    let text = family.failed.trim_start_matches("=~").trim_matches('"');
    Pattern::new(text).ok()
}

fn started(pod: &Pod, since_ms: i64) -> Option<i64> {
    pod.created.map(|at| at.as_millisecond() - since_ms)
}

fn target(pod: &Pod) -> Option<Target> {
    if pod.terminating || pod.ready.0 == 0 {
        return None;
    }
    let point = pod.containers.iter().find_map(|container| container.metrics.as_ref())?;
    let (namespace, name) = (&pod.key.namespace, &pod.key.name);
    let url = format!("{namespace}/{name}/{}/{}", point.port, point.path.trim_start_matches('/'));
    let labels = [("instance", name.as_str()), ("namespace", namespace.as_str()), ("pod", name.as_str())];
    let key = format!("{namespace}/{name}/{}", pod.uid);
    Some(Target { labels: Labels::from_pairs(labels), ..Target::new(&key, &url, "", "") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_only_what_is_counted_is_kept() {
        let page = "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} 7\ngo_goroutines 12\n\
                    http_request_duration_seconds_bucket{le=\"0.3\"} 5\nhttp_request_duration_seconds_sum 3\n\
                    http_request_duration_seconds_count 7\nhttp_requests_total_of_others 1\n# EOF\n";
        let kept = String::from_utf8(slim(page.as_bytes())).unwrap();
        let names: Vec<&str> = kept.lines().map(|line| line.split(['{', ' ']).next().unwrap()).collect();
        let parts = ["bucket", "count"].map(|part| format!("http_request_duration_seconds_{part}"));
        assert_eq!(names, ["#", "http_requests_total", &parts[0], &parts[1], "#"]);
    }
}
