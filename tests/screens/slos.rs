//! The screen of objectives, with every way of having no number.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{SIZES, demo, snap};
use quarterdeck::domain::{Finding, SignalSource, Slot};
use quarterdeck::msg::Event;
use quarterdeck::slo::{
    Board, Contributor, Contributors, Policy, Sight, Slo, SloStatus, assess, backtest, parse_rules, read,
};
use std::sync::Arc;

/// Slots of a 30-day window.
const MONTH: u32 = 30 * 288;

fn file(service: &str, objective: f64) -> String {
    format!(
        "version: prometheus/v1\nservice: {service}\nslos:\n  - name: availability\n    objective: {objective}\n    description: Requests to {service} succeed.\n    sli:\n      events:\n        error_query: sum(rate(http_requests_total{{namespace=\"shop-prod\",job=\"{service}\",code=~\"5..\"}}[{{{{.window}}}}]))\n        total_query: sum(rate(http_requests_total{{namespace=\"shop-prod\",job=\"{service}\"}}[{{{{.window}}}}]))\n"
    )
}

struct Make {
    service: &'static str,
    objective: f64,
    /// Slots, and how many of the newest are missing.
    slots: (u32, u32),
    total: f32,
    bad: fn(u32) -> f32,
    trouble: Option<&'static str>,
}

const WELL: Make = Make {
    service: "search",
    objective: 99.9,
    slots: (MONTH, 0),
    total: 1000.0,
    bad: |age| if age % 4 == 0 { 1.0 } else { 0.0 },
    trouble: None,
};

/// One of each: burning, overdrawn, well, about to fire, and the ways of having no number.
const ALL: [Make; 10] = [
    Make { service: "checkout", bad: |age| if age < 14 { 15.0 } else { 0.2 }, ..WELL },
    Make { service: "orders", bad: |age| if (2000..2100).contains(&age) { 120.0 } else { 0.0 }, ..WELL },
    WELL,
    Make { service: "pricing", bad: |age| if age < 2 { 50.0 } else { 0.0 }, ..WELL },
    Make { service: "cart", bad: |_| 0.0, slots: (700, 0), ..WELL },
    Make { service: "tax", total: 0.0, bad: |_| 0.0, ..WELL },
    Make { service: "catalog", slots: (MONTH, 40), ..WELL },
    Make { service: "reviews", bad: |_| 1100.0, slots: (100, 0), ..WELL },
    Make { service: "mailer", slots: (0, 0), ..WELL },
    Make { service: "shipping", slots: (0, 0), trouble: Some("HTTP 502: Bad Gateway"), ..WELL },
];

fn status(make: &Make) -> Arc<SloStatus> {
    let now = fixture::now().wall.as_second();
    let end = Slot::index_at(now);
    let (count, missing) = make.slots;
    let slot = |age: u32| Slot {
        index: end - 1 - age,
        bad: (make.bad)(age),
        total: make.total,
        covered: 300,
        simulated: false,
    };
    // A day without the console in the middle of what "search" has.
    let gap = |age: &u32| make.service != "search" || !(4000..4600).contains(age);
    let slots: Vec<Slot> = (missing..count).rev().filter(gap).map(slot).collect();
    let slo = Arc::new(
        read(&format!("slos/{}.yaml", make.service), &file(make.service, make.objective)).slos.remove(0),
    );
    let frontier = i64::from(end) * 300;
    let found = assess(&slo, &slots, Sight { now, frontier, trouble: make.trouble });
    let played = Some(Arc::new(backtest(&slo, &slots)));
    Arc::new(SloStatus { backtest: played, ..found })
}

pub(crate) fn board() -> Board {
    let mut board = Board {
        folder: "/home/alice/.config/quarterdeck/slos".to_owned(),
        slos: ALL.iter().map(status).collect(),
        policies: Vec::new(),
        findings: vec![Finding {
            file: "slos/old.yaml".to_owned(),
            line: 4,
            fatal: true,
            text: "SLO 'old': 'objective: 0.999' is percent here; did you mean 99.9?".to_owned(),
        }],
        source: Some(SignalSource::Scraper),
        warnings: Vec::new(),
    };
    board.sort();
    board
}

/// An objective of `service` with nothing left, and a policy that freezes then.
pub(crate) fn frozen(service: &'static str) -> Board {
    let spent = Make { service, bad: |age| if (2000..2100).contains(&age) { 120.0 } else { 0.0 }, ..WELL };
    let rules = parse_rules("remaining < 25% warn; remaining <= 0% freeze except security").unwrap();
    let policy = Policy { rules, origin: "option budget-policy".to_owned(), ..Policy::built_in() };
    Board { slos: vec![status(&spent)], policies: vec![policy], findings: Vec::new(), ..board() }
}

pub(crate) fn with(board: Board) -> Desk {
    let mut desk = demo();
    desk.send(Event::Slos(Box::new(board)));
    desk
}

#[test]
fn the_list() {
    let mut desk = with(board());
    desk.press("4");
    snap("slos", &mut desk);
}

#[test]
fn services_and_cockpit_show_budgets() {
    let mut desk = with(board());
    snap("services_budgets", &mut desk);
    desk.press("/").type_text("checkout env:prod").press("enter enter");
    snap("cockpit_budgets", &mut desk);
}

/// The screen of one objective, found by its service.
fn detail(service: &str) -> Desk {
    let mut desk = with(board());
    desk.press("4 /").type_text(&format!("service:{service}")).press("enter enter");
    desk
}

