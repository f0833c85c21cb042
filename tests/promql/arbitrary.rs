//! No text makes the parser or the evaluator panic, and none takes for ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use quarterdeck::promql::{Error, Interrupt, Labels, Limits, MemorySeries, Samples, function_names, parse};

fn series() -> MemorySeries {
    let mut all = MemorySeries::default();
    for (i, le) in (0_i64..).zip(["0.1", "1", "+Inf", "x"]) {
        let labels = Labels::from_pairs([("__name__", "foo"), ("le", le), ("a", "b")]);
        let mut samples = Samples::default();
        for step in 0..40_i64 {
            let value = match (step + i) % 11 {
                5 => f64::NAN,
                6 => f64::INFINITY,
                7 => quarterdeck::promql::stale::STALE,
                other => other as f64,
            };
            samples.push(step * 15_000, value);
        }
        all.append(&labels, &samples);
    }
    all
}

/// Small limits, and a check that gives up after a while: time stays bounded
/// without a clock.
fn limits() -> Limits {
    let asked = AtomicUsize::new(0);
    let check = move || (asked.fetch_add(1, Ordering::Relaxed) > 20_000).then_some(Interrupt::Deadline);
    Limits { max_samples: 200_000, check: Arc::new(check), ..Limits::default() }
}

fn exercise(text: &str) {
    let Ok(query) = parse(text) else {
        return;
    };
    let source = series();
    let _ = query.instant(&source, 300_000, &limits());
    let _ = query.range(&source, 0, 600_000, 30_000, &limits());
}

/// Pieces that make syntactically likely expressions.
fn piece() -> impl Strategy<Value = String> {
    let names: Vec<&str> = function_names().collect();
    prop_oneof![
        4 => proptest::sample::select(names).prop_map(str::to_owned),
        8 => proptest::sample::select(vec![
            "foo", "foo{a=\"b\"}", "{__name__=~\".+\"}", "[5m]", "[5m:]", "[1h:1s]", "(", ")",
            ",", "+", "-", "*", "/", "%", "^", "==bool", ">", "and", "or", "unless", "atan2",
            "on(a)", "ignoring(le)", "group_left", "by(a)", "without(le)", "sum", "topk",
            "quantile", "count_values", "offset 1m", "offset -1m", "@ 10", "@ start()", "@ end()",
            "\"le\"", "\"(.*)\"", "\"$1\"", "1", "0", "-1", "NaN", "Inf", "1e308", "0x1f", "bool",
            "é", "\"\\xff\"", "`", "{", "}", "[", "]", "#",
        ]).prop_map(str::to_owned),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,60}") {
        exercise(&text);
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        exercise(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_mix_of_pieces_is_survived(pieces in proptest::collection::vec(piece(), 1..14)) {
        exercise(&pieces.join(" "));
    }

    #[test]
    fn every_function_survives_any_arguments(
        name in proptest::sample::select(function_names().collect::<Vec<_>>()),
        args in proptest::collection::vec(proptest::sample::select(vec![
            "foo", "foo[2m]", "foo[2m:10s]", "0.5", "-1", "NaN", "1e300", "\"a\"", "\"(.*)\"",
            "time()", "vector(1)", "sum(foo)",
        ]), 0..6),
    ) {
        exercise(&format!("{name}({})", args.join(", ")));
    }
}

#[test]
fn the_check_stops_an_evaluation() {
    let query = parse("foo").unwrap();
    let source = series();
    for reason in [Interrupt::Deadline, Interrupt::Cancelled] {
        let limits = Limits { check: Arc::new(move || Some(reason)), ..Limits::default() };
        assert_eq!(query.instant(&source, 0, &limits).unwrap_err(), Error::Interrupted(reason));
    }
}

#[test]
fn limits_hold() {
    let source = series();
    let small = Limits { max_samples: 20, ..Limits::default() };
    let tight = parse("foo[5m]").unwrap().instant(&source, 300_000, &small);
    assert_eq!(tight.unwrap_err(), Error::TooManySamples(20));
    let query = parse("foo").unwrap();
    let fine = query.range(&source, 0, 12_000_000, 1_000, &Limits::default());
    assert_eq!(fine.unwrap_err(), Error::TooManySteps { asked: 12_001, max: 11_000 });
    let zero = query.range(&source, 0, 10, 0, &Limits::default()).unwrap_err();
    assert!(matches!(zero, Error::BadRange(_)));
    let back = query.range(&source, 10, 0, 1, &Limits::default()).unwrap_err();
    assert!(matches!(back, Error::BadRange(_)));
    for at in [i64::MIN, i64::MAX] {
        assert!(matches!(query.instant(&source, at, &Limits::default()), Err(Error::BadRange(_))));
    }
    // A subquery cannot multiply its way around the limit.
    let nested = parse("max_over_time(sum_over_time(foo[1h:1ms])[30d:1ms])").unwrap();
    assert!(nested.instant(&source, 300_000, &Limits::default()).is_err());
}
