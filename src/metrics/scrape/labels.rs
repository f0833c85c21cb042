//! The labels of a stored series: the page's and the target's.

use std::borrow::Cow;

use super::Target;
use crate::metrics::text::Sample;
use crate::promql::labels::{BUCKET, NAME};
use crate::promql::{Labels, parse_float};

const QUANTILE: &str = "quantile";

/// Joins the labels of a sample with its target's. Where both have one, the
/// page's moves to `exported_…` (again, as often as needed).
pub(super) fn joined(sample: &Sample<'_, '_>, target: &Target) -> Labels {
    let mut all: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::with_capacity(sample.labels.len() + 4);
    all.push((Cow::Borrowed(NAME), Cow::Borrowed(sample.name.as_ref())));
    for (name, value) in sample.labels {
        all.push((Cow::Borrowed(name.as_ref()), normalised(&sample.name, name, value)));
    }
    for (name, value) in target.labels.iter() {
        let taken = all.iter().position(|(have, old)| have == name && !old.is_empty());
        match taken {
            Some(_) if target.honor_labels => continue,
            Some(at) => {
                let mut moved = format!("exported_{name}");
                while all.iter().any(|(have, _)| *have == moved) || !target.labels.get(&moved).is_empty() {
                    moved.insert_str(0, "exported_");
                }
                all[at].0 = Cow::Owned(moved);
            }
            None => {}
        }
        all.push((Cow::Borrowed(name), Cow::Borrowed(value)));
    }
    Labels::from_pairs(all.iter().map(|(name, value)| (name.as_ref(), value.as_ref())))
}

/// `le="1"` becomes `le="1.0"`, as Prometheus 3 stores it, so that selectors
/// written for either version and any client library find the bucket.
fn normalised<'a>(metric: &str, name: &str, value: &'a str) -> Cow<'a, str> {
    let is_edge = name == BUCKET && metric.ends_with("_bucket");
    if !is_edge && name != QUANTILE {
        return Cow::Borrowed(value);
    }
    match parse_float(value) {
        Some(number) => Cow::Owned(float_text(number)),
        None => Cow::Borrowed(value),
    }
}

/// A float as OpenMetrics libraries in Go write it: shortest digits, always a
/// point or an exponent, an exponent from a million on.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() };
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}
