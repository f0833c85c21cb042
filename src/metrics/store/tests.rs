#![allow(clippy::cast_possible_wrap, reason = "small numbers of tests")]

use super::*;

use crate::promql::stale::STALE;
use crate::promql::{Limits, MemorySeries, Value, parse};
use proptest::prelude::*;

fn labels(name: &str, pod: usize) -> Labels {
    Labels::from_pairs([("__name__", name), ("pod", &format!("web-{pod}"))])
}

fn all(store: &Store) -> Vec<(String, Vec<(i64, u64)>)> {
    let mut list = Vec::new();
    let everything = Window { after_ms: i64::MIN, until_ms: i64::MAX };
    store
        .select(&[], everything, &mut |labels, samples| {
            let points = samples.times.iter().copied();
            let values = samples.values.iter().map(|v| v.to_bits());
            list.push((labels.to_string(), points.zip(values).collect()));
            Ok(())
        })
        .unwrap();
    list.sort();
    list
}

#[test]
fn order_and_duplicates() {
    let mut store = Store::new(Caps::default());
    let id = store.series(&labels("a", 0)).unwrap();
    assert_eq!(store.series(&labels("a", 0)).unwrap(), id);
    assert_eq!(store.append(id, 1000, 1.0), Append::Stored);
    assert_eq!(store.append(id, 1000, 1.0), Append::Duplicate);
    assert_eq!(store.append(id, 1000, 2.0), Append::Conflict);
    assert_eq!(store.append(id, 999, 2.0), Append::OutOfOrder);
    assert_eq!(store.append(id, 1001, STALE), Append::Stored);
    assert_eq!(store.append(id, 1001, STALE), Append::Duplicate);
    assert_eq!(all(&store)[0].1, [(1000, 1.0_f64.to_bits()), (1001, STALE.to_bits())]);
}

