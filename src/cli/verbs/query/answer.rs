//! The answer of `qd query`, for people and for programs.

use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{Cell, plain, table};
use crate::domain::Fault;
use crate::promql::labels::NAME;
use crate::promql::{Labels, Samples, Value};
use crate::ui::{Glyphs, Sparkline};
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// Columns of a sparkline.
const ROOM: usize = 40;

/// What came back.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// Who was asked: `prometheus URL` or `pods of CONTEXT`.
    source: String,
    /// The time asked about.
    at: Timestamp,
    /// `scalar`, `string`, `vector`, `matrix`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// One element for a scalar or a string.
    result: Vec<Element>,
    /// What to know about it.
    pub(super) warnings: Vec<String>,
    /// Pods read and pods that offer metrics; null for a Prometheus.
    pub(super) pods: Option<(usize, usize)>,
    /// First, last and distance of the steps of a range, milliseconds.
    #[serde(skip)]
    steps: Option<(i64, i64, i64)>,
}

/// One series, or a value without labels.
#[derive(Debug, Serialize)]
struct Element {
    /// The name among them as `__name__`.
    labels: BTreeMap<String, String>,
    #[serde(flatten)]
    content: Content,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
enum Content {
    Value(Number),
    Text(String),
    /// Seconds since the epoch and values.
    Points(Vec<(f64, Number)>),
}

/// A number; text where JSON has none for it: `NaN`, `+Inf`, `-Inf`.
#[derive(Clone, Copy, Debug)]
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() { serializer.serialize_f64(self.0) } else { serializer.collect_str(self) }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            value if value.is_nan() => f.write_str("NaN"),
            f64::INFINITY => f.write_str("+Inf"),
            f64::NEG_INFINITY => f.write_str("-Inf"),
            // Plain digits of 1e300 fill the screen.
            value if value != 0.0 && !(1e-6..1e15).contains(&value.abs()) => write!(f, "{value:e}"),
            value => write!(f, "{value}"),
        }
    }
}

impl Answer {
    /// An answer of `source`; `steps` are those of a range query.
    pub(super) fn new(
        source: String,
        at: Timestamp,
        value: &Value,
        steps: Option<(i64, i64, i64)>,
        warnings: Vec<String>,
    ) -> Self {
        let bare = |content| vec![Element { labels: BTreeMap::new(), content }];
        let result = match value {
            Value::Scalar(value) => bare(Content::Value(Number(*value))),
            Value::Text(text) => bare(Content::Text(text.clone())),
            Value::Vector(samples) => samples
                .iter()
                .map(|s| Element { labels: owned(&s.labels), content: Content::Value(Number(s.value)) })
                .collect(),
            Value::Matrix(tracks) => tracks
                .iter()
                .map(|t| Element { labels: owned(&t.labels), content: Content::Points(points(&t.points)) })
                .collect(),
        };
        Self { source, at, kind: value.type_name(), result, warnings, pods: None, steps }
    }

    /// Prints it. Nothing found is an answer.
    pub(super) fn print(&self, setup: &Setup) -> Result<u8, Fault> {
        let names = || self.result.iter().map(series_name).collect();
        print(setup, self, names, || self.text(&setup.out, setup.config.flag("ascii")))?;
        Ok(0)
    }

    fn text(&self, out: &Out, ascii: bool) -> String {
        let [Element { labels, content }] = self.result.as_slice() else {
            return self.series(out, ascii);
        };
        match content {
            Content::Value(value) if self.kind == "scalar" && labels.is_empty() => format!("{value}\n"),
            Content::Text(text) => format!("{text}\n"),
            Content::Value(_) | Content::Points(_) => self.series(out, ascii),
        }
    }

    fn series(&self, out: &Out, ascii: bool) -> String {
        if self.result.is_empty() {
            return format!("nothing: no series of {} fits\n", self.source);
        }
        let ranged = self.kind == "matrix";
        let headings: &[&str] =
            if ranged { &["NAME", "LABELS", "GRAPH", "FIRST", "LAST"] } else { &["NAME", "LABELS", "VALUE"] };
        let lines: Vec<_> = self.result.iter().map(|element| self.line(element, ascii)).collect();
        table(out, headings, &lines, "")
    }

