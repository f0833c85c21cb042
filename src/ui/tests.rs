use super::*;
use crate::command::{Keymap, Motion};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::time::Duration;

#[test]
fn ages_change_with_the_minute_only() {
    for (seconds, shown) in
        [(0, "<1m"), (59, "<1m"), (60, "1m"), (3599, "59m"), (3600, "1h"), (172_800, "2d")]
    {
        assert_eq!(age(Duration::from_secs(seconds)), shown);
    }
}

#[test]
fn wide_text_is_cut_between_characters() {
    assert_eq!(clip("日本語", 4), "日…");
    assert_eq!(clip("日本語", 5), "日本…");
    assert_eq!(clip("abc", 3), "abc");
    assert_eq!(clip("abc", 0), "");
    assert_eq!(clip_left("service-name", 5), "…name");
    assert_eq!(pad("日本", 5), "日本 ");
    assert_eq!(wrap("one two three", 7), ["one two", "three"]);
}

#[test]
fn selection_follows_identity() {
    let mut cursor = Cursor::default();
    cursor.settle(&["a", "b", "c"]);
    cursor.step(&["a", "b", "c"], Motion::Lines(1));
    assert_eq!(cursor.id(), Some("b"));
    cursor.settle(&["x", "y", "z", "b"]);
    assert_eq!(cursor.locate(&["x", "y", "z", "b"]), Some(3));
}

#[test]
fn a_selection_that_is_gone_selects_nothing_until_the_person_moves() {
    let mut cursor = Cursor::default();
    cursor.settle(&["a", "b", "c"]);
    cursor.step(&["a", "b", "c"], Motion::Lines(1));
    cursor.settle(&["a", "c"]);
    assert_eq!(cursor.locate(&["a", "c"]), None, "not the neighbour");
    cursor.step(&["a", "c"], Motion::Lines(1));
    assert_eq!(cursor.locate(&["a", "c"]), Some(1));
}

#[test]
fn the_cursor_scrolls_only_at_the_edges() {
    let cursor = Cursor::default();
    assert_eq!(cursor.window(100, Some(15), 10), 6);
    assert_eq!(cursor.window(100, Some(10), 10), 6, "moving up inside the window does not scroll");
    assert_eq!(cursor.window(100, Some(3), 10), 3);
    assert_eq!(cursor.window(5, Some(3), 10), 0);
    assert_eq!(cursor.window(0, None, 0), 0);
    assert_eq!(cursor.window(9, Some(3), 0), 3, "no room at all");
}

const COLUMNS: [Column; 4] = [
    Column::text("A", 5, 20, 0),
    Column::text("B", 5, 10, 2),
    Column::number("C", 5, 10, 1),
    Column::text("D", 5, 60, 3),
];

#[test]
fn the_least_important_column_gives_way_first() {
    let shown =
        |room| fit_columns(&COLUMNS, &[9, 9, 9, 9], room).iter().map(Option::is_some).collect::<Vec<_>>();
    assert_eq!(shown(40), [true, true, true, true]);
    assert_eq!(shown(20), [true, true, true, false]);
    assert_eq!(shown(13), [true, false, true, false]);
    assert_eq!(shown(3), [true, false, false, false]);
}

