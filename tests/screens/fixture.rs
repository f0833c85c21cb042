//! A shop of 25 services, built from domain values: most are well, some are not.

pub(crate) use crate::answers::*;
use jiff::Timestamp;
use quarterdeck::domain::*;
use quarterdeck::msg::Place;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// 2026-11-21 03:12:00 UTC.
pub(crate) fn now() -> Now {
    Now { wall: Timestamp::from_second(1_795_230_720).unwrap(), boot: Duration::from_hours(1) }
}

fn ago(minutes: i64) -> Option<Timestamp> {
    now().wall.checked_sub(jiff::Span::new().minutes(minutes)).ok()
}

pub(crate) fn place(context: &str) -> Place {
    Place {
        context: context.into(),
        cluster: "https://127.0.0.1:6443".into(),
        namespace: None,
        user: "alice".to_owned(),
        demo: context == "demo",
        locked: None,
    }
}

/// A service of the fixture and how it is doing.
#[derive(Clone, Copy)]
pub(crate) struct Make {
    pub(crate) namespace: &'static str,
    pub(crate) name: &'static str,
    pub(crate) owner: &'static str,
    pub(crate) version: &'static str,
    /// Version on its way; empty if none.
    pub(crate) next: &'static str,
    pub(crate) desired: u32,
    /// Pods of the next version that are there, and that are ready.
    pub(crate) new: (u32, u32),
    pub(crate) trouble: Trouble,
    pub(crate) changed: i64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    None,
    Crash,
    Image,
    Stuck,
    Paused,
    Down,
}

const fn well(
    namespace: &'static str,
    name: &'static str,
    owner: &'static str,
    version: &'static str,
    desired: u32,
    changed: i64,
) -> Make {
    Make { namespace, name, owner, version, next: "", desired, new: (0, 0), trouble: Trouble::None, changed }
}

const fn change(make: Make, next: &'static str, new: (u32, u32), trouble: Trouble) -> Make {
    Make { next, new, trouble, ..make }
}

pub(crate) const SHOP: [Make; 25] = [
    change(well("shop-prod", "checkout", "payments", "v1.9.2", 6, 7), "v1.9.3", (2, 0), Trouble::Crash),
    change(well("shop-prod", "search", "discovery", "v4.12.0", 8, 3), "v4.13.0", (3, 2), Trouble::None),
    change(
        well("shop-prod", "recommendations", "discovery", "v2.0.1", 3, 41),
        "v2.1.0-rc.4",
        (1, 0),
        Trouble::Image,
    ),
    change(well("shop-staging", "checkout", "payments", "v1.9.3", 2, 130), "v1.9.4", (1, 0), Trouble::Stuck),
    change(well("shop-prod", "pricing", "payments", "v7.3.0", 4, 95), "v7.4.0", (1, 1), Trouble::Paused),
    change(well("shop-dev", "labels", "", "2026.11.1", 1, 300), "", (0, 0), Trouble::Down),
    well("shop-prod", "cart", "storefront", "v3.4.1", 4, 1500),
    well("shop-prod", "catalog", "storefront", "v5.0.2", 6, 4320),
    well("shop-prod", "frontend", "storefront", "v12.8.0", 10, 260),
    well("shop-prod", "identity", "platform", "v2.2.2", 3, 20160),
    well("shop-prod", "inventory", "supply", "v1.1.0", 3, 9000),
    well("shop-prod", "mailer", "growth", "v0.9.14", 2, 12960),
    well("shop-prod", "orders", "payments", "v3.0.0", 5, 2880),
    well("shop-prod", "payments-gateway", "payments", "v6.1.7", 4, 5000),
    well("shop-prod", "reviews", "storefront", "v1.3.3", 2, 7000),
    well("shop-prod", "shipping", "supply", "v2.5.0", 3, 8000),
    well("shop-prod", "tax", "payments", "v1.0.9", 2, 100_000),
    well("shop-staging", "cart", "storefront", "v3.5.0", 1, 600),
    well("shop-staging", "frontend", "storefront", "v12.9.0", 2, 20),
    well("shop-staging", "search", "discovery", "v4.13.0", 1, 90),
    well("shop-dev", "frontend", "storefront", "v12.9.1", 1, 2),
    well("shop-dev", "search", "discovery", "v4.14.0", 0, 900),
    well("ops", "log-shipper", "platform", "v1.30.2", 5, 40_000),
    well("ops", "metrics", "platform", "v2.54.1", 2, 30_000),
    well("ops", "ingress", "platform", "v1.11.3", 3, 11_000),
];

