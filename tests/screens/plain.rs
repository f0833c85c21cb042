//! The console read aloud, and drawn in ASCII.

use crate::fixture;
use crate::harness::Desk;
use quarterdeck::app::Settings;
use quarterdeck::msg::Event;
use quarterdeck::ui::Linear;

/// The size lines are read from.
const SIZE: (u16, u16) = (160, 60);

fn desk(settings: Settings) -> Desk {
    let mut desk = Desk::blank(settings);
    desk.send(Event::Connected(fixture::place("demo")));
    desk.send(Event::Facts(fixture::shop()));
    desk
}

fn read_aloud() -> (Desk, Linear) {
    (desk(Settings { linear: true, ..Settings::default() }), Linear::default())
}

fn news(desk: &mut Desk, linear: &mut Linear) -> Vec<String> {
    linear.news(&desk.buffer(SIZE.0, SIZE.1))
}

/// The most frame edges there are in a row below the tabs: two are those of the
/// screen, one more parts what stands side by side.
fn edges(desk: &mut Desk) -> usize {
    let screen = desk.at(SIZE.0, SIZE.1);
    screen.lines().skip(2).map(|line| line.matches('│').count()).max().unwrap_or(0)
}

#[test]
fn a_line_read_aloud_is_about_one_thing() {
    let mut seen = desk(Settings::default());
    let (mut heard, mut linear) = read_aloud();
    assert_eq!((edges(&mut seen), edges(&mut heard)), (3, 2), "{}", heard.screen());
    let said = news(&mut heard, &mut linear);
    assert!(said.iter().any(|line| line.contains("healthy cart prod")), "{said:#?}");
    // In the cockpit two headings stand in one row where there is room.
    let both = |desk: &mut Desk| {
        desk.press("/").type_text("check").press("enter enter");
        let screen = desk.at(SIZE.0, SIZE.1);
        screen.lines().any(|line| line.contains("Pods") && line.contains("Depends on"))
            || screen.lines().any(|line| line.matches("──  ──").count() > 0)
    };
    assert!(!both(&mut heard), "{}", heard.screen());
}

#[test]
fn a_key_says_only_where_the_cursor_went() {
    let (mut desk, mut linear) = read_aloud();
    news(&mut desk, &mut linear);
    for key in ["j", "j", "j", "k"] {
        desk.press(key);
        let said = news(&mut desk, &mut linear);
        assert!(said.len() <= 1 && said.iter().all(|line| line.starts_with("> ")), "{key}: {said:#?}");
    }
}

#[test]
fn a_dialog_is_read_without_what_lies_behind_it() {
    let (mut desk, mut linear) = read_aloud();
    news(&mut desk, &mut linear);
    desk.press("?");
    let said = news(&mut desk, &mut linear);
    assert!(said.len() > 3, "{said:#?}");
    assert!(!said.iter().any(|line| line.contains("healthy") && line.contains("shop-")), "{said:#?}");
}

#[test]
fn the_cockpit_is_drawn_in_ascii() {
    let mut desk = desk(Settings { ascii: true, no_color: true, ..Settings::default() });
    desk.press("/").type_text("check").press("enter enter");
    for (width, height) in [(80, 24), (100, 24), (160, 48)] {
        let screen = desk.at(width, height);
        assert!(screen.is_ascii(), "{screen}");
    }
}
