//! The verdict's promises, on simulated canaries with fixed seeds. The full
//! table with 2,000 canaries per cell is `cargo bench --bench verdict`.

#[path = "verdict/alone.rs"]
mod alone;
#[path = "verdict/sim.rs"]
mod sim;

use quarterdeck::engine::verdict::{
    Data, Decision, Health, Importance, Inputs, Metric, Policy, Requests, verdict,
};
use sim::{Cell, End, Tally};

const TRAFFIC: [f64; 3] = [1.0, 10.0, 100.0];
const BASE: [f64; 3] = [0.001, 0.01, 0.05];
/// In the middle of what request logs show (0.02 to 0.04).
const BURSTS: f64 = 0.03;

fn ours(cell: Cell, runs: u32) -> Tally {
    let [tally] = Tally::of(cell, runs, [sim::quarterdeck]);
    tally
}

/// Mean over the cells of one figure, in percent.
fn mean(ratio: f64, correlation: f64, runs: u32, figure: fn(&Tally) -> f64) -> f64 {
    let cells = TRAFFIC.iter().flat_map(|rps| BASE.iter().map(move |base| (*rps, *base)));
    let figures: Vec<f64> =
        cells.map(|(rps, base)| figure(&ours(Cell { rps, base, ratio, correlation }, runs))).collect();
    figures.iter().sum::<f64>() / figures.len() as f64
}

#[test]
fn healthy_canaries_are_left_alone() {
    let independent = mean(1.0, 0.0, 120, Tally::rolled_back);
    assert!(independent <= 1.0, "{independent} % rolled back");
    let bursty = mean(1.0, BURSTS, 120, Tally::rolled_back);
    assert!(bursty <= 3.0, "{bursty} % rolled back");
}

#[test]
fn a_fivefold_regression_at_ten_requests_a_second_is_caught() {
    let t = ours(Cell { rps: 10.0, base: 0.01, ratio: 5.0, correlation: 0.0 }, 1_000);
    assert!(t.rolled_back() >= 99.0, "{} % caught", t.rolled_back());
    assert!(t.median_minutes().is_some_and(|m| m <= 5.0), "{:?}", t.median_minutes());
}

#[test]
fn bad_canaries_are_not_promoted() {
    for correlation in [0.0, BURSTS] {
        let wrong = mean(3.0, correlation, 120, Tally::promoted);
        assert!(wrong <= 1.0, "{wrong} % promoted at correlation {correlation}");
    }
}

#[test]
fn a_canary_that_breaks_in_the_middle_is_caught_in_minutes() {
    let cell = Cell { rps: 100.0, base: 0.01, ratio: 20.0, correlation: 0.0 };
    for seed in 0..200 {
        let at = sim::caught(&sim::late(cell, 4, seed));
        assert!(at.is_some_and(|s| s <= 120 + 150), "seed {seed}: {at:?}");
    }
}

/// What the rule is for: on the same draws, the rules in use either condemn
/// healthy canaries or let bad ones pass.
#[test]
fn the_usual_rules_do_worse_on_the_same_draws() {
    let judges = [sim::quarterdeck, sim::naive, sim::flagger, sim::argo];
    let cell = |base, ratio| Cell { rps: 10.0, base, ratio, correlation: 0.0 };
    let [ours, naive, flagger, _] = Tally::of(cell(0.01, 1.0), 200, judges);
    assert!(ours.rolled_back() <= 1.0);
    assert!(naive.rolled_back() > 90.0 && flagger.rolled_back() > 90.0);
    let [ours, _, flagger, argo] = Tally::of(cell(0.001, 5.0), 200, judges);
    assert!(ours.promoted() <= 1.0);
    assert!(flagger.promoted() > 50.0 && argo.promoted() > 90.0);
}

/// The simulation uses the rule without its sentences; here is the proof
/// that `verdict` decides the same.
#[test]
fn the_simulated_rule_is_the_verdict() {
    for (seed, ratio) in [1.0, 1.5, 3.0, 5.0, 20.0].into_iter().enumerate() {
        for correlation in [0.0, BURSTS] {
            let cell = Cell { rps: 20.0, base: 0.01, ratio, correlation };
            let rollout = cell.draw(seed as u64);
            let end = sim::quarterdeck(&rollout);
            let first = (1..=40).map(|look| (look, decide(&rollout, look)));
            let settled = first.clone().find(|(_, d)| *d != Decision::Hold);
            match (settled, end) {
                (Some((look, Decision::Rollback)), End::RolledBack(at)) => {
                    assert_eq!(look * sim::LOOK_S, at, "{cell:?}");
                }
                (Some((_, Decision::Promote)), _) | (None, End::Held) => {}
                other => panic!("{cell:?}: {other:?}"),
            }
        }
    }
}

fn decide(rollout: &sim::Rollout, look: u32) -> Decision {
    let inputs = Inputs {
        policy: Policy::default(),
        clock: sim::clock(look),
        requested_share: 0.1,
        metrics: vec![Metric {
            name: "errors".into(),
            importance: Importance::Critical,
            data: Data::Requests(Requests {
                intervals: rollout.steps[0].intervals[..look as usize].to_vec(),
                ..rollout.steps[0]
            }),
        }],
        facts: vec![],
        health: Health::Fresh,
    };
    verdict(&inputs).decision
}
