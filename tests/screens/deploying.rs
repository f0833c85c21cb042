//! Delivering a new version, from `d` on a service to the line on Rollouts.

use crate::deliveries::{CONDITIONED, PLAY, Play, facts, record};
use crate::fixture::{self, now};
use crate::harness::Desk;
use crate::snapshots::snap;
use crate::trust::{executed, writing};
use quarterdeck::domain::*;
use quarterdeck::engine::canary::Plan as Steps;
use quarterdeck::engine::delivery::{DeliveryAsk, DeliveryPlan, Doubt, NewVersion, Pace};
use quarterdeck::engine::record::{Strategy, Version};
use quarterdeck::engine::router::Wish;
use quarterdeck::msg::{Effect, Event};
use std::collections::BTreeMap;
use std::time::Duration;

/// The newest question for a plan.
pub(crate) fn asked(desk: &mut Desk) -> Option<(u64, DeliveryAsk)> {
    let asked = desk.take().into_iter().filter_map(|effect| {
        if let Effect::PlanDelivery { ticket, ask } = effect { Some((ticket, *ask)) } else { None }
    });
    asked.last()
}

/// The checks of a plan, of which one fails if asked to.
fn checks(fails: bool) -> Vec<Check> {
    let check = |name, outcome, text: &str, source| Check::new(name, outcome, text, source);
    vec![
        check(
            "permission",
            CheckOutcome::Pass,
            "you may do all 8 things that it needs",
            "SelfSubjectAccessReview",
        ),
        check("dry-run", CheckOutcome::Pass, "the server accepts the new template", "server dry run"),
        if fails {
            check(
                "running",
                CheckOutcome::Fail,
                "canary to v3.5.0 started by bo is watching",
                "operation records",
            )
            .remedy("let it end, or abort it: qd abort")
        } else {
            check("running", CheckOutcome::Pass, "no other delivery to it runs", "operation records")
        },
        check("weight", CheckOutcome::Warn, "asked 10 %, real 14 % (1 of 7 pods)", "replica ratio")
            .remedy("scale stable up for a finer weight"),
        check(
            "metrics",
            CheckOutcome::Pass,
            "120 requests per second: decided in about 4 min",
            "the pods' own metrics",
        ),
    ]
}

/// What the shell would answer.
pub(crate) fn planned(ask: &DeliveryAsk, at: Now, fails: bool) -> DeliveryPlan {
    let key = &ask.target.key;
    let mut record = record(&Play { for_s: 0, ..PLAY });
    record.id = "op-cart-1".into();
    record.strategy = ask.strategy;
    record.on_driver_loss = ask.on_driver_loss;
    record.reason.clone_from(&ask.reason);
    let version = match &ask.version {
        NewVersion::Image { image, .. } => image.rsplit(':').next().unwrap().to_owned(),
        NewVersion::Revision(number) => format!("revision {number}"),
    };
    let image = |tag: &str| vec![("app".to_owned(), format!("registry.example.com/shop/{}:{tag}", key.name))];
    record.from = Version { images: image("v3.4.1"), version: "v3.4.1".to_owned(), ..record.from };
    record.to = Version { images: image(&version), version, ..record.to };
    let steps = match ask.strategy {
        Strategy::Canary => ask.pace.plan().unwrap(),
        Strategy::Rolling => Steps { steps: Vec::new(), ..Steps::standard() },
        Strategy::BlueGreen => ask.pace.switch(),
    };
    record.run.plan = steps;
    let environment = Environment::of_namespace(key.namespace.as_str(), &BTreeMap::default());
    DeliveryPlan {
        changes: vec![Change {
            kind: ChangeKind::Image,
            path: "spec.template.spec.containers.[app].image".to_owned(),
            before: Some(record.from.images[0].1.clone()),
            after: Some(record.to.images[0].1.clone()),
        }],
        checks: checks(fails),
        confirmation: match environment {
            Environment::Production | Environment::Undeclared => Confirmation::Type(key.name.to_string()),
            Environment::Development | Environment::Staging => Confirmation::Key,
        },
        record,
        target: ask.target.clone(),
        environment,
        stable_pods: 6,
        surplus: Vec::new(),
        override_owner: ask.override_owner,
        doubt: Doubt::of(environment, None, &Guardrails::default(), None, ""),
        read_at: at,
    }
}

fn answer_with(desk: &mut Desk, fails: bool) -> DeliveryAsk {
    let (ticket, ask) = asked(desk).expect("a plan is asked for");
    let plan = Box::new(planned(&ask, desk.now, fails));
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(plan) });
    ask
}

