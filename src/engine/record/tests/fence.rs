use std::time::Duration;

use super::super::{Beat, DriverMode, Grip, LeaseWatch, Takeover, lease_time, may_take_over};
use super::make::{driver, record};
use crate::domain::Now;
use crate::engine::canary::Request;

fn beat(holder: &str, renewed: &str) -> Beat {
    Beat { holder: holder.into(), renewed: renewed.into(), lasts: Duration::from_secs(30) }
}

#[test]
fn a_lease_ends_by_our_own_clock_only() {
    let mut watch = LeaseWatch::default();
    let nobody = driver("", DriverMode::Cli);
    assert_eq!(watch.holder(Now::at(0)), None, "no lease is free");
    // The holder's clock is hours off: what counts is when we saw it change.
    watch.look(Some(beat("a", "1999-01-01T00:00:00Z")), &nobody, Now::at(100));
    assert_eq!(watch.holder(Now::at(129)), Some("a"));
    watch.look(Some(beat("a", "1999-01-01T00:00:00Z")), &nobody, Now::at(129));
    assert_eq!(watch.holder(Now::at(130)), None, "30 s without a change");
    watch.look(Some(beat("a", "1999-01-01T00:00:10Z")), &nobody, Now::at(131));
    assert_eq!(watch.holder(Now::at(132)), Some("a"), "it lives after all");
    watch.look(Some(beat("", "1999-01-01T00:00:11Z")), &nobody, Now::at(133));
    assert_eq!(watch.holder(Now::at(133)), None, "given up");
}

#[test]
fn a_driver_lost_long_ago_is_known_to_be_at_the_first_look_if_the_server_says_so() {
    let seen = |age: u64, now: i64| {
        let mut watch = LeaseWatch::default();
        let nobody = driver("", DriverMode::Cli);
        let seen = Some(beat("a", "1999-01-01T00:00:00Z"));
        watch.look_at(seen, Some(Duration::from_secs(age)), &nobody, Now::at(now));
        watch.holder(Now::at(now)).is_some()
    };
    assert!(seen(0, 1_000) && seen(32, 1_000), "seconds between two servers are forgiven");
    assert!(!seen(40, 1_000));
    assert!(!seen(4_000, 1_000), "before this machine started");
}

#[test]
fn a_wall_clock_that_jumps_changes_nothing() {
    let mut watch = LeaseWatch::default();
    watch.look(Some(beat("a", "x")), &driver("", DriverMode::Cli), Now::at(100));
    let jumped = Now { wall: Now::at(1_000_000).wall, boot: Duration::from_secs(110) };
    assert_eq!(watch.holder(jumped), Some("a"));
    let grip = Grip::renewed(Now::at(100), Duration::from_secs(30));
    assert!(grip.holds(jumped));
    // Suspended for a minute: the boot clock went on, the wall clock was set back.
    let woken = Now { wall: Now::at(0).wall, boot: Duration::from_secs(160) };
    assert!(!grip.holds(woken) && grip.is_due(woken));
}

#[test]
fn a_grip_ends_before_others_may_take_the_lease() {
    for mode in [DriverMode::Tui, DriverMode::Cli, DriverMode::Engine] {
        let lasts = lease_time(mode);
        let grip = Grip::renewed(Now::at(0), lasts);
        let last = (0..60).filter(|s| grip.holds(Now::at(*s))).max().unwrap();
        assert!(Duration::from_secs(last.unsigned_abs()) < lasts * 2 / 3, "{mode:?}");
        assert!((0..60).find(|s| grip.is_due(Now::at(*s))).unwrap() < last, "{mode:?}");
    }
}

#[test]
fn taking_over_raises_the_epoch_and_says_so() {
    let mut record = record();
    let engine = driver("engine/1", DriverMode::Engine);
    assert!(record.take_over(&engine, Now::at(5)), "the console was lost");
    assert_eq!((record.driver.epoch, record.driver.identity.as_str()), (2, "engine/1"));
    assert!(record.log[0].text.contains("taken over from cy@deck/1/a tui"));
    assert_eq!(record.fence(), "1.2");
    assert!(!record.take_over(&engine, Now::at(6)), "we were not lost to ourselves");
    assert_eq!(record.driver.epoch, 3);
    record.hand_over(Now::at(7));
    assert!(!record.take_over(&driver("b", DriverMode::Tui), Now::at(8)), "it was handed over");
}

#[test]
fn manners_of_taking_over() {
    let mut record = record();
    let mut lease = LeaseWatch::default();
    let me = "engine/1";
    assert!(matches!(may_take_over(&record, &lease, me, Now::at(0)), Takeover::Alive { .. }), "not looked");
    lease.look(Some(beat("cy@deck/1/a tui", "1")), &record.driver, Now::at(0));
    assert!(matches!(may_take_over(&record, &lease, me, Now::at(29)), Takeover::Alive { .. }));
    assert_eq!(may_take_over(&record, &lease, "cy@deck/1/a tui", Now::at(1)), Takeover::Ours);
    assert_eq!(may_take_over(&record, &lease, me, Now::at(30)), Takeover::Free);
    // Another engine was faster: its name in the record counts before its Lease does.
    assert!(record.take_over(&driver("engine/2", DriverMode::Engine), Now::at(30)));
    assert!(matches!(may_take_over(&record, &lease, me, Now::at(30)), Takeover::Alive { .. }));
    lease.look(None, &record.driver, Now::at(31));
    assert!(matches!(may_take_over(&record, &lease, me, Now::at(45)), Takeover::Alive { .. }));
    assert_eq!(may_take_over(&record, &lease, me, Now::at(46)), Takeover::Free, "it never took the Lease");
    record.hand_over(Now::at(47));
    lease.look(None, &record.driver, Now::at(47));
    assert_eq!(may_take_over(&record, &lease, me, Now::at(47)), Takeover::Free, "handed over");
}

#[test]
fn two_people_who_press_promote_at_once_promote_once() {
    let mut record = record();
    record.ask("r-1".into(), Request::Promote, "ada", "", Now::at(1));
    record.ask("r-2".into(), Request::Promote, "bo", "", Now::at(1));
    record.ask("r-3".into(), Request::Abort, "cy", "", Now::at(1));
    let open = record.unanswered();
    assert_eq!(open[0].id.as_str(), "r-3", "an abort goes first");
    let (first, second) = (open[1].clone(), open[2].clone());
    assert!(record.still_meant(&first).is_ok());
    record.run.phase = crate::engine::canary::Phase::Scaling { step: 1, since: Now::at(2).wall };
    record.acknowledge(&first.id, true, "promoted", Now::at(2));
    assert_eq!(record.still_meant(&second), Err("the step it was asked in is over".to_owned()));
    assert_eq!(record.unanswered().len(), 2);
}

#[test]
fn old_answered_requests_make_room() {
    let mut record = record();
    for n in 0..500 {
        let id = format!("r-{n}");
        record.ask(id.as_str().into(), Request::Hold, "ada", "", Now::at(n));
        record.acknowledge(&id.as_str().into(), true, "held", Now::at(n));
    }
    assert!(record.requests.len() <= 60);
    assert_eq!(record.requests.last().unwrap().id.as_str(), "r-499");
}
