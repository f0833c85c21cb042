//! Budgets worked out by hand, on series made up for them.

use super::*;
use crate::domain::{SLOT_S, Slot};
use crate::promql::{Labels, Limits, Local, MemorySeries, Samples};
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 86_400;
/// A moment on a slot's edge, 100 days after the epoch.
const NOW: i64 = 100 * DAY;

fn slo(objective: f64, days: u64) -> Arc<Slo> {
    let text = format!(
        "version: prometheus/v1\nservice: checkout\nslos:\n  - name: a\n    objective: {objective}\n    sli:\n      events:\n        error_query: sum(rate(r{{namespace=\"shop\",code=~\"5..\"}}[{{{{.window}}}}]))\n        total_query: sum(rate(r{{namespace=\"shop\"}}[{{{{.window}}}}]))\n"
    );
    let slo = read("a.yaml", &text).slos.remove(0);
    Arc::new(Slo { window: Window::Rolling(Duration::from_hours(24 * days)), ..slo })
}

/// Slots of `count` up to now, with `bad` given their age in slots (0 is the newest).
fn slots(count: u32, total: f32, bad: impl Fn(u32) -> f32) -> Vec<Slot> {
    let end = Slot::index_at(NOW);
    let one = |age: u32| Slot { index: end - 1 - age, bad: bad(age), total, covered: 300, simulated: false };
    (0..count).rev().map(one).collect()
}

fn assess_now(slo: &Arc<Slo>, slots: &[Slot]) -> SloStatus {
    assess(slo, slots, Sight { now: NOW, frontier: NOW, trouble: None })
}

fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-6 * b.abs().max(1.0), "{a} is not {b}");
}

const MONTH: u32 = 30 * 288;

#[test]
fn a_budget_by_hand() {
    // 100 events in each of 8,640 slots; 29 % of 864 allowed bad events spent long ago.
    let spent = slots(MONTH, 100.0, |age| if age == 5_000 { 250.56 } else { 0.0 });
    // 250 of 100 cannot be: spread over three slots below 100 each.
    let spread = |age: u32| if (5_000..5_003).contains(&age) { 83.52 } else { 0.0 };
    let status = assess_now(&slo(99.9, 30), &slots(MONTH, 100.0, spread));
    close(status.budget.remaining(), 1.0 - 250.56 / 864.0);
    close(status.budget.coverage, 1.0);
    assert_eq!((status.standing.clone(), status.unit), (Standing::Counted, Unit::Events));
    assert_eq!((status.exhaustion, status.exhaustion_net), (Exhaustion::Never, Exhaustion::Never));
    assert!(status.rows.iter().all(|row| row.state == RowState::Quiet));
    close(f64::from(status.burndown.last().unwrap().unwrap()), status.budget.remaining());
    close(f64::from(status.burndown[0].unwrap()), 1.0);
    assert_eq!(status.namespace.as_deref(), Some("shop"));
    assert!((assess_now(&slo(99.9, 30), &spent).budget.total - 864_000.0).abs() < 1e-6);
}

#[test]
fn burning_fast_fires_and_the_end_is_near() {
    // The last two hours 2 % bad: 20 times sustainable.
    let history = slots(MONTH, 1_000.0, |age| if age < 24 { 20.0 } else { 0.0 });
    let status = assess_now(&slo(99.9, 30), &history);
    close(status.burn().unwrap(), 20.0);
    let first = status.rows[0];
    // Above 14.4 times 0.1 % over one hour: 45 min of 2 % make 1.5 %.
    assert_eq!(first.state, RowState::Firing { since: NOW - 120 * 60 + 45 * 60 });
    assert_eq!(status.firing(), Some(Severity::Page));
    // Six hours hold a third of it: 6.67, above 6.
    close(status.rows[1].long.burn.unwrap(), 20.0 / 3.0);
    assert!(matches!(status.rows[1].state, RowState::Firing { .. }), "{:?}", status.rows[1].state);
    let spent = 480.0 / 8_640.0;
    close(status.budget.remaining(), 1.0 - spent);
    let Exhaustion::In(left) = status.exhaustion else { panic!("{:?}", status.exhaustion) };
    close(left.as_secs_f64(), (1.0 - spent) * 30.0 * 86_400.0 / 20.0);
    // Nothing bad leaves the window in the next day and a half: the same, to the slot.
    let Exhaustion::In(net) = status.exhaustion_net else { panic!("{:?}", status.exhaustion_net) };
    close(net.as_secs_f64(), (left.as_secs_f64() / 300.0).ceil() * 300.0);
}