fn answer(desk: &mut Desk) -> DeliveryAsk {
    answer_with(desk, false)
}

/// The page of a service with a version typed, and its plan.
fn typed(mut desk: Desk, version: &str) -> (Desk, DeliveryAsk) {
    desk.press("d");
    desk.take();
    desk.type_text(version).wait(Duration::from_secs(1));
    let ask = answer(&mut desk);
    (desk, ask)
}

fn delivered(desk: &mut Desk) -> Vec<DeliveryPlan> {
    let effects = desk.take();
    let plans = effects.into_iter().filter_map(|effect| {
        if let Effect::Deliver { plan, warrant } = effect {
            assert_eq!(warrant.operation(), &plan.record.id);
            Some(*plan)
        } else {
            None
        }
    });
    plans.collect()
}

/// A canary of `cart` to v3.6.0 that was confirmed this moment.
pub(crate) fn confirmed() -> Desk {
    let (mut desk, _) = typed(writing("demo", "cart"), "v3.6.0");
    desk.press("enter enter").type_text("cart").press("enter");
    assert_eq!(delivered(&mut desk).len(), 1, "{}", desk.screen());
    // What is typed on behind an answer is not taken until a pause.
    desk.wait(Duration::from_secs(2)).take();
    desk
}

#[test]
fn the_whole_way_from_a_key_to_the_line_on_rollouts() {
    let mut desk = writing("demo", "cart");
    // A filter of before, which cart does not pass, does not hide what begins.
    desk.press("3 /").type_text("checkout canary").press("enter 1");
    desk.take();
    desk.press("d");
    let (_, first) = asked(&mut desk).expect("the version that stands first is planned at once");
    let staging = "registry.example.com/shop/cart:v3.5.0";
    assert_eq!(first.version, NewVersion::typed(staging), "what runs in staging stands first");
    desk.type_text("v3.6.0").wait(Duration::from_secs(1));
    let ask = answer(&mut desk);
    assert_eq!(ask.version, NewVersion::typed(":v3.6.0"));
    assert_eq!((ask.target.key.namespace.as_str(), ask.target.key.name.as_str()), ("shop-prod", "cart"));
    let screen = desk.screen();
    for words in ["What will happen", "asked 10 %", "Checks, read at", "Type cart and enter"] {
        assert!(screen.contains(words), "{words}: {screen}");
    }
    assert_eq!(executed(&desk.take()), 0);
    // Enter goes to the answer, never past it.
    desk.press("enter enter");
    assert!(delivered(&mut desk).is_empty());
    desk.type_text("cart").press("enter enter enter");
    let plans = delivered(&mut desk);
    assert_eq!(plans.len(), 1, "once");
    assert!(desk.screen().contains("canary of cart to v3.6.0 begins"), "{}", desk.screen());
    // Its record comes with the watch: the line is there, and selected.
    desk.send(Event::Facts(facts(&record(&PLAY))));
    let screen = desk.screen();
    let line = screen.lines().find(|line| line.contains("cart")).unwrap();
    assert!(line.contains('▌') || line.contains('>') || line.contains('▸'), "selected: {line}");
    desk.take();
    desk.press("p");
    assert!(desk.screen().contains("Promote cart"), "one key away: {}", desk.screen());
}

#[test]
fn a_spent_budget_holds_a_delivery_up_unless_the_reason_is_an_exception() {
    let mut desk = writing("demo", "cart");
    desk.send(Event::Slos(Box::new(crate::slos::frozen("cart"))));
    let (mut desk, _) = typed(desk, "v3.6.0");
    let screen = desk.at(120, 40);
    assert!(screen.contains("budget: availability") && screen.contains("names one of: security"), "{screen}");
    desk.press("enter enter").type_text("cart").press("enter enter enter");
    assert!(delivered(&mut desk).is_empty(), "{}", desk.screen());
    let (ticket, ask) = {
        let mut desk = writing("demo", "cart");
        desk.press("d");
        asked(&mut desk).expect("a plan is asked for")
    };
    // The same plan with a reason that names the exception is warned about only.
    let mut desk = writing("demo", "cart");
    desk.send(Event::Slos(Box::new(crate::slos::frozen("cart"))));
    desk.press("d");
    desk.take();
    let mut plan = planned(&ask, desk.now, false);
    plan.record.reason = "security fix".to_owned();
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(Box::new(plan)) });
    desk.press("enter enter").type_text("cart").press("enter enter enter");
    assert_eq!(delivered(&mut desk).len(), 1, "{}", desk.screen());
}

