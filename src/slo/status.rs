//! How an objective stands, for screens and the command line.

use super::{Backtest, Budget, BurnRow, Contributors, Exhaustion, Policy, Severity, Slo};
use crate::domain::{Explained, Finding, ServiceKey, SignalSource};
use serde::Serialize;
use std::sync::Arc;
use std::time::Duration;

/// What can be said about an objective. No data is not zero: the states in
/// which there is no number, or not the whole one, are told apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Standing {
    /// Numbers.
    Counted,
    /// Numbers, and nothing bad among them so far.
    NoErrors,
    /// Events are counted and there were none in the past hour: the burn is 0
    /// and the budget stays.
    NoTraffic,
    /// Observed for less than a minute.
    Collecting,
    /// No series of its indicator was ever seen.
    Absent,
    /// Numbers until then, nothing since (seconds since the epoch).
    Stale {
        /// The last moment observed.
        since: i64,
    },
    /// More was bad than there was: the indicator contradicts itself.
    Inconsistent,
    /// It cannot be counted.
    Failed {
        /// Why.
        why: String,
    },
}

impl Standing {
    /// Whether there is a budget to show.
    pub fn has_budget(&self) -> bool {
        match self {
            Self::Counted | Self::NoErrors | Self::NoTraffic | Self::Stale { .. } => true,
            Self::Collecting | Self::Absent | Self::Inconsistent | Self::Failed { .. } => false,
        }
    }

    /// In a word or two; empty if there are plain numbers.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Counted => "",
            Self::NoErrors => "no errors yet",
            Self::NoTraffic => "no traffic",
            Self::Collecting => "collecting",
            Self::Absent => "no series",
            Self::Stale { .. } => "stale",
            Self::Inconsistent => "contradictory",
            Self::Failed { .. } => "failed",
        }
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Requests, samples.
    Events,
    /// Time, where a ratio is all there is.
    Seconds,
    /// Slices of time, by the budgeting method.
    Slices,
    /// Events of several objectives, each weighed as the composite says.
    Weighted,
}

impl Unit {
    /// The word for many of them.
    pub fn word(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Seconds => "seconds",
            Self::Slices => "slices",
            Self::Weighted => "weighted events",
        }
    }
}

/// What happened in one window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Measured {
    /// How long the window is.
    pub window: Duration,
    /// Bad in it.
    pub bad: f64,
    /// All in it.
    pub total: f64,
    /// Times sustainable; none without events.
    pub burn: Option<f64>,
}

/// How a row of the alert table stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum RowState {
    /// Nothing to see.
    Quiet,
    /// The short window is above the threshold; if this goes on, it fires then.
    Rising {
        /// From now.
        fires_in: Duration,
    },
    /// Both are above it, not yet for as long as the row asks.
    Pending {
        /// Until it fires.
        fires_in: Duration,
    },
    /// Alerts.
    Firing {
        /// Since when, seconds since the epoch.
        since: i64,
    },
    /// Too few events to believe it: one bad event would be above the threshold.
    TooFew,
    /// The threshold is above everything.
    CannotFire,
    /// Nothing was counted.
    NoData,
}

/// A row of the alert table with its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RowStatus {
    /// The row.
    pub row: BurnRow,
    /// Its long window.
    pub long: Measured,
    /// Its short window.
    pub short: Measured,
    /// How it stands.
    pub state: RowState,
}

/// How an objective stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SloStatus {
    /// The objective.
    #[serde(skip)]
    pub slo: Arc<Slo>,
    /// The namespace its queries name; none if they name none.
    pub namespace: Option<String>,
    /// What can be said.
    pub standing: Standing,
    /// The budget of its window, as far as it was observed.
    pub budget: Budget,
    /// What it counts.
    pub unit: Unit,
    /// Share of the events that the demo made up.
    pub simulated: f64,
    /// The alert table, most urgent row first.
    pub rows: Vec<RowStatus>,
    /// When the budget is gone at the burn of the first row's long window.
    pub exhaustion: Exhaustion,
    /// The same, with older errors leaving the window meanwhile.
    pub exhaustion_net: Exhaustion,
    /// Budget left from the beginning of the window to now, evenly spaced; none
    /// where nothing was observed.
    pub burndown: Vec<Option<f32>>,
    /// The beginning of the window, seconds since the epoch.
    pub begins: i64,
    /// Up to when it was observed, seconds since the epoch.
    pub until: i64,
    /// What its alert table would have done in the history there is; none
    /// before it was played.
    #[serde(skip)]
    pub backtest: Option<Arc<Backtest>>,
    /// Who burns it, by label; none before it was asked.
    pub contributors: Option<Arc<Vec<Contributors>>>,
    /// How its numbers come about.
    pub explained: Vec<Explained>,
}

impl SloStatus {
    /// The most urgent alert that fires. Numbers that contradict each other wake
    /// nobody.
    pub fn firing(&self) -> Option<Severity> {
        if !self.standing.has_budget() {
            return None;
        }
        let firing = self.rows.iter().filter(|row| matches!(row.state, RowState::Firing { .. }));
        firing.map(|row| row.row.severity).max()
    }

    /// The burn that is talked about: of the first row's long window.
    pub fn burn(&self) -> Option<f64> {
        self.rows.first().and_then(|row| row.long.burn)
    }

    /// Share of the budget left; none where there is no budget to show.
    pub fn left(&self) -> Option<f64> {
        self.standing.has_budget().then(|| self.budget.remaining())
    }

    /// What it is called, without the service's name in front of it.
    pub fn title(&self) -> &str {
        let (name, service) = (self.slo.name.as_str(), self.slo.service.as_str());
        let rest = name.strip_prefix(service).and_then(|rest| rest.strip_prefix(['-', '_']));
        rest.filter(|rest| !rest.is_empty()).unwrap_or(name)
    }

    /// Whether it is about this service.
    pub fn is_about(&self, service: &ServiceKey) -> bool {
        self.slo.service == service.name.as_str()
            && self.namespace.as_deref().is_none_or(|namespace| namespace == service.namespace.as_str())
    }
}

/// Every objective known, and what became of the files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    /// Where files are looked for.
    pub folder: String,
    /// By budget left, least first.
    pub slos: Vec<Arc<SloStatus>>,
    /// What budgets allow, the policies of files before that of the settings.
    pub policies: Vec<Policy>,
    /// What is wrong with the files.
    pub findings: Vec<Finding>,
    /// From what it was counted; none before the first time.
    pub source: Option<SignalSource>,
    /// What the source warned of, or why it failed.
    pub warnings: Vec<String>,
}

impl Board {
    /// The objectives of a service, least budget first.
    pub fn of<'a>(&'a self, service: &'a ServiceKey) -> impl Iterator<Item = &'a Arc<SloStatus>> {
        self.slos.iter().filter(move |status| status.is_about(service))
    }

    /// How many burn so fast that somebody is to be told.
    pub fn burning(&self) -> usize {
        self.slos.iter().filter(|status| status.firing().is_some()).count()
    }

    /// Puts them into their order: the least left first, then what has no number.
    pub fn sort(&mut self) {
        self.slos.sort_by(|a, b| {
            let left = |status: &SloStatus| status.left().unwrap_or(f64::INFINITY);
            left(a).total_cmp(&left(b)).then_with(|| a.slo.id.cmp(&b.slo.id))
        });
    }
}