#[test]
fn what_rolls_off_is_counted_out() {
    // The whole budget but one event was spent in the oldest day; now a burn of 1.2.
    let history = slots(MONTH, 1_000.0, |age| match age {
        0..12 => 1.2,
        _ if age >= MONTH - 288 => 29.0,
        _ => 0.0,
    });
    let status = assess_now(&slo(99.9, 30), &history);
    let days = |exhaustion| match exhaustion {
        Exhaustion::In(left) => left.as_secs_f64() / 86_400.0,
        Exhaustion::Already | Exhaustion::Never => panic!("{exhaustion:?}"),
    };
    assert!(days(status.exhaustion) < 1.0, "{:?}", status.exhaustion);
    // 29 bad leave for every 1.2 that come: it takes 30 days / 1.2, less what was spent just now.
    assert!((24.9..25.0).contains(&days(status.exhaustion_net)), "{:?}", status.exhaustion_net);
}

#[test]
fn a_row_about_to_fire_says_when() {
    // Ten minutes at 5 %: the short window is far above 1.44 %, the hour at 0.83 %.
    let status = assess_now(&slo(99.9, 30), &slots(MONTH, 600.0, |age| if age < 2 { 30.0 } else { 0.0 }));
    let RowState::Rising { fires_in } = status.rows[0].state else { panic!("{:?}", status.rows[0].state) };
    // 5 % for t minutes of 60 is above 1.44 % from 17.28 minutes on: 7.28 from now.
    assert!((435..=455).contains(&fires_in.as_secs()), "{fires_in:?}");
}

#[test]
fn low_traffic_pages_nobody() {
    // Five events an hour, one of them bad: 200 times sustainable, and one event.
    let quiet = slots(MONTH, 0.4, |age| if age == 0 { 0.4 } else { 0.0 });
    let status = assess_now(&slo(99.9, 30), &quiet);
    assert!(status.burn().unwrap() > 14.4);
    assert_eq!(status.rows[0].state, RowState::TooFew);
    assert_eq!(status.firing(), None);
}

#[test]
fn gaps_are_gaps_and_coverage_says_so() {
    // Three hours observed, a gap of one in the middle.
    let kept: Vec<Slot> = slots(36, 100.0, |_| 0.05)
        .into_iter()
        .filter(|s| !(12..24).contains(&(Slot::index_at(NOW) - 1 - s.index)))
        .collect();
    let status = assess_now(&slo(99.9, 30), &kept);
    close(status.budget.remaining(), 0.5);
    close(status.budget.coverage, 2.0 / 720.0);
    close(status.budget.total, 2_400.0);
    let day = assess_now(&slo(99.9, 1), &kept);
    assert!(day.burndown.iter().filter(|p| p.is_none()).count() > 140, "gaps are not drawn");
}

#[test]
fn the_ways_of_having_no_number() {
    let slo = slo(99.9, 30);
    let at = |slots: &[Slot], now| assess(&slo, slots, Sight { now, frontier: now, trouble: None }).standing;
    assert_eq!(at(&[], NOW), Standing::Absent);
    assert_eq!(at(&slots(12, 0.0, |_| 0.0), NOW), Standing::NoTraffic);
    assert_eq!(at(&slots(12, 9.0, |_| 0.0), NOW), Standing::NoErrors);
    assert_eq!(at(&slots(12, 9.0, |_| 10.0), NOW), Standing::Inconsistent);
    assert_eq!(at(&slots(12, 9.0, |_| 1.0), NOW + 3_600), Standing::Stale { since: NOW });
    let failed = Sight { now: NOW, frontier: NOW, trouble: Some("502") };
    assert_eq!(assess(&slo, &Vec::new(), failed).standing, Standing::Failed { why: "502".to_owned() });
    let idle = assess_now(&slo, &slots(12, 0.0, |_| 0.0));
    assert_eq!((idle.left(), idle.burn()), (Some(1.0), None));
}

