//! What the world makes of facts.

use super::*;
use jiff::Timestamp;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn deployment(name: &str, version: &str) -> Workload {
    let container = Container { name: "app".into(), image: format!("r/x:{version}"), ..Container::default() };
    Workload {
        key: ObjectKey::new(Kind::Deployment, "shop-production", name),
        uid: format!("uid-{name}").into(),
        resource_version: "1".into(),
        created: Some(Timestamp::UNIX_EPOCH),
        generation: 1,
        observed_generation: 1,
        replicas: Replicas { desired: 2, current: 2, updated: 2, ready: 2, available: 2 },
        paused: false,
        revision: None,
        labels: BTreeMap::from([("team".to_owned(), "pay".to_owned())]),
        notes: BTreeMap::new(),
        template: Template { containers: vec![container], ..Template::default() },
        conditions: vec![],
        owner: None,
        partition: 0,
        batch: None,
        going: None,
        ownership: Ownership::Free,
        strategy: String::new(),
    }
}

fn replica_set(of: &str, number: u64, version: &str, available: u32) -> ReplicaSet {
    let workload = deployment(of, version);
    ReplicaSet {
        key: ObjectKey::new(Kind::ReplicaSet, "shop-production", format!("{of}-{number}")),
        uid: format!("rs-{of}-{number}").into(),
        owner: Some(workload.uid),
        revision: Some(RevisionNumber(number)),
        replicas: Replicas { available, ..Replicas::default() },
        counted: true,
        template: workload.template,
        created: Timestamp::from_second(i64::try_from(number).unwrap()).ok(),
        since: Timestamp::from_second(i64::try_from(number).unwrap()).ok(),
        change_cause: None,
    }
}

pub(super) fn pod(of: &str, name: &str, problem: Option<&str>) -> Pod {
    Pod {
        key: ObjectKey::new(Kind::Pod, "shop-production", name),
        uid: name.into(),
        owner: Some(of.into()),
        created: None,
        ready_since: None,
        node: None,
        status: problem.unwrap_or("Running").into(),
        ready: (u16::from(problem.is_none()), 1),
        restarts: 3,
        terminating: false,
        going: None,
        problem: problem.map(|reason| {
            Box::new(PodProblem {
                reason: reason.into(),
                message: String::new(),
                container: None,
                last_exit: String::new(),
            })
        }),
        containers: Arc::from([]),
        revision: None,
        bare: None,
    }
}

pub(super) fn world(facts: Vec<Fact>) -> World {
    let mut world = World::default();
    for fact in facts {
        world.apply(fact);
    }
    world
}

pub(super) fn see(row: Observed) -> Fact {
    Fact::Seen(row)
}

#[test]
fn rows_never_blink_out_while_a_list_is_read_again() {
    let mut world = world(vec![
        see(Observed::Workload(deployment("a", "v1"))),
        see(Observed::Workload(deployment("b", "v1"))),
        Fact::Listing(Kind::Deployment),
        see(Observed::Workload(deployment("b", "v2"))),
    ]);
    let names = |world: &World| world.services().iter().map(|s| s.key.name.to_string()).collect::<Vec<_>>();
    assert_eq!(names(&world), ["a", "b"], "the old rows stay");
    world.apply(Fact::Listed(Kind::Deployment));
    assert_eq!(names(&world), ["b"], "what the list did not name is gone");
    assert_eq!(world.services()[0].version, "v2");
}

#[test]
fn a_row_shows_what_serves_and_what_is_on_its_way() {
    let mut moving = deployment("checkout", "v1.9.3");
    moving.replicas = Replicas { desired: 2, current: 3, updated: 1, ready: 2, available: 2 };
    let world = world(vec![
        see(Observed::Workload(moving)),
        see(Observed::ReplicaSet(replica_set("checkout", 11, "v1.9.2", 2))),
        see(Observed::ReplicaSet(replica_set("checkout", 12, "v1.9.3", 0))),
        see(Observed::Pod(pod("rs-checkout-12", "checkout-x", Some("CrashLoopBackOff")))),
    ]);
    let row = &world.services()[0];
    assert_eq!((row.version.as_str(), row.next_version.as_deref()), ("v1.9.2", Some("v1.9.3")));
    assert_eq!((row.health, row.reason.as_str()), (Health::Degraded, "CrashLoopBackOff ×3"));
    assert_eq!(row.environment, Environment::Production);
    assert_eq!(row.owner, "pay");
}

