use super::*;
use crate::domain::{Reading, SignalSource, Signals, Usage};
use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};
use crate::signals::FAMILIES;
use jiff::Timestamp;

/// Divisible by every step: 2026-11-21 00:00:00 UTC.
const NOW: i64 = 1_795_219_200_000;

fn signals(source: SignalSource) -> Signals {
    Signals {
        at: Timestamp::from_millisecond(NOW).unwrap(),
        source,
        family: "http_requests_total".to_owned(),
        selector: "service=\"a\"".to_owned(),
        code_label: "code",
        window: "1 min",
        rate: Reading::Absent,
        rate_hour_ago: Reading::Absent,
        errors: Reading::Absent,
        p50: Reading::Absent,
        p95: Reading::Absent,
        p99: Reading::Absent,
        usage: Some(Usage { from: "process", selector: "service=\"a\"".to_owned(), cpu: None, memory: None }),
        codes: Vec::new(),
        routes: Vec::new(),
        rate_history: Vec::new(),
        error_history: Vec::new(),
        p95_history: Vec::new(),
        explained: Vec::new(),
    }
}

fn ask(kind: ChartKind, range: usize) -> ChartAsk {
    ChartAsk::new(kind, &signals(SignalSource::Scraper), RANGES[range], NOW).unwrap()
}

/// Samples every 15 s over stretches given as seconds before now, ten requests
/// a second, one of them a failure; a histogram whose p50 is 50 ms.
fn source(stretches: &[(i64, i64)]) -> MemorySeries {
    let mut source = MemorySeries::default();
    let series = [
        ("http_requests_total", ("code", "200"), 9.0),
        ("http_requests_total", ("code", "500"), 1.0),
        ("http_request_duration_seconds_bucket", ("le", "0.1"), 10.0),
        ("http_request_duration_seconds_bucket", ("le", "+Inf"), 10.0),
    ];
    for (name, label, per_second) in series {
        let mut samples = Samples::default();
        for (from, until) in stretches {
            for ago in (*until..=*from).rev().filter(|ago| ago % 15 == 4) {
                samples.push(NOW - ago * 1000, per_second * (100_000 - ago) as f64);
            }
        }
        source.append(&Labels::from_pairs([("__name__", name), ("service", "a"), label]), &samples);
    }
    source
}

fn chart(source: &MemorySeries, ask: &ChartAsk) -> Chart {
    read(&Local { series: source, limits: &Limits::default() }, ask).unwrap()
}

fn all_near(chart: &Chart, line: usize, expected: f64) -> usize {
    let values: Vec<f64> = chart.lines[line].values.iter().flatten().copied().collect();
    assert!(values.iter().all(|v| (v - expected).abs() < 1e-9), "{values:?} are not {expected}");
    values.len()
}

#[test]
fn every_question_of_every_family_is_promql_and_fits_a_server() {
    for family in &FAMILIES {
        for range in RANGES {
            for kind in ChartKind::ALL {
                let signals = Signals {
                    family: family.total.to_owned(),
                    code_label: family.code,
                    ..signals(SignalSource::Prometheus("p".to_owned()))
                };
                let ask = ChartAsk::new(kind, &signals, range, NOW + 7_001).unwrap();
                let parsed = promql_parser::parser::parse(&ask.promql);
                assert!(parsed.is_ok(), "{}: {parsed:?}", ask.promql);
                let points = (ask.end_ms - ask.start_ms) / ask.step_ms + 1;
                assert!((60..=360).contains(&points), "{points}");
                assert_eq!(
                    (ask.end_ms % ask.step_ms, ask.end_ms),
                    (0, NOW),
                    "steps are multiples of themselves"
                );
                assert!(ask.window >= range.step, "every second is in some point");
            }
        }
    }
}

#[test]
fn the_family_is_told_by_its_code_label_too() {
    let odd = Signals { code_label: "status", ..signals(SignalSource::Scraper) };
    let ask = ChartAsk::new(ChartKind::Errors, &odd, RANGES[0], NOW).unwrap();
    assert!(ask.promql.contains("status=~\"5..\""), "{}", ask.promql);
    let unknown = Signals { family: "odd_total".to_owned(), ..odd };
    assert_eq!(ChartAsk::new(ChartKind::Rate, &unknown, RANGES[0], NOW), None);
}

#[test]
fn hand_computed_lines() {
    let source = source(&[(3_000, 4)]);
    let rate = chart(&source, &ask(ChartKind::Rate, 0));
    assert_eq!((rate.seen.len(), rate.end_ms(), rate.begins_ms()), (60, NOW, None));
    assert_eq!(all_near(&rate, 0, 10.0), 60, "no point is missing");
    assert_eq!(all_near(&chart(&source, &ask(ChartKind::Errors, 0)), 0, 0.1), 60);
    let latency = chart(&source, &ask(ChartKind::Latency, 0));
    assert_eq!(latency.lines.iter().map(|line| line.name).collect::<Vec<_>>(), ["p50", "p95", "p99"]);
    for (line, value) in [(0, 0.05), (1, 0.095), (2, 0.099)] {
        assert_eq!(all_near(&latency, line, value), 60);
    }
}

