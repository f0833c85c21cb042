//! Revisions whose pods are told by a label, and pods that no controller keeps.

use super::world_tests::{deployment, pod, see, world};
use super::*;
use jiff::Timestamp;
use std::sync::Arc;

fn at(second: i64) -> Option<Timestamp> {
    Timestamp::from_second(second).ok()
}

/// A ControllerRevision of the set `db`.
fn kept(name: &str, number: u64, created: i64) -> Fact {
    see(Observed::ReplicaSet(ReplicaSet {
        key: ObjectKey::new(Kind::ControllerRevision, "shop-production", name),
        uid: name.into(),
        owner: Some("uid-db".into()),
        revision: Some(RevisionNumber(number)),
        replicas: Replicas::default(),
        counted: false,
        template: Template::default(),
        created: at(created),
        since: at(created),
        change_cause: None,
    }))
}

fn of_set(name: &str, label: &str, ready: bool, created: i64) -> Fact {
    let one = pod("uid-db", name, (!ready).then_some("CrashLoopBackOff"));
    let revision = Some(label).filter(|label| !label.is_empty()).map(Arc::from);
    see(Observed::Pod(Pod { revision, created: at(created), ..one }))
}

fn set(more: Vec<Fact>) -> World {
    let key = ObjectKey::new(Kind::StatefulSet, "shop-production", "db");
    let own = Workload { key, ..deployment("db", "v1") };
    let mut facts = vec![see(Observed::Workload(own)), Fact::Stream(Kind::Pod, StreamState::Live)];
    facts.extend(more);
    world(facts)
}

fn words(world: &World) -> Vec<String> {
    let sets = world.revisions(&"uid-db".into());
    sets.iter().map(|set| set.pods_word(set.replicas.current)).collect()
}

#[test]
fn pods_of_a_kept_template_are_counted_by_their_label() {
    let names = [("db-6b9f", "the whole name"), ("6b9f", "the hash of a DaemonSet")];
    for (label, how) in names {
        let sets = vec![kept("db-6b9f", 2, 20), kept("db-16b9f", 1, 10)];
        let pods = vec![of_set("db-0", label, true, 21), of_set("db-1", label, false, 22)];
        assert_eq!(words(&set([sets, pods].concat())), ["1/2", "0/0"], "{how}");
    }
}

#[test]
fn what_nobody_counted_is_not_zero() {
    let sets = || vec![kept("db-b", 2, 20), kept("db-a", 1, 10)];
    let silent = vec![of_set("db-0", "db-b", true, 21), of_set("db-1", "", true, 22)];
    assert_eq!(words(&set([sets(), silent].concat())), ["—", "—"], "a pod that does not say");
    let fault = Fault::new(FaultKind::Forbidden, "alice may not list pods");
    let hidden = Fact::Stream(Kind::Pod, StreamState::Forbidden { fault });
    assert_eq!(words(&set([sets(), vec![hidden]].concat())), ["—", "—"], "pods that may not be seen");
    assert_eq!(words(&set(sets())), ["0/0", "0/0"], "none are there");
}

#[test]
fn a_revision_that_came_back_is_not_as_old_as_its_object() {
    // Revision 3 is the template of 1 taken up again: its object is older than that of 2.
    let sets = || vec![kept("db-b", 2, 200), kept("db-a", 3, 100)];
    let pods = vec![
        of_set("db-0", "db-a", true, 150),
        of_set("db-1", "db-a", true, 310),
        of_set("db-2", "db-a", true, 300),
    ];
    let world = set([sets(), pods].concat());
    let found = world.revisions(&"uid-db".into());
    assert_eq!(found.iter().map(|set| set.since).collect::<Vec<_>>(), [at(300), at(200)]);
    assert_eq!(found[0].created, at(100), "what its object says stays");
    assert_eq!(world.services()[0].changed, at(300));
    let moments = timeline(&world, &world.services()[0].key, &[]);
    assert_eq!(moments.iter().map(|moment| Some(moment.at)).collect::<Vec<_>>(), [at(300), at(200)]);
    // Without a pod nothing tells when, and nothing is claimed.
    let world = set(sets());
    assert_eq!(world.services()[0].changed, None);
    assert_eq!(timeline(&world, &world.services()[0].key, &[]).len(), 1);
}

