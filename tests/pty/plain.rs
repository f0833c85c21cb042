//! The console for screen readers.

use crate::terminal::qd;

#[test]
fn plain_says_words_line_by_line_and_draws_nothing() {
    let mut terminal = qd(&["demo", "--scenario", "quiet", "--plain"]).size(200, 60).start();
    terminal.shows("READ-ONLY");
    terminal.shows("healthy");
    terminal.shows("> ");
    terminal.press("?");
    terminal.shows("Open what is selected");
    let screen = terminal.screen();
    assert!(!screen.chars().any(|c| ('\u{2500}'..='\u{259f}').contains(&c)), "{screen}");
    assert_eq!(terminal.frames(), 0, "no synchronized picture was drawn");
    terminal.press("\x1b");
    terminal.signal("TERM");
    assert_eq!(terminal.ends().exit_code(), 143);
}
