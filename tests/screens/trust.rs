//! The rules of trust, each under its name, on the whole console.

use crate::alerts::alarms;
use crate::approvals::petitions;
use crate::fixture::{self, planned};
use crate::harness::Desk;
use crate::snapshots::{answer_plan, delivering, demo, rollback};
use quarterdeck::command::{Command, Scope, TABLE};
use quarterdeck::domain::*;
use quarterdeck::msg::{Ask, Effect, Event, Outside};
use std::time::Duration;

/// Effects that change the cluster, or what it tells people.
pub(crate) fn executed(effects: &[Effect]) -> usize {
    let changes = |effect: &&Effect| {
        matches!(
            effect,
            Effect::Execute { .. }
                | Effect::Deliver { .. }
                | Effect::Request { .. }
                | Effect::Silence { .. }
                | Effect::Approve { .. }
                | Effect::TakeOver { .. }
                | Effect::Outside(
                    Outside::Shell { .. } | Outside::Edit { .. } | Outside::K9s { may_write: true, .. }
                )
        )
    };
    effects.iter().filter(changes).count()
}

pub(crate) fn asked(desk: &mut Desk) -> Option<(u64, Ask)> {
    desk.take()
        .into_iter()
        .find_map(|effect| if let Effect::Plan { ticket, ask } = effect { Some((ticket, ask)) } else { None })
}

/// A console in write mode, standing on a service.
pub(crate) fn writing(context: &str, service: &str) -> Desk {
    let mut desk = Desk::connected(context, fixture::shop());
    desk.press(":").type_text("write").press("enter /").type_text(service).press("enter");
    desk.take();
    desk
}

#[test]
fn read_only_by_default() {
    let mut desk = demo();
    assert!(desk.screen().contains("READ-ONLY"));
    for key in ["r", "S", "P"] {
        desk.press(key);
        assert!(desk.take().is_empty(), "{key} asks for nothing");
        assert!(desk.screen().contains(":write"), "{key} says how:\n{}", desk.screen());
    }
}

#[test]
fn the_rollback_page_opens_read_only_and_cannot_fire() {
    let mut desk = rollback("demo", "checkout ns:shop-prod");
    desk.press("enter").type_text("checkout").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    let screen = desk.screen();
    assert!(screen.contains("READ-ONLY") && screen.contains("nothing was written"), "{screen}");
}

#[test]
fn a_dialog_can_be_saved_and_repainted_like_any_screen() {
    let mut desk = rollback("demo", "checkout ns:shop-prod");
    desk.press("ctrl-s ctrl-l");
    let effects = desk.take();
    assert!(effects.iter().any(|e| matches!(e, quarterdeck::msg::Effect::SaveScreen)), "{effects:?}");
    assert!(effects.iter().any(|e| matches!(e, quarterdeck::msg::Effect::Repaint)), "{effects:?}");
    assert!(desk.screen().contains("Roll back checkout"), "the page stays");
}

#[test]
fn writing_can_be_allowed_on_the_page_and_the_page_stays() {
    let mut desk = rollback("demo", "checkout ns:shop-prod");
    desk.press("w");
    let effects = desk.take();
    assert!(effects.iter().any(|e| matches!(e, quarterdeck::msg::Effect::RecordMode(_))), "it is recorded");
    assert_eq!(executed(&effects), 0, "allowing is not answering");
    let screen = desk.screen();
    assert!(screen.contains("WRITE") && screen.contains("Roll back checkout"), "{screen}");
    desk.press("enter").type_text("checkout").press("enter");
    assert_eq!(executed(&desk.take()), 1);
}

#[test]
fn every_mutating_row_is_gated_and_unreachable_while_read_only() {
    let petitions = petitions();
    for row in TABLE.iter().filter(|row| row.risk.mutates()) {
        for key in row.keys {
            for open in [
                "",
                "enter",
                "3",
                "enter enter",
                "R",
                "d",
                "3 enter",
                "8",
                ": a p p r o v a l s enter",
                "space space",
                "enter space space",
            ] {
                let mut desk = delivering("demo");
                desk.send(Event::Alarms(Box::new(alarms()))).send(Event::Facts(petitions.clone()));
                desk.press(open).press(key);
                desk.press("y").type_text("labels").press("enter y");
                assert_eq!(executed(&desk.take()), 0, "{} by {key} after '{open}'", row.name);
            }
        }
        // By name, from palette and help.
        for menu in [":", "?"] {
            let mut desk = demo();
            desk.press(menu).type_text(row.name).press("enter y enter");
            assert_eq!(executed(&desk.take()), 0, "{} from {menu}", row.name);
        }
    }
}

