use super::scale::ticks;
use super::time::TimeAxis;
use super::*;
use crate::command::Keymap;
use crate::ui::{Glyphs, Hits, Theme};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use ratatui::buffer::Buffer;

/// 2026-11-21 14:00:00 UTC.
const NOW: i64 = 1_795_269_600_000;

const DECIMAL: Scale = Scale { round: Round::Decimal, least: 0.1, most: f64::MAX };
const BINARY: Scale = Scale { round: Round::Binary, least: 1.0, most: f64::MAX };

static UTC: TimeZone = TimeZone::UTC;

fn plot<'a>(values: &'a [PlotLine<'a>]) -> Plot<'a> {
    Plot {
        start_ms: NOW - 59 * 15_000,
        step_ms: 15_000,
        end_ms: NOW,
        span_ms: 900_000,
        lines: values,
        levels: &[],
        marks: &[],
        cursor: None,
        top: 10.0,
        label: |value, _| format!("{value}"),
        zone: &UTC,
    }
}

fn line(values: &[Option<f64>]) -> PlotLine<'_> {
    PlotLine { values, role: Role::Moving, ascii: '*' }
}

fn draw(plot: &Plot<'_>, width: u16, height: u16, ascii: bool) -> (Vec<String>, Hits) {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    let (theme, keymap, mut hits) = (Theme::default(), Keymap::default(), Hits::default());
    let mut pen = Pen {
        buf: &mut buf,
        theme: &theme,
        glyphs: Glyphs { ascii, linear: false },
        keymap: &keymap,
        hits: &mut hits,
    };
    plot.draw(&mut pen, area, 3);
    let row = |y| (0..width).map(|x| buf[(x, y)].symbol().to_owned()).collect::<String>();
    ((0..height).map(row).collect(), hits)
}

/// The columns of a picture in ASCII that have a star.
fn stars(picture: &[String]) -> Vec<usize> {
    let width = picture.first().map_or(0, String::len);
    let has = |column: &usize| picture.iter().any(|row| row.as_bytes().get(*column) == Some(&b'*'));
    (0..width).filter(has).collect()
}

#[test]
fn a_picture() {
    let values: Vec<Option<f64>> =
        (0..60).map(|n| (!(20..30).contains(&n)).then_some(f64::from(n) / 6.0)).collect();
    let lines = [line(&values)];
    let levels = [Level { value: 5.0, role: Role::Bad }];
    let marks = [PlotMark { at_ms: NOW - 300_000, sign: "^", role: Role::Strong }];
    let plot = Plot { levels: &levels, marks: &marks, cursor: Some(NOW - 600_000), ..plot(&lines) };
    let (picture, _) = draw(&plot, 49, 8, true);
    let trimmed: Vec<&str> = picture.iter().map(|row| row.trim_end()).collect();
    assert_eq!(
        trimmed,
        [
            "     10 +            :                      *****",
            "        |            :               ********",
            "        |            :       *********",
            "      5 +------------*------**-------------------",
            "        |    *********",
            "      0 +*****       :",
            "        +------------+------------^-------------+",
            "                   13:50        13:55",
        ]
    );
}

#[test]
fn nothing_is_drawn_where_nothing_is_known() {
    let whole: Vec<Option<f64>> = vec![Some(4.0); 60];
    let gap: Vec<Option<f64>> = (0..60).map(|n| (!(25..35).contains(&n)).then_some(4.0)).collect();
    let (lines, holed) = ([line(&whole)], [line(&gap)]);
    let all = stars(&draw(&plot(&lines), 69, 8, true).0);
    let some = stars(&draw(&plot(&holed), 69, 8, true).0);
    assert_eq!(all, (9..69).collect::<Vec<_>>(), "every column has a step");
    assert_eq!(some, (9..34).chain(44..69).collect::<Vec<_>>(), "and the gap is ten columns wide");
    let none = [None; 60];
    assert_eq!(stars(&draw(&plot(&[line(&none)]), 69, 8, true).0), Vec::<usize>::new());
    let odd = [Some(f64::NAN), Some(f64::INFINITY), Some(f64::NEG_INFINITY), Some(2.0), None];
    assert_eq!(stars(&draw(&plot(&[line(&odd)]), 69, 8, true).0), [12], "one value between gaps is one dot");
}

#[test]
fn a_click_is_the_moment_of_its_column() {
    let values = [Some(1.0); 60];
    let lines = [line(&values)];
    let (_, hits) = draw(&plot(&lines), 69, 8, true);
    let at = |column: u16| match hits.at(column, 2) {
        Some(Hit::Row(3, at)) => Some(at.parse::<i64>().unwrap()),
        _ => None,
    };
    assert_eq!(at(8), None, "the labels are no moment");
    let moments: Vec<i64> = (9..69).map(|column| at(column).unwrap()).collect();
    assert!(moments.windows(2).all(|pair| pair[0] < pair[1]));
    assert!((NOW..NOW + 15_000).contains(&moments[59]), "the newest is in the last column");
}

