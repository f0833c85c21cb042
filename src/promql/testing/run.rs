//! Carrying a script out.

use super::check;
use super::expect::{Expect, Text};
use super::script::{self, Command, EvalBlock, When};
use super::series::Line;
use super::{Outcome, Report, Verdict};
use crate::promql::eval::frame::times;
use crate::promql::limits::Limits;
use crate::promql::parse::{Query, parse};
use crate::promql::source::{MemorySeries, Samples};

/// What has been loaded so far.
#[derive(Default)]
struct Storage {
    series: MemorySeries,
    /// Metric names whose series have parts that are not read, and which.
    partial: Vec<(String, &'static str)>,
}

const NATIVE: &str = "native histogram";
const START_TIMES: &str = "start timestamps";

impl Storage {
    fn load(&mut self, step_ms: i64, with_nhcb: bool, lines: &[Line]) {
        for line in lines {
            let name = line.labels.name().to_owned();
            if line.native {
                self.partial.push((name, NATIVE));
                continue;
            }
            if line.start_times {
                self.partial.push((name, START_TIMES));
                continue;
            }
            if with_nhcb {
                let base = name.strip_suffix("_bucket").unwrap_or(&name);
                self.partial.push((base.to_owned(), NATIVE));
            }
            let mut samples = Samples::default();
            for (i, point) in line.points.iter().enumerate() {
                if let Some(value) = point {
                    samples.push(times(i, step_ms), *value);
                }
            }
            self.series.append(&line.labels, &samples);
        }
    }

    /// Why an expression cannot be judged with what is loaded.
    fn reason_to_skip(&self, block: &EvalBlock) -> Option<&'static str> {
        if block.series.iter().any(|line| line.native) {
            return Some(NATIVE);
        }
        let words = block.expr.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
        let words: Vec<&str> = words.collect();
        let nameless = has_nameless_selector(&block.expr);
        self.partial.iter().find(|(name, _)| nameless || words.contains(&name.as_str())).map(|(_, why)| *why)
    }
}

/// Whether a brace opens a selector with no name before it.
fn has_nameless_selector(expr: &str) -> bool {
    let mut before = ' ';
    expr.chars().filter(|c| !c.is_whitespace()).any(|c| {
        let nameless = c == '{' && !(before.is_alphanumeric() || matches!(before, '_' | ':'));
        before = c;
        nameless
    })
}

pub(super) fn run(text: &str, file: &str, limits: &Limits) -> Report {
    let (commands, bad_lines) = script::read(text);
    let mut storage = Storage::default();
    let mut outcomes = Vec::new();
    for command in commands {
        match command {
            Command::Clear => storage = Storage::default(),
            Command::Load { step_ms, with_nhcb, series } => {
                storage.load(step_ms, with_nhcb, &series);
            }
            Command::Eval(block) => outcomes.push(Outcome {
                line: block.line,
                verdict: judge(&block, &storage, limits),
                expr: block.expr,
            }),
        }
    }
    Report { file: file.to_owned(), outcomes, bad_lines }
}

fn judge(block: &EvalBlock, storage: &Storage, limits: &Limits) -> Verdict {
    if let Some(reason) = storage.reason_to_skip(block) {
        return Verdict::Skip(reason.to_owned());
    }
    let wanted_failure =
        block.expects.iter().find_map(|e| if let Expect::Fail(text) = e { Some(text) } else { None });
    let query = match parse(&block.expr) {
        Ok(query) => query,
        Err(error) if error.message.starts_with("unsupported") => {
            return Verdict::Skip(error.message);
        }
        Err(error) => return failure(wanted_failure, &error.message),
    };
    let found = match block.when {
        When::Instant(at_ms) => instant(block, &query, storage, at_ms, limits),
        When::Range { start_ms, end_ms, step_ms } => {
            range(block, &query, storage, (start_ms, end_ms, step_ms), limits)
        }
    };
    match (found, wanted_failure) {
        (Err(Trouble::Evaluation(message)), wanted) => failure(wanted, &message),
        (Err(Trouble::Difference(how)), None) => Verdict::Fail(how),
        (Ok(()), None) => Verdict::Pass,
        (Ok(()) | Err(Trouble::Difference(_)), Some(_)) => {
            Verdict::Fail("succeeded, expected an error".to_owned())
        }
    }
}

fn failure(wanted: Option<&Text>, message: &str) -> Verdict {
    match wanted {
        Some(text) if text.accepts(message) => Verdict::Pass,
        Some(text) => Verdict::Fail(format!("failed with {message:?}, expected {text:?}")),
        None => Verdict::Fail(format!("failed: {message}")),
    }
}

/// Why an evaluation is not simply right.
enum Trouble {
    Evaluation(String),
    Difference(String),
}

fn instant(
    block: &EvalBlock,
    query: &Query,
    storage: &Storage,
    at_ms: i64,
    limits: &Limits,
) -> Result<(), Trouble> {
    let evaluation = |e: crate::promql::Error| Trouble::Evaluation(e.to_string());
    let (value, warnings) = query.instant(&storage.series, at_ms, limits).map_err(evaluation)?;
    check::instant(block, &value).map_err(Trouble::Difference)?;
    check::notes(block, &warnings).map_err(Trouble::Difference)?;
    if matches!(value.type_name(), "string" | "matrix") {
        return Ok(());
    }
    let minute = 60_000;
    let (again, _) =
        query.range(&storage.series, at_ms - minute, at_ms + minute, minute, limits).map_err(evaluation)?;
    // `@ start()` and `@ end()` mean other times in a range query.
    if block.expr.contains("start()") || block.expr.contains("end()") {
        return Ok(());
    }
    check::middle(block, &again, at_ms).map_err(Trouble::Difference)
}

fn range(
    block: &EvalBlock,
    query: &Query,
    storage: &Storage,
    (start_ms, end_ms, step_ms): (i64, i64, i64),
    limits: &Limits,
) -> Result<(), Trouble> {
    let (value, warnings) = query
        .range(&storage.series, start_ms, end_ms, step_ms, limits)
        .map_err(|e| Trouble::Evaluation(e.to_string()))?;
    check::range(block, &value, start_ms, step_ms).map_err(Trouble::Difference)?;
    check::notes(block, &warnings).map_err(Trouble::Difference)
}