/// Everything about the shop, as a watch would tell it.
pub(crate) fn shop() -> Vec<Fact> {
    let mut facts = Vec::new();
    for make in &SHOP {
        facts.extend(service(make));
    }
    facts.extend(live());
    facts
}

/// Every list is complete and every watch is live.
pub(crate) fn live() -> Vec<Fact> {
    let mut facts: Vec<Fact> = Kind::all().map(|kind| Fact::Stream(kind, StreamState::Live)).collect();
    facts.push(Fact::Link(LinkState::Live { latency: Duration::from_millis(4) }));
    facts
}

pub(crate) fn template(name: &str, version: &str) -> Template {
    let env = BTreeMap::from([
        ("LOG_LEVEL".to_owned(), EnvValue::Plain("info".to_owned())),
        ("PORT".to_owned(), EnvValue::Plain("8080".to_owned())),
        ("DB_PASSWORD".to_owned(), EnvValue::From("secret db key password".to_owned())),
        ("RELEASE".to_owned(), EnvValue::Plain(version.to_owned())),
    ]);
    let container = Container {
        name: "app".to_owned(),
        image: format!("registry.example.com/shop/{name}:{version}"),
        env,
        resources: "cpu 250m, memory 256Mi / memory 512Mi".to_owned(),
        ..Container::default()
    };
    Template {
        containers: vec![container],
        configs: vec![ConfigRef { kind: "ConfigMap", name: format!("{name}-config") }],
        labels: BTreeMap::from([("app".to_owned(), name.to_owned())]),
        digest: version.bytes().fold(7, |hash: u64, b| hash.wrapping_mul(31).wrapping_add(u64::from(b))),
    }
}

/// The facts of one service: a Deployment, its revisions, its pods, events.
#[expect(clippy::too_many_lines, reason = "one long literal, a field a line")]
pub(crate) fn service(make: &Make) -> Vec<Fact> {
    let moving = !make.next.is_empty();
    let down = make.trouble == Trouble::Down;
    let target = if moving { make.next } else { make.version };
    let old_ready = if down {
        0
    } else if moving {
        make.desired.saturating_sub(make.new.1)
    } else {
        make.desired
    };
    let updated = if moving { make.new.0 } else { make.desired };
    let available = old_ready + make.new.1;
    let uid = format!("{}-{}", make.namespace, make.name);
    let key = ObjectKey::new(Kind::Deployment, make.namespace, make.name);
    let mut conditions = vec![condition("Available", available > 0, "MinimumReplicasAvailable", "")];
    conditions.push(match make.trouble {
        Trouble::Stuck => condition(
            "Progressing",
            false,
            "ProgressDeadlineExceeded",
            "ReplicaSet has timed out progressing.",
        ),
        Trouble::None | Trouble::Crash | Trouble::Image | Trouble::Paused | Trouble::Down if moving => {
            condition("Progressing", true, "ReplicaSetUpdated", "ReplicaSet is progressing.")
        }
        Trouble::None | Trouble::Crash | Trouble::Image | Trouble::Paused | Trouble::Down => {
            condition("Progressing", true, "NewReplicaSetAvailable", "")
        }
    });
    let workload = Workload {
        key: key.clone(),
        uid: uid.as_str().into(),
        resource_version: "4711".into(),
        created: ago(200_000),
        generation: 12,
        observed_generation: 12,
        replicas: Replicas {
            desired: make.desired,
            current: if moving { old_ready + make.new.0 } else { make.desired },
            updated,
            ready: available,
            available,
        },
        paused: make.trouble == Trouble::Paused,
        revision: Some(RevisionNumber(12)),
        labels: labels(make),
        notes: BTreeMap::new(),
        template: template(make.name, target),
        conditions,
        owner: None,
        partition: 0,
        batch: None,
        ownership: if make.name == "identity" {
            Ownership::Helm { release: "identity".to_owned() }
        } else {
            Ownership::Free
        },
        strategy: "RollingUpdate 25%/25%".to_owned(),
    };
    let mut facts = vec![Fact::Seen(Observed::Workload(workload))];
    facts.extend(revisions(make, &uid, old_ready));
    facts.extend(pods(make, &uid, old_ready));
    facts.extend(events(make, &uid));
    facts
}

