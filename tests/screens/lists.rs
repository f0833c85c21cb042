//! Lists: columns chosen, sorted by, filters with a name.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{demo, snap};
use quarterdeck::app::Settings;
use quarterdeck::msg::{Effect, Event, Views};

fn kept(desk: &mut Desk) -> Option<Views> {
    let kept = desk
        .take()
        .into_iter()
        .filter_map(|effect| if let Effect::KeepViews(views) = effect { Some(views) } else { None });
    kept.last()
}

/// Names in the order of the list.
fn names(desk: &mut Desk) -> Vec<String> {
    let screen = desk.at(200, 60);
    let head = screen.lines().find(|line| line.contains("SERVICE")).expect("titles").to_owned();
    let at =
        head.chars().collect::<Vec<_>>().windows(7).position(|w| w.iter().collect::<String>() == "SERVICE");
    let at = at.unwrap();
    let lines = screen
        .lines()
        .filter(|line| line.starts_with('│'))
        .skip_while(|line| !line.contains("SERVICE"))
        .skip(1);
    let name = |line: &str| line.chars().skip(at).take_while(|c| !c.is_whitespace()).collect::<String>();
    lines.map(name).filter(|name| !name.is_empty() && !name.contains('─')).collect()
}

#[test]
fn a_column_sorts_is_turned_round_and_left() {
    let mut desk = demo();
    let usual = names(&mut desk);
    desk.press("> >");
    assert!(desk.at(160, 40).contains("SERVICE↑"), "{}", desk.screen());
    let up = names(&mut desk);
    let mut sorted = up.clone();
    sorted.sort();
    assert_eq!(up, sorted);
    assert_eq!(kept(&mut desk).unwrap().list("services").unwrap().sort, "SERVICE");
    desk.press("~");
    sorted.reverse();
    assert_eq!(names(&mut desk), sorted);
    assert!(desk.screen().contains("SERVICE↓"));
    desk.press("< <");
    assert_eq!(names(&mut desk), usual, "before the first column is the list's own order");
}

#[test]
fn a_click_on_a_title_sorts() {
    let mut desk = demo();
    let usual = names(&mut desk);
    let row = desk.screen().lines().position(|line| line.contains("SERVICE")).unwrap();
    let line: Vec<char> = desk.screen().lines().nth(row).unwrap().chars().collect();
    let x = line.windows(7).position(|w| w.iter().collect::<String>() == "SERVICE").unwrap();
    for sort in ["SERVICE", "-SERVICE", ""] {
        desk.click_at(x as u16, row as u16);
        assert_eq!(kept(&mut desk).unwrap().list("services").unwrap().sort, sort);
        desk.screen();
    }
    assert_eq!(names(&mut desk), usual);
}

#[test]
fn the_selection_stays_on_its_service_when_the_order_changes() {
    let mut desk = demo();
    desk.press("j j j").at(120, 40);
    let chosen = |desk: &mut Desk| {
        let screen = desk.at(120, 40);
        let line = screen.lines().find(|line| line.contains('▌')).unwrap().to_owned();
        line.split_whitespace().nth(3).unwrap().to_owned()
    };
    let before = chosen(&mut desk);
    desk.press("> > ~");
    assert_eq!(chosen(&mut desk), before);
}

#[test]
fn columns_are_hidden_and_remembered() {
    let mut desk = demo();
    assert!(desk.at(140, 40).contains("NAMESPACE"));
    desk.press("C").type_text("namesp").press("enter");
    assert!(desk.screen().contains("hidden"), "the list stays for the next one: {}", desk.screen());
    let views = kept(&mut desk).unwrap();
    desk.press("esc");
    assert!(!desk.at(140, 40).contains("NAMESPACE"), "{}", desk.screen());
    // Another console begins as this one ended.
    let mut desk = Desk::blank(Settings { views, ..Settings::default() });
    desk.send(Event::Connected(fixture::place("demo"))).send(Event::Facts(fixture::shop()));
    assert!(!desk.at(140, 40).contains("NAMESPACE"), "{}", desk.screen());
}

