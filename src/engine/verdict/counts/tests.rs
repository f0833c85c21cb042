use proptest::prelude::*;

use super::*;

fn series(pod: &str, counter: Counter, samples: &[(i64, f64)]) -> Series {
    Series {
        pod: pod.into(),
        side: Side::Canary,
        counter,
        pod_started_ms: Some(-60_000),
        samples: samples.iter().map(|(s, v)| (s * 1_000, *v)).collect(),
    }
}

fn canary(series: &[Series], now_s: u32) -> Vec<Option<(u64, u64)>> {
    let cells = intervals(series, 30, now_s);
    cells.iter().map(|i| i.canary.map(|c| (c.n, c.e))).collect()
}

#[test]
fn differences_go_to_the_interval_of_the_later_sample() {
    let s = series("a", Counter::Requests, &[(-5, 100.0), (10, 110.0), (30, 125.0), (45, 140.0)]);
    assert_eq!(canary(&[s], 60), [Some((25, 0)), Some((15, 0))]);
}

#[test]
fn a_restart_counts_from_zero() {
    let s = series("a", Counter::Requests, &[(5, 100.0), (20, 7.0), (35, 9.0)]);
    assert_eq!(canary(&[s], 60), [Some((7, 0)), Some((2, 0))]);
}

#[test]
fn a_pod_born_in_the_step_counts_its_first_sample() {
    let mut s = series("a", Counter::Requests, &[(20, 40.0), (35, 50.0)]);
    assert_eq!(canary(&[s.clone()], 60), [Some((0, 0)), Some((10, 0))], "an old pod");
    s.pod_started_ms = Some(3_000);
    assert_eq!(canary(&[s], 60), [Some((40, 0)), Some((10, 0))], "a new pod");
}

#[test]
fn the_first_error_is_counted_though_its_series_is_new() {
    let all = series("a", Counter::Requests, &[(5, 100.0), (20, 120.0), (35, 140.0)]);
    let bad = series("a", Counter::BadRequests, &[(35, 1.0)]);
    // `rate()` would see one sample of the bad series, and nothing.
    assert_eq!(canary(&[all, bad], 60), [Some((20, 0)), Some((21, 1))]);
}

#[test]
fn what_was_there_before_the_step_is_not_news() {
    let all = series("a", Counter::Requests, &[(5, 900.0), (20, 920.0)]);
    let bad = series("a", Counter::Bad, &[(5, 33.0), (20, 35.0)]);
    assert_eq!(canary(&[all, bad], 30), [Some((20, 2))]);
}

#[test]
fn slow_is_what_is_not_fast() {
    let all = series("a", Counter::Requests, &[(1, 10.0), (20, 110.0), (50, 210.0)]);
    let fast = series("a", Counter::Good, &[(1, 10.0), (20, 100.0), (50, 100.0)]);
    assert_eq!(canary(&[all, fast], 60), [Some((100, 10)), Some((100, 100))]);
}

#[test]
fn absent_is_not_zero() {
    assert_eq!(canary(&[], 60), [None, None]);
    let quiet = series("a", Counter::Requests, &[(5, 10.0), (50, 10.0)]);
    assert_eq!(canary(&[quiet], 60), [Some((0, 0)), Some((0, 0))]);
    let gone = series("a", Counter::Requests, &[(5, 10.0), (20, 12.0)]);
    assert_eq!(canary(&[gone], 60), [Some((2, 0)), None]);
    let orphan = series("a", Counter::Bad, &[(5, 1.0), (50, 4.0)]);
    assert_eq!(canary(&[orphan], 60), [None, None], "errors without requests");
}

#[test]
fn staleness_markers_are_skipped() {
    let s = series("a", Counter::Requests, &[(5, 10.0), (10, f64::NAN), (20, 14.0)]);
    assert_eq!(canary(&[s], 30), [Some((4, 0))]);
}

proptest! {
    /// However a counter is cut by restarts and scrapes, every increment
    /// is counted once.
    #[test]
    fn increments_are_conserved(
        steps in prop::collection::vec((1_u32..20, 0_u32..50, prop::bool::weighted(0.1)), 1..60),
    ) {
        let (mut at, mut value, mut total) = (0_i64, 0_u32, 0_u64);
        let mut samples = Vec::new();
        for (wait, by, restart) in steps {
            at += i64::from(wait);
            // A restart is visible only if the new value is lower.
            let visible = restart && by < value;
            value = if visible { by } else { value + by };
            total += u64::from(by);
            samples.push((at, f64::from(value)));
        }
        let mut s = series("a", Counter::Requests, &samples);
        s.pod_started_ms = Some(1);
        let until = u32::try_from(at).unwrap() + 30;
        let counted: u64 = canary(&[s], until).iter().flatten().map(|c| c.0).sum();
        prop_assert_eq!(counted, total);
    }
}
