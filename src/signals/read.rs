//! From samples to readings.

use super::{FAMILIES, Family, HISTORY, HISTORY_STEP, Queries, Query};
use crate::domain::{Explained, Reading, SignalSource, Signals};
use crate::promql::{Error, Limits, Series, Value, parse};
use jiff::Timestamp;
use std::cmp::Ordering;

/// Evaluates the golden signals of the series matched by `selector` at `at`.
/// None if there are no requests of a family we know.
///
/// # Errors
/// The evaluation was stopped by its limits, or the source failed.
pub fn read(
    source: &dyn Series,
    selector: &str,
    at: Timestamp,
    from: SignalSource,
    limits: &Limits,
) -> Result<Option<Signals>, Error> {
    let reader = Reader { source, at_ms: at.as_millisecond(), limits };
    let Some(family) = reader.family(selector)? else { return Ok(None) };
    let queries = Queries::new(family, selector);
    let rate = reader.reading(&queries.rate, Reading::Collecting)?;
    // Nothing was asked: ratios and quantiles of nothing are no numbers.
    let idle = if rate == Reading::Value(0.0) { Reading::NoTraffic } else { Reading::Collecting };
    let errors = reader.reading(&queries.errors, idle)?;
    let [p50, p95, p99] = &queries.latency;
    let latency = [reader.reading(p50, idle)?, reader.reading(p95, idle)?, reader.reading(p99, idle)?];
    let rate_hour_ago = reader.reading(&queries.rate_hour_ago, Reading::Absent)?;
    let explain = |query: &Query, reading: Reading| Explained {
        name: query.name,
        formula: query.formula,
        promql: query.promql.clone(),
        reading,
        unit: query.unit,
    };
    Ok(Some(Signals {
        at,
        source: from,
        family: family.total.to_owned(),
        rate,
        rate_hour_ago,
        errors,
        p50: latency[0],
        p95: latency[1],
        p99: latency[2],
        codes: reader.shares(&queries.codes, family.code)?,
        routes: reader.shares(&queries.routes, family.route)?,
        rate_history: reader.history(&queries.rate)?,
        error_history: reader.history(&queries.errors)?,
        p95_history: reader.history(p95)?,
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

struct Reader<'a> {
    source: &'a dyn Series,
    at_ms: i64,
    limits: &'a Limits,
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

    fn history(&self, query: &Query) -> Result<Vec<Option<f64>>, Error> {
        let step = HISTORY_STEP.as_millis() as i64;
        let count = HISTORY.as_millis() as i64 / step;
        // Aligned to the step, so that old points do not move as time goes on.
        let end = self.at_ms - self.at_ms.rem_euclid(step);
        let start = end - (count - 1) * step;
        let mut points = vec![None; count as usize];
        let Ok(parsed) = parse(&query.promql) else { return Ok(points) };
        if let (Value::Matrix(tracks), _) = parsed.range(self.source, start, end, step, self.limits)?
            && let Some(track) = tracks.first()
        {
            for (at, value) in track.points.times.iter().zip(&track.points.values) {
                let index = usize::try_from((at - start) / step).unwrap_or(usize::MAX);
                if let Some(point) = points.get_mut(index).filter(|_| value.is_finite()) {
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
        let parsed = parse(text).map_err(|error| Error::Execution(format!("{error}: {text}")))?;
        Ok(match parsed.instant(self.source, self.at_ms, self.limits)? {
            (Value::Vector(samples), _) => {
                samples.iter().map(|sample| (sample.labels.get(label).to_owned(), sample.value)).collect()
            }
            (Value::Scalar(value), _) => vec![(String::new(), value)],
            (Value::Text(_) | Value::Matrix(_), _) => Vec::new(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::promql::{Labels, MemorySeries, Samples};

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
        read(source, "service=\"a\"", at, SignalSource::Scraper, &Limits::default()).unwrap()
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
        let one = Samples { times: vec![NOW - 1_000], values: vec![5.0] };
        fresh.append(&Labels::from_pairs(labels), &one);
        assert_eq!(signals(&fresh).unwrap().rate, Reading::Collecting);
    }
}
