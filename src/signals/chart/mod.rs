//! Signals over time: which question a chart asks, and what came of it.
//!
//! One chart asks one range query. All its lines come back in that one answer,
//! told apart by the label `line`, and with them the line `seen`: where the
//! source had samples at both ends of the window. A point without it is a gap,
//! however good the number beside it looks: a rate over a window that is half
//! empty is too low.

mod question;
mod range;
mod read;
#[cfg(test)]
mod tests;

pub use question::{ChartAsk, ChartKind};
pub use range::{ChartRange, KEPT, RANGES};
pub use read::read;

use std::time::Duration;

/// The label that says which line of a chart a series is.
const LINE: &str = "line";

/// The line that says where there were samples.
const SEEN: &str = "seen";

/// One line of a chart.
#[derive(Clone, Debug, PartialEq)]
pub struct ChartLine {
    /// `p95`
    pub name: &'static str,
    /// One for each step; none where nothing is known, or nothing was asked of
    /// the service.
    pub values: Vec<Option<f64>>,
}

/// What a chart shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The moment of the first step, milliseconds since the epoch.
    pub start_ms: i64,
    /// From one step to the next.
    pub step_ms: i64,
    /// Over how long every value is a mean.
    pub window: Duration,
    /// Its lines.
    pub lines: Vec<ChartLine>,
    /// At which steps the source had samples.
    pub seen: Vec<bool>,
}

impl Chart {
    /// The moment of a step.
    pub fn at(&self, index: usize) -> i64 {
        self.start_ms + i64::try_from(index).unwrap_or(0) * self.step_ms
    }

    /// The moment of the last step.
    pub fn end_ms(&self) -> i64 {
        self.at(self.seen.len().saturating_sub(1))
    }

    /// The step at a moment; none outside, and between steps.
    pub fn index(&self, at_ms: i64) -> Option<usize> {
        let since = at_ms - self.start_ms;
        let index = usize::try_from(since.div_euclid(self.step_ms)).ok()?;
        (since.rem_euclid(self.step_ms) == 0 && index < self.seen.len()).then_some(index)
    }

    /// The largest value of all lines; none without any.
    pub fn most(&self) -> Option<f64> {
        self.lines.iter().flat_map(|line| &line.values).flatten().copied().reduce(f64::max)
    }

    /// The first moment the source had samples, where that is not the
    /// beginning; none where it had them from there on, or none at all.
    pub fn begins_ms(&self) -> Option<i64> {
        let first = self.seen.iter().position(|seen| *seen).filter(|first| *first > 0)?;
        Some(self.at(first) - i64::try_from(self.window.as_millis()).unwrap_or(0))
    }
}
