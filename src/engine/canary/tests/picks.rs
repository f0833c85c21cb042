//! Steps that pick requests by header, or copy them.

use super::super::{Ending, Intent, Phase, Plan, PlanFault, Request, Step};
use super::model::World;
use crate::engine::router::Picked;
use crate::engine::verdict::{Cause, Decision};
use crate::engine::weights::Routing;

fn step(text: &str) -> Step {
    let pick = Some(text.parse().unwrap());
    Step { pick, ..Step::weighted(0, 300, 900, false) }
}

fn plan(steps: Vec<Step>) -> Result<Plan, PlanFault> {
    Plan { routing: Routing::Weights, ..Plan::standard() }.with_steps(steps)
}

/// A header, copies, then weights.
pub(super) fn picking() -> Plan {
    let weights = [10, 50].map(|percent| Step::weighted(percent, 300, 600, false));
    let picks = vec![step("header:X-Canary=always"), step("mirror:20")];
    plan([picks, weights.to_vec()].concat()).unwrap()
}

fn watched(world: &World) -> Option<usize> {
    let Phase::Watching { step, .. } = world.run.phase else { return None };
    Some(step)
}

#[test]
fn those_with_the_header_then_copies_then_weights() {
    let mut world = World::new(picking(), 9);
    world.play(3_600);
    assert_eq!(world.run.phase, Phase::Over(Ending::Promoted), "{}", world.run.progress);
    let pods = |replicas| Intent::ScaleCanary { replicas };
    let expected = [
        Intent::CreateCanary { replicas: 1 },
        Intent::JoinRouter,
        Intent::Pick { step: 0 },
        // A fifth of stable's requests needs a fifth of its pods.
        pods(2),
        Intent::Pick { step: 1 },
        pods(1),
        Intent::Weigh { percent: 10 },
        pods(5),
        Intent::Weigh { percent: 50 },
        Intent::UpdateStable,
        Intent::RestoreRouter,
        Intent::DeleteCanary,
    ];
    assert_eq!(world.history, expected);
}

#[test]
fn a_bad_version_is_gone_before_anybody_without_the_header_sees_it() {
    let mut world = World::new(picking(), 9);
    world.errors = (10, 200);
    world.play(3_600);
    let Phase::Over(Ending::RolledBack { why }) = &world.run.phase else { panic!("{:?}", world.run.phase) };
    assert!(why.contains("worse"), "{why}");
    assert!(
        !world.history.iter().any(|intent| matches!(intent, Intent::Weigh { .. })),
        "{:?}",
        world.history
    );
    assert_eq!(world.route.unwrap().picked, Picked::Nothing);
    let last = &world.history[world.history.len() - 2..];
    assert_eq!(last, [Intent::RestoreRouter, Intent::DeleteCanary], "requests go first");
}

/// Nobody knows how many carry a header: their share is held against nobody,
/// and too few of them hold it.
#[test]
fn few_with_the_header_hold_it_and_are_no_broken_route() {
    let mut world = World::new(picking(), 9);
    (world.carriers, world.errors) = (1, (1, 1));
    world.play(1_200);
    assert_eq!(watched(&world), Some(0), "{}", world.run.progress);
    let judged = &world.run.judged.as_ref().unwrap().verdict;
    assert_eq!((judged.decision, judged.cause), (Decision::Hold, Cause::Inconclusive), "{}", judged.reason);
    assert!(judged.needs.is_some() && judged.reason.contains("more canary requests"), "{}", judged.reason);
    world.carriers = 0;
    world.play(600);
    let judged = &world.run.judged.as_ref().unwrap().verdict;
    assert_eq!(judged.decision, Decision::Hold, "{}", judged.reason);
    assert_ne!(judged.cause, Cause::Share, "{}", judged.reason);
    world.ask(Request::Promote);
    world.play(60);
    assert_eq!(watched(&world), Some(1), "{}", world.run.progress);
}