#[test]
fn a_column_without_anything_to_say_takes_no_room() {
    let mut desk = demo();
    for title in ["BUDGET", "P95"] {
        assert!(!desk.at(200, 40).contains(title), "{title}: {}", desk.screen());
    }
}

#[test]
fn a_filter_is_saved_applied_and_forgotten() {
    let mut desk = demo();
    desk.press("'");
    assert!(desk.screen().contains("no filter is saved"), "{}", desk.screen());
    desk.press("M");
    assert!(desk.screen().contains("there is no filter to save"), "{}", desk.screen());
    desk.press("/").type_text("owner:pay").press("enter M").type_text("mine").press("enter");
    assert!(desk.screen().contains("filter mine saved: owner:pay"), "{}", desk.screen());
    assert_eq!(kept(&mut desk).unwrap().list("services").unwrap().filters["mine"], "owner:pay");
    desk.press("esc '");
    assert!(desk.screen().contains("owner:pay"), "{}", desk.screen());
    desk.press("enter");
    assert!(desk.screen().contains("shown"), "applied: {}", desk.screen());
    desk.press(":").type_text("forget-filter nine").press("enter");
    assert!(desk.screen().contains("no filter 'nine' is saved for this list; mine"), "{}", desk.screen());
    desk.press(":").type_text("forget-filter mine").press("enter");
    assert!(kept(&mut desk).unwrap().list("services").unwrap().filters.is_empty());
}

#[test]
fn rollouts_and_objectives_are_sorted_too() {
    for (key, title) in [("3", "NAME"), ("4", "OBJECTIVE")] {
        let mut desk = crate::slos::with(crate::slos::board());
        desk.press(key);
        desk.press("C").type_text(&format!("sort by {}", title.to_lowercase())).press("enter");
        assert!(desk.at(200, 40).contains(&format!("{title}↑")), "{}", desk.screen());
    }
}

#[test]
fn the_list_of_columns() {
    let mut desk = demo();
    desk.press("> > C");
    snap("columns", &mut desk);
}

#[test]
fn a_plain_word_means_a_service_of_that_name_first() {
    let mut desk = demo();
    desk.press("/").type_text("payments");
    let found = names(&mut desk);
    assert_eq!(found.first().map(String::as_str), Some("payments-gateway"), "{found:?}");
    assert!(found.contains(&"checkout".to_owned()), "the team's services stay: {found:?}");
    let screen = desk.screen();
    assert!(screen.contains("names first, then trouble first"), "{screen}");
    desk.press("enter enter");
    assert!(desk.screen().contains("deploy/payments-gateway"), "{}", desk.screen());
}

/// Their order is what is urgent: there the cursor goes to the one that is meant.
#[test]
fn a_plain_word_means_a_rollout_of_that_name_before_its_team_s() {
    use crate::deliveries::{WATCHING, shop_with};
    let mut desk = Desk::connected("demo", shop_with(&[WATCHING]));
    desk.press("3 /").type_text("front");
    let screen = desk.screen();
    assert!(screen.find("cart") < screen.find("frontend"), "the team storefront's is more urgent: {screen}");
    desk.press("enter enter");
    assert!(desk.screen().contains("deploy/frontend"), "{}", desk.screen());
}

#[test]
fn a_word_that_names_nothing_leaves_the_selection_and_the_order() {
    let mut desk = demo();
    desk.press("/").type_text("shipping").press("enter esc");
    desk.press("/").type_text("supply");
    assert_eq!(names(&mut desk), ["inventory", "shipping"]);
    desk.press("enter enter");
    assert!(desk.screen().contains("deploy/shipping"), "{}", desk.screen());
}

#[test]
fn half_a_word_is_no_choice() {
    let mut desk = demo();
    desk.press("/").type_text("orders").press("enter esc");
    // `s` and `sh` name other services; the whole term passes this one again.
    desk.press("/").type_text("ns:shop-prod").press("enter enter");
    assert!(desk.screen().contains("deploy/orders"), "{}", desk.screen());
}
