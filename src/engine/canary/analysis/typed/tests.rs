//! What people type, what is refused, and what comes back.

use proptest::prelude::*;

use super::super::Analysis;
use crate::engine::verdict::Importance;
use crate::engine::verdict::analysis::{Checks, Rules};
use crate::engine::verdict::argo::Template;
use crate::engine::verdict::condition::Condition;
use crate::engine::verdict::flagger::Range;

fn read(text: &str) -> Analysis {
    text.parse().unwrap()
}

#[test]
fn a_condition_is_argo_s_with_argo_s_defaults() {
    let query = "sum(rate(http_requests_total{code!~\"5..;\"}[1m])) / sum(rate(http_requests_total[1m]))";
    let typed = format!("success-rate: {query}; success: result[0] >= 0.95");
    let once = read(&typed);
    let success = Some(Condition::parse("result[0] >= 0.95").unwrap());
    let template = Template { success: success.clone(), count: Some(1), ..Template::default() };
    let want = Analysis {
        name: "success-rate".to_owned(),
        importance: Importance::Critical,
        queries: vec![query.to_owned()],
        rules: Rules::Argo(template.clone()),
        interval_s: None,
        delay_s: 0,
    };
    assert_eq!(once, want);
    // With an interval and no count it goes on for as long as the step lasts.
    let endless =
        read(&format!("{typed}; interval: 1m; failureLimit: 2; initialDelay: 30s; importance: advisory"));
    let template = Template { count: None, failure_limit: Some(2), ..template };
    let (rules, interval_s) = (Rules::Argo(template), Some(60));
    assert_eq!(
        endless,
        Analysis { rules, interval_s, delay_s: 30, importance: Importance::Advisory, ..want }
    );
}

#[test]
fn a_range_is_flagger_s_and_several_share_a_threshold() {
    let one = read("rate: sum(x); min: 99");
    let Rules::Flagger(checks) = &one.rules else { panic!("{one:?}") };
    assert_eq!((checks.threshold, one.interval_s), (5, Some(60)));
    let two =
        read("edge:; check: rate: sum(x); min: 99; check: p99: y; max: 0.5; threshold: 3; interval: 30s");
    let range = |min, max| Range { min, max };
    let ranges =
        vec![("rate".to_owned(), range(Some(99.0), None)), ("p99".to_owned(), range(None, Some(0.5)))];
    assert_eq!(two.rules, Rules::Flagger(Checks { threshold: 3, ranges }));
    assert_eq!(
        (two.name.as_str(), two.queries, two.interval_s),
        ("edge", vec!["sum(x)".into(), "y".into()], Some(30))
    );
}

#[test]
fn what_is_wrong_is_quoted() {
    let cases = [
        ("", "\"\" has no name before a colon"),
        ("up", "\"up\" has no name before a colon"),
        ("a b: up; success: result[0] > 1", "\"a b\" is no name"),
        ("up:; success: result > 1", "it has no expression"),
        ("a: up", "it says neither success nor failure, min nor max"),
        ("a: up; success: result[1] > 1", "column 8: expected `[0]`"),
        ("a: up; sucess: result > 1", "\"sucess\" is unknown; did you mean success?"),
        ("a: up; success", "\"success\" has no value"),
        ("a: up; success: result > 1; max: 3", "success is Argo's and max Flagger's"),
        ("a: up{b=\"c; success: result > 1", "a string begins with \" and does not end"),
        ("a: up; success: result > 1; count: many", "count \"many\" is no whole number"),
        ("a: up; success: result > 1; count: 3", "no interval says how often"),
        ("a: up; success: result > 1; count: 0; interval: 1m", "its count is 0"),
        ("a: up; success: result > 1; interval: soon", "interval \"soon\" is no time such as 30s or 5m"),
        (
            "a: up; success: result > 1; interval: 1s",
            "its interval is 1 s; nobody is asked more often than every 5 s",
        ),
        (
            "a: up; success: result > 1; importance: grave",
            "importance \"grave\" is neither critical nor advisory",
        ),
        ("a: up; max: 1; threshold: 0", "its threshold is 0"),
        ("a: up; max: inf", "a has no range"),
        ("a: up; min: 3; max: 1", "a has no range"),
        ("a:; min: 3", "min stands before any expression"),
        ("a: up; threshold: 3", "a has no range"),
    ];
    for (text, want) in cases {
        let error = text.parse::<Analysis>().unwrap_err().to_string();
        assert!(error.contains(want), "{text}: {error}");
    }
    let chain = format!("a: up; success: result > 1{}", " || result > 1".repeat(60));
    assert!(
        chain.parse::<Analysis>().unwrap_err().to_string().contains("a condition of more than 500 bytes")
    );
    let long = format!("a: {}; max: 1", "u".repeat(5_000));
    assert!(long.parse::<Analysis>().unwrap_err().to_string().contains("5000 bytes"));
}

