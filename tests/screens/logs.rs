//! Logs: of one pod and of all, filtered, unfolded, saved, a hundred thousand lines.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo, snap};
use quarterdeck::msg::{Effect, Event, LogLine, LogQuery, LogUpdate};
use std::time::Duration;

/// The newest question for logs.
fn asked(desk: &mut Desk) -> LogQuery {
    let query = |effect| if let Effect::FollowLogs(query) = effect { Some(query) } else { None };
    desk.take().into_iter().filter_map(query).next_back().expect("logs are asked for")
}

fn line(second: i64, source: u16, text: &str) -> LogLine {
    let at = fixture::now().wall.checked_add(jiff::Span::new().seconds(second)).ok();
    LogLine { at, source, text: text.to_owned() }
}

fn say(desk: &mut Desk, ticket: u64, lines: Vec<LogLine>) {
    desk.send(Event::Logs(LogUpdate { ticket, lines, ended: None }));
}

const JSON: &str = r#"{"time":"2026-11-21T05:46:42Z","level":"ERROR","msg":"configuration is incomplete","setting":"PAYMENT_TIMEOUT_MS"}"#;

#[test]
fn all_pods_of_a_service_in_one() {
    let mut desk = demo();
    desk.press("/").type_text("name:checkout env:prod").press("enter");
    desk.take();
    desk.press("L");
    let query = asked(&mut desk);
    assert_eq!(query.sources.len(), 8, "old and new pods");
    assert!(query.sources[0].pod.as_str().starts_with("checkout-12-"), "those in trouble first: {query:?}");
    let old = u16::try_from(query.sources.len() - 1).unwrap();
    say(&mut desk, query.ticket, vec![line(1, 0, JSON), line(4, 0, "FATAL: missing required setting")]);
    say(&mut desk, query.ticket, vec![line(2, old, "GET /cart 200 12ms"), line(5, old, "GET /pay 503 1ms")]);
    desk.press("t");
    snap("logs_service", &mut desk);
    let screen = desk.screen();
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text:?} in\n{screen}"));
    assert!(at("ERROR configuration is incomplete  setting=") < at("GET /cart"), "in the order of time");
    assert!(at("GET /cart") < at("FATAL"));
    // One pod of them, and back to all.
    desk.press("a");
    assert_eq!(asked(&mut desk).sources.len(), 1);
    desk.press("a");
    assert_eq!(asked(&mut desk).sources.len(), 8);
}

fn one_pod(lines: Vec<LogLine>) -> (Desk, u64) {
    let mut desk = cockpit("check");
    desk.take();
    desk.press("l");
    let ticket = asked(&mut desk).ticket;
    say(&mut desk, ticket, lines);
    (desk, ticket)
}

#[test]
fn the_filter_is_an_expression_and_text_if_it_is_none() {
    let lines = (0..30).map(|n| line(n, 0, &format!("GET /cart/{n} {}", 200 + n % 4 * 100))).collect();
    let (mut desk, ticket) = one_pod(lines);
    desk.press("/").type_text("(300|500)$").press("enter");
    assert!(desk.screen().contains("15 of 30 lines"), "{}", desk.screen());
    say(&mut desk, ticket, vec![line(40, 0, "GET /late 300"), line(41, 0, "GET /late 200")]);
    assert!(desk.screen().contains("16 of 32 lines") && desk.screen().contains("/late 300"));
    desk.press("/ esc /").type_text("cart/(").press("enter");
    assert!(desk.screen().contains("taken as plain text: unclosed group"), "{}", desk.screen());
    assert!(desk.screen().contains("None of 32 lines matches 'cart/('"));
    desk.press("esc /").type_text("!200").press("enter");
    assert!(!desk.screen().contains(" 200 "), "{}", desk.screen());
}

#[test]
fn structured_lines_are_unfolded_or_as_written() {
    let (mut desk, _) = one_pod(vec![line(0, 0, JSON), line(1, 0, "plain {not json}")]);
    assert!(desk.screen().contains("ERROR configuration is incomplete  setting=PAYMENT_TIMEOUT_MS"));
    desk.press("u");
    assert!(desk.screen().contains(r#"{"time":"2026-11-21"#) && desk.screen().contains("raw"));
}

#[test]
fn how_far_back_and_saving() {
    let (mut desk, _) = one_pod(vec![line(0, 0, "one"), line(1, 0, "two")]);
    desk.press("/").type_text("two").press("enter");
    desk.take();
    desk.press("W");
    let saved = desk.take();
    let [Effect::SaveLog { name, text }] = &saved[..] else { panic!("{saved:?}") };
    assert!(name.starts_with("checkout-12-") && text.ends_with("Z two\n") && !text.contains("one"), "{text}");
    desk.press("s");
    assert_eq!(asked(&mut desk).since, Some(Duration::from_mins(5)));
    assert!(desk.screen().contains("since 5m"));
    desk.press("esc");
    desk.press("W");
    assert!(desk.screen().contains("there is no line to save"), "{}", desk.screen());
}

#[test]
fn a_paused_log_stays_where_it_is_read() {
    let (mut desk, ticket) = one_pod((0..200).map(|n| line(n, 0, &format!("line {n}."))).collect());
    desk.screen();
    desk.press("g space f f g");
    desk.press("j j j");
    assert!(desk.screen().contains("line 3.") && desk.screen().contains("paused here"), "{}", desk.screen());
    say(&mut desk, ticket, (200..400).map(|n| line(n, 0, &format!("line {n}."))).collect());
    assert!(desk.screen().contains("line 3.") && desk.screen().contains("400 lines"));
}

#[test]
fn a_hundred_thousand_lines_are_bounded() {
    let (mut desk, ticket) = one_pod(Vec::new());
    for batch in 0..440_i64 {
        let lines =
            (0..256).map(|n| line(batch * 256 + n, 0, &format!("line {}.", batch * 256 + n))).collect();
        say(&mut desk, ticket, lines);
    }
    let screen = desk.screen();
    assert!(screen.contains("line 112639."), "{screen}");
    assert!(screen.contains("100000 lines · 12640 older ones dropped"), "{screen}");
    desk.press("/").type_text("99\\.$").press("enter");
    assert!(desk.screen().contains("1000 of 100000 lines"), "{}", desk.screen());
}
