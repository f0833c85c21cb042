//! What happened while nobody looked.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{demo, snap};
use quarterdeck::domain::*;
use quarterdeck::msg::Event;
use std::time::Duration;

/// A Deployment of the shop with no pod left.
fn broken(desk: &Desk, namespace: &str, name: &str) -> Fact {
    let key = ObjectKey::new(Kind::Deployment, namespace, name);
    let mut workload = (**desk.app.world().workload(&key).expect("it is in the shop")).clone();
    workload.replicas.available = 0;
    workload.replicas.ready = 0;
    Fact::Seen(Observed::Workload(workload))
}

fn breaks(desk: &mut Desk, names: &[&str]) {
    let facts = names.iter().map(|name| broken(desk, "shop-prod", name)).collect();
    desk.send(Event::Facts(facts));
}

const MINUTE: Duration = Duration::from_mins(1);

/// A person who looks away for so long while cart and tax break.
fn away(time: Duration) -> Desk {
    let mut desk = demo();
    desk.send(Event::Focus(false)).wait(time / 2);
    breaks(&mut desk, &["cart", "tax"]);
    desk.wait(time / 2);
    desk
}

#[test]
fn who_comes_back_is_told_and_can_read_it_again() {
    let mut desk = away(23 * MINUTE);
    desk.send(Event::Focus(true));
    let screen = desk.at(120, 40);
    assert!(screen.contains("while you were away (23m): 2 services became unhealthy"), "{screen}");
    desk.wait(MINUTE);
    assert!(!desk.screen().contains("while you were away"), "it goes by itself");
    desk.press(":").type_text("away").press("enter");
    snap("page_away", &mut desk);
    let screen = desk.at(120, 40);
    assert!(screen.contains("shop-prod/cart became down") && screen.contains("shop-prod/tax became down"));
    desk.press("j enter");
    assert!(desk.at(120, 40).contains("cart"), "a line leads to its service");
}

#[test]
fn a_short_absence_or_one_without_news_is_no_word_worth() {
    let mut desk = away(MINUTE);
    desk.send(Event::Focus(true));
    assert!(!desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
    let mut desk = demo();
    desk.send(Event::Focus(false)).wait(30 * MINUTE).send(Event::Focus(true));
    assert!(!desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
    desk.press(":").type_text("away").press("enter");
    assert!(desk.at(120, 40).contains("nothing changed"), "{}", desk.screen());
}

#[test]
fn where_the_terminal_says_nothing_of_its_focus_the_first_key_tells_and_still_acts() {
    let mut desk = demo();
    desk.press("j").wait(6 * MINUTE);
    breaks(&mut desk, &["cart"]);
    desk.wait(5 * MINUTE);
    desk.press("9");
    let screen = desk.at(120, 40);
    assert!(screen.contains("while you were away (11m): shop-prod/cart became down"), "{screen}");
    assert!(screen.contains("PRODUCTION"), "the key went where it always goes: {screen}");
    // A terminal that tells of its focus, and had it all the time, had somebody before it.
    let mut desk = demo();
    desk.send(Event::Focus(true)).wait(6 * MINUTE);
    breaks(&mut desk, &["cart"]);
    desk.wait(5 * MINUTE).press("j");
    assert!(!desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
}

#[test]
fn a_dialog_is_answered_first() {
    let mut desk = demo();
    desk.press("/").type_text("name:catalog env:prod").press("enter R");
    let dialog = desk.at(120, 40);
    desk.send(Event::Focus(false)).wait(5 * MINUTE);
    breaks(&mut desk, &["cart"]);
    desk.send(Event::Focus(true));
    assert!(!desk.at(120, 40).contains("while you were away"), "{dialog}\n{}", desk.screen());
    desk.press("esc");
    assert!(desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
}

#[test]
fn what_was_seen_before_leaving_and_another_cluster_are_no_news() {
    let mut desk = demo();
    desk.press("j");
    breaks(&mut desk, &["cart"]);
    desk.send(Event::Focus(false)).wait(5 * MINUTE).send(Event::Focus(true));
    assert!(!desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
    desk.send(Event::Focus(false)).wait(5 * MINUTE);
    desk.send(Event::Connected(fixture::place("prod-eu")));
    desk.send(Event::Facts(fixture::shop()));
    desk.send(Event::Focus(true));
    assert!(!desk.at(120, 40).contains("while you were away"), "{}", desk.screen());
}

#[test]
fn looking_away_draws_nothing() {
    let mut desk = demo();
    desk.take();
    desk.send(Event::Focus(false));
    assert!(!desk.app.is_dirty());
    desk.send(Event::Focus(true));
    assert!(!desk.app.is_dirty());
}
