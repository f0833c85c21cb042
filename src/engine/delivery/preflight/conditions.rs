//! What the plan's expressions give before anything is begun.

use super::Case;
use crate::domain::CheckOutcome::{self, Fail, Pass, Unknown, Warn};
use crate::domain::{Check, Fault};
use crate::engine::Probe;
use crate::engine::canary::{Analysis, Source, reply_of};
use crate::engine::verdict::analysis::{Reply, Rules};
use crate::engine::verdict::argo::Measured;
use crate::promql::Value;

/// Each expression asked once.
#[derive(Clone, Debug)]
pub struct Sounded {
    /// Who is asked, in words: `http://prometheus:9090`.
    pub whom: Probe<String>,
    /// Of each analysis what its expressions give, in order.
    pub answers: Vec<Vec<Probe<Value>>>,
}

/// Asked of the pods a counter was read once or twice, seconds apart.
const YOUNG: &str = "the pods were read for a moment only: a rate needs longer";

/// None if the plan measures none.
pub(super) fn check(case: &Case<'_>) -> Option<Check> {
    let sounded = case.evidence.sounded.as_ref()?;
    let name = "conditions";
    let whom = match &sounded.whom {
        Ok(whom) => whom,
        Err(fault) => return Some(refused(name, fault)),
    };
    let plan = case.plan;
    let each = plan.analyses.iter().zip(&sounded.answers).map(|(analysis, answers)| {
        let mut found = answers.iter().zip(&analysis.queries);
        let bad = found.find_map(|(answer, query)| Some((answer.as_ref().err()?, query)));
        match bad {
            Some((fault, query)) => unasked(analysis, query, fault),
            None => said(analysis, answers, plan.source),
        }
    });
    let all: Vec<(CheckOutcome, String, &str)> = each.collect();
    // Of those as bad as each other the first says what to do.
    let worst = all.iter().rev().max_by_key(|(outcome, ..)| *outcome)?;
    let (outcome, remedy) = (worst.0, worst.2.to_owned());
    let observed = all.iter().map(|(_, words, _)| words.as_str()).collect::<Vec<_>>().join("; ");
    Some(Check::new(name, outcome, observed, whom).remedy(remedy))
}

fn refused(name: &'static str, fault: &Fault) -> Check {
    let outcome = if fault.kind.is_passing() { Unknown } else { Fail };
    let hint = fault.hints.first().cloned().unwrap_or_else(|| "ask again".to_owned());
    Check::new(name, outcome, fault.text.clone(), "the settings").remedy(hint)
}

fn unasked(analysis: &Analysis, query: &str, fault: &Fault) -> (CheckOutcome, String, &'static str) {
    let text = format!("{}: {}: {query}", analysis.name, fault.text);
    if fault.kind.is_passing() {
        return (Unknown, text, "while nobody answers, nothing is promoted: see to it, then ask again");
    }
    (Fail, text, "correct the expression: qd query tries it")
}

fn said(
    analysis: &Analysis,
    answers: &[Probe<Value>],
    source: Source,
) -> (CheckOutcome, String, &'static str) {
    let values = answers.iter().filter_map(|answer| answer.as_ref().ok());
    let replies: Vec<Reply> = values.clone().map(|value| reply_of(value, &analysis.rules)).collect();
    let words: Vec<String> = values.zip(&replies).map(|(value, reply)| shown(value, reply)).collect();
    let (name, words) = (&analysis.name, words.join(", "));
    let range = |answer: &Probe<Value>| matches!(answer, Ok(Value::Matrix(_) | Value::Text(_)));
    if answers.iter().any(range) {
        let remedy = "let it give values of one moment: rate(…[1m]), not …[1m]";
        return (Fail, format!("{name}: {words}"), remedy);
    }
    if replies.iter().any(|reply| matches!(reply, Reply::Error(_))) {
        let young = if source == Source::Pods { format!(" ({YOUNG})") } else { String::new() };
        let remedy = match analysis.rules {
            Rules::Argo(_) => {
                "right if only the canary has it; an empty answer is an error, and the fifth in a row fails"
            }
            Rules::Flagger(_) => "right if only the canary has it; an empty answer is a failed check",
        };
        return (Warn, format!("{name}: {words}{young}"), remedy);
    }
    let how = analysis.rules.measure(&replies);
    let text = format!("{name}: {words}, now {}", how.word());
    match how {
        Measured::Successful => (Pass, text, ""),
        Measured::Failed | Measured::Inconclusive | Measured::Error => (
            Warn,
            text,
            "it is not fulfilled before anything is delivered: is it the condition that is meant?",
        ),
    }
}

/// The value with its type, where that is not one value of a vector.
fn shown(value: &Value, reply: &Reply) -> String {
    let said = match reply {
        Reply::Value(value) => value.to_string(),
        Reply::Error(why) => return why.clone(),
    };
    match value {
        Value::Vector(all) if all.len() > 1 => format!("{said} (the one counted of {} series)", all.len()),
        Value::Scalar(_) => format!("{said} (a scalar)"),
        Value::Vector(_) | Value::Matrix(_) | Value::Text(_) => said,
    }
}
