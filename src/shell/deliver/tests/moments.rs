//! What happens in a moment between two looks, or to a process that sleeps: too
//! fine for the stories in files.

use std::time::Duration;

use super::super::pilot::Left;
use super::super::shore::Shore as _;
use super::sea::{Boat, Shared, ask, lock, record, ring, sea, seize, start, successor, template};
use super::tide::{Task, Tide};
use crate::cluster::digest_template;
use crate::engine::canary::{Ending, Phase, Request};
use crate::engine::record::OnDriverLoss;
use tokio_util::sync::CancellationToken;

/// Controllers at work for ever.
pub(super) fn controllers(tide: &mut Tide, sea: &Shared) {
    let (sea, clock) = (sea.clone(), tide.clock.clone());
    tide.spawn(async move {
        loop {
            clock.sleep(Duration::from_secs(1)).await;
            lock(&sea).second();
        }
    });
}

pub(super) fn digest(version: &str) -> u64 {
    digest_template(&template(version))
}

/// A sea with controllers, a process, and what it drives.
struct Story {
    tide: Tide,
    sea: Shared,
    boat: Boat,
}

impl Story {
    fn new(seed: u64) -> Self {
        let (mut tide, sea) = (Tide::default(), sea(seed, 4));
        controllers(&mut tide, &sea);
        let boat = Boat::new(&sea, &tide.clock, 0);
        Self { tide, sea, boat }
    }

    fn drive(&mut self, policy: OnDriverLoss) -> Task<Left> {
        let pilot = start(&self.sea, &self.boat, record(60, policy, self.boat.now()));
        self.tide.spawn(pilot.drive(CancellationToken::new()))
    }

    fn pass(&mut self, seconds: u64) {
        self.tide.pass(Duration::from_secs(seconds));
    }

    fn ask(&self, id: u64, request: Request) {
        ask(&self.sea, id, request, self.boat.now());
    }
}

#[test]
fn a_driver_that_sleeps_through_its_replacement_leaves_and_changes_nothing() {
    let mut story = Story::new(2);
    let second = Boat::new(&story.sea, &story.tide.clock, -7_200);
    let sleeper = story.drive(OnDriverLoss::TakeOver);
    story.pass(90);
    story.boat.freeze(Duration::from_mins(50));
    story.tide.spawn(successor(second, "second"));
    assert_eq!(story.tide.finish(&sleeper), Left::Replaced { by: "second".into() });
    let record = lock(&story.sea).read().unwrap();
    assert_eq!((&record.run.phase, record.driver.epoch), (&Phase::Over(Ending::Promoted), 2));
    assert!(lock(&story.sea).canary.is_none());
}

/// Four requests there and back, and one on its way, at most 80 ms each: less
/// than the second its rest would last.
#[test]
fn an_abort_does_not_wait_for_the_next_turn() {
    for seed in 20..40 {
        let mut story = Story::new(seed);
        story.drive(OnDriverLoss::TakeOver);
        story.pass(50);
        while !lock(&story.sea).resting.is_empty() {
            story.tide.pass(Duration::from_millis(1));
        }
        while lock(&story.sea).resting.is_empty() {
            story.tide.pass(Duration::from_millis(1));
        }
        story.ask(1, Request::Abort);
        ring(&story.sea, &story.tide.clock);
        story.tide.pass(Duration::from_millis(9 * 80));
        assert!(lock(&story.sea).canary.is_none(), "seed {seed}");
    }
}

/// Nobody rings here: that storing the record met the request is enough.
#[test]
fn a_request_within_a_turn_is_answered_before_the_driver_rests() {
    let mut met = 0;
    for seed in 20..80 {
        let mut story = Story::new(seed);
        story.drive(OnDriverLoss::TakeOver);
        story.pass(50);
        // Its answer is stored at the turn's end.
        story.ask(1, Request::Hold);
        while !lock(&story.sea).resting.is_empty() {
            story.tide.pass(Duration::from_millis(1));
        }
        // Behind the heartbeat and the look for requests, at most 80 ms each.
        story.tide.pass(Duration::from_millis(160));
        story.ask(2, Request::Abort);
        let asked = lock(&story.sea).record.clone().unwrap().0;
        while lock(&story.sea).resting.is_empty() {
            story.tide.pass(Duration::from_millis(1));
        }
        let (stored, record) = lock(&story.sea).record.clone().unwrap();
        if stored > asked {
            met += 1;
            assert!(record.requests[1].ack.is_some(), "seed {seed}");
        }
    }
    assert!(met >= 5, "only {met} turns stored the record after the request");
}

#[test]
fn who_breaks_the_glass_rolls_back_and_the_other_stops() {
    let mut story = Story::new(6);
    let driving = story.drive(OnDriverLoss::TakeOver);
    story.pass(50);
    let mut left = None;
    for id in 0..5 {
        story.ask(id, Request::Abort);
        let (version, record) = lock(&story.sea).record.clone().unwrap();
        let boat = story.boat.clone();
        left = story.tide.run(async move { seize(&boat, "breaker", version, (*record).clone()).await });
        if left.is_some() {
            break;
        }
    }
    assert!(matches!(left, Some(Left::Over(Ending::RolledBack { .. }))), "{left:?}");
    assert_eq!(story.tide.finish(&driving), Left::Replaced { by: "breaker".into() });
    assert!(lock(&story.sea).canary.is_none());
}
