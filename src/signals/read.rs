//! From samples to readings.

use super::{FAMILIES, FIRST_WINDOW, Family, HISTORY, HISTORY_STEP, Queries, Query, Span, WINDOW};
use crate::domain::{Explained, Reading, SignalSource, Signals};
use crate::promql::{Answers, Error, Value};
use jiff::Timestamp;
use std::cmp::Ordering;

/// Evaluates the golden signals of the series matched by `selector` at `at`.
/// None if there are no requests of a family we know. While less than a
/// [`FIRST_WINDOW`] was observed there are no numbers: a rate over a window
/// that is mostly empty is too low.
///
/// # Errors
/// The evaluation was stopped by its limits, or the source failed.
pub fn read(
    source: &dyn Answers,
    selector: &str,
    at: Timestamp,
    from: SignalSource,
) -> Result<Option<Signals>, Error> {
    let reader = Reader { source, at_ms: at.as_millisecond(), since_ms: 0 };
    let Some(family) = reader.family(selector)? else { return Ok(None) };
    let observed = reader.observed(family, selector)?;
    let (window, enough) = match observed {
        Some(seconds) if seconds >= filled(WINDOW) => (WINDOW, true),
        Some(seconds) => (FIRST_WINDOW, seconds >= filled(FIRST_WINDOW)),
        None => (FIRST_WINDOW, false),
    };
    let queries = Queries::new(family, selector, window);
    if !enough {
        return Ok(Some(collecting(at, from, family, &queries)));
    }
    let reader = Reader { since_ms: reader.at_ms - observed.map_or(0, |s| (s * 1000.0) as i64), ..reader };
    let rate = reader.reading(&queries.rate, Reading::Collecting)?;
    // Nothing was asked: ratios and quantiles of nothing are no numbers.
    let idle = if rate == Reading::Value(0.0) { Reading::NoTraffic } else { Reading::Collecting };
    let errors = reader.reading(&queries.errors, idle)?;
    let [p50, p95, p99] = &queries.latency;
    let latency = [reader.reading(p50, idle)?, reader.reading(p95, idle)?, reader.reading(p99, idle)?];
    let then = format!("count({}{{{selector}}} offset 65m)", family.total);
    let rate_hour_ago = if reader.vector(&then)?.is_empty() {
        Reading::Absent
    } else {
        reader.reading(&queries.rate_hour_ago, Reading::Absent)?
    };
    Ok(Some(Signals {
        at,
        source: from,
        family: family.total.to_owned(),
        window: window.words,
        rate,
        rate_hour_ago,
        errors,
        p50: latency[0],
        p95: latency[1],
        p99: latency[2],
        codes: reader.shares(&queries.codes, family.code)?,
        routes: reader.shares(&queries.routes, family.route)?,
        rate_history: reader.history(&queries.rate, window)?,
        error_history: reader.history(&queries.errors, window)?,
        p95_history: reader.history(p95, window)?,
        explained: vec![
            explain(&queries.rate, rate),
            explain(&queries.rate_hour_ago, rate_hour_ago),
            explain(&queries.errors, errors),
            explain(p50, latency[0]),
            explain(p95, latency[1]),
            explain(p99, latency[2]),
        ],
    }))
}

/// Seconds of samples that fill a window: two scrapes may lie outside its edges.
fn filled(window: Span) -> f64 {
    window.length.as_secs_f64() - 15.0
}

fn collecting(at: Timestamp, source: SignalSource, family: &Family, queries: &Queries) -> Signals {
    let (none, empty) = (Reading::Collecting, Vec::new);
    let explained = queries.all().map(|query| explain(query, none)).collect();
    Signals {
        at,
        source,
        family: family.total.to_owned(),
        window: FIRST_WINDOW.words,
        rate: none,
        rate_hour_ago: Reading::Absent,
        errors: none,
        p50: none,
        p95: none,
        p99: none,
        codes: Vec::new(),
        routes: Vec::new(),
        rate_history: empty(),
        error_history: empty(),
        p95_history: empty(),
        explained,
    }
}

