//! Random schedules: three processes, crashes, frozen processes that wake up
//! with a write on its way, lost answers, outages, wrong clocks that jump,
//! people who press buttons. Ten thousand are played, as many as
//! `QD_SCHEDULES` says; failing seeds are printed, and `QD_SEED` plays one alone.

use std::io::Write as _;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::super::pilot::Left;
use super::super::shore::Shore as _;
use super::moments::controllers;
use super::sea::{
    Boat, Means, Route, Shared, ask, by_route, conditioned, lock, picking, promotes, record, ring, rolling,
    sea, start, successor, template,
};
use super::tide::{Task, Tide};
use crate::cluster::digest_template;
use crate::engine::canary::{Ending, Request};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::RouterKind;
use crate::engine::verdict::analysis::Reply;
use crate::engine::verdict::number::Exact;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

/// Played where nobody says how many: about a minute of one core, unoptimized.
const BY_DEFAULT: u64 = 10_000;
/// Failures printed in full.
const MOST_FAILURES: usize = 5;

/// How a schedule that kept every promise went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Played {
    promoted: bool,
    /// Drivers it had, one after another.
    drivers: u64,
}

/// One schedule.
struct Play {
    tide: Tide,
    sea: Shared,
    boats: Vec<Boat>,
    first: Task<Left>,
    /// Of the route, before.
    route: Option<Value>,
    rng: fastrand::Rng,
}

impl Play {
    fn begin(seed: u64) -> Self {
        let (mut tide, mut rng) = (Tide::default(), fastrand::Rng::with_seed(seed));
        let sea = sea(seed, 4);
        {
            let mut sea = lock(&sea);
            (sea.errors, sea.sleepy) = (if rng.bool() { 10 } else { 200 }, rng.u64(0..30));
        }
        controllers(&mut tide, &sea);
        let boats: Vec<Boat> = (0..3).map(|_| Boat::new(&sea, &tide.clock, rng.i64(-5_000..5_000))).collect();
        let policy = [OnDriverLoss::TakeOver, OnDriverLoss::RollBack, OnDriverLoss::Hold][rng.usize(0..3)];
        let mut record = record(30, policy, boats[0].now());
        // Half of them by a route of each kind, in half of which the canary is named before.
        if seed % 2 == 1 {
            let kind = RouterKind::SOUGHT[usize::try_from(seed / 4 % 3).unwrap()];
            // Of the VirtualServices every other one has subsets.
            let subsets = kind == RouterKind::VirtualService && seed / 24 % 2 == 1;
            by_route(&sea, &mut record, Means { kind, named: seed % 4 == 1, subsets });
            // Half of these pick requests by header, and copy them, before they weigh.
            if seed / 12 % 2 == 1 {
                picking(&sea, &mut record);
            }
        }
        // A quarter keeps conditions besides, which a bad canary breaks.
        if seed % 4 == 2 {
            let (argo, flagger) = (
                "rate: r; success: result[0] >= 0.95; interval: 10s; count: 3",
                "edge: r; min: 0.9; threshold: 4; interval: 15s",
            );
            let both = [argo, flagger];
            conditioned(&mut record, if seed % 8 == 2 { &both[..1] } else { &both });
            let mut sea = lock(&sea);
            let rate = if sea.errors == 10 { 0.99 } else { 0.8 };
            sea.said = Reply::Value(Exact::new(rate));
        }
        // An eighth are rolling updates.
        if seed % 8 == 4 {
            rolling(&mut record, boats[0].now());
        }
        let route = lock(&sea).route.as_ref().map(Route::content);
        let pilot = start(&sea, &boats[0], record);
        let first = tide.spawn(pilot.drive(CancellationToken::new()));
        tide.spawn(successor(boats[1].clone(), "second"));
        tide.spawn(successor(boats[2].clone(), "third"));
        Self { tide, sea, boats, first, route, rng }
    }

    fn one_thing_happens(&mut self, id: u64) {
        let rng = &mut self.rng;
        let boat = &self.boats[rng.usize(0..3)];
        let now = self.tide.clock.now();
        match rng.u32(0..11) {
            // A process that woke up with the creation of a canary on its way
            // must live to take it back: nobody else can tell whose it is.
            0 if lock(&self.sea).has_a_stray() => {}
            0 => self.tide.kill(&self.first),
            1..=3 => boat.freeze(Duration::from_secs(rng.u64(5..200))),
            4 if rng.bool() => lock(&self.sea).silent_until = now + 1_000 * rng.u64(1..90),
            4 => lock(&self.sea).out_until = now + 1_000 * rng.u64(1..90),
            5 => lock(&self.sea).trouble = rng.u64(0..20),
            6 => boat.jump(rng.i64(-60..60)),
            _ => {
                let all =
                    [Request::Promote, Request::PromoteFull, Request::Hold, Request::Resume, Request::Abort];
                ask(&self.sea, id, all[rng.usize(0..5)], self.boats[0].now());
                // A watch may be broken: then it waits for the next turn.
                if rng.bool() {
                    ring(&self.sea, &self.tide.clock);
                }
            }
        }
    }

