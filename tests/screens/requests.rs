//! Asking something of an operation under way.

use crate::deliveries::{PLAY, Play, WATCHED, facts, record, shop_with};
use crate::harness::Desk;
use crate::snapshots::{delivering, rollout};
use crate::trust::executed;
use quarterdeck::domain::*;
use quarterdeck::engine::canary::Request;
use quarterdeck::msg::{Effect, Event};

/// The page of the operation on a service, with writing allowed.
fn writing(context: &str, service: &str) -> Desk {
    let mut desk = rollout(context, service);
    desk.press(":").type_text("write").press("enter");
    desk.take();
    desk
}

fn requested(desk: &mut Desk) -> Option<(ObjectKey, Request, String)> {
    desk.take().into_iter().find_map(|effect| {
        let Effect::Request { record, request, reason, warrant, .. } = effect else { return None };
        assert_eq!(warrant.operation().as_str(), format!("op-{}-1", record_service(&record)));
        Some((record, request, reason))
    })
}

fn record_service(record: &ObjectKey) -> String {
    let name = record.name.as_str().strip_prefix("quarterdeck-op-deployment-").unwrap();
    name.strip_suffix("-1").unwrap().to_owned()
}

#[test]
fn abort_takes_one_key_and_y_even_in_production() {
    for context in ["demo", "prod-eu"] {
        let mut desk = writing(context, "cart");
        desk.press("a");
        assert_eq!(executed(&desk.take()), 0, "the key alone changes nothing");
        assert!(desk.screen().contains("Back to v3.4.1 now"), "{}", desk.screen());
        desk.press("y y y");
        let effects = desk.take();
        assert_eq!(executed(&effects), 1, "once");
        assert!(matches!(effects[0], Effect::Request { request: Request::Abort, .. }));
    }
}

/// There is no canary to delete, and stable was touched.
#[test]
fn a_rolling_update_says_what_becomes_of_its_own_pods() {
    let mut desk = Desk::connected("demo", shop_with(&[WATCHED]));
    desk.press("3 /").type_text("catalog").press("enter enter :").type_text("write").press("enter a");
    let screen = desk.screen();
    assert!(screen.contains("stable gets its old template back, and replaces its pods"), "{screen}");
    assert!(!screen.contains("never touched"), "{screen}");
    desk.press("esc p");
    assert!(desk.screen().contains("The watch ends. Every pod runs v9.0.0 already"), "{}", desk.screen());
}

#[test]
fn a_record_that_cannot_be_read_is_listed_with_the_reason() {
    let mut desk = delivering("demo");
    let mut newer = facts(&record(&PLAY));
    newer.truncate(1);
    if let Fact::Seen(Observed::Record(text)) = &mut newer[0] {
        (text.text, text.resource_version) = ("{\"schema\": 99}".into(), "newer".into());
    }
    desk.send(Event::Facts(newer)).press("3");
    let screen = desk.screen();
    assert!(screen.contains("unreadable"), "{screen}");
    desk.press("/").type_text("phase:unreadable").press("enter");
    let screen = desk.screen();
    assert!(screen.contains("cart") && screen.contains("schema 99"), "{screen}");
    desk.press("p");
    assert_eq!(executed(&desk.take()), 0, "there is nothing to promote");
}

#[test]
fn a_spent_budget_holds_promotion_up_and_never_the_way_back() {
    let mut desk = writing("demo", "cart");
    desk.send(Event::Slos(Box::new(crate::slos::frozen("cart"))));
    desk.press("p");
    assert!(desk.screen().contains("Error budget: availability"), "{}", desk.screen());
    desk.type_text("cart").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("names one of: security"), "{}", desk.screen());
    desk.press("shift-tab").type_text("security: CVE").press("tab").type_text("cart").press("enter");
    assert_eq!(
        requested(&mut desk).map(|(_, request, _)| request),
        Some(Request::Promote),
        "{}",
        desk.screen()
    );
    let mut desk = writing("demo", "cart");
    desk.send(Event::Slos(Box::new(crate::slos::frozen("cart"))));
    desk.press("a y");
    assert_eq!(requested(&mut desk).map(|(_, request, _)| request), Some(Request::Abort));
}

