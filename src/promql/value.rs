//! What an evaluation returns.

use super::labels::Labels;
use super::source::Samples;

/// One element of an instant vector.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Labels of the element.
    pub labels: Labels,
    /// Its value at the time of evaluation.
    pub value: f64,
}

/// One series of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// Labels of the series.
    pub labels: Labels,
    /// Its points. For a range query the times are the steps that have a
    /// value; for `x[5m]` they are the samples' own.
    pub points: Samples,
}

/// The result of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A number (instant queries).
    Scalar(f64),
    /// A string literal (instant queries).
    Text(String),
    /// An instant vector, in the order the expression gives (`sort`, `topk`).
    Vector(Vec<Sample>),
    /// A range vector, sorted by labels; every range query gives one.
    Matrix(Vec<Track>),
}

impl Value {
    /// The type's name in the Prometheus API.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Scalar(_) => "scalar",
            Self::Text(_) => "string",
            Self::Vector(_) => "vector",
            Self::Matrix(_) => "matrix",
        }
    }
}
