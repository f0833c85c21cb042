//! Random schedules: late writes, lagging watch, refused writes, drivers that
//! die, people who press buttons. The invariants hold in all of them.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::super::{Ending, Intent, Phase, Plan, PlanFault, Request, Side, Step};
use super::model::{Fate, NEW, OLD, World};
use super::route::Route;
use crate::engine::router::Picked;
use crate::engine::weights::Routing;

/// A step as typed.
pub(super) fn step_of(text: &str) -> Step {
    let pick = Some(text.parse().unwrap());
    Step { pick, ..Step::weighted(0, 300, 900, false) }
}

/// Behind a route.
pub(super) fn plan(steps: Vec<Step>) -> Result<Plan, PlanFault> {
    Plan { routing: Routing::Weights, ..Plan::standard() }.with_steps(steps)
}

/// A header, copies, then weights.
fn picking() -> Plan {
    let weights = [10, 50].map(|percent| Step::weighted(percent, 300, 600, false));
    let picks = vec![step_of("header:X-Canary=always"), step_of("mirror:20")];
    plan([picks, weights.to_vec()].concat()).unwrap()
}

/// What happens in one slice of time.
#[derive(Clone, Copy, Debug)]
enum Happening {
    Calm(u8),
    Lag(u8),
    Refused(u8),
    Unanswered(u8),
    Crash,
    Asked(Request),
    Autoscaled(u8),
    Regresses,
}

fn happening() -> impl Strategy<Value = Happening> {
    use Request::{Abort, Hold, Promote, PromoteFull, Resume};
    prop_oneof![
        20 => (1_u8..120).prop_map(Happening::Calm),
        4 => (1_u8..60).prop_map(Happening::Lag),
        3 => (1_u8..60).prop_map(Happening::Refused),
        3 => (1_u8..60).prop_map(Happening::Unanswered),
        6 => Just(Happening::Crash),
        6 => prop::sample::select(vec![Abort, Hold, Promote, Promote, PromoteFull, Resume, Resume])
            .prop_map(Happening::Asked),
        1 => (1_u8..20).prop_map(Happening::Autoscaled),
        1 => Just(Happening::Regresses),
    ]
}

/// What was true before a second passed.
struct Before {
    canary: u32,
    percent: u32,
    picked: Picked,
    whole: bool,
    history: usize,
}

fn before(world: &World) -> Before {
    let seen = world.observed();
    Before {
        canary: world.canary.as_ref().map_or(0, |c| c.desired),
        percent: world.route.map_or(0, |route| route.percent),
        picked: world.route.map_or(Picked::Nothing, |route| route.picked),
        whole: [seen.stable, seen.canary].iter().flatten().all(Side::is_whole),
        history: world.history.len(),
    }
}

/// The invariants of the module documentation, after each second.
fn check(world: &World, was: &Before, resized: bool) -> Result<(), TestCaseError> {
    // The canary is raised only while everything was available. The write
    // was decided a moment ago, so a stable resized since does not count.
    let canary = world.canary.as_ref().map_or(0, |c| c.desired);
    if canary > was.canary && !resized {
        prop_assert!(was.whole, "raised from {} to {canary} without all pods", was.canary);
    }
    let percent = world.route.map_or(0, |route| route.percent);
    if percent > was.percent && !resized {
        prop_assert!(was.whole, "shifted from {} to {percent} % without all pods", was.percent);
    }
    let picked = world.route.map_or(Picked::Nothing, |route| route.picked);
    if picked != was.picked && picked != Picked::Nothing && !resized {
        prop_assert!(was.whole, "{picked:?} was picked without all pods");
    }
    prop_assert!(percent == 0 || picked == Picked::Nothing, "{percent} % and {picked:?} at once");
    if percent > 0 || picked != Picked::Nothing {
        let serves = world.canary.as_ref().is_some_and(|c| c.current > 0);
        prop_assert!(serves, "{percent} % and {picked:?} go to nobody");
    }
    let serving = world.stable.current + world.stable.old;
    if !resized {
        prop_assert!(serving >= world.stable.desired, "stable has {serving} pods");
    }
    for intent in &world.history[was.history..] {
        if *intent == Intent::UpdateStable {
            let ours = matches!(world.run.phase, Phase::Promoting { .. });
            prop_assert!(ours, "stable updated in {:?}", world.run.phase);
        }
        if *intent == Intent::RestoreStable {
            let back = matches!(world.run.phase, Phase::RollingBack { .. });
            prop_assert!(back, "stable restored in {:?}", world.run.phase);
        }
    }
    Ok(())
}

