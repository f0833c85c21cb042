//! `qd demo` as a person meets it, and every way it ends.

use crate::terminal::{Terminal, qd};
use std::time::Duration;

fn demo() -> Terminal {
    let terminal = qd(&["demo", "--scenario", "quiet"]).start();
    terminal.shows("live");
    terminal
}

#[test]
fn the_first_frame_comes_before_the_cluster_and_then_the_services() {
    let mut terminal = qd(&["demo", "--scenario", "quiet"]).start();
    terminal.shows("starting the demo cluster");
    terminal.shows("DEMO  demo ▸");
    terminal.shows("healthy");
    terminal.shows("READ-ONLY");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}

#[test]
fn the_terminal_is_given_back_on_sigterm_and_sighup() {
    for (signal, code) in [("TERM", 143), ("HUP", 129), ("INT", 130)] {
        let mut terminal = qd(&["demo", "--scenario", "quiet"]).start();
        terminal.shows("quarterdeck");
        terminal.signal(signal);
        assert_eq!(terminal.ends().exit_code(), code, "{signal}");
        terminal.is_given_back();
    }
}

#[test]
fn the_terminal_is_given_back_when_a_view_panics() {
    let mut terminal = qd(&["demo", "--scenario", "quiet"]).env("QD_TEST_PANIC_AFTER_FRAMES", "2").start();
    let status = terminal.ends();
    assert!(!status.success());
    terminal.is_given_back();
    terminal.shows("internal error at");
    terminal.shows("panic asked for by a test");
}

/// One calendar for all of it, also for what was asked of the server.
#[test]
fn a_story_that_begins_at_night_has_plans_of_that_night() {
    let run = qd(&["demo", "--scenario", "quiet", "--at", "2026-03-02T03:12:00Z"]);
    let mut terminal = run.size(160, 48).start();
    terminal.shows("healthy");
    terminal
        .until("the clock of the story", |screen| screen.lines().next().is_some_and(|l| l.contains("03:1")));
    terminal.press("d");
    terminal.shows("Type a tag");
    terminal.press("v9.9.9");
    terminal.until("when the checks were read", |screen| screen.contains("read at 03:1"));
    terminal.press("\x1b");
}

#[test]
fn an_idle_console_writes_nothing() {
    let terminal = demo();
    // The clock in the header changes with the minute, and the demo's own past
    // settles for a while: ten quiet seconds must come.
    terminal.rests(Duration::from_secs(10), "in the end");
}

#[test]
fn any_size_of_terminal_will_do() {
    let mut terminal = demo();
    for (columns, rows) in [(1, 1), (300, 100), (2, 3), (80, 24)] {
        let before = terminal.frames();
        terminal.resize(columns, rows);
        terminal.until("a frame of the new size", |_| terminal.frames() > before);
    }
    terminal.shows("READ-ONLY");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn it_starts_in_a_terminal_of_one_cell() {
    let mut terminal = qd(&["demo", "--scenario", "quiet"]).size(1, 1).start();
    terminal.until("a frame", |_| terminal.frames() > 1);
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
    terminal.is_given_back();
}
