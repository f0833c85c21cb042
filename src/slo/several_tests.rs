//! Objectives made of several, and split into several.

use super::*;
use crate::domain::{SLOT_S, Slot};
use crate::promql::{Labels, Sample, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

const NOW: i64 = 30_000 * SLOT_S as i64;

/// A journey of two objectives; `method` and `more` as OpenSLO writes them.
fn journey(method: &str, first: &str, second: &str) -> Read {
    let part = |name: &str, more: &str| {
        format!(
            "    - {{displayName: {name}, target: 0.99{more}, indicator: {{metadata: {{name: {name}}}, spec: {{ratioMetric: {{counter: true, bad: {{metricSource: {{spec: {{query: 'e_{name}{{namespace=\"shop\"}}'}}}}}}, total: {{metricSource: {{spec: {{query: 't_{name}{{namespace=\"shop\"}}'}}}}}}}}}}}}}}\n"
        )
    };
    let text = format!(
        "apiVersion: openslo/v1\nkind: SLO\nmetadata: {{name: buy}}\nspec:\n  service: shop\n  budgetingMethod: {method}\n  timeWindow: [{{duration: 1d, isRolling: true}}]\n  objectives:\n{}{}",
        part("cart", first),
        part("pay", second)
    );
    read("journey.yaml", &text)
}

fn slots(bad: impl Fn(u32) -> f32, total: f32) -> Vec<Slot> {
    let end = Slot::index_at(NOW);
    (end - 288..end)
        .map(|index| Slot { index, bad: bad(end - 1 - index), total, covered: 300, simulated: false })
        .collect()
}

fn assessed(read: &Read, cart: &[Slot], pay: &[Slot]) -> SloStatus {
    let whole = Arc::new(read.slos[0].clone());
    let Sli::Composite { parts } = &whole.sli else { panic!("{whole:?}") };
    let pieces = parts.iter().zip([cart, pay]).map(|(part, slots)| Piece { part, slots });
    assess(&whole, Past::Parts(pieces.collect()), Sight { now: NOW, frontier: NOW, trouble: None })
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-5 * b.abs().max(1.0), "{a} is not {b}");
}

#[test]
fn a_composite_is_read_beside_its_parts() {
    let read = journey("Occurrences", "", ", compositeWeight: 0.5");
    assert!(read.findings.is_empty(), "{:?}", read.findings);
    let ids: Vec<_> = read.slos.iter().map(|slo| slo.id.as_str()).collect();
    assert_eq!(ids, ["shop/buy", "shop/buy-0", "shop/buy-1"]);
    let Sli::Composite { parts } = &read.slos[0].sli else { panic!("{:?}", read.slos[0].sli) };
    assert_eq!(parts.iter().map(|part| part.weight).collect::<Vec<_>>(), [1.0, 0.5]);
    let expr = error_ratio(&read.slos[0].sli, "1h");
    assert!(expr.starts_with("1 * (") && expr.contains(" + 0.5 * ("), "{expr}");
    assert!(promql_parser::parser::parse(&expr).is_ok(), "{expr}");
    assert!(lint(&read.slos[0]).is_empty(), "{:?}", lint(&read.slos[0]));
}

#[test]
fn several_targets_of_one_indicator_are_no_composite() {
    let text = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: shop\n  budgetingMethod: Occurrences\n  timeWindow: [{duration: 1d, isRolling: true}]\n  indicator: {metadata: {name: i}, spec: {ratioMetric: {counter: true, bad: {metricSource: {spec: {query: e}}}, total: {metricSource: {spec: {query: t}}}}}}\n  objectives: [{target: 0.99}, {target: 0.999}]\n";
    let ids: Vec<_> = read("a.yaml", text).slos.into_iter().map(|slo| slo.id).collect();
    assert_eq!(ids, ["shop/a-0", "shop/a-1"]);
}

#[test]
fn a_part_that_cannot_be_used_is_told_and_the_others_stay() {
    let read = journey("Occurrences", "", ", compositeWeight: 0");
    assert_eq!(read.slos.iter().map(|slo| slo.id.as_str()).collect::<Vec<_>>(), ["shop/buy-0"]);
    let texts: Vec<_> = read.findings.iter().map(|finding| finding.text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "SLO 'buy': 'compositeWeight: 0' must be a number above 0",
            "SLO 'buy': not composed: 1 of its objectives cannot be used"
        ]
    );
}

#[test]
fn burns_of_the_parts_add_up_whatever_their_traffic() {
    let read = journey("Occurrences", "", ", compositeWeight: 0.5");
    // cart: 0.5 % bad of much traffic, burn 0.5; pay: 2 % bad of a little, burn 2 at half weight.
    let status = assessed(&read, &slots(|_| 5.0, 1_000.0), &slots(|_| 0.2, 10.0));
    close(status.burn().unwrap(), 0.5 + 0.5 * 2.0);
    close(status.budget.remaining(), 1.0 - 1.5);
    close(f64::from(status.burndown.last().unwrap().unwrap()), -0.5);
    assert_eq!((status.unit, status.standing.clone()), (Unit::Weighted, Standing::Counted));
    assert_eq!(status.namespace.as_deref(), Some("shop"));
    // A part all of whose events fail is no contradiction, however heavy it weighs.
    let outage = assessed(&read, &slots(|_| 1_000.0, 1_000.0), &slots(|_| 10.0, 10.0));
    assert_eq!(outage.standing, Standing::Counted);
    close(outage.burn().unwrap(), 150.0);
    let mad = assessed(&read, &slots(|_| 5.0, 1.0), &slots(|_| 0.0, 10.0));
    assert_eq!(mad.standing, Standing::Inconsistent);
}

