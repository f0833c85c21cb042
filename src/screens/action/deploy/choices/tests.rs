use super::*;
use crate::engine::canary::Analysis;
use crate::engine::verdict::Importance;

/// Of a service without deliveries, in so many places.
fn fresh(sites: usize) -> Choices {
    Choices::new(vec![Kept::default(); sites])
}

fn condition() -> Analysis {
    "errors: sum(up); success: result[0] < 0.5".parse().unwrap()
}

#[test]
fn the_usual_values_are_those_of_the_command_line() {
    assert_eq!(fresh(1).pace(), Pace::default());
}

#[test]
fn every_line_turns_through_its_values_and_back() {
    for (line, (choice, _)) in LINES.iter().enumerate() {
        let kept = Kept::from([(Strategy::Canary, vec![condition()], Importance::Critical)]);
        let mut choices = Choices::new(vec![kept; 3]);
        choices.go(line);
        let chosen =
            |strategy: &&Strategy| Choices { strategy: **strategy, ..choices.clone() }.matters(*choice);
        choices.strategy = *STRATEGIES.iter().find(chosen).unwrap();
        let first = format!("{choices:?}");
        let mut turns = 0;
        loop {
            assert!(choices.turn(true), "line {line}");
            turns += 1;
            if format!("{choices:?}") == first {
                break;
            }
            assert!(turns < 10, "line {line} never comes back");
        }
        choices.turn(true);
        choices.turn(false);
        assert_eq!(format!("{choices:?}"), first, "line {line}");
    }
}

#[test]
fn all_steps_offered_can_be_read() {
    for (steps, text) in STEPS.iter().enumerate() {
        let read = Choices { steps, ..fresh(1) }.steps();
        assert_eq!(read.iter().map(PaceStep::to_string).collect::<Vec<_>>().join(","), *text);
    }
}

#[test]
fn those_with_a_header_can_come_first() {
    let mut choices = fresh(1);
    choices.go(2);
    choices.turn(false);
    let steps: Vec<String> = choices.pace().steps.iter().map(PaceStep::to_string).collect();
    assert_eq!(steps.join(","), "header:X-Canary=always,10,50,100");
    assert_eq!(
        choices.words(Choice::Steps),
        "requests with X-Canary: always, then 10, 50, 100 % of the requests"
    );
    assert!(choices.pace().plan().is_ok());
}

#[test]
fn the_last_step_waits_for_a_person() {
    let mut choices = Choices { promotion: Promotion::Last, ..fresh(1) };
    let steps: Vec<String> = choices.pace().steps.iter().map(PaceStep::to_string).collect();
    assert_eq!((steps.join(",").as_str(), choices.pace().manual), ("10,50+pause,100", false));
    choices.strategy = Strategy::BlueGreen;
    assert!(choices.pace().manual && choices.pace().steps == Pace::default().steps);
}

#[test]
fn what_does_not_matter_is_not_asked_for() {
    let all = Choices { traffic: Wish::Route, slow: Some(300), keep: 300, ..fresh(1) };
    assert_eq!((all.traffic(), all.pace().slow_ms, all.pace().keep_s), (Wish::Route, Some(300), 900));
    let colours = Choices { strategy: Strategy::BlueGreen, ..all.clone() };
    assert_eq!(
        (colours.traffic(), colours.pace().slow_ms, colours.pace().keep_s),
        (Wish::Auto, Some(300), 300)
    );
    let rolling = Choices { strategy: Strategy::Rolling, ..all };
    assert_eq!((rolling.traffic(), rolling.pace().slow_ms, rolling.pace().keep_s), (Wish::Auto, None, 900));
}

#[test]
fn a_rolling_update_has_no_steps_to_choose() {
    let mut choices = fresh(1);
    choices.go(1);
    choices.turn(true);
    choices.go(2);
    assert!(!choices.turn(true));
    choices.go(0);
    assert!(!choices.turn(true), "one environment only");
}

#[test]
fn conditions_are_those_of_the_last_delivery_that_came_in_the_same_way() {
    let kept = Kept::from([
        (Strategy::Canary, vec![condition()], Importance::Advisory),
        (Strategy::Canary, Vec::new(), Importance::Critical),
        (Strategy::Rolling, Vec::new(), Importance::Critical),
    ]);
    let mut choices = Choices { again: true, ..Choices::new(vec![Kept::default(), kept]) };
    assert!(choices.pace().analyses.is_empty() && !choices.matters(Choice::Conditions));
    choices.site = 1;
    assert_eq!((choices.pace().analyses, choices.pace().requests), (vec![condition()], Importance::Advisory));
    assert_eq!(choices.words(Choice::Conditions), "as last time: errors; failed requests only hold");
    choices.strategy = Strategy::Rolling;
    assert!(choices.pace().analyses.is_empty() && choices.pace().requests.is_critical());
    assert_eq!(choices.words(Choice::Conditions), "none known from before; qd deploy takes them");
    let without = Choices { again: false, strategy: Strategy::Canary, ..choices };
    assert_eq!((without.pace().analyses.len(), without.matters(Choice::Conditions)), (0, true));
}
