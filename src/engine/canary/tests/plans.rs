//! Which plans make sense.

use super::super::{Plan, PlanFault, Step};
use super::schedules::{plan, step_of};

fn step(percent: u32) -> Step {
    Step::weighted(percent, 300, 600, false)
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

#[test]
fn steps_that_pick_come_first_and_once() {
    let weight = |percent| Step::weighted(percent, 300, 600, false);
    let header = || step_of("header:X-Canary=always");
    assert!(plan(vec![weight(0), header(), step_of("header:x-canary=beta"), weight(10)]).is_ok());
    assert!(plan(vec![header()]).is_ok_and(|plan| plan.steps.len() == 1));
    assert!(plan(vec![step_of("mirror:100"), weight(100)]).is_ok_and(|plan| plan.steps.len() == 1));
    for (steps, expected) in [
        (
            vec![weight(10), header()],
            "step 2 (header:X-Canary=always) sends nobody by weight, and the step before it 10 %",
        ),
        (vec![header(), step_of("header:x-canary=always")], "steps 1 and 2 are both header:x-canary=always"),
        (vec![step_of("mirror:5"), step_of("mirror:5"), weight(10)], "steps 1 and 2 are both mirror:5"),
        (vec![header(), weight(0)], "step 2 asks for 0 %"),
    ] {
        let fault = plan(steps).unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault}");
    }
}
