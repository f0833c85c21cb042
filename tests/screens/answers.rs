//! What the shell would answer: plans, operations, an audit trail, log lines.

use crate::fixture::now;
use jiff::Timestamp;
use quarterdeck::domain::*;
use quarterdeck::msg::{Ask, ContextInfo, RunView};
use std::time::Duration;

/// A plan with every check fine.
pub(crate) fn planned(ask: &Ask, now: Now) -> Plan {
    planned_with(ask, now, false)
}

/// A plan; with the owner check failing if the object is owned.
#[expect(clippy::too_many_lines, reason = "one long literal, a field a line")]
pub(crate) fn planned_with(ask: &Ask, now: Now, owned: bool) -> Plan {
    let key = &ask.target.key;
    let environment = Environment::of_namespace(key.namespace.as_str(), &std::collections::BTreeMap::new());
    let guarded = environment.is_production();
    let applied = if owned {
        Check::new("owner", CheckOutcome::Fail, "applied by Helm release identity, which will revert this", "labels, annotations, ownerReferences")
            .remedy("use `helm rollback`, so that the release record agrees with the cluster; or override with a reason")
    } else {
        Check::new(
            "owner",
            CheckOutcome::Pass,
            "no other tool applies it",
            "labels, annotations, ownerReferences",
        )
    };
    let checks = vec![
        Check::new(
            "permission",
            CheckOutcome::Pass,
            format!("you may patch deployments in {}", key.namespace),
            "SelfSubjectAccessReview",
        ),
        Check::new("dry-run", CheckOutcome::Pass, "the server accepts it", "server dry run"),
        applied,
        Check::new(
            "in-progress",
            CheckOutcome::Pass,
            "a rollout is under way: 2/6 updated, 0 available, 6 old left; this ends it",
            "Deployment status",
        ),
        Check::new(
            "autoscaler",
            CheckOutcome::Unknown,
            "autoscalers may not be listed",
            "HorizontalPodAutoscaler",
        )
        .remedy("look for an autoscaler by hand before scaling"),
        Check::new(
            "configuration",
            CheckOutcome::Warn,
            format!("their content is not rolled back: ConfigMap {}-config", key.name),
            "pod templates",
        )
        .remedy("if one of them changed with the release, change it back too"),
    ];
    let order = Order {
        id: format!("op-{}", ask.verb.name()).into(),
        verb: ask.verb.clone(),
        target: ask.target.clone(),
        actor: Actor {
            os_user: "alice".into(),
            host: "bridge".into(),
            cluster_user: "alice@example.com".into(),
        },
        reason: ask.reason.clone(),
        override_owner: ask.override_owner,
        undo: None,
        asked_at: now.wall,
    };
    let tested = vec![JsonOp::test("/metadata/uid", ask.target.uid.as_str())];
    let mutation = Mutation::patch(ask.target.clone(), tested);
    Plan {
        environment,
        from: format!("revision 12, {}", "v1.9.3, 7m old, \"deploy v1.9.3 by cy\""),
        to: match &ask.verb {
            Verb::Rollback { to } => format!("revision {to}, v1.9.2, 2d19h old, \"deploy v1.9.2 by bo\""),
            Verb::Restart => "the same template (v12.9.0), new pods".to_owned(),
            Verb::Scale { to } => format!("{to} replicas"),
            Verb::Pause => "rolling out suspended".to_owned(),
            Verb::Resume => "rolling out goes on".to_owned(),
            Verb::SetImage { container, image } => format!("{container} runs {image}"),
            other @ (Verb::Delete
            | Verb::Evict
            | Verb::RunNow { .. }
            | Verb::Lock { .. }
            | Verb::Unlock { .. }
            | Verb::Edit { .. }) => other.phrase(),
        },
        mutation,
        changes: vec![Change {
            kind: ChangeKind::Image,
            path: "spec.template.spec.containers.[app].image".to_owned(),
            before: Some(format!("registry.example.com/shop/{}:v1.9.3", key.name)),
            after: Some(format!("registry.example.com/shop/{}:v1.9.2", key.name)),
        }],
        checks,
        blast: Blast {
            pods_replaced: 2,
            pods_more: 0,
            pods_serving: 6,
            pods_desired: 6,
            dependents: None,
            estimate: Some(Duration::from_secs(48)),
        },
        side_effects: vec![],
        confirmation: if ask.together > 1 {
            Confirmation::Type(format!("{} {}", ask.verb.name(), ask.together))
        } else if guarded {
            Confirmation::Type(key.name.to_string())
        } else {
            Confirmation::Key
        },
        order,
        read_at: now,
    }
}

