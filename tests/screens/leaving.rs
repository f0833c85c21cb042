//! Quitting while this console drives operations.

use crate::deliveries::{PLAY, Play, WATCHING, facts, record};
use crate::harness::Desk;
use crate::snapshots::delivering;
use quarterdeck::domain::{Fault, FaultKind};
use quarterdeck::engine::canary::Request;
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

/// A console that drives the canary of `cart`.
pub(crate) fn driving(write: bool) -> Desk {
    let mut desk = delivering("demo");
    desk.send(Event::Driving(vec![record(&WATCHING).key()]));
    if write {
        desk.press(":").type_text("write").press("enter");
    }
    desk.take();
    desk
}

fn quits(effects: &[Effect]) -> bool {
    effects.iter().any(|e| matches!(e, Effect::Quit))
}

#[test]
fn what_is_driven_elsewhere_does_not_hold_anybody_back() {
    let mut desk = delivering("demo");
    desk.press("q");
    assert!(quits(&desk.take()));
}

#[test]
fn it_asks_and_neither_y_nor_enter_leaves_a_canary_behind() {
    for key in ["q", "ctrl-c"] {
        let mut desk = driving(true);
        desk.press(key).press("y enter");
        assert!(desk.take().is_empty(), "{key}");
        assert!(desk.screen().contains("This console drives:"), "{}", desk.screen());
        assert!(desk.screen().contains("shop-prod/cart  v3.4.1 to v9.0.0"), "{}", desk.screen());
        desk.press("esc");
        assert!(desk.take().is_empty(), "staying is staying");
    }
}

/// From the confirmation on, whether or not the record has come.
#[test]
fn what_is_being_started_is_driven_from_here_too() {
    let mut desk = crate::deploying::confirmed();
    desk.press("q y enter");
    assert!(desk.take().is_empty(), "{}", desk.screen());
    assert!(desk.screen().contains("shop-prod/cart  v3.4.1 to v3.6.0, being started"), "{}", desk.screen());
    for key in ["b", "h"] {
        desk.wait(Duration::from_secs(2)).press(key);
        assert!(desk.take().is_empty() && desk.screen().contains("still being started"), "{}", desk.screen());
    }
    // The record is seen before the answer to its storing, which its driver waits for.
    desk.press("esc").send(Event::Facts(facts(&record(&Play { for_s: 0, ..PLAY })))).press("q");
    assert!(!quits(&desk.take()) && desk.screen().contains("being started"), "{}", desk.screen());
    desk.press("esc").send(Event::Driving(vec![record(&PLAY).key()])).press("q");
    let screen = desk.screen();
    assert!(screen.contains("v3.4.1 to v9.0.0") && !screen.contains("v3.6.0, being started"), "{screen}");
}

#[test]
fn a_start_that_failed_holds_nobody_back() {
    let mut desk = crate::deploying::confirmed();
    let begun = Err(Fault::new(FaultKind::Refused, "canary to v9.0.0 started by bo is watching"));
    desk.send(Event::DeliveryBegun { operation: "op-cart-1".into(), begun });
    assert!(desk.screen().contains("started by bo"), "{}", desk.screen());
    desk.press("q");
    assert!(quits(&desk.take()), "{}", desk.screen());
}

#[test]
fn handing_over_needs_no_write_mode() {
    let mut desk = driving(false);
    desk.press("q o");
    assert!(matches!(desk.take().as_slice(), [Effect::HandOver, Effect::Quit]));
}

#[test]
fn rolling_back_is_waited_for() {
    let mut desk = driving(true);
    desk.press("q b");
    let effects = desk.take();
    assert!(matches!(effects.as_slice(), [Effect::Request { request: Request::Abort, .. }]), "{effects:?}");
    assert!(desk.screen().contains("quits when it is over"), "{}", desk.screen());
    let over = record(&Play { asked: Some(Request::Abort), for_s: 300, ..PLAY });
    desk.send(Event::Facts(facts(&over)));
    assert!(!quits(&desk.take()), "it rolls back, but is not over");
    let mut over = over;
    let now = desk.now;
    over.run.phase =
        quarterdeck::engine::canary::Phase::Over(quarterdeck::engine::canary::Ending::RolledBack {
            why: "aborted by alice".to_owned(),
        });
    over.note("rolled back", now);
    desk.send(Event::Facts(facts(&over)));
    assert!(quits(&desk.take()));
}

#[test]
fn holding_is_waited_for_and_then_handed_over() {
    let mut desk = driving(true);
    desk.press("q h");
    assert!(matches!(desk.take().as_slice(), [Effect::Request { request: Request::Hold, .. }]));
    desk.send(Event::Facts(facts(&record(&Play { asked: Some(Request::Hold), for_s: 230, ..PLAY }))));
    assert!(matches!(desk.take().as_slice(), [Effect::HandOver, Effect::Quit]));
}

#[test]
fn what_changes_the_cluster_needs_write_mode() {
    for key in ["b", "h"] {
        let mut desk = driving(false);
        desk.press("q").press(key);
        assert!(desk.take().is_empty(), "{key}");
        assert!(desk.screen().contains("read-only"), "{}", desk.screen());
    }
}
