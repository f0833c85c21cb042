//! From samples to readings.

use super::{
    FAMILIES, FIRST_WINDOW, Family, HISTORY, HISTORY_STEP, QUICK_WINDOW, Queries, Query, Span, WINDOW,
};
use crate::domain::{Explained, Reading, SignalSource, Signals};
use crate::promql::{Answers, Error, Value};
use jiff::Timestamp;
use std::cmp::Ordering;

/// Evaluates the golden signals of the series matched by `selector` at `at`.
/// None if there are no requests of a family we know. While less than a
/// [`QUICK_WINDOW`] was observed there are no numbers: a rate over a window
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
    let fills = |window: Span| observed.is_some_and(|seconds| seconds >= window.length.as_secs_f64());
    // While targets are read quickly a short window is whole, and a longer one has no samples
    // before its first.
    let window = if fills(WINDOW) {
        WINDOW
    } else if reader.is_quick(family, selector)? {
        QUICK_WINDOW
    } else if fills(FIRST_WINDOW) {
        FIRST_WINDOW
    } else {
        return Ok(Some(collecting(at, from, family, selector)));
    };
    let queries = Queries::new(family, selector, window);
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
    let (usage, used) = reader.usage((family, selector), window, &from)?;
    let mut explained = vec![
        explain(&queries.rate, rate),
        explain(&queries.rate_hour_ago, rate_hour_ago),
        explain(&queries.errors, errors),
        explain(p50, latency[0]),
        explain(p95, latency[1]),
        explain(p99, latency[2]),
    ];
    explained.extend(used);
    Ok(Some(Signals {
        at,
        source: from,
        family: family.total.to_owned(),
        selector: selector.to_owned(),
        code_label: family.code,
        window: window.words,
        rate,
        rate_hour_ago,
        errors,
        p50: latency[0],
        p95: latency[1],
        p99: latency[2],
        usage,
        codes: reader.shares(&queries.codes, family.code)?,
        routes: reader.shares(&queries.routes, family.route)?,
        rate_history: reader.history(&queries.rate, window)?,
        error_history: reader.history(&queries.errors, window)?,
        p95_history: reader.history(p95, window)?,
        explained,
    }))
}

fn collecting(at: Timestamp, source: SignalSource, family: &Family, selector: &str) -> Signals {
    let queries = Queries::new(family, selector, FIRST_WINDOW);
    let (none, empty) = (Reading::Collecting, Vec::new);
    let explained = queries.all().map(|query| explain(query, none)).collect();
    Signals {
        at,
        source,
        family: family.total.to_owned(),
        selector: selector.to_owned(),
        code_label: family.code,
        window: FIRST_WINDOW.words,
        rate: none,
        rate_hour_ago: Reading::Absent,
        errors: none,
        p50: none,
        p95: none,
        p99: none,
        usage: None,
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

    /// Whether a [`QUICK_WINDOW`] tells the truth: every target was read at its
    /// begin, in its middle and at its end, each time within 5 s and a tenth of
    /// that, as far as `rate` extends to an edge. A target that is missing there
    /// would make a sum too low.
    fn is_quick(&self, family: &Family, selector: &str) -> Result<bool, Error> {
        let series = format!("{}{{{selector}}}", family.total);
        let targets = |of: &str| format!("count(count by (instance) ({of}))");
        let parts = [" offset 14500ms", " offset 7250ms", ""];
        let read = parts.map(|ago| format!("count_over_time({series}[5500ms]{ago})")).join(" and ");
        let whole = format!("{} == {}", targets(&read), targets(&series));
        Ok(!self.vector(&whole)?.is_empty())
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
        let whole_from = self.since_ms + window.length.as_millis() as i64;
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
mod tests;
mod usage;