#[test]
fn read_only_nothing_begins_whatever_is_pressed() {
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("/").type_text("cart").press("enter");
    let (mut desk, _) = typed(desk, "v3.5.0");
    assert!(desk.screen().contains("READ-ONLY"), "{}", desk.screen());
    desk.press("enter").type_text("cart").press("enter y tab tab y enter space y");
    assert_eq!(executed(&desk.take()), 0);
    // Writing can be allowed from here; answering comes after.
    let (mut desk, _) = typed(at("cart"), "v3.5.0");
    desk.press("tab w");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("Type cart and enter"), "{}", desk.screen());
}

fn at(service: &str) -> Desk {
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("/").type_text(service).press("enter");
    desk.take();
    desk
}

#[test]
fn an_old_plan_is_made_again_before_it_is_carried_out() {
    let (mut desk, ask) = typed(writing("demo", "cart"), "v3.5.0");
    desk.wait(Duration::from_secs(40));
    desk.press("enter").type_text("cart").press("enter");
    let effects = desk.take();
    assert_eq!(executed(&effects), 0, "stale");
    let again = effects.into_iter().find_map(|effect| {
        if let Effect::PlanDelivery { ticket, ask } = effect { Some((ticket, *ask)) } else { None }
    });
    let (ticket, newer) = again.expect("asked again by itself");
    assert_eq!(newer, ask);
    let plan = Box::new(planned(&newer, desk.now, false));
    desk.send(Event::DeliveryPlanned { ticket: ticket - 1, plan: Ok(plan.clone()) });
    assert!(desk.screen().contains("Nothing to confirm yet"), "a late answer is dropped");
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(plan) });
    desk.press("enter");
    assert_eq!(executed(&desk.take()), 0, "the word is to be typed again");
    desk.type_text("cart").press("enter");
    assert_eq!(delivered(&mut desk).len(), 1);
}

#[test]
fn a_key_held_down_since_before_the_plan_confirms_nothing() {
    let mut desk = writing("demo", "cart");
    desk.press("esc esc").press("/").type_text("ns:shop-staging checkout").press("enter");
    desk.take();
    desk.press("d").type_text("v2.0.0").press("tab");
    desk.wait(Duration::from_secs(1));
    let (ticket, ask) = asked(&mut desk).unwrap();
    let plan = Box::new(planned(&ask, desk.now, false));
    for _ in 0..20 {
        desk.press("y").wait(Duration::from_millis(30));
    }
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(plan) });
    for _ in 0..20 {
        desk.take();
        desk.press("y").wait(Duration::from_millis(30));
        assert_eq!(executed(&desk.effects), 0);
    }
    assert!(desk.screen().contains("let go of the key"), "{}", desk.screen());
    desk.wait(Duration::from_secs(1)).press("y");
    assert_eq!(delivered(&mut desk).len(), 1, "a press of its own does");
}

#[test]
fn the_form_chooses_how_and_where() {
    let mut desk = writing("demo", "cart");
    desk.press("esc esc").press("/").type_text("ns:shop-prod checkout").press("enter");
    let (mut desk, usual) = typed(desk, "v2.0.0");
    assert_eq!((usual.strategy, &usual.pace), (Strategy::Canary, &Pace::default()));
    // From the version to the form: the strategy, then the place.
    desk.press("tab right");
    desk.wait(Duration::from_secs(1));
    assert_eq!(answer(&mut desk).strategy, Strategy::BlueGreen);
    desk.press("right").wait(Duration::from_secs(1));
    assert_eq!(answer(&mut desk).strategy, Strategy::Rolling);
    desk.press("left left j right j space j right j right j right j right j right j right")
        .wait(Duration::from_secs(1));
    let all = answer(&mut desk);
    assert_eq!(all.strategy, Strategy::Canary);
    assert_ne!(all.pace.steps, usual.pace.steps);
    assert!(all.pace.manual && all.pace.max_s != usual.pace.max_s, "{:?}", all.pace);
    assert_eq!((all.traffic, all.pace.slow_ms), (Wish::Pods, Some(100)));
    assert_ne!(all.on_driver_loss, usual.on_driver_loss);
    desk.press("k k k k k k k k k right").wait(Duration::from_secs(1));
    let there = answer(&mut desk);
    assert_eq!(there.target.key.namespace.as_str(), "shop-staging");
    assert_eq!(there.target.uid.as_str(), "shop-staging-checkout", "pinned when the page was opened");
}

