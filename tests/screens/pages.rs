//! Pages to read: why, when, what depends on what, where numbers come from, YAML.

use crate::catalogue::with_catalog;
use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, demo, snap};
use quarterdeck::catalog::{Catalog, read};
use quarterdeck::domain::*;
use quarterdeck::msg::{Effect, Event, Found, LogLine, Look};
use serde_json::json;
use std::fmt::Write as _;
use std::sync::Arc;

/// What was asked to be looked up, with its ticket.
fn looks(desk: &mut Desk) -> Vec<(u64, Look)> {
    let look = |effect| if let Effect::Look { ticket, look } = effect { Some((ticket, look)) } else { None };
    desk.take().into_iter().filter_map(look).collect()
}

/// Opens a page about a service and answers every question for its log.
fn why(name: &str) -> Desk {
    let mut desk = demo();
    desk.press("/").type_text(name).press("enter");
    desk.take();
    desk.press("X");
    for (ticket, look) in looks(&mut desk) {
        let Look::LastLines(wanted) = look else { panic!("{look:?}") };
        let said = ["starting v1.9.3", "FATAL: missing required setting PAYMENT_TIMEOUT_MS"];
        let lines = said.map(|text| LogLine { at: None, source: 0, text: text.to_owned() });
        desk.send(Event::Found { ticket, found: Found::Lines(wanted, Ok(lines.into())) });
    }
    desk
}

#[test]
fn a_crash_loop_is_walked_to_its_container() {
    let mut desk = why("name:checkout env:prod");
    with_catalog(&mut desk);
    snap("page_why_crash", &mut desk);
    let screen = desk.at(120, 40);
    let at = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text:?} in\n{screen}"));
    // The last event and the last lines stand before the chain.
    assert!(at("BackOff ×14") < at("FATAL: missing required setting"));
    assert!(at("FATAL: missing required setting") < at("└─ service"));
    assert!(at("└─ Deployment") < at("└─ ReplicaSet") && at("└─ Pod") < at("└─ container app"));
}

#[test]
fn every_kind_of_trouble_has_its_cause() {
    let cases = [
        ("name:recommendations env:prod", "ImagePullBackOff", "check the tag, the registry"),
        ("name:checkout env:staging", "NotReady", "readiness probe"),
        ("name:labels env:dev", "Unschedulable", "No node takes the pod"),
        ("name:pricing env:prod", "paused", "P lets the rollout go on"),
        ("name:tax env:prod", "Nothing in the cluster says", "x explains"),
    ];
    for (filter, reason, remedy) in cases {
        let mut desk = why(filter);
        let screen = desk.at(140, 40);
        assert!(screen.contains(reason) && screen.contains(remedy), "{filter}:\n{screen}");
    }
}

#[test]
fn pods_that_cannot_be_created_come_first() {
    let mut facts = fixture::shop();
    for fact in &mut facts {
        if let Fact::Seen(Observed::Workload(w)) = fact
            && w.key.name.as_str() == "orders"
        {
            w.replicas.current = 3;
            w.replicas.available = 3;
            w.conditions.push(Condition {
                kind: "ReplicaFailure".to_owned(),
                holds: true,
                reason: "FailedCreate".to_owned(),
                message: "pods \"orders-x\" is forbidden: exceeded quota: compute".to_owned(),
                since: None,
            });
        }
    }
    let mut world = World::default();
    for fact in facts {
        world.apply(fact);
    }
    let key = ServiceKey { namespace: "shop-prod".into(), name: "orders".into() };
    let causes = diagnose(&world, &key);
    assert_eq!(causes[0].title, "its pods cannot be created");
    assert!(causes[0].evidence[0].contains("exceeded quota"), "{causes:?}");
}

#[test]
fn what_happened_by_day() {
    let mut desk = cockpit("check");
    desk.send(Event::Audit(Ok(fixture::audit())));
    desk.press("T");
    snap("page_timeline", &mut desk);
    desk.press("/").type_text("deploy").press("enter");
    let screen = desk.screen();
    assert!(screen.contains("revision 12: v1.9.3") && !screen.contains("BackOff"), "{screen}");
    desk.press("esc esc");
    assert!(desk.screen().contains("Rollout"), "back in the cockpit: {}", desk.screen());
}

#[test]
fn the_dependency_graph() {
    let mut desk = cockpit("check");
    desk.press("v");
    assert!(desk.screen().contains("No catalogue is configured"), "{}", desk.screen());
    with_catalog(&mut desk);
    snap("page_graph", &mut desk);
    // Down to the first that leads somewhere, and there.
    desk.press("j j enter");
    assert!(!desk.screen().contains("It needs"), "{}", desk.screen());
}

