//! The page that compares ConfigMaps and Secrets by hash.

use crate::harness::Desk;
use crate::snapshots::{demo, snap};
use quarterdeck::domain::*;
use quarterdeck::msg::{ConfigAsk, ConfigFound, Effect, Event, Found, Look};
use std::collections::BTreeMap;

fn content(kind: &'static str, data: &[(&str, &str)], written: Option<jiff::Timestamp>) -> ConfigContent {
    let data = data.iter().map(|(key, value)| ((*key).to_owned(), value.as_bytes().to_vec()));
    ConfigContent::of(kind, data.collect::<BTreeMap<_, _>>(), written, 7)
}

fn read(kind: &'static str, name: &str, content: Result<Option<ConfigContent>, Fault>) -> ConfigRead {
    ConfigRead { object: ConfigRef { kind, name: name.to_owned() }, content }
}

/// The newest question for configuration.
fn asked(desk: &mut Desk) -> Option<(u64, ConfigAsk)> {
    desk.take().into_iter().find_map(|effect| {
        if let Effect::Look { ticket, look: Look::Configs(ask) } = effect {
            Some((ticket, ask))
        } else {
            None
        }
    })
}

/// The page of a service, and the question it asked.
fn opened(filter: &str) -> (Desk, u64, ConfigAsk) {
    let mut desk = demo();
    desk.press("/").type_text(filter).press("enter");
    desk.take();
    desk.press("H");
    let (ticket, ask) = asked(&mut desk).expect("its configuration is asked for");
    (desk, ticket, ask)
}

fn answered() -> Desk {
    let (mut desk, ticket, ask) = opened("name:cart env:staging");
    assert_eq!(ask.here.0.as_str(), "shop-staging");
    assert_eq!(ask.there.unwrap().0.as_str(), "shop-prod", "production is compared with");
    let forbidden = Fault::new(FaultKind::Forbidden, "cannot get Secret tls in shop-prod: forbidden")
        .hint("needs get on secrets in shop-prod");
    let written = desk.now.wall;
    let here = "log: debug\nport: 8080\nflags:\n  new-cart: true\nurl: postgres://cart:hunter2@db/cart\n";
    let there = "log: info\nport: 8080\nflags:\n  new-cart: false\nurl: postgres://cart:hunter3@db/cart\n";
    let found = ConfigFound {
        here: vec![
            read(
                "ConfigMap",
                "cart-config",
                Ok(Some(content("ConfigMap", &[("app.yaml", here), ("NEW", "1")], Some(written)))),
            ),
            read("ConfigMap", "gone", Ok(None)),
            read(
                "Secret",
                "cart-db",
                Ok(Some(content("Secret", &[("uri", "hunter2"), ("user", "cart")], None))),
            ),
            read("Secret", "tls", Ok(Some(content("Secret", &[], None)))),
        ],
        there: vec![
            read(
                "ConfigMap",
                "cart-config",
                Ok(Some(content("ConfigMap", &[("app.yaml", there), ("OLD", "1")], None))),
            ),
            read(
                "Secret",
                "cart-db",
                Ok(Some(content("Secret", &[("uri", "hunter3"), ("user", "cart")], None))),
            ),
            read("Secret", "tls", Err(forbidden)),
        ],
        left_out: 0,
    };
    desk.send(Event::Found { ticket, found: Found::Configs(found) });
    desk
}

#[test]
fn what_differs_is_shown_and_no_secret_is() {
    let mut desk = answered();
    snap("page_config", &mut desk);
    let screen = desk.at(160, 48);
    for said in
        ["new-cart: true", "needs get on secrets in shop-prod", "not there", "created: they take variables"]
    {
        assert!(screen.contains(said), "{said}: {screen}");
    }
    assert!(!screen.contains("hunter"), "{screen}");
}

#[test]
fn it_says_that_it_reads_and_late_answers_to_other_pages_are_dropped() {
    let (mut desk, ticket, _) = opened("name:cart env:staging");
    assert!(desk.at(80, 24).contains("Reading the configuration of shop-staging/cart"), "{}", desk.screen());
    desk.send(Event::Found { ticket: ticket + 1, found: Found::Configs(ConfigFound::default()) });
    assert!(desk.at(80, 24).contains("Reading"), "{}", desk.screen());
    desk.send(Event::Found { ticket, found: Found::Configs(ConfigFound::default()) });
    assert!(desk.at(80, 24).contains("refer to no ConfigMap and no Secret"), "{}", desk.screen());
}

#[test]
fn a_service_that_is_nowhere_else_is_compared_with_its_pods_alone() {
    let (mut desk, ticket, ask) = opened("name:tax env:prod");
    assert!(ask.there.is_none());
    let own = content("ConfigMap", &[("a", "1")], None);
    let found =
        ConfigFound { here: vec![read("ConfigMap", "tax-config", Ok(Some(own)))], ..ConfigFound::default() };
    desk.send(Event::Found { ticket, found: Found::Configs(found) });
    let screen = desk.at(120, 40);
    assert!(screen.contains("nowhere else") && screen.contains("tax-config"), "{screen}");
    assert!(!screen.contains("only here"), "there is nothing it could be the same as: {screen}");
}

#[test]
fn another_environment_is_chosen_from_the_page() {
    let (mut desk, ticket, ask) = opened("name:frontend env:dev");
    assert_eq!(ask.there.unwrap().0.as_str(), "shop-prod");
    desk.send(Event::Found { ticket, found: Found::Configs(ConfigFound::default()) });
    assert!(desk.at(120, 40).contains("Compare with"), "{}", desk.screen());
    desk.press("G enter");
    let (_, ask) = asked(&mut desk).unwrap();
    assert_eq!(ask.there.unwrap().0.as_str(), "shop-staging");
}