fn argo() -> impl Strategy<Value = Rules> {
    let limit = || proptest::option::of(0_u32..9);
    let conditions = (-1e3_f64..1e3, any::<bool>(), any::<bool>());
    (conditions, limit(), limit(), limit(), limit(), proptest::option::of(1_u32..9)).prop_map(
        |((with, failing, both), failure, inconclusive, errors, successes, count)| {
            let success = Condition::parse(&format!("isNaN(result) || result[0] >= {with}")).ok();
            let worse = Condition::parse(&format!("result[0] < {with}")).ok().filter(|_| failing || both);
            Rules::Argo(Template {
                success: success.filter(|_| !failing || both),
                failure: worse,
                failure_limit: failure,
                inconclusive_limit: inconclusive,
                consecutive_error_limit: errors,
                consecutive_success_limit: successes,
                count,
            })
        },
    )
}

fn flagger() -> impl Strategy<Value = Rules> {
    let range = ("[a-z][a-z0-9-]{0,9}", -1e3_f64..0.0, 0.0..1e3_f64, 0_u8..3);
    (1_u32..9, proptest::collection::vec(range, 1..4)).prop_map(|(threshold, ranges)| {
        let range = |(name, min, max, kind)| {
            (name, Range { min: (kind != 1).then_some(min), max: (kind != 2).then_some(max) })
        };
        Rules::Flagger(Checks { threshold, ranges: ranges.into_iter().map(range).collect() })
    })
}

proptest! {
    #[test]
    fn what_is_shown_can_be_typed(
        rules in prop_oneof![argo(), flagger()],
        name in "[a-z][a-z0-9.-]{0,20}",
        query in "[a-z_:]{1,9}\\{a=\"[a-z; ]{0,9}\"\\}( / [a-z_]{1,5})?",
        interval in 5_u32..4_000,
        delay_s in 0_u32..900,
        advisory in any::<bool>(),
    ) {
        let queries = match &rules {
            Rules::Argo(_) => vec![query],
            Rules::Flagger(checks) => checks.ranges.iter().map(|_| query.clone()).collect(),
        };
        let importance = if advisory { Importance::Advisory } else { Importance::Critical };
        let interval_s = Some(interval);
        let analysis = Analysis { name, importance, queries, rules, interval_s, delay_s };
        let text = analysis.to_string();
        prop_assert_eq!(text.parse::<Analysis>().unwrap(), analysis.clone(), "{}", text);
        let json = serde_json::to_string(&analysis).unwrap();
        prop_assert_eq!(serde_json::from_str::<Analysis>(&json).unwrap(), analysis);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        let _either = text.parse::<Analysis>();
    }

    #[test]
    fn any_mix_of_parts_is_read_or_refused(parts in proptest::collection::vec(proptest::sample::select(vec![
        "a: up", "b:", "; ", "success: ", "failure: ", "result[0] >= 1", "count: 2", "interval: 10s", "min: 1",
        "max: -2", "check: c: y", "threshold: 2", "\"", "'", "`", "\\", ":", ";", "é", "importance: advisory",
    ]), 0..12)) {
        let text = parts.concat();
        if let Ok(read) = text.parse::<Analysis>() {
            prop_assert_eq!(read.to_string().parse::<Analysis>().unwrap(), read);
        }
    }
}
