//! What an action aims at, however the world moves meanwhile.

use crate::fixture::{self, planned};
use crate::harness::Desk;
use crate::snapshots::{answer_plan, demo};
use crate::trust::{asked, executed, writing};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

#[test]
fn selection_follows_identity() {
    let mut desk = demo();
    desk.press("j j");
    let before = selected(&mut desk);
    // Something worse appears above it: the row number changes, the selection does not.
    let make = fixture::Make { name: "aaa", trouble: fixture::Trouble::Down, ..fixture::SHOP[5] };
    desk.send(Event::Facts(fixture::service(&make)));
    assert_eq!(selected(&mut desk), before);
    // It disappears: nothing is selected, and no key hits its neighbour.
    let key = ObjectKey::new(Kind::Deployment, "shop-staging", "checkout");
    assert!(before.contains("checkout") && before.contains("staging"), "{before}");
    desk.send(Event::Facts(vec![Fact::Gone(key)]));
    desk.take();
    desk.press("R");
    assert!(asked(&mut desk).is_none(), "nothing is aimed at");
    assert!(desk.screen().contains("gone"), "{}", desk.screen());
}

fn selected(desk: &mut Desk) -> String {
    let screen = desk.screen();
    let line = screen.lines().find(|line| line.contains('▌')).unwrap_or_default();
    line.split('▌').nth(1).unwrap_or_default().trim().to_owned()
}

#[test]
fn target_is_frozen_at_key_press() {
    let mut desk = writing("demo", "search env:staging");
    desk.press("r");
    // The world moves on: the object is deleted and made again before the question is answered.
    let (_, ask) = asked(&mut desk).unwrap();
    assert_eq!(ask.target.uid.as_str(), "shop-staging-search");
    assert_eq!(ask.target.context.as_str(), "demo");
    desk.send(Event::Facts(vec![Fact::Gone(ask.target.key.clone())]));
    desk.press("u");
    let (ticket, again) = asked(&mut desk).unwrap();
    assert_eq!(again.target, ask.target, "the same object, by identity");
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned(&again, desk.now))) });
    let screen = desk.screen();
    for fact in [
        "Deployment shop-staging/search",
        "context demo",
        "https://127.0.0.1:6443",
        "uid shop-staging-search",
    ] {
        assert!(screen.contains(fact), "{fact} is not shown:\n{screen}");
    }
}

#[test]
fn late_answers_are_dropped() {
    let mut desk = demo();
    desk.press("R");
    let (first, ask) = asked(&mut desk).unwrap();
    desk.press("u");
    let (second, _) = asked(&mut desk).unwrap();
    assert_ne!(first, second);
    desk.send(Event::Planned { ticket: first, plan: Ok(Box::new(planned(&ask, desk.now))) });
    assert!(desk.screen().contains("Nothing to confirm yet"), "the late plan is not taken");
}

#[test]
fn a_stale_plan_is_read_again_and_must_be_answered_again() {
    let mut desk = writing("demo", "frontend env:staging");
    desk.press("r");
    answer_plan(&mut desk);
    desk.wait(Duration::from_secs(40));
    assert!(desk.screen().contains("stale"), "{}", desk.screen());
    desk.take();
    desk.press("y");
    let effects = desk.take();
    assert_eq!(executed(&effects), 0);
    let again = effects
        .into_iter()
        .find_map(|e| if let Effect::Plan { ticket, ask } = e { Some((ticket, ask)) } else { None });
    let (ticket, ask) = again.expect("it is read again by itself");
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned(&ask, desk.now))) });
    assert_eq!(executed(&desk.take()), 0, "the old answer does not count");
    desk.press("y");
    assert_eq!(executed(&desk.take()), 1);
}
