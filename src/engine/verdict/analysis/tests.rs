//! Analyses as metrics of a verdict, and that they are judged as their own
//! tools judge.

use super::*;
use crate::engine::verdict::argo::Measured::{Error, Failed, Inconclusive, Successful};
use crate::engine::verdict::condition::Condition;
use crate::engine::verdict::input::{Importance, Inputs, Metric, StepClock};
use crate::engine::verdict::policy::{OnInconclusive, Policy};
use crate::engine::verdict::{Cause, Data, Decision, verdict};

#[allow(clippy::unnecessary_wraps, reason = "as a template has it")]
fn condition(text: &str) -> Option<Condition> {
    Some(Condition::parse(text).unwrap())
}

fn argo(count: Option<u32>) -> Template {
    Template { success: condition("result[0] >= 0.95"), count, ..Template::default() }
}

fn value(value: f64) -> Reply {
    Reply::Value(Exact::new(value))
}

fn none(why: &str) -> Reply {
    Reply::Error(why.to_owned())
}

fn course(rules: &Rules, replies: &[&[Reply]]) -> Course {
    let mut course = Course::default();
    for (at, replies) in (0..).zip(replies) {
        let at = Timestamp::from_second(at * 60).unwrap();
        course.add(Measurement { at, how: rules.measure(replies), replies: replies.to_vec() });
    }
    course
}

fn analysed(rules: Rules, replies: &[&[Reply]]) -> Analysed {
    let course = course(&rules, replies);
    Analysed::new(rules, course, &["sum(up)".to_owned()], Health::Fresh)
}

fn inputs(elapsed_s: u32, importance: Importance, data: Analysed) -> Inputs {
    Inputs {
        policy: Policy::default(),
        clock: StepClock { elapsed_s, min_s: 60, max_s: 600 },
        requested_share: 0.25,
        metrics: vec![Metric { name: "rate".into(), importance, data: Data::Analysis(data) }],
        facts: Vec::new(),
        health: Health::Fresh,
    }
}

#[track_caller]
fn says(inputs: &Inputs, decision: Decision, cause: Cause, words: &str) {
    let said = verdict(inputs);
    assert_eq!((said.decision, said.cause), (decision, cause), "{}", said.reason);
    assert!(said.reason.contains(words), "{}", said.reason);
    let kept: Inputs = serde_json::from_str(&serde_json::to_string(inputs).unwrap()).unwrap();
    assert_eq!((&kept, &verdict(&kept)), (inputs, &said), "a replay says the same");
}

const CRITICAL: Importance = Importance::Critical;

#[test]
fn a_failed_condition_rolls_back_with_expression_value_and_condition() {
    let failed = || analysed(Rules::Argo(argo(None)), &[&[value(0.99)], &[value(0.91)]]);
    let words = "rate: 0.91 does not fulfil result[0] >= 0.95 (1 failed, 0 tolerated): sum(up)";
    says(&inputs(90, CRITICAL, failed()), Decision::Rollback, Cause::Condition, words);
    let held = inputs(90, Importance::Advisory, failed());
    says(&held, Decision::Hold, Cause::Advisory, "advisory rate: 0.91 does not fulfil");
    assert!(verdict(&held).page);
    let both = Template { failure: condition("result[0] < 0.9"), ..argo(None) };
    let failed = analysed(Rules::Argo(both), &[&[value(0.5)]]);
    says(
        &inputs(90, CRITICAL, failed),
        Decision::Rollback,
        Cause::Condition,
        "0.5 fulfils the failure condition result[0] < 0.9",
    );
}

#[test]
fn what_is_inconclusive_waits_for_a_person_whatever_the_policy_says() {
    let both = Template { failure: condition("result[0] < 0.9"), ..argo(Some(1)) };
    let open = analysed(Rules::Argo(both), &[&[value(0.93)]]);
    let mut inputs = inputs(600, CRITICAL, open);
    inputs.policy.on_inconclusive = OnInconclusive::Promote;
    says(
        &inputs,
        Decision::Hold,
        Cause::Condition,
        "0.93 fulfils neither result[0] >= 0.95 nor the failure condition",
    );
    assert!(verdict(&inputs).page);
}

#[test]
fn it_is_promoted_when_the_count_is_reached_and_not_before() {
    let good: &[Reply] = &[value(0.99)];
    let open = inputs(120, CRITICAL, analysed(Rules::Argo(argo(Some(3))), &[good, good]));
    says(
        &open,
        Decision::Hold,
        Cause::Collecting,
        "rate: 0.99 fulfils result[0] >= 0.95 (2 of 3 measured, 0 failed, 0 tolerated)",
    );
    let mut ended = inputs(600, CRITICAL, analysed(Rules::Argo(argo(Some(3))), &[good, good]));
    ended.policy.on_inconclusive = OnInconclusive::Promote;
    says(&ended, Decision::Hold, Cause::Condition, "the step ended before rate: ");
    let done = analysed(Rules::Argo(argo(Some(3))), &[good, good, good]);
    says(&inputs(30, CRITICAL, done.clone()), Decision::Hold, Cause::MinimumTime, "fine");
    says(
        &inputs(60, CRITICAL, done),
        Decision::Promote,
        Cause::Fine,
        "rate: fine, 0.99 fulfils result[0] >= 0.95 (3 of 3 measured)",
    );
}

