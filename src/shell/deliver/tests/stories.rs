//! Single stories, each to its end.

use std::time::Duration;

use super::super::pilot::Left;
use super::super::shore::Shore as _;
use super::sea::{Boat, ask, lock, sea, seize, start, successor, template};
use crate::cluster::digest_template;
use crate::engine::canary::{Ending, Phase, Request};
use crate::engine::record::OnDriverLoss;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Controllers at work for ever.
pub(super) fn controllers(sea: &super::sea::Shared) -> tokio::task::JoinHandle<()> {
    let sea = sea.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_secs(1)).await;
            lock(&sea).second();
        }
    })
}

fn digest(version: &str) -> u64 {
    digest_template(&template(version))
}

async fn to_the_end(errors: u64, starts: bool) -> (Left, u64, bool) {
    let sea = sea(1, 4);
    {
        let mut sea = lock(&sea);
        (sea.errors, sea.starts) = (errors, starts);
    }
    let _running = controllers(&sea);
    let boat = Boat::new(&sea, Instant::now(), 0);
    let left = start(&sea, &boat, OnDriverLoss::TakeOver).drive(CancellationToken::new()).await;
    let sea = lock(&sea);
    (left, sea.stable.digest(), sea.canary.is_some())
}

#[tokio::test(start_paused = true)]
async fn a_healthy_canary_is_promoted() {
    let (left, stable, canary) = to_the_end(10, true).await;
    assert_eq!((left, stable, canary), (Left::Over(Ending::Promoted), digest("v2"), false));
}

#[tokio::test(start_paused = true)]
async fn a_bad_canary_is_rolled_back_with_its_evidence() {
    let (left, stable, canary) = to_the_end(200, true).await;
    let Left::Over(Ending::RolledBack { why }) = &left else { panic!("{left:?}") };
    assert!(why.contains("errors"), "{why}");
    assert_eq!((stable, canary), (digest("v1"), false));
}

#[tokio::test(start_paused = true)]
async fn pods_that_never_start_are_rolled_back_at_the_deadline() {
    let (left, stable, canary) = to_the_end(10, false).await;
    let Left::Over(Ending::RolledBack { why }) = &left else { panic!("{left:?}") };
    assert!(why.contains("0 of 1 canary pods available after 120 s"), "{why}");
    assert_eq!((stable, canary), (digest("v1"), false));
}

#[tokio::test(start_paused = true)]
async fn a_driver_that_sleeps_through_its_replacement_leaves_and_changes_nothing() {
    let sea = sea(2, 4);
    let _running = controllers(&sea);
    let begun = Instant::now();
    let (first, second) = (Boat::new(&sea, begun, 0), Boat::new(&sea, begun, -7_200));
    let sleeper = tokio::spawn(start(&sea, &first, OnDriverLoss::TakeOver).drive(CancellationToken::new()));
    tokio::time::sleep(Duration::from_secs(90)).await;
    *first.frozen_until.lock().unwrap() = Instant::now() + Duration::from_mins(50);
    let _successor = tokio::spawn(successor(second, "second"));
    let left = sleeper.await.unwrap();
    assert_eq!(left, Left::Replaced { by: "second".into() });
    let record = lock(&sea).read().unwrap();
    assert_eq!((record.run.phase, record.driver.epoch), (Phase::Over(Ending::Promoted), 2));
    assert!(lock(&sea).canary.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_policy_of_a_lost_driver_is_followed() {
    for (policy, rolled_back) in [(OnDriverLoss::RollBack, true), (OnDriverLoss::Hold, false)] {
        let sea = sea(3, 4);
        let _running = controllers(&sea);
        let boat = Boat::new(&sea, Instant::now(), 0);
        let first = tokio::spawn(start(&sea, &boat, policy).drive(CancellationToken::new()));
        tokio::time::sleep(Duration::from_mins(1)).await;
        first.abort();
        let _successor = tokio::spawn(successor(boat.clone(), "second"));
        tokio::time::sleep(Duration::from_mins(20)).await;
        let record = lock(&sea).read().unwrap();
        assert_eq!(record.is_over(), rolled_back, "{policy:?} {:?}", record.run.phase);
        assert_eq!(record.run.held, !rolled_back, "{policy:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_abort_during_an_outage_is_carried_out_when_the_server_is_back() {
    let sea = sea(4, 4);
    let _running = controllers(&sea);
    let boat = Boat::new(&sea, Instant::now(), 0);
    let driving = tokio::spawn(start(&sea, &boat, OnDriverLoss::TakeOver).drive(CancellationToken::new()));
    tokio::time::sleep(Duration::from_secs(50)).await;
    lock(&sea).out_until = Instant::now() + Duration::from_secs(15);
    ask(&sea, 1, Request::Abort, boat.now());
    let left = driving.await.unwrap();
    assert!(matches!(left, Left::Over(Ending::RolledBack { .. })), "{left:?}");
    let record = lock(&sea).read().unwrap();
    assert!(record.requests[0].ack.as_ref().unwrap().done);
    assert!(boat.now().boot < Duration::from_secs(50 + 15 + 20), "{:?}", boat.now().boot);
}

#[tokio::test(start_paused = true)]
async fn two_who_press_promote_in_one_step_promote_once() {
    let sea = sea(5, 4);
    let _running = controllers(&sea);
    let boat = Boat::new(&sea, Instant::now(), 0);
    let driving = tokio::spawn(start(&sea, &boat, OnDriverLoss::TakeOver).drive(CancellationToken::new()));
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert!(matches!(lock(&sea).read().unwrap().run.phase, Phase::Watching { step: 0, .. }));
    ask(&sea, 1, Request::Promote, boat.now());
    ask(&sea, 2, Request::Promote, boat.now());
    tokio::time::sleep(Duration::from_secs(4)).await;
    let record = lock(&sea).read().unwrap();
    assert_eq!(record.step(), Some(1), "{:?}", record.run.phase);
    let done: Vec<bool> = record.requests.iter().map(|asked| asked.ack.as_ref().unwrap().done).collect();
    assert_eq!(done, [true, false]);
    driving.abort();
}

#[tokio::test(start_paused = true)]
async fn who_breaks_the_glass_rolls_back_and_the_other_stops() {
    let sea = sea(6, 4);
    let _running = controllers(&sea);
    let boat = Boat::new(&sea, Instant::now(), 0);
    let driving = tokio::spawn(start(&sea, &boat, OnDriverLoss::TakeOver).drive(CancellationToken::new()));
    tokio::time::sleep(Duration::from_secs(50)).await;
    let mut left = None;
    for id in 0..5 {
        ask(&sea, id, Request::Abort, boat.now());
        let (version, record) = {
            let sea = lock(&sea);
            (sea.record.clone().unwrap().0, sea.read().unwrap())
        };
        left = seize(&boat, "breaker", version, record).await;
        if left.is_some() {
            break;
        }
    }
    assert!(matches!(left, Some(Left::Over(Ending::RolledBack { .. }))), "{left:?}");
    assert_eq!(driving.await.unwrap(), Left::Replaced { by: "breaker".into() });
    assert!(lock(&sea).canary.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_record_deleted_by_hand_ends_the_driving() {
    let sea = sea(7, 4);
    let _running = controllers(&sea);
    let boat = Boat::new(&sea, Instant::now(), 0);
    let driving = tokio::spawn(start(&sea, &boat, OnDriverLoss::TakeOver).drive(CancellationToken::new()));
    tokio::time::sleep(Duration::from_secs(30)).await;
    lock(&sea).record = None;
    assert_eq!(driving.await.unwrap(), Left::Gone);
}