/// A pod that no controller keeps, of the service `app` unless that is empty.
fn bare(name: &str, app: &str, problem: Option<&str>) -> Pod {
    let own = pod("", name, problem);
    let labels = [("app".to_owned(), app.to_owned())].into_iter().filter(|(_, app)| !app.is_empty());
    let up = u32::from(problem.is_none());
    let workload = Workload {
        key: own.key.clone(),
        uid: own.uid.clone(),
        labels: labels.collect(),
        replicas: Replicas { desired: 1, current: 1, updated: 1, ready: up, available: up },
        ..deployment(name, "v9")
    };
    Pod { owner: None, bare: Some(Arc::new(workload)), ..own }
}

fn names(world: &World) -> Vec<(String, (u32, u32))> {
    world.services().iter().map(|row| (row.key.name.to_string(), row.ready)).collect()
}

#[test]
fn bare_pods_are_services_by_label_else_by_name() {
    let world = world(vec![
        see(Observed::Pod(bare("probe", "", None))),
        see(Observed::Pod(bare("tool-1", "tool", None))),
        see(Observed::Pod(bare("tool-2", "tool", Some("CrashLoopBackOff")))),
        see(Observed::Pod(pod("rs-x", "owned", None))),
    ]);
    assert_eq!(names(&world), [("probe".to_owned(), (1, 1)), ("tool".to_owned(), (1, 2))]);
    let rows = world.services();
    assert_eq!((rows[0].health, rows[0].version.as_str()), (Health::Healthy, "v9"));
    assert_eq!((rows[1].health, rows[1].reason.as_str()), (Health::Down, "CrashLoopBackOff ×3"));
    let own = world.pods_of_workload(&rows[0].workloads[0]);
    assert_eq!(own.iter().map(|pod| pod.key.name.as_str()).collect::<Vec<_>>(), ["probe"]);
    assert_eq!(world.workload_of_pod(&own[0].key).unwrap().key, own[0].key);
    assert_eq!(RolloutState::of(&rows[1].workloads[1]), RolloutState::Complete, "nothing rolls it");
}

#[test]
fn a_bare_pod_is_never_the_main_workload_beside_another() {
    let mut idle = deployment("tool", "v1");
    idle.replicas = Replicas::default();
    let world = world(vec![see(Observed::Workload(idle)), see(Observed::Pod(bare("tool", "tool", None)))]);
    let kinds: Vec<_> = world.services()[0].workloads.iter().map(|w| w.key.kind).collect();
    assert_eq!(kinds, [Kind::Deployment, Kind::Pod]);
}

#[test]
fn a_bare_pod_goes_with_its_pod_and_when_it_is_taken_over() {
    let mut world = world(vec![
        see(Observed::Pod(bare("a", "", None))),
        see(Observed::Pod(bare("b", "", None))),
        see(Observed::Pod(bare("c", "", None))),
    ]);
    world.apply(Fact::Gone(ObjectKey::new(Kind::Pod, "shop-production", "a")));
    world.apply(see(Observed::Pod(pod("rs-x", "b", None))));
    assert_eq!(names(&world).len(), 1);
    world.apply(Fact::Listing(Kind::Pod));
    assert_eq!(names(&world), [("c".to_owned(), (1, 1))], "it stays while pods are listed again");
    world.apply(see(Observed::Pod(bare("d", "", None))));
    world.apply(Fact::Listed(Kind::Pod));
    assert_eq!(names(&world), [("d".to_owned(), (1, 1))]);
}
