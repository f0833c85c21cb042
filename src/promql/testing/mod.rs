//! A runner for Prometheus' test scripts (the promqltest format): `load`,
//! `clear`, `eval instant|range` with `expect` lines, and the older
//! `eval_fail|warn|info|ordered`.
//!
//! ```text
//! load 5m
//!   http_requests_total{job="api"} 0+10x10
//! eval instant at 50m sum(rate(http_requests_total[10m]))
//!   {} 0.03333333333333333
//! ```
//!
//! Every instant evaluation is run a second time as the middle of a three-step
//! range query, as Prometheus' own runner does. What touches native histograms
//! is skipped and counted, never passed. Positions at the end of expected
//! notes are ignored: our notes carry none.

mod check;
mod expect;
mod run;
mod script;
mod series;

use std::fmt;

use super::limits::Limits;

/// What became of one evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// As expected.
    Pass,
    /// Not as expected, and how.
    Fail(String),
    /// Not run, and why.
    Skip(String),
}

/// One `eval` of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Line of the `eval`, from 1.
    pub line: usize,
    /// The expression.
    pub expr: String,
    /// What became of it.
    pub verdict: Verdict,
}

/// The results of one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The file's name, as given.
    pub file: String,
    /// Every evaluation in order.
    pub outcomes: Vec<Outcome>,
    /// Lines that are not part of the format: number and complaint.
    pub bad_lines: Vec<(usize, String)>,
}

impl Report {
    /// Evaluations that came out as expected.
    pub fn passed(&self) -> usize {
        self.outcomes.iter().filter(|o| o.verdict == Verdict::Pass).count()
    }

    /// Evaluations that did not.
    pub fn failed(&self) -> usize {
        self.outcomes.iter().filter(|o| matches!(o.verdict, Verdict::Fail(_))).count()
    }

    /// Evaluations that were not run.
    pub fn skipped(&self) -> usize {
        self.outcomes.iter().filter(|o| matches!(o.verdict, Verdict::Skip(_))).count()
    }

    /// Whether everything that was run passed and every line was understood.
    pub fn is_ok(&self) -> bool {
        self.failed() == 0 && self.bad_lines.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, complaint) in &self.bad_lines {
            writeln!(f, "{}:{line}: {complaint}", self.file)?;
        }
        for outcome in &self.outcomes {
            if let Verdict::Fail(how) = &outcome.verdict {
                writeln!(f, "{}:{}: {}\n    {how}", self.file, outcome.line, outcome.expr)?;
            }
        }
        let (passed, failed, skipped) = (self.passed(), self.failed(), self.skipped());
        write!(f, "{}: {passed} passed, {failed} failed, {skipped} skipped", self.file)
    }
}

/// Runs a script with the settings of Prometheus' own runner: lookback five
/// minutes, subquery step one minute, delayed name removal on.
pub fn run(text: &str, file: &str) -> Report {
    let limits = Limits { delayed_name_removal: true, ..Limits::default() };
    run_with(text, file, &limits)
}

/// Runs a script with the caller's settings.
pub fn run_with(text: &str, file: &str, limits: &Limits) -> Report {
    run::run(text, file, limits)
}

#[cfg(test)]
mod tests;