fn seconds(world: &mut World, n: u8, lag: i64, fate: Fate, resized: bool) -> Result<(), TestCaseError> {
    for _ in 0..n {
        let was = before(world);
        world.second(lag, fate);
        check(world, &was, resized)?;
    }
    Ok(())
}

fn play(world: &mut World, happenings: &[Happening]) -> Result<(), TestCaseError> {
    let mut resized = false;
    for h in happenings {
        match *h {
            Happening::Calm(n) => seconds(world, n, 0, Fate::Answered, resized)?,
            Happening::Lag(n) => seconds(world, n, 3, Fate::Answered, resized)?,
            Happening::Refused(n) => seconds(world, n, 0, Fate::Refused, resized)?,
            Happening::Unanswered(n) => seconds(world, n, 0, Fate::Lost, resized)?,
            Happening::Crash => world.crash(),
            Happening::Asked(request) => world.ask(request),
            Happening::Autoscaled(n) => {
                resized = true;
                world.stable.desired = u32::from(n);
            }
            Happening::Regresses => world.errors = (10, 200),
        }
    }
    Ok(())
}

/// Afterwards everything calms down: a held run is resumed, and it ends with
/// nothing left behind.
fn settle(world: &mut World) -> Result<(), TestCaseError> {
    world.ask(Request::Resume);
    world.play(7_200);
    let Phase::Over(ending) = &world.run.phase else {
        return Err(TestCaseError::fail(format!(
            "never ended: {:?} {}",
            world.run.phase, world.run.progress
        )));
    };
    let template = if *ending == Ending::Promoted { NEW } else { OLD };
    prop_assert_eq!(world.stable.template, template, "{:?}", ending);
    prop_assert!(world.canary.is_none(), "a canary was left behind after {ending:?}");
    let as_before = |route: Route| {
        route.percent == 0 && route.named == route.was_named && route.picked == Picked::Nothing
    };
    prop_assert!(world.route.is_none_or(as_before), "{:?} was left behind after {ending:?}", world.route);
    for _ in 0..120 {
        world.second(0, Fate::Answered);
    }
    prop_assert!(world.canary.is_none(), "a late write brought the canary back");
    prop_assert_eq!(world.stable.template, template, "a late write changed stable");
    Ok(())
}

/// A fixed seed; `PROPTEST_CASES=10000` runs as many schedules.
fn config() -> ProptestConfig {
    let standard = ProptestConfig::default();
    let cases = if standard.cases == 256 { 60 } else { standard.cases };
    ProptestConfig { cases, rng_seed: RngSeed::Fixed(6), ..standard }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn invariants_hold_under_any_schedule(
        stable in 1_u32..15,
        happenings in prop::collection::vec(happening(), 1..40),
        plan in prop::sample::select(vec![
            Plan::standard(),
            Plan { routing: Routing::Weights, ..Plan::standard() },
            picking(),
        ]),
    ) {
        let mut world = World::new(plan, stable);
        play(&mut world, &happenings)?;
        settle(&mut world)?;
    }

    /// A crash at any second leads to the same end as no crash.
    #[test]
    fn a_crash_changes_nothing(at in 0_i64..1_400, bad: bool, picks: bool) {
        let end = |crash: Option<i64>| {
            let plan = if picks { picking() } else { Plan::standard() };
            let mut world = World::new(plan, 9);
            world.errors = if bad { (10, 80) } else { (10, 10) };
            if let Some(at) = crash {
                world.play(at);
                world.crash();
            }
            world.play(7_200);
            (world.run.phase.clone(), world.stable.template, world.canary.is_some())
        };
        let (with, without) = (end(Some(at)), end(None));
        let kind = |phase: &Phase| std::mem::discriminant(phase);
        prop_assert_eq!(kind(&with.0), kind(&without.0));
        prop_assert_eq!((with.1, with.2), (without.1, without.2));
    }
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
    let aborted = Ending::RolledBack { why: "aborted by ada".into() };
    assert_eq!(world.run.phase, Phase::Over(aborted));
    assert!(world.canary.is_none());
}