#[test]
fn conditions_of_the_last_delivery_can_be_had_again() {
    let mut desk = writing("demo", "cart");
    desk.send(Event::Facts(facts(&record(&CONDITIONED))));
    let (mut desk, usual) = typed(desk, "v9.1.0");
    assert!(usual.pace.analyses.is_empty(), "not unless they are asked for");
    desk.press("tab j j j j j j right").wait(Duration::from_secs(1));
    let again = answer(&mut desk).pace.analyses;
    assert_eq!(again, record(&CONDITIONED).run.plan.analyses);
    assert!(desk.screen().contains("as last time: success-rate, queue, edge"), "{}", desk.screen());
}

#[test]
fn every_line_of_the_form_can_be_seen_in_a_small_terminal() {
    let (mut desk, _) = typed(writing("demo", "cart"), "v2.0.0");
    desk.size = (80, 24);
    desk.press("tab");
    for (word, value) in [
        ("Strategy", "canary"),
        ("Steps", "10, 50, 100 %"),
        ("A step takes", "5m to 10m"),
        ("Promotion", "by the verdict"),
        ("Traffic", "by a route"),
        ("Slow", "only failed requests"),
        ("Conditions", "none known from before"),
        ("Old is kept", "of blue/green only"),
        ("Driver lost", "whoever takes over goes on"),
    ] {
        let screen = desk.screen();
        let line = screen.lines().find(|line| line.contains(word));
        assert!(line.is_some_and(|line| line.contains(value)), "{word} in {screen}");
        desk.press("j");
    }
}

#[test]
fn a_check_that_failed_keeps_it_from_beginning() {
    let mut desk = writing("demo", "cart");
    desk.press("d").type_text("v3.5.0").wait(Duration::from_secs(1));
    answer_with(&mut desk, true);
    assert!(desk.screen().contains("cannot go on: running failed"), "{}", desk.screen());
    desk.press("enter").type_text("cart").press("enter");
    assert_eq!(executed(&desk.take()), 0);
    assert!(desk.screen().contains("started by bo is watching"), "{}", desk.screen());
}

#[test]
fn the_mouse_chooses_versions_and_values() {
    let mut desk = writing("demo", "cart");
    desk.size = (160, 48);
    desk.press("d");
    let first = answer(&mut desk);
    let screen = desk.screen();
    let rows: Vec<usize> = screen
        .lines()
        .enumerate()
        .filter(|(_, line)| line.contains("revision ") && line.contains("old"))
        .map(|(y, _)| y)
        .collect();
    assert!(rows.len() > 1, "{screen}");
    desk.click_at(12, rows[1] as u16).wait(Duration::from_secs(1));
    let second = answer(&mut desk);
    assert_ne!(first.version, second.version);
    let line = desk.screen().lines().position(|line| line.contains("Promotion")).unwrap();
    desk.click_at(12, line as u16).click_at(12, line as u16).wait(Duration::from_secs(1));
    assert!(answer(&mut desk).pace.manual);
}

#[test]
fn what_cannot_be_delivered_is_said() {
    let mut desk = writing("demo", "cart");
    let mut facts = fixture::shop();
    for fact in &mut facts {
        if let Fact::Seen(Observed::Workload(workload)) = fact
            && workload.key.name.as_str() == "cart"
        {
            workload.key.kind = Kind::StatefulSet;
        }
    }
    desk.send(Event::Connected(fixture::place("demo"))).send(Event::Facts(facts));
    desk.press("/").type_text("cart").press("enter d");
    assert!(desk.screen().contains("deploy is for Deployment, not for a StatefulSet"), "{}", desk.screen());
}

#[test]
fn a_deploy_page() {
    let (mut desk, _) = typed(writing("prod-eu", "cart"), "v3.5.0");
    desk.press("enter");
    snap("deploy", &mut desk);
}

#[test]
fn a_deploy_page_while_a_version_is_searched() {
    let mut desk = at("cart");
    desk.press("d");
    let (ticket, ask) = asked(&mut desk).unwrap();
    let plan = Box::new(planned(&ask, now(), false));
    desk.send(Event::DeliveryPlanned { ticket, plan: Ok(plan) });
    snap("deploy_search", &mut desk);
    desk.press("tab");
    snap("deploy_form", &mut desk);
}
