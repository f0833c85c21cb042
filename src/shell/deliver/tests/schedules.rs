//! Random schedules: three processes, crashes, frozen processes that wake up
//! with a write on its way, lost answers, outages, wrong clocks, people who
//! press buttons. `QD_SCHEDULES=10000` runs as many; a failing seed is
//! printed, and `QD_SEED` runs it alone.

use std::time::Duration;

use super::super::shore::Shore as _;
use super::sea::{Boat, Shared, ask, lock, sea, start, successor, template};
use super::stories::controllers;
use crate::cluster::digest_template;
use crate::engine::canary::{Ending, Request};
use crate::engine::record::OnDriverLoss;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// What must hold at every second.
fn check(sea: &Shared, seed: u64) {
    let sea = lock(sea);
    assert_eq!(sea.stable.desired(), 4, "seed {seed}: stable's size was written");
    assert!(sea.stable.available() >= 4, "seed {seed}: stable has {} pods", sea.stable.available());
    if let Some(canary) = &sea.canary {
        assert!(canary.desired() <= 4, "seed {seed}: a canary of {}", canary.desired());
    }
}

async fn play(seed: u64) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let sea = sea(seed, 4);
    lock(&sea).errors = if rng.bool() { 10 } else { 200 };
    let running = controllers(&sea);
    let begun = Instant::now();
    let boats: Vec<Boat> = (0..3).map(|_| Boat::new(&sea, begun, rng.i64(-5_000..5_000))).collect();
    let policy = [OnDriverLoss::TakeOver, OnDriverLoss::RollBack, OnDriverLoss::Hold][rng.usize(0..3)];
    let first = tokio::spawn(start(&sea, &boats[0], policy).drive(CancellationToken::new()));
    let second = tokio::spawn(successor(boats[1].clone(), "second"));
    let third = tokio::spawn(successor(boats[2].clone(), "third"));
    for id in 0..rng.u64(3..12) {
        match rng.u32(0..10) {
            0 => first.abort(),
            1..=3 => {
                let boat = &boats[rng.usize(0..3)];
                *boat.frozen_until.lock().unwrap() = Instant::now() + Duration::from_secs(rng.u64(5..200));
            }
            4 => lock(&sea).out_until = Instant::now() + Duration::from_secs(rng.u64(1..90)),
            5 => lock(&sea).trouble = rng.u64(0..20),
            _ => {
                let all =
                    [Request::Promote, Request::PromoteFull, Request::Hold, Request::Resume, Request::Abort];
                ask(&sea, id, all[rng.usize(0..5)], boats[0].now());
            }
        }
        for _ in 0..rng.u64(1..60) {
            tokio::time::sleep(Duration::from_secs(1)).await;
            check(&sea, seed);
        }
    }
    settle(&sea, &boats[0], seed).await;
    first.abort();
    for task in [second, third, running] {
        task.abort();
    }
}

/// Everything calms down; a held run is resumed. It ends, with nothing left
/// behind, and nothing comes back when the last sleeper wakes.
async fn settle(sea: &Shared, boat: &Boat, seed: u64) {
    lock(sea).trouble = 0;
    for id in 1_000..1_060 {
        // The policy of a lost driver may hold it again.
        ask(sea, id, Request::Resume, boat.now());
        tokio::time::sleep(Duration::from_mins(1)).await;
        check(sea, seed);
        if lock(sea).read().is_some_and(|record| record.is_over()) {
            break;
        }
    }
    tokio::time::sleep(Duration::from_secs(400)).await;
    let sea = lock(sea);
    let record = sea.read().unwrap();
    let Some(ending) = record.ending() else {
        panic!("seed {seed} never ended: {:?} {}", record.run.phase, record.sentence());
    };
    let version = if *ending == Ending::Promoted { "v2" } else { "v1" };
    assert_eq!(sea.stable.digest(), digest_template(&template(version)), "seed {seed}: {ending:?}");
    assert!(sea.canary.is_none(), "seed {seed}: a canary was left behind after {ending:?}");
}

#[test]
fn invariants_hold_under_any_schedule_of_three_drivers() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("QD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("QD_SCHEDULES").unwrap_or(6),
    };
    for seed in seeds {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(play(seed));
    }
}
