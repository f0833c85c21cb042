//! Acting: on pods, on several at once, taking back, and what rights forbid.

use crate::fixture::{self, planned};
use crate::harness::Desk;
use crate::snapshots::demo;
use crate::trust::{asked, executed, writing};
use quarterdeck::domain::*;
use quarterdeck::msg::{Ask, Effect, Event, RunView};
use std::time::Duration;

/// A console in write mode whose list shows what `filter` holds.
pub(crate) fn filtered(filter: &str) -> Desk {
    writing("demo", filter)
}

fn plans(desk: &mut Desk) -> Vec<(u64, Ask)> {
    let effects = desk.take().into_iter();
    effects
        .filter_map(
            |effect| if let Effect::Plan { ticket, ask } = effect { Some((ticket, ask)) } else { None },
        )
        .collect()
}

fn answer_all(desk: &mut Desk) -> Vec<Ask> {
    let asked = plans(desk);
    for (ticket, ask) in &asked {
        let plan = Ok(Box::new(planned(ask, desk.now)));
        desk.send(Event::Planned { ticket: *ticket, plan });
    }
    asked.into_iter().map(|(_, ask)| ask).collect()
}

#[test]
fn what_is_marked_is_restarted_by_typing_how_many() {
    let mut desk = filtered("env:staging");
    desk.press("space space r");
    let asks = answer_all(&mut desk);
    assert_eq!(asks.len(), 2);
    assert!(asks.iter().all(|ask| ask.together == 2 && ask.verb == Verb::Restart));
    assert!(desk.screen().contains("restart 2 objects"), "{}", desk.screen());
    desk.type_text("y").press("enter");
    assert_eq!(executed(&desk.take()), 0, "one key is not enough for two");
    assert!(desk.screen().contains("type restart 2"), "{}", desk.screen());
    desk.type_text("restart 2").press("enter");
    let effects = desk.take();
    assert_eq!(executed(&effects), 2);
    assert!(!desk.screen().contains("marked"), "the marks are gone");
    desk.press("enter");
    assert_eq!(executed(&desk.take()), 0);
}

#[test]
fn more_than_the_cap_is_refused_before_anything_is_read() {
    let mut desk = filtered("env:prod");
    desk.press("space space space space space space r");
    assert!(plans(&mut desk).is_empty());
    assert!(desk.screen().contains("6 objects at once: max-bulk allows 5"), "{}", desk.screen());
}

#[test]
fn if_one_of_several_fails_none_goes() {
    let mut desk = filtered("env:staging");
    desk.press("space space r");
    let asked = plans(&mut desk);
    let fault = Fault::new(FaultKind::Forbidden, "not allowed");
    desk.send(Event::Planned { ticket: asked[0].0, plan: Err(fault) });
    desk.send(Event::Planned { ticket: asked[1].0, plan: Ok(Box::new(planned(&asked[1].1, desk.now))) });
    desk.type_text("restart 2").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("1 of 2 failed"), "{}", desk.screen());
}

#[test]
fn a_bulk_answer_waits_for_an_operation_on_any_of_them() {
    let mut desk = filtered("env:staging");
    desk.press("space space r");
    answer_all(&mut desk);
    let mut run = fixture::runs().remove(0);
    let asks_uid = "shop-staging-frontend";
    run.order.target.uid = asks_uid.into();
    run.order.verb = Verb::Restart;
    for uid in ["shop-staging-frontend", "shop-staging-checkout", "shop-staging-search", "shop-staging-cart"]
    {
        let mut run = run.clone();
        run.order.id = format!("op-{uid}").into();
        run.order.target.uid = uid.into();
        desk.send(Event::Run(Box::new(run)));
    }
    desk.type_text("restart 2").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("has not ended"), "{}", desk.screen());
}

fn done(verb: Verb, undo: Verb) -> RunView {
    let mut run = fixture::runs().remove(1);
    run.order.verb = verb;
    run.order.undo = Some(Box::new(undo));
    run
}

