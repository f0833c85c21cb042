//! A run under scripts: one write, whatever happens around it.

use super::tests::*;
use super::*;
use crate::domain::{AuditKind, Condition, Fault, FaultKind, Now, Phase, Verb, Workload, WriteOutcome};
use std::time::Duration;

type Answer = Result<Option<Box<Workload>>, Fault>;

fn running() -> Run {
    let expected = Expected::from(&workload("v1", 6));
    let mut run = Run::new(order(rollback()), expected, Now::at(0));
    assert!(matches!(
        run.step(Input::Start, Now::at(0))[..],
        [Intent::Journal { kind: AuditKind::Intent, .. }]
    ));
    assert_eq!(run.step(Input::Journaled(Ok(())), Now::at(0)), vec![Intent::Write]);
    run
}

fn applied() -> Input {
    Input::Written(WriteOutcome::Applied { resource_version: "11".into(), generation: 6 })
}

fn seen(change: impl FnOnce(&mut Workload)) -> Input {
    let mut workload = workload("v1", 6);
    change(&mut workload);
    Input::Seen(Some(Box::new(workload)))
}

#[test]
fn the_intent_is_on_disk_before_anything_is_sent() {
    let mut run = Run::new(order(rollback()), Expected::default(), Now::at(0));
    run.step(Input::Start, Now::at(0));
    let full = Fault::new(FaultKind::Internal, "disk full");
    let intents = run.step(Input::Journaled(Err(full)), Now::at(0));
    assert!(!intents.contains(&Intent::Write));
    assert!(matches!(run.phase, Phase::Refused(_)));
}

#[test]
fn it_succeeds_when_the_watch_shows_it_and_not_before() {
    let mut run = running();
    run.step(applied(), Now::at(1));
    assert_eq!(run.phase, Phase::Watching);
    run.step(Input::Seen(Some(Box::new(workload("v2", 5)))), Now::at(2));
    assert_eq!(run.phase, Phase::Watching, "the watch lags behind");
    run.step(seen(|w| w.observed_generation = 5), Now::at(3));
    assert_eq!(run.phase, Phase::Watching, "not observed yet");
    run.step(seen(|w| w.replicas.updated = 1), Now::at(4));
    assert_eq!(run.phase, Phase::Watching, "still replacing");
    run.step(seen(|_| {}), Now::at(9));
    assert_eq!((run.phase.clone(), run.ended), (Phase::Succeeded, Some(Now::at(9))));
    assert!(run.step(applied(), Now::at(10)).is_empty(), "a late answer changes nothing");
}

#[test]
fn a_scale_up_is_done_when_the_new_pods_are_available() {
    let mut run = Run::new(order(Verb::Scale { to: 3 }), Expected::from(&workload("v2", 6)), Now::at(0));
    run.step(Input::Start, Now::at(0));
    run.step(Input::Journaled(Ok(())), Now::at(0));
    run.step(applied(), Now::at(1));
    // The rollout was complete before and its condition still says so.
    let settled = |available: u32| {
        seen(move |w| {
            w.replicas.available = available;
            w.conditions.push(Condition {
                kind: "Progressing".into(),
                holds: true,
                reason: "NewReplicaSetAvailable".into(),
                message: String::new(),
                since: None,
            });
        })
    };
    run.step(settled(1), Now::at(2));
    assert_eq!(run.phase, Phase::Watching);
    run.step(settled(3), Now::at(3));
    assert_eq!(run.phase, Phase::Succeeded);
}

#[test]
fn it_fails_when_overtaken_deleted_or_stuck() {
    let stuck = |w: &mut Workload| {
        w.replicas.available = 0;
        w.conditions.push(Condition {
            kind: "Progressing".into(),
            holds: false,
            reason: "ProgressDeadlineExceeded".into(),
            message: "timed out".into(),
            since: None,
        });
    };
    let cases: [(Input, &str); 4] = [
        (Input::Seen(None), "deleted"),
        (seen(|w| w.uid = "other".into()), "created again"),
        (
            seen(|w| {
                w.generation = 7;
                w.template = template("v9");
            }),
            "asks for v9",
        ),
        (seen(stuck), "timed out"),
    ];
    for (input, why) in cases {
        let mut run = running();
        run.step(applied(), Now::at(1));
        run.step(input, Now::at(2));
        assert!(matches!(&run.phase, Phase::Failed(text) if text.contains(why)), "{:?}", run.phase);
    }
}

#[test]
fn an_unknown_outcome_is_read_back_and_never_repeated() {
    let lost = || Input::Written(WriteOutcome::Unknown(Fault::new(FaultKind::Timeout, "no answer")));
    let cases: [(Answer, &str); 3] = [
        (Ok(Some(Box::new(workload("v1", 6)))), "succeeded"),
        (Ok(Some(Box::new(workload("v2", 5)))), "refused"),
        (Ok(None), "failed"),
    ];
    for (answer, word) in cases {
        let mut run = running();
        let mut all = run.step(lost(), Now::at(1));
        assert!(matches!(run.phase, Phase::Unknown(_)));
        all.extend(run.step(Input::ReadBack(answer), Now::at(2)));
        assert_eq!(run.phase.word(), word);
        assert!(!all.contains(&Intent::Write), "{all:?}");
    }
    let mut run = running();
    run.step(lost(), Now::at(1));
    let mut scaled = workload("v1", 7);
    scaled.replicas.desired = 9;
    run.step(Input::ReadBack(Ok(Some(Box::new(scaled)))), Now::at(2));
    assert_eq!(run.phase, Phase::Watching, "an autoscaler's change is not ours to compare");
    let mut run = running();
    run.step(lost(), Now::at(1));
    let away = || Input::ReadBack(Err(Fault::new(FaultKind::Unreachable, "down")));
    assert_eq!(run.step(away(), Now::at(2)), vec![Intent::ReadBack { wait: Duration::from_secs(5) }]);
    run.step(away(), Now::at(700));
    assert!(run.is_over() && matches!(run.phase, Phase::Unknown(_)));
}

proptest::proptest! {
    /// Whatever the order of answers, at most one write is ever asked for, and
    /// it is asked for only after the intent was recorded.
    #[test]
    fn one_write_whatever_happens(script in proptest::collection::vec(0u8..8, 0..40)) {
        let mut run = Run::new(order(rollback()), Expected::from(&workload("v1", 6)), Now::at(0));
        let (mut writes, mut journaled) = (0, false);
        for (at, what) in script.into_iter().enumerate() {
            let input = match what {
                0 => Input::Start,
                1 => { journaled = true; Input::Journaled(Ok(())) }
                2 => applied(),
                3 => Input::Written(WriteOutcome::Unknown(Fault::new(FaultKind::Timeout, "t"))),
                4 => Input::ReadBack(Ok(Some(Box::new(workload("v1", 6))))),
                5 => Input::ReadBack(Err(Fault::new(FaultKind::Timeout, "t"))),
                6 => seen(|w| w.replicas.updated = 1),
                _ => seen(|_| {}),
            };
            let intents = run.step(input, Now::at(i64::try_from(at).unwrap()));
            let asked = intents.iter().filter(|intent| **intent == Intent::Write).count();
            proptest::prop_assert!(asked == 0 || journaled);
            writes += asked;
        }
        proptest::prop_assert!(writes <= 1);
    }
}