fn order(id: &str, verb: Verb, namespace: &str, name: &str, reason: &str) -> Order {
    Order {
        id: id.into(),
        verb,
        target: Target {
            context: "demo".into(),
            cluster: "https://127.0.0.1:6443".into(),
            key: ObjectKey::new(Kind::Deployment, namespace, name),
            uid: format!("{namespace}-{name}").into(),
            resource_version: "4711".into(),
        },
        actor: Actor { os_user: "alice".into(), host: "bridge".into(), cluster_user: "alice".into() },
        reason: reason.to_owned(),
        override_owner: false,
        undo: None,
        asked_at: now().wall,
    }
}

/// Operations: one under way, one of each end.
pub(crate) fn runs() -> Vec<RunView> {
    let run = |order, phase: Phase, progress: &str, took: Option<u64>| RunView {
        order,
        phase,
        progress: progress.to_owned(),
        took: took.map(Duration::from_secs),
    };
    vec![
        run(
            order("op-5", Verb::Rollback { to: RevisionNumber(11) }, "shop-prod", "checkout", "crash loop"),
            Phase::Watching,
            "4/6 updated, 4 available, 2 old left",
            None,
        ),
        run(
            order("op-4", Verb::Restart, "shop-staging", "frontend", ""),
            Phase::Succeeded,
            "complete",
            Some(41),
        ),
        run(
            order("op-3", Verb::Scale { to: 9 }, "shop-prod", "search", "sale"),
            Phase::Refused("deployments.apps \"search\" is forbidden".into()),
            "deployments.apps \"search\" is forbidden",
            Some(1),
        ),
        run(
            order("op-2", Verb::Rollback { to: RevisionNumber(7) }, "shop-prod", "cart", "wrong prices"),
            Phase::Failed("ProgressDeadlineExceeded".into()),
            "ProgressDeadlineExceeded",
            Some(600),
        ),
        run(
            order("op-1", Verb::Pause, "shop-prod", "pricing", ""),
            Phase::Unknown("no answer to the write".into()),
            "no answer to the write",
            Some(600),
        ),
    ]
}

/// An audit trail of a rollback and a note.
pub(crate) fn audit() -> Vec<AuditEntry> {
    let at = |minutes: i64| now().wall.checked_sub(jiff::Span::new().minutes(minutes)).unwrap();
    let order = order("op-2", Verb::Rollback { to: RevisionNumber(7) }, "shop-prod", "cart", "wrong prices");
    let mut entries: Vec<AuditEntry> = Vec::new();
    let rows: [(AuditKind, i64, &str, &str); 4] = [
        (AuditKind::Intent, 1500, "", ""),
        (AuditKind::Written, 1500, "applied", "generation 13"),
        (AuditKind::Outcome, 1499, "succeeded", ""),
        (AuditKind::Intent, 3, "", ""),
    ];
    let mut prev = GENESIS.to_owned();
    for (kind, minutes, result, detail) in rows {
        let mut entry = AuditEntry::about(&order, kind, at(minutes));
        entry.result = result.to_owned();
        entry.detail = detail.to_owned();
        let entry = entry.chained(entries.len() as u64, &prev);
        prev.clone_from(&entry.hash);
        entries.push(entry);
    }
    entries
}

pub(crate) fn contexts() -> Vec<ContextInfo> {
    [
        ("demo", "https://127.0.0.1:6443", ""),
        ("prod-eu", "https://k8s.eu.example.com", "shop-prod"),
        ("staging", "https://k8s.staging.example.com", ""),
    ]
    .into_iter()
    .map(|(name, cluster, namespace)| ContextInfo {
        name: name.into(),
        cluster: cluster.into(),
        namespace: namespace.into(),
        current: name == "demo",
    })
    .collect()
}

pub(crate) fn log_line(i: u32) -> String {
    match i % 6 {
        0 => format!("INFO  request id={i} path=/cart status=200 took=12ms"),
        1 => format!("DEBUG pool size={} idle=3", i % 9),
        2 => "WARN  retrying connection to db: attempt 3 of 5".to_owned(),
        3 => "ERROR cannot reach db at postgres.shop-prod.svc:5432: connection refused (os error 111), giving up after 5 attempts and 30 seconds".to_owned(),
        4 => format!("INFO  request id={i} path=/pay status=500 took=3001ms"),
        _ => format!("INFO  heartbeat {i}"),
    }
}

/// The link is lost, and with it every watch.
pub(crate) fn lost() -> Vec<Fact> {
    let fault = Fault::new(FaultKind::Unreachable, "127.0.0.1:6443 does not answer")
        .hint("the console tries again by itself");
    let since: Timestamp = now().wall;
    let mut facts: Vec<Fact> = Kind::all()
        .map(|kind| Fact::Stream(kind, StreamState::Stale { since, fault: fault.clone() }))
        .collect();
    facts.push(Fact::Link(LinkState::Lost { since, fault }));
    facts
}
