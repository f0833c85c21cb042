//! A number taken apart, for the person who asks where it comes from.

use crate::domain::{RawSeries, Trace};
use crate::promql::{Error, Labels, Limits, Samples, Series, Value, parse, stale::is_stale, terms};
use jiff::Timestamp;

/// Series shown; a number over more is shown by the busiest.
const MOST_SERIES: usize = 40;
/// Samples kept of each: an hour at 15 s.
const MOST_SAMPLES: usize = 240;

/// Takes `promql` apart at `at`: its terms with their values, the samples it read.
///
/// # Errors
/// It is no expression, the evaluation was stopped by its limits, or the source failed.
pub fn trace(source: &dyn Series, promql: &str, at: Timestamp, limits: &Limits) -> Result<Trace, Error> {
    let at_ms = at.as_millisecond();
    let query = parse(promql).map_err(|error| Error::Execution(error.to_string()))?;
    let mut parts = Vec::new();
    for term in terms(promql) {
        parts.push((term.clone(), value_of(source, &term, at_ms, limits)?));
    }
    let mut series: Vec<RawSeries> = Vec::new();
    for read in query.reads() {
        let mut visit = |labels: &Labels, samples: &Samples| {
            let name = name_of(labels);
            if !series.iter().any(|known| known.name == name) {
                series.push(RawSeries { name, samples: pairs(samples) });
            }
            Ok(())
        };
        source.select(&read.matchers, read.window(at_ms), &mut visit)?;
    }
    series.sort_by(|a, b| (b.samples.len(), &a.name).cmp(&(a.samples.len(), &b.name)));
    let more = series.len().saturating_sub(MOST_SERIES);
    series.truncate(MOST_SERIES);
    Ok(Trace { terms: parts, series, more })
}

/// The one value of a term; none if it has none or several.
fn value_of(source: &dyn Series, term: &str, at_ms: i64, limits: &Limits) -> Result<Option<f64>, Error> {
    let Ok(query) = parse(term) else { return Ok(None) };
    Ok(match query.instant(source, at_ms, limits)? {
        (Value::Scalar(value), _) => Some(value),
        (Value::Vector(samples), _) => match &samples[..] {
            [only] => Some(only.value),
            _ => None,
        },
        (Value::Text(_) | Value::Matrix(_), _) => None,
    })
}

fn pairs(samples: &Samples) -> Vec<(Timestamp, f64)> {
    let all = samples.times.iter().zip(&samples.values).filter(|(_, value)| !is_stale(**value));
    let all: Vec<_> =
        all.filter_map(|(at, value)| Some((Timestamp::from_millisecond(*at).ok()?, *value))).collect();
    let skip = all.len().saturating_sub(MOST_SAMPLES);
    all.into_iter().skip(skip).collect()
}

fn name_of(labels: &Labels) -> String {
    let pairs = labels.iter().filter(|(name, _)| *name != "__name__");
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{}{{{}}}", labels.name(), pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::MemorySeries;

    #[test]
    fn a_ratio_is_two_terms_and_the_samples_under_them() {
        let mut source = MemorySeries::default();
        for (code, per_second) in [("200", 9.0), ("500", 1.0)] {
            let mut samples = Samples::default();
            (0..=20_i64).for_each(|n| samples.push(n * 15_000, n as f64 * 15.0 * per_second));
            source
                .append(&Labels::from_pairs([("__name__", "http_requests_total"), ("code", code)]), &samples);
        }
        let promql = "sum(rate(http_requests_total{code=~\"5..\"}[5m])) / sum(rate(http_requests_total[5m]))";
        let at = Timestamp::from_millisecond(300_000).unwrap();
        let trace = trace(&source, promql, at, &Limits::default()).unwrap();
        let values: Vec<_> = trace.terms.iter().map(|(_, value)| value.unwrap()).collect();
        assert!((values[0] - 1.0).abs() < 1e-9 && (values[1] - 10.0).abs() < 1e-9, "{values:?}");
        assert_eq!(trace.series.len(), 2, "a series read twice is shown once");
        assert_eq!(trace.series[0].samples.len(), 20, "the window is open on the left");
        assert_eq!(trace.series[0].name, "http_requests_total{code=\"200\"}");
    }
}
