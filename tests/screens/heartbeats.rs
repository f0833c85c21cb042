//! Whether a driver lives, by its Lease.

use crate::deliveries::{self, Play, STARTING, WATCHING, shop_with};
use crate::harness::Desk;
use quarterdeck::domain::{Fault, FaultKind, ObjectKey};
use quarterdeck::engine::record::Beat;
use quarterdeck::msg::{Effect, Event, LeaseAsk, LeaseSeen};
use std::time::Duration;

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// The console on its rollouts, with one delivery that somebody else drives.
fn desk(play: &Play) -> (Desk, ObjectKey) {
    let mut desk = Desk::connected("demo", shop_with(&[*play]));
    desk.press("3");
    (desk, deliveries::record(play).key())
}

/// The Leases asked for since the last look.
fn asked(desk: &mut Desk) -> Vec<LeaseAsk> {
    let asks = desk
        .take()
        .into_iter()
        .filter_map(|effect| if let Effect::LookAtLeases(asks) = effect { Some(asks) } else { None });
    asks.flatten().collect()
}

/// The driver's Lease, renewed for the n-th time, so long ago.
fn beat(n: u32, age: u64) -> LeaseSeen {
    let beat = Beat { holder: WATCHING.driver.to_owned(), renewed: n.to_string(), lasts: seconds(30) };
    LeaseSeen { beat: Some(beat), age: Some(seconds(age)) }
}

fn answer(desk: &mut Desk, record: &ObjectKey, seen: Result<LeaseSeen, Fault>) {
    desk.send(Event::Leases(vec![(record.clone(), seen)]));
}

fn is_silent(desk: &mut Desk) -> bool {
    let screen = desk.screen();
    screen.contains("driver silent")
}

#[test]
fn a_driver_lost_while_its_record_rests_is_told_by_its_lease() {
    let (mut desk, record) = desk(&STARTING);
    let first = asked(&mut desk);
    let said: Vec<_> = first.iter().map(|ask| (ask.namespace.as_str(), ask.name.as_str())).collect();
    assert_eq!(said, [("shop-prod", "quarterdeck-deployment-shipping")], "asked for once");
    answer(&mut desk, &record, Ok(beat(1, 2)));
    desk.wait(seconds(19));
    assert!(asked(&mut desk).is_empty(), "a record that changed just now is heartbeat enough");
    desk.wait(seconds(2));
    assert_eq!(asked(&mut desk).len(), 1, "it rests");
    answer(&mut desk, &record, Ok(beat(2, 9)));
    // Renewed no more: 30 s later nobody holds it.
    desk.wait(seconds(18));
    assert_eq!(asked(&mut desk).len(), 1, "every ten seconds");
    answer(&mut desk, &record, Ok(beat(2, 27)));
    assert!(!is_silent(&mut desk), "{}", desk.screen());
    desk.wait(seconds(10));
    answer(&mut desk, &record, Ok(beat(2, 37)));
    assert!(is_silent(&mut desk), "{}", desk.screen());
    assert!(desk.screen().contains("orphaned"), "{}", desk.screen());
    // It was only cut off.
    answer(&mut desk, &record, Ok(beat(3, 1)));
    assert!(!is_silent(&mut desk), "{}", desk.screen());
}

#[test]
fn a_driver_lost_long_ago_is_known_to_be_at_the_first_look() {
    for seen in [beat(1, 3_600), LeaseSeen { age: Some(seconds(40)), ..beat(1, 0) }] {
        let (mut desk, record) = desk(&STARTING);
        answer(&mut desk, &record, Ok(seen));
        assert!(is_silent(&mut desk), "{}", desk.screen());
    }
    // No Lease may be one that is not taken yet: not for longer than it would last.
    let none = LeaseSeen { beat: None, age: None };
    let (mut desk, record) = desk(&STARTING);
    answer(&mut desk, &record, Ok(none.clone()));
    assert!(!is_silent(&mut desk), "{}", desk.screen());
    desk.wait(seconds(31));
    answer(&mut desk, &record, Ok(none));
    assert!(is_silent(&mut desk), "{}", desk.screen());
}

#[test]
fn a_lease_that_beats_outweighs_a_record_that_rests_and_one_that_cannot_be_read_does_not() {
    let (mut desk, record) = desk(&WATCHING);
    for round in 0..6 {
        desk.wait(seconds(10));
        answer(&mut desk, &record, Ok(beat(round, 1)));
    }
    assert!(!is_silent(&mut desk), "it holds its Lease: {}", desk.screen());
    let fault = || Fault::new(FaultKind::Forbidden, "you may not get leases");
    answer(&mut desk, &record, Err(fault()));
    assert!(is_silent(&mut desk), "its record says nothing for a minute: {}", desk.screen());
    asked(&mut desk);
    desk.wait(seconds(60));
    assert!(asked(&mut desk).is_empty(), "who may not read it does not go on asking");
    let (mut starting, record) = self::desk(&STARTING);
    answer(&mut starting, &record, Err(fault()));
    starting.wait(seconds(300));
    assert!(!is_silent(&mut starting), "a record may rest while pods start: {}", starting.screen());
}

#[test]
fn a_look_that_says_what_is_known_draws_nothing() {
    let (mut desk, record) = desk(&STARTING);
    answer(&mut desk, &record, Ok(beat(1, 2)));
    desk.take();
    // The story begins on a minute: until the next only heartbeats are due.
    for renewed in [2, 3] {
        desk.wait(seconds(25));
        assert!(!desk.app.is_dirty(), "a look is no picture");
        assert!(!asked(&mut desk).is_empty(), "it was looked at meanwhile");
        answer(&mut desk, &record, Ok(beat(renewed, 1)));
        assert!(!desk.app.is_dirty(), "it beats, as before");
    }
    desk.wait(seconds(40));
    desk.take();
    answer(&mut desk, &record, Ok(beat(3, 41)));
    assert!(desk.app.is_dirty(), "that it is gone is shown");
}

#[test]
fn what_is_driven_from_here_or_by_nobody_is_not_looked_at() {
    let (mut desk, record) = desk(&WATCHING);
    desk.take();
    desk.send(Event::Driving(vec![record]));
    desk.wait(seconds(60));
    assert!(asked(&mut desk).is_empty());
    for play in [deliveries::HANDED_OVER, deliveries::PROMOTED] {
        let (mut desk, _) = self::desk(&play);
        desk.wait(seconds(60));
        assert!(asked(&mut desk).is_empty(), "{}", play.service);
    }
}
