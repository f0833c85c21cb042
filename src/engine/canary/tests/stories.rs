//! One story per test.

use super::super::{CanaryRun, Ending, Intent, Phase, Plan, PlanFault, Request, Step};
use super::model::{Fate, NEW, OLD, World};
use crate::engine::delivery::Pace;
use crate::engine::verdict::guards::Fact;
use crate::engine::weights::Routing;

fn ending(world: &World) -> &Ending {
    let Phase::Over(ending) = &world.run.phase else {
        panic!("not over: {:?}, {}", world.run.phase, world.run.progress);
    };
    ending
}

fn why(world: &World) -> &str {
    match ending(world) {
        Ending::RolledBack { why } => why,
        Ending::Promoted => panic!("it was promoted"),
    }
}

fn step(percent: u32) -> Step {
    Step::weighted(percent, 300, 600, false)
}

#[test]
fn a_healthy_canary_goes_all_the_way() {
    let mut world = World::new(Plan::standard(), 9);
    world.play(3_600);
    assert_eq!(ending(&world), &Ending::Promoted);
    assert_eq!(
        world.history,
        [
            Intent::CreateCanary { replicas: 1 },
            Intent::ScaleCanary { replicas: 9 },
            Intent::UpdateStable,
            Intent::DeleteCanary
        ]
    );
    assert_eq!((world.stable.template, world.stable.desired), (NEW, 9));
    assert!(world.canary.is_none());
    assert!((600..1_500).contains(&world.at), "{} s", world.at);
}

#[test]
fn behind_a_router_pods_come_first_and_requests_go_first() {
    let routed = Plan { routing: Routing::Weights, ..Plan::standard() };
    for (errors, promoted) in [((10, 10), true), ((10, 80), false)] {
        let mut world = World::new(routed.clone(), 9);
        world.errors = errors;
        world.play(3_600);
        assert_eq!(*ending(&world) == Ending::Promoted, promoted, "{}", world.run.progress);
        let start = [Intent::CreateCanary { replicas: 1 }, Intent::JoinRouter, Intent::Weigh { percent: 10 }];
        let rest = [Intent::ScaleCanary { replicas: 5 }, Intent::Weigh { percent: 50 }, Intent::UpdateStable];
        let end = [Intent::RestoreRouter, Intent::DeleteCanary];
        let expected =
            if promoted { [&start[..], &rest, &end].concat() } else { [&start[..], &end].concat() };
        assert_eq!(world.history, expected);
    }
}

#[test]
fn blue_green_switches_everybody_keeps_the_old_one_and_goes_back_at_once() {
    let pace = Pace { min_s: 60, keep_s: 600, ..Pace::default() };
    let mut world = World::new(pace.switch(), 4);
    world.play(3_600);
    assert_eq!(ending(&world), &Ending::Promoted);
    let switch = [Intent::CreateCanary { replicas: 4 }, Intent::Weigh { percent: 100 }];
    let rest = [Intent::UpdateStable, Intent::RestoreRouter, Intent::DeleteCanary];
    assert_eq!(world.history, [&switch[..], &rest].concat());
    assert!(world.at > 660, "{} s", world.at);

    let mut world = World::new(pace.switch(), 4);
    world.play(300);
    assert!(world.run.progress.contains("the old version is kept for"), "{}", world.run.progress);
    assert_eq!(world.route.unwrap().percent, 100);
    world.ask(Request::Abort);
    assert_eq!(world.history.last(), Some(&Intent::RestoreRouter), "at once");
    world.play(600);
    assert!(why(&world).contains("aborted by ada"), "{}", why(&world));

    let mut world = World::new(Pace { manual: true, ..pace }.switch(), 4);
    world.play(3_600);
    assert_eq!(world.route.unwrap().percent, 0, "{}", world.run.progress);
    assert!(world.run.progress.contains("waits for a person to switch"), "{}", world.run.progress);
    world.ask(Request::Promote);
    world.play(3_600);
    assert_eq!(ending(&world), &Ending::Promoted);
}

#[test]
fn a_weight_somebody_keeps_taking_back_is_given_once_more_and_then_rolled_back() {
    let mut world = World::new(Plan { routing: Routing::Weights, ..Plan::standard() }, 10);
    world.play(60);
    for again in 0..2 {
        assert_eq!(world.route.unwrap().percent, 10, "round {again}: {}", world.run.progress);
        world.route.as_mut().unwrap().percent = 0;
        world.play(60);
    }
    world.play(600);
    assert!(why(&world).contains("git"), "{}", why(&world));

    let mut world = World::new(Plan { routing: Routing::Weights, ..Plan::standard() }, 10);
    world.play(60);
    world.route.as_mut().unwrap().percent = 70;
    world.play(600);
    assert!(why(&world).contains("somebody else changed the weights"), "{}", why(&world));
    assert_eq!(world.route.unwrap().percent, 0);

    let mut world = World::new(Plan { routing: Routing::Weights, ..Plan::standard() }, 10);
    world.play(60);
    world.route = None;
    world.play(600);
    assert!(why(&world).contains("is gone"), "{}", why(&world));
}

