//! `histogram_quantile` and `histogram_fraction` over classic histograms
//! (`_bucket` series with `le`).

use std::cmp::Ordering;
use std::fmt::Write;

use super::{Call, argument};
use crate::promql::error::Error;
use crate::promql::eval::Eval;
use crate::promql::eval::frame::{Column, Frame, Grid};
use crate::promql::eval::group::Grouper;
use crate::promql::labels::{BUCKET, Labels, NAME};
use crate::promql::text::parse_float;

/// A bucket at one step: upper edge and cumulative count.
type Bucket = (f64, f64);

/// The buckets of one histogram: upper edge and row, sorted by edge.
struct Histogram {
    drop_name: bool,
    buckets: Vec<(f64, usize)>,
}

pub(super) fn quantile(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let q = eval.scalar(argument(call, 0)?, grid)?;
    let frame = eval.vector(argument(call, 1)?, grid)?;
    eval.check_quantiles(&q);
    let mut forced = false;
    let out = each(eval, &frame, |step, buckets| {
        let (value, fixed) = bucket_quantile(q[step], buckets);
        forced |= fixed;
        value
    })?;
    if forced {
        eval.warnings.info(
            "input to histogram_quantile needed to be fixed for monotonicity (see \
             https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)",
        );
    }
    Ok(Column::Vector(eval.drop_names(out)?))
}

pub(super) fn fraction(eval: &mut Eval<'_>, call: &Call, grid: Grid) -> Result<Column, Error> {
    let lower = eval.scalar(argument(call, 0)?, grid)?;
    let upper = eval.scalar(argument(call, 1)?, grid)?;
    let frame = eval.vector(argument(call, 2)?, grid)?;
    let out = each(eval, &frame, |step, buckets| bucket_fraction(lower[step], upper[step], buckets))?;
    Ok(Column::Vector(eval.drop_names(out)?))
}

/// Calls `f` for every histogram and step that has any bucket.
fn each(
    eval: &mut Eval<'_>,
    frame: &Frame,
    mut f: impl FnMut(usize, &mut Vec<Bucket>) -> f64,
) -> Result<Frame, Error> {
    let (histograms, labels) = group(eval, frame);
    let mut out = Frame::new(frame.steps);
    let mut buckets = Vec::new();
    for (histogram, labels) in histograms.into_iter().zip(labels) {
        eval.charge(frame.steps)?;
        let row = out.push(labels, histogram.drop_name);
        for (step, cell) in row.iter_mut().enumerate() {
            buckets.clear();
            let there = |&(edge, row): &(f64, usize)| frame.get(row, step).map(|n| (edge, n));
            buckets.extend(histogram.buckets.iter().filter_map(there));
            if !buckets.is_empty() {
                *cell = f(step, &mut buckets);
            }
        }
    }
    Ok(out)
}