#[test]
fn what_one_part_did_not_see_the_whole_did_not_see() {
    let read = journey("Occurrences", "", "");
    let half: Vec<Slot> = slots(|_| 0.0, 10.0).split_off(144);
    let status = assessed(&read, &slots(|_| 0.0, 10.0), &half);
    close(status.budget.coverage, 0.5);
    assert_eq!(assessed(&read, &slots(|_| 0.0, 10.0), &[]).standing, Standing::Absent);
}

#[test]
fn a_slice_is_bad_if_any_part_is_and_shares_are_weighed() {
    let slices = ", timeSliceTarget: 0.9, timeSliceWindow: 10m";
    // Bad in different slices: two of the 144.
    let cart = slots(|age| if age == 3 { 5.0 } else { 0.0 }, 10.0);
    let pay = slots(|age| if age == 100 { 5.0 } else { 0.0 }, 10.0);
    let status = assessed(&journey("Timeslices", slices, slices), &cart, &pay);
    assert_eq!((status.budget.bad, status.budget.total), (2.0, 144.0));
    let both = assessed(&journey("Timeslices", slices, slices), &cart, &cart);
    close(both.budget.bad, 1.0);
    let mean = ", timeSliceWindow: 10m";
    let weighed = format!("{mean}, compositeWeight: 0.5");
    let status = assessed(&journey("RatioTimeslices", mean, &weighed), &cart, &pay);
    // A quarter of the slice's events, once whole and once half.
    close(status.budget.bad, 0.25 + 0.125);
    assert_eq!(status.unit, Unit::Slices);
}

#[test]
fn a_composite_is_backtested_over_its_parts() {
    let read = journey("Occurrences", "", "");
    let (whole, good) = (&read.slos[0], slots(|_| 0.0, 1_000.0));
    let Sli::Composite { parts } = &whole.sli else { panic!() };
    let bad = slots(|age| if (100..130).contains(&age) { 500.0 } else { 0.0 }, 1_000.0);
    let past =
        Past::Parts(vec![Piece { part: &parts[0], slots: &good }, Piece { part: &parts[1], slots: &bad }]);
    let played = backtest(whole, past);
    assert_eq!((played.pages.len(), played.missed(), played.incidents.len()), (1, 0, 1));
}

fn split() -> Slo {
    let text = "version: prometheus/v1\nservice: shop\nslos:\n  - name: routes\n    objective: 99\n    sli:\n      events:\n        error_query: sum by (route) (rate(r{code=~\"5..\"}[{{.window}}]))\n        total_query: sum by (route) (rate(r[{{.window}}]))\n";
    read("a.yaml", text).slos.remove(0)
}

#[test]
fn a_query_that_keeps_labels_is_split_by_them() {
    let slo = split();
    assert_eq!(slo.group_by, ["route"]);
    assert_eq!(question(&slo).as_deref(), Some("sum by (route) (sum by (route) (rate(r[1h])))"));
    let one = within(&slo, &BTreeMap::from([("route".to_owned(), "/a".to_owned())])).unwrap();
    assert_eq!((one.id.as_str(), one.name.as_str()), ("shop/routes{route=\"/a\"}", "routes{route=\"/a\"}"));
    let Sli::BadOfTotal { bad, total } = &one.sli else { panic!() };
    assert_eq!(bad.text(), "sum by (route) (rate(r{code=~\"5..\",route=\"/a\"}[{{.window}}]))");
    assert_eq!(total.text(), "sum by (route) (rate(r{route=\"/a\"}[{{.window}}]))");
    assert_eq!(question(&Slo { group_by: Vec::new(), ..slo }), None);
}

#[test]
fn label_sets_are_bounded_and_keep_their_places() {
    let slo = split();
    let sample = |n: usize| Sample {
        labels: Labels::from_pairs([("route", format!("/{n:03}").as_str())]),
        value: if n == 0 { f64::NAN } else { n as f64 },
    };
    let found = found_groups(&slo, &Value::Vector((0..100).map(sample).collect()));
    assert_eq!((found.len(), found[0]["route"].as_str(), found[99]["route"].as_str()), (100, "/099", "/000"));
    let kept = merged_groups(&[], &found);
    assert_eq!((kept.len(), kept[0]["route"].as_str()), (MOST_GROUPS, "/099"));
    // Who is counted stays, although another has more traffic now; who is gone makes room.
    let busiest = BTreeMap::from([("route".to_owned(), "/new".to_owned())]);
    let mut later = found[1..].to_vec();
    later.insert(0, busiest.clone());
    let next = merged_groups(&kept, &later);
    assert!(!next.contains(&kept[0]) && next.contains(&kept[1]) && next.contains(&busiest), "{next:?}");
    assert_eq!(merged_groups(&kept, &[]), kept, "nothing found loses nothing");
}
