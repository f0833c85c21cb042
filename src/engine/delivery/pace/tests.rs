//! What is typed, and what is refused.

use super::*;
use crate::engine::router::Pick;
use proptest::prelude::*;

fn typed(text: &str) -> Vec<PaceStep> {
    text.split(',').map(|step| step.parse().unwrap()).collect()
}

fn planned(text: &str) -> Vec<Step> {
    Pace { steps: typed(text), ..Pace::default() }.plan().unwrap().steps
}

#[test]
fn each_step_has_its_own_weight_times_and_pause() {
    let step = Step::weighted;
    assert_eq!(
        planned("5@2m,10@10m+pause,25@1m-3m,50+pause,75@-20m,100"),
        [
            step(5, 120, 600, false),
            // Longer than the usual end: it lasts twice its least time.
            step(10, 600, 1_200, true),
            step(25, 60, 180, false),
            step(50, 300, 600, true),
            step(75, 300, 1_200, false),
        ]
    );
    let by_hand = Pace { steps: typed("10,50@1h"), manual: true, ..Pace::default() };
    assert!(by_hand.plan().unwrap().steps.iter().all(|step| step.manual));
}

#[test]
fn a_floor_that_is_no_share_is_refused_whatever_the_strategy() {
    let sound = |floor| Pace { floor: Some(floor), ..Pace::default() }.sound();
    assert!(sound(0.005).is_ok() && Pace::default().sound().is_ok());
    for floor in [0.0, 1.0, 2.0, -0.1, f64::NAN] {
        let fault = sound(floor).unwrap_err();
        assert!(fault.text.contains("makes no sense"), "{fault}");
    }
}

#[test]
fn a_rolling_update_is_watched_for_the_time_of_a_step_or_not_at_all() {
    let plan = |min_s, max_s| Pace { min_s, max_s, manual: true, ..Pace::default() }.in_place();
    assert_eq!(plan(60, 120).unwrap().steps, [Step::weighted(100, 60, 120, true)]);
    let none = plan(300, 0).unwrap();
    assert!(none.steps.is_empty() && !none.is_in_place());
    assert!(plan(61, 60).unwrap_err().text.contains("61 s at least and 60 s at most"));
}

#[test]
fn what_is_no_step_is_quoted_with_the_reason() {
    for (text, expected) in [
        ("", "\"\" is no percentage"),
        ("ten", "\"ten\" is no percentage"),
        ("-5", "\"-5\" is no percentage"),
        ("10@", "no time behind @"),
        ("10@-", "no time behind @"),
        ("10@soon", "\"soon\" is no time"),
        ("10@5m-later", "\"later\" is no time"),
        ("10@5m+hold", "\"hold\" is unknown"),
        ("10+", "\"\" is unknown"),
    ] {
        let error = text.parse::<PaceStep>().unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("10@5m-20m"), "{text}: {error}");
    }
    for (text, expected) in [
        ("10,100+pause", "100 % is the promotion"),
        ("10,100@5m", "100 % is the promotion"),
        ("10@9m-3m", "ends after 180 s"),
        ("50,10", "must rise"),
    ] {
        let fault = Pace { steps: typed(text), ..Pace::default() }.plan().unwrap_err();
        assert!(fault.text.contains(expected), "{text}: {fault}");
    }
}

#[test]
fn steps_kept_as_numbers_are_read() {
    assert_eq!(serde_json::from_str::<PaceStep>("25").unwrap(), PaceStep::from(25));
    assert_eq!(serde_json::to_string(&PaceStep::from(25)).unwrap(), "25");
}

