//! `rate`, `increase`, `delta`, `irate`, `idelta`: the order of operations is
//! Prometheus 3's, since another order gives other digits.

use super::over::Span;

pub(super) fn rate(span: &Span<'_>) -> Option<f64> {
    extrapolated(span, true, true)
}

pub(super) fn increase(span: &Span<'_>) -> Option<f64> {
    extrapolated(span, true, false)
}

pub(super) fn delta(span: &Span<'_>) -> Option<f64> {
    extrapolated(span, false, false)
}

fn seconds(ms: i64) -> f64 {
    ms as f64 / 1000.0
}

/// The difference between first and last sample, extended to the window's
/// edges: all the way when the edge is near, by half a sample distance when
/// not, and for a counter never below zero.
fn extrapolated(span: &Span<'_>, counter: bool, per_second: bool) -> Option<f64> {
    let (&first, &last) = (span.values.first()?, span.values.last()?);
    let (&first_ms, &last_ms) = (span.times.first()?, span.times.last()?);
    if span.times.len() < 2 {
        return None;
    }
    let mut change = last - first;
    if counter && !span.rising {
        for pair in span.values.windows(2) {
            if pair[1] < pair[0] {
                change += pair[0];
            }
        }
    }
    let mut to_start = seconds(first_ms - span.start_ms);
    let mut to_end = seconds(span.end_ms - last_ms);
    let sampled = seconds(last_ms - first_ms);
    let average = sampled / (span.times.len() - 1) as f64;
    let threshold = average * 1.1;
    if to_start >= threshold {
        to_start = average / 2.0;
    }
    if counter && change > 0.0 && first >= 0.0 {
        let to_zero = sampled * (first / change);
        if to_zero < to_start {
            to_start = to_zero;
        }
    }
    if to_end >= threshold {
        to_end = average / 2.0;
    }
    let mut factor = (sampled + to_start + to_end) / sampled;
    if per_second {
        factor /= seconds(span.end_ms - span.start_ms);
    }
    Some(change * factor)
}

pub(super) fn irate(span: &Span<'_>) -> Option<f64> {
    newest_two(span, true)
}

pub(super) fn idelta(span: &Span<'_>) -> Option<f64> {
    newest_two(span, false)
}

fn newest_two(span: &Span<'_>, counter: bool) -> Option<f64> {
    let [.., before, last] = span.values else {
        return None;
    };
    let [.., before_ms, last_ms] = span.times else {
        return None;
    };
    if last_ms == before_ms {
        return None;
    }
    // After a reset the counter has grown from zero.
    let change = if counter && last < before { *last } else { last - before };
    Some(if counter { change / seconds(last_ms - before_ms) } else { change })
}
