//! The cockpit: operations in its rollout panel, and a failing pod's last words.

use crate::harness::Desk;
use crate::snapshots::{cockpit, delivering};
use quarterdeck::domain::{Fault, FaultKind};
use quarterdeck::engine::canary::Request;
use quarterdeck::msg::{Effect, Event, LogLine, LogQuery, LogUpdate};

/// The log asked for last.
fn asked(desk: &mut Desk) -> Option<LogQuery> {
    let effects = desk.take();
    effects.into_iter().rev().find_map(|e| if let Effect::FollowLogs(query) = e { Some(query) } else { None })
}

fn lines(ticket: u64, texts: &[&str]) -> Event {
    let lines = texts.iter().map(|text| LogLine { at: None, source: 0, text: (*text).to_owned() }).collect();
    Event::Logs(LogUpdate { ticket, lines, ended: Some(Ok(())) })
}

#[test]
fn the_failing_pods_last_words_stand_on_top() {
    let mut desk = cockpit("check");
    let query = asked(&mut desk).unwrap();
    let [source] = query.sources.as_slice() else { panic!("one log: {query:?}") };
    assert_eq!((source.pod.as_str(), source.container.as_deref()), ("checkout-12-9fq4z", Some("app")));
    assert!(query.previous, "it waits to be restarted: the run before says why");
    assert!(query.tail <= 20, "bounded");
    desk.send(lines(query.ticket + 7, &["of another log"]));
    let words = ["starting", "panic: no such table\u{1b}[2J: prices", "password=hunter2 at main.rs:7"];
    desk.send(lines(query.ticket, &words));
    for (width, height) in [(80, 24), (120, 40)] {
        let screen = desk.at(width, height);
        assert!(screen.contains("panic: no such table"), "{screen}");
        assert!(!screen.contains("of another log") && !screen.contains("hunter2"), "{screen}");
    }
    // Nothing more is read while nothing changes.
    desk.press("j k j");
    assert!(asked(&mut desk).is_none());
    desk.press("1");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::StopLogs)));
}

#[test]
fn a_log_that_may_not_be_read_says_so() {
    let mut desk = cockpit("check");
    let ticket = asked(&mut desk).unwrap().ticket;
    let fault = Fault::new(FaultKind::Forbidden, "alice may not read logs in shop-prod");
    desk.send(Event::Logs(LogUpdate { ticket, lines: Vec::new(), ended: Some(Err(fault)) }));
    assert!(desk.screen().contains("alice may not read logs"), "{}", desk.screen());
}

#[test]
fn a_healthy_service_has_no_log_read() {
    assert!(asked(&mut cockpit("orders")).is_none());
}

/// The cockpit of a service an operation is about.
pub(crate) fn flying(service: &str) -> Desk {
    let mut desk = delivering("demo");
    desk.press("/").type_text(service).press("enter enter");
    desk
}

#[test]
fn the_rollout_panel_has_the_operation_and_its_buttons() {
    let mut desk = flying("cart ns:shop-prod");
    let screen = desk.screen();
    for words in ["▶10%", "verdict HOLD  needs ~", "(p Promote)", "(a Abort)", "deploy v9.0.0 canary by bo"]
    {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    desk.press(":").type_text("write").press("enter a y");
    let abort = |e: &Effect| matches!(e, Effect::Request { request: Request::Abort, .. });
    assert!(desk.take().iter().any(abort));
    desk.press("shift-tab enter");
    assert!(desk.screen().contains("Evidence that it is worse"), "{}", desk.screen());
}
