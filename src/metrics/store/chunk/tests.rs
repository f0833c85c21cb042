#![allow(clippy::cast_possible_wrap, reason = "small numbers of tests")]

use super::*;
use crate::promql::stale::STALE;
use proptest::prelude::*;

fn round_trip(samples: &[(i64, f64)]) -> Vec<(i64, u64)> {
    let mut head = Head::default();
    let mut out = Vec::new();
    for (at, value) in samples {
        head.push(*at, *value);
    }
    let sealed = head.clone().seal();
    sealed.each(|at, value| {
        out.push((at, value.to_bits()));
        ControlFlow::Continue(())
    });
    let mut open = Vec::new();
    head.each(|at, value| {
        open.push((at, value.to_bits()));
        ControlFlow::Continue(())
    });
    assert_eq!(out, open);
    out
}

fn value() -> impl Strategy<Value = f64> {
    prop_oneof![
        8 => (0_i64..10_000).prop_map(|n| n as f64),
        4 => (0_i64..1_000_000).prop_map(|n| n as f64 / 100.0),
        2 => any::<f64>(),
        1 => proptest::sample::select(vec![
            f64::NAN, f64::INFINITY, f64::NEG_INFINITY, STALE, 0.0, -0.0, 1e300, 5e-324,
            9_007_199_254_740_993.0, -1e15, 0.1 + 0.2,
        ]),
    ]
}

proptest! {
    /// Every bit of every value comes back, in every mixture.
    #[test]
    fn lossless(
        start in -1_000_000_000_000_i64..2_000_000_000_000,
        steps in proptest::collection::vec((prop_oneof![Just(15_000_i64), 1_i64..100_000, 1_i64..1_000_000_000_000], value()), 1..200),
    ) {
        let mut at = start;
        let samples: Vec<(i64, f64)> = steps.iter().map(|(step, value)| { at += step; (at, *value) }).collect();
        let want: Vec<(i64, u64)> = samples.iter().map(|(at, v)| (*at, v.to_bits())).collect();
        prop_assert_eq!(round_trip(&samples), want);
    }
}

#[test]
fn thinning_drops_only_those_times_and_no_marker() {
    let mut head = Head::default();
    for (at, value) in [(1_000, 1.0), (2_000, 0.25), (3_000, STALE), (4_000, 7.0)] {
        head.push(at, value);
    }
    head.thin(&[2_000, 3_000, 9_000]);
    head.push(5_000, 8.5);
    let left: Vec<(i64, u64)> = head.samples().into_iter().map(|(at, value)| (at, value.to_bits())).collect();
    let want = [(1_000, 1.0), (3_000, STALE), (4_000, 7.0), (5_000, 8.5)];
    assert_eq!(left, want.map(|(at, value): (i64, f64)| (at, value.to_bits())));
}

/// Bytes per sample of full chunks, the frame included.
fn cost(next: impl Fn(u64) -> f64) -> f64 {
    let mut head = Head::default();
    let (mut bytes, mut count) = (0, 0_usize);
    for i in 0..u64::from(FULL) * 10 {
        head.push(1_700_000_000_000 + i as i64 * 15_000, next(i));
        if head.count == FULL {
            let chunk = head.seal();
            bytes += chunk.bytes();
            count += usize::from(chunk.count);
        }
    }
    bytes as f64 / count as f64
}

#[test]
fn typical_series_are_small() {
    // A repeatable scatter around a rate, as requests have.
    let noise = |i: u64| (i.wrapping_mul(2_654_435_761) >> 7) % 41;
    let total = |i: u64| (0..i).map(|k| 100 + noise(k)).sum::<u64>();
    let sums: Vec<u64> = (0..2400).map(total).collect();
    let counter = cost(|i| sums[i as usize] as f64);
    let seconds = cost(|i| sums[i as usize] as f64 / 100.0);
    let idle = cost(|_| 5.0);
    // Differences scattered evenly over ±90: the worst a steady counter does.
    let wide: Vec<u64> = (0..2400).map(|i| ((i * 2_654_435_761_u64) >> 9) % 181).collect();
    let busy = cost(|i| wide[..i as usize].iter().sum::<u64>() as f64);
    assert!(busy < 2.0, "busy {busy}");
    assert!(counter < 2.0, "counter {counter}");
    assert!(seconds < 2.5, "seconds {seconds}");
    assert!(idle < 0.8, "idle {idle}");
}
