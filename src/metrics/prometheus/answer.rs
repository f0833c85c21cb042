//! Reading answers: the envelope, errors of all kinds, and query results.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::Answer;
use super::error::ApiError;
use super::transport::Reply;
use crate::promql::{Labels, Sample, Samples, Track, Value, parse_float};

#[derive(Deserialize)]
struct Envelope<D> {
    data: D,
    #[serde(default)]
    warnings: Vec<String>,
    #[serde(default)]
    infos: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Failure {
    error_type: String,
    error: String,
}

/// Reads an answer of any status.
pub(super) fn read<D: DeserializeOwned>(
    endpoint: &'static str,
    reply: &Reply,
) -> Result<Answer<D>, ApiError> {
    if let Ok(failure) = serde_json::from_slice::<Failure>(&reply.body) {
        let Failure { error_type: kind, error: message } = failure;
        return Err(ApiError::Api { status: reply.status, kind, message });
    }
    if matches!(reply.status, 404 | 405 | 501) {
        return Err(ApiError::Missing { endpoint });
    }
    let is_json = reply.body.trim_ascii_start().starts_with(b"{");
    if !(200..300).contains(&reply.status) || !is_json {
        let first_line = first_line(&reply.body);
        return Err(ApiError::Http { status: reply.status, first_line });
    }
    let envelope: Envelope<D> = serde_json::from_slice(&reply.body)
        .map_err(|error| ApiError::Shape { endpoint, what: error.to_string() })?;
    let Envelope { data, warnings, infos } = envelope;
    Ok(Answer { data, warnings, infos })
}

/// The first line that says something; of a web page, its first words.
pub(in crate::metrics) fn first_line(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    let mut plain = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' => {
                inside = false;
                plain.push('\n');
            }
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    let line = plain.lines().map(str::trim).find(|line| !line.is_empty());
    line.unwrap_or("(empty body)").chars().take(120).collect()
}

#[derive(Deserialize)]
#[serde(tag = "resultType", content = "result", rename_all = "lowercase")]
pub(super) enum Data {
    Vector(Vec<Element>),
    Matrix(Vec<Row>),
    Scalar((f64, String)),
    String((f64, String)),
}

#[derive(Deserialize)]
pub(super) struct Element {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    value: Option<(f64, String)>,
    histogram: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Row {
    #[serde(default)]
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, String)>,
    histograms: Option<IgnoredAny>,
}

/// A query result in our own terms; native histograms are left out with a
/// warning.
pub(super) fn value(endpoint: &'static str, answer: Answer<Data>) -> Result<Answer<Value>, ApiError> {
    let Answer { data, mut warnings, infos } = answer;
    let number = |text: &str| {
        let bad = || ApiError::Shape { endpoint, what: format!("{text:?} is not a number") };
        parse_float(text).ok_or_else(bad)
    };
    let mut native = 0_usize;
    let data = match data {
        Data::Scalar((_, text)) => Value::Scalar(number(&text)?),
        Data::String((_, text)) => Value::Text(text),
        Data::Vector(elements) => {
            let mut list = Vec::with_capacity(elements.len());
            for element in elements {
                native += usize::from(element.histogram.is_some());
                if let Some((_, text)) = element.value {
                    list.push(Sample { labels: labels(&element.metric), value: number(&text)? });
                }
            }
            Value::Vector(list)
        }
        Data::Matrix(rows) => {
            let mut list = Vec::with_capacity(rows.len());
            for row in rows {
                native += usize::from(row.histograms.is_some());
                let mut points = Samples::default();
                for (at, text) in &row.values {
                    points.push((at * 1000.0).round() as i64, number(text)?);
                }
                if !points.is_empty() {
                    list.push(Track { labels: labels(&row.metric), points });
                }
            }
            Value::Matrix(list)
        }
    };
    if native > 0 {
        warnings.push(format!("unsupported: native histogram ({native} series left out)"));
    }
    Ok(Answer { data, warnings, infos })
}

fn labels(metric: &BTreeMap<String, String>) -> Labels {
    Labels::from_pairs(metric.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}