#[test]
fn the_last_action_is_taken_back_by_another_plan() {
    let mut desk = filtered("env:staging");
    desk.send(Event::Run(Box::new(done(Verb::Scale { to: 9 }, Verb::Scale { to: 2 }))));
    desk.press("z");
    let (ticket, ask) = asked(&mut desk).expect("a plan is asked for");
    assert_eq!((ask.verb.clone(), ask.target.uid.as_str()), (Verb::Scale { to: 2 }, "shop-staging-frontend"));
    desk.send(Event::Planned { ticket, plan: Ok(Box::new(planned(&ask, desk.now))) });
    assert_eq!(executed(&desk.take()), 0, "it asks like everything else");
    desk.press("y");
    assert_eq!(executed(&desk.take()), 1);
}

#[test]
fn nothing_to_take_back_is_said_and_read_only_holds() {
    let mut desk = filtered("env:staging");
    desk.press("z");
    assert!(desk.screen().contains("could be taken back"), "{}", desk.screen());
    let mut desk = demo();
    desk.send(Event::Run(Box::new(done(Verb::Pause, Verb::Resume))));
    desk.press("z");
    assert!(asked(&mut desk).is_none() && desk.screen().contains(":write"), "{}", desk.screen());
}

#[test]
fn a_missing_right_is_named_with_verb_resource_and_namespace() {
    let mut desk = filtered("frontend env:staging");
    desk.press("enter");
    let effects = desk.take();
    let asked_about =
        effects.iter().find_map(|e| if let Effect::AskRights(ns) = e { Some(ns.clone()) } else { None });
    let namespace = asked_about.expect("rights are asked for once");
    let look = Rule {
        verbs: vec!["get".into(), "list".into()],
        groups: vec!["*".into()],
        resources: vec!["*".into()],
        names: Vec::new(),
    };
    desk.send(Event::Rights(namespace, Rights { rules: vec![look], incomplete: false }));
    let screen = desk.screen();
    assert!(screen.contains("needs patch on deployments in shop-staging"), "on the buttons:\n{screen}");
    desk.press("r");
    assert!(asked(&mut desk).is_none(), "nothing is asked");
    assert!(
        desk.screen().contains("restart: needs patch on deployments in shop-staging"),
        "{}",
        desk.screen()
    );
    desk.press("esc enter");
    assert!(!desk.take().iter().any(|e| matches!(e, Effect::AskRights(_))), "once");
    desk.press(":").type_text("restart");
    assert!(desk.screen().contains("needs patch on deployments"), "{}", desk.screen());
}

#[test]
fn delete_and_evict_mean_the_pod_itself() {
    for (key, verb) in [("D", Verb::Delete), ("E", Verb::Evict)] {
        let mut desk = filtered("frontend env:staging");
        desk.press("enter").press(key);
        let (_, ask) = asked(&mut desk).expect("a plan is asked for");
        assert_eq!((ask.verb, ask.target.key.kind), (verb, Kind::Pod));
        // The list of services has no pods: the kinds it is for are named.
        let mut desk = filtered("frontend env:staging");
        desk.press(key);
        assert!(asked(&mut desk).is_none());
        assert!(desk.screen().contains("not for a Deployment"), "{}", desk.screen());
    }
}

#[test]
fn marked_pods_are_deleted_together() {
    let mut desk = filtered("frontend env:staging");
    desk.press("enter space space D");
    let asks = answer_all(&mut desk);
    assert_eq!(asks.len(), 2);
    assert!(asks.iter().all(|ask| ask.target.key.kind == Kind::Pod));
    desk.type_text("delete 2").press("enter");
    assert_eq!(executed(&desk.take()), 2);
}