fn labels(make: &Make) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::from([("app.kubernetes.io/name".to_owned(), make.name.to_owned())]);
    if !make.owner.is_empty() {
        labels.insert("team".to_owned(), make.owner.to_owned());
    }
    labels
}

fn condition(kind: &str, holds: bool, reason: &str, message: &str) -> Condition {
    Condition {
        kind: kind.to_owned(),
        holds,
        reason: reason.to_owned(),
        message: message.to_owned(),
        since: None,
    }
}

fn revisions(make: &Make, uid: &str, old_ready: u32) -> Vec<Fact> {
    let moving = !make.next.is_empty();
    let set = |number: u64, version: &str, replicas: u32, available: u32, minutes: i64, cause: &str| {
        let replicas =
            Replicas { desired: replicas, current: replicas, updated: 0, ready: available, available };
        Fact::Seen(Observed::ReplicaSet(ReplicaSet {
            key: ObjectKey::new(Kind::ReplicaSet, make.namespace, format!("{}-{number}", make.name)),
            uid: format!("{uid}-rs{number}").into(),
            owner: Some(uid.into()),
            revision: Some(RevisionNumber(number)),
            replicas,
            template: template(make.name, version),
            created: ago(minutes),
            change_cause: (!cause.is_empty()).then(|| cause.to_owned()),
        }))
    };
    let mut facts = Vec::new();
    if moving {
        facts.push(set(
            12,
            make.next,
            make.new.0,
            make.new.1,
            make.changed,
            &format!("deploy {} by cy", make.next),
        ));
        facts.push(set(
            11,
            make.version,
            old_ready,
            old_ready,
            make.changed + 4000,
            &format!("deploy {} by bo", make.version),
        ));
    } else {
        let ready = if make.trouble == Trouble::Down { 0 } else { make.desired };
        facts.push(set(
            12,
            make.version,
            make.desired,
            ready,
            make.changed,
            &format!("deploy {} by bo", make.version),
        ));
        facts.push(set(11, "v0.0.9", 0, 0, make.changed + 9000, ""));
    }
    facts.push(set(10, "v0.0.8", 0, 0, make.changed + 20_000, "hotfix, see incident 214"));
    facts
}

