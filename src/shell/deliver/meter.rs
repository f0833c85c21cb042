//! The requests of canary and stable, counted from the pods' own metrics.
//!
//! The pages are read through the API server, kept as raw samples and
//! differenced by [`counts`]: `rate` would drop what a new pod counted before
//! its first scrape, which is the canary's errors.
//!
//! Absent: Prometheus as the source; pods that offer no metrics leave the
//! verdict without data, which holds.

mod counting;
mod levels;
mod page;

use super::monitor::Unanswered;
use super::pace::Pace;
use super::shore::Pods;
use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind, Now, Pod};
use crate::engine::canary::Measurements;
use crate::engine::delivery::Seen;
use crate::engine::verdict::counts::{self, Counter};
use crate::engine::verdict::{Counts, Health, Importance};
use crate::metrics::scrape::{Fetch as _, FetchError, Moment, Page, Target, TargetState};
use crate::metrics::store::{Caps, Store};
use crate::metrics::text;
use crate::promql::{Answers as _, Labels, Limits, Local, Value, Window};
use crate::shell::collector::PodProxy;
use futures::StreamExt as _;
use jiff::Timestamp;
pub(super) use page::Wanted;
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
    /// Whether failed requests may roll back.
    pub(super) requests: Importance,
    /// What its share of failed requests is held against.
    pub(super) against: Against,
    /// Requests that take longer, in milliseconds, are judged like failed ones.
    pub(super) slow_ms: Option<u32>,
    /// Whether slow requests may roll back.
    pub(super) slow: Importance,
}

/// What the new version is held against.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Against {
    /// Stable beside it.
    Stable,
    /// Everybody is sent to it: what stable had just before, which was counted.
    Before,
    /// The same as the plan has it; nothing can be held against it if none.
    Known(Option<Counts>),
}

/// Pages fetched at once.
const AT_ONCE: usize = 16;
/// Pods read per side; beyond, the first by name.
const MOST_PODS: usize = 100;
/// Samples one expression may read: it is evaluated between two turns of a
/// driver, and this is a few milliseconds.
const MOST_SAMPLES: usize = 500_000;
/// A delivery of an hour over 200 pods with a few dozen series each.
const MEMORY: Caps = Caps { bytes: 32 << 20, age_ms: 3 * 3_600_000, series: 40_000 };

/// Reads and keeps the samples of one delivery.
pub(super) struct Meter {
    proxy: PodProxy,
    pace: Pace,
    store: Store,
    wanted: Wanted,
    states: BTreeMap<String, TargetState>,
    /// When a page was read last, and why the last one was not.
    heard: Option<Now>,
    trouble: String,
    /// The last time no page could be read at all.
    silent: bool,
}

impl Meter {
    /// Nothing is read yet.
    pub(super) fn new(cluster: Cluster, pace: Pace, wanted: Wanted) -> Self {
        let (proxy, store, states) = (PodProxy::new(cluster), Store::new(MEMORY), BTreeMap::new());
        let (heard, trouble) = (None, "no page was read yet".to_owned());
        Self { proxy, pace, store, wanted, states, heard, trouble, silent: true }
    }

    /// The value of an expression over what was read.
    pub(super) fn value(&self, query: &str, at_ms: i64) -> Result<Value, Unanswered> {
        if self.silent {
            return Err(Unanswered::Silent(format!("no pod's metrics can be read: {}", self.trouble)));
        }
        let limits = Limits { max_samples: MOST_SAMPLES, ..Limits::default() };
        let local = Local { series: &self.store, limits: &limits };
        local.instant(query, at_ms).map_err(|error| Unanswered::Refused(error.to_string()))
    }

    /// Reads all pods once, and counts since the step's weight took effect.
    pub(super) async fn read(&mut self, pods: &Pods, step: Option<Measure>) -> Measurements {
        let started = self.pace.now();
        self.heard.get_or_insert(started);
        let targets: Vec<Target> = [&pods.stable, &pods.canary]
            .into_iter()
            .flat_map(|side| side.iter().filter_map(target).take(MOST_PODS))
            .collect();
        let _any = self.scrape(&targets, started).await;
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

    /// Reads each page once; whether any could be read.
    async fn scrape(&mut self, targets: &[Target], started: Now) -> bool {
        let mut any = false;
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
            let slim = page.as_ref().map(|page| page::slim(&page.body, &self.wanted)).unwrap_or_default();
            let body = match &page {
                Ok(page) => Ok((slim.as_slice(), page.format)),
                Err(_) => Err(why.as_deref().unwrap_or_default()),
            };
            let state = self.states.entry(target.key.clone()).or_default();
            let outcome = state.commit(target, body, moment, &text::Caps::default(), &mut self.store);
            any |= outcome.up;
            if outcome.up {
                self.heard = Some(started);
            } else {
                self.trouble = why.unwrap_or_else(|| "the page holds no metrics".to_owned());
            }
        }
        let known: BTreeSet<&str> = targets.iter().map(|target| target.key.as_str()).collect();
        self.silent = !any;
        self.states.retain(|key, _| known.contains(key.as_str()));
        self.store.sweep(started.wall.as_millisecond());
        any
    }

    /// Reads these pods once; whether any of them offers metrics.
    ///
    /// # Errors
    /// They do, and not one could be read.
    pub(super) async fn reads(&mut self, pods: &[Pod]) -> Result<bool, Fault> {
        let now = self.pace.now();
        let targets: Vec<Target> = pods.iter().filter_map(target).take(MOST_PODS).collect();
        if targets.is_empty() || self.scrape(&targets, now).await {
            return Ok(!targets.is_empty());
        }
        let text = format!("cannot read the metrics of its pods: {}", self.trouble);
        Err(Fault::new(FaultKind::Unreachable, text))
    }

    /// Requests and failures of these pods since they started, in all, for a
    /// first idea of the traffic; none if they offer no request metrics. A
    /// service that counts requests and had none yet offers them.
    ///
    /// # Errors
    /// Its pods offer metrics, and not one of them could be read.
    pub(super) async fn since_start(&mut self, pods: &[Pod]) -> Result<Option<Seen>, Fault> {
        let now = self.pace.now();
        self.reads(pods).await?;
        let both = Pods { stable: pods.to_vec(), canary: Vec::new() };
        let Some(oldest) = pods.iter().filter_map(|pod| pod.created).min() else { return Ok(None) };
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
        // Counters are far below 2^53, where a float is exact.
        let counts = Counts { n: all.max(0.0) as u64, e: bad.max(0.0) as u64 };
        Ok((!series.is_empty()).then_some(Seen { per_second, counts }))
    }
}

fn lately(now: Now) -> Window {
    let until_ms = now.wall.as_millisecond();
    Window { after_ms: until_ms - 300_000, until_ms }
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
