//! Looking around: logs of what crashes, the catalogue, keys typed fast.

use crate::terminal::{Terminal, qd};

/// The demo's story: cart crash-loops, mobile-bff needs it.
fn story() -> Terminal {
    let terminal = qd(&["demo"]).start();
    terminal.shows("CrashLoop");
    terminal
}

#[test]
fn a_container_in_back_off_shows_the_lines_of_its_last_run() {
    let mut terminal = story();
    terminal.press("\r");
    terminal.shows("needs");
    terminal.press("l");
    terminal.shows("FATAL: missing required setting PRICING_TIMEOUT_MS");
    // Structured lines are readable.
    terminal.shows("ERROR configuration is incomplete  setting=PRICING_TIMEOUT_MS");
    // And the run before that one.
    terminal.press("p");
    terminal.shows("run before");
    terminal.shows("FATAL: missing required setting PRICING_TIMEOUT_MS");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}

#[test]
fn escapes_and_a_key_typed_in_one_burst_all_count() {
    // As one write, and as tmux cuts it: an escape glued to the key after it
    // is what a terminal sends for alt.
    for burst in [&["\x1b\x1b3"][..], &["\x1b", "\x1b3"], &["\x1b3"]] {
        let mut terminal = story();
        terminal.press("\r");
        terminal.shows("needs");
        terminal.press("l");
        terminal.shows("following");
        for keys in burst {
            let frames = terminal.frames();
            terminal.press(keys);
            terminal.until("the keys to be taken", |_| terminal.frames() > frames);
        }
        terminal.shows("ended lately");
        terminal.press("q");
        assert_eq!(terminal.ends().exit_code(), 0, "{burst:?}");
    }
}

#[test]
fn the_demo_brings_its_catalogue() {
    let mut terminal = qd(&["demo"]).size(200, 50).start();
    terminal.shows("CrashLoop");
    terminal.press("/name:cart env:prod tier:1\r");
    terminal.shows("shown");
    terminal.press("\r");
    terminal.shows("─ tier 1 ─ on call:");
    terminal.shows("needed by  mobile-bff");
    terminal.shows("https://runbooks.example.com/");
    terminal.press("R");
    terminal.shows("1 service depends on it: mobile-bff (tier 1");
    terminal.press("\x1b");
    terminal.press("q");
    assert_eq!(terminal.ends().exit_code(), 0);
}
