//! Crash loops, missing images, jobs.

use super::*;

#[test]
fn a_crash_loop_waits_ten_seconds_then_twice_as_long_up_to_five_minutes() {
    let mut at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut c =
        Container::new(Arc::new(ContainerSpec { name: "app".into(), ..ContainerSpec::default() }), false);
    let end = End { after_s: 3.0, exit_code: 1, reason: "Error", last_lines: vec!["FATAL".into()] };
    c.begin(Behaviour { end: Some(end), ..Behaviour::default() }, true, at, 0.5);
    let mut waits = Vec::new();
    while waits.len() < 8 {
        at = c.next().unwrap();
        for moment in c.advance(at, RestartPolicy::Always) {
            if let Moment::BackOff(s) = moment {
                waits.push(s as u32);
            }
        }
    }
    assert_eq!(waits, [10, 20, 40, 80, 160, 300, 300, 300]);
    assert_eq!(c.restarts, 8, "the first restart did not wait");
}

#[test]
fn a_missing_image_is_tried_again_for_ever() {
    let mut at: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut c = Container::new(Arc::default(), false);
    c.begin(Behaviour { pull_error: Some("not found".into()), ..Behaviour::default() }, false, at, 0.5);
    let mut seen = Vec::new();
    for _ in 0..6 {
        at = c.next().unwrap();
        seen.extend(c.advance(at, RestartPolicy::Always));
    }
    let failed = Moment::PullFailed("not found".into());
    assert_eq!(seen[..4], [failed.clone(), Moment::PullBackOff, Moment::Pulling, failed]);
}

#[test]
fn a_job_container_that_succeeds_stays_ended() {
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let mut c = Container::new(Arc::default(), false);
    let end = End { after_s: 5.0, exit_code: 0, reason: "Completed", last_lines: Vec::new() };
    c.begin(Behaviour { end: Some(end), ..Behaviour::default() }, true, now, 0.0);
    while let Some(at) = c.next() {
        c.advance(at, RestartPolicy::OnFailure);
    }
    assert!(c.succeeded() && c.restarts == 0);
}