#[test]
fn axes_have_few_round_labels() {
    for rows in 0..40 {
        let ticks = ticks(rows);
        assert!(ticks.len() <= 5 && ticks.iter().all(|(row, _)| *row < rows.max(1)), "{rows}: {ticks:?}");
        assert!(ticks.windows(2).all(|pair| pair[0].0 > pair[1].0), "{rows}: no row has two: {ticks:?}");
    }
    let tops = [0.0, 0.3, 1.0, 1.01, 4.9, 99.0, 12_345.0].map(|v| DECIMAL.top(Some(v), None)).to_vec();
    assert_eq!(tops, vec![0.1, 0.5, 1.0, 2.0, 5.0, 100.0, 20_000.0]);
    let tops = [0.0, 1.0, 3.0, 500.0].map(|v| BINARY.top(Some(v), None)).to_vec();
    assert_eq!(tops, vec![1.0, 1.0, 4.0, 512.0]);
    let share = Scale { most: 1.0, ..DECIMAL };
    let tops = [0.7, 1.0, 7.0].map(|v| share.top(Some(v), None)).to_vec();
    assert_eq!(tops, vec![1.0; 3], "no share is above 100 %");
    let odd = [None, Some(f64::NAN), Some(f64::INFINITY), Some(-3.0)].map(|v| DECIMAL.top(v, None)).to_vec();
    assert_eq!(odd, vec![0.1; 4]);
}

#[test]
fn an_axis_does_not_jump_for_a_value_that_hovers() {
    let mut top = None;
    let tops: Vec<f64> = [9.0, 10.5, 9.8, 10.1, 8.5, 7.9, 10.0, 10.2]
        .into_iter()
        .map(|value| {
            top = Some(DECIMAL.top(Some(value), top));
            top.unwrap()
        })
        .collect();
    assert_eq!(tops, [10.0, 20.0, 20.0, 20.0, 20.0, 10.0, 10.0, 20.0]);
}

#[test]
fn times_are_round_in_the_zone_and_days_are_named() {
    let words = |end: i64, span_h: i64, columns: u16, zone: &TimeZone| -> Vec<String> {
        let axis = TimeAxis::new(end, span_h * 3_600_000, columns);
        axis.labels(zone).into_iter().map(|(_, text)| text).collect()
    };
    assert_eq!(words(NOW, 1, 60, &TimeZone::UTC), ["13:10", "13:20", "13:30", "13:40", "13:50", "14:00"]);
    let kolkata = TimeZone::fixed(jiff::tz::offset(5).saturating_add(jiff::Span::new().minutes(30)));
    assert_eq!(words(NOW, 6, 60, &kolkata), ["14:00", "15:00", "16:00", "17:00", "18:00", "19:00"]);
    assert_eq!(words(NOW, 24, 60, &TimeZone::UTC), ["18:00", "Nov 21", "06:00", "12:00"]);
    assert_eq!(words(NOW, 7 * 24, 70, &TimeZone::UTC).len(), 7);
    // Clocks go back on the first of November: labels stand at whole hours on both sides.
    let new_york = TimeZone::posix("EST5EDT,M3.2.0,M11.1.0").unwrap();
    let end = 1_793_556_000_000; // 2026-11-01 18:00 UTC, 13:00 there
    assert_eq!(words(end, 24, 60, &new_york), ["18:00", "Nov 01", "06:00", "12:00"]);
}

proptest! {
    #[test]
    fn a_top_is_round_and_never_too_low(value in 0.0..1e15_f64, before in prop::option::of(1e-3..1e15_f64)) {
        for scale in [DECIMAL, BINARY] {
            let fresh = scale.top(Some(value), None);
            prop_assert!(fresh >= value * (1.0 - 1e-9) && (fresh <= value * 2.5 || value < scale.least));
            let kept = scale.top(Some(value), before);
            prop_assert!(kept >= value * (1.0 - 1e-9));
            prop_assert!(Some(kept) == before || Some(kept) == Some(fresh));
        }
    }

    #[test]
    fn any_values_at_any_size_are_drawn_inside(
        values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 0..80),
        (width, height, ascii) in (0u16..70, 0u16..20, any::<bool>()),
        (step_ms, end_ms, top) in (1i64..1_000_000, prop::num::i64::ANY, prop::num::f64::ANY),
    ) {
        let end_ms = end_ms / 4;
        let lines = [line(&values)];
        let marks = [PlotMark { at_ms: end_ms, sign: "^", role: Role::Strong }];
        let levels = [Level { value: 3.0, role: Role::Bad }];
        let plot = Plot {
            step_ms, end_ms, top, marks: &marks, levels: &levels, start_ms: end_ms - 50 * step_ms,
            span_ms: 50 * step_ms, cursor: Some(end_ms), ..plot(&lines)
        };
        draw(&plot, width, height, ascii);
    }

    #[test]
    fn a_column_without_a_value_near_has_no_dot(known in prop::collection::vec(any::<bool>(), 60)) {
        let values: Vec<Option<f64>> = known.iter().map(|known| known.then_some(5.0)).collect();
        let drawn = stars(&draw(&plot(&[line(&values)]), 69, 8, true).0);
        // Sixty columns for sixty steps: each has its own.
        let expected: Vec<usize> = known.iter().enumerate().filter(|(_, k)| **k).map(|(n, _)| n + 9).collect();
        prop_assert_eq!(drawn, expected);
    }

    #[test]
    fn time_moves_pictures_by_whole_columns(later in 0i64..10_000_000, span_s in 60i64..3_000_000, columns in 1u16..200) {
        let span = span_s * 1000;
        let (before, after) = (TimeAxis::new(NOW, span, columns), TimeAxis::new(NOW + later, span, columns));
        prop_assert_eq!(before.column(NOW), Some(columns - 1));
        let moved: Vec<i64> = (0..50)
            .map(|n| NOW - span * n / 60)
            .filter_map(|at| Some(i64::try_from(before.dot(at, 2)?).unwrap() - i64::try_from(after.dot(at, 2)?).unwrap()))
            .collect();
        prop_assert!(moved.windows(2).all(|pair| pair[0] == pair[1]), "{:?}", moved);
        prop_assert!(moved.iter().all(|by| by % 2 == 0), "half columns would change the signs: {:?}", moved);
    }
}
