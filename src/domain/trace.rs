//! A number taken apart: the terms it is made of and the samples under them.

use jiff::Timestamp;
use serde::Serialize;

/// How an expression came to its value.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Trace {
    /// Its terms as written and what each is now; none where there is no value.
    pub terms: Vec<(String, Option<f64>)>,
    /// The series it read, those with most samples first.
    pub series: Vec<RawSeries>,
    /// Series beyond those.
    pub more: usize,
}

/// The samples of one series within what the expression looks at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RawSeries {
    /// `http_requests_total{code="500",pod="a"}`
    pub name: String,
    /// Oldest first.
    pub samples: Vec<(Timestamp, f64)>,
}
