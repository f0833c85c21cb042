//! Stories of plans with conditions, each to its end.

use std::time::Duration;

use super::super::pilot::Left;
use super::moments::controllers;
use super::sea::{Boat, Shared, conditioned, lock, record, sea, start, successor};
use super::tide::{Task, Tide};
use crate::engine::canary::{Ending, Phase};
use crate::engine::record::{OnDriverLoss, OperationRecord, encode};
use crate::engine::verdict::analysis::Reply;
use crate::engine::verdict::number::Exact;
use crate::engine::verdict::{Cause, Decision, Importance, verdict};
use tokio_util::sync::CancellationToken;

/// A sea with controllers, a process, and what it drives: two steps of one to
/// four minutes.
struct Story {
    tide: Tide,
    sea: Shared,
    driving: Task<Left>,
}

impl Story {
    /// In sea 16, which keeps records as text.
    fn begin(conditions: &[&str]) -> Self {
        Self::judged_by(Importance::Critical, conditions)
    }

    /// Where failed requests count like this.
    fn judged_by(requests: Importance, conditions: &[&str]) -> Self {
        let (mut tide, sea) = (Tide::default(), sea(16, 4));
        controllers(&mut tide, &sea);
        let boat = Boat::new(&sea, &tide.clock, 0);
        let mut record = record(60, OnDriverLoss::TakeOver, tide_now(&boat));
        conditioned(&mut record, conditions);
        record.run.plan.requests = requests;
        let pilot = start(&sea, &boat, record);
        let driving = tide.spawn(pilot.drive(CancellationToken::new()));
        Self { tide, sea, driving }
    }

    fn says(&self, reply: Reply) {
        lock(&self.sea).said = reply;
    }

    fn pass(&mut self, seconds: u64) -> OperationRecord {
        self.tide.pass(Duration::from_secs(seconds));
        (*lock(&self.sea).read().unwrap()).clone()
    }

    fn end(&mut self) -> (Left, OperationRecord) {
        let left = self.tide.finish(&self.driving);
        (left, (*lock(&self.sea).read().unwrap()).clone())
    }
}

fn tide_now(boat: &Boat) -> crate::domain::Now {
    use super::super::shore::Shore as _;
    boat.now()
}

fn value(value: f64) -> Reply {
    Reply::Value(Exact::new(value))
}

/// Every verdict kept is decided again from what was kept with it.
fn replays(record: &OperationRecord) {
    assert!(!record.verdicts.is_empty());
    for kept in &record.verdicts {
        assert_eq!(verdict(&kept.inputs), kept.verdict, "{}", kept.verdict.reason);
    }
}

const RATE: &str = "rate: sum(r); success: result[0] >= 0.95; interval: 20s; count: 3";

#[test]
fn a_condition_that_holds_is_measured_in_each_step_and_promotes() {
    let mut story = Story::begin(&[RATE]);
    let (left, record) = story.end();
    assert_eq!(left, Left::Over(Ending::Promoted));
    let judged = record.run.judged.as_ref().unwrap();
    assert!(judged.verdict.reason.contains("conditions that hold: rate"), "{}", judged.verdict.reason);
    let note = &judged.verdict.metrics.last().unwrap().note;
    assert_eq!(note, "fine, 0.99 fulfils result[0] >= 0.95 (3 of 3 measured): sum(r)");
    replays(&record);
}

/// What a service without request metrics of its own needs.
#[test]
fn where_failed_requests_are_advisory_the_conditions_decide_alone() {
    for measured in [true, false] {
        let mut story = Story::judged_by(Importance::Advisory, &[RATE]);
        lock(&story.sea).served.requests = 0;
        lock(&story.sea).served.measured = measured;
        let (left, record) = story.end();
        assert_eq!(left, Left::Over(Ending::Promoted), "{}", record.sentence());
        replays(&record);
        let mut story = Story::judged_by(Importance::Advisory, &[RATE]);
        lock(&story.sea).served.requests = 0;
        story.pass(40);
        story.says(value(0.91));
        let (left, _) = story.end();
        assert!(matches!(left, Left::Over(Ending::RolledBack { .. })), "{left:?}");
    }
    let mut strict = Story::begin(&[RATE]);
    lock(&strict.sea).served.requests = 0;
    let record = strict.pass(20 * 60);
    assert!(matches!(record.run.phase, Phase::Watching { step: 0, .. }), "{:?}", record.run.phase);
}

#[test]
fn advisory_failed_requests_hold_what_the_conditions_would_promote() {
    let mut story = Story::judged_by(Importance::Advisory, &[RATE]);
    lock(&story.sea).errors = 300;
    let record = story.pass(20 * 60);
    assert!(matches!(record.run.phase, Phase::Watching { step: 0, .. }), "{:?}", record.run.phase);
    let judged = record.run.judged.as_ref().unwrap();
    assert_eq!((judged.verdict.cause, judged.verdict.page), (Cause::Advisory, true));
}