    /// Lets seconds pass, and looks whether what must hold holds in each.
    fn pass(&mut self, seconds: u64) -> Result<(), String> {
        for _ in 0..seconds {
            self.tide.pass(Duration::from_secs(1));
            let sea = lock(&self.sea);
            let (desired, available) = (sea.stable.desired(), sea.stable.available());
            if desired != 4 || available < 4 {
                return Err(format!("stable is {available} of {desired} pods, it was 4 of 4"));
            }
            let shifted =
                sea.route.as_ref().is_some_and(|route| route.shares().is_some_and(|s| s.is_shifted()));
            if shifted && sea.canary.as_ref().is_none_or(|canary| canary.available() == 0) {
                return Err("requests go to a canary without pods".to_owned());
            }
            if let Some(canary) = sea.canary.as_ref().filter(|canary| canary.desired() > 4) {
                return Err(format!("a canary of {}, larger than stable", canary.desired()));
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        lock(&self.sea).read().is_some_and(|record| record.is_over())
    }

    /// Everything calms down; a held run is resumed. It ends, with nothing
    /// left behind, and nothing comes back when the last sleeper wakes.
    fn settle(&mut self) -> Result<Played, String> {
        {
            let mut sea = lock(&self.sea);
            (sea.trouble, sea.sleepy) = (0, 0);
        }
        for id in 1_000..1_360 {
            if self.is_over() {
                break;
            }
            // The policy of a lost driver may hold it again.
            ask(&self.sea, id, Request::Resume, self.boats[0].now());
            self.pass(10)?;
        }
        self.pass(220)?;
        let sea = lock(&self.sea);
        let record = sea.read().unwrap();
        let Some(ending) = record.ending() else {
            return Err(format!("it never ended: {:?} {}", record.run.phase, record.sentence()));
        };
        let promoted = *ending == Ending::Promoted;
        let by_hand = record.requests.iter().any(|asked| promotes(asked.verb));
        if promoted && !by_hand && record.strategy == Strategy::Rolling && sea.errors > 10 {
            return Err("a bad version was watched, and stayed".to_owned());
        }
        let version = if promoted { "v2" } else { "v1" };
        if sea.stable.digest() != digest_template(&template(version)) {
            return Err(format!("stable does not run {version} after {ending:?}"));
        }
        let route = sea.route.as_ref().map(Route::content);
        if route != self.route {
            return Err(format!("the route is left as {route:?} after {ending:?}"));
        }
        if let Some(canary) = &sea.canary {
            let log = record
                .log
                .iter()
                .map(|line| format!("\n  {} {}", line.at, line.text))
                .collect::<Vec<_>>()
                .concat();
            return Err(format!("{} was left behind after {ending:?}; the log says{log}", canary.fence()));
        }
        Ok(Played { promoted, drivers: record.driver.epoch })
    }
}

/// Plays one schedule, on a cluster that tests what a patch tells it to test.
fn play(seed: u64, tests: bool) -> Result<Played, String> {
    let mut play = Play::begin(seed);
    lock(&play.sea).tests = tests;
    for id in 0..play.rng.u64(3..12) {
        play.one_thing_happens(id);
        let seconds = play.rng.u64(1..40);
        play.pass(seconds)?;
    }
    play.settle()
}

/// Plays all of `seeds` on every core.
fn play_all(seeds: Range<u64>, tests: bool) -> Vec<(u64, Result<Played, String>)> {
    let next = AtomicU64::new(seeds.start);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mine = std::iter::from_fn(|| Some(next.fetch_add(1, Ordering::Relaxed)));
        mine.take_while(|seed| *seed < seeds.end).map(|seed| (seed, play(seed, tests))).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn invariants_hold_under_any_schedule_of_three_drivers() {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let seeds = match number("QD_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("QD_SCHEDULES").unwrap_or(BY_DEFAULT),
    };
    let played = play_all(seeds.clone(), true);
    let failed: Vec<String> = played
        .iter()
        .filter_map(|(seed, how)| Some(format!("QD_SEED={seed}: {}", how.as_ref().err()?)))
        .collect();
    let shown = failed.iter().take(MOST_FAILURES).cloned().collect::<Vec<_>>().join("\n");
    assert!(failed.is_empty(), "{} of {} schedules failed:\n{shown}", failed.len(), played.len());
    let fine = || played.iter().filter_map(|(_, how)| how.as_ref().ok());
    let promoted = fine().filter(|how| how.promoted).count();
    // Past the harness's capture: how many there were belongs into every log.
    let _nobody_listens = writeln!(
        std::io::stderr(),
        "{} schedules, seeds {} to {}: {promoted} promoted, {} rolled back, {} with another driver at the end",
        played.len(),
        seeds.start,
        seeds.end - 1,
        played.len() - promoted,
        fine().filter(|how| how.drivers > 1).count(),
    );
}

/// The schedules are worth something: without the API server's own tests of
/// identity and fence a driver that was replaced does harm in some of them.
#[test]
fn without_the_fence_schedules_fail() {
    let played = play_all(0..1_000, false);
    assert!(played.iter().any(|(_, how)| how.is_err()), "the fence makes no difference");
}

#[test]
fn a_schedule_is_the_same_every_time() {
    for seed in [3, 16] {
        assert_eq!(play(seed, true), play(seed, true), "seed {seed}");
    }
}
