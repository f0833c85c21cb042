//! Counting an objective's events, five minutes at a time.
//!
//! A slot holds what Prometheus calls the increase over it: the same expression
//! on a server and on the console's own evaluator gives the same slot. Budgets
//! and burn rates are then sums of slots, true counts, never means of ratios.

use super::{QueryTemplate, Sli, Slo, promql_duration};
use crate::domain::{SLOT_S, Slot};
use crate::promql::{Answers, Error, Value};
use std::collections::BTreeMap;
use std::time::Duration;

/// The youngest part of a slot that is counted: a rate needs a few samples.
pub const LEAST: Duration = Duration::from_mins(1);

/// From look to look when finding out how much of a slot was observed.
const LOOK_S: i64 = 60;

/// Slots asked for at once; a server allows 11,000 points.
const AT_ONCE: u32 = 2_000;

/// The expressions that count an indicator over one window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counting {
    /// What went wrong, or well, or which share.
    pub part: Part,
    /// All events; none where there are none to count, only time.
    pub total: Option<String>,
}

/// What the first expression gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Bad events. No series means none yet.
    Bad(String),
    /// Good events.
    Good(String),
    /// The share that was bad.
    Share(String),
}

impl Part {
    /// The expression.
    pub fn text(&self) -> &str {
        match self {
            Self::Bad(text) | Self::Good(text) | Self::Share(text) => text,
        }
    }
}

/// What counts `sli` over `window`.
pub fn counting(sli: &Sli, window: Duration) -> Counting {
    let text = promql_duration(window);
    let count = |query: &QueryTemplate| events(query, "", window);
    match sli {
        Sli::BadOfTotal { bad, total } => Counting { part: Part::Bad(count(bad)), total: Some(count(total)) },
        Sli::GoodOfTotal { good, total } => {
            Counting { part: Part::Good(count(good)), total: Some(count(total)) }
        }
        Sli::BoolGauge { metric } => {
            let metric = metric.text();
            Counting {
                part: Part::Good(format!("sum(sum_over_time({metric}[{text}]))")),
                total: Some(format!("sum(count_over_time({metric}[{text}]))")),
            }
        }
        // Of a composite only the parts are counted; this says how it burns.
        Sli::Raw { .. } | Sli::Threshold { .. } | Sli::Composite { .. } => {
            Counting { part: Part::Share(super::error_ratio(sli, &text)), total: None }
        }
    }
}

/// The number of events a query counts in `window`: a bare counter's increase,
/// added up `by` labels (` by (code) `, or nothing), a rate times its seconds,
/// anything else as it is.
pub(super) fn events(query: &QueryTemplate, by: &str, window: Duration) -> String {
    let text = promql_duration(window);
    let filled = query.filled(&text);
    if !query.has_hole() {
        return format!("sum{by}(increase({filled}[{text}]))");
    }
    if is_rate(&filled) { format!("({filled}) * {}", window.as_secs()) } else { filled }
}

/// Whether a query gives events per second: it takes a rate, or a recorded one
/// (`pyrra_requests:rate5m`).
fn is_rate(query: &str) -> bool {
    query.contains("rate(") || query.contains(":rate")
}

/// How far a measurement reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reach {
    /// The first slot.
    pub first: u32,
    /// The present, seconds since the epoch: slots that end later are under way.
    pub now: i64,
    /// Whether each minute is looked at to find out how much of a slot was
    /// observed; without, a slot with numbers counts as observed.
    pub look: bool,
}

