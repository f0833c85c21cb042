//! A shop of 25 services, built from domain values: most are well, some are not.

pub(crate) use crate::answers::*;
use crate::kept::{events, pods, revisions};
use jiff::Timestamp;
use quarterdeck::domain::*;
use quarterdeck::msg::Place;
use std::collections::BTreeMap;
use std::time::Duration;

/// 2026-11-21 03:12:00 UTC.
pub(crate) fn now() -> Now {
    Now { wall: Timestamp::from_second(1_795_230_720).unwrap(), boot: Duration::from_hours(1) }
}

pub(crate) fn ago(minutes: i64) -> Option<Timestamp> {
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
        rooms: Rooms {
            cpu: Room { asked: Some(250), limit: None },
            memory: Room { asked: Some(256 << 20), limit: Some(512 << 20) },
        },
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
        going: None,
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
