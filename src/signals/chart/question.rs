//! The one question of a chart.

use super::{ChartRange, LINE, SEEN};
use crate::domain::{SignalSource, Signals};
use crate::signals::{FAMILIES, Family, Queries, Query, UsageFamily};
use std::time::Duration;

/// What a chart is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChartKind {
    /// Requests per second.
    Rate,
    /// The failed share of requests.
    Errors,
    /// Latency at p50, p95 and p99.
    Latency,
    /// Cores used by a pod.
    Cpu,
    /// Bytes in memory of a pod.
    Memory,
}

impl ChartKind {
    /// Every kind, in the order they are shown.
    pub const ALL: [Self; 5] = [Self::Rate, Self::Errors, Self::Latency, Self::Cpu, Self::Memory];

    /// Whether it is of what pods use.
    pub fn is_usage(self) -> bool {
        matches!(self, Self::Cpu | Self::Memory)
    }

    /// Its lines, by the names of their numbers.
    pub fn lines(self) -> &'static [&'static str] {
        match self {
            Self::Rate => &["rate"],
            Self::Errors => &["errors"],
            Self::Latency => &["p50", "p95", "p99"],
            Self::Cpu | Self::Memory => &["avg", "max"],
        }
    }
}

/// What is asked for a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartAsk {
    /// What it is of.
    pub kind: ChartKind,
    /// The expression; its series have the label `line`.
    pub promql: String,
    /// The first step, milliseconds since the epoch.
    pub start_ms: i64,
    /// The last step.
    pub end_ms: i64,
    /// From one step to the next.
    pub step_ms: i64,
    /// Over how long every value is a mean.
    pub window: Duration,
}

/// The least window of a rate, and how often targets are read, in seconds,
/// often first. This console reads every 15 s, new pods every 5 s at first: a
/// minute has four samples. How often a server scrapes is not known: five
/// minutes have five samples up to once a minute.
fn least(source: &SignalSource) -> (u64, &'static [u64]) {
    match source {
        SignalSource::Scraper => (60, &[5, 15]),
        SignalSource::Prometheus(_) => (300, &[15, 30, 60]),
    }
}

impl ChartAsk {
    /// The question of one chart over `range` until `now_ms`, of the service
    /// whose numbers are `signals`; none if its metrics are none we know, or do
    /// not say that.
    pub fn new(kind: ChartKind, signals: &Signals, range: ChartRange, now_ms: i64) -> Option<Self> {
        let (least_s, intervals) = least(&signals.source);
        let window_s = range.step.as_secs().max(least_s);
        let (parts, series) = match kind {
            ChartKind::Rate | ChartKind::Errors | ChartKind::Latency => requests(kind, signals, window_s)?,
            ChartKind::Cpu | ChartKind::Memory => usage(kind, signals, window_s)?,
        };
        let parts = parts.into_iter().chain([line(&seen(&series, window_s, intervals), SEEN)]);
        let end_ms = range.newest(now_ms);
        Some(Self {
            kind,
            promql: parts.collect::<Vec<_>>().join(" or "),
            start_ms: end_ms - range.length_ms() + range.step_ms(),
            end_ms,
            step_ms: range.step_ms(),
            window: Duration::from_secs(window_s),
        })
    }
}

/// The lines of a chart of requests, and the series they are of.
fn requests(kind: ChartKind, signals: &Signals, window_s: u64) -> Option<(Vec<String>, String)> {
    let known = |family: &&Family| family.total == signals.family && family.code == signals.code_label;
    let family = FAMILIES.iter().find(known)?;
    let selector = signals.selector.as_str();
    let queries = Queries::over(family, selector, &format!("{window_s}s"));
    let named = |query: &Query| line(&query.promql, query.name);
    let parts = match kind {
        ChartKind::Errors => vec![named(&queries.errors)],
        ChartKind::Latency => queries.latency.iter().map(named).collect(),
        ChartKind::Rate | ChartKind::Cpu | ChartKind::Memory => vec![named(&queries.rate)],
    };
    Some((parts, format!("{}{{{selector}}}", family.total)))
}

/// The lines of a chart of what a pod uses, and the series they are of.
fn usage(kind: ChartKind, signals: &Signals, window_s: u64) -> Option<(Vec<String>, String)> {
    let usage = signals.usage.as_ref()?;
    let family = UsageFamily::named(usage.from)?;
    let queries = family.queries(&usage.selector, &format!("{window_s}s"));
    let (name, mean, worst) = match kind {
        ChartKind::Memory => (family.memory, &queries.memory_mean, &queries.worst_memory),
        ChartKind::Rate | ChartKind::Errors | ChartKind::Latency | ChartKind::Cpu => {
            (family.cpu, &queries.cpu, &queries.worst_cpu)
        }
    };
    let parts = vec![line(&format!("avg({mean})"), "avg"), line(&worst.promql, "max")];
    Some((parts, format!("{name}{{{}}}", usage.selector)))
}

/// `expr` under the name of a line.
fn line(expr: &str, name: &str) -> String {
    format!("label_replace({expr}, \"{LINE}\", \"{name}\", \"\", \"\")")
}

/// New pods are first read within this time of each other, in milliseconds.
const SPREAD_MS: u64 = 2_000;

/// Has a value where `series` has samples at both ends of a window.
///
/// `rate` goes on from the outermost samples to an edge that is no further than
/// 1.1 of their mean distance, and by half of that where it is: a window that
/// fills up gave three quarters of the rate. So samples are asked for at that
/// distance, for each interval there may be, and as many as that one gives; and
/// at the beginning before all pods' windows have begun. A long window is whole
/// with samples in its first and last twentieth: a reading that failed at just
/// that minute is no hole of two hours.
fn seen(series: &str, window_s: u64, intervals: &[u64]) -> String {
    let part = |edge_ms: u64, until_ms: u64| {
        let count = |offset: &str| format!("count(count_over_time({series}[{edge_ms}ms]{offset}))");
        let offset = format!(" offset {}ms", window_s * 1000 - until_ms);
        format!("({} and on() {})", count(""), count(&offset))
    };
    let twentieth = window_s * 50;
    if intervals.iter().all(|interval| interval * 1100 <= twentieth) {
        return part(twentieth, twentieth);
    }
    let parts = intervals.iter().enumerate().map(|(n, interval)| {
        let whole = part(interval * 1100, SPREAD_MS);
        let most = window_s / interval + 1;
        match n {
            0 => whole,
            _ => format!("({whole} and on() (max(count_over_time({series}[{window_s}s])) <= {most}))"),
        }
    });
    parts.collect::<Vec<_>>().join(" or ")
}
