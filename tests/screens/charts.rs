//! The page of charts: what is asked when, what is read where, and what is said
//! where there is nothing to read.

use crate::fixture;
use crate::harness::Desk;
use crate::pages::signals;
use crate::snapshots::{SIZES, delivering, snap};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event, Found, Look};
use quarterdeck::signals::chart::{Chart, ChartAsk, ChartKind, ChartLine};
use std::time::Duration;

type Asked = Vec<(u64, ChartAsk)>;

/// The questions of charts among the effects so far.
fn asked(desk: &mut Desk) -> Asked {
    let ask =
        |effect| if let Effect::ReadChart { ticket, ask } = effect { Some((ticket, *ask)) } else { None };
    desk.take().into_iter().filter_map(ask).collect()
}

/// What a source would answer: something that moves, known from `from` on.
fn answer(ask: &ChartAsk, from: usize) -> Chart {
    let steps = usize::try_from((ask.end_ms - ask.start_ms) / ask.step_ms + 1).unwrap();
    let value = |at: i64, size: f64| {
        // By the time alone, so that later answers say the same of a moment.
        let wave = ((at / 1000 % 1_800) as f64 / 1_800.0 * std::f64::consts::TAU).sin();
        size * (3.0 + wave)
    };
    let sizes: &[f64] = match ask.kind {
        ChartKind::Rate => &[4.0],
        ChartKind::Errors => &[0.0004],
        ChartKind::Latency => &[0.015, 0.04, 0.09],
        ChartKind::Cpu => &[0.02, 0.05],
        ChartKind::Memory => &[40e6, 60e6],
    };
    let line = |(name, size): (&&'static str, &f64)| ChartLine {
        name,
        values: (0..steps)
            .map(|n| {
                (n >= from).then(|| value(ask.start_ms + i64::try_from(n).unwrap() * ask.step_ms, *size))
            })
            .collect(),
    };
    Chart {
        start_ms: ask.start_ms,
        step_ms: ask.step_ms,
        window: ask.window,
        lines: ask.kind.lines().iter().zip(sizes).map(line).collect(),
        seen: (0..steps).map(|n| n >= from).collect(),
    }
}

fn answered(desk: &mut Desk, asked: Asked, from: usize) {
    for (ticket, ask) in asked {
        desk.send(Event::Chart { ticket, found: Ok(Box::new(answer(&ask, from))) });
    }
}

/// Its numbers, with what its pods use.
fn numbers() -> SignalState {
    let used = |worst, mean| Some(Used { worst, pod: "cart-7c9d5b6f4d-x2k5v".to_owned(), mean });
    let usage = Usage {
        from: "process",
        selector: "service=\"cart\"".to_owned(),
        cpu: used(0.08, 0.05),
        memory: used(500e6, 120e6),
    };
    SignalState::Ready(Box::new(Signals { usage: Some(usage), ..signals() }))
}

/// The charts of a service with a canary, before any answer.
fn opened() -> Desk {
    let mut desk = delivering("demo");
    desk.send(Event::Audit(Ok(fixture::audit())));
    desk.send(Event::Slos(Box::new(crate::slos::board())));
    let key = ServiceKey { namespace: "shop-prod".into(), name: "cart".into() };
    desk.send(Event::Signals(vec![(key, numbers())]));
    desk.press("/").type_text("name:cart env:prod").press("enter");
    desk.take();
    desk.press("m");
    desk
}

/// The same, with pictures known from step `from` on.
fn drawn(from: usize) -> Desk {
    let mut desk = opened();
    let questions = asked(&mut desk);
    answered(&mut desk, questions, from);
    desk
}

#[test]
fn pictures() {
    let mut desk = opened();
    snap("charts_waiting", &mut desk);
    let mut desk = drawn(0);
    snap("charts", &mut desk);
    let mut desk = drawn(22);
    desk.press("j left left left left left left left left");
    snap("charts_cursor", &mut desk);
    let mut desk = drawn(0);
    desk.wait(Duration::from_mins(7));
    for (ticket, _) in asked(&mut desk) {
        desk.send(Event::Chart { ticket, found: Err("HTTP 502: Bad Gateway".to_owned()) });
    }
    snap("charts_stale", &mut desk);
}

