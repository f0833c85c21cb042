//! The console with a catalogue beside the cluster.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo, snap};
use quarterdeck::catalog::{Catalog, Library, Written, read};
use quarterdeck::domain::{Fault, FaultKind};
use quarterdeck::msg::{Effect, Event, Look};
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
fn the_owner_is_one_key_away() {
    let mut desk = demo();
    desk.press("/").type_text("name:checkout env:prod").press("enter O");
    let screen = desk.screen();
    assert!(screen.contains("no catalogue is read that could say who owns it"), "{screen}");
    with_catalog(&mut desk);
    desk.press("O");
    let screen = desk.screen();
    assert!(screen.contains("group:payments") && screen.contains("#pay"), "{screen}");
    // From the cockpit and from an entry as well.
    desk.press("[ enter O");
    assert!(desk.screen().contains("group:payments"), "{}", desk.screen());
    desk.press(":").type_text("component:tax").press("enter O");
    assert!(desk.screen().contains("group:payments"), "{}", desk.screen());
    desk.press(":").type_text("orders-db").press("enter O");
    let screen = desk.screen();
    assert!(
        screen.contains("nobody says who owns resource:orders-db: `spec.owner` is missing in"),
        "{screen}"
    );
    // No entry of its own, and the label's group is in no entry either.
    desk.press("1 esc /").type_text("name:inventory env:prod").press("enter O");
    let screen = desk.screen();
    assert!(screen.contains("no entry of the catalogue is shop-prod/inventory"), "{screen}");
}

#[test]
fn an_owner_nobody_knows_and_a_need_nothing_is_called_are_told() {
    let text = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: checkout}\nspec: {type: service, lifecycle: x, owner: ghost, dependsOn: [component:spirit]}\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: inventory}\nspec: {type: service, lifecycle: x}\n";
    let mut desk = cockpit("check");
    desk.send(Event::Catalog(Ok((Arc::new(Catalog::build(read("c.yaml", text).entities)), Vec::new()))));
    let screen = desk.at(160, 48);
    let (y, line) = screen.lines().enumerate().find(|(_, line)| line.contains("ghost (unknown)")).unwrap();
    // In the colour of trouble, not in that of what does not matter.
    let column = |word: &str| line.split(word).next().unwrap().chars().count();
    let (owner, name) = (column("ghost (unknown)"), column("checkout ─"));
    let buffer = desk.buffer(160, 48);
    let style = |x: usize| buffer[(u16::try_from(x).unwrap(), u16::try_from(y).unwrap())].style();
    assert_ne!(style(owner).fg, style(name).fg, "{screen}");
    assert!(screen.contains("group:ghost: nothing in the catalogue is called so"), "{screen}");
    assert!(screen.contains("needs      component:spirit ? nothing is called so"), "{screen}");
    desk.press("O");
    let screen = desk.at(160, 48);
    let told = "group:ghost owns component:checkout, and nothing in the catalogue is called so (c.yaml:3)";
    assert!(screen.contains(told), "{screen}");
    desk.press(":").type_text("component:checkout").press("enter");
    let screen = desk.at(160, 48);
    assert!(screen.contains("? depends on component:spirit: nothing is called so"), "{screen}");
    desk.press("1");
    let screen = desk.at(140, 48);
    assert!(screen.contains("? ghost"), "{screen}");
}

/// An API, an entry whose source is gone, and a runbook.
fn deep() -> Arc<Catalog> {
    let text = "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: pay, annotations: {x.io/mark: zebra}}\nspec: {type: openapi, lifecycle: x, owner: nobody, definition: 'paths: {/pay: {post: {summary: Pays}, get: {deprecated: true}}}'}\n---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\nspec: {type: service, lifecycle: x, owner: nobody}\n";
    let mut entities = read("shop/catalog.yaml", text).entities;
    entities[1].orphan = Some(fixture::now().wall - jiff::SignedDuration::from_hours(3));
    let mut catalog = Catalog::build(entities);
    let text = "# Runbook\n\n## When the flux capacitor overheats\n".to_owned();
    let written = Written { entities: vec![0], path: "shop/runbook.md".into(), text };
    catalog.shelve(Library::build(vec![written]));
    Arc::new(catalog)
}

#[test]
fn a_heading_an_annotation_and_an_operation_are_found() {
    let mut desk = demo();
    desk.send(Event::Catalog(Ok((deep(), Vec::new()))));
    desk.press(":").type_text("flux capa");
    let screen = desk.screen();
    assert!(screen.contains("document") && screen.contains("When the flux capacitor overheats"), "{screen}");
    desk.take();
    desk.press("enter");
    let wanted = |effect| {
        if let Effect::Look { look: Look::Document(ask), .. } = effect { ask.wanted } else { None }
    };
    let asked = desk.take().into_iter().find_map(wanted);
    assert_eq!(asked.as_deref(), Some("shop/runbook.md"), "{}", desk.screen());
    desk.press("esc :").type_text("zebra").press("enter");
    let screen = desk.screen();
    assert!(screen.contains("api:pay") && screen.contains("2 operations, 1 deprecated"), "{screen}");
    assert!(screen.contains("documents") && screen.contains("shop/runbook.md"), "{screen}");
    // Its documents are one key away, although it runs nowhere.
    desk.take();
    desk.press("B");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::Look { look: Look::Document(_), .. })));
    desk.press("esc :").type_text("component:cart").press("enter");
    let screen = desk.screen();
    assert!(screen.contains("orphan: its source says it no longer; last seen 3h ago"), "{screen}");
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
fn the_owner_is_one_key_away_and_a_missing_one_is_told() {
    let mut desk = cockpit("check");
    with_catalog(&mut desk);
    let row = |desk: &mut Desk, word: &str| {
        desk.press("shift-tab shift-tab g");
        for _ in 0..20 {
            if desk.at(200, 60).lines().any(|line| line.contains('▌') && line.contains(word)) {
                return;
            }
            desk.press("j");
        }
        panic!("no line with {word}:\n{}", desk.screen());
    };
    row(&mut desk, "owner      payments");
    desk.press("enter");
    let screen = desk.screen();
    assert!(screen.contains("group:payments") && screen.contains("owner of"), "{screen}");
    let mut desk = cockpit("recomm");
    with_catalog(&mut desk);
    row(&mut desk, "owner      ? nobody says who owns it");
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