#[test]
fn an_image_is_edited_from_what_it_is() {
    let mut desk = filtered("frontend env:staging");
    desk.press("i");
    assert!(asked(&mut desk).is_none(), "the same image is no plan");
    assert!(desk.screen().contains("registry.example.com/shop/frontend"), "{}", desk.screen());
    desk.press("backspace").type_text("9");
    desk.wait(Duration::from_secs(2));
    let (_, ask) = asked(&mut desk).expect("a plan once typing rests");
    let Verb::SetImage { container, image } = &ask.verb else { panic!("{:?}", ask.verb) };
    assert_eq!((container.as_str(), image.ends_with('9')), ("app", true), "{image}");
}

#[test]
fn the_terminal_is_lent_only_where_it_may_be() {
    use quarterdeck::msg::Outside;
    let lent = |desk: &mut Desk| {
        desk.take().into_iter().find_map(|e| if let Effect::Outside(what) = e { Some(what) } else { None })
    };
    let mut desk = demo();
    desk.press("K");
    let Some(Outside::K9s { context, object, may_write }) = lent(&mut desk) else {
        panic!("k9s is asked for")
    };
    assert_eq!((context.as_str(), object.kind, may_write), ("demo", Kind::Deployment, false));
    for key in ["s", "e"] {
        desk.press(key);
        assert!(lent(&mut desk).is_none(), "{key} while read-only");
    }
    let mut desk = filtered("frontend env:staging");
    desk.press("K");
    assert!(matches!(lent(&mut desk), Some(Outside::K9s { may_write: true, .. })));
    desk.press("s");
    assert!(matches!(lent(&mut desk), Some(Outside::Shell { pod, .. }) if pod.kind == Kind::Pod));
    desk.press("e");
    let Some(Outside::Edit { target }) = lent(&mut desk) else { panic!("an editor is asked for") };
    let ops = vec![JsonOp::replace("/spec/replicas", 3)];
    let edited = quarterdeck::msg::Edited { target, ops: ops.clone(), file: "/tmp/x.yaml".into() };
    desk.send(Event::Edited(Box::new(edited)));
    let (_, ask) = asked(&mut desk).expect("what was edited is planned");
    assert_eq!(ask.verb, Verb::Edit { ops });
    assert!(desk.screen().contains("Edit frontend"), "{}", desk.screen());
}

#[test]
fn a_theme_is_shown_while_the_palette_is_on_it_and_gone_when_it_is_left() {
    let mut desk = demo();
    let ground = |desk: &mut Desk| desk.buffer(120, 40)[(60, 30)].bg;
    let dark = ground(&mut desk);
    desk.press(":").type_text("theme").press("down");
    let shown = ground(&mut desk);
    desk.press("down down");
    let other = ground(&mut desk);
    assert!(shown != other, "each is shown as it is reached: {shown:?} {other:?}");
    desk.press("esc");
    assert_eq!(ground(&mut desk), dark, "leaving brings the chosen one back");
    desk.press(":").type_text("theme").press("down down enter");
    let chosen = ground(&mut desk);
    assert_ne!(chosen, dark);
    desk.press(":").type_text("theme").press("down down down down esc");
    assert_eq!(ground(&mut desk), chosen);
}

#[test]
fn a_service_in_several_places_is_offered_with_production_first() {
    let mut desk = demo();
    desk.press(":").type_text("frontend");
    let screen = desk.screen();
    let places: Vec<_> = screen.lines().filter_map(|line| line.split("frontend ").nth(1)).collect();
    let at = |place: &str| places.iter().position(|rest| rest.trim_start().starts_with(place));
    assert!(at("shop-prod").is_some() && at("shop-prod") < at("shop-staging"), "{screen}");
    assert!(at("shop-staging") < at("shop-dev"), "{screen}");
    desk.press("enter");
    assert!(desk.screen().contains("frontend ─ shop-prod"), "{}", desk.screen());
}

#[test]
fn without_pods_actions_go_to_the_workload() {
    let mut desk = filtered("search env:dev");
    desk.press("enter S");
    assert!(desk.screen().contains("Scale search"), "{}", desk.screen());
}
