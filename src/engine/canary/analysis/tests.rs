//! What is due when, and whose answers count.

use super::*;
use crate::domain::Now;
use crate::engine::canary::{CanaryRun, Input, Phase, Plan};
use crate::engine::verdict::analysis::Reply;
use crate::engine::verdict::number::Exact;
use crate::promql::{Labels, Sample, Samples, Track, Value};

/// A run that watches its first step since second 100.
fn watching(analyses: &[&str]) -> CanaryRun {
    let analyses = analyses.iter().map(|text| text.parse().unwrap()).collect();
    let mut run = CanaryRun::new(Plan { analyses, ..Plan::standard() }, 1, 2, Now::at(0));
    run.phase = Phase::Watching { step: 0, since: Now::at(100).wall };
    run
}

type Replies = Result<Vec<Reply>, String>;

fn answers(run: &mut CanaryRun, at: i64, replies: &Replies) -> usize {
    let due = run.due(Now::at(at));
    let count = due.len();
    let answer =
        |q: Question| Answered { analysis: q.analysis, step: q.step, at: q.at, replies: replies.clone() };
    let intent = run.step(Input::Answered(due.into_iter().map(answer).collect()), Now::at(at));
    assert_eq!(intent, None);
    count
}

#[allow(clippy::unnecessary_wraps, reason = "a reply as it is told")]
fn value(value: f64) -> Replies {
    Replies::Ok(vec![Reply::Value(Exact::new(value))])
}

#[allow(clippy::unnecessary_wraps, reason = "a reply as it is told")]
fn error() -> Replies {
    Ok(vec![Reply::Error("the answer is empty".to_owned())])
}

const ENDLESS: &str = "a: up; success: result > 1; failureLimit: 9; interval: 60s; initialDelay: 20s";

#[test]
fn measured_after_the_delay_at_its_interval_and_sooner_where_there_was_no_value() {
    let mut run = watching(&[ENDLESS]);
    assert_eq!(answers(&mut run, 119, &value(2.0)), 0, "the delay");
    assert_eq!(answers(&mut run, 120, &value(2.0)), 1);
    assert_eq!(answers(&mut run, 179, &value(2.0)), 0, "the interval");
    assert_eq!(answers(&mut run, 180, &error()), 1);
    assert_eq!((answers(&mut run, 189, &value(2.0)), answers(&mut run, 190, &Err("refused".into()))), (0, 1));
    assert_eq!((answers(&mut run, 199, &value(2.0)), answers(&mut run, 200, &value(0.0))), (0, 1));
    let tally = run.analyses[0].course.tally;
    assert_eq!((tally.successful, tally.failed, tally.errors), (1, 1, 1), "an outage is no measurement");
    assert_eq!(answers(&mut run, 210, &value(2.0)), 0);
    // The clock of a successor is far behind.
    assert_eq!(answers(&mut run, 150, &value(2.0)), 1);
}

#[test]
fn what_is_settled_is_measured_no_more_and_what_is_measured_once_once() {
    let mut run = watching(&[
        "once: up; success: result > 1",
        "thrice: up; success: result > 1; interval: 10s; count: 3",
    ]);
    let asked: Vec<usize> = (10..16).map(|at| answers(&mut run, at * 10, &value(2.0))).collect();
    assert_eq!(asked, [2, 1, 1, 0, 0, 0]);
    assert_eq!(run.settled(), 2);
}

#[test]
fn a_step_counts_anew_and_a_late_answer_of_another_step_does_not_count() {
    let mut run = watching(&[ENDLESS, "edge: up; min: 1; threshold: 9; interval: 60s"]);
    assert_eq!(answers(&mut run, 120, &value(0.0)), 2);
    let late: Vec<Question> = run.due(Now::at(180));
    run.phase = Phase::Watching { step: 1, since: Now::at(200).wall };
    let answer = |q: Question| Answered { analysis: q.analysis, step: q.step, at: q.at, replies: value(0.0) };
    run.step(Input::Answered(late.into_iter().map(answer).collect()), Now::at(201));
    assert_eq!(answers(&mut run, 220, &value(2.0)), 2);
    let failed = |at: usize| run.analyses[at].course.tally.failed;
    assert_eq!((failed(0), failed(1)), (0, 1), "Flagger's failed checks never go away");
    run.phase = Phase::Promoting { since: Now::at(300).wall };
    assert!(run.due(Now::at(400)).is_empty() && run.settled() == 0);
}

#[test]
fn nothing_is_measured_where_nobody_is_sent() {
    let mut run = watching(&[ENDLESS]);
    run.plan.steps[0].percent = 0;
    assert!(run.due(Now::at(500)).is_empty());
}

#[test]
fn of_several_series_argo_counts_the_first_and_flagger_the_last() {
    let one = |value| Sample { labels: Labels::from_pairs([("a", "b")]), value };
    let argo = ENDLESS.parse::<Analysis>().unwrap().rules;
    let flagger = "a: up; min: 1".parse::<Analysis>().unwrap().rules;
    let several = Value::Vector(vec![one(1.0), one(2.0)]);
    assert_eq!(reply_of(&several, &argo), Reply::Value(Exact::new(1.0)));
    assert_eq!(reply_of(&several, &flagger), Reply::Value(Exact::new(2.0)));
    assert_eq!(reply_of(&Value::Scalar(3.0), &argo), Reply::Value(Exact::new(3.0)));
    let track = Track { labels: Labels::from_pairs([("a", "b")]), points: Samples::default() };
    for (value, why) in [
        (Value::Vector(Vec::new()), "is empty"),
        (Value::Matrix(vec![track]), "a range vector"),
        (Value::Text("x".to_owned()), "is text"),
    ] {
        assert!(matches!(reply_of(&value, &argo), Reply::Error(said) if said.contains(why)), "{why}");
    }
}

#[test]
fn a_server_s_words_are_cut_and_the_newest_measurements_kept() {
    let mut run = watching(&["a: up; success: result > 1; consecutiveErrorLimit: -1; interval: 10s"]);
    for at in 10..40 {
        answers(&mut run, at * 10, &Ok(vec![Reply::Error("x".repeat(5_000))]));
    }
    let text = serde_json::to_string(&run.analyses).unwrap();
    assert!(text.len() < 4_000, "{}", text.len());
    assert_eq!((run.analyses[0].course.recent.len(), run.analyses[0].course.tally.errors), (10, 30));
    let kept: Vec<Progress> = serde_json::from_str(&text).unwrap();
    assert_eq!(kept, run.analyses);
}