fn pods(make: &Make, uid: &str, old_ready: u32) -> Vec<Fact> {
    let moving = !make.next.is_empty();
    let mut facts = Vec::new();
    let old = if moving { 11 } else { 12 };
    let all_old = if make.trouble == Trouble::Down { make.desired } else { old_ready };
    for i in 0..all_old {
        let problem = (make.trouble == Trouble::Down)
            .then(|| problem("Unschedulable", "0/3 nodes are available: 3 Insufficient memory.", ""));
        let ready = problem.is_none();
        facts.push(pod(make, uid, old, i, problem, 0, ready));
    }
    for i in 0..make.new.0 {
        let trouble = if i < make.new.1 {
            None
        } else {
            match make.trouble {
                Trouble::Crash => Some(problem(
                    "CrashLoopBackOff",
                    "back-off 2m40s restarting failed container",
                    "exit 1 (Error)",
                )),
                Trouble::Image => {
                    Some(problem("ImagePullBackOff", "Back-off pulling image: manifest unknown", ""))
                }
                Trouble::Stuck => Some(problem("NotReady", "readiness probe failed: HTTP 503", "")),
                Trouble::None | Trouble::Paused | Trouble::Down => None,
            }
        };
        let restarts = if make.trouble == Trouble::Crash { 5 + i } else { 0 };
        facts.push(pod(make, uid, 12, i, trouble, restarts, i < make.new.1));
    }
    facts
}

fn problem(reason: &str, message: &str, last_exit: &str) -> PodProblem {
    PodProblem {
        reason: reason.to_owned(),
        message: message.to_owned(),
        container: Some("app".to_owned()),
        last_exit: last_exit.to_owned(),
    }
}

fn pod(
    make: &Make,
    uid: &str,
    revision: u64,
    i: u32,
    problem: Option<PodProblem>,
    restarts: u32,
    ready: bool,
) -> Fact {
    let name = format!(
        "{}-{revision}-{}",
        make.name,
        ["x7k2p", "9fq4z", "b8wnd", "m2r6t", "tq5hs", "c4v9j", "z3l8k", "h6g2y", "w9d5n", "k1s7f"]
            [i as usize % 10]
    );
    let minutes = if revision == 12 { make.changed } else { make.changed + 4000 };
    Fact::Seen(Observed::Pod(Pod {
        key: ObjectKey::new(Kind::Pod, make.namespace, name.as_str()),
        uid: format!("{}/{name}", make.namespace).into(),
        owner: Some(format!("{uid}-rs{revision}").into()),
        created: ago(minutes),
        ready_since: ready.then(|| ago(minutes)).flatten(),
        node: Some(Arc::from(["node-a", "node-b", "node-c"][i as usize % 3])),
        status: problem
            .as_ref()
            .map_or(if ready { "Running" } else { "ContainerCreating" }, |p| p.reason.as_str())
            .into(),
        ready: (u16::from(ready), 1),
        restarts,
        terminating: false,
        problem: problem.map(Box::new),
        containers: Arc::from([ContainerState {
            name: "app".into(),
            image: format!("shop/{}", make.name).into(),
            metrics: None,
        }]),
    }))
}

fn events(make: &Make, uid: &str) -> Vec<Fact> {
    if make.trouble == Trouble::None {
        return Vec::new();
    }
    let (reason, message) = match make.trouble {
        Trouble::Crash => ("BackOff", "Back-off restarting failed container app"),
        Trouble::Image => ("Failed", "Failed to pull image: manifest unknown"),
        Trouble::Stuck => ("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503"),
        Trouble::Down => ("FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
        Trouble::Paused | Trouble::None => ("DeploymentPaused", "Deployment is paused"),
    };
    let event = |about: String, kind: &str, name: String, reason: &str, message: &str, severity, minutes| {
        Fact::Seen(Observed::Event(ClusterEvent {
            key: ObjectKey::new(Kind::Event, make.namespace, format!("{name}.{reason}")),
            about: about.into(),
            about_kind: kind.to_owned(),
            about_name: name.into(),
            severity,
            reason: reason.to_owned(),
            message: message.to_owned(),
            count: 14,
            last: ago(minutes),
        }))
    };
    let pod = format!("{}-12-x7k2p", make.name);
    vec![
        event(format!("{}/{pod}", make.namespace), "Pod", pod, reason, message, Severity::Warning, 1),
        event(
            uid.to_owned(),
            "Deployment",
            make.name.to_owned(),
            "ScalingReplicaSet",
            "Scaled up replica set to 2",
            Severity::Normal,
            make.changed,
        ),
    ]
}