#[test]
fn signs_for_terminals_without_any() {
    let settings = quarterdeck::app::Settings { ascii: true, no_color: true, ..Default::default() };
    let mut desk = Desk::blank(settings);
    desk.send(Event::Connected(fixture::place("demo")));
    desk.send(Event::Facts(fixture::shop()));
    let key = ServiceKey { namespace: "shop-prod".into(), name: "cart".into() };
    desk.send(Event::Signals(vec![(key, numbers())]));
    desk.press("/").type_text("name:cart env:prod").press("enter m");
    let questions = asked(&mut desk);
    answered(&mut desk, questions, 0);
    let screen = desk.at(120, 40);
    // Above it stand the frame's own titles; what is cut ends in the same sign everywhere.
    assert!(screen.lines().skip(2).all(str::is_ascii), "{screen}");
    snap("charts_ascii", &mut desk);
}

#[test]
fn one_question_for_each_chart_and_none_before_its_answer() {
    let mut desk = opened();
    let first = asked(&mut desk);
    let kinds: Vec<ChartKind> = first.iter().map(|(_, ask)| ask.kind).collect();
    assert_eq!(kinds, ChartKind::ALL);
    assert!(first.iter().all(|(_, ask)| ask.end_ms == fixture::now().wall.as_millisecond()));
    desk.wait(Duration::from_mins(2));
    assert_eq!(asked(&mut desk), [], "they are still being answered");
    answered(&mut desk, first, 0);
    // The next step has come long ago: asked again at once, once.
    let second = asked(&mut desk);
    assert_eq!(second.len(), 5);
    answered(&mut desk, second, 0);
    desk.wait(Duration::from_secs(14));
    assert_eq!(asked(&mut desk), [], "nothing new before the next step");
    desk.wait(Duration::from_secs(1));
    assert_eq!(asked(&mut desk).len(), 5);
}

#[test]
fn leaving_and_another_range_let_go_of_questions() {
    let mut desk = opened();
    let old = asked(&mut desk);
    desk.press("-");
    let effects = desk.take();
    assert!(matches!(effects.first(), Some(Effect::StopCharts)), "{effects:?}");
    assert_eq!(effects.iter().filter(|e| matches!(e, Effect::ReadChart { .. })).count(), 5);
    let before = desk.at(120, 40);
    answered(&mut desk, old, 0);
    assert_eq!(desk.at(120, 40), before, "an answer to the range before is dropped");
    desk.take();
    desk.press("esc");
    assert!(desk.take().iter().any(|effect| matches!(effect, Effect::StopCharts)));
    desk.wait(Duration::from_mins(5));
    assert_eq!(asked(&mut desk), [], "nobody looks");
    desk.press("m");
    assert_eq!(asked(&mut desk).len(), 5, "and asked anew on return");
}

#[test]
fn ranges_have_ends_and_are_clicked() {
    let mut desk = drawn(0);
    desk.press("+ +");
    assert_eq!(asked(&mut desk), [], "there is none closer");
    desk.press("- - - - - - - -");
    let (_, ask) = asked(&mut desk).pop().unwrap();
    assert_eq!((ask.end_ms - ask.start_ms + ask.step_ms) / 86_400_000, 30);
    let screen = desk.at(120, 40);
    let row = screen.lines().position(|line| line.contains(" 15m ")).unwrap();
    let (before, _) = screen.lines().nth(row).unwrap().split_once("24h").unwrap();
    let column = before.chars().count();
    desk.click_at(u16::try_from(column).unwrap(), u16::try_from(row).unwrap());
    let (_, ask) = asked(&mut desk).pop().unwrap();
    assert_eq!((ask.end_ms - ask.start_ms + ask.step_ms) / 3_600_000, 24);
}

