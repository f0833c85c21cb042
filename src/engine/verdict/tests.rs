//! The verdict as a whole: one story per test, inputs in, sentence out.

use super::guards::Fact;
use super::input::{
    Bad, Counts, Data, Gauge, Health, Importance, Inputs, Interval, Metric, Requests, StepClock,
};
use super::outcome::{Cause, Decision, Finding};
use super::policy::{OnInconclusive, Outage, OutageThen, Policy};
use super::verdict;

/// Thirty-second intervals, each with the same counts per side.
fn steady(intervals: u32, canary: (u64, u64), baseline: (u64, u64)) -> Vec<Interval> {
    let side = |(n, e)| Some(Counts { n, e });
    (0..intervals)
        .map(|i| Interval {
            from_s: i * 30,
            to_s: (i + 1) * 30,
            canary: side(canary),
            baseline: side(baseline),
        })
        .collect()
}

fn errors(intervals: Vec<Interval>) -> Metric {
    Metric {
        name: "errors".into(),
        importance: Importance::Critical,
        data: Data::Requests(Requests {
            bad: Bad::Failed,
            floor: 0.001,
            limit: Some(0.05),
            fine: None,
            intervals,
        }),
    }
}

/// A 10 % step of 5 to 10 minutes at the end of these intervals.
fn at_ten(intervals: Vec<Interval>) -> Inputs {
    let elapsed_s = intervals.last().map_or(0, |i| i.to_s);
    Inputs {
        policy: Policy::default(),
        clock: StepClock { elapsed_s, min_s: 300, max_s: 600 },
        requested_share: 0.1,
        metrics: vec![errors(intervals)],
        facts: vec![],
        health: Health::Fresh,
    }
}

#[track_caller]
fn expect(inputs: &Inputs, decision: Decision, cause: Cause) -> String {
    let v = verdict(inputs);
    assert_eq!((v.decision, v.cause), (decision, cause), "{}", v.reason);
    v.reason
}

#[test]
fn a_bad_canary_is_rolled_back_with_its_numbers() {
    let inputs = at_ten(steady(6, (300, 13), (2_700, 6)));
    let reason = expect(&inputs, Decision::Rollback, Cause::Worse);
    assert!(
        reason.starts_with("errors: canary 78/1.8k err (4.3 %), stable 36/16.2k err (0.22 %): worse, E="),
        "{reason}"
    );
}

#[test]
fn a_healthy_canary_is_promoted_after_the_minimum_time() {
    let early = at_ten(steady(8, (300, 3), (2_700, 27)));
    let reason = expect(&early, Decision::Hold, Cause::MinimumTime);
    assert!(reason.ends_with("the step's minimum time ends in 60 s"), "{reason}");
    let later = at_ten(steady(10, (300, 3), (2_700, 27)));
    expect(&later, Decision::Promote, Cause::Fine);
}

#[test]
fn low_traffic_waits_and_says_for_how_much() {
    let inputs = at_ten(steady(8, (9, 0), (81, 1)));
    let v = verdict(&inputs);
    assert_eq!((v.decision, v.cause), (Decision::Hold, Cause::Collecting));
    let needs = v.needs.expect("a forecast");
    assert!((100..2_000).contains(&needs.requests), "{needs:?}");
    assert!(v.reason.contains("more canary requests, ~"), "{}", v.reason);
    assert!(v.reason.ends_with("at the present 0.3/s"), "{}", v.reason);
}

#[test]
fn what_waits_for_its_intervals_says_how_long() {
    // 12,000 requests without an error are surely below the floor; the rule wants ten intervals of that.
    let mut inputs = at_ten(steady(6, (2_000, 0), (18_000, 0)));
    inputs.clock.min_s = 0;
    let v = verdict(&inputs);
    assert_eq!((v.decision, v.cause), (Decision::Hold, Cause::Collecting), "{}", v.reason);
    let needs = v.needs.expect("a forecast");
    assert_eq!(needs.seconds, Some(120), "four intervals of 30 s");
    assert!((8_000..=8_100).contains(&needs.requests), "{needs:?}");
}

#[test]
fn no_ordinary_rollback_during_warm_up() {
    let inputs = at_ten(steady(4, (300, 40), (2_700, 6)));
    assert_eq!(verdict(&inputs).decision, Decision::Hold);
}

