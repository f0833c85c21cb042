//! `deriv`, `predict_linear` and `double_exponential_smoothing`.

use super::over::Span;
use crate::promql::eval::kahan::Kahan;

/// Least squares with x in seconds relative to `origin_ms`: slope, and the
/// value at the origin.
#[allow(clippy::float_cmp, reason = "a constant series is exactly constant")]
fn regression(span: &Span<'_>, origin_ms: i64) -> (f64, f64) {
    let first = span.values[0];
    if span.values.iter().all(|v| *v == first) {
        return if first.is_infinite() { (f64::NAN, f64::NAN) } else { (0.0, first) };
    }
    let mut over_x = Kahan::default();
    let mut over_y = Kahan::default();
    let mut products = Kahan::default();
    let mut squares = Kahan::default();
    for (&time, &y) in span.times.iter().zip(span.values) {
        let x = (time - origin_ms) as f64 / 1e3;
        over_x = over_x.add(x);
        over_y = over_y.add(y);
        products = products.add(x * y);
        squares = squares.add(x * x);
    }
    let n = span.values.len() as f64;
    let whole = |sum: Kahan| sum.sum + sum.lost;
    let (sx, sy) = (whole(over_x), whole(over_y));
    let covariance = whole(products) - sx * sy / n;
    let variance = whole(squares) - sx * sx / n;
    let slope = covariance / variance;
    (slope, sy / n - slope * sx / n)
}

pub(super) fn deriv(span: &Span<'_>) -> Option<f64> {
    if span.values.len() < 2 {
        return None;
    }
    Some(regression(span, span.times[0]).0)
}

/// The argument is how many seconds ahead.
pub(super) fn predict_linear(span: &Span<'_>) -> Option<f64> {
    if span.values.len() < 2 {
        return None;
    }
    let (slope, now) = regression(span, span.at_ms);
    Some(slope * span.args[0] + now)
}

/// Holt's linear smoothing; the arguments are the smoothing and trend factors.
pub(super) fn smooth(span: &Span<'_>) -> Option<f64> {
    let [first, second, ..] = span.values else {
        return None;
    };
    let [factor, trend] = span.args;
    let (mut before, mut level) = (0.0, *first);
    let mut slope = second - first;
    for (i, value) in span.values.iter().enumerate().skip(1) {
        if i > 1 {
            slope = trend * (level - before) + (1.0 - trend) * slope;
        }
        let next = factor * value + (1.0 - factor) * (level + slope);
        before = level;
        level = next;
    }
    Some(level)
}
