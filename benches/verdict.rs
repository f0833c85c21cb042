//! How well the verdict decides, beside the rules people use today.
//!
//! `cargo bench --bench verdict` simulates 2,000 canaries per cell;
//! `-- 500` simulates 500. Under `cargo test`, which also runs it, 20.
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a program that prints a table")]

#[path = "../tests/verdict/sim.rs"]
mod sim;

use sim::{Cell, Tally};

const TRAFFIC: [f64; 4] = [1.0, 10.0, 100.0, 1_000.0];
const BASE: [f64; 3] = [0.001, 0.01, 0.05];
const RATIO: [f64; 6] = [1.0, 1.5, 2.0, 3.0, 5.0, 20.0];

/// The judges, in the order of the columns.
const JUDGES: [fn(&sim::Rollout) -> sim::End; 4] = [sim::quarterdeck, sim::naive, sim::flagger, sim::argo];

/// The worst cell for each promise.
#[derive(Default)]
struct Worst {
    false_rollback: f64,
    wrong_promotion: f64,
}

fn main() {
    let asked = std::env::args().skip(1).find_map(|a| a.parse().ok());
    let full = std::env::args().any(|a| a == "--bench");
    let runs = asked.unwrap_or(if full { 2_000 } else { 20 });
    println!("{runs} canaries per cell; 10 % then 50 %, 5 to 10 min each, a look every 30 s");
    println!("rb: rolled back %, ok: promoted %, the rest is held; med: median minutes to rollback");
    println!();
    let (independent, bursty) = std::thread::scope(|scope| {
        let bursty = scope.spawn(|| play(runs, 0.03));
        (play(runs, 0.0), bursty.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    for (name, played) in [("independent", independent), ("bursty", bursty)] {
        println!(
            "{name:<11}                |      quarterdeck      |   naive 2x    |    Flagger    |     Argo"
        );
        println!(
            "  req/s   base   ratio     |    rb    ok   med      |    rb    ok   |    rb    ok   |    rb    ok"
        );
        let worst = table(&played);
        println!(
            "worst healthy rolled back {:.2} %, worst 3x or more promoted {:.2} %\n",
            worst.false_rollback, worst.wrong_promotion
        );
    }
    late(runs);
}

/// A canary that breaks 2 minutes into the 50 % step, at 1 % base errors.
fn late(runs: u32) {
    println!("breaks 2 min into the 50 % step (1 % base errors): caught, median seconds after that");
    for rps in TRAFFIC {
        for ratio in [5.0, 20.0] {
            let cell = Cell { rps, base: 0.01, ratio, correlation: 0.0 };
            let steps = (0..runs).map(|seed| sim::late(cell, 4, u64::from(seed)));
            let mut seconds: Vec<u32> = steps.filter_map(|s| sim::caught(&s)).collect();
            seconds.sort_unstable();
            let caught = 100.0 * seconds.len() as f64 / f64::from(runs);
            let median = seconds.get(seconds.len() / 2).map_or(0, |s| s.saturating_sub(120));
            println!("{rps:>7}  x{ratio:<4}  {caught:5.1} %  {median:>4} s");
        }
    }
}

/// Every cell with what each judge said of its canaries.
fn play(runs: u32, correlation: f64) -> Vec<(Cell, [Tally; 4])> {
    let mut played = Vec::new();
    for rps in TRAFFIC {
        for base in BASE {
            for ratio in RATIO {
                let cell = Cell { rps, base, ratio, correlation };
                played.push((cell, Tally::of(cell, runs, JUDGES)));
            }
        }
    }
    played
}

fn table(played: &[(Cell, [Tally; 4])]) -> Worst {
    let mut worst = Worst::default();
    for (cell, tallies) in played {
        row(*cell, tallies);
        let [ours, ..] = tallies;
        if cell.ratio <= 1.0 {
            worst.false_rollback = worst.false_rollback.max(ours.rolled_back());
        }
        // A rate cannot exceed 95 %: 20 x 5 % is 19 x.
        if cell.ratio >= 3.0 {
            worst.wrong_promotion = worst.wrong_promotion.max(ours.promoted());
        }
    }
    worst
}

fn row(cell: Cell, tallies: &[Tally; 4]) {
    let [ours, others @ ..] = tallies;
    let median = ours.median_minutes().map_or_else(|| "    -".to_owned(), |m| format!("{m:5.1}"));
    print!(
        "{:>7} {:>5.1} %  x{:<4}     | {:5.1} {:5.1} {median}     ",
        cell.rps,
        cell.base * 100.0,
        cell.ratio,
        ours.rolled_back(),
        ours.promoted()
    );
    for t in others {
        print!(" | {:5.1} {:5.1}  ", t.rolled_back(), t.promoted());
    }
    println!();
}
