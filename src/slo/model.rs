//! One kind of SLO for all formats.

use super::QueryTemplate;
use jiff::civil::DateTime;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// A promise about a service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slo {
    /// Unique among all that were read: `service/name`, with the objective's
    /// place appended where one document makes several.
    pub id: String,
    /// The service it is about.
    pub service: String,
    /// What it is called.
    pub name: String,
    /// In a person's words; may be empty.
    pub description: String,
    /// How much must be good.
    pub objective: Objective,
    /// Over which time.
    pub window: Window,
    /// Where calendar windows begin; none for midnight UTC.
    pub calendar: Option<Calendar>,
    /// How good and bad are counted.
    pub budgeting: Budgeting,
    /// What is measured.
    pub sli: Sli,
    /// Labels that split it into one SLO for each value.
    pub group_by: Vec<String>,
    /// Of an SLO that was split: which of the label sets this one is.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub group: BTreeMap<String, String>,
    /// Labels people put on it.
    pub labels: BTreeMap<String, String>,
    /// Where it was written.
    pub origin: Origin,
}

/// The share that must be good, between 0 and 1, both excluded.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Objective(f64);

impl Objective {
    /// An objective from a ratio such as 0.999; none if it cannot be one.
    pub fn from_ratio(ratio: f64) -> Option<Self> {
        (ratio > 0.0 && ratio < 1.0).then_some(Self(ratio))
    }

    /// An objective from percent such as 99.9; none if it cannot be one.
    pub fn from_percent(percent: f64) -> Option<Self> {
        Self::from_ratio(trillionths(percent / 100.0))
    }

    /// The ratio.
    pub fn ratio(self) -> f64 {
        self.0
    }

    /// The share that may be bad.
    pub fn budget(self) -> f64 {
        trillionths(1.0 - self.0)
    }
}

/// Without the noise of binary fractions: 99.9 / 100 is 0.9990000000000001, and
/// 1 - 0.999 is 0.0010000000000000009. Nobody promises twelve nines.
fn trillionths(share: f64) -> f64 {
    (share * 1e12).round() / 1e12
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Six decimals hide float noise (99.90000000000001) and keep 99.9999.
        let text = format!("{:.6}", self.0 * 100.0);
        write!(f, "{}%", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The time an objective is kept over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "length")]
pub enum Window {
    /// The last so much.
    Rolling(Duration),
    /// Calendar periods of about so much; the budget is whole again at each beginning.
    Calendar(Duration),
}

impl Window {
    /// How long it is.
    pub fn length(self) -> Duration {
        match self {
            Self::Rolling(length) | Self::Calendar(length) => length,
        }
    }
}

/// Where the periods of a calendar window begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// The time zone, as `Europe/Berlin`.
    pub zone: String,
    /// The beginning of one of them, in that zone; none for Mondays, and the
    /// first of months, quarters and years.
    pub start: Option<DateTime>,
}

/// How good and bad are counted (OpenSLO's `budgetingMethod`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "method")]
pub enum Budgeting {
    /// Σ good / Σ total.
    #[default]
    Occurrences,
    /// A slice is good if its own ratio reaches `target`; good slices / all slices.
    Timeslices {
        /// What a slice must reach.
        target: f64,
        /// How long a slice is.
        slice: Duration,
    },
    /// The mean of the slices' ratios: a quiet night weighs as much as the peak.
    RatioTimeslices {
        /// How long a slice is.
        slice: Duration,
    },
}

/// What is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Sli {
    /// Bad events of all events.
    BadOfTotal {
        /// Counts bad events.
        bad: QueryTemplate,
        /// Counts all events.
        total: QueryTemplate,
    },
    /// Good events of all events.
    GoodOfTotal {
        /// Counts good events.
        good: QueryTemplate,
        /// Counts all events.
        total: QueryTemplate,
    },
    /// A ratio somebody already works out.
    Raw {
        /// Gives it.
        ratio: QueryTemplate,
        /// Whether it is the share of success; else of errors.
        success: bool,
    },
    /// The mean of a series that is 1 while well.
    BoolGauge {
        /// The series.
        metric: QueryTemplate,
    },
    /// Share of samples for which a comparison holds.
    Threshold {
        /// Gives the samples.
        metric: QueryTemplate,
        /// `lt`, `lte`, `gt`, `gte`.
        op: String,
        /// What they are compared with.
        value: f64,
    },
    /// Several objectives of one journey, as one.
    Composite {
        /// Each of them an objective of its own.
        parts: Vec<Component>,
    },
}

impl Sli {
    /// The queries it is written with; of several objectives in one none: its
    /// parts are objectives of their own.
    pub fn queries(&self) -> Vec<&QueryTemplate> {
        match self {
            Self::BadOfTotal { bad, total } => vec![bad, total],
            Self::GoodOfTotal { good, total } => vec![good, total],
            Self::Raw { ratio, .. } => vec![ratio],
            Self::BoolGauge { metric } | Self::Threshold { metric, .. } => vec![metric],
            Self::Composite { .. } => Vec::new(),
        }
    }
}

/// An objective within a composite one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Component {
    /// The objective's id.
    pub id: String,
    /// How much must be good of it.
    pub objective: Objective,
    /// What its burn is multiplied by, above 0 (OpenSLO's `compositeWeight`).
    pub weight: f64,
    /// What is measured.
    pub sli: Sli,
}

impl Component {
    /// What one share of bad events of this part is of the whole's, where
    /// `budget` is the whole's: its burn counts `weight` times.
    pub fn share(&self, budget: f64) -> f64 {
        self.weight * budget / self.objective.budget()
    }
}

/// The objective of several as one: the strictest. What OpenSLO leaves open;
/// burns do not depend on it.
pub fn strictest(parts: &[Component]) -> Option<Objective> {
    let all = parts.iter().map(|part| part.objective);
    all.max_by(|a, b| a.ratio().total_cmp(&b.ratio()))
}

/// Where an SLO was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Origin {
    /// Path as it was given.
    pub file: String,
    /// Line, from 1; 0 where it is no file.
    pub line: usize,
    /// In which format.
    pub format: Format,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// The formats read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `openslo/v1` and `openslo/v1alpha`.
    OpenSlo,
    /// `version: prometheus/v1` and the PrometheusServiceLevel resource.
    Sloth,
    /// The ServiceLevelObjective resource.
    Pyrra,
}

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenSlo => "OpenSLO",
            Self::Sloth => "Sloth",
            Self::Pyrra => "Pyrra",
        }
    }
}