#[test]
fn a_condition_that_fails_rolls_back_with_its_evidence_though_no_request_failed() {
    let mut story = Story::begin(&[RATE]);
    story.pass(40);
    story.says(value(0.91));
    let (left, record) = story.end();
    let Left::Over(Ending::RolledBack { why }) = left else { panic!("{left:?}") };
    assert_eq!(why, "rate: 0.91 does not fulfil result[0] >= 0.95 (1 failed, 0 tolerated): sum(r)");
    let judged = record.run.judged.as_ref().unwrap();
    assert_eq!((judged.verdict.decision, judged.verdict.cause), (Decision::Rollback, Cause::Condition));
    let since = judged.inputs.clock.elapsed_s;
    assert!(since <= 45, "judged at once, not at the next reading: after {since} s");
    replays(&record);
}

#[test]
fn failures_within_the_limit_are_told_and_tolerated() {
    let mut story =
        Story::begin(&["rate: sum(r); success: result[0] >= 0.95; interval: 20s; failureLimit: 2"]);
    story.pass(30);
    story.says(value(0.91));
    let record = story.pass(20);
    let note = record.run.judged.as_ref().unwrap().verdict.metrics.last().unwrap().note.clone();
    assert!(note.contains("1 failed, 2 tolerated"), "{note}");
    story.says(value(0.99));
    let (left, _) = story.end();
    assert_eq!(left, Left::Over(Ending::Promoted));
}

#[test]
fn what_is_inconclusive_holds_and_calls_a_person() {
    let mut story =
        Story::begin(&["rate: sum(r); success: result[0] >= 0.95; failure: result[0] < 0.9; interval: 20s"]);
    story.says(value(0.93));
    let record = story.pass(20 * 60);
    assert!(matches!(record.run.phase, Phase::Watching { step: 0, .. }), "{:?}", record.run.phase);
    assert!(record.needs_a_person(), "{}", record.sentence());
    let judged = record.run.judged.as_ref().unwrap();
    assert_eq!((judged.verdict.decision, judged.verdict.cause), (Decision::Hold, Cause::Condition));
    assert!(record.sentence().contains("a person decides"), "{}", record.sentence());
    replays(&record);
    assert!(encode(&record).unwrap().len() < 300 << 10);
}

/// As long as nobody answers nothing is promoted, however good it was, and
/// nothing is rolled back either: that is no measurement.
#[test]
fn a_monitoring_that_does_not_answer_holds_and_is_measured_again_when_it_is_back() {
    for condition in [RATE, "edge: sum(r); min: 0.9; threshold: 2; interval: 20s"] {
        let mut story = Story::begin(&[condition]);
        story.pass(25);
        lock(&story.sea).silent_until = u64::MAX;
        let record = story.pass(30);
        let judged = record.run.judged.as_ref().unwrap();
        assert_eq!(judged.verdict.cause, Cause::Outage, "{}", judged.verdict.reason);
        assert!(judged.verdict.reason.contains("connection refused"), "{}", judged.verdict.reason);
        assert!(!judged.verdict.page && judged.verdict.countdown_s.is_some(), "{:?}", judged.verdict);
        let record = story.pass(15 * 60);
        assert!(matches!(record.run.phase, Phase::Watching { step: 0, .. }), "{:?}", record.run.phase);
        assert!(record.needs_a_person(), "{}", record.sentence());
        replays(&record);
        lock(&story.sea).silent_until = 0;
        let (left, _) = story.end();
        assert_eq!(left, Left::Over(Ending::Promoted));
    }
}

#[test]
fn five_empty_answers_in_a_row_fail_as_they_do_in_argo() {
    let mut story = Story::begin(&[RATE]);
    story.says(Reply::Error("the answer is empty".to_owned()));
    let (left, record) = story.end();
    let Left::Over(Ending::RolledBack { why }) = left else { panic!("{left:?}") };
    assert_eq!(why, "rate: no value: the answer is empty (5 errors in a row, 4 tolerated): sum(r)");
    // Tried again after ten seconds each time.
    let elapsed = record.run.judged.as_ref().unwrap().inputs.clock.elapsed_s;
    assert!((40..60).contains(&elapsed), "{elapsed}");
    replays(&record);
}

/// Flagger never forgets a failed check, not over steps and not over drivers.
#[test]
fn a_successor_counts_on() {
    let mut story = Story::begin(&["edge: sum(r); min: 0.9; threshold: 3; interval: 20s"]);
    story.says(value(0.5));
    story.pass(30);
    story.says(value(0.99));
    let record = story.pass(20);
    let edge = |record: &OperationRecord| {
        record.run.judged.as_ref().unwrap().verdict.metrics.last().unwrap().note.clone()
    };
    assert!(
        edge(&record).contains("(1 of 3 failed checks)") || edge(&record).contains("(2 of 3"),
        "{}",
        edge(&record)
    );
    let before = edge(&record).contains("(2 of 3");
    story.tide.kill(&story.driving);
    let other = Boat::new(&story.sea, &story.tide.clock, -1_800);
    story.tide.spawn(successor(other, "second"));
    let record = story.pass(100);
    assert_eq!(record.driver.identity, "second");
    assert_eq!(edge(&record).contains("(2 of 3"), before, "{}", edge(&record));
    assert!(edge(&record).contains("of 3 failed checks)"), "{}", edge(&record));
    story.says(value(0.5));
    let record = story.pass(120);
    let Some(Ending::RolledBack { why }) = record.ending() else { panic!("{:?}", record.run.phase) };
    assert!(why.starts_with("edge: 3 failed checks, the last: edge 0.5 < 0.9"), "{why}");
}
