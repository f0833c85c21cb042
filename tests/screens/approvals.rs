//! Plans that ask for approval: asked for on the page of a deploy, listed, agreed to.

use crate::deploying::{asked, planned};
use crate::harness::Desk;
use crate::snapshots::snap;
use crate::trust::{executed, writing};
use quarterdeck::domain::*;
use quarterdeck::engine::delivery::SavedPlan;
use quarterdeck::engine::gates::{APPROVAL, Approval, Petition};
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

/// The page of a deploy that needs approval, and its plan.
fn waiting() -> (Desk, SavedPlan) {
    let mut desk = writing("demo", "cart ns:shop-prod");
    desk.press("d");
    desk.take();
    desk.type_text("v3.5.0").wait(Duration::from_secs(1));
    let (ticket, ask) = asked(&mut desk).expect("a plan is asked for");
    let mut plan = planned(&ask, desk.now, false);
    let text = "plan has 0 of 1 approvals ('two-eyes')";
    plan.checks.push(Check::new(APPROVAL, CheckOutcome::Fail, text, "gates/a.yaml:3").remedy("ask for it"));
    let kept = SavedPlan::new(ask, &plan);
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(Box::new(plan)) });
    (desk, kept)
}

/// The facts of petitions: one nobody agreed to, one that has an approval, and
/// one of a newer program.
pub(crate) fn petitions() -> Vec<Fact> {
    let (desk, plan) = waiting();
    let asks = Petition::new(plan.clone());
    let mut agreed = asks.clone();
    let by = Actor { cluster_user: "ana@example.com".to_owned(), ..Actor::default() };
    agreed.approvals.push(Approval { by, at: desk.now.wall, note: "looks right".to_owned() });
    let texts = [asks.text(), agreed.text(), "{\"schema\": 99}".to_owned()];
    let namespace = plan.ask.target.key.namespace.clone();
    let fact = |(index, text): (usize, &String)| {
        Fact::Seen(Observed::Record(RecordText {
            sort: RecordSort::Approval,
            key: ObjectKey::new(Kind::ConfigMap, namespace.clone(), format!("quarterdeck-approval-{index}")),
            uid: format!("approval-{index}").as_str().into(),
            resource_version: "1".into(),
            target: "cart".to_owned(),
            text: text.as_str().into(),
        }))
    };
    texts.iter().enumerate().map(fact).collect()
}

fn listed(mut desk: Desk) -> Desk {
    desk.send(Event::Facts(petitions()));
    desk.press(":").type_text("approvals").press("enter");
    desk.take();
    desk
}

fn approvals(desk: &mut Desk) -> Vec<(String, Option<String>)> {
    let of =
        |effect| if let Effect::Approve { plan, note, .. } = effect { Some((plan.hash, note)) } else { None };
    desk.take().into_iter().filter_map(of).collect()
}

#[test]
fn a_plan_that_needs_approval_asks_for_it_with_one_key_and_no_other_plan_does() {
    let (mut desk, kept) = waiting();
    desk.press("tab A");
    assert_eq!(approvals(&mut desk), [(kept.hash, None)], "{}", desk.screen());
    let mut desk = writing("demo", "cart ns:shop-prod");
    desk.press("d");
    desk.take();
    desk.type_text("v3.5.0").wait(Duration::from_secs(1));
    let (ticket, ask) = asked(&mut desk).expect("a plan is asked for");
    let plan = planned(&ask, desk.now, false);
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(Box::new(plan)) }).press("tab A");
    assert!(approvals(&mut desk).is_empty());
    assert!(desk.screen().contains("nobody need be asked for approval"), "{}", desk.screen());
}

#[test]
fn agreeing_takes_the_name_in_production_and_writing() {
    let mut desk = listed(writing("demo", "cart ns:shop-prod"));
    desk.press("enter").type_text("looks right").press("enter y enter");
    assert!(approvals(&mut desk).is_empty(), "enter never means yes");
    desk.press("esc enter shift-tab")
        .type_text("seen the diff")
        .press("tab")
        .type_text("cart")
        .press("enter");
    let sent = approvals(&mut desk);
    assert_eq!(sent.len(), 1, "{}", desk.screen());
    assert_eq!(sent[0].1.as_deref(), Some("seen the diff"));
    let mut desk = listed(crate::snapshots::demo());
    desk.press("A").type_text("cart").press("enter y");
    assert_eq!(executed(&desk.take()), 0, "read-only");
    assert!(desk.screen().contains("read-only"), "{}", desk.screen());
}

#[test]
fn what_cannot_be_read_is_listed_and_not_agreed_to() {
    let mut desk = listed(writing("demo", "cart ns:shop-prod"));
    desk.press("G A").type_text("cart").press("enter y");
    assert!(approvals(&mut desk).is_empty());
    assert!(desk.screen().contains("cannot be read"), "{}", desk.screen());
}

#[test]
fn approval_pages() {
    let mut desk = crate::snapshots::demo();
    desk.press(":").type_text("approvals").press("enter");
    snap("approvals_empty", &mut desk);
    snap("approvals", &mut listed(crate::snapshots::demo()));
    let mut desk = listed(writing("prod-eu", "cart ns:shop-prod"));
    desk.press("j A");
    snap("approving", &mut desk);
}
