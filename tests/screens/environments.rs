//! Services in every environment, side by side.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{demo, snap};

fn matrix() -> Desk {
    let mut desk = demo();
    desk.press("9").at(120, 40);
    desk
}

/// The line of a service.
fn line(desk: &mut Desk, name: &str) -> String {
    let screen = desk.screen();
    let found = screen.lines().find(|line| line.starts_with('│') && line.contains(&format!(" {name} ")));
    found.unwrap_or_else(|| panic!("no line of {name}:\n{screen}")).to_owned()
}

#[test]
fn services_stand_side_by_side() {
    snap("environments", &mut matrix());
}

#[test]
fn what_is_not_as_in_production_is_found_by_a_filter() {
    let mut desk = matrix();
    desk.press("/").type_text("is:differs").press("enter");
    snap("environments_differs", &mut desk);
}

#[test]
fn the_palette_knows_it() {
    let mut desk = demo();
    desk.press(":").type_text("environments").press("enter");
    assert!(desk.at(120, 40).contains("PRODUCTION"), "{}", desk.screen());
}

#[test]
fn left_and_right_choose_the_place_and_enter_opens_its_cockpit() {
    let mut desk = matrix();
    desk.press("/").type_text("name:cart").press("enter");
    let production = desk.screen();
    assert!(production.contains("shop-prod/cart"), "production first: {production}");
    desk.press("left");
    let first = desk.screen();
    assert!(first.contains("shop-staging/cart"), "{first}");
    desk.press("enter");
    let cockpit = desk.at(120, 40);
    assert!(cockpit.contains("shop-staging") && cockpit.contains("cart"), "{cockpit}");
    desk.press("esc");
    assert!(desk.screen().contains("shop-staging/cart"), "back where one was: {}", desk.screen());
}

#[test]
fn where_it_does_not_run_nothing_is_chosen_and_enter_says_so() {
    let mut desk = matrix();
    desk.press("g");
    let mut steps = 0;
    while !desk.screen().contains("is not in") {
        steps += 1;
        assert!(steps < 200, "the fixture has services that are not everywhere");
        desk.press(if steps % 4 == 0 { "right right right j" } else { "left" });
    }
    desk.press("enter");
    assert!(desk.screen().contains("left and right go to where it is"), "{}", desk.screen());
    desk.take();
    desk.press("R");
    assert!(desk.take().is_empty(), "there is nothing to roll back");
}

#[test]
fn a_click_chooses_a_cell_and_a_second_one_opens_it() {
    let mut desk = matrix();
    let text = line(&mut desk, "cart");
    let y = desk.screen().lines().position(|l| l == text).unwrap();
    let x = text.chars().take_while(|c| *c != '●' && *c != '▲' && *c != '◐' && *c != '✖').count();
    desk.click_at(x as u16, y as u16);
    let chosen = desk.screen();
    assert!(chosen.contains("shop-staging/cart"), "{chosen}");
    desk.click_at(x as u16, y as u16);
    assert!(!desk.screen().contains("PRODUCTION"), "{}", desk.screen());
}

#[test]
fn the_order_is_chosen_and_the_choice_stays() {
    let mut desk = matrix();
    desk.press("/").type_text("cart").press("enter esc");
    for words in ["trouble first", "differing first", "last change first", "by name"] {
        desk.press("o");
        let screen = desk.at(160, 40);
        assert!(screen.contains(words), "{words}: {screen}");
        assert!(screen.contains("shop-prod/cart"), "{words}: {screen}");
    }
}

#[test]
fn in_a_narrow_window_environments_scroll_beside_the_names() {
    let mut desk = matrix();
    desk.at(40, 16);
    desk.press("left left left left");
    let left = desk.screen();
    assert!(left.contains("DEVELOPMENT") && left.contains('+'), "{left}");
    desk.press("right right right right right");
    let right = desk.screen();
    assert!(!right.contains("DEVELOPMENT"), "{right}");
}

#[test]
fn without_services_it_says_why() {
    let mut desk = Desk::connected("demo", Vec::new());
    desk.press("9");
    assert!(desk.at(80, 24).contains("Loading services"), "{}", desk.screen());
    let mut desk = Desk::connected("demo", fixture::shop());
    desk.press("9 /").type_text("nobody").press("enter");
    assert!(desk.at(80, 24).contains("No service matches 'nobody'"), "{}", desk.screen());
}