#[test]
fn promoting_in_production_needs_the_name() {
    let mut desk = writing("prod-eu", "cart");
    desk.press("p");
    let screen = desk.screen();
    assert!(screen.contains("overrules the verdict, which says HOLD"), "{screen}");
    desk.type_text("y").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("not confirmed: type cart"), "{}", desk.screen());
    desk.send(Event::Paste("cart".to_owned())).press("enter");
    assert_eq!(executed(&desk.take()), 0, "typed, not pasted");
    desk.press("ctrl-w").type_text("cart").press("enter");
    let (record, request, _) = requested(&mut desk).unwrap();
    assert_eq!((record_service(&record).as_str(), request), ("cart", Request::Promote));
}

#[test]
fn hold_and_resume_are_one_key() {
    let mut desk = writing("demo", "cart");
    desk.press("h").press("e").type_text("lunch").press("enter y");
    let (_, request, reason) = requested(&mut desk).unwrap();
    assert_eq!((request, reason.as_str()), (Request::Hold, "lunch"));
    let mut desk = writing("demo", "orders");
    assert!(desk.screen().contains("[h Resume]"), "{}", desk.screen());
    desk.press("h y");
    assert_eq!(requested(&mut desk).unwrap().1, Request::Resume);
}

#[test]
fn enter_never_means_yes() {
    for key in ["p", "P", "h", "a"] {
        for context in ["demo", "prod-eu"] {
            let mut desk = writing(context, "cart");
            desk.press(key).press("enter enter tab enter shift-tab enter enter");
            assert_eq!(executed(&desk.take()), 0, "{key} in {context}");
        }
    }
}

#[test]
fn nothing_is_asked_while_read_only_and_the_reason_is_there() {
    let mut desk = rollout("demo", "cart");
    for key in ["p", "P", "h", "a"] {
        desk.press(key);
        assert!(desk.screen().contains(":write"), "{key}: {}", desk.screen());
        desk.press("y");
        assert_eq!(executed(&desk.take()), 0);
        desk.press("esc");
    }
    assert!(desk.screen().contains("(p Promote)"), "a button that is off looks so");
}

#[test]
fn a_promotion_asked_for_in_a_step_that_is_over_is_not_sent() {
    let mut desk = writing("demo", "cart");
    desk.press("p");
    // While the person thinks, the engine goes on to the next step.
    let later = record(&Play { for_s: 420, requests: 30_000, failing: (0.003, 0.003), ..PLAY });
    assert_eq!(later.step(), Some(1), "{}", later.run.progress);
    desk.send(Event::Facts(facts(&later)));
    desk.type_text("cart").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("the step it was asked in is over"), "{}", desk.screen());
}

#[test]
fn an_operation_nobody_drives_is_first_and_can_be_adopted() {
    let mut desk = delivering("demo");
    desk.press("3");
    let screen = desk.screen();
    let first = screen.lines().nth(3).unwrap();
    assert!(first.contains("orphaned") && first.contains("frontend"), "{screen}");
    let mut desk = writing("demo", "frontend");
    assert!(desk.screen().contains("[A Adopt]"), "{}", desk.screen());
    desk.press("p y");
    assert_eq!(executed(&desk.take()), 0, "nobody would answer");
    desk.press("esc");
    desk.press("A y");
    assert!(matches!(desk.take().as_slice(), [Effect::TakeOver { .. }]));
    // Going back needs no driver.
    desk.press("a y");
    assert_eq!(requested(&mut desk).unwrap().1, Request::Abort);
}

#[test]
fn keys_of_an_operation_work_from_the_list_by_identity() {
    let mut desk = delivering("demo");
    desk.press(":").type_text("write").press("enter 3 /").type_text("cart").press("enter");
    desk.take();
    desk.press("a");
    // Something more urgent appears above it before the answer.
    desk.send(Event::Facts(facts(&record(&Play { service: "mailer", driver: "", ..PLAY }))));
    desk.press("y");
    assert_eq!(record_service(&requested(&mut desk).unwrap().0), "cart");
}

#[test]
fn a_button_is_a_button() {
    let mut desk = writing("demo", "cart");
    desk.size = (80, 24);
    let screen = desk.screen();
    let mut lines = screen.lines().enumerate();
    let (y, before) = lines.find_map(|(y, line)| Some((y, line.split_once("[a Abort]")?.0))).unwrap();
    desk.click_at(u16::try_from(before.chars().count()).unwrap() + 2, u16::try_from(y).unwrap());
    assert!(desk.screen().contains("Abort cart"), "{}", desk.screen());
    desk.press("y");
    assert_eq!(requested(&mut desk).unwrap().1, Request::Abort);
}