#[test]
fn a_bad_canary_is_gone_and_stable_was_never_touched() {
    let mut world = World::new(Plan::standard(), 9);
    world.errors = (10, 80);
    world.play(3_600);
    assert!(why(&world).contains("worse, E="), "{}", why(&world));
    assert_eq!(world.history, [Intent::CreateCanary { replicas: 1 }, Intent::DeleteCanary]);
    assert!(world.at < 300, "{} s", world.at);
    let judgement = world.run.judged.as_deref().expect("a stored verdict");
    assert_eq!(crate::engine::verdict::verdict(&judgement.inputs), judgement.verdict);
}

#[test]
fn pods_that_never_start_are_rolled_back_at_the_deadline() {
    let mut world = World::new(Plan::standard(), 9);
    world.starts = false;
    world.play(3_600);
    assert_eq!(why(&world), "0 of 1 canary pods available after 600 s");
}

#[test]
fn an_image_that_cannot_be_pulled_does_not_wait_for_the_deadline() {
    let mut world = World::new(Plan::standard(), 9);
    world.starts = false;
    world.facts = vec![Fact::Waiting { pod: "c-1".into(), reason: "ImagePullBackOff".into(), for_s: 61 }];
    world.play(3_600);
    assert_eq!(why(&world), "canary pod c-1 cannot start: ImagePullBackOff for 61 s");
    assert!(world.at <= 60, "{} s", world.at);
}

#[test]
fn a_crash_during_the_promotion_puts_the_old_template_back() {
    let mut world = World::new(Plan::standard(), 9);
    while !world.history.contains(&Intent::UpdateStable) {
        world.play(1);
    }
    world.facts = vec![Fact::CrashLoop { pod: "s-1".into(), restarts: 3 }];
    world.starts = false;
    world.play(600);
    assert_eq!(why(&world), "canary pod s-1 is crash looping (3 restarts)");
    assert_eq!(world.stable.template, OLD);
    assert!(world.canary.is_none());
}

fn rolling() -> World {
    let mut world = World::new(Plan::standard(), 9);
    world.run = CanaryRun::rolling(Plan::standard(), OLD, NEW, world.now());
    world
}

/// Containers without a readiness probe are available before they crash.
#[test]
fn a_rolling_update_that_is_whole_for_a_moment_is_not_promoted() {
    let mut world = rolling();
    while !(world.stable.template == NEW && world.observed().stable.unwrap().is_whole()) {
        world.play(1);
    }
    world.play(5);
    assert!(matches!(world.run.phase, Phase::Promoting { .. }), "{}", world.run.progress);
    world.stable.current = 0;
    world.starts = false;
    world.facts = vec![Fact::CrashLoop { pod: "s-1".into(), restarts: 3 }];
    world.play(600);
    assert_eq!(why(&world), "canary pod s-1 is crash looping (3 restarts)");
    assert_eq!(world.stable.template, OLD);
}

#[test]
fn a_rolling_update_is_promoted_when_it_was_whole_for_half_a_minute() {
    let mut world = rolling();
    while !(world.stable.template == NEW && world.observed().stable.unwrap().is_whole()) {
        world.play(1);
    }
    let begun = world.at;
    world.play(600);
    assert_eq!(ending(&world), &Ending::Promoted);
    assert!((30..=35).contains(&(world.at - begun)), "{} s", world.at - begun);
}

#[test]
fn people_hold_resume_promote_and_abort() {
    let mut world = World::new(Plan::standard(), 9);
    world.play(60);
    world.ask(Request::Hold);
    world.play(900);
    assert!(matches!(world.run.phase, Phase::Watching { step: 0, .. }), "{:?}", world.run.phase);
    assert!(world.run.progress.starts_with("held by a person"), "{}", world.run.progress);
    world.ask(Request::Resume);
    world.play(60);
    assert!(!matches!(world.run.phase, Phase::Watching { step: 0, .. }));
    world.play(60);
    world.ask(Request::PromoteFull);
    assert!(matches!(world.run.phase, Phase::Promoting { .. }), "{:?}", world.run.phase);
    world.ask(Request::Abort);
    world.play(120);
    assert_eq!(why(&world), "aborted by ada");
    assert_eq!(world.stable.template, OLD);
}

