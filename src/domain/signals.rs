//! The golden signals of a service, each a reading that knows how sure it is.

use jiff::Timestamp;
use serde::Serialize;

/// A number, or which of four reasons there is none. No data is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state", content = "value")]
pub enum Reading {
    /// The number.
    Value(f64),
    /// No such series exists: not instrumented, or not scraped.
    #[default]
    Absent,
    /// The series are there and nothing was asked of the service.
    NoTraffic,
    /// Too few samples yet; two scrapes are needed for a rate.
    Collecting,
}

impl Reading {
    /// The number, if there is one.
    pub fn value(self) -> Option<f64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::NoTraffic | Self::Collecting => None,
        }
    }

    /// What to say instead of a number; empty if there is one.
    pub fn why_not(self) -> &'static str {
        match self {
            Self::Value(_) => "",
            Self::Absent => "no series",
            Self::NoTraffic => "no traffic",
            Self::Collecting => "collecting",
        }
    }
}

/// How a number came about, for the person who asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// What it is: `errors`
    pub name: &'static str,
    /// The formula in words.
    pub formula: &'static str,
    /// The expression that was evaluated.
    pub promql: String,
    /// What came out.
    pub reading: Reading,
    /// Unit of the reading: `req/s`, `s`, `ratio`.
    pub unit: &'static str,
}

/// Where samples come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "source", content = "name")]
pub enum SignalSource {
    /// The console scrapes the pods itself.
    Scraper,
    /// A Prometheus-compatible server.
    Prometheus(String),
}

/// What the pods of a service use of one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Used {
    /// Of the pod that uses most: cores, or bytes.
    pub worst: f64,
    /// Which one that is.
    pub pod: String,
    /// Mean of all pods.
    pub mean: f64,
}

/// What the pods of a service use.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Usage {
    /// The metrics that say so: `container`, `process`.
    pub from: &'static str,
    /// The matchers of their series, without braces.
    #[serde(skip)]
    pub selector: String,
    /// Cores.
    pub cpu: Option<Used>,
    /// Bytes.
    pub memory: Option<Used>,
}

/// Everything the signal panels show of one service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signals {
    /// When it was evaluated.
    pub at: Timestamp,
    /// From what.
    pub source: SignalSource,
    /// The metric family that was found: `http_requests_total`.
    pub family: String,
    /// The matchers of the service's series, without braces.
    #[serde(skip)]
    pub selector: String,
    /// The label of the family that has the status code.
    #[serde(skip)]
    pub code_label: &'static str,
    /// Over what every rate is a mean, in words: `5 min`.
    pub window: &'static str,
    /// Requests per second, mean of the window.
    pub rate: Reading,
    /// The same an hour ago.
    pub rate_hour_ago: Reading,
    /// Share of requests that failed on the server's side, 0 to 1.
    pub errors: Reading,
    /// Median latency in seconds.
    pub p50: Reading,
    /// 95th percentile in seconds.
    pub p95: Reading,
    /// 99th percentile in seconds.
    pub p99: Reading,
    /// What its pods use; none if none says so.
    pub usage: Option<Usage>,
    /// Failing codes and their share of all failures, largest first.
    pub codes: Vec<(String, f64)>,
    /// Endpoints and their share of all requests, largest first.
    pub routes: Vec<(String, f64)>,
    /// Requests per second over the past half hour; a gap is a gap.
    pub rate_history: Vec<Option<f64>>,
    /// Error share over the past half hour.
    pub error_history: Vec<Option<f64>>,
    /// 95th percentile over the past half hour.
    pub p95_history: Vec<Option<f64>>,
    /// How each number came about.
    pub explained: Vec<Explained>,
}

/// Requests in the window below which a share of failures says more than is
/// known: of 19 requests one failure is 5 %, and the next one makes it 10 %.
const FEW: f64 = 20.0;

impl Signals {
    /// Failed and all requests of the window where they are so few that they are
    /// to be shown as such, `1/3` and not `33%`; none from 20 requests on, and
    /// where there is no number.
    pub fn few(&self) -> Option<(u64, u64)> {
        let (rate, errors) = (self.rate.value()?, self.errors.value()?);
        // `5 min`: the window in words is the only form it is kept in.
        let minutes: f64 = self.window.split(' ').next()?.parse().ok()?;
        let all = (rate * minutes * 60.0).round();
        (all < FEW).then(|| {
            let all = all.max(1.0);
            ((errors * all).round() as u64, all as u64)
        })
    }
}

/// What the console can say about a service's signals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum SignalState {
    /// Numbers.
    Ready(Box<Signals>),
    /// The pods are being read; no requests of a family we know so far.
    Waiting,
    /// Reading failed.
    Failed {
        /// Why.
        why: String,
    },
    /// Reading fails now; these are the last numbers, of the moment they name.
    Stale {
        /// The last numbers.
        signals: Box<Signals>,
        /// Why there are no newer ones.
        why: String,
    },
}

impl SignalState {
    /// Whether nothing differs but the moment of reading: a paused world must
    /// not make the screen draw.
    pub fn shows_the_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Ready(a), Self::Ready(b)) => Signals { at: b.at, ..(**a).clone() } == **b,
            _ => self == other,
        }
    }

    /// The numbers, however old.
    pub fn signals(&self) -> Option<&Signals> {
        match self {
            Self::Ready(signals) | Self::Stale { signals, .. } => Some(signals),
            Self::Waiting | Self::Failed { .. } => None,
        }
    }
}