/// The slots of `slo` from `reach.first` to now, the one under way at the end if
/// it is older than [`LEAST`]. Slots in which nothing was observed are not there.
///
/// # Errors
/// A query is no PromQL, hits a limit, or the source fails.
pub fn measure(slo: &Slo, source: &dyn Answers, reach: Reach) -> Result<Vec<Slot>, Error> {
    let under_way = Slot::index_at(reach.now);
    let whole = Duration::from_secs(u64::from(SLOT_S));
    let mut slots = Vec::new();
    let mut first = reach.first;
    while first < under_way {
        let last = under_way.min(first.saturating_add(AT_ONCE)) - 1;
        let span = Span::slots(first, last);
        slots.extend(count(slo, source, whole, span, reach.look)?);
        first = last + 1;
    }
    let begin = i64::from(under_way) * i64::from(SLOT_S);
    let young = Duration::from_secs((reach.now - begin).unsigned_abs());
    if young >= LEAST && under_way >= reach.first {
        let span = Span { from: reach.now, until: reach.now, step: i64::from(SLOT_S) };
        slots.extend(count(slo, source, young, span, reach.look)?);
    }
    Ok(slots)
}

/// Steps of a range query in seconds.
#[derive(Clone, Copy)]
struct Span {
    from: i64,
    until: i64,
    step: i64,
}

impl Span {
    fn slots(first: u32, last: u32) -> Self {
        let end = |index: u32| (i64::from(index) + 1) * i64::from(SLOT_S);
        Self { from: end(first), until: end(last), step: i64::from(SLOT_S) }
    }
}

fn count(
    slo: &Slo,
    source: &dyn Answers,
    window: Duration,
    span: Span,
    look: bool,
) -> Result<Vec<Slot>, Error> {
    let Counting { part, total } = counting(&slo.sli, window);
    let parts = points(source, part.text(), span)?;
    let totals = match &total {
        Some(total) => points(source, total, span)?,
        None => parts.keys().map(|at| (*at, window.as_secs_f64())).collect(),
    };
    let looks = if look { Some(looks(slo, source, window, span)?) } else { None };
    let observed = |at: i64| -> f64 {
        let length = i64::try_from(window.as_secs()).unwrap_or(0);
        let Some(looks) = &looks else { return window.as_secs_f64() };
        let seen = looks.range(at - length + 1..=at).count() as f64;
        (seen * LOOK_S as f64).min(window.as_secs_f64())
    };
    let mut slots = Vec::new();
    for (at, total) in totals {
        let covered = observed(at);
        let found = parts.get(&at).copied();
        let (bad, total) = match &part {
            Part::Bad(_) => (found.unwrap_or(0.0), total),
            // Nothing good ever: the series may not exist, or have another name.
            Part::Good(_) => match found {
                Some(good) => (total - good, total),
                None => continue,
            },
            Part::Share(_) => (found.unwrap_or(0.0) * covered, covered),
        };
        let slot = Slot {
            index: Slot::index_at(at - 1),
            bad: bad as f32,
            total: total as f32,
            covered: covered.round() as u16,
            simulated: false,
        };
        slots.extend(slot.is_sound().then_some(slot));
    }
    Ok(slots)
}

/// The minutes in which something could be counted.
fn looks(slo: &Slo, source: &dyn Answers, window: Duration, span: Span) -> Result<BTreeMap<i64, f64>, Error> {
    let Counting { part, total } = counting(&slo.sli, LEAST);
    let expr = total.as_deref().unwrap_or(part.text());
    let length = i64::try_from(window.as_secs()).unwrap_or(0);
    // The last look is at the end of the span, the others at whole minutes before it.
    let minutes = (span.until - span.from + length) / LOOK_S;
    let from = span.until - (minutes - 1).max(0) * LOOK_S;
    points(source, expr, Span { from, until: span.until, step: LOOK_S })
}

/// An expression's values by the second; series are added up, NaN is no value.
fn points(source: &dyn Answers, expr: &str, span: Span) -> Result<BTreeMap<i64, f64>, Error> {
    let value = source.range(expr, span.from * 1000, span.until * 1000, span.step * 1000)?;
    let mut points = BTreeMap::new();
    if let Value::Matrix(tracks) = value {
        for track in &tracks {
            for (at, value) in track.points.times.iter().zip(&track.points.values) {
                if value.is_finite() {
                    *points.entry(at.div_euclid(1000)).or_insert(0.0) += value;
                }
            }
        }
    }
    Ok(points)
}