#[test]
fn what_a_step_picks_is_typed_in_place_of_its_weight() {
    let steps = planned("header:X-Canary=always@15m+pause,mirror:10@2m-3m,mirror:100,10");
    let pick = |step: &Step| step.pick.as_ref().map(ToString::to_string);
    let picks: Vec<_> = steps.iter().map(pick).collect();
    let typed = |text: &str| Some(text.to_owned());
    assert_eq!(picks, [typed("header:X-Canary=always"), typed("mirror:10"), typed("mirror:100"), None]);
    assert_eq!((steps[0].percent, steps[0].min_s, steps[0].manual), (0, 900, true));
    assert_eq!((steps[1].min_s, steps[1].max_s, steps[1].manual), (120, 180, false));
    // An older program refuses what it would take for a step of 0 %.
    let kept = serde_json::to_string(&"header:X-Canary=always@15m".parse::<PaceStep>().unwrap()).unwrap();
    assert_eq!(kept, "\"header:X-Canary=always@15m\"");
    for (text, expected) in [
        ("header:X-Canary", "\"X-Canary\" has no value"),
        ("header:=always", "\"\" is no name of a header"),
        ("header:X Canary=always", "\"X Canary\" is no name"),
        ("header:X-Canary:=a", "\"X-Canary:\" is no name"),
        ("header:X-Kanäle=a", "is no name"),
        ("header:X-Canary=", "the header X-Canary has no value"),
        ("header:X-Canary=a b", "\"a b\" is no value"),
        ("header:X-Canary=\u{7}", "is no value"),
        ("header:X-User=ada@example.org", "\"example.org\" is no time"),
        ("header:X-Canary=a+b", "\"b\" is unknown"),
        ("header:Authorization=Bearer", "Authorization holds secrets"),
        ("header:cookie=a", "cookie holds secrets"),
        ("mirror:0", "\"0\" is no part to mirror"),
        ("mirror:101", "\"101\" is no part"),
        ("mirror:ten", "\"ten\" is no part"),
        ("mirror:-5", "\"-5\" is no part"),
        ("mirror:10@", "no time behind @"),
        ("Header:X=a", "\"Header:X=a\" is no percentage"),
    ] {
        let error = text.parse::<PaceStep>().unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("header:NAME=VALUE"), "{text}: {error}");
    }
    let kept = serde_json::from_str::<PaceStep>("\"header:X=\"").unwrap_err().to_string();
    assert!(kept.contains("has no value"), "{kept}");
}

fn pick() -> impl Strategy<Value = Option<Pick>> {
    let header = ("[A-Za-z0-9!#$%&'*.^_`|~-]{1,20}", "[!-*./0-?A-~-]{1,20}").prop_filter_map(
        "a secret",
        |(name, value)| {
            let typed = format!("header:{name}={value}");
            typed.parse().ok()
        },
    );
    proptest::option::of(prop_oneof![header, (1_u32..=100).prop_map(|percent| Pick::Mirror { percent })])
}

proptest! {
    #[test]
    fn what_is_shown_can_be_typed_and_kept(
        percent: u32,
        min_s: Option<u32>,
        max_s: Option<u32>,
        pause: bool,
        pick in pick(),
    ) {
        let percent = if pick.is_some() { 0 } else { percent };
        let step = PaceStep { percent, min_s, max_s, pause, pick };
        prop_assert_eq!(&step.to_string().parse::<PaceStep>().unwrap(), &step);
        let kept = serde_json::to_string(&step).unwrap();
        prop_assert_eq!(serde_json::from_str::<PaceStep>(&kept).unwrap(), step);
    }

    #[test]
    fn whatever_is_typed_is_a_step_or_a_sentence(text in ".{0,20}") {
        let _answer = text.parse::<PaceStep>();
    }
}

#[test]
fn somebody_has_to_decide_where_failed_requests_only_hold() {
    const RATE: &str = "rate: sum(r); success: result[0] >= 0.95; interval: 20s";
    let of = |condition: &str| {
        let analyses = condition.split('|').filter(|one| !one.is_empty()).map(|one| one.parse().unwrap());
        Pace { requests: Importance::Advisory, analyses: analyses.collect(), ..Pace::default() }
    };
    assert!(of(RATE).sound().is_ok());
    assert_eq!(of(RATE).plan().unwrap().requests, Importance::Advisory);
    for nobody in [String::new(), format!("{RATE}; importance: advisory")] {
        let fault = of(&nobody).sound().unwrap_err();
        assert!(fault.text.contains("nothing could be promoted"), "{fault:?}");
    }
}
