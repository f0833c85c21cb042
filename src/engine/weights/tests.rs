//! Which pods make which weight.

use proptest::prelude::*;

use super::*;

fn w(percent: u32) -> Weight {
    Weight::new(percent).unwrap()
}

#[test]
fn splits_people_ask_for() {
    let cases = [
        (3, 10, 1, Fit::Bad),
        (5, 10, 1, Fit::Rough),
        (9, 10, 1, Fit::Good),
        (10, 10, 1, Fit::Good),
        (3, 50, 3, Fit::Good),
        (1, 50, 1, Fit::Good),
        (4, 20, 1, Fit::Good),
        (1, 1, 1, Fit::Bad),
    ];
    for (stable, percent, canary, fit) in cases {
        let split = beside(stable, w(percent), u32::MAX).unwrap();
        assert_eq!((split.canary, split.fit()), (canary, fit), "{percent} % beside {stable}");
    }
}

#[test]
fn complaints_name_the_way_out() {
    let split = beside(3, w(10), 3).unwrap();
    assert_eq!(
        split.complaint().unwrap(),
        "asked 10 %, real 25 % (1 of 4 pods): far off; 9 stable pods, or a router with weights, would make it exact"
    );
    assert_eq!(beside(9, w(10), 9).unwrap().complaint(), None);
}

#[test]
fn a_router_makes_any_weight_and_pods_carry_it() {
    for (stable, percent, canary) in [(3, 10, 1), (3, 50, 2), (10, 1, 1), (10, 99, 10), (4, 0, 1)] {
        let split = behind(Routing::Weights, stable, Weight::of_router(percent).unwrap(), stable).unwrap();
        assert_eq!((split.canary, split.fit()), (canary, Fit::Good), "{percent} % beside {stable}");
        assert!((split.real() - f64::from(percent) / 100.0).abs() < 1e-9);
    }
    let switch = behind(Routing::Switch, 4, Weight::of_router(0).unwrap(), 4).unwrap();
    assert_eq!((switch.canary, switch.to_string().as_str()), (4, "0 % by weight (4 pods beside 4)"));
    assert_eq!(behind(Routing::Weights, 0, w(10), 4), Err(NoSplit::NothingStable));
}

#[test]
fn the_limit_on_canary_pods_holds() {
    let split = beside(10, w(90), 10).unwrap();
    assert_eq!((split.canary, split.fit()), (10, Fit::Bad));
}

#[test]
fn what_cannot_be_split() {
    assert_eq!(beside(0, w(10), 5), Err(NoSplit::NothingStable));
    assert_eq!(within(1, w(50), false), Err(NoSplit::OnePod));
    let pair = within(1, w(50), true).unwrap();
    assert_eq!((pair.stable, pair.canary), (1, 1));
    assert!(Weight::new(0).is_none() && Weight::new(100).is_none());
}

#[test]
fn a_tie_goes_up_and_surge_is_only_used_if_better() {
    // 2 of 10 and 3 of 10 are equally far from 25 %.
    assert_eq!(within(10, w(25), false).unwrap().canary, 3);
    let exact = within(10, w(20), true).unwrap();
    assert_eq!((exact.stable, exact.canary), (8, 2));
    let third = within(2, w(33), true).unwrap();
    assert_eq!((third.stable, third.canary), (2, 1));
}

fn best(candidates: impl Iterator<Item = Split>) -> Fraction {
    candidates.map(|s| s.off()).min_by(|a, b| compare(*a, *b)).unwrap()
}

proptest! {
    #[test]
    fn beside_is_the_closest_of_all(stable in 1_u32..200, percent in 1_u32..100) {
        let weight = w(percent);
        let split = beside(stable, weight, u32::MAX).unwrap();
        let all = (1..=stable * 120).map(|canary| Split { requested: weight, stable, canary, routed: false });
        prop_assert!(compare(split.off(), best(all)).is_eq());
        prop_assert!(split.canary >= 1);
        prop_assert_eq!(split.stable, stable);
    }

    #[test]
    fn within_is_the_closest_of_all(pods in 2_u32..200, percent in 1_u32..100, surge: bool) {
        let weight = w(percent);
        let split = within(pods, weight, surge).unwrap();
        let totals = pods..=pods + u32::from(surge);
        let all = totals.flat_map(|total| (1..total).map(move |canary| Split {
            requested: weight,
            stable: total - canary,
            canary,
            routed: false,
        }));
        prop_assert!(compare(split.off(), best(all)).is_eq());
        prop_assert!(split.canary >= 1 && split.stable >= 1);
        prop_assert!(split.canary + split.stable <= pods + u32::from(surge));
    }

    #[test]
    fn a_higher_weight_never_means_fewer_canary_pods(stable in 1_u32..200, percent in 1_u32..99) {
        let low = beside(stable, w(percent), u32::MAX).unwrap();
        let high = beside(stable, w(percent + 1), u32::MAX).unwrap();
        prop_assert!(low.canary <= high.canary);
    }

    #[test]
    fn huge_numbers_do_not_overflow(stable: u32, percent in 1_u32..100, most: u32, surge: bool) {
        if let Ok(split) = beside(stable, w(percent), most) {
            prop_assert!(split.canary <= most.max(1));
            let _shown = split.to_string();
        }
        if let Ok(split) = within(stable, w(percent), surge) {
            prop_assert!(split.real() > 0.0 && split.real() < 1.0);
        }
    }
}