    fn line(&self, element: &Element, ascii: bool) -> Vec<Cell> {
        let name = element.labels.get(NAME).cloned().unwrap_or_else(|| "—".to_owned());
        let labels = element.labels.iter().filter(|(key, _)| *key != NAME);
        let labels: Vec<_> = labels.map(|(key, value)| format!("{key}={value:?}")).collect();
        let mut cells = vec![(name, Tone::Strong), plain(labels.join(" "))];
        match &element.content {
            Content::Value(value) => cells.push(plain(value.to_string())),
            Content::Text(text) => cells.push(plain(text.clone())),
            Content::Points(points) => {
                let end = |point: Option<&(f64, Number)>| {
                    plain(point.map(|(_, value)| value.to_string()).unwrap_or_default())
                };
                cells.push(plain(self.graph(points, ascii)));
                cells.extend([end(points.first()), end(points.last())]);
            }
        }
        cells
    }

    /// A bar for each step or, if there are too many, for the highest of a few.
    fn graph(&self, points: &[(f64, Number)], ascii: bool) -> String {
        let mut values: Vec<Option<f64>> = match self.steps {
            Some((start, end, step)) => vec![None; usize::try_from((end - start) / step + 1).unwrap_or(0)],
            None => points.iter().map(|(_, value)| Some(value.0)).collect(),
        };
        if let Some((start, _, step)) = self.steps {
            for (at, value) in points {
                let index = ((at * 1000.0).round() as i64 - start) / step;
                if let Some(place) = usize::try_from(index).ok().and_then(|index| values.get_mut(index)) {
                    *place = Some(value.0).filter(|value| value.is_finite());
                }
            }
        }
        let each = values.len().div_ceil(ROOM).max(1);
        let values: Vec<Option<f64>> =
            values.chunks(each).map(|few| few.iter().copied().flatten().reduce(f64::max)).collect();
        Sparkline { values: &values }.text(values.len(), Glyphs { ascii, linear: false })
    }
}

fn owned(labels: &Labels) -> BTreeMap<String, String> {
    labels.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn points(samples: &Samples) -> Vec<(f64, Number)> {
    let times = samples.times.iter().map(|at| *at as f64 / 1000.0);
    times.zip(samples.values.iter().map(|value| Number(*value))).collect()
}

fn series_name(element: &Element) -> String {
    Labels::from_pairs(element.labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(points: &[(i64, f64)], end: i64) -> Answer {
        let mut samples = Samples::default();
        for (at, value) in points {
            samples.push(*at, *value);
        }
        let labels = Labels::from_pairs([(NAME, "up"), ("pod", "a")]);
        let value = Value::Matrix(vec![crate::promql::Track { labels, points: samples }]);
        let steps = Some((0, end, 1000));
        Answer::new("x".into(), Timestamp::UNIX_EPOCH, &value, steps, Vec::new())
    }

    #[test]
    fn gaps_of_a_range_are_gaps_of_its_graph() {
        let out = Out::new("never", false);
        let text = range(&[(0, 1.0), (1000, 7.0), (3000, f64::NAN), (4000, 7.0)], 4000).text(&out, false);
        assert_eq!(text, "NAME  LABELS   GRAPH  FIRST  LAST\nup    pod=\"a\"  ▂█  █  1      7\n");
        let long: Vec<_> = (0..1000).map(|n| (n * 1000, n as f64)).collect();
        let text = range(&long, 999_000).text(&out, true);
        assert!(text.lines().nth(1).unwrap().contains('#') && text.len() < 150, "{text}");
    }

    #[test]
    fn numbers_json_lacks_are_text() {
        let json = serde_json::to_value(range(&[(0, f64::INFINITY), (1500, 2.0)], 2000)).unwrap();
        assert_eq!(json["type"], "matrix");
        assert_eq!(json["result"][0]["points"], serde_json::json!([[0.0, "+Inf"], [1.5, 2.0]]));
        assert_eq!(json["result"][0]["labels"]["__name__"], "up");
        assert_eq!(Number(1e300).to_string(), "1e300");
        assert_eq!(Number(0.25).to_string(), "0.25");
    }
}