#[test]
fn the_cursor_reads_all_charts_and_stays_at_its_moment() {
    let mut desk = drawn(0);
    desk.at(120, 40);
    desk.press("left left left left");
    let screen = desk.at(120, 40);
    // Four steps of 15 s before 03:12.
    assert!(screen.contains(" at 03:11:00Z"), "{screen}");
    for _ in 0..4 {
        desk.wait(Duration::from_secs(15));
        let questions = asked(&mut desk);
        answered(&mut desk, questions, 0);
    }
    assert!(desk.at(120, 40).contains(" at 03:11:00Z"), "it is a moment and no place");
    desk.press("right right right right right right right right");
    assert!(desk.at(120, 40).contains(" at 03:13:00Z"));
    desk.press("right");
    assert!(desk.at(120, 40).contains(" newest 03:13:00Z"), "past the newest it follows again");
    desk.press("left");
    assert!(desk.at(120, 40).contains(" at 03:12:45Z"));
    desk.press("esc");
    assert!(desk.at(120, 40).contains(" newest "), "esc lets go of the cursor first");
}

#[test]
fn a_click_reads_there_and_takes_the_keys() {
    let mut desk = drawn(0);
    let screen = desk.at(120, 40);
    let latency = screen.lines().position(|line| line.contains("Latency")).unwrap();
    desk.click_at(40, u16::try_from(latency).unwrap() + 4);
    let screen = desk.at(120, 40);
    assert!(screen.contains(" at 03:0"), "{screen}");
    desk.press("x");
    assert!(desk.screen().contains("how its numbers came about"), "{}", desk.screen());
    // The samples of the numbers before it must not push it away.
    let series = RawSeries { name: "a".to_owned(), samples: vec![(fixture::now().wall, 1.0)] };
    let trace = Trace { terms: Vec::new(), series: vec![series; 40], more: 0 };
    for effect in desk.take() {
        if let Effect::Look { ticket, look: Look::Traces(_, all) } = effect {
            let traces = all.iter().map(|_| Ok(trace.clone())).collect();
            desk.send(Event::Found { ticket, found: Found::Traces(traces) });
        }
    }
    let screen = desk.at(80, 24);
    assert!(screen.lines().any(|line| line.starts_with("│ p95 ")), "{screen}");
}

#[test]
fn a_moment_without_samples_has_no_value() {
    let mut desk = drawn(22);
    let screen = desk.at(120, 40);
    // 22 steps after 02:57:15, and the minute of the first mean before that.
    assert!(screen.contains("no samples before 03:01Z: qd started reading then"), "{screen}");
    for _ in 0..59 {
        desk.press("left");
    }
    let screen = desk.at(120, 40);
    let title = screen.lines().find(|line| line.contains("Requests")).unwrap();
    assert!(title.contains("no samples") && !title.contains("/s"), "{title}");
    let idle = |ask: &ChartAsk| Chart {
        lines: ask.kind.lines().iter().map(|name| ChartLine { name, values: vec![None; 60] }).collect(),
        ..answer(ask, 0)
    };
    let mut desk = opened();
    for (ticket, ask) in asked(&mut desk) {
        desk.send(Event::Chart { ticket, found: Ok(Box::new(idle(&ask))) });
    }
    let screen = desk.at(120, 40);
    assert!(screen.lines().any(|line| line.contains("Errors  no traffic")), "{screen}");
}

