//! Letters typed on after a key that was refused are no commands.

use crate::fixture;
use crate::harness::Desk;
use crate::leaving::driving;
use crate::snapshots::{delivering, demo};
use crate::trust::executed;
use quarterdeck::command::TABLE;
use quarterdeck::msg::Effect;
use std::time::Duration;

/// What a person types who believes that a dialog is open.
const ANSWERS: [&str; 4] = ["yes", "worker", "checkout", "q2r-d.8"];

/// The screen without the line that notices are written on, which tells of it.
fn place(desk: &mut Desk) -> String {
    let screen = desk.screen();
    let lines: Vec<&str> = screen.lines().collect();
    lines.iter().enumerate().filter(|(at, _)| at + 2 != lines.len()).map(|(_, line)| *line).collect()
}

#[test]
fn an_answer_to_a_dialog_that_did_not_open_does_nothing() {
    for row in TABLE.iter().filter(|row| row.risk.mutates()) {
        for (key, open) in
            row.keys.iter().flat_map(|key| ["", "enter", "3", "3 enter"].map(|open| (key, open)))
        {
            let mut desk = delivering("demo");
            desk.press(open).take();
            let before = place(&mut desk);
            desk.press(key);
            let refused = place(&mut desk) == before && desk.take().is_empty();
            // Where the key opened something, or means something else there, letters are for that.
            if !refused || !desk.screen().contains("nothing was written") {
                continue;
            }
            for answer in ANSWERS {
                desk.type_text(answer).press("enter");
                assert_eq!(place(&mut desk), before, "{} by {key} after '{open}', then {answer}", row.name);
                assert!(desk.take().is_empty(), "{} by {key} after '{open}', then {answer}", row.name);
            }
        }
    }
}

#[test]
fn it_is_said_and_a_pause_ends_it() {
    let mut desk = demo();
    desk.press("r y e s");
    let screen = desk.screen();
    assert!(screen.contains("not taken until a pause") && screen.contains(":write"), "{screen}");
    desk.wait(Duration::from_millis(1100));
    desk.press("6");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::LoadAudit)), "keys are keys again");
}

#[test]
fn escape_closes_the_dialog_that_is_not_there_and_nothing_else() {
    let mut desk = demo();
    desk.press("enter");
    let before = place(&mut desk);
    desk.press("S 5 esc");
    assert_eq!(place(&mut desk), before, "still the same service");
    desk.press("esc");
    assert_ne!(place(&mut desk), before, "escape goes back again");
}

#[test]
fn what_no_answer_is_made_of_is_a_key_at_once() {
    let mut desk = demo();
    desk.press("r :").type_text("write").press("enter");
    assert!(desk.screen().contains("WRITE"), "{}", desk.screen());
    let mut desk = demo();
    desk.press("r /").type_text("orders").press("enter");
    assert!(desk.screen().contains("1 of 25 shown"), "{}", desk.screen());
}

#[test]
fn a_held_key_is_a_command_again_in_the_end() {
    let mut desk = demo();
    desk.press("r");
    let before = place(&mut desk);
    for _ in 0..254 {
        desk.press("j");
    }
    assert_eq!(place(&mut desk), before);
    desk.press("j");
    assert_ne!(place(&mut desk), before);
}

#[test]
fn a_refused_answer_in_a_dialog_is_no_list_of_its_commands() {
    // Nothing is read yet: `y` is refused, `e` would say why, `w` allow writing.
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("/").type_text("checkout ns:shop-staging").press("enter R");
    desk.take();
    desk.type_text("yew");
    assert!(desk.take().is_empty(), "writing is not allowed by a letter of a word");
    assert!(desk.screen().contains("READ-ONLY"), "{}", desk.screen());
    // `c` means nothing here; `k`, `o` and `u` would.
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("/").type_text("checkout ns:shop-staging").press("enter R");
    let ticket = |desk: &mut Desk| desk.take().iter().any(|e| matches!(e, Effect::Plan { .. }));
    assert!(ticket(&mut desk));
    desk.type_text("ckouw");
    assert!(!ticket(&mut desk), "no other plan is asked for");
    assert!(desk.screen().contains("READ-ONLY"), "{}", desk.screen());
    desk.press("esc");
    assert!(!desk.screen().contains("Roll back"), "escape still leaves a dialog");
}

#[test]
fn who_types_hold_while_read_only_does_not_hand_over_and_quit() {
    let mut desk = driving(false);
    desk.press("q").type_text("hold");
    let effects = desk.take();
    assert_eq!(executed(&effects), 0);
    assert!(!effects.iter().any(|e| matches!(e, Effect::Quit | Effect::HandOver)), "{effects:?}");
}