#[test]
fn no_click_changes_anything_while_read_only() {
    let petitions = petitions();
    for open in ["enter", "3", "R", "d", "3 enter", "8", ": a p p r o v a l s enter"] {
        for y in (0..40).step_by(2) {
            for x in (0..120).step_by(7) {
                let mut desk = delivering("demo");
                desk.send(Event::Alarms(Box::new(alarms()))).send(Event::Facts(petitions.clone()));
                desk.press(open);
                let _drawn = desk.screen();
                desk.click_at(x, y);
                assert_eq!(executed(&desk.take()), 0, "click at {x},{y} after '{open}'");
            }
        }
    }
}

#[test]
fn enter_never_means_yes() {
    let mut desk = writing("demo", "frontend env:staging");
    desk.press("r");
    answer_plan(&mut desk);
    desk.press("enter enter enter tab enter shift-tab enter");
    assert_eq!(executed(&desk.take()), 0);
    let mut desk = writing("prod-eu", "checkout ns:shop-prod");
    desk.press("R");
    answer_plan(&mut desk);
    desk.press("enter enter enter enter");
    assert_eq!(executed(&desk.take()), 0);
}

#[test]
fn reversible_outside_production_needs_one_key_and_fires_once() {
    let mut desk = writing("demo", "frontend env:staging");
    desk.press("r");
    answer_plan(&mut desk);
    desk.press("y y y");
    let effects = desk.take();
    assert_eq!(executed(&effects), 1);
    // A second action on the same object waits for the first.
    desk.press("r");
    answer_plan(&mut desk);
    desk.press("y");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("has not ended"), "{}", desk.screen());
}

#[test]
fn production_needs_the_name_typed() {
    let mut desk = writing("prod-eu", "checkout ns:shop-prod");
    desk.press("R");
    answer_plan(&mut desk);
    desk.press("y");
    assert_eq!(executed(&desk.take()), 0, "one key is not enough");
    desk.press("ctrl-w").type_text("chekout").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("type checkout"), "{}", desk.screen());
    desk.press("ctrl-w").type_text("checkout").press("enter");
    assert_eq!(executed(&desk.take()), 1);
}

#[test]
fn a_confirmation_is_typed_not_pasted() {
    let mut desk = writing("prod-eu", "checkout ns:shop-prod");
    desk.press("R");
    answer_plan(&mut desk);
    desk.press("enter").send(Event::Paste("checkout".to_owned()));
    desk.press("enter");
    assert_eq!(executed(&desk.take()), 0);
}

#[test]
fn write_mode_expires() {
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press(":").type_text("write 2m").press("enter");
    assert!(desk.screen().contains("WRITE 2m"));
    desk.take();
    desk.wait(Duration::from_secs(90));
    assert!(desk.screen().contains("WRITE 30s"), "{}", desk.screen());
    desk.wait(Duration::from_secs(31));
    assert!(desk.screen().contains("READ-ONLY"));
    assert!(
        desk.take().iter().any(|e| matches!(e, Effect::RecordMode(WriteMode::ReadOnly))),
        "its end is recorded"
    );
}

#[test]
fn writing_does_not_follow_to_another_context() {
    let mut desk = writing("demo", "frontend env:staging");
    desk.press("r");
    answer_plan(&mut desk);
    desk.send(Event::Connected(fixture::place("prod-eu")));
    assert!(desk.screen().contains("READ-ONLY"));
    desk.press("y");
    assert_eq!(executed(&desk.take()), 0, "the dialog went with the cluster");
}

