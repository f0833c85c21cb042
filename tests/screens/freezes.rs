//! The way through a freeze, in the dialogs that meet one.

use crate::deploying::{asked, planned};
use crate::snapshots::rollout;
use crate::trust::{executed, writing};
use quarterdeck::domain::{Check, CheckOutcome};
use quarterdeck::engine::gates::{FREEZE, Glass};
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

fn frozen() -> Check {
    Check::new(FREEZE, CheckOutcome::Fail, "frozen by 'holiday' until 2026-11-30 06:00 CET", "gates/a.yaml:3")
        .could_pass()
        .remedy("wait until then; in an incident: name it")
}

#[test]
fn a_deploy_page_asks_for_an_incident_only_where_releases_are_frozen() {
    let mut desk = writing("demo", "cart");
    desk.press("d").type_text("v3.5.0").wait(Duration::from_secs(1));
    let (ticket, ask) = asked(&mut desk).expect("a plan is asked for");
    assert!(!desk.screen().contains("Incident"), "{}", desk.screen());
    let mut plan = planned(&ask, desk.now, false);
    plan.checks.push(frozen());
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(Box::new(plan)) });
    let screen = desk.screen();
    assert!(screen.contains("freeze failed") && screen.contains("Incident"), "{screen}");
    // Version, form, incident.
    desk.press("tab tab").type_text("soon").wait(Duration::from_secs(1));
    assert!(asked(&mut desk).is_none(), "no plan for an incident that is none");
    assert!(desk.screen().contains("'soon' names no incident"), "{}", desk.screen());
    desk.press("backspace backspace backspace backspace").type_text("INC-412").wait(Duration::from_secs(1));
    let (_, ask) = asked(&mut desk).expect("another plan is asked for");
    assert_eq!(ask.glass, Some(Glass { incident: "INC-412".to_owned() }));
}

#[test]
fn an_incident_is_asked_for_where_it_lets_a_check_through() {
    let shown = |check: Check| {
        let mut desk = writing("demo", "cart");
        desk.press("d").type_text("v3.5.0").wait(Duration::from_secs(1));
        let (ticket, ask) = asked(&mut desk).expect("a plan is asked for");
        let mut plan = planned(&ask, desk.now, false);
        plan.checks.push(check);
        desk.send(Event::DeliveryPlanned { ticket, plan: Ok(Box::new(plan)) });
        desk.screen().contains("Incident")
    };
    let check = |name, outcome| Check::new(name, outcome, "so it is", "somewhere");
    assert!(shown(check("rehearsal", CheckOutcome::Fail).could_pass()));
    assert!(
        shown(check("rehearsal", CheckOutcome::Fail).let_through("for an incident")),
        "it can be taken back"
    );
    assert!(!shown(check("references", CheckOutcome::Fail)), "no incident makes a Secret");
    assert!(!shown(check("rehearsal", CheckOutcome::Warn)), "nothing is to be let through");
}

#[test]
fn a_promotion_takes_an_incident_and_going_back_knows_none() {
    let mut desk = writing_on_rollout();
    desk.press("p");
    assert!(desk.screen().contains("Incident"), "{}", desk.screen());
    desk.press("shift-tab shift-tab").type_text("now").press("tab tab").type_text("cart").press("enter");
    assert_eq!(executed(&desk.take()), 0, "an incident that is none");
    assert!(desk.screen().contains("'now' names no incident"), "{}", desk.screen());
    desk.press("shift-tab shift-tab backspace backspace backspace").type_text("INC-7");
    desk.press("tab").type_text("the fix").press("tab").type_text("cart").press("enter");
    let effects = desk.take();
    let glass = effects.iter().find_map(|effect| {
        if let Effect::Request { glass, .. } = effect { Some(glass.clone()) } else { None }
    });
    assert_eq!(glass, Some(Some(Glass { incident: "INC-7".to_owned() })));
    let mut desk = writing_on_rollout();
    desk.press("a");
    assert!(!desk.screen().contains("Incident"), "{}", desk.screen());
}

fn writing_on_rollout() -> crate::harness::Desk {
    let mut desk = rollout("demo", "cart");
    desk.press(":").type_text("write").press("enter");
    desk.take();
    desk
}