/// How many are copied is known, so a route that copies none is noticed.
#[test]
fn copies_that_do_not_come_are_noticed() {
    let mut world = World::new(plan(vec![step("mirror:20")]).unwrap(), 9);
    world.play(60);
    assert_eq!(watched(&world), Some(0));
    let share = world.run.judged.as_ref().unwrap().inputs.requested_share;
    assert!((share - 20.0 / 120.0).abs() < 1e-9, "{share}");
}

#[test]
fn a_rule_somebody_takes_back_is_written_once_more_and_another_one_ends_it() {
    let mut world = World::new(picking(), 9);
    world.play(60);
    for again in 0..2 {
        assert_eq!(world.route.unwrap().picked, Picked::Step(0), "round {again}: {}", world.run.progress);
        world.route.as_mut().unwrap().picked = Picked::Nothing;
        world.play(60);
    }
    world.play(600);
    let Phase::Over(Ending::RolledBack { why }) = &world.run.phase else { panic!("{:?}", world.run.phase) };
    assert!(why.contains("takes the canary's rule back") && why.contains("git"), "{why}");
    for (picked, percent, words) in
        [(Picked::Other, 0, "which requests go to the canary"), (Picked::Step(0), 30, "changed the weights")]
    {
        let mut world = World::new(picking(), 9);
        world.play(60);
        let route = world.route.as_mut().unwrap();
        (route.picked, route.percent) = (picked, percent);
        world.play(600);
        let Phase::Over(Ending::RolledBack { why }) = &world.run.phase else {
            panic!("{:?}", world.run.phase)
        };
        assert!(why.contains(words), "{why}");
        assert_eq!(world.route.unwrap().picked, Picked::Nothing);
    }
}

#[test]
fn an_abort_takes_the_rule_out_at_once() {
    let mut world = World::new(picking(), 9);
    world.play(60);
    world.ask(Request::Abort);
    assert_eq!(world.history.last(), Some(&Intent::RestoreRouter));
    world.play(120);
    assert!(matches!(world.run.phase, Phase::Over(Ending::RolledBack { .. })));
    assert_eq!(world.run.turned, Some(0), "where the way back began is not forgotten");
}

/// The driver dies before and after each of its writes, the answer lost or not.
#[test]
fn a_crash_around_every_write_ends_the_same() {
    let end = |crash: Option<(usize, i64)>, errors| {
        let mut world = World::new(picking(), 9);
        world.errors = errors;
        if let Some((writes, after)) = crash {
            while world.history.len() < writes && !world.run.is_over() {
                world.play(1);
            }
            world.play(after);
            world.crash();
        }
        world.play(7_200);
        let route = world.route.unwrap();
        let ended = matches!(world.run.phase, Phase::Over(Ending::Promoted));
        (ended, world.stable.template, world.canary.is_some(), route, world.run.is_over())
    };
    for errors in [(10, 10), (10, 200)] {
        let calm = end(None, errors);
        for writes in 1..=12 {
            for after in [0, 1, 2] {
                assert_eq!(
                    end(Some((writes, after)), errors),
                    calm,
                    "write {writes}, {after} s later, {errors:?}"
                );
            }
        }
    }
}

#[test]
fn steps_that_pick_come_first_and_once() {
    let weight = |percent| Step::weighted(percent, 300, 600, false);
    let header = || step("header:X-Canary=always");
    assert!(plan(vec![weight(0), header(), step("header:x-canary=beta"), weight(10)]).is_ok());
    assert!(plan(vec![header()]).is_ok_and(|plan| plan.steps.len() == 1));
    assert!(plan(vec![step("mirror:100"), weight(100)]).is_ok_and(|plan| plan.steps.len() == 1));
    for (steps, expected) in [
        (
            vec![weight(10), header()],
            "step 2 (header:X-Canary=always) sends nobody by weight, and the step before it 10 %",
        ),
        (vec![header(), step("header:x-canary=always")], "steps 1 and 2 are both header:x-canary=always"),
        (vec![step("mirror:5"), step("mirror:5"), weight(10)], "steps 1 and 2 are both mirror:5"),
        (vec![header(), weight(0)], "step 2 asks for 0 %"),
    ] {
        let fault = plan(steps).unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault}");
    }
}
