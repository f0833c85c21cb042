//! The gate before every write: each way in is shut but one.

use super::*;
use jiff::Timestamp;
use std::time::Duration;

type Case<'a> = (&'a Plan, &'a WriteMode, &'a str, i64, &'a str, Option<&'a str>);

fn plan(change: impl FnOnce(&mut Plan)) -> Plan {
    let target = Target {
        context: "prod".into(),
        cluster: "https://c".into(),
        key: ObjectKey::new(Kind::Deployment, "ns", "web"),
        uid: "u".into(),
        resource_version: "1".into(),
    };
    let order = Order {
        id: "op".into(),
        verb: Verb::Restart,
        target: target.clone(),
        actor: Actor::default(),
        reason: String::new(),
        override_owner: false,
        undo: None,
        asked_at: Timestamp::UNIX_EPOCH,
    };
    let mut plan = Plan {
        order,
        environment: Environment::Production,
        from: String::new(),
        to: String::new(),
        mutation: Mutation::patch(target, vec![]),
        changes: vec![],
        checks: vec![],
        blast: Blast::default(),
        side_effects: vec![],
        confirmation: Confirmation::Type("web".into()),
        read_at: Now::at(100),
    };
    change(&mut plan);
    plan
}

fn ask(plan: &Plan, mode: &WriteMode, answer: &str, at: i64, cluster: &str) -> Result<(), String> {
    let (context, cluster) = ("prod".into(), cluster.into());
    let input = GateInput {
        plan,
        here: Here { mode, context: &context, cluster: &cluster, now: Now::at(at) },
        running: None,
        answer,
    };
    admit(&input).map(|permit| assert_eq!(permit.digest(), plan.mutation.digest())).map_err(|r| r.to_string())
}

#[test]
fn a_rollback_never_waits_for_another_operation() {
    let ask = |verb| {
        let plan = plan(|p| p.order.verb = verb);
        let (context, cluster, other) = ("prod".into(), "https://c".into(), "op-0".into());
        let input = GateInput {
            plan: &plan,
            here: Here {
                mode: &WriteMode::CommandLine,
                context: &context,
                cluster: &cluster,
                now: Now::at(101),
            },
            running: Some(&other),
            answer: "web",
        };
        admit(&input).is_ok()
    };
    assert!(ask(Verb::Rollback { to: RevisionNumber(1) }));
    assert!(!ask(Verb::Restart));
}

#[test]
fn every_way_in_is_shut_but_one() {
    let on = WriteMode::Until { context: "prod".into(), until: Duration::from_secs(200) };
    let elsewhere = WriteMode::Until { context: "dev".into(), until: Duration::from_secs(200) };
    let good = plan(|_| {});
    let failing = plan(|p| p.checks.push(Check::new("permission", CheckOutcome::Fail, "no", "SSAR")));
    let unexplained = plan(|p| p.order.override_owner = true);
    let key = plan(|p| p.confirmation = Confirmation::Key);
    let cases: [Case<'_>; 12] = [
        (&good, &on, "web", 101, "https://c", None),
        (&key, &on, "y", 101, "https://c", None),
        (&good, &WriteMode::CommandLine, "web", 101, "https://c", None),
        (&good, &WriteMode::ReadOnly, "web", 101, "https://c", Some("read-only")),
        (&good, &elsewhere, "web", 101, "https://c", Some("read-only")),
        (&good, &on, "web", 201, "https://c", Some("read-only")),
        (&good, &on, "web", 101, "https://other", Some("connected to")),
        (&good, &on, "", 101, "https://c", Some("not confirmed")),
        (&key, &on, "\n", 101, "https://c", Some("not confirmed")),
        (&good, &on, "web", 131, "https://c", Some("31 s old")),
        (&failing, &on, "web", 101, "https://c", Some("permission: no")),
        (&unexplained, &on, "web", 101, "https://c", Some("needs a reason")),
    ];
    for (index, (plan, mode, answer, at, cluster, refusal)) in cases.into_iter().enumerate() {
        match (ask(plan, mode, answer, at, cluster), refusal) {
            (Ok(()), None) => {}
            (Err(text), Some(expected)) => assert!(text.contains(expected), "case {index}: {text}"),
            (got, _) => panic!("case {index}: {got:?}"),
        }
    }
}