#[test]
fn an_owned_object_needs_the_override_and_a_reason() {
    let mut desk = writing("prod-eu", "identity");
    desk.press("R");
    let (ticket, ask) = asked(&mut desk).unwrap();
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(fixture::planned_with(&ask, desk.now, true))) });
    desk.press("enter").type_text("identity").press("enter");
    assert_eq!(executed(&desk.take()), 0, "refused by default");
    desk.press("shift-tab shift-tab o");
    let (ticket, ask) = asked(&mut desk).unwrap();
    assert!(ask.override_owner);
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned(&ask, desk.now))) });
    desk.press("enter").type_text("identity").press("enter");
    assert_eq!(executed(&desk.take()), 0, "no reason was given");
    assert!(desk.screen().contains("needs a reason"), "{}", desk.screen());
    desk.type_text("git is down").press("enter");
    let (ticket, ask) = asked(&mut desk).unwrap();
    assert_eq!(ask.reason, "git is down");
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned(&ask, desk.now))) });
    desk.type_text("identity").press("enter");
    assert_eq!(executed(&desk.take()), 1);
}

#[test]
fn quitting_asks_only_while_an_operation_runs() {
    let mut desk = demo();
    desk.press("q");
    assert!(matches!(desk.take().as_slice(), [Effect::Quit]));
    for key in ["q", "ctrl-c"] {
        let mut desk = demo();
        desk.send(Event::Run(Box::new(fixture::runs().remove(0))));
        desk.press(key);
        assert!(desk.take().is_empty(), "{key} asks");
        desk.press("enter esc");
        assert!(desk.take().is_empty(), "neither enter nor esc quits");
        desk.press(key).press("y");
        assert!(matches!(desk.take().as_slice(), [Effect::Quit]));
    }
}

#[test]
fn every_command_of_the_table_is_handled_somewhere() {
    // Help runs what it lists; a command nobody handles would do nothing at all.
    let silent = [Command::Open, Command::Back, Command::NextPanel, Command::PrevPanel];
    for row in
        Scope::Services.chain().iter().flat_map(|scope| TABLE.iter().filter(|r| r.scopes.contains(scope)))
    {
        if row.command.motion().is_some()
            || silent.contains(&row.command)
            || row.command == Command::Interrupt
        {
            continue;
        }
        let mut desk = Desk::connected("demo", fixture::shop());
        desk.press(":").type_text("write").press("enter j");
        desk.press("/").type_text("c").press("enter j j");
        desk.take();
        let before = desk.screen();
        desk.press("?").type_text(row.name).press("enter");
        let changed = desk.screen() != before || !desk.take().is_empty();
        let nothing_to_do = matches!(
            row.command,
            Command::HistoryBack | Command::HistoryForward | Command::Services | Command::Help
        );
        assert!(changed || nothing_to_do, "{} does nothing", row.name);
    }
}

#[test]
fn keys_typed_behind_a_confirmation_do_nothing() {
    let mut desk = writing("prod-eu", "checkout ns:shop-prod");
    desk.press("R");
    answer_plan(&mut desk);
    desk.press("enter").type_text("checkout").press("enter");
    // Still in the terminal's buffer when the dialog closes: no frame was drawn in between.
    desk.type_text("q6Ry").press("enter ctrl-c").send(Event::Paste("q".to_owned()));
    let effects = desk.take();
    assert_eq!(executed(&effects), 1);
    let others =
        effects.iter().filter(|e| matches!(e, Effect::Quit | Effect::LoadAudit | Effect::Plan { .. }));
    assert_eq!(others.count(), 0, "{effects:?}");
    // After a frame keys are keys again.
    desk.press("6");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::LoadAudit)));
}

#[test]
fn the_rollback_page_shows_what_one_decides_on_without_scrolling() {
    let mut desk = rollback("prod-eu", "checkout ns:shop-prod");
    let screen = desk.at(80, 24);
    for fact in [
        "app image  registry.example.com/shop/checkout  - v1.9.3  + v1.9.2",
        "2 replaced, 6 of 6 serve now",
        "? 1 unknown",
        "? autoscaler: autoscalers may not be listed",
    ] {
        assert!(screen.contains(fact), "{fact}:\n{screen}");
    }
}