/// The histograms of a frame, and their labels.
fn group(eval: &mut Eval<'_>, frame: &Frame) -> (Vec<Histogram>, Vec<Labels>) {
    let keep_name = eval.limits.delayed_name_removal;
    let mut grouper = Grouper::default();
    let mut histograms: Vec<Histogram> = Vec::new();
    for (at, row) in frame.rows.iter().enumerate() {
        let text = row.labels.get(BUCKET);
        let Some(edge) = parse_float(text) else {
            let mut message = format!("bucket label \"le\" is missing or has a malformed value of {text:?}");
            if !row.labels.name().is_empty() {
                let _ = write!(message, " for metric name {:?}", row.labels.name());
            }
            eval.warnings.warn(message);
            continue;
        };
        let index = grouper.of(&row.labels, |name| name != BUCKET && (keep_name || name != NAME));
        if index == histograms.len() {
            histograms.push(Histogram { drop_name: row.drop_name, buckets: Vec::new() });
        }
        histograms[index].buckets.push((edge, at));
    }
    for histogram in &mut histograms {
        histogram.buckets.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    (histograms, grouper.into_labels())
}

/// The quantile, and whether counts had to be raised to be monotone.
fn bucket_quantile(q: f64, buckets: &mut Vec<Bucket>) -> (f64, bool) {
    if q.is_nan() {
        return (f64::NAN, false);
    }
    if q < 0.0 {
        return (f64::NEG_INFINITY, false);
    }
    if q > 1.0 {
        return (f64::INFINITY, false);
    }
    if buckets.last().is_none_or(|last| last.0 != f64::INFINITY) {
        return (f64::NAN, false);
    }
    merge_equal_edges(buckets);
    let forced = make_monotone(buckets);
    let total = buckets[buckets.len() - 1].1;
    if buckets.len() < 2 || total == 0.0 {
        return (f64::NAN, forced);
    }
    let mut rank = q * total;
    let last = buckets.len() - 1;
    let found =
        buckets[..last].partition_point(|(_, count)| count.partial_cmp(&rank).is_none_or(Ordering::is_lt));
    if found == last {
        return (buckets[last - 1].0, forced);
    }
    let (end, mut count) = buckets[found];
    if found == 0 && end <= 0.0 {
        return (end, forced);
    }
    let mut start = 0.0;
    if found > 0 {
        let (edge, below) = buckets[found - 1];
        start = edge;
        count -= below;
        rank -= below;
    }
    (start + (end - start) * (rank / count), forced)
}

#[allow(clippy::float_cmp, reason = "edges come from equal texts")]
fn merge_equal_edges(buckets: &mut Vec<Bucket>) {
    buckets.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 += next.1;
        }
        same
    });
}

/// Differences below this ratio are rounding, not data.
const SMALL: f64 = 1e-12;

#[allow(clippy::float_cmp, reason = "equal counts need no correction")]
fn make_monotone(buckets: &mut [Bucket]) -> bool {
    let mut forced = false;
    let mut before = buckets[0].1;
    for (_, count) in buckets.iter_mut().skip(1) {
        if *count == before {
            continue;
        }
        if almost_equal(before, *count, SMALL) {
            *count = before;
        } else if *count < before {
            *count = before;
            forced = true;
        } else {
            before = *count;
        }
    }
    forced
}

/// Equal up to a ratio, as Prometheus' `almost.Equal`.
fn almost_equal(a: f64, b: f64, ratio: f64) -> bool {
    if a.is_nan() && b.is_nan() {
        return true;
    }
    #[allow(clippy::float_cmp, reason = "infinities and exact matches")]
    if a == b {
        return true;
    }
    let sum = a.abs() + b.abs();
    let difference = (a - b).abs();
    if a == 0.0 || b == 0.0 || sum < f64::MIN_POSITIVE {
        return difference < ratio * f64::MIN_POSITIVE;
    }
    difference / sum.min(f64::MAX) < ratio
}

/// The share of observations between two values.
fn bucket_fraction(lower: f64, upper: f64, buckets: &mut Vec<Bucket>) -> f64 {
    if buckets.last().is_none_or(|last| last.0 != f64::INFINITY) {
        return f64::NAN;
    }
    merge_equal_edges(buckets);
    let total = buckets[buckets.len() - 1].1;
    if total == 0.0 || lower.is_nan() || upper.is_nan() {
        return f64::NAN;
    }
    if lower >= upper {
        return 0.0;
    }
    let rank = |value| rank_of(value, buckets).map_or(total, |r: f64| r.min(total));
    (rank(upper) - rank(lower)) / total
}

/// How many observations lie below `value`; nothing when it is above all
/// finite edges' reach.
fn rank_of(value: f64, buckets: &[Bucket]) -> Option<f64> {
    let mut below = 0.0;
    // Buckets of positive edges start at zero.
    let mut start = if buckets[0].0 <= 0.0 { f64::NEG_INFINITY } else { 0.0 };
    for &(end, count) in buckets {
        if start >= value {
            return Some(below);
        }
        if end > value {
            if start == f64::NEG_INFINITY {
                return Some(count);
            }
            return Some(below + (count - below) * (value - start) / (end - start));
        }
        below = count;
        start = end;
    }
    None
}