/// A counter sampled every 15 s up to `until`, as `value` has it by its age in seconds.
fn counter(source: &mut MemorySeries, code: &str, from: i64, until: i64, value: impl Fn(i64) -> f64) {
    let labels = [("__name__", "r"), ("namespace", "shop"), ("code", code)];
    let mut samples = Samples::default();
    let mut at = from;
    while at <= until {
        samples.push(at * 1000, value(at));
        at += 15;
    }
    source.append(&Labels::from_pairs(labels), &samples);
}

fn measured(source: &MemorySeries, first: i64, now: i64) -> Vec<Slot> {
    let limits = Limits::default();
    let answers = Local { series: source, limits: &limits };
    measure(&slo(99.9, 30), &answers, Reach { first: Slot::index_at(first), now, look: true }).unwrap()
}

#[test]
fn slots_hold_what_was_counted() {
    let mut source = MemorySeries::default();
    counter(&mut source, "200", NOW - 900, NOW + 120, |at| (at - NOW + 900) as f64 * 10.0);
    counter(&mut source, "500", NOW - 900, NOW + 120, |at| (at - NOW + 900) as f64 * 0.5);
    let slots = measured(&source, NOW - 900, NOW + 120);
    assert_eq!(slots.len(), 4, "{slots:?}");
    for slot in &slots[1..3] {
        close(f64::from(slot.total), 3_150.0);
        close(f64::from(slot.bad), 150.0);
        assert_eq!(u32::from(slot.covered), SLOT_S);
    }
    let under_way = slots[3];
    close(f64::from(under_way.total), 1_260.0);
    assert_eq!(under_way.covered, 120);
    assert_eq!(measured(&source, NOW, NOW + 45), [], "too young to be counted");
}

#[test]
fn a_reset_is_no_loss_and_a_birth_of_errors_is_no_gap() {
    let mut source = MemorySeries::default();
    // The process restarts 100 s into the slot: its counter begins at zero.
    let restart = NOW - 200;
    let value = |at: i64| if at < restart { (at - NOW + 10_000) as f64 } else { (at - restart) as f64 };
    counter(&mut source, "200", NOW - 300, NOW, value);
    let slots = measured(&source, NOW - 300, NOW);
    assert_eq!(slots.len(), 1);
    // 20 s of the restart are lost at most: one sample interval, extrapolated over.
    assert!((280.0..=300.0).contains(&slots[0].total), "{slots:?}");
    assert!(slots[0].bad.abs() < f32::EPSILON, "no errors yet is zero, not unknown");
}

#[test]
fn nothing_scraped_is_no_slot_and_half_is_half() {
    let mut source = MemorySeries::default();
    counter(&mut source, "200", NOW - 150, NOW, |at| (at - NOW + 150) as f64 * 2.0);
    let slots = measured(&source, NOW - 900, NOW);
    assert_eq!(slots.len(), 1, "{slots:?}");
    assert!((290.0..=320.0).contains(&slots[0].total), "only what was seen: {slots:?}");
    assert!((120..=180).contains(&slots[0].covered), "{slots:?}");
}

#[test]
fn every_kind_is_counted_by_promql_that_parses() {
    let query = |text: &str| QueryTemplate::new(text);
    let kinds = [
        Sli::BadOfTotal { bad: query("b{a=\"1\"}"), total: query("t") },
        Sli::GoodOfTotal { good: query("x_bucket{le=\"1\"}"), total: query("x_count") },
        Sli::Raw { ratio: query("avg_over_time(e[{{.window}}])"), success: true },
        Sli::BoolGauge { metric: query("probe_success{job=\"p\"}") },
        Sli::Threshold { metric: query("queue"), op: "lt".to_owned(), value: 9.0 },
    ];
    for sli in &kinds {
        let Counting { part, total } = counting(sli, Duration::from_mins(5));
        for text in [Some(part.text().to_owned()), total].into_iter().flatten() {
            assert!(promql_parser::parser::parse(&text).is_ok(), "{text}");
        }
    }
    let latency = counting(&kinds[1], Duration::from_mins(5));
    assert_eq!(latency.part, Part::Good("sum(increase(x_bucket{le=~\"1(\\\\.0)?\"}[5m]))".to_owned()));
}