#[test]
fn selects_by_name_label_and_window() {
    let mut store = Store::new(Caps::default());
    for pod in 0..3 {
        for name in ["a", "b"] {
            let id = store.series(&labels(name, pod)).unwrap();
            for i in 0..300 {
                store.append(id, i * 1000, i as f64);
            }
        }
    }
    let window = Window { after_ms: 100_000, until_ms: 200_000 };
    let matchers = [Matcher::equal("__name__", "a"), Matcher::equal("pod", "web-1")];
    let mut seen = 0;
    store
        .select(&matchers, window, &mut |labels, samples| {
            seen += 1;
            assert_eq!(labels.get("pod"), "web-1");
            assert_eq!((samples.len(), samples.times[0], samples.times[99]), (100, 101_000, 200_000));
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 1);
    let two_names = [Matcher::equal("__name__", "a"), Matcher::equal("__name__", "b")];
    store.select(&two_names, window, &mut |_, _| panic!("no series has two names")).unwrap();
}

#[test]
fn bytes_are_bounded_and_the_oldest_goes_first() {
    let caps = Caps { bytes: 200_000, ..Caps::default() };
    let mut store = Store::new(caps);
    let ids: Vec<SeriesId> = (0..50).map(|pod| store.series(&labels("a", pod)).unwrap()).collect();
    for i in 0..20_000_i64 {
        for id in &ids {
            // Hard to compress on purpose.
            let value =
                f64::from_bits(0x3ff0_0000_0000_0000 | (i as u64).wrapping_mul(0x9e37_79b9_7f4a) >> 2);
            store.append(*id, i * 15_000, value);
        }
        assert!(store.stats().bytes <= caps.bytes);
    }
    let stats = store.stats();
    assert!(stats.evicted_chunks > 1000, "{stats:?}");
    let newest = 19_999 * 15_000;
    assert!(all(&store).iter().all(|(_, points)| points.last().unwrap().0 == newest));
}

#[test]
fn the_accounts_match_what_is_there() {
    let mut store = Store::new(Caps::default());
    for i in 0..1000_i64 {
        for pod in 0..20 {
            let id = store.series(&labels("a", pod)).unwrap();
            store.append(id, i * 15_000, (i * 7 + pod as i64) as f64);
        }
    }
    let counted: usize = store
        .slots
        .iter()
        .filter_map(|slot| slot.stored.as_ref())
        .map(|stored| stored.bytes() + index_bytes(&stored.labels))
        .sum();
    let slack = counted / 50;
    assert!(store.bytes.abs_diff(counted) <= slack, "{} {counted}", store.bytes);
    store.sweep(1000 * 15_000 + 100 * 3_600_000);
    assert_eq!(store.stats().series, 0);
    assert!(store.bytes <= slack, "{}", store.bytes);
}

#[test]
fn series_are_bounded() {
    let mut store = Store::new(Caps { series: 2, ..Caps::default() });
    store.series(&labels("a", 0)).unwrap();
    store.series(&labels("a", 1)).unwrap();
    let full = store.series(&labels("a", 2)).unwrap_err();
    assert!(full.to_string().starts_with("the sample store is full: 2 series"), "{full}");
    assert!(store.series(&labels("a", 1)).is_ok());
}

#[test]
fn a_removed_series_never_comes_back_as_another() {
    let caps = Caps { age_ms: 60_000, ..Caps::default() };
    let mut store = Store::new(caps);
    let old = store.series(&labels("a", 0)).unwrap();
    store.append(old, 0, 1.0);
    store.sweep(120_000);
    let new = store.series(&labels("b", 0)).unwrap();
    let everything = Window { after_ms: i64::MIN, until_ms: i64::MAX };
    let pod = [Matcher::equal("pod", "web-0")];
    let mut seen = 0;
    store.append(new, 120_000, 1.0);
    store
        .select(&pod, everything, &mut |_, _| {
            seen += 1;
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, 1, "a slot used again is listed once");
    assert_eq!(store.append(old, 130_000, 1.0), Append::Gone);
    assert_eq!(store.append(new, 130_000, 1.0), Append::Stored);
    assert_eq!(all(&store).len(), 1);
}

#[test]
fn a_clock_that_jumps_forward_does_not_age_everything() {
    let mut store = Store::new(Caps { age_ms: 3_600_000, ..Caps::default() });
    let id = store.series(&labels("a", 0)).unwrap();
    for i in 0..240 {
        store.append(id, i * 15_000, 1.0);
    }
    store.sweep(3_600_000);
    store.sweep(3_600_000 + 365 * 86_400_000);
    assert_eq!(store.stats().samples, 240);
    store.sweep(3_600_000);
    assert_eq!(store.stats().samples, 240);
}

#[test]
fn a_clock_that_jumps_back_forgets_the_future() {
    let mut store = Store::new(Caps::default());
    let id = store.series(&labels("a", 0)).unwrap();
    for i in 0..500 {
        store.append(id, i * 1000, i as f64);
    }
    store.rewind(130_500);
    let points = all(&store)[0].1.clone();
    assert_eq!((points.len(), points[130].0), (131, 130_000));
    assert_eq!(store.append(id, 130_600, 7.0), Append::Stored);
}

#[test]
fn queries_run_on_the_store() {
    let mut store = Store::new(Caps::default());
    for pod in 0..4 {
        let id = store.series(&labels("c_total", pod)).unwrap();
        for i in 0..400_i64 {
            store.append(id, i * 15_000, (i * 30) as f64);
        }
    }
    let query = parse("sum(rate(c_total[5m]))").unwrap();
    let (value, _) = query.instant(&store, 3_600_000, &Limits::default()).unwrap();
    let Value::Vector(samples) = value else { panic!("{value:?}") };
    assert!((samples[0].value - 8.0).abs() < 1e-9);
}

#[derive(Debug, Clone)]
enum Action {
    Append(usize, i64, f64),
    Rewind(i64),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        50 => (0_usize..3, 0_i64..40_000, prop_oneof![
            (0_i64..1000).prop_map(|n| n as f64), any::<f64>(), Just(STALE),
        ]).prop_map(|(series, step, value)| Action::Append(series, step, value)),
        1 => (0_i64..3_000_000).prop_map(Action::Rewind),
    ]
}

proptest! {
    /// Against the plain list in memory: the same samples after any history.
    #[test]
    fn like_a_plain_list(actions in proptest::collection::vec(action(), 1..600)) {
        let mut store = Store::new(Caps::default());
        let mut model: Vec<Vec<(i64, u64)>> = vec![Vec::new(); 3];
        let mut now = 0;
        for action in actions {
            match action {
                Action::Append(series, step, value) => {
                    now += step;
                    let id = store.series(&labels("m", series)).unwrap();
                    let fresh = model[series].last().is_none_or(|(at, _)| *at < now);
                    let outcome = store.append(id, now, value);
                    prop_assert_eq!(outcome == Append::Stored, fresh);
                    if fresh {
                        model[series].push((now, value.to_bits()));
                    }
                }
                Action::Rewind(to) => {
                    store.rewind(to);
                    now = now.min(to);
                    for list in &mut model {
                        list.retain(|(at, _)| *at <= to);
                    }
                }
            }
        }
        let want: Vec<Vec<(i64, u64)>> = model.into_iter().filter(|l| !l.is_empty()).collect();
        let got: Vec<Vec<(i64, u64)>> = all(&store).into_iter().map(|(_, points)| points).collect();
        prop_assert_eq!(got, want);
    }

    /// The store and a list in memory answer queries alike.
    #[test]
    fn like_a_list_to_promql(values in proptest::collection::vec(0_u32..100, 50..300)) {
        let mut store = Store::new(Caps::default());
        let mut list = MemorySeries::default();
        let id = store.series(&labels("c_total", 0)).unwrap();
        let mut samples = Samples::default();
        for (i, value) in values.iter().enumerate() {
            store.append(id, i as i64 * 15_000, f64::from(*value));
            samples.push(i as i64 * 15_000, f64::from(*value));
        }
        list.append(&labels("c_total", 0), &samples);
        let query = parse("increase(c_total[3m])").unwrap();
        let end = values.len() as i64 * 15_000;
        let ours = query.range(&store, 0, end, 7_000, &Limits::default()).unwrap();
        let plain = query.range(&list, 0, end, 7_000, &Limits::default()).unwrap();
        prop_assert_eq!(ours, plain);
    }
}