#[test]
fn one_burst_does_not_roll_back() {
    let mut intervals = steady(12, (300, 0), (2_700, 3));
    intervals[7].canary = Some(Counts { n: 300, e: 25 });
    let v = verdict(&at_ten(intervals));
    assert_eq!(v.decision, Decision::Hold, "{}", v.reason);
}

#[test]
fn a_regression_that_starts_late_is_still_caught() {
    let mut intervals = steady(10, (300, 1), (2_700, 9));
    for i in 0..8 {
        let start = 300 + i * 30;
        intervals.push(Interval {
            from_s: start,
            to_s: start + 30,
            canary: Some(Counts { n: 300, e: 60 }),
            baseline: Some(Counts { n: 2_700, e: 9 }),
        });
        let v = verdict(&at_ten(intervals.clone()));
        if v.decision == Decision::Rollback {
            assert!(i <= 2, "took {} intervals", i + 1);
            return;
        }
        assert_ne!(v.decision, Decision::Promote, "{}", v.reason);
    }
    panic!("never rolled back");
}

#[test]
fn guards_act_before_and_without_statistics() {
    let mut inputs = at_ten(vec![]);
    inputs.clock.elapsed_s = 5;
    inputs.facts =
        vec![Fact::Waiting { pod: "checkout-canary-7".into(), reason: "ErrImagePull".into(), for_s: 61 }];
    let reason = expect(&inputs, Decision::Rollback, Cause::Guard);
    assert_eq!(reason, "pod checkout-canary-7 cannot start: ErrImagePull for 61 s");

    let collapsed = at_ten(steady(1, (30, 20), (270, 1)));
    expect(&collapsed, Decision::Rollback, Cause::Ceiling);
}

#[test]
fn metrics_away_counts_down_and_then_does_as_told() {
    let mut inputs = at_ten(steady(10, (300, 3), (2_700, 27)));
    inputs.health = Health::Unreachable { for_s: 120, error: "connection refused".into() };
    let v = verdict(&inputs);
    assert_eq!((v.decision, v.countdown_s, v.page), (Decision::Hold, Some(480), false));
    assert_eq!(v.reason, "metrics unreachable for 2 min (connection refused); a person is called in 8 min");
    inputs.health = Health::Unreachable { for_s: 600, error: "connection refused".into() };
    let v = verdict(&inputs);
    assert!(v.decision == Decision::Hold && v.page);
    inputs.policy.outage = Outage { after_s: 600, then: OutageThen::Rollback };
    expect(&inputs, Decision::Rollback, Cause::Outage);
}

#[test]
fn no_data_never_passes_and_never_fails() {
    let mut silent = steady(20, (0, 0), (2_700, 27));
    for i in &mut silent {
        i.canary = None;
    }
    let v = verdict(&at_ten(silent));
    assert_eq!((v.decision, v.cause, v.page), (Decision::Hold, Cause::NoData, true));
    assert_eq!(v.metrics[0].finding, Finding::NoData);

    let nobody = at_ten(steady(6, (0, 0), (0, 0)));
    expect(&nobody, Decision::Hold, Cause::NoData);

    let mut never = at_ten(vec![]);
    never.clock.elapsed_s = 91;
    expect(&never, Decision::Hold, Cause::NoData);
    never.clock.elapsed_s = 30;
    expect(&never, Decision::Hold, Cause::Collecting);
}

#[test]
fn a_split_that_did_not_take_effect_holds() {
    let inputs = at_ten(steady(10, (3, 0), (2_997, 30)));
    let reason = expect(&inputs, Decision::Hold, Cause::Share);
    assert!(reason.starts_with("traffic shift not effective"), "{reason}");
    let swapped = at_ten(steady(10, (2_700, 2), (300, 30)));
    expect(&swapped, Decision::Hold, Cause::Share);
}

