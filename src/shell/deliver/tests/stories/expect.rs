//! What a story says is so, held against what is.

use super::super::moments::digest;
use super::super::sea::{Deployment, Route, lock};
use super::file::{Expect, Writes};
use super::play::{Play, is_in, phase};
use crate::engine::canary::Ending;
use crate::engine::record::OperationRecord;
use crate::engine::verdict::verdict;

/// What is said, what is expected, and what is.
fn differs<T: PartialEq + std::fmt::Debug>(what: &str, wanted: Option<&T>, is: &T) -> Option<String> {
    let wanted = wanted.filter(|wanted| *wanted != is)?;
    Some(format!("{what} is {is:?}, not {wanted:?}"))
}

fn lacks(what: &str, words: Option<&str>, said: &str) -> Option<String> {
    let words = words.filter(|words| !said.contains(words))?;
    Some(format!("{what} is {said:?}, without {words:?}"))
}

/// The word of something that is stored as one.
fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap_or_default().to_owned()
}

/// What is not as expected in this moment; none if everything is.
pub(super) fn unexpected(play: &Play<'_>, expect: &Expect) -> Option<String> {
    let sea = lock(&play.sea);
    let now = phase(&sea);
    if let Some(meant) = expect.phase.as_deref().filter(|meant| !is_in(&now, meant)) {
        return Some(format!("the phase is {now:?}, not {meant:?}"));
    }
    let percent = sea.route.as_ref().and_then(Route::shares).and_then(|shares| shares.percent);
    let written = written(&sea.written, play, &expect.writes);
    let stable = expect.stable.as_deref().filter(|version| sea.stable.digest() != digest(version));
    differs("the weight", expect.weight.as_ref(), &percent.unwrap_or(0))
        .or(differs(
            "the canary's size",
            expect.canary.as_ref(),
            &sea.canary.as_ref().map_or(0, Deployment::desired),
        ))
        .or(stable.map(|version| format!("stable does not run {version}")))
        .or(written)
        .or_else(|| sea.read().and_then(|record| unexpected_record(&record, expect)))
}

fn unexpected_record(record: &OperationRecord, expect: &Expect) -> Option<String> {
    let answers: Vec<bool> =
        record.requests.iter().filter_map(|asked| Some(asked.ack.as_ref()?.done)).collect();
    let answer = record.requests.iter().rev().find_map(|asked| Some(asked.ack.as_ref()?.note.as_str()));
    let judged = record.run.judged.as_deref();
    let said = |of: fn(&crate::engine::verdict::Verdict) -> String| {
        judged.map(|judged| of(&judged.verdict)).unwrap_or_default()
    };
    let cause = said(|verdict| word(&verdict.cause));
    let share = judged.map_or(-1.0, |judged| 100.0 * judged.inputs.requested_share);
    let same_cause = expect.cause_not.as_ref().filter(|not| **not == cause);
    lacks("the progress", expect.progress.as_deref(), record.sentence())
        .or(lacks("the answer", expect.answer.as_deref(), answer.unwrap_or_default()))
        .or(differs("what became of requests", expect.answers.as_ref(), &answers))
        .or(differs("the verdict", expect.verdict.as_ref(), &said(|verdict| word(&verdict.decision))))
        .or(differs("the cause", expect.cause.as_ref(), &cause))
        .or(same_cause.map(|cause| format!("the cause is {cause}")))
        .or(lacks("the reason", expect.reason.as_deref(), &said(|verdict| verdict.reason.clone())))
        .or(differs(
            "whether something is needed",
            expect.needs.as_ref(),
            &judged.is_some_and(|judged| judged.verdict.needs.is_some()),
        ))
        .or(expect
            .share
            .filter(|wanted| (wanted - share).abs() > 1e-4)
            .map(|wanted| format!("the share judged by is {share} %, not {wanted} %")))
}

fn written(said: &[(u64, String)], play: &Play<'_>, expected: &Writes) -> Option<String> {
    let wanted = expected.get(&play.way.means.to_string())?;
    let writes: Vec<&String> = said.iter().map(|(_, text)| text).collect();
    (!writes.iter().copied().eq(wanted)).then(|| format!("what was written is {writes:#?}"))
}

/// What the end of a story that nobody crashed in is not; none if it is all of it.
pub(super) fn unmet(play: &Play<'_>, (all, took): (u64, u64)) -> Option<String> {
    let end = &play.story.end;
    let sea = lock(&play.sea);
    let now = phase(&sea);
    if !is_in(&now, &end.phase) {
        drop(sea);
        return Some(format!("it ended as {now:?}, not {:?}: {}", end.phase, play.state()));
    }
    let outside = |what: &str, bounds: Option<(u64, u64)>, is: u64| {
        let (least, most) = bounds.filter(|(least, most)| !(least..=most).contains(&&is))?;
        Some(format!("{is} s {what}, not {least} to {most}"))
    };
    outside("from the beginning", end.within, all)
        .or(outside("since what happened last", end.took, took))
        .or(written(&sea.written, play, &end.writes))
        .or_else(|| sea.read().and_then(|record| unmet_record(&record, play)))
}

fn unmet_record(record: &OperationRecord, play: &Play<'_>) -> Option<String> {
    let end = &play.story.end;
    let why = match record.ending() {
        Some(Ending::RolledBack { why }) => why.as_str(),
        Some(Ending::Promoted) | None => "",
    };
    let missing = end.why.iter().find(|words| !why.contains(words.as_str()));
    let replay = record.run.judged.as_deref().filter(|judged| verdict(&judged.inputs) != judged.verdict);
    missing
        .map(|words| format!("the reason is {why:?}, without {words:?}"))
        .or(differs(
            "the step it turned in",
            end.turned.as_ref(),
            &record.run.turned.map_or(0, |step| step + 1),
        ))
        .or(replay.map(|_| "the stored inputs give another verdict".to_owned()))
}