#[test]
fn details() {
    for service in ["checkout", "search", "pricing"] {
        snap(&format!("slo_{service}"), &mut detail(service));
    }
}

#[test]
fn every_way_of_having_no_number_says_which_it_is() {
    let expected = [
        ("cart", "no error was seen, not because nobody looked"),
        ("tax", "No traffic in the past hour"),
        ("catalog", "the numbers below are the last ones"),
        ("reviews", "the queries contradict each other"),
        ("mailer", "Unknown, not zero"),
        ("shipping", "It cannot be counted: HTTP 502: Bad Gateway"),
    ];
    for (service, words) in expected {
        let screen = detail(service).at(120, 40);
        let flat = screen.split_whitespace().filter(|w| *w != "│").collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words), "{service}:\n{screen}");
        assert_eq!(
            flat.contains("BUDGET"),
            !["reviews", "mailer", "shipping"].contains(&service),
            "{screen}"
        );
    }
}

#[test]
fn an_empty_list_teaches() {
    let mut desk = demo();
    desk.press("4");
    snap("slos_before", &mut desk);
    let empty = Board { slos: Vec::new(), findings: Vec::new(), ..board() };
    desk.send(Event::Slos(Box::new(empty)));
    snap("slos_empty", &mut desk);
}

#[test]
fn who_burns_a_budget_is_told_by_label() {
    let mut burnt = board();
    for held in &mut burnt.slos {
        let one =
            |value: &str, share: f64| Contributor { value: value.to_owned(), bad: 100.0 * share, share };
        let by = Contributors {
            label: "route".to_owned(),
            window: std::time::Duration::from_hours(1),
            worst: vec![one("/pay", 0.8), one("", 0.1)],
        };
        *held = Arc::new(SloStatus { contributors: Some(Arc::new(vec![by])), ..(**held).clone() });
    }
    let mut desk = with(burnt);
    desk.press("4 /").type_text("service:checkout").press("enter enter");
    let screen = desk.at(120, 60);
    for words in ["BAD EVENTS OF 1h BY ROUTE", "80%", "/pay", "without it"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn a_page_marks_the_service_in_every_list() {
    // Another objective of the same service, which is well itself.
    let mut both = board();
    let calm = both.slos.iter().find(|held| held.slo.service == "search").unwrap();
    let slo = Arc::new(Slo {
        id: "checkout/calm".to_owned(),
        service: "checkout".to_owned(),
        ..(*calm.slo).clone()
    });
    both.slos.push(Arc::new(SloStatus { slo, ..(**calm).clone() }));
    let mut desk = with(both);
    for (key, filter) in [("1", "checkout env:prod"), ("3", "checkout"), ("4", "service:checkout")] {
        desk.press(key).press("/").type_text(filter).press("enter");
        let screen = desk.at(120, 40);
        assert!(screen.lines().any(|line| line.contains("checkout ▲")), "{key}:\n{screen}");
    }
    assert!(desk.at(120, 40).contains("FIRING page"));
}

#[test]
fn the_policy_in_force_stands_in_the_detail() {
    let mut desk = with(frozen("search"));
    desk.press("4 enter");
    let screen = desk.at(120, 60);
    for words in [
        "releases wait, rollbacks never do: availability:",
        "freeze at remaining <= 0% except security",
        "option budget-policy",
    ] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

/// One objective of two has nothing left: the other's screen must not say that
/// releases are free, for they are of the service.
#[test]
fn releases_are_judged_by_all_objectives_of_the_service() {
    let mut both = frozen("search");
    let (spent, policies) = (both.slos.remove(0), both.policies);
    let calm = board().slos.into_iter().find(|held| held.slo.service == "search").unwrap();
    let id = "search/calm".to_owned();
    let calm = SloStatus { slo: Arc::new(Slo { id, ..(*calm.slo).clone() }), ..(*calm).clone() };
    let mut desk = with(Board { slos: vec![spent, Arc::new(calm)], policies, ..board() });
    desk.press("4 / c a l m enter enter");
    let screen = desk.at(120, 60);
    assert!(screen.contains("search/calm") && screen.contains("releases wait"), "{screen}");
}

#[test]
fn a_policy_that_cannot_be_read_holds_releases_up_on_the_screen_too() {
    let mut held = frozen("search");
    held.policies =
        vec![Policy::unreadable("x", "slos/p.yaml:3".to_owned(), "'freez' is no action".to_owned())];
    let mut desk = with(held);
    desk.press("4 enter");
    let screen = desk.at(120, 60);
    for words in ["unreadable: 'freez' is no action (slos/p.yaml:3)", "releases wait until it is corrected"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn the_same_board_draws_no_frame_and_a_frozen_screen_stays() {
    let mut desk = with(board());
    desk.press("4").at(80, 24);
    desk.app.take_dirty();
    desk.send(Event::Slos(Box::new(board())));
    assert!(!desk.app.take_dirty(), "nothing changed");
    desk.press("F");
    let before = desk.at(80, 24);
    desk.send(Event::Slos(Box::default()));
    assert_eq!(desk.at(80, 24), before);
}

#[test]
fn an_objective_that_goes_away_is_said_to_be_gone() {
    let mut desk = detail("search");
    desk.send(Event::Slos(Box::new(Board { source: Some(SignalSource::Scraper), ..Board::default() })));
    for (width, height) in SIZES {
        assert!(desk.at(width, height).contains("is not among the objectives now"));
    }
}