#[test]
fn what_fails_keeps_its_last_picture_and_is_asked_less_often() {
    let mut desk = drawn(0);
    desk.wait(Duration::from_secs(15));
    let why = "HTTP 502: Bad Gateway";
    let questions = asked(&mut desk);
    for (ticket, ask) in &questions {
        if ask.kind == ChartKind::Errors {
            desk.send(Event::Chart { ticket: *ticket, found: Err(why.to_owned()) });
        }
    }
    answered(&mut desk, questions.into_iter().filter(|(_, ask)| ask.kind != ChartKind::Errors).collect(), 0);
    let screen = desk.at(120, 40);
    let title = screen.lines().find(|line| line.contains("Errors")).unwrap();
    assert!(title.contains("<1m old: HTTP 502") && title.contains('%'), "{title}");
    assert_eq!(screen.matches("HTTP 502").count(), 1, "each chart fails on its own");
    let mut times = 0;
    for _ in 0..8 {
        desk.wait(Duration::from_secs(15));
        let (errors, others): (Asked, Asked) =
            asked(&mut desk).into_iter().partition(|(_, ask)| ask.kind == ChartKind::Errors);
        assert_eq!(others.len(), 4);
        times += errors.len();
        for (ticket, _) in errors {
            desk.send(Event::Chart { ticket, found: Err(why.to_owned()) });
        }
        answered(&mut desk, others, 0);
    }
    assert!((2..=3).contains(&times), "{times} of 8");
}

#[test]
fn the_same_picture_draws_no_frame_and_a_frozen_one_stays() {
    let mut desk = drawn(0);
    desk.at(80, 24);
    desk.wait(Duration::from_secs(15));
    let questions = asked(&mut desk);
    desk.press("F");
    let before = desk.at(80, 24);
    answered(&mut desk, questions, 0);
    assert_eq!(desk.at(80, 24), before);
    desk.wait(Duration::from_mins(2));
    assert_eq!(asked(&mut desk), [], "a frozen picture asks for nothing");
}

#[test]
fn a_service_without_numbers_says_why_there_is_no_chart() {
    let mut desk = delivering("demo");
    desk.press("/").type_text("name:tax env:prod").press("enter m");
    assert_eq!(asked(&mut desk), []);
    for (width, height) in SIZES {
        assert!(desk.at(width, height).contains("No pod of it offers metrics"));
    }
}

#[test]
fn the_objective_is_a_line_where_there_is_one() {
    let mut desk = drawn(0);
    let screen = desk.at(200, 60);
    let title = screen.lines().find(|line| line.contains("Errors")).unwrap();
    assert!(title.contains("allowed 0.10%"), "{title}");
    assert!(screen.contains('┄'), "{screen}");
}

#[test]
fn at_eighty_columns_the_others_come_by_scrolling() {
    let mut desk = drawn(0);
    let screen = desk.at(80, 24);
    assert!(
        screen.contains("Requests") && screen.contains("Errors") && !screen.contains("Latency"),
        "{screen}"
    );
    desk.press("tab tab");
    let screen = desk.at(80, 24);
    assert!(!screen.contains("Requests") && screen.contains("Latency"), "{screen}");
    desk.press("tab tab tab");
    assert!(desk.at(80, 24).contains("Requests"), "and around");
}

#[test]
fn what_pods_use_is_held_against_what_they_may() {
    let mut desk = drawn(0);
    let screen = desk.at(200, 60);
    let title = |what: &str| screen.lines().find(|line| line.contains(what)).unwrap().to_owned();
    let cpu = title("CPU");
    assert!(cpu.contains("no limit  req 250m") && !cpu.contains('%'), "{cpu}");
    assert!(title("Memory").contains("limit 512Mi  req 256Mi"), "{screen}");
    desk.press("esc enter");
    let screen = desk.at(200, 60);
    for words in ["32% of 250m asked, no limit", "93% of 512.0 MiB limit", "cart-7c9d5b6f4d-x2k5v"] {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
}

#[test]
fn pods_that_do_not_say_what_they_use_are_not_idle() {
    let mut desk = opened();
    let key = ServiceKey { namespace: "shop-prod".into(), name: "cart".into() };
    desk.send(Event::Signals(vec![(key, SignalState::Ready(Box::new(signals())))]));
    asked(&mut desk);
    desk.press("-");
    assert_eq!(asked(&mut desk).len(), 3, "nobody is asked what cannot be known");
    assert!(desk.at(200, 60).contains("No pod offers process metrics"));
    desk.press("esc enter");
    assert!(desk.at(200, 60).contains("not known: no pod offers process metrics"));
}
