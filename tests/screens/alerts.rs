//! Alerts of the monitoring on the screen, and silences through the gate.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{demo, snap};
use jiff::{SignedDuration, Timestamp};
use quarterdeck::domain::{Alarms, Alert, AlertState, LabelSet, Matcher, Silence, SilenceVerb};
use quarterdeck::msg::{Effect, Event};

fn labels(pairs: &[(&str, &str)]) -> LabelSet {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn ago(minutes: i64) -> Option<Timestamp> {
    fixture::now().wall.checked_sub(SignedDuration::from_mins(minutes)).ok()
}

fn alert(state: AlertState, name: &str, service: &str, severity: &str, says: &str) -> Alert {
    let all = [("alertname", name), ("namespace", "shop-prod"), ("service", service), ("severity", severity)];
    Alert::new(&labels(&all), &labels(&[("summary", says)]), state, ago(7))
}

pub(crate) fn alarms() -> Alarms {
    let kept = alert(AlertState::Silenced, "DiskFull", "orders", "ticket", "known, being mended");
    let mut alarms = Alarms {
        alerts: vec![
            alert(AlertState::Firing, "HighErrorRate", "checkout", "page", "one of ten requests fails"),
            alert(AlertState::Firing, "QueueGrows", "search", "ticket", ""),
            alert(AlertState::Pending, "SlowAnswers", "cart", "page", "p95 above a second"),
            Alert { silenced_by: vec!["6f1c".to_owned()], ..kept },
        ],
        silences: vec![Silence {
            id: "6f1c".to_owned(),
            matchers: vec![Matcher::equal("alertname", "DiskFull")],
            starts: ago(60),
            ends: ago(-60),
            author: "bo".to_owned(),
            comment: "OPS-12".to_owned(),
            expired: false,
        }],
        sources: vec!["Alertmanager http://am:9093".to_owned(), "Prometheus http://p:9090".to_owned()],
        warnings: Vec::new(),
        at: Some(fixture::now().wall),
        silences_possible: true,
    };
    alarms.sort();
    alarms
}

fn desk() -> Desk {
    let mut desk = demo();
    desk.send(Event::Alarms(Box::new(alarms())));
    desk
}

#[test]
fn alerts_are_a_screen_mark_their_service_and_stand_in_its_cockpit() {
    let mut desk = desk();
    let row =
        |text: &str, name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_default().to_owned();
    let marked = row(&desk.screen(), "checkout");
    let mut quiet = demo();
    assert_ne!(marked, row(&quiet.screen(), "checkout"), "a page marks the service");
    desk.press("8");
    snap("alerts", &mut desk);
    desk.press("enter");
    let cockpit = desk.screen();
    assert!(cockpit.contains("firing page 7m HighErrorRate"), "{cockpit}");
}

#[test]
fn what_is_old_or_not_there_is_said() {
    let mut desk = demo();
    desk.press("8");
    assert!(desk.screen().contains("neither Prometheus nor Alertmanager was asked"), "{}", desk.screen());
    let failing = Alarms { warnings: vec!["Alertmanager http://am: 502 Bad Gateway".to_owned()], ..alarms() };
    desk.send(Event::Alarms(Box::new(failing)));
    let screen = desk.screen();
    assert!(screen.contains("502 Bad Gateway") && screen.contains("as it was at"), "{screen}");
    assert!(screen.contains("HighErrorRate"), "the last ones stay: {screen}");
    let none = Alarms { at: Some(fixture::now().wall), ..Alarms::default() };
    desk.send(Event::Alarms(Box::new(none)));
    assert!(desk.screen().contains("Nothing fires"), "{}", desk.screen());
}

fn silences(effects: Vec<Effect>) -> Vec<SilenceVerb> {
    let verb = |effect| if let Effect::Silence { order, .. } = effect { Some(order.verb) } else { None };
    effects.into_iter().filter_map(verb).collect()
}

#[test]
fn a_silence_passes_the_gate_or_is_not_sent() {
    let mut desk = desk();
    desk.press("8 m");
    assert!(desk.screen().contains("read-only"), "{}", desk.screen());
    desk.press(": w r i t e enter m");
    snap("silence", &mut desk);
    // No reason, then the wrong word, then the right one.
    desk.press("tab").type_text("nope").press("enter");
    assert!(desk.screen().contains("reason"), "{}", desk.screen());
    desk.type_text("known").press("enter").type_text("y").press("enter");
    assert!(desk.screen().contains("not confirmed: type checkout"), "{}", desk.screen());
    assert!(silences(desk.take()).is_empty());
    desk.type_text("checkout").press("enter");
    let sent = silences(desk.take());
    let [SilenceVerb::Silence { matchers, starts, ends }] = &sent[..] else { panic!("{sent:?}") };
    assert!(matchers.contains(&Matcher::equal("alertname", "HighErrorRate")), "{matchers:?}");
    assert_eq!(ends.as_second() - starts.as_second(), 7_200);
}

#[test]
fn a_silence_is_ended_with_one_key_and_old_data_is_refused() {
    let mut desk = desk();
    desk.press(": w r i t e enter 8 G m").type_text("mended").press("enter");
    assert!(desk.screen().contains("End a silence"), "{}", desk.screen());
    desk.press("enter");
    assert!(desk.screen().contains("enter never means yes"), "{}", desk.screen());
    desk.wait(std::time::Duration::from_secs(40)).press("y");
    assert!(desk.screen().contains("40 s old"), "{}", desk.screen());
    let fresh = Alarms { at: Some(desk.now.wall), ..alarms() };
    desk.send(Event::Alarms(Box::new(fresh))).press("y");
    assert!(matches!(&silences(desk.take())[..], [SilenceVerb::Expire { silence }] if silence.id == "6f1c"));
}