#[test]
fn before_there_could_be_data_nobody_is_called() {
    for intervals in 0..=3 {
        let early = verdict(&at_ten(steady(intervals, (0, 0), (2_700, 0))));
        assert_eq!((early.decision, early.cause, early.page), (Decision::Hold, Cause::Collecting, false));
        if intervals > 0 {
            assert!(early.reason.starts_with("waits for first data: the canary"), "{}", early.reason);
            assert!(early.reason.ends_with("the split is judged from 90 s on"), "{}", early.reason);
        }
    }
    let late = verdict(&at_ten(steady(4, (0, 0), (2_700, 0))));
    assert_eq!((late.decision, late.cause, late.page), (Decision::Hold, Cause::Share, true));
    // A step as short as that is at its end: then somebody has to know.
    let mut short = at_ten(steady(3, (0, 0), (2_700, 0)));
    short.clock.max_s = 90;
    expect(&short, Decision::Hold, Cause::Share);
}

#[test]
fn both_sides_bad_blames_nobody_unless_the_canary_is_worse() {
    let shared = at_ten(steady(10, (300, 30), (2_700, 280)));
    expect(&shared, Decision::Environment, Cause::Environment);
    let worse = at_ten(steady(10, (300, 140), (2_700, 280)));
    expect(&worse, Decision::Rollback, Cause::Worse);
    let fix = at_ten(steady(10, (300, 16), (2_700, 800)));
    expect(&fix, Decision::Promote, Cause::Fine);
}

#[test]
fn the_end_of_a_step_is_one_look() {
    // Undecided at 600 s; what comes later must not change that look.
    let mut inputs = at_ten(steady(20, (30, 1), (270, 4)));
    let first = expect(&inputs, Decision::Hold, Cause::Inconclusive);
    assert!(first.contains("undecided"), "{first}");
    inputs.policy.on_inconclusive = OnInconclusive::Promote;
    expect(&inputs, Decision::Promote, Cause::Inconclusive);
    inputs.policy.on_inconclusive = OnInconclusive::Rollback;
    expect(&inputs, Decision::Rollback, Cause::Inconclusive);

    // The same look an hour later, with different traffic since.
    inputs.policy.on_inconclusive = OnInconclusive::Hold;
    let Data::Requests(r) = &mut inputs.metrics[0].data else {
        unreachable!("set above");
    };
    let mut errs = steady(21, (30, 1), (270, 1));
    errs[20].canary = Some(Counts { n: 30, e: 0 });
    r.intervals.push(errs[20]);
    inputs.clock.elapsed_s = 630;
    expect(&inputs, Decision::Hold, Cause::Inconclusive);
}

#[test]
fn an_advisory_metric_only_holds() {
    let mut inputs = at_ten(steady(10, (300, 3), (2_700, 27)));
    inputs.metrics.push(Metric {
        name: "slow".into(),
        importance: Importance::Advisory,
        data: Data::Requests(Requests {
            bad: Bad::SlowerThanMs(300),
            floor: 0.001,
            limit: None,
            fine: None,
            intervals: steady(10, (300, 90), (2_700, 40)),
        }),
    });
    let reason = expect(&inputs, Decision::Hold, Cause::Advisory);
    assert!(reason.starts_with("advisory slow: canary 900/3k slower than 300 ms"), "{reason}");
    inputs.metrics[1].importance = Importance::Critical;
    expect(&inputs, Decision::Rollback, Cause::Worse);
}

#[test]
fn critical_metrics_share_the_error_probability() {
    let mut inputs = at_ten(steady(10, (300, 3), (2_700, 27)));
    let again = inputs.metrics[0].clone();
    inputs.metrics.push(again);
    let needed = verdict(&inputs).metrics[0].evidence.expect("evidence").e_needed;
    assert!((needed - 40.0).abs() < 1e-9);
}

#[test]
fn a_gauge_can_stop_a_promotion() {
    let mut inputs = at_ten(steady(10, (300, 3), (2_700, 27)));
    let level = |x: f64| (0..60).map(|i| x + f64::from(i % 7)).collect::<Vec<_>>();
    inputs.metrics.push(Metric {
        name: "memory".into(),
        importance: Importance::Critical,
        data: Data::Gauge(Gauge::new(&level(200.0), &level(100.0))),
    });
    let reason = expect(&inputs, Decision::Hold, Cause::Collecting);
    assert!(reason.starts_with("memory: shifted by +97.1 %"), "{reason}");
    inputs.clock.elapsed_s = 600;
    expect(&inputs, Decision::Rollback, Cause::EndOfStep);
}