#[test]
fn silence_never_promotes() {
    let unmeasured = inputs(600, CRITICAL, analysed(Rules::Argo(argo(None)), &[]));
    says(&unmeasured, Decision::Hold, Cause::Condition, "rate: not measured yet");
    let empty = none("the answer is empty");
    let no_value = analysed(Rules::Argo(argo(None)), &[&[value(0.99)], std::slice::from_ref(&empty)]);
    says(
        &inputs(120, CRITICAL, no_value),
        Decision::Hold,
        Cause::NoData,
        "no value: the answer is empty (1 errors in a row, 4 tolerated)",
    );
    let all: Vec<&[Reply]> = vec![std::slice::from_ref(&empty); 5];
    let argo_s = analysed(Rules::Argo(argo(None)), &all);
    says(
        &inputs(120, CRITICAL, argo_s),
        Decision::Rollback,
        Cause::Condition,
        "(5 errors in a row, 4 tolerated)",
    );
    // Nobody answers: that is no measurement, whatever was good before.
    let mut silent = analysed(Rules::Argo(argo(None)), &[&[value(0.99)]]);
    silent.health = Health::Unreachable { for_s: 30, error: "refused".into() };
    says(
        &inputs(120, CRITICAL, silent.clone()),
        Decision::Hold,
        Cause::Outage,
        "metrics unreachable for 30 s (refused); a person is called in",
    );
    silent.health = Health::Unreachable { for_s: 600, error: "refused".into() };
    let long = inputs(120, CRITICAL, silent);
    says(&long, Decision::Hold, Cause::Outage, "a person must decide");
    assert!(verdict(&long).page);
}

#[test]
fn failed_checks_add_up_to_flagger_s_threshold() {
    let range = |min, max| Range { min, max };
    let ranges =
        vec![("rate".to_owned(), range(Some(99.0), None)), ("p99".to_owned(), range(None, Some(0.5)))];
    let rules = || Rules::Flagger(Checks { threshold: 2, ranges: ranges.clone() });
    let (good, bad, quiet) =
        ([value(99.5), value(0.2)], [value(99.5), value(0.7)], [none("empty"), value(0.2)]);
    let fine = analysed(rules(), &[&good]);
    says(
        &inputs(60, CRITICAL, fine),
        Decision::Promote,
        Cause::Fine,
        "fine, rate 99.5, p99 0.2 (0 of 2 failed checks)",
    );
    let halted = analysed(rules(), &[&bad]);
    says(
        &inputs(60, CRITICAL, halted),
        Decision::Hold,
        Cause::Collecting,
        "p99 0.7 > 0.5 (1 of 2 failed checks)",
    );
    let again = analysed(rules(), &[&bad, &good]);
    says(&inputs(60, CRITICAL, again), Decision::Promote, Cause::Fine, "(1 of 2 failed checks)");
    let over = analysed(rules(), &[&bad, &good, &quiet]);
    says(
        &inputs(60, CRITICAL, over),
        Decision::Rollback,
        Cause::Condition,
        "2 failed checks, the last: rate: no values found",
    );
}

#[test]
fn a_measurement_that_was_tampered_with_is_noticed() {
    let mut odd = analysed(Rules::Argo(argo(None)), &[&[value(0.5)]]);
    odd.course.recent[0].how = Successful;
    let odd = inputs(60, CRITICAL, odd);
    let said = verdict(&odd);
    assert_eq!((said.decision, said.cause), (Decision::Hold, Cause::Invalid), "{}", said.reason);
    assert!(said.reason.contains("kept as successful, and by its rules it is failed"), "{}", said.reason);
}

#[test]
fn expressions_are_shortened_for_people() {
    let long = Analysed::new(Rules::Argo(argo(None)), Course::default(), &["é".repeat(500)], Health::Fresh);
    let lines = ["sum(\n  up\n)".to_owned(), "b".to_owned()];
    let short = Analysed::new(Rules::Argo(argo(None)), Course::default(), &lines, Health::Fresh);
    assert_eq!(short.of, "sum( up ); b");
    assert_eq!((long.of.chars().count(), long.of.chars().last()), (MOST_WORDS + 1, Some('…')));
}

proptest::proptest! {
    /// However long it went, what is kept says what the whole list says.
    #[test]
    fn a_tally_is_as_good_as_the_list(
        all in proptest::collection::vec(proptest::sample::select(vec![Successful, Failed, Inconclusive, Error]), 0..40),
        limits in proptest::collection::vec(proptest::option::of(0_u32..6), 5),
    ) {
        let template = Template {
            failure_limit: limits[0],
            inconclusive_limit: limits[1],
            consecutive_error_limit: limits[2],
            consecutive_success_limit: limits[3],
            count: limits[4],
            ..Template::default()
        };
        let of = |kind| u32::try_from(all.iter().filter(|m| **m == kind).count()).unwrap();
        let row = |kind| u32::try_from(all.iter().rev().take_while(|m| **m == kind).count()).unwrap();
        let over = |n: u32, limit: Option<u32>| limit.is_some_and(|limit| n > limit);
        let good = limits[3].is_some_and(|l| l > 0 && row(Successful) >= l);
        let complete = limits[4].is_some_and(|c| of(Successful) + of(Failed) + of(Inconclusive) >= c);
        let want = if over(row(Error), limits[2]) {
            Phase::Error
        } else if over(of(Inconclusive), limits[1]) {
            Phase::Inconclusive
        } else if over(of(Failed), limits[0]) {
            Phase::Failed
        } else if good || complete {
            Phase::Successful
        } else {
            Phase::Running
        };
        proptest::prop_assert_eq!(template.assess(&all), want);
    }
}
