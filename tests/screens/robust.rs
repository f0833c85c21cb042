//! Any size, any names, any keys: nothing panics, nothing wakes for nothing.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{answer_plan, delivering, demo};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event};
use std::time::Duration;

/// Keys that lead to every screen and dialog.
const WAYS: [&str; 46] = [
    "",
    "enter",
    "enter tab",
    "enter tab tab tab",
    "enter enter",
    "l",
    "d",
    "d tab",
    "d tab tab",
    "S",
    "i",
    "r",
    "P",
    "9",
    "H",
    "T",
    "V",
    "enter d",
    ": a w a y enter",
    ": d e s c r i b e enter",
    ": a p p r o v a l s enter",
    "3",
    "3 enter",
    "3 enter tab",
    "3 enter tab tab tab",
    "3 p",
    "3 a",
    "4",
    "4 enter",
    "8",
    "8 m",
    "8 G m",
    "6",
    "R",
    ":",
    "?",
    "/",
    "X",
    "L",
    "T",
    "v",
    "x",
    "m",
    "m left - j",
    "y",
    ": c t x enter",
];

#[test]
fn every_screen_at_every_size() {
    let sizes = [0u16, 1, 2, 3, 5, 9, 14, 20, 33, 59, 60, 61, 79, 80, 100, 119, 120, 150, 250];
    for way in WAYS {
        let mut desk = delivering("demo");
        desk.send(Event::Slos(Box::new(crate::slos::board())));
        desk.send(Event::Alarms(Box::new(crate::alerts::alarms())));
        desk.press(": w r i t e enter").press(way);
        if way == "R" {
            answer_plan(&mut desk);
        }
        for width in sizes {
            // A row more or less decides on what still has room.
            for height in (0u16..=20).chain([24, 50, 80]) {
                desk.buffer(width, height);
            }
        }
    }
}

#[test]
fn names_in_any_script() {
    let names = ["決済サービス", "café-☕", "🚀🚀🚀", "שירות", "a\u{301}\u{302}\u{303}", "x"];
    let mut facts = Vec::new();
    for name in names {
        let make = fixture::Make { name, owner: "команда", version: "版本-1", ..fixture::SHOP[0] };
        facts.extend(fixture::service(&make));
    }
    let long: &'static str = "n".repeat(253).leak();
    facts.extend(fixture::service(&fixture::Make { name: long, ..fixture::SHOP[1] }));
    facts.extend(fixture::live());
    for way in WAYS {
        for width in [20, 80, 200] {
            let mut desk = Desk::connected("demo", facts.clone());
            desk.press(way);
            desk.size = (width, 24);
            let screen = desk.screen();
            for line in screen.lines() {
                assert!(
                    unicode_width::UnicodeWidthStr::width(line) <= usize::from(width),
                    "{width}: {line:?}"
                );
            }
        }
    }
}

fn many(n: usize) -> Vec<Fact> {
    let mut facts = vec![];
    for i in 0..n {
        let name: &'static str = format!("service-{i:05}").leak();
        facts.extend(fixture::service(&fixture::Make { name, desired: 1, ..fixture::SHOP[6 + i % 15] }));
    }
    facts.extend(fixture::live());
    facts
}

#[test]
fn five_thousand_services() {
    let mut desk = Desk::connected("demo", many(5_000));
    assert!(desk.screen().contains("5000 services"), "{}", desk.screen());
    desk.press("G");
    assert!(desk.screen().contains("service-04999"), "{}", desk.screen());
    desk.press("/").type_text("service-01234").press("enter enter");
    assert!(desk.screen().contains("service-01234"));
    // A storm of news: the list follows, but is not worked out for every piece of it.
    let make = fixture::Make {
        name: "service-00001",
        trouble: fixture::Trouble::Down,
        desired: 1,
        ..fixture::SHOP[7]
    };
    desk.send(Event::Facts(fixture::service(&make)));
    desk.wait(Duration::from_secs(1));
    desk.press("1 esc g");
    assert!(desk.screen().contains("✖ down"), "{}", desk.screen());
}