#[test]
fn graphs_of_ten_thousand_and_circles_are_drawn_and_end() {
    let mut text = String::new();
    for n in 0..10_000 {
        let name = if n == 0 { "checkout".to_owned() } else { format!("c{n}") };
        let on = [(n + 1) % 10_000, (n * 7 + 3) % 10_000]
            .map(|m| if m == 0 { "checkout".to_owned() } else { format!("c{m}") })
            .join(", ");
        let _infallible = write!(
            text,
            "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{dependsOn: [{on}]}}\n"
        );
    }
    let catalog = Arc::new(Catalog::build(read("c.yaml", &text).entities));
    let mut desk = cockpit("check");
    desk.send(Event::Catalog(Ok((catalog, Vec::new()))));
    desk.press("v");
    assert!(desk.screen().contains("c1 "), "{}", desk.screen());
    desk.press("G");
    assert!(desk.screen().contains("only 1000 lines are drawn"), "{}", desk.screen());
}

pub(crate) fn signals() -> Signals {
    let explained = |name, formula, promql: &str, reading, unit| Explained {
        name,
        formula,
        promql: promql.to_owned(),
        reading,
        unit,
    };
    Signals {
        at: fixture::now().wall,
        source: SignalSource::Scraper,
        family: "http_requests_total".to_owned(),
        selector: "service=\"checkout\"".to_owned(),
        code_label: "code",
        window: "5 min",
        rate: Reading::Value(12.0),
        rate_hour_ago: Reading::Absent,
        errors: Reading::Value(0.021),
        p50: Reading::Value(0.045),
        p95: Reading::NoTraffic,
        p99: Reading::NoTraffic,
        usage: None,
        codes: Vec::new(),
        routes: Vec::new(),
        rate_history: Vec::new(),
        error_history: Vec::new(),
        p95_history: Vec::new(),
        explained: vec![
            explained(
                "rate",
                "requests per second",
                "sum(rate(http_requests_total[5m]))",
                Reading::Value(12.0),
                "req/s",
            ),
            explained(
                "errors",
                "failed requests / all requests",
                "sum(rate(http_requests_total{code=~\"5..\"}[5m])) / sum(rate(http_requests_total[5m]))",
                Reading::Value(0.021),
                "ratio",
            ),
            explained("p95", "95 % are faster", "histogram_quantile(0.95, x)", Reading::NoTraffic, "s"),
        ],
    }
}

#[test]
fn numbers_are_explained_down_to_their_samples() {
    let mut desk = cockpit("check");
    desk.press("x");
    assert!(desk.screen().contains("there is no number to explain"), "{}", desk.screen());
    desk.press("esc");
    let key = ServiceKey { namespace: "shop-prod".into(), name: "checkout".into() };
    let signals = signals();
    desk.send(Event::Signals(vec![(key, SignalState::Ready(Box::new(signals)))]));
    desk.take();
    desk.press("x");
    let asked = looks(&mut desk);
    let [(ticket, Look::Traces(_, expressions))] = &asked[..] else { panic!("{asked:?}") };
    assert!(desk.screen().contains("being read…"), "{}", desk.screen());
    let at = |s: i64| fixture::now().wall.checked_sub(jiff::Span::new().seconds(s)).unwrap();
    let trace = Trace {
        terms: vec![("sum(rate(a[5m]))".to_owned(), Some(0.25)), ("sum(rate(b[5m]))".to_owned(), Some(12.0))],
        series: vec![RawSeries {
            name: "http_requests_total{code=\"500\",pod=\"a\"}".to_owned(),
            samples: (0..20).rev().map(|n| (at(n * 15), 1204.0 - n as f64)).collect(),
        }],
        more: 2,
    };
    let mut found: Vec<Result<Trace, String>> = vec![Ok(trace); expressions.len()];
    found[0] = Err("the store is gone".to_owned());
    desk.send(Event::Found { ticket: *ticket, found: Found::Traces(found) });
    snap("page_explain", &mut desk);
}

/// A widget, as somebody's controller left it.
fn widget() -> Thing {
    let object = json!({
        "apiVersion": "example.com/v1", "kind": "Widget",
        "metadata": {"name": "w1", "namespace": "shop-prod", "uid": "u-1", "labels": {"team": "payments"},
            "creationTimestamp": "2026-11-21T01:12:00Z", "managedFields": [{"manager": "widgeteer"}],
            "ownerReferences": [{"kind": "Shop", "name": "main"}]},
        "spec": {"size": 3, "parts": [{"name": "wheel", "count": 4}], "secretName": "w1-key"},
        "status": {"phase": "Degraded", "conditions": [{"type": "Ready", "status": "False", "reason": "NoDisk",
            "message": "no disk of that size", "lastTransitionTime": "2026-11-21T02:42:00Z"}]},
    });
    let resource = Resource {
        group: "example.com".into(),
        version: "v1".into(),
        preferred: true,
        kind: "Widget".into(),
        plural: "widgets".into(),
        singular: "widget".into(),
        short: vec!["wd".into()],
        namespaced: true,
    };
    let event = ClusterEvent {
        key: ObjectKey::new(Kind::Event, "shop-prod", "w1.1"),
        about: "u-1".into(),
        about_kind: "Widget".into(),
        about_name: "w1".into(),
        severity: Severity::Warning,
        reason: "NoDisk".into(),
        message: "no disk of that size".into(),
        count: 3,
        last: fixture::ago(5),
    };
    Thing { resource, object, events: vec![event], events_fault: None }
}

