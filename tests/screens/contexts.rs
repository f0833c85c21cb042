//! Several contexts: what belongs to one never shows, or lands, in another.

use crate::fixture::{self, planned};
use crate::harness::Desk;
use crate::leaving::driving;
use crate::snapshots::{answer_plan, demo, snap};
use crate::trust::{asked, executed, writing};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

fn goes_to(desk: &mut Desk) -> Option<String> {
    desk.take()
        .into_iter()
        .find_map(|e| if let Effect::Connect { context, .. } = e { Some(context.to_string()) } else { None })
}

/// A console with `prod-eu` in front and `demo` open behind it.
fn two() -> Desk {
    let mut desk = demo();
    desk.press("/").type_text("orders").press("enter enter");
    desk.take();
    desk.send(Event::Connected(fixture::place("prod-eu")));
    desk
}

#[test]
fn another_context_begins_empty_read_only_and_looks_like_itself() {
    let mut desk = writing("demo", "orders");
    desk.send(Event::Connected(fixture::place("prod-eu")));
    let screen = desk.screen();
    assert!(screen.contains("PROD") && screen.contains("prod-eu") && !screen.contains("DEMO"), "{screen}");
    assert!(screen.contains("READ-ONLY"), "{screen}");
    assert!(
        screen.contains("Loading services") && !screen.contains("orders"),
        "nothing of the other one:\n{screen}"
    );
    desk.send(Event::Facts(fixture::shop()));
    assert!(desk.screen().contains("checkout"), "{}", desk.screen());
}

#[test]
fn the_context_before_comes_back_as_it_was_left_with_what_happened_meanwhile() {
    let mut desk = two();
    desk.send(Event::Facts(fixture::shop()));
    let front = desk.screen();
    let gone = Fact::Gone(ObjectKey::new(Kind::Deployment, "shop-prod", "orders"));
    desk.send(Event::Elsewhere("demo".into(), Box::new(Event::Facts(vec![gone]))));
    assert_eq!(desk.screen(), front, "news of another context change nothing here");
    for keys in ["`", ": c t x space - enter"] {
        desk.press(keys);
        assert_eq!(goes_to(&mut desk).as_deref(), Some("demo"), "{keys}");
    }
    desk.send(Event::Returned(fixture::place("demo")));
    let screen = desk.screen();
    assert!(screen.contains("DEMO") && !screen.contains("PROD"), "{screen}");
    assert!(
        screen.contains("shop-prod/orders is not there"),
        "its cockpit, and what became of it:\n{screen}"
    );
    desk.press("esc");
    assert!(desk.screen().contains("/orders") || desk.screen().contains("no service"), "{}", desk.screen());
    // And the other one is behind now.
    desk.press("`");
    assert_eq!(goes_to(&mut desk).as_deref(), Some("prod-eu"));
}

#[test]
fn nothing_typed_for_one_context_lands_in_another() {
    for context in ["prod-eu", "demo"] {
        let mut desk = writing(context, "checkout ns:shop-prod");
        desk.press("R");
        answer_plan(&mut desk);
        desk.press("enter").type_text("check");
        // The connection asked for a while ago stands now, between two letters.
        desk.send(Event::Connected(fixture::place("staging")));
        desk.send(Event::Facts(fixture::shop()));
        let before = desk.screen();
        desk.take();
        desk.type_text("out").press("enter y").type_text("qR");
        assert!(desk.take().is_empty(), "{context}");
        assert_eq!(
            desk.screen().lines().take(30).collect::<String>(),
            before.lines().take(30).collect::<String>()
        );
        desk.wait(Duration::from_secs(2));
        desk.take();
        desk.press("6");
        assert!(desk.take().iter().any(|e| matches!(e, Effect::LoadAudit)), "keys are keys again");
    }
}

#[test]
fn an_answer_for_one_context_is_not_taken_in_another() {
    let mut desk = writing("demo", "frontend env:staging");
    desk.press("r");
    let (ticket, ask) = asked(&mut desk).unwrap();
    desk.send(Event::Connected(fixture::place("prod-eu"))).send(Event::Facts(fixture::shop()));
    desk.wait(Duration::from_secs(2));
    desk.take();
    desk.press(":").type_text("write").press("enter /").type_text("frontend env:staging").press("enter r");
    let (newer, _) = asked(&mut desk).unwrap();
    assert_ne!(ticket, newer);
    // The plan made for the other context, under its own number and under ours.
    let plan = planned(&ask, desk.now);
    for ticket in [ticket, newer] {
        desk.send(Event::Planned { ticket, plan: Ok(Box::new(plan.clone())) });
        desk.press("y enter").type_text("frontend").press("enter");
        assert_eq!(executed(&desk.take()), 0, "the gate knows where a plan is for");
    }
}

#[test]
fn rights_of_one_context_say_nothing_about_another() {
    let mut desk = two();
    desk.send(Event::Facts(fixture::shop()));
    let before = desk.screen();
    desk.send(Event::Elsewhere(
        "demo".into(),
        Box::new(Event::Rights("shop-prod".into(), Rights::default())),
    ));
    assert_eq!(desk.screen(), before);
}

#[test]
fn a_context_that_was_closed_begins_anew() {
    let mut desk = two();
    desk.send(Event::Parted("demo".into()));
    desk.press("`");
    assert_eq!(goes_to(&mut desk), None);
    assert!(desk.screen().contains("no other context is open"), "{}", desk.screen());
    desk.send(Event::Returned(fixture::place("demo")));
    assert!(desk.screen().contains("Loading services"), "{}", desk.screen());
}

#[test]
fn what_is_driven_in_a_context_behind_is_asked_about_too() {
    let mut desk = driving(true);
    desk.send(Event::Connected(fixture::place("staging"))).send(Event::Facts(fixture::shop()));
    desk.press("q");
    let screen = desk.screen();
    assert!(screen.contains("This console drives:") && screen.contains("in demo"), "{screen}");
    desk.press(":").press("b");
    assert_eq!(executed(&desk.take()), 0, "nothing is written from another context");
    assert!(desk.screen().contains("driven in the context demo"), "{}", desk.screen());
    desk.wait(Duration::from_secs(2));
    desk.press("o");
    assert!(matches!(desk.take().as_slice(), [Effect::HandOver, Effect::Quit]));
}

#[test]
fn contexts_that_are_open_are_marked() {
    let mut desk = two();
    desk.press(":").type_text("ctx").press("enter");
    desk.send(Event::Contexts(Ok(fixture::contexts())));
    snap("contexts_open", &mut desk);
}
