//! A version with nobody beside it: after a switch, or while a rolling update
//! is watched. What the old one was asked before may be a handful of requests.

use crate::sim::draws::{binomial, poisson};
use fastrand::Rng;
use quarterdeck::engine::verdict::{
    Bad, Counts, Data, Decision, Health, Importance, Inputs, Interval, Metric, Policy, Requests, StepClock,
    policy::OnInconclusive, verdict,
};

const LOOK_S: u32 = 30;
const MAX_S: u32 = 600;

/// What the old version was asked and how often each failed.
#[derive(Clone, Copy, Debug)]
struct Switch {
    before: u64,
    old: f64,
    new: f64,
    rps: f64,
}

impl Switch {
    /// How it ended; none if a person has to decide.
    fn end(&self, seed: u64, policy: &Policy) -> Option<Decision> {
        let mut rng = Rng::with_seed(seed);
        let before = Counts { n: self.before, e: binomial(&mut rng, self.before, self.old) };
        let looks: Vec<_> = (0..MAX_S / LOOK_S)
            .map(|i| {
                let n = poisson(&mut rng, self.rps * f64::from(LOOK_S));
                let canary = Some(Counts { n, e: binomial(&mut rng, n, self.new) });
                Interval { from_s: i * LOOK_S, to_s: (i + 1) * LOOK_S, canary, baseline: None }
            })
            .collect();
        (1..=looks.len()).find_map(|look| decided(before, looks[..look].to_vec(), policy))
    }

    /// Of a hundred, how many ended so.
    fn share(&self, ended: Decision) -> usize {
        let policy = Policy::default();
        (0..100).filter(|seed| self.end(*seed, &policy) == Some(ended)).count()
    }
}

fn decided(before: Counts, intervals: Vec<Interval>, policy: &Policy) -> Option<Decision> {
    judged(Requests::after(Some(before), Bad::Failed, 0.001, intervals), policy)
}

fn judged(requests: Requests, policy: &Policy) -> Option<Decision> {
    let elapsed_s = requests.intervals.last()?.to_s;
    let data = Data::Requests(requests);
    let inputs = Inputs {
        policy: policy.clone(),
        clock: StepClock { elapsed_s, min_s: MAX_S / 2, max_s: MAX_S },
        requested_share: 1.0,
        metrics: vec![Metric { name: "errors".into(), importance: Importance::Critical, data }],
        facts: vec![],
        health: Health::Fresh,
    };
    let decision = verdict(&inputs).decision;
    matches!(decision, Decision::Promote | Decision::Rollback).then_some(decision)
}

/// Every size of what was counted before, at two rates, at two volumes.
fn cells(new: impl Fn(f64) -> f64) -> Vec<Switch> {
    let mut cells = Vec::new();
    for before in [0, 14, 200, 2_000, 100_000] {
        for old in [0.000_5, 0.01] {
            cells.extend([5.0, 50.0].map(|rps| Switch { before, old, new: new(old), rps }));
        }
    }
    cells
}

#[test]
fn a_healthy_version_is_left_alone_however_little_was_counted_before() {
    for cell in cells(|old| old) {
        let wrong = cell.share(Decision::Rollback);
        assert!(wrong <= 1, "{wrong} % rolled back: {cell:?}");
    }
}

#[test]
fn a_worse_version_is_never_found_fine_for_want_of_a_past() {
    for times in [5.0, 25.0] {
        for cell in cells(|old| old * times) {
            let wrong = cell.share(Decision::Promote);
            assert!(wrong <= 1, "{wrong} % promoted: {cell:?}");
        }
    }
}

#[test]
fn a_fivefold_regression_is_caught_where_the_past_is_known() {
    let cell = Switch { before: 100_000, old: 0.01, new: 0.05, rps: 5.0 };
    assert!(cell.share(Decision::Rollback) >= 99, "{}", cell.share(Decision::Rollback));
    let healthy = Switch { new: 0.01, ..cell };
    assert!(healthy.share(Decision::Promote) >= 95, "{}", healthy.share(Decision::Promote));
}

/// As rolling updates and switches are judged: what nothing condemned stays.
fn consenting() -> Policy {
    Policy { on_inconclusive: OnInconclusive::Promote, ..Policy::default() }
}

/// A rolling update and a switch stay if nothing condemns them: everybody is on
/// them already. That is no consent to failures nobody could compare.
#[test]
fn what_fails_much_does_not_stay_for_want_of_a_past() {
    let policy = consenting();
    for cell in cells(|_| 0.25) {
        let stayed = (0..40).filter(|seed| cell.end(*seed, &policy) == Some(Decision::Promote)).count();
        assert_eq!(stayed, 0, "{cell:?}");
    }
    for cell in cells(|old| old) {
        let held = (0..40).filter(|seed| cell.end(*seed, &policy) != Some(Decision::Promote)).count();
        let known = cell.before >= 2_000 || cell.old <= 0.001;
        assert!(held <= 1 || !known, "{held} of 40 held: {cell:?}");
    }
}

#[test]
fn without_any_past_failures_wait_for_a_person_and_slowness_does_not() {
    let one_in_twenty = |bad| {
        let canary = Some(Counts { n: 300, e: 15 });
        let looks = (0..MAX_S / LOOK_S).map(|i| (i * LOOK_S, (i + 1) * LOOK_S));
        let intervals =
            looks.map(|(from_s, to_s)| Interval { from_s, to_s, canary, baseline: None }).collect();
        judged(Requests::after(None, bad, 0.001, intervals), &consenting())
    };
    assert_eq!(one_in_twenty(Bad::Failed), None);
    assert_eq!(one_in_twenty(Bad::SlowerThanMs(300)), Some(Decision::Promote), "that may be usual");
}
