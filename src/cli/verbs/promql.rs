//! `qd promql test`: scripts in the format of Prometheus' own tests.

use crate::cli::files_args::PromqlAction;
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::domain::{Fault, FaultKind, count_of};
use crate::promql::testing::{self, Outcome, Report, Verdict};
use serde::Serialize;
use std::path::Path;

/// What became of one script.
#[derive(Debug, Serialize)]
struct Script {
    /// As it was given.
    file: String,
    /// Evaluations as expected.
    passed: usize,
    /// Evaluations not as expected, and lines that are not part of the format.
    failed: usize,
    /// Evaluations not run: native histograms.
    skipped: usize,
    /// What failed, by line.
    failures: Vec<Failure>,
}

/// What failed.
#[derive(Debug, Serialize)]
struct Failure {
    /// From 1.
    line: usize,
    /// The expression; empty for a line that is not part of the format.
    expr: String,
    /// What was expected and what came.
    why: String,
}

/// Runs it; 1 if anything failed.
pub(in crate::cli) fn run(setup: &Setup, action: &PromqlAction) -> Result<u8, Fault> {
    let PromqlAction::Test { files } = action;
    let scripts = files.iter().map(|path| script(path)).collect::<Result<Vec<_>, _>>()?;
    let failed: usize = scripts.iter().map(|script| script.failed).sum();
    let names = || scripts.iter().filter(|script| script.failed > 0).map(|s| s.file.clone()).collect();
    print(setup, &scripts, names, || text(&setup.out, &scripts))?;
    Ok(u8::from(failed > 0))
}

fn script(path: &Path) -> Result<Script, Fault> {
    let text = crate::store::read_file(path).map_err(|finding| {
        Fault::new(FaultKind::NotFound, format!("cannot read '{}': {}", finding.file, finding.text))
    })?;
    Ok(Script::from(testing::run(&text, &path.display().to_string())))
}

impl From<Report> for Script {
    fn from(report: Report) -> Self {
        let (passed, skipped) = (report.passed(), report.skipped());
        let bad = report.bad_lines.into_iter();
        let bad = bad.map(|(line, why)| Failure { line, expr: String::new(), why });
        let mut failures: Vec<_> = report.outcomes.into_iter().filter_map(failure).chain(bad).collect();
        failures.sort_by_key(|failure| failure.line);
        Self { file: report.file, passed, failed: failures.len(), skipped, failures }
    }
}

fn failure(outcome: Outcome) -> Option<Failure> {
    match outcome.verdict {
        Verdict::Fail(why) => Some(Failure { line: outcome.line, expr: outcome.expr, why }),
        Verdict::Pass | Verdict::Skip(_) => None,
    }
}

fn text(out: &Out, scripts: &[Script]) -> String {
    let mut text = String::new();
    for script in scripts {
        for failure in &script.failures {
            let why = failure.why.replace('\n', "\n    ");
            match failure.expr.as_str() {
                "" => text.push_str(&format!("{}:{}: {why}\n", script.file, failure.line)),
                expr => text.push_str(&format!("{}:{}: {expr}\n    {why}\n", script.file, failure.line)),
            }
        }
    }
    let sum = |of: fn(&Script) -> usize| scripts.iter().map(of).sum::<usize>();
    let (passed, failed, skipped) = (sum(|s| s.passed), sum(|s| s.failed), sum(|s| s.skipped));
    let tone = if failed > 0 { Tone::Bad } else { Tone::Good };
    let failed = out.paint(&format!("{failed} failed"), tone);
    text.push_str(&format!(
        "{}: {passed} passed, {failed}, {skipped} skipped\n",
        count_of(scripts.len(), "script")
    ));
    text
}
