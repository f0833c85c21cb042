//! From a world and a catalogue to what is around a service.

use super::*;
use crate::catalog::{Catalog, read};
use crate::domain::{Fact, Fault, FaultKind, Now, Observed, RecordText, ReplicaSet, Replicas, StreamState};
use crate::engine::canary::Phase;
use crate::engine::record::{RecordTarget, encode, tests::make};
use crate::engine::tests::{template, workload};
use std::sync::Arc;

const ENTRIES: &str = "\
---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: shop, annotations: {quarterdeck.dev/on-call: bo}}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: web}\n\
spec: {owner: shop, dependsOn: ['component:pay', 'resource:orders', 'component:far']}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: pay, annotations: {quarterdeck.dev/tier: '1'}}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: far}\n\
spec: {dependsOn: ['component:beyond']}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: beyond}\n\
---\napiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: orders}\nspec: {type: database}\n";

fn at(seconds: i64) -> Timestamp {
    Now::at(seconds).wall
}

fn running(namespace: &str, name: &str, version: &str, available: u32) -> Workload {
    Workload {
        key: ObjectKey::new(Kind::Deployment, namespace, name),
        uid: format!("{namespace}/{name}").into(),
        created: Some(at(100)),
        replicas: Replicas { available, ..workload(version, 1).replicas },
        ..workload(version, 1)
    }
}

fn revision(of: &Workload, number: u64, version: &str) -> ReplicaSet {
    ReplicaSet {
        key: ObjectKey::new(Kind::ReplicaSet, of.key.namespace.clone(), format!("{}-{number}", of.key.name)),
        uid: format!("{}-{number}", of.uid).into(),
        owner: Some(of.uid.clone()),
        revision: Some(RevisionNumber(number)),
        replicas: Replicas::default(),
        counted: true,
        template: template(version),
        created: Some(at(i64::try_from(number).unwrap())),
        since: Some(at(i64::try_from(number).unwrap())),
        change_cause: None,
    }
}

/// The record of a delivery to `of`; over with `ending` at second 500.
fn record(of: &Workload, seq: u64, ending: Option<Ending>) -> RecordText {
    let key = &of.key;
    let target = RecordTarget {
        kind: key.kind,
        namespace: key.namespace.clone(),
        name: key.name.clone(),
        uid: of.uid.clone(),
    };
    let mut record = OperationRecord { seq, target, started: at(400), ..make::record() };
    if let Some(ending) = ending {
        record.run.phase = Phase::Over(ending);
        record.ended = Some(at(500));
    }
    RecordText {
        sort: crate::domain::RecordSort::Delivery,
        key: record.key(),
        uid: "u".into(),
        resource_version: "1".into(),
        target: key.name.to_string(),
        text: encode(&record).unwrap().into(),
    }
}

fn world(observed: Vec<Observed>) -> World {
    let mut world = World::default();
    world.apply(Fact::Stream(Kind::Deployment, StreamState::Live));
    for seen in observed {
        world.apply(Fact::Seen(seen));
    }
    world
}

fn around(world: &World, catalog: bool) -> Vicinity {
    let rows = world.services();
    let catalog = catalog.then(|| Arc::new(Catalog::build(read("c.yaml", ENTRIES).entities)));
    let joined = catalog.map(|catalog| Joined::new(catalog, &rows)).unwrap_or_default();
    let key = ObjectKey::new(Kind::Deployment, "shop-prod", "web");
    Vicinity::of(world, &joined, &rows, world.workload(&key).unwrap())
}

#[test]
fn what_it_needs_is_looked_at_in_its_own_environment() {
    let back = || Some(Ending::RolledBack { why: "worse".to_owned() });
    let pay = running("pay-prod", "pay", "v3", 0);
    let world = world(vec![
        Observed::Workload(running("shop-prod", "web", "v1", 3)),
        Observed::Workload(pay.clone()),
        Observed::Workload(running("pay-staging", "pay", "v4", 3)),
        Observed::Workload(running("far-staging", "far", "v1", 3)),
        Observed::Record(record(&pay, 1, back())),
        Observed::Record(record(&pay, 2, None)),
        Observed::Record(record(&running("pay-staging", "pay", "v4", 3), 1, None)),
    ]);
    let needs = around(&world, true).needs.unwrap();
    let said: Vec<_> = needs.iter().map(|n| (n.name.as_str(), n.vital, n.health)).collect();
    let want = [("far", false, None), ("orders", true, None), ("pay", true, Some(Health::Down))];
    assert_eq!(said, want, "direct ones only, and none of another environment");
    let mut changes = needs[2].changes.clone();
    changes.sort_by_key(|change| change.at);
    let said: Vec<_> = changes.iter().map(|c| (c.text.as_str(), c.at, c.running)).collect();
    let want = [
        ("v3", at(100), false),
        ("canary to v2", at(400), true),
        ("canary to v2 rolled back", at(500), false),
    ];
    assert_eq!(said, want);
    assert_eq!(around(&world, false).needs, None, "nobody says what it needs");
}

#[test]
fn the_same_service_in_lower_environments_with_all_that_is_known_of_its_past() {
    let staging = running("shop-staging", "web", "v2", 2);
    let world = world(vec![
        Observed::Workload(running("shop-prod", "web", "v1", 3)),
        Observed::Workload(running("shop-eu-prod", "web", "v2", 3)),
        Observed::Workload(running("shop-staging", "worker", "v9", 1)),
        Observed::Workload(staging.clone()),
        Observed::ReplicaSet(revision(&staging, 7, "v2")),
        Observed::ReplicaSet(revision(&staging, 6, "v1")),
        Observed::Record(record(&staging, 1, Some(Ending::Promoted))),
        Observed::Record(record(&staging, 2, None)),
    ]);
    for catalog in [false, true] {
        let found = around(&world, catalog);
        assert_eq!(found.lower.len(), 1, "{:?}", found.lower);
        let lower = &found.lower[0];
        assert_eq!((lower.key.namespace.as_str(), lower.ready), ("shop-staging", (2, 3)));
        assert_eq!((lower.images.as_slice(), lower.since), (["r/web:v2".to_owned()].as_slice(), Some(at(7))));
        assert_eq!(lower.past, [(RevisionNumber(6), vec!["r/web:v1".to_owned()])]);
        let tried = Tried { images: vec!["r.io/checkout:v2".to_owned()], at: at(500), back: None };
        assert_eq!(lower.tried, [tried], "one that runs says nothing yet");
    }
}

#[test]
fn who_looks_after_it_and_what_cannot_be_seen() {
    let mut world = world(vec![Observed::Workload(running("shop-prod", "web", "v1", 3))]);
    let said =
        Said { runbook: None, on_call: Some("bo".to_owned()), knows_on_call: true, lifecycle: String::new() };
    assert_eq!(around(&world, true).said, Some(said), "of its owner");
    assert_eq!(around(&world, false).said, None);
    assert_eq!(around(&world, true).watched, Ok(()));
    let fault = Fault::new(FaultKind::Forbidden, "you may not list deployments");
    world.apply(Fact::Stream(Kind::Deployment, StreamState::Forbidden { fault: fault.clone() }));
    assert_eq!(around(&world, true).watched, Err(fault));
}
