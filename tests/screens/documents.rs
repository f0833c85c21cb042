//! Runbook, README and TechDocs of a service, read in place.

use crate::catalogue::with_catalog;
use crate::harness::Desk;
use crate::snapshots::{cockpit, snap};
use quarterdeck::domain::*;
use quarterdeck::msg::{DocumentAsk, DocumentText, Effect, Event, Found, Look};

const README: &str = "# Checkout\n\nTakes the order; see [the runbook](runbook.md#roll-back-first) and\n\
    [status](https://status.example.com).\n\n## Numbers\n\n| what | how much |\n|---|---|\n| orders | 120/s |\n\
    | 決済 | \u{1b}[31mred\u{1b}[0m שלום |\n\n## Where\n\n- `kubectl logs`\n- [shared](../shared.md)\n- [out](../../out.md)\n";

const RUNBOOK: &str =
    "# Runbook\n\nfiller\n\n## Roll back first\n\nPress `R`.\n\n## Then look\n\nPress `X`.\n";

/// What was asked to be read, with its ticket.
fn asked(desk: &mut Desk) -> Option<(u64, DocumentAsk)> {
    let ask = |effect| {
        if let Effect::Look { ticket, look: Look::Document(ask) } = effect {
            Some((ticket, ask))
        } else {
            None
        }
    };
    desk.take().into_iter().find_map(ask)
}

fn answer(desk: &mut Desk, path: &str, text: &str) -> DocumentAsk {
    let (ticket, ask) = asked(desk).expect("a document is asked for");
    let others = vec!["checkout/runbook.md".to_owned()];
    let found = Found::Document(Ok(DocumentText { path: path.to_owned(), text: text.to_owned(), others }));
    desk.send(Event::Found { ticket, found });
    ask
}

fn reading() -> Desk {
    let mut desk = cockpit("check");
    with_catalog(&mut desk);
    desk.take();
    desk.press("B");
    desk
}

#[test]
fn a_readme_is_read_and_its_links_are_followed() {
    let mut desk = reading();
    assert!(desk.screen().contains("Reading…"), "{}", desk.screen());
    let ask = answer(&mut desk, "checkout/README.md", README);
    assert_eq!(ask.wanted, None, "the first there is");
    snap("page_docs", &mut desk);
    let screen = desk.at(120, 40);
    assert!(!screen.contains('\u{1b}') && !screen.contains("[31m"), "{screen}");
    // From link to link: three headings of the contents, then the runbook.
    desk.press("g n n n n enter");
    let (ticket, ask) = asked(&mut desk).expect("the runbook");
    assert_eq!(ask.wanted.as_deref(), Some("checkout/runbook.md"));
    let found = DocumentText { path: "checkout/runbook.md".into(), text: RUNBOOK.into(), others: Vec::new() };
    desk.send(Event::Found { ticket, found: Found::Document(Ok(found)) });
    desk.at(120, 9);
    let screen = desk.screen();
    assert!(screen.contains("Roll back first") && !screen.contains("filler"), "at its heading:\n{screen}");
    desk.press("[");
    assert_eq!(asked(&mut desk).expect("back").1.wanted, None);
}

#[test]
fn text_is_found_and_addresses_are_copied() {
    let mut desk = reading();
    answer(&mut desk, "checkout/README.md", README);
    desk.at(120, 40);
    desk.press("/").type_text("kubectl").press("enter");
    assert!(desk.screen().contains("/kubectl"), "{}", desk.screen());
    let text = "see [status](https://status.example.com)";
    let mut desk = reading();
    answer(&mut desk, "README.md", text);
    desk.at(120, 40);
    desk.press("g n enter");
    let copied = desk
        .take()
        .into_iter()
        .any(|e| matches!(e, Effect::Copy(url) if url == "https://status.example.com"));
    assert!(copied, "{}", desk.screen());
}

#[test]
fn what_cannot_be_read_says_why_and_what_to_do() {
    let mut desk = reading();
    let (ticket, _) = asked(&mut desk).expect("a document is asked for");
    let fault = Fault::new(FaultKind::NotFound, "nobody wrote a document beside checkout/catalog-info.yaml")
        .hint("README.md, docs/index.md, or quarterdeck.dev/runbook: runbook.md");
    desk.send(Event::Found { ticket, found: Found::Document(Err(fault)) });
    let screen = desk.screen();
    assert!(
        screen.contains("nobody wrote a document") && screen.contains("quarterdeck.dev/runbook"),
        "{screen}"
    );
    let mut desk = cockpit("check");
    desk.press("B");
    assert!(desk.screen().contains("No entry of the catalogue"), "{}", desk.screen());
}