/// Types a line into the palette; what was asked for, with its ticket.
fn typed(desk: &mut Desk, line: &str) -> Vec<(u64, Look)> {
    desk.take();
    desk.press(":").type_text(line).press("enter");
    looks(desk)
}

#[test]
fn any_object_is_told_and_shown_as_yaml() {
    let mut desk = demo();
    let asked = typed(&mut desk, "describe wd/w1 -n shop-prod");
    let [(ticket, Look::Thing(wanted))] = &asked[..] else { panic!("{asked:?}") };
    assert_eq!(wanted.to_string(), "wd/w1 -n shop-prod");
    assert!(desk.screen().contains("Reading wd/w1"), "{}", desk.screen());
    desk.send(Event::Found { ticket: *ticket, found: Found::Thing(Ok(Box::new(widget()))) });
    snap("page_thing", &mut desk);
    desk.press("y");
    let again = looks(&mut desk);
    let [(ticket, Look::Thing(_))] = &again[..] else { panic!("{again:?}") };
    desk.send(Event::Found { ticket: *ticket, found: Found::Thing(Ok(Box::new(widget()))) });
    snap("page_thing_yaml", &mut desk);
    assert!(!desk.screen().contains("manager: widgeteer"), "{}", desk.screen());
    desk.press("m");
    assert!(desk.screen().contains("manager: widgeteer"), "{}", desk.screen());
    // Nothing on it can be acted on.
    desk.take();
    desk.press("R D r S");
    assert!(desk.take().is_empty(), "it can only be looked at");
}

#[test]
fn an_object_that_is_not_there_says_what_to_do() {
    let mut desk = demo();
    let asked = typed(&mut desk, "yaml widgts/w1");
    let fault = Fault::new(FaultKind::NotFound, "the server serves no kind 'widgts'");
    let found = Found::Thing(Err(fault.hint("did you mean widgets.example.com?")));
    desk.send(Event::Found { ticket: asked[0].0, found });
    let screen = desk.screen();
    assert!(
        screen.contains("no kind 'widgts'") && screen.contains("did you mean widgets.example.com?"),
        "{screen}"
    );
    assert!(typed(&mut desk, "describe widgets").is_empty());
    assert!(desk.screen().contains("'widgets' is not KIND/NAME"), "{}", desk.screen());
}

#[test]
fn an_object_as_yaml_folds_and_hides_its_managers() {
    let mut desk = cockpit("check");
    desk.take();
    desk.press("y");
    let asked = looks(&mut desk);
    let [(ticket, Look::Object(_))] = &asked[..] else { panic!("{asked:?}") };
    let object = json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "checkout-x", "managedFields": [{"manager": "kubelet", "operation": "Update"}]},
        "spec": {"containers": [{"name": "app", "env": [{"name": "DB_PASSWORD", "value": "hunter2"}]}]},
        "status": {"phase": "Running"},
    });
    let found = Found::Object(Ok(Box::new(object)));
    desk.send(Event::Found { ticket: ticket - 1, found: found.clone() });
    assert!(desk.screen().contains("Reading"), "a late answer to another page is dropped");
    desk.send(Event::Found { ticket: *ticket, found });
    snap("page_yaml", &mut desk);
    assert!(!desk.screen().contains("hunter2") && !desk.screen().contains("operation: Update"));
    desk.press("m");
    assert!(desk.screen().contains("operation: Update"), "{}", desk.screen());
    desk.press("m");
    desk.screen();
    desk.press("/").type_text("spec:").press("enter space");
    assert!(desk.screen().contains("… ") && !desk.screen().contains("DB_PASSWORD"), "{}", desk.screen());
    desk.press("space");
    assert!(desk.screen().contains("DB_PASSWORD"));
    let fault = Fault::new(FaultKind::NotFound, "pod checkout-x is not there").hint("it was replaced");
    desk.send(Event::Found { ticket: *ticket, found: Found::Object(Err(fault)) });
    assert!(desk.screen().contains("it was replaced"));
}

#[test]
fn pages_are_in_history() {
    let mut desk = cockpit("check");
    desk.press("T X v [ [");
    assert!(desk.screen().contains("checkout ─ what happened ─ shop-prod"), "{}", desk.screen());
    desk.press("]");
    assert!(desk.screen().contains("checkout ─ why it is not well ─ shop-prod"), "{}", desk.screen());
}
