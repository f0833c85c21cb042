//! The cockpit: operations in its rollout panel, and a failing pod's last words.

use crate::fixture;
use crate::harness::Desk;
use crate::snapshots::{cockpit, delivering, snap};
use quarterdeck::domain::*;
use quarterdeck::engine::canary::Request;
use quarterdeck::msg::{Effect, Event, LogLine, LogQuery, LogUpdate};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The log asked for last.
fn asked(desk: &mut Desk) -> Option<LogQuery> {
    let effects = desk.take();
    effects.into_iter().rev().find_map(|e| if let Effect::FollowLogs(query) = e { Some(query) } else { None })
}

fn lines(ticket: u64, texts: &[&str]) -> Event {
    let lines = texts.iter().map(|text| LogLine { at: None, source: 0, text: (*text).to_owned() }).collect();
    Event::Logs(LogUpdate { ticket, lines, ended: Some(Ok(())) })
}

#[test]
fn the_failing_pods_last_words_stand_on_top() {
    let mut desk = cockpit("check");
    let query = asked(&mut desk).unwrap();
    let [source] = query.sources.as_slice() else { panic!("one log: {query:?}") };
    assert_eq!((source.pod.as_str(), source.container.as_deref()), ("checkout-12-9fq4z", Some("app")));
    assert!(query.previous, "it waits to be restarted: the run before says why");
    assert!(query.tail <= 20, "bounded");
    desk.send(lines(query.ticket + 7, &["of another log"]));
    let words = ["starting", "panic: no such table\u{1b}[2J: prices", "password=hunter2 at main.rs:7"];
    desk.send(lines(query.ticket, &words));
    for (width, height) in [(80, 24), (120, 40)] {
        let screen = desk.at(width, height);
        assert!(screen.contains("panic: no such table"), "{screen}");
        assert!(!screen.contains("of another log") && !screen.contains("hunter2"), "{screen}");
    }
    // Nothing more is read while nothing changes.
    desk.press("j k j");
    assert!(asked(&mut desk).is_none());
    desk.press("1");
    assert!(desk.take().iter().any(|e| matches!(e, Effect::StopLogs)));
}

#[test]
fn a_log_that_may_not_be_read_says_so() {
    let mut desk = cockpit("check");
    let ticket = asked(&mut desk).unwrap().ticket;
    let fault = Fault::new(FaultKind::Forbidden, "alice may not read logs in shop-prod");
    desk.send(Event::Logs(LogUpdate { ticket, lines: Vec::new(), ended: Some(Err(fault)) }));
    assert!(desk.screen().contains("alice may not read logs"), "{}", desk.screen());
}

#[test]
fn a_healthy_service_has_no_log_read() {
    assert!(asked(&mut cockpit("orders")).is_none());
}

/// The cockpit of a service an operation is about.
pub(crate) fn flying(service: &str) -> Desk {
    let mut desk = delivering("demo");
    desk.press("/").type_text(service).press("enter enter");
    desk
}

#[test]
fn the_rollout_panel_has_the_operation_and_its_buttons() {
    let mut desk = flying("cart ns:shop-prod");
    let screen = desk.screen();
    for words in ["▶10%", "verdict HOLD  needs ~", "(p Promote)", "(a Abort)", "deploy v9.0.0 canary by bo"]
    {
        assert!(screen.contains(words), "{words}:\n{screen}");
    }
    desk.press(":").type_text("write").press("enter a y");
    let abort = |e: &Effect| matches!(e, Effect::Request { request: Request::Abort, .. });
    assert!(desk.take().iter().any(abort));
    desk.press("shift-tab enter");
    assert!(desk.screen().contains("Evidence that it is worse"), "{}", desk.screen());
}

/// A pod that no controller keeps, of the service `app`.
fn bare(name: &str, app: &str, problem: Option<&str>) -> Fact {
    let key = ObjectKey::new(Kind::Pod, "shop-prod", name);
    let container = Container { name: "app".into(), image: "shop/tool:v3".into(), ..Container::default() };
    let up = u32::from(problem.is_none());
    let workload = Workload {
        key: key.clone(),
        uid: name.into(),
        owner: None,
        resource_version: "1".into(),
        created: fixture::ago(90),
        generation: 0,
        observed_generation: 0,
        replicas: Replicas { desired: 1, current: 1, updated: 1, ready: up, available: up },
        paused: false,
        revision: None,
        labels: [("app".to_owned(), app.to_owned())].into(),
        notes: BTreeMap::new(),
        template: Template { containers: vec![container], ..Template::default() },
        conditions: Vec::new(),
        ownership: Ownership::Free,
        strategy: String::new(),
        partition: 0,
        batch: None,
        going: None,
    };
    Fact::Seen(Observed::Pod(Pod {
        key,
        uid: name.into(),
        owner: None,
        revision: None,
        created: fixture::ago(90),
        ready_since: fixture::ago(89).filter(|_| problem.is_none()),
        node: Some("node-a".into()),
        status: problem.unwrap_or("Running").into(),
        ready: (u16::from(problem.is_none()), 1),
        restarts: if problem.is_none() { 0 } else { 4 },
        terminating: false,
        going: None,
        problem: problem.map(|reason| {
            let (reason, message) = (reason.to_owned(), "exit 1".to_owned());
            Box::new(PodProblem { reason, message, container: Some("app".into()), last_exit: String::new() })
        }),
        containers: [ContainerState {
            name: "app".into(),
            image: "shop/tool:v3".into(),
            metrics: None,
            ports: Arc::default(),
        }]
        .into(),
        bare: Some(Arc::new(workload)),
    }))
}

#[test]
fn a_pod_of_its_own_has_a_cockpit() {
    let mut facts = fixture::shop();
    facts.push(bare("tool-1", "tool", Some("CrashLoopBackOff")));
    facts.push(bare("debug", "orders", None));
    let mut desk = Desk::connected("demo", facts);
    desk.press("/").type_text("tool").press("enter enter");
    snap("cockpit_bare_pod", &mut desk);
    let screen = desk.screen();
    assert!(screen.contains("po/tool-1") && screen.contains("nothing makes another one"), "{screen}");
    assert!(!screen.contains("Restart") && !screen.contains("Scale"), "{screen}");
    desk.press("d");
    assert!(desk.screen().contains("nobody: nothing makes another one"), "{}", desk.screen());
    // Beside a Deployment it is one of the workloads, and never the one meant.
    let mut desk = Desk::connected("demo", {
        let mut facts = fixture::shop();
        facts.push(bare("debug", "orders", None));
        facts
    });
    desk.press("/").type_text("orders").press("enter enter");
    let screen = desk.screen();
    assert!(screen.contains("deploy/orders") && screen.contains("debug"), "{screen}");
}

#[test]
fn what_cannot_be_done_to_a_pod_of_its_own_is_said() {
    let mut desk = Desk::connected("demo", {
        let mut facts = fixture::shop();
        facts.push(bare("tool-1", "tool", None));
        facts.push(bare("tool-2", "tool", None));
        facts
    });
    desk.press(":").type_text("write").press("enter");
    desk.press("/").type_text("tool").press("enter");
    for (key, verb) in [("r", "restart"), ("S", "scale"), ("R", "rollback"), ("i", "set-image")] {
        desk.wait(Duration::from_secs(3)).press(key);
        assert!(desk.screen().contains(&format!("{verb} is for Deployment")), "{key}: {}", desk.screen());
    }
    // Which of the two is deleted is not guessed.
    desk.wait(Duration::from_secs(3)).press("D");
    assert!(desk.screen().contains("it has 2 pods of their own"), "{}", desk.screen());
}