#[test]
fn a_manual_step_waits_for_a_person() {
    let manual = Step { manual: true, ..step(50) };
    let plan = Plan::standard().with_steps(vec![manual]).unwrap();
    let mut world = World::new(plan, 2);
    world.play(1_200);
    assert!(world.run.progress.starts_with("waits for a person to promote"), "{}", world.run.progress);
    world.ask(Request::Promote);
    world.play(120);
    assert_eq!(ending(&world), &Ending::Promoted);
}

#[test]
fn in_a_first_step_of_nothing_the_canary_is_there_for_those_a_rule_sends() {
    let steps = vec![Step { max_s: 900, manual: true, ..step(0) }, step(10)];
    let plan = Plan { routing: Routing::Weights, ..Plan::standard() }.with_steps(steps).unwrap();
    let mut world = World::new(plan, 9);
    world.play(1_800);
    assert_eq!(world.history, [Intent::CreateCanary { replicas: 1 }, Intent::JoinRouter]);
    assert!(world.run.progress.contains("waits for a person"), "{}", world.run.progress);
    world.ask(Request::Promote);
    world.play(60);
    assert_eq!(
        (world.history.last(), world.route.unwrap().percent),
        (Some(&Intent::Weigh { percent: 10 }), 10)
    );
}

#[test]
fn promoting_before_the_pods_are_there_is_refused() {
    let mut world = World::new(Plan::standard(), 9);
    world.ask(Request::Promote);
    assert!(matches!(world.run.phase, Phase::Scaling { step: 0, .. }));
    assert!(world.run.progress.contains("possible once the step's pods are available"));
}

#[test]
fn the_canary_follows_an_autoscaled_stable() {
    let mut world = World::new(Plan::standard(), 9);
    world.play(60);
    world.stable.desired = 18;
    world.play(60);
    assert_eq!(world.canary.as_ref().map(|c| c.desired), Some(2));
    world.stable.desired = 9;
    world.play(60);
    assert_eq!(world.canary.as_ref().map(|c| c.desired), Some(1));
}

#[test]
fn a_template_changed_by_somebody_else_ends_it() {
    let mut world = World::new(Plan::standard(), 9);
    world.play(60);
    world.stable.template = 7;
    world.play(60);
    assert_eq!(why(&world), "somebody changed stable's template meanwhile");
    assert_eq!(world.stable.template, 7, "left alone");
    assert!(world.canary.is_none());
}

#[test]
fn the_only_thing_that_serves_is_not_deleted() {
    let mut world = World::new(Plan::standard(), 9);
    world.play(60);
    world.stable.current = 0;
    world.stable.desired = 0;
    world.play(1);
    world.ask(Request::Abort);
    world.play(60);
    assert!(world.canary.is_some());
    assert!(world.run.progress.contains("it is all that serves"), "{}", world.run.progress);
    world.stable.desired = 9;
    world.play(60);
    assert!(world.canary.is_none());
    assert_eq!(why(&world), "aborted by ada");
}

#[test]
fn plans_that_make_no_sense_are_refused_by_step() {
    let with = |percents: &[u32]| Plan::standard().with_steps(percents.iter().map(|p| step(*p)).collect());
    assert!(with(&[10, 50, 100]).is_ok_and(|p| p.steps.len() == 2));
    assert_eq!(with(&[]), Err(PlanFault::NoSteps));
    assert_eq!(with(&[100]), Err(PlanFault::NoSteps));
    assert!(with(&[0, 10]).is_ok_and(|p| p.steps.len() == 2));
    assert_eq!(with(&[0]), Err(PlanFault::NoSteps));
    assert_eq!(with(&[0, 100]), Err(PlanFault::NoSteps));
    assert_eq!(with(&[10, 0]), Err(PlanFault::Weight { number: 2, percent: 0 }));
    assert_eq!(with(&[10, 120]), Err(PlanFault::Weight { number: 2, percent: 120 }));
    assert_eq!(with(&[50, 10]), Err(PlanFault::NotRising { number: 2, from: 50, percent: 10 }));
    let short = Step { max_s: 10, ..step(10) };
    assert!(matches!(Plan::standard().with_steps(vec![short]), Err(PlanFault::Times { number: 1, .. })));
}

/// Found by a random schedule: the driver dies right after its first write,
/// and its successor's first picture is from before that write.
#[test]
fn a_successor_does_not_end_on_an_old_picture() {
    let mut world = World::new(Plan::standard(), 1);
    for _ in 0..5 {
        world.second(3, Fate::Answered);
    }
    world.crash();
    world.ask(Request::Abort);
    world.play(120);
    assert_eq!(why(&world), "aborted by ada");
    assert!(world.canary.is_none());
}
