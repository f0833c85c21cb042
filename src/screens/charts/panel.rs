//! One chart: its question, its last good picture, and how its axis stands.

use super::words::{axis_cores, axis_memory, axis_rate, axis_ratio, axis_seconds, short_cores, short_memory};
use crate::screens::cockpit::signals::{per_second, percent, seconds};
use crate::signals::chart::{Chart, ChartKind};
use crate::ui::{Role, Round, Scale};

/// What stands in the table below.
#[derive(Debug)]
pub(super) struct Def {
    pub(super) kind: ChartKind,
    pub(super) title: &'static str,
    /// Of its lines, in their order: how they look, and their sign in ASCII.
    pub(super) looks: &'static [(Role, char)],
    /// How a value is said.
    pub(super) form: fn(f64) -> String,
    /// How it is written at the axis, given the top.
    pub(super) axis: fn(f64, f64) -> String,
    pub(super) scale: Scale,
    /// The number that `x` explains.
    pub(super) number: &'static str,
    /// What a value that is missing says where there are samples.
    pub(super) idle: &'static str,
    /// Room above the highest level: a share of failures just over what is
    /// allowed is to be seen over it; nothing is used beyond a limit.
    pub(super) above: f64,
}

/// Nothing below is worth a full axis: a tenth of a request per second, one
/// failure in a hundred, ten milliseconds, a hundredth of a core, 16 MiB.
pub(super) const DEFS: [Def; 5] = [
    Def {
        kind: ChartKind::Rate,
        title: "Requests",
        looks: &[(Role::Moving, '*')],
        form: per_second,
        axis: axis_rate,
        scale: Scale { round: Round::Decimal, least: 0.1, most: f64::MAX },
        number: "rate",
        idle: "no value",
        above: 1.0,
    },
    Def {
        kind: ChartKind::Errors,
        title: "Errors",
        looks: &[(Role::Warn, '*')],
        form: percent,
        axis: axis_ratio,
        scale: Scale { round: Round::Decimal, least: 0.01, most: 1.0 },
        number: "errors",
        idle: "no traffic",
        above: 1.25,
    },
    Def {
        kind: ChartKind::Latency,
        title: "Latency",
        looks: &[(Role::Dim, '.'), (Role::Moving, 'o'), (Role::Warn, '*')],
        form: seconds,
        axis: axis_seconds,
        scale: Scale { round: Round::Decimal, least: 0.01, most: f64::MAX },
        number: "p95",
        idle: "no traffic",
        above: 1.25,
    },
    Def {
        kind: ChartKind::Cpu,
        title: "CPU",
        looks: &[(Role::Dim, '.'), (Role::Moving, '*')],
        form: short_cores,
        axis: axis_cores,
        scale: Scale { round: Round::Decimal, least: 0.01, most: f64::MAX },
        number: "cpu",
        idle: "no value",
        above: 1.0,
    },
    Def {
        kind: ChartKind::Memory,
        title: "Memory",
        looks: &[(Role::Dim, '.'), (Role::Moving, '*')],
        form: short_memory,
        axis: axis_memory,
        scale: Scale { round: Round::Binary, least: 16_777_216.0, most: f64::MAX },
        number: "memory",
        idle: "no value",
        above: 1.0,
    },
];

/// State of one chart.
#[derive(Debug, Default)]
pub(super) struct Panel {
    /// The last good picture.
    pub(super) chart: Option<Chart>,
    /// Why there is no newer one.
    pub(super) why: Option<String>,
    /// The top of its axis.
    pub(super) top: Option<f64>,
    /// The question under way.
    ticket: Option<u64>,
    /// The newest step that was asked for.
    asked_ms: Option<i64>,
    /// Failures in a row.
    failures: u32,
}

/// Steps left out after so many failures in a row: a source that is down is
/// not asked by every step.
const LEFT_OUT: [i64; 4] = [0, 1, 3, 7];

impl Panel {
    /// Whether to ask for the picture until `newest_ms`, steps being `step_ms` apart.
    pub(super) fn is_due(&self, newest_ms: i64, step_ms: i64) -> bool {
        let out = LEFT_OUT.get(self.failures as usize).or(LEFT_OUT.last()).copied().unwrap_or(0);
        // The clock may be set back: another moment is another picture.
        let apart = |asked: i64| (newest_ms - asked).abs() > out * step_ms;
        self.ticket.is_none() && self.asked_ms.is_none_or(apart)
    }

    /// The question went out.
    pub(super) fn asked(&mut self, ticket: u64, newest_ms: i64) {
        (self.ticket, self.asked_ms) = (Some(ticket), Some(newest_ms));
    }

    /// Whether an answer is awaited.
    pub(super) fn waits(&self) -> bool {
        self.ticket.is_some()
    }

    /// Whether this is the question under way.
    pub(super) fn awaits(&self, ticket: u64) -> bool {
        self.ticket == Some(ticket)
    }

    /// The question under way was given up: it is asked again when it is due.
    pub(super) fn forget_question(&mut self) {
        if self.ticket.take().is_some() {
            self.asked_ms = None;
        }
    }

    /// Takes the answer; whether anything looks different now.
    pub(super) fn take(&mut self, found: Result<Chart, String>) -> bool {
        self.ticket = None;
        match found {
            Ok(chart) => {
                let same = self.why.is_none() && self.chart.as_ref() == Some(&chart);
                (self.chart, self.why, self.failures) = (Some(chart), None, 0);
                !same
            }
            Err(why) => {
                self.failures = self.failures.saturating_add(1);
                let same = self.why.as_ref() == Some(&why);
                self.why = Some(why);
                !same
            }
        }
    }

    /// Chooses the top of the axis for what is drawn. What a value is compared
    /// with says what much of it is, and nothing else has to.
    pub(super) fn fit(&mut self, def: &Def, levels: &[f64]) {
        let level = levels.iter().copied().filter(|level| *level > 0.0).reduce(f64::max);
        let least = level.map_or(def.scale.least, |level| level * def.above);
        let highest = self.chart.as_ref().and_then(Chart::most);
        self.top = Some(Scale { least, ..def.scale }.top(highest, self.top));
    }
}
