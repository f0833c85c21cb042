//! The `*_over_time` family, `changes` and `resets`.

#![allow(clippy::unnecessary_wraps, reason = "the table of functions has one signature")]

use super::over::Span;
use crate::promql::eval::kahan::{self, Kahan, Mean};

pub(super) fn avg(span: &Span<'_>) -> Option<f64> {
    let mut mean = Mean::default();
    span.values.iter().for_each(|v| mean.add(*v));
    Some(mean.value())
}

pub(super) fn sum(span: &Span<'_>) -> Option<f64> {
    let sum = span.values.iter().fold(Kahan::default(), |sum, v| sum.add(*v));
    Some(sum.total())
}

pub(super) fn count(span: &Span<'_>) -> Option<f64> {
    Some(span.values.len() as f64)
}

pub(super) fn first(span: &Span<'_>) -> Option<f64> {
    span.values.first().copied()
}

pub(super) fn last(span: &Span<'_>) -> Option<f64> {
    span.values.last().copied()
}

pub(super) fn present(_: &Span<'_>) -> Option<f64> {
    Some(1.0)
}

/// Index of the extreme value: `better(candidate, best)`; NaN loses to all.
fn extreme(span: &Span<'_>, better: impl Fn(f64, f64) -> bool) -> Option<usize> {
    let mut best = 0;
    let mut value = *span.values.first()?;
    for (i, &candidate) in span.values.iter().enumerate() {
        if better(candidate, value) || value.is_nan() {
            best = i;
            value = candidate;
        }
    }
    Some(best)
}

pub(super) fn max(span: &Span<'_>) -> Option<f64> {
    extreme(span, |new, best| new > best).map(|i| span.values[i])
}

pub(super) fn min(span: &Span<'_>) -> Option<f64> {
    extreme(span, |new, best| new < best).map(|i| span.values[i])
}

fn time_of(span: &Span<'_>, at: usize) -> f64 {
    span.times[at] as f64 / 1000.0
}

pub(super) fn ts_of_first(span: &Span<'_>) -> Option<f64> {
    Some(time_of(span, 0))
}

pub(super) fn ts_of_last(span: &Span<'_>) -> Option<f64> {
    Some(time_of(span, span.times.len() - 1))
}

/// The latest time of the greatest value.
pub(super) fn ts_of_max(span: &Span<'_>) -> Option<f64> {
    extreme(span, |new, best| new >= best).map(|i| time_of(span, i))
}

/// The latest time of the least value.
pub(super) fn ts_of_min(span: &Span<'_>) -> Option<f64> {
    extreme(span, |new, best| new <= best).map(|i| time_of(span, i))
}

pub(super) fn stdvar(span: &Span<'_>) -> Option<f64> {
    let (mut mean, mut spread) = (Kahan::default(), Kahan::default());
    let mut count = 0.0;
    for &value in span.values {
        count += 1.0;
        let delta = value - (mean.sum + mean.lost);
        mean = mean.add(delta / count);
        spread = spread.add(delta * (value - (mean.sum + mean.lost)));
    }
    Some((spread.sum + spread.lost) / count)
}

pub(super) fn stddev(span: &Span<'_>) -> Option<f64> {
    stdvar(span).map(f64::sqrt)
}

pub(super) fn quantile(span: &Span<'_>) -> Option<f64> {
    Some(kahan::quantile(span.args[0], &mut span.values.to_vec()))
}

/// The median distance from the median.
pub(super) fn mad(span: &Span<'_>) -> Option<f64> {
    let mut values = span.values.to_vec();
    if values.iter().any(|v| v.is_nan()) {
        return Some(f64::NAN);
    }
    let median = kahan::quantile(0.5, &mut values);
    for value in &mut values {
        *value = (*value - median).abs();
    }
    Some(kahan::quantile(0.5, &mut values))
}

#[allow(clippy::float_cmp, reason = "a change is any difference")]
pub(super) fn changes(span: &Span<'_>) -> Option<f64> {
    let differs = |pair: &&[f64]| pair[0] != pair[1] && !(pair[0].is_nan() && pair[1].is_nan());
    Some(span.values.windows(2).filter(differs).count() as f64)
}

pub(super) fn resets(span: &Span<'_>) -> Option<f64> {
    Some(span.values.windows(2).filter(|pair| pair[1] < pair[0]).count() as f64)
}