#[test]
fn idle_wakes_once_a_minute_and_not_for_unseen_news() {
    let mut desk = demo();
    desk.wait(Duration::from_secs(61));
    desk.app.take_dirty();
    let due = desk.app.next_wake(desk.now).unwrap();
    assert_eq!(due.wall.as_second() % 60, 0, "the next minute");
    assert!(due.boot.checked_sub(desk.now.boot).unwrap() <= Duration::from_mins(1));
    // A new round-trip time, the state a watch is in already: no frame.
    desk.send(Event::Facts(vec![Fact::Link(LinkState::Live { latency: Duration::from_millis(9) })]));
    desk.send(Event::Facts(vec![Fact::Stream(Kind::Pod, StreamState::Live)]));
    desk.send(Event::Wake);
    assert!(!desk.app.is_dirty(), "nothing that is seen has changed");
    let mut frames = 0;
    let end = desk.now.plus(Duration::from_mins(10));
    while let Some(due) = desk.app.next_wake(desk.now).filter(|due| due.boot <= end.boot) {
        desk.now = due;
        desk.send(Event::Wake);
        frames += u32::from(desk.app.take_dirty());
    }
    assert!(frames <= 10, "{frames} frames in ten minutes");
}

#[test]
fn idle_after_a_storm_is_idle_again() {
    let mut desk = demo();
    for i in 0..1_000 {
        let make = fixture::Make { changed: i, ..fixture::SHOP[0] };
        desk.send(Event::Facts(fixture::service(&make)));
    }
    desk.wait(Duration::from_secs(61));
    desk.app.take_dirty();
    let due = desk.app.next_wake(desk.now).unwrap();
    assert!(due.boot.checked_sub(desk.now.boot).unwrap() > Duration::from_secs(50), "{due:?}");
}

/// A small generator: tests need the same numbers on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }
}

fn random_event(dice: &mut Dice) -> Event {
    const CODES: [KeyCode; 16] = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Char(' '),
        KeyCode::F(5),
    ];
    match dice.roll(20) {
        0..9 => {
            let c = char::from(b' ' + u8::try_from(dice.roll(95)).unwrap());
            Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))
        }
        9..14 => Event::Key(KeyEvent::new(CODES[dice.roll(CODES.len())], KeyModifiers::NONE)),
        14 => {
            let c = char::from(b'a' + u8::try_from(dice.roll(26)).unwrap());
            Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL))
        }
        15..18 => {
            let kinds = [
                MouseEventKind::Down(MouseButton::Left),
                MouseEventKind::ScrollDown,
                MouseEventKind::ScrollUp,
                MouseEventKind::Moved,
            ];
            let (column, row) =
                (u16::try_from(dice.roll(130)).unwrap(), u16::try_from(dice.roll(45)).unwrap());
            Event::Mouse(MouseEvent {
                kind: kinds[dice.roll(kinds.len())],
                column,
                row,
                modifiers: KeyModifiers::NONE,
            })
        }
        18 => Event::Paste(["checkout", "write 5m", "日本", "\u{1b}[31m"][dice.roll(4)].to_owned()),
        _ => Event::Resize(u16::try_from(dice.roll(200)).unwrap(), u16::try_from(dice.roll(60)).unwrap()),
    }
}

/// 20,000 events; plans are answered, time passes, things come and go.
fn monkey(seed: u64, may_write: bool) -> usize {
    let mut dice = Dice(seed);
    let mut desk = delivering("demo");
    let mut executed = 0;
    for step in 0..20_000 {
        let event = random_event(&mut dice);
        if let Event::Resize(width, height) = event {
            desk.size = (width, height);
        }
        desk.send(event);
        for effect in desk.take() {
            if let Effect::Plan { ticket, ask } = effect {
                let plan = fixture::planned_with(&ask, desk.now, dice.roll(5) == 0);
                desk.send(Event::Planned { ticket, plan: Ok(Box::new(plan)) });
            } else if crate::trust::executed(std::slice::from_ref(&effect)) > 0 {
                executed += 1;
            } else if let Effect::RecordMode(mode) = effect
                && mode != WriteMode::ReadOnly
                && !may_write
            {
                // The monkey found `:write`: take it back, this run is read-only.
                desk.send(Event::Mode(WriteMode::ReadOnly));
            }
        }
        if dice.roll(50) == 0 {
            let make = &fixture::SHOP[dice.roll(fixture::SHOP.len())];
            let facts = if dice.roll(3) == 0 {
                vec![Fact::Gone(ObjectKey::new(Kind::Deployment, make.namespace, make.name))]
            } else {
                fixture::service(make)
            };
            desk.send(Event::Facts(facts));
        }
        if step % 23 == 0 {
            let (width, height) = desk.size;
            desk.buffer(width, height);
        }
        if dice.roll(20) == 0 {
            desk.wait(Duration::from_secs(dice.roll(90) as u64));
        }
    }
    executed
}

#[test]
fn a_monkey_never_panics_and_never_writes_while_read_only() {
    assert_eq!(monkey(0x5eed_0001, false), 0);
}

#[test]
fn a_monkey_that_may_write_never_panics() {
    // What it manages to confirm is its own business; that it ends is ours.
    let _executed = monkey(0x5eed_0002, true);
}
