//! What must be told apart at a glance: old data, states, production, foreign text.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo};
use quarterdeck::msg::Event;
use std::time::Duration;

#[test]
fn stale_data_is_visible() {
    let mut desk = cockpit("orders");
    desk.send(Event::Facts(fixture::lost()));
    desk.wait(Duration::from_secs(130));
    let screen = desk.screen();
    assert!(screen.contains("LOST 2m, reconnecting"), "{screen}");
    assert!(screen.contains("stale since"), "{screen}");
    assert!(screen.contains("orders"), "the last picture stays");
}

#[test]
fn status_is_never_colour_alone() {
    let mut desk = Desk::blank(quarterdeck::app::Settings { no_color: true, ..Default::default() });
    desk.send(Event::Connected(fixture::place("prod-eu"))).send(Event::Facts(fixture::shop()));
    let screen = desk.screen();
    for word in ["✖ down", "▲ degraded", "● healthy", "‖ paused", "PROD", "READ-ONLY", "● live"] {
        assert!(screen.contains(word), "{word}:\n{screen}");
    }
    let buffer = desk.buffer(120, 40);
    let coloured = buffer.content.iter().filter(|cell| {
        let reset = ratatui::style::Color::Reset;
        cell.fg != reset || cell.bg != reset
    });
    assert_eq!(coloured.count(), 0, "NO_COLOR means none");
}

#[test]
fn production_looks_different_in_words_and_border() {
    let mut demo = demo();
    let mut prod = Desk::connected("prod-eu", fixture::shop());
    assert!(!demo.screen().lines().next().unwrap().contains("PROD"));
    assert!(prod.screen().lines().next().unwrap().contains("PROD"));
    let border = |desk: &mut Desk| desk.buffer(120, 40)[(0, 1)].fg;
    assert_ne!(border(&mut demo), border(&mut prod));
}

#[test]
fn escape_sequences_never_reach_the_screen() {
    let mut desk = demo();
    desk.send(Event::Paste("\u{1b}]0;x\u{7}".to_owned()));
    desk.press("/").send(Event::Paste("a\u{1b}[2Jb".to_owned()));
    let screen = desk.screen();
    assert!(!screen.chars().any(|c| c.is_control() && c != '\n'));
    assert!(screen.contains("/ab"), "{screen}");
}
