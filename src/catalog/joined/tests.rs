//! Joining against hand-made clusters.

use super::*;
use crate::catalog::read;
use crate::domain::{
    Fact, Kind, ObjectKey, Observed, OwnerDoubt, Ownership, Replicas, Template, Workload, World,
};
use proptest::prelude::*;

fn catalog(text: &str) -> Arc<Catalog> {
    Arc::new(Catalog::build(read("c.yaml", text).entities))
}

fn entry(kind: &str, name: &str, annotations: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}, annotations: {{{annotations}}}}}\nspec: {{{spec}}}\n"
    )
}

/// Namespace, name, labels.
type Deployed<'a> = (&'a str, &'a str, &'a [(&'a str, &'a str)]);

/// A Deployment for each (namespace, name, labels).
fn rows(all: &[Deployed<'_>]) -> Vec<ServiceRow> {
    let mut world = World::default();
    for (namespace, name, labels) in all {
        let labels = labels.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let key = ObjectKey::new(Kind::Deployment, *namespace, *name);
        let uid = format!("{namespace}/{name}").as_str().into();
        let workload = Workload {
            key,
            uid,
            labels,
            resource_version: "1".into(),
            created: None,
            generation: 1,
            observed_generation: 1,
            replicas: Replicas::default(),
            paused: false,
            revision: None,
            notes: BTreeMap::new(),
            template: Template::default(),
            conditions: Vec::new(),
            owner: None,
            partition: 0,
            batch: None,
            going: None,
            ownership: Ownership::default(),
            strategy: String::new(),
        };
        world.apply(Fact::Seen(Observed::Workload(workload)));
    }
    world.services()
}

fn key(namespace: &str, name: &str) -> ServiceKey {
    ServiceKey { namespace: namespace.into(), name: name.into() }
}

#[test]
fn selector_then_id_then_name() {
    let catalog = catalog(
        &[
            entry("Component", "pay", "backstage.io/kubernetes-label-selector: 'team=pay,app'", ""),
            entry("Component", "cart", "backstage.io/kubernetes-id: the-cart", ""),
            entry("Component", "Tax", "backstage.io/kubernetes-namespace: eu", ""),
            entry("Resource", "db", "", ""),
        ]
        .concat(),
    );
    let rows = rows(&[
        ("prod", "gateway", &[("team", "pay"), ("app", "gateway")]),
        ("prod", "x", &[("backstage.io/kubernetes-id", "the-cart")]),
        ("eu", "tax", &[]),
        ("us", "tax", &[]),
        ("prod", "db", &[]),
        ("prod", "alone", &[]),
    ]);
    let joined = Joined::new(catalog, &rows);
    let name = |key: &ServiceKey| joined.entity(key).map(|e| e.reference.name().to_owned());
    let found: Vec<_> = rows.iter().map(|row| (row.key.to_string(), name(&row.key))).collect();
    let want = [
        ("eu/tax", Some("Tax")),
        ("prod/alone", None),
        ("prod/db", Some("db")),
        ("prod/gateway", Some("pay")),
        ("prod/the-cart", Some("cart")),
        ("us/tax", None),
    ];
    let want: Vec<_> = want.iter().map(|(k, n)| ((*k).to_owned(), n.map(str::to_owned))).collect();
    assert_eq!(found, want);
}

#[test]
fn who_owns_it_and_who_is_called() {
    let catalog = catalog(
        &[
            entry("Group", "pay", "quarterdeck.dev/on-call: bo, slack.com/channel: '#pay'", "type: team"),
            entry("System", "shop", "", "owner: pay"),
            entry("Component", "a", "quarterdeck.dev/tier: '1'", "owner: pay, system: shop"),
            entry("Component", "b", "quarterdeck.dev/on-call: cy", "type: service"),
            entry("Component", "c", "", "owner: ghost"),
            entry("Component", "d", "", "type: service"),
        ]
        .concat(),
    );
    let mut rows = rows(&[
        ("p", "a", &[("team", "old"), ("tier", "3")]),
        ("p", "b", &[("team", "t"), ("tier", "tier-2")]),
        ("p", "c", &[("team", "platform")]),
        ("p", "d", &[]),
    ]);
    let joined = Joined::new(catalog, &rows);
    for row in &mut rows {
        joined.enrich(row);
    }
    let said: Vec<_> = rows
        .iter()
        .map(|row| {
            (
                row.owner.as_str(),
                row.system.as_str(),
                row.tier,
                joined.on_call(&row.key),
                joined.chat(&row.key),
            )
        })
        .collect();
    assert_eq!(said[0], ("pay", "shop", Some(1), Some("bo"), Some("#pay")));
    assert_eq!(said[1], ("t", "", Some(2), Some("cy"), None), "labels stay where the catalogue is silent");
    let owners: Vec<_> = rows.iter().map(|row| (row.owner_doubt, row.owner_words())).collect();
    let word = |text: &str, trouble| (text.to_owned(), trouble);
    assert_eq!(
        owners,
        [
            (None, word("pay", false)),
            (None, word("t", false)),
            // Not silent: the label would name somebody the catalogue does not.
            (Some(OwnerDoubt::Unknown), word("ghost (unknown)", true)),
            (Some(OwnerDoubt::Missing), word("nobody", true)),
        ]
    );
}

#[test]
fn neighbours_are_those_of_the_same_environment() {
    let catalog = catalog(
        &[entry("Component", "a", "", "dependsOn: [b]"), entry("Component", "b", "", "type: service")]
            .concat(),
    );
    let rows = rows(&[("x-prod", "a", &[]), ("y-prod", "b", &[]), ("y-dev", "b", &[]), ("z-dev", "a", &[])]);
    let joined = Joined::new(catalog, &rows);
    let up = joined.around(&key("x-prod", "a"), Way::Up, (1, 10), &rows);
    assert_eq!(up[0].services.iter().map(|row| row.key.to_string()).collect::<Vec<_>>(), ["y-prod/b"]);
    let down = joined.dependents(&key("y-dev", "b"), &rows).unwrap();
    assert_eq!((down[0].name.as_str(), down[0].health), ("a", Some(crate::domain::Health::Idle)));
    assert!(joined.dependents(&key("q", "q"), &rows).is_none(), "not known is not nothing");
}

#[test]
fn a_chain_of_ten_thousand_with_a_cycle_at_its_end() {
    let text: String = (0..10_000)
        .map(|n| entry("Component", &format!("c{n}"), "", &format!("dependsOn: [c{}]", (n + 1) % 10_000)))
        .collect();
    let rows = rows(&[("p", "c0", &[]), ("p", "c5000", &[])]);
    let joined = Joined::new(catalog(&text), &rows);
    let all = joined.around(&key("p", "c0"), Way::Up, (usize::MAX, usize::MAX), &rows);
    assert_eq!((all.len(), all[4_999].services.len()), (9_999, 1));
    assert_eq!(joined.dependents(&key("p", "c5000"), &rows).unwrap().len(), 1_000, "bounded");
}

proptest! {
    /// Whatever depends on what, down and up are each other's mirror.
    #[test]
    fn down_is_the_mirror_of_up(edges in prop::collection::btree_set((0usize..7, 0usize..7), 0..24)) {
        let text: String = (0..7).map(|n| {
            let to: Vec<_> = edges.iter().filter(|(a, b)| *a == n && a != b).map(|(_, b)| format!("c{b}")).collect();
            entry("Component", &format!("c{n}"), "", &format!("dependsOn: [{}]", to.join(", ")))
        }).collect();
        let names: Vec<String> = (0..7).map(|n| format!("c{n}")).collect();
        let services: Vec<Deployed<'_>> = names.iter().map(|n| ("p", n.as_str(), &[][..])).collect();
        let rows = rows(&services);
        let joined = Joined::new(catalog(&text), &rows);
        let reach = |from: &str, way| -> Vec<String> {
            let found = joined.around(&key("p", from), way, (usize::MAX, 100), &rows);
            found.iter().map(|n| n.entity.reference.name().to_owned()).collect()
        };
        for a in &names {
            for b in &names {
                prop_assert_eq!(reach(a, Way::Up).contains(b), reach(b, Way::Down).contains(a), "{} {}", a, b);
            }
        }
    }
}