proptest! {
    #[test]
    fn columns_never_overlap_or_leave_the_room(want in prop::collection::vec(0u16..100, 4), room in 0u16..200) {
        let places = fit_columns(&COLUMNS, &want, room);
        let mut end = 0;
        for (x, width) in places.into_iter().flatten() {
            prop_assert!(x >= end);
            prop_assert!(x + width <= room);
            end = x + width;
        }
    }

    #[test]
    fn clipped_text_fits(text in "\\PC{0,30}", room in 0usize..20) {
        prop_assert!(width(&clip(&text, room)) <= room);
        prop_assert!(width(&clip_left(&text, room)) <= room);
        prop_assert_eq!(width(&pad(&text, room)), room);
    }

    #[test]
    fn wrapped_text_fits_and_loses_no_word(text in "[a-z日 ]{0,60}", room in 2usize..20) {
        let lines = wrap(&text, room);
        prop_assert!(lines.iter().all(|line| width(line) <= room), "{lines:?}");
        let squeeze = |s: &str| s.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(squeeze(&lines.concat()), squeeze(&text));
    }

    #[test]
    fn typing_and_editing_never_panics(keys in prop::collection::vec(0u8..12, 0..60)) {
        use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
        let codes = [KeyCode::Char('a'), KeyCode::Char('日'), KeyCode::Char('\u{301}'), KeyCode::Char(' '), KeyCode::Left, KeyCode::Right,
            KeyCode::Backspace, KeyCode::Delete, KeyCode::Home, KeyCode::End, KeyCode::Char('w'), KeyCode::Char('k')];
        let mut input = TextInput::default();
        for key in keys {
            let mods = if key >= 10 { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
            input.key(KeyEvent::new(codes[usize::from(key)], mods));
        }
        let text = input.text();
        prop_assert!(!text.contains(char::is_control));
    }
}

#[test]
fn meters_and_charts_fill_their_room() {
    let glyphs = Glyphs::default();
    assert_eq!(Meter { part: 1, whole: 2 }.text(10, glyphs), "█████░░░░░");
    assert_eq!(Meter { part: 5, whole: 0 }.text(4, glyphs), "████");
    assert_eq!(Sparkline { values: &[Some(0.0), None, Some(7.0)] }.text(5, glyphs), "  ▁ █");
}

#[test]
fn widgets_survive_any_rectangle() {
    let theme = Theme::default();
    let keymap = Keymap::default();
    for (w, h) in [(0, 0), (1, 1), (2, 1), (1, 2), (3, 3), (300, 100)] {
        let area = Rect::new(0, 0, w, h);
        let mut buf = Buffer::empty(area);
        let mut hits = Hits::default();
        let mut pen =
            Pen { buf: &mut buf, theme: &theme, glyphs: Glyphs::default(), keymap: &keymap, hits: &mut hits };
        let inner = pen.frame(area, &Line::from("title"), Role::Border);
        assert!(inner.is_empty() || area.contains(inner.as_position()));
        let cursor = Cursor::default();
        let row = |i: usize| TableRow::Cells {
            id: "x",
            cells: vec![Line::from(format!("row {i}")); 4],
            marked: i == 2,
        };
        Table::new(&COLUMNS, 1000, &row, &cursor, Some(900)).draw(&mut pen, inner);
        pen.empty(area, Role::Dim, "nothing here", "try another filter");
        pen.rule(area, &Line::from("rule"), Role::Border);
        pen.scrollbar(area, 1000, 1000);
        pen.input(0, 0, w, &TextInput::with("some text"), true);
    }
}

#[test]
fn names_are_cut_in_their_middle() {
    let cases = [
        ("cart-6cd8554c7f-djxg7", 16, "cart-6c…7f-djxg7"),
        ("shop-production", 9, "shop…tion"),
        ("shop-staging", 9, "shop…ging"),
        ("shop", 9, "shop"),
        ("shop", 2, "s…"),
        ("決済サービス", 7, "決済…ス"),
        ("", 0, ""),
    ];
    for (text, room, expected) in cases {
        assert_eq!(clip_middle(text, room), expected, "{text} in {room}");
        assert!(width(&clip_middle(text, room)) <= room);
    }
}

#[test]
fn names_get_room_before_prose() {
    const COLUMNS: [Column; 2] = [Column::name("NAME", 4, 20, 5), Column::text("WHY", 10, 90, 0)];
    let places = fit_columns(&COLUMNS, &[15, 80], 40);
    assert_eq!(places, [Some((0, 15)), Some((16, 24))]);
}