#[test]
fn a_service_is_not_down_because_its_canary_is() {
    let counts = |desired, available| Replicas {
        desired,
        current: desired,
        updated: desired,
        ready: available,
        available,
    };
    let row = |stable: u32, canary: Workload, more: Vec<Fact>| {
        let mut checkout = deployment("checkout", "v1");
        checkout.replicas = counts(4, stable);
        let mut facts = vec![see(Observed::Workload(checkout)), see(Observed::Workload(canary))];
        facts.extend(more);
        let row = world(facts).services().remove(0);
        assert_eq!(row.workloads.len(), 2);
        (row.health, row.reason)
    };
    let mut canary = deployment("checkout-canary", "v2");
    canary.labels.insert("app".into(), "checkout".into());
    canary.labels.insert(TRACK.into(), "canary".into());
    canary.replicas = counts(1, 0);
    assert_eq!(row(4, canary.clone(), Vec::new()).0, Health::Moving, "its pods have only just been made");
    let ill = vec![
        see(Observed::ReplicaSet(replica_set("checkout-canary", 1, "v2", 0))),
        see(Observed::Pod(pod("rs-checkout-canary-1", "canary-x", Some("CrashLoopBackOff")))),
    ];
    let mut coming = pod("rs-checkout-canary-1", "canary-x", Some(NOT_READY));
    coming.restarts = 0;
    let starts = |pod: &Pod| vec![ill[0].clone(), see(Observed::Pod(pod.clone()))];
    assert_eq!(row(4, canary.clone(), starts(&coming)).0, Health::Moving, "its pod is coming up");
    coming.restarts = 1;
    assert_eq!(row(4, canary.clone(), starts(&coming)).0, Health::Degraded, "its pod has ended once");
    let (health, reason) = row(4, canary.clone(), ill.clone());
    assert_eq!((health, reason.as_str()), (Health::Degraded, "canary failing: CrashLoopBackOff ×3"));
    assert_eq!(row(0, canary.clone(), ill.clone()).0, Health::Down, "stable is down");
    canary.labels.remove(TRACK);
    assert_eq!(row(4, canary, ill).0, Health::Down, "not a canary: half of the service is down");
}

#[test]
fn revisions_come_newest_first_and_follow_their_owner() {
    let mut world = world(vec![
        see(Observed::ReplicaSet(replica_set("a", 1, "v1", 0))),
        see(Observed::ReplicaSet(replica_set("a", 3, "v3", 0))),
        see(Observed::ReplicaSet(replica_set("b", 2, "v2", 0))),
    ]);
    let numbers = |world: &World| {
        world.revisions(&"uid-a".into()).iter().filter_map(|rs| rs.revision).map(|n| n.0).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&world), [3, 1]);
    world.apply(Fact::Gone(ObjectKey::new(Kind::ReplicaSet, "shop-production", "a-3")));
    assert_eq!(numbers(&world), [1]);
}

#[test]
fn a_settled_deployment_with_an_ill_pod_is_not_rolling_out() {
    let mut workload = deployment("a", "v1");
    workload.replicas.available = 1;
    workload.conditions.push(Condition {
        kind: "Progressing".into(),
        holds: true,
        reason: "NewReplicaSetAvailable".into(),
        message: String::new(),
        since: None,
    });
    assert_eq!(RolloutState::of(&workload), RolloutState::Complete);
    assert_eq!(Health::of(workload.replicas, &RolloutState::Complete), Health::Degraded);
}

#[derive(Clone, Debug)]
enum Step {
    Put(u8, u8),
    Remove(u8),
    Begin,
    End,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (0u8..12, 0u8..4).prop_map(|(name, owner)| Step::Put(name, owner)),
        2 => (0u8..12).prop_map(Step::Remove),
        1 => Just(Step::Begin),
        1 => Just(Step::End),
    ];
    prop::collection::vec(step, 0..80)
}

proptest! {
    /// Against a plain model: rows, and the children of each owner, agree after
    /// any sequence of news and relists.
    #[test]
    fn tables_agree_with_a_plain_model(script in steps()) {
        let mut world = World::default();
        let (mut model, mut incoming): (BTreeMap<u8, u8>, Option<BTreeMap<u8, u8>>) = (BTreeMap::new(), None);
        for step in script {
            match step {
                Step::Put(name, owner) => {
                    world.apply(see(Observed::Pod(pod(&format!("o{owner}"), &format!("p{name}"), None))));
                    incoming.as_mut().unwrap_or(&mut model).insert(name, owner);
                }
                Step::Remove(name) => {
                    world.apply(Fact::Gone(ObjectKey::new(Kind::Pod, "shop-production", format!("p{name}"))));
                    model.remove(&name);
                    if let Some(incoming) = &mut incoming {
                        incoming.remove(&name);
                    }
                }
                Step::Begin => {
                    world.apply(Fact::Listing(Kind::Pod));
                    incoming = Some(BTreeMap::new());
                }
                Step::End => {
                    world.apply(Fact::Listed(Kind::Pod));
                    if let Some(done) = incoming.take() {
                        model = done;
                    }
                }
            }
            prop_assert_eq!(world.pod_count(), model.len());
            for owner in 0u8..4 {
                let got: BTreeSet<_> = world.pods_of(&format!("o{owner}").into()).map(|p| p.key.name.to_string()).collect();
                let want: BTreeSet<_> = model.iter().filter(|(_, o)| **o == owner).map(|(n, _)| format!("p{n}")).collect();
                prop_assert_eq!(got, want);
            }
        }
    }
}