fn explain(query: &Query, reading: Reading) -> Explained {
    Explained {
        name: query.name,
        formula: query.formula,
        promql: query.promql.clone(),
        reading,
        unit: query.unit,
    }
}

struct Reader<'a> {
    source: &'a dyn Answers,
    at_ms: i64,
    /// The earliest sample known of; points whose window reaches before it are gaps.
    since_ms: i64,
}

impl Reader<'_> {
    fn family(&self, selector: &str) -> Result<Option<&'static Family>, Error> {
        for family in &FAMILIES {
            let text = format!("count({}{{{selector},{}!=\"\"}})", family.total, family.code);
            if !self.vector(&text)?.is_empty() {
                return Ok(Some(family));
            }
        }
        Ok(None)
    }

    /// Seconds since the earliest sample of the past [`HISTORY`] and a window
    /// before it; none without samples. At most a step too short, never too long.
    fn observed(&self, family: &Family, selector: &str) -> Result<Option<f64>, Error> {
        let (total, reach) = (family.total, (HISTORY + WINDOW.length).as_secs());
        let text = format!("time() - min(min_over_time(timestamp({total}{{{selector}}})[{reach}s:15s]))");
        Ok(self.vector(&text)?.first().map(|(_, seconds)| *seconds))
    }

    /// The one number of a query; `otherwise` if there is none, or it is NaN
    /// (0/0, a quantile of nothing).
    fn reading(&self, query: &Query, otherwise: Reading) -> Result<Reading, Error> {
        let value = self.vector(&query.promql)?.first().map(|(_, value)| *value);
        Ok(value.filter(|value| !value.is_nan()).map_or(otherwise, Reading::Value))
    }

    /// The share each value of `label` has in the sum, largest first; nothing
    /// where the sum is zero.
    fn shares(&self, query: &Query, label: &str) -> Result<Vec<(String, f64)>, Error> {
        let rows = self.vector_by(&query.promql, label)?;
        let sum: f64 = rows.iter().map(|(_, value)| value).sum();
        let mut shares: Vec<(String, f64)> = rows
            .into_iter()
            .filter(|(_, value)| *value > 0.0)
            .map(|(name, value)| (name, value / sum))
            .collect();
        shares.sort_by(|a, b| b.1.partial_cmp(&a.1).unwrap_or(Ordering::Equal).then_with(|| a.0.cmp(&b.0)));
        Ok(shares)
    }

    fn history(&self, query: &Query, window: Span) -> Result<Vec<Option<f64>>, Error> {
        let step = HISTORY_STEP.as_millis() as i64;
        let count = HISTORY.as_millis() as i64 / step;
        // Aligned to the step, so that old points do not move as time goes on.
        let end = self.at_ms - self.at_ms.rem_euclid(step);
        let start = end - (count - 1) * step;
        let whole_from = self.since_ms + (filled(window) * 1000.0) as i64;
        let mut points = vec![None; count as usize];
        if let Value::Matrix(tracks) = self.source.range(&query.promql, start, end, step)?
            && let Some(track) = tracks.first()
        {
            for (at, value) in track.points.times.iter().zip(&track.points.values) {
                let index = usize::try_from((at - start) / step).unwrap_or(usize::MAX);
                let usable = value.is_finite() && *at >= whole_from;
                if let Some(point) = points.get_mut(index).filter(|_| usable) {
                    *point = Some(*value);
                }
            }
        }
        Ok(points)
    }

    fn vector(&self, text: &str) -> Result<Vec<(String, f64)>, Error> {
        self.vector_by(text, "")
    }

    fn vector_by(&self, text: &str, label: &str) -> Result<Vec<(String, f64)>, Error> {
        Ok(match self.source.instant(text, self.at_ms)? {
            Value::Vector(samples) => {
                samples.iter().map(|sample| (sample.labels.get(label).to_owned(), sample.value)).collect()
            }
            Value::Scalar(value) => vec![(String::new(), value)],
            Value::Text(_) | Value::Matrix(_) => Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};

    const NOW: i64 = 3_600_000;

    /// Ten minutes of samples every 15 s, rising by `per_second`.
    fn counter(source: &mut MemorySeries, labels: &[(&str, &str)], per_second: f64) {
        let mut samples = Samples::default();
        for n in 0..=40 {
            samples.push(NOW - 600_000 + n * 15_000, n as f64 * 15.0 * per_second);
        }
        source.append(&Labels::from_pairs(labels.iter().copied()), &samples);
    }

    fn requests(source: &mut MemorySeries, route: &str, code: &str, per_second: f64) {
        let labels =
            [("__name__", "http_requests_total"), ("service", "a"), ("route", route), ("code", code)];
        counter(source, &labels, per_second);
    }

    fn signals(source: &MemorySeries) -> Option<Signals> {
        let at = Timestamp::from_millisecond(NOW).unwrap();
        let (series, limits) = (source, &Limits::default());
        read(&Local { series, limits }, "service=\"a\"", at, SignalSource::Scraper).unwrap()
    }

    fn near(reading: Reading, expected: f64) {
        let value = reading.value().unwrap_or(f64::NAN);
        assert!((value - expected).abs() < 1e-9, "{reading:?} is not {expected}");
    }

    #[test]
    fn hand_computed_signals() {
        let mut source = MemorySeries::default();
        requests(&mut source, "/pay", "200", 8.0);
        requests(&mut source, "/pay", "500", 1.5);
        requests(&mut source, "/cart", "503", 0.5);
        for (le, rate) in [("0.1", 5.0), ("0.2", 10.0), ("+Inf", 10.0)] {
            let name = ("__name__", "http_request_duration_seconds_bucket");
            counter(&mut source, &[name, ("service", "a"), ("le", le)], rate);
        }
        let signals = signals(&source).unwrap();
        near(signals.rate, 10.0);
        near(signals.errors, 0.2);
        near(signals.p50, 0.1);
        near(signals.p95, 0.19);
        assert_eq!(signals.rate_hour_ago, Reading::Absent);
        assert_eq!(signals.codes, [("500".to_owned(), 0.75), ("503".to_owned(), 0.25)]);
        assert_eq!(signals.routes[0].0, "/pay");
        assert_eq!(signals.rate_history.len(), 60);
        assert!(signals.rate_history[0].is_none() && signals.rate_history[59].is_some(), "a gap is a gap");
    }

    #[test]
    fn the_four_ways_of_having_no_number() {
        assert_eq!(signals(&MemorySeries::default()), None, "nothing offered");
        let mut idle = MemorySeries::default();
        requests(&mut idle, "/", "200", 0.0);
        let quiet = signals(&idle).unwrap();
        assert_eq!(
            (quiet.rate, quiet.errors, quiet.p95),
            (Reading::Value(0.0), Reading::NoTraffic, Reading::NoTraffic)
        );
        let mut healthy = MemorySeries::default();
        requests(&mut healthy, "/", "200", 1.0);
        near(signals(&healthy).unwrap().errors, 0.0);
        let mut fresh = MemorySeries::default();
        let labels = [("__name__", "http_requests_total"), ("service", "a"), ("code", "200")];
        let few =
            Samples { times: vec![NOW - 31_000, NOW - 16_000, NOW - 1_000], values: vec![5.0, 9.0, 12.0] };
        fresh.append(&Labels::from_pairs(labels), &few);
        let young = signals(&fresh).unwrap();
        assert_eq!((young.rate, young.errors), (Reading::Collecting, Reading::Collecting));
    }

    #[test]
    fn a_young_window_gives_the_true_rate_not_a_diluted_one() {
        let mut source = MemorySeries::default();
        let mut samples = Samples::default();
        for n in 0..=6 {
            samples.push(NOW - 90_000 + n * 15_000, n as f64 * 150.0);
        }
        let labels = [("__name__", "http_requests_total"), ("service", "a"), ("code", "200")];
        source.append(&Labels::from_pairs(labels), &samples);
        let signals = signals(&source).unwrap();
        near(signals.rate, 10.0);
        assert_eq!(signals.window, "1 min");
        let shown: Vec<_> = signals.rate_history.iter().flatten().collect();
        assert!(!shown.is_empty() && shown.iter().all(|rate| (**rate - 10.0).abs() < 1.0), "{shown:?}");
    }
}