#[test]
fn the_worst_pod_and_the_mean_of_all() {
    let mut source = MemorySeries::default();
    for (pod, cores, bytes) in [("one", 0.1, 50.0), ("two", 0.3, 30.0)] {
        let (mut cpu, mut memory) = (Samples::default(), Samples::default());
        for n in 0..200 {
            cpu.push(NOW - 3_000_000 + n * 15_000, 100.0 + cores * 15.0 * n as f64);
            memory.push(NOW - 3_000_000 + n * 15_000, bytes);
        }
        let labels = |name| Labels::from_pairs([("__name__", name), ("service", "a"), ("pod", pod)]);
        source.append(&labels("process_cpu_seconds_total"), &cpu);
        source.append(&labels("process_resident_memory_bytes"), &memory);
    }
    for (kind, mean, worst) in [(ChartKind::Cpu, 0.2, 0.3), (ChartKind::Memory, 40.0, 50.0)] {
        let found = chart(&source, &ask(kind, 0));
        assert_eq!((found.lines[0].name, found.lines[1].name), ("avg", "max"));
        assert_eq!((all_near(&found, 0, mean), all_near(&found, 1, worst)), (60, 60), "{kind:?}");
    }
}

#[test]
fn nobody_is_asked_what_nobody_says() {
    let silent = Signals { usage: None, ..signals(SignalSource::Scraper) };
    assert_eq!(ChartAsk::new(ChartKind::Cpu, &silent, RANGES[0], NOW), None);
}

#[test]
fn a_gap_is_a_gap_and_its_edges_are_not_diluted() {
    // Nothing was read from ten to five minutes ago.
    let rate = chart(&source(&[(3_000, 600), (300, 4)]), &ask(ChartKind::Rate, 0));
    let shown = all_near(&rate, 0, 10.0);
    let inside = |index: usize| (NOW - 599_000..=NOW - 300_000).contains(&rate.at(index));
    for (index, value) in rate.lines[0].values.iter().enumerate() {
        assert!(!inside(index) || value.is_none(), "{} s", (NOW - rate.at(index)) / 1000);
    }
    // Five minutes, and as long as a window is not whole.
    assert!((32..=37).contains(&shown), "{shown} of 60");
}

#[test]
fn before_the_first_sample_there_is_nothing_and_it_is_said_since_when() {
    let rate = chart(&source(&[(409, 4)]), &ask(ChartKind::Rate, 1));
    let first = rate.lines[0].values.iter().position(Option::is_some).unwrap();
    assert!(rate.at(first) >= NOW - 409_000 + 35_000, "a window that is not whole shows nothing");
    let begins = rate.begins_ms().unwrap();
    assert!((begins - (NOW - 409_000)).abs() <= 40_000, "{} s ago", (NOW - begins) / 1000);
    let none = chart(&MemorySeries::default(), &ask(ChartKind::Rate, 1));
    assert_eq!((none.begins_ms(), none.most(), none.seen.iter().any(|s| *s)), (None, None, false));
}

#[test]
fn pods_that_are_read_quickly_at_first_are_no_weaker_then() {
    for age in (20..200).step_by(5) {
        let mut source = MemorySeries::default();
        for (instance, phase) in [("one", 0), ("two", 1_900)] {
            let mut samples = Samples::default();
            let since = NOW - age * 1000 + phase;
            for at in (since..=NOW).step_by(5_000) {
                // The readings between the usual ones are dropped after 75 s.
                if NOW - since < 75_000 || (at - since) % 15_000 == 0 {
                    samples.push(at, 500.0 + (at - since) as f64 / 100.0);
                }
            }
            let labels = [("__name__", "http_requests_total"), ("service", "a"), ("instance", instance)];
            source.append(&Labels::from_pairs(labels), &samples);
        }
        for value in chart(&source, &ask(ChartKind::Rate, 0)).lines[0].values.iter().flatten() {
            assert!((value - 20.0).abs() < 0.5, "{value} after {age} s");
        }
    }
}

#[test]
fn nothing_asked_is_no_gap_in_reading_and_no_number() {
    let mut idle = MemorySeries::default();
    let mut samples = Samples::default();
    for n in 0..200 {
        samples.push(NOW - 3_000_000 + n * 15_000, 7.0);
    }
    let labels = [("__name__", "http_requests_total"), ("service", "a"), ("code", "200")];
    idle.append(&Labels::from_pairs(labels), &samples);
    assert_eq!(all_near(&chart(&idle, &ask(ChartKind::Rate, 0)), 0, 0.0), 60);
    let errors = chart(&idle, &ask(ChartKind::Errors, 0));
    assert!(errors.seen.iter().all(|seen| *seen) && errors.lines[0].values.iter().all(Option::is_none));
}

#[test]
fn as_time_goes_on_old_points_stay_what_they_were() {
    let source = source(&[(3_000, 4)]);
    let before = chart(&source, &ask(ChartKind::Latency, 0));
    let later = ChartAsk::new(ChartKind::Latency, &signals(SignalSource::Scraper), RANGES[0], NOW - 30_000);
    let earlier = chart(&source, &later.unwrap());
    for index in 2..60 {
        let (now, then) = (&before.lines[1].values[index - 2], &earlier.lines[1].values[index]);
        assert_eq!((before.at(index - 2), now), (earlier.at(index), then));
    }
}

#[test]
fn moments_and_steps_match() {
    let chart = Chart {
        start_ms: 1_000,
        step_ms: 500,
        window: Duration::ZERO,
        lines: Vec::new(),
        seen: vec![true; 3],
    };
    assert_eq!((chart.at(2), chart.end_ms()), (2_000, 2_000));
    let at = [999, 1_000, 1_001, 2_000, 2_500, i64::MIN / 2].map(|at| chart.index(at));
    assert_eq!(at, [None, Some(0), None, Some(2), None, None]);
}
