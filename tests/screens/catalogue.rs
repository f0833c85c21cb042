//! The console with a catalogue beside the cluster.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo, snap};
use quarterdeck::catalog::{Catalog, read};
use quarterdeck::domain::{Fault, FaultKind};
use quarterdeck::msg::{Effect, Event};
use std::fmt::Write as _;
use std::sync::Arc;

/// The shop as its owners describe it.
pub(crate) fn catalog() -> (Arc<Catalog>, Vec<quarterdeck::domain::Finding>) {
    let mut text = String::from(
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: payments, annotations: {quarterdeck.dev/on-call: bo, slack.com/channel: '#pay'}}\nspec: {type: team, members: []}\n---\napiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: purchase}\nspec: {owner: payments}\n",
    );
    let needs = [
        ("checkout", 1, "pricing, payments-gateway, orders, fraud-check"),
        ("pricing", 1, "tax, catalog"),
        ("orders", 1, "orders-db"),
        ("frontend", 1, "checkout, search, cart"),
        ("cart", 2, "pricing"),
        ("search", 2, "catalog"),
        ("recommendations", 3, "catalog"),
        ("payments-gateway", 1, ""),
        ("fraud-check", 2, ""),
        ("tax", 2, ""),
        ("catalog", 2, ""),
    ];
    for (name, tier, on) in needs {
        let owner = if ["checkout", "pricing", "orders", "tax"].contains(&name) { "payments" } else { "" };
        let owner =
            if owner.is_empty() { String::new() } else { format!("owner: {owner}, system: purchase, ") };
        let _infallible = write!(
            text,
            "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}, annotations: {{quarterdeck.dev/tier: '{tier}'}}, links: [{{url: 'https://runbooks.example.com/{name}', title: Runbook}}, {{url: 'https://grafana.example.com/d/{name}', title: Dashboard}}]}}\nspec: {{type: service, lifecycle: production, {owner}dependsOn: [{on}]}}\n"
        );
    }
    text.push_str("---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: orders-db}\nspec: {type: database}\n");
    (Arc::new(Catalog::build(read("catalog.yaml", &text).entities)), Vec::new())
}

pub(crate) fn with_catalog(desk: &mut Desk) -> &mut Desk {
    desk.send(Event::Catalog(Ok(catalog())));
    desk
}

#[test]
fn services_with_owners_and_tiers() {
    let mut desk = demo();
    with_catalog(&mut desk);
    desk.press("/").type_text("tier:1 system:purchase").press("enter");
    snap("catalogue_services", &mut desk);
    assert!(desk.at(200, 60).contains("TIER"));
}

#[test]
fn entries_of_the_catalogue_are_found_and_read_with_both_ends_of_their_relations() {
    let mut desk = demo();
    with_catalog(&mut desk);
    desk.press(":").type_text("orders-db").press("enter");
    let screen = desk.screen();
    assert!(screen.contains("resource:orders-db") && screen.contains("nobody says who owns it"), "{screen}");
    // By its owner, and on to what it is related to.
    desk.press(":").type_text("component:checkout").press("enter");
    snap("page_entity", &mut desk);
    let screen = desk.screen();
    assert!(screen.contains("Runs here as") && screen.contains("shop-prod/checkout"), "{screen}");
    assert!(screen.contains("https://grafana.example.com/d/checkout"), "{screen}");
    desk.press("n n n").press("[");
    assert!(desk.screen().contains("resource:orders-db"), "pages are in history:\n{}", desk.screen());
}

#[test]
fn a_cockpit_with_what_is_around_it() {
    let mut desk = cockpit("check");
    with_catalog(&mut desk);
    desk.press("shift-tab shift-tab");
    snap("catalogue_cockpit", &mut desk);
    // A neighbour is one key away, and one more back.
    desk.press("enter");
    assert!(
        desk.screen().contains("orders ─ shop-prod ─ payments ─ tier 1 ─ on call: bo"),
        "{}",
        desk.screen()
    );
    desk.press("esc");
    assert!(desk.screen().contains("checkout ─ shop-prod"));
}

#[test]
fn links_are_copied() {
    let mut desk = cockpit("check");
    with_catalog(&mut desk);
    desk.press("shift-tab shift-tab G");
    desk.take();
    desk.press("enter");
    let copied = desk
        .take()
        .into_iter()
        .any(|e| matches!(e, Effect::Copy(url) if url == "https://grafana.example.com/d/checkout"));
    assert!(copied, "{}", desk.screen());
}

#[test]
fn the_catalogue_goes_with_the_connection_and_comes_back() {
    let mut desk = demo();
    with_catalog(&mut desk);
    desk.send(Event::Connected(fixture::place("other")));
    desk.send(Event::Facts(fixture::shop()));
    desk.press("/").type_text("tier:1").press("enter");
    assert!(desk.screen().contains("None of 25"), "{}", desk.screen());
    desk.take();
    desk.press("esc :").type_text("catalog reload").press("enter");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::LoadCatalog)));
    with_catalog(&mut desk);
    assert!(desk.screen().contains("catalogue read: 14 entries"), "{}", desk.screen());
}

#[test]
fn mistakes_are_counted_and_stop_nothing() {
    let mut desk = demo();
    let (catalog, _) = catalog();
    let finding = |line, fatal| quarterdeck::domain::Finding {
        file: "shop/catalog-info.yaml".into(),
        line,
        fatal,
        text: "'kind' is missing".into(),
    };
    desk.send(Event::Catalog(Ok((catalog, vec![finding(3, false), finding(9, true)]))));
    let screen = desk.at(160, 30);
    assert!(screen.contains("catalogue: 14 entries, 1 mistake of its files"), "{screen}");
    assert!(screen.contains("shop/catalog-info.yaml:9"), "{screen}");
    let fault = Fault::new(FaultKind::NotFound, "cannot read '/nowhere': No such file or directory");
    desk.send(Event::Catalog(Err(fault)));
    assert!(desk.screen().contains("the catalogue was not read: cannot read '/nowhere'"));
    desk.press("/").type_text("tier:1").press("enter");
    assert!(!desk.screen().contains("None of"), "what was read before stays");
}