#[test]
fn with_all_traffic_the_objective_is_the_judge() {
    let mut inputs = at_ten(steady(10, (3_000, 3), (0, 0)));
    inputs.requested_share = 1.0;
    expect(&inputs, Decision::Promote, Cause::Fine);
    inputs.metrics = vec![errors(steady(10, (3_000, 600), (0, 0)))];
    expect(&inputs, Decision::Rollback, Cause::Worse);
}

#[test]
fn nonsense_is_held_and_quoted() {
    let mut inputs = at_ten(steady(10, (300, 301), (2_700, 27)));
    let reason = expect(&inputs, Decision::Hold, Cause::Invalid);
    assert!(reason.contains("301 bad requests of 300 is impossible"), "{reason}");
    inputs.requested_share = f64::NAN;
    let reason = expect(&inputs, Decision::Hold, Cause::Invalid);
    assert!(reason.starts_with("requested share is NaN"), "{reason}");
}

#[test]
fn no_metric_means_a_person_decides() {
    let mut inputs = at_ten(vec![]);
    inputs.metrics.clear();
    expect(&inputs, Decision::Hold, Cause::Collecting);
    inputs.clock.elapsed_s = 600;
    inputs.policy.on_inconclusive = OnInconclusive::Promote;
    expect(&inputs, Decision::Promote, Cause::Inconclusive);
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    fn counts() -> impl Strategy<Value = Option<Counts>> {
        proptest::option::weighted(
            0.9,
            (0_u64..5_000, 0.0_f64..0.2).prop_map(|(n, p)| Counts { n, e: (n as f64 * p * p) as u64 }),
        )
    }

    fn inputs() -> impl Strategy<Value = Inputs> {
        let intervals = prop::collection::vec((counts(), counts()), 0..40);
        (intervals, 0.01_f64..1.0, any::<bool>()).prop_map(|(sides, share, tail)| {
            let intervals = sides.into_iter().enumerate().map(|(i, (canary, baseline))| Interval {
                from_s: i as u32 * 30,
                to_s: i as u32 * 30 + 30,
                canary,
                baseline,
            });
            let mut inputs = at_ten(intervals.collect());
            inputs.requested_share = (share * 100.0).round() / 100.0;
            if tail {
                inputs.clock.max_s = 300;
            }
            inputs
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]

        /// What is stored can be replayed: the same bytes come out.
        #[test]
        fn stored_inputs_replay_to_the_same_bytes(inputs in inputs()) {
            let stored = serde_json::to_string(&inputs).unwrap();
            let result = serde_json::to_string(&verdict(&inputs)).unwrap();
            let read: Inputs = serde_json::from_str(&stored).unwrap();
            prop_assert_eq!(&read, &inputs);
            prop_assert_eq!(&serde_json::to_string(&verdict(&read)).unwrap(), &result);
            let back: super::super::Verdict = serde_json::from_str(&result).unwrap();
            prop_assert_eq!(serde_json::to_string(&back).unwrap(), result);
        }

        /// Without any canary error nothing rolls back but a guard.
        #[test]
        fn a_clean_canary_is_never_condemned(inputs in inputs()) {
            let mut inputs = inputs;
            if let Data::Requests(r) = &mut inputs.metrics[0].data {
                for c in r.intervals.iter_mut().filter_map(|i| i.canary.as_mut()) {
                    c.e = 0;
                }
            }
            prop_assert_ne!(verdict(&inputs).decision, Decision::Rollback);
        }

        /// No promotion before the minimum time, nor without canary traffic.
        #[test]
        fn promotions_have_a_basis(inputs in inputs(), elapsed in 0_u32..300) {
            let mut early = inputs.clone();
            early.clock.elapsed_s = elapsed;
            early.clock.max_s = 600;
            prop_assert_ne!(verdict(&early).decision, Decision::Promote);
            let mut quiet = inputs;
            if let Data::Requests(r) = &mut quiet.metrics[0].data {
                for i in &mut r.intervals {
                    i.canary = None;
                }
            }
            let decision = verdict(&quiet).decision;
            prop_assert!(decision == Decision::Hold, "{decision:?}");
        }
    }
}
