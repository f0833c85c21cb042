//! Catalogues as users have them.

use super::*;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: my-api
  description: User management API
  annotations:
    quarterdeck.dev/tier: '1'
    backstage.io/kubernetes-id: my-api
  tags: [python, users]
  links: [{url: https://my-api.example.com, title: Production}]
  x-unknown: {kept: true}
spec:
  type: service
  lifecycle: production
  owner: team-backend
  system: user-management
  dependsOn: [component:user-db, auth-service]
  providesApis: [user-api]
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: team-backend}
spec: {type: team, children: [], members: [alice]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: alice}
spec: {memberOf: [team-backend]}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: user-management}
spec: {owner: team-backend}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: user-db}
spec: {type: database, owner: team-backend}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: auth-service}
spec: {type: service, lifecycle: production, owner: Group:default/Team-Backend}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: user-api}
spec: {type: openapi, lifecycle: production, owner: team-backend, definition: x}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: web}
spec: {type: website, lifecycle: production, owner: team-backend, consumesApis: [user-api]}
";

fn catalog(text: &str) -> Catalog {
    Catalog::build(read("catalog-info.yaml", text).entities)
}

fn names(found: &[Dependent<'_>]) -> Vec<(String, usize)> {
    found.iter().map(|d| (d.entity.reference.name().to_owned(), d.depth)).collect()
}

#[test]
fn relations_stand_on_both_ends() {
    let catalog = catalog(FILE);
    let api = catalog.get("my-api").unwrap();
    let relations = catalog.relations(api);
    assert_eq!(relations[&Relation::OwnedBy][0].reference.to_string(), "group:team-backend");
    assert_eq!(relations[&Relation::DependsOn][0].reference.name(), "auth-service");
    let auth = catalog.relations(catalog.get("auth-service").unwrap());
    assert_eq!(auth[&Relation::DependencyOf][0].reference.name(), "my-api");
    assert_eq!(catalog.people(catalog.owner(api).unwrap())[0].reference.name(), "alice");
    assert_eq!((api.tier(), api.raw["metadata"]["x-unknown"]["kept"].as_bool()), (Some(1), Some(true)));
}

#[test]
fn what_does_not_fit_is_told_with_its_line() {
    let catalog = catalog(FILE);
    let texts: Vec<_> = catalog.findings().iter().map(|f| format!("{}: {}", f.line, f.text)).collect();
    // A database is a resource; the sample calls it a component.
    assert_eq!(
        texts,
        ["5: component:my-api depends on component:user-db: nothing is called so; did you mean 'user-db'?"]
    );
}

#[test]
fn nobody_as_owner_is_an_error_and_a_strange_kind_is_kept() {
    let text = FILE.replace("spec: {type: database, owner: team-backend}", "spec: {type: database}");
    let text = text.replace("kind: System", "kind: Systm");
    let read = read("catalog-info.yaml", &text);
    let odd = read.findings.iter().filter(|f| f.text.starts_with("kind"));
    let hints: Vec<_> = odd.map(|f| (f.fatal, f.text.as_str())).collect();
    assert_eq!(
        hints,
        [(false, "kind 'Systm' is none of Backstage's; kept as it is; did you mean 'system'?")]
    );
    let catalog = Catalog::build(read.entities);
    let told: Vec<_> = catalog.findings().iter().filter(|f| f.text.contains("nobody owns it")).collect();
    assert_eq!((told.len(), told[0].fatal), (1, true), "{told:?}");
    assert!(told[0].text.starts_with("resource:user-db"), "{told:?}");
    let odd = catalog.get("user-management").unwrap();
    assert_eq!((odd.reference.kind(), odd.sort()), ("Systm", "other"));
}

#[test]
fn impact_follows_dependencies_and_apis() {
    let catalog = catalog(FILE);
    assert_eq!(
        names(&catalog.impact("auth-service").unwrap()),
        [("my-api".to_owned(), 1), ("web".to_owned(), 2)]
    );
    assert!(catalog.impact("nobody").is_none());
}

fn component(name: &str, depends_on: &[usize]) -> String {
    let refs: Vec<_> = depends_on.iter().map(|n| format!("component:c{n}")).collect();
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{type: service, lifecycle: x, owner: team, dependsOn: [{}]}}\n",
        refs.join(", ")
    )
}

#[test]
fn cycles_are_told_and_walks_end() {
    let catalog =
        catalog(&format!("{}{}{}", component("c0", &[1]), component("c1", &[2]), component("c2", &[0])));
    let cycles: Vec<_> = catalog.findings().iter().filter(|f| f.text.contains("cycle")).collect();
    assert_eq!(cycles.len(), 1, "{cycles:?}");
    assert!(cycles[0].text.contains("component:c0 → component:c1 → component:c2 → component:c0"));
    assert_eq!(catalog.impact("c0").unwrap().len(), 2);
}

#[test]
fn a_chain_of_ten_thousand_does_not_overflow() {
    let text: String =
        (0..10_000).map(|n| component(&format!("c{n}"), &[n + 1])).collect::<Vec<_>>().concat();
    let catalog =
        Catalog::build(text.split("---\n").skip(1).flat_map(|doc| read("f", doc).entities).collect());
    assert_eq!(catalog.impact("c9999").unwrap().len(), 9_999);
}

#[test]
fn duplicates_differ_not_by_case() {
    let catalog = catalog(&format!("{}{}", component("Web", &[]), component("web", &[])));
    let told = |part: &str| catalog.findings().iter().any(|finding| finding.text.contains(part));
    assert!(told("stands already at catalog-info.yaml:4"), "{:?}", catalog.findings());
}

#[test]
fn a_bad_document_costs_one_entity() {
    let read = read(
        "f.yaml",
        &format!("a: [\n{}---\napiVersion: backstage.io/v1alpha1\nkind: Component\n", component("c1", &[])),
    );
    assert_eq!(read.entities.len(), 1);
    let lines: Vec<_> = read.findings.iter().filter(|f| f.fatal).map(|f| f.line).collect();
    assert_eq!(lines.len(), 2, "{:?}", read.findings);
}

#[test]
fn the_selector_wins_over_the_id() {
    let text = FILE.replace(
        "backstage.io/kubernetes-id: my-api",
        "backstage.io/kubernetes-id: my-api\n    backstage.io/kubernetes-label-selector: 'app=my,team'\n    backstage.io/kubernetes-namespace: prod",
    );
    let binding = catalog(&text).get("my-api").unwrap().binding().unwrap();
    let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    };
    assert!(binding.matches("prod", &labels(&[("app", "my"), ("team", "x")])));
    assert!(!binding.matches("dev", &labels(&[("app", "my"), ("team", "x")])));
    assert!(!binding.matches("prod", &labels(&[("app", "my")])));
}

#[test]
fn search_puts_the_name_first() {
    let catalog = catalog(FILE);
    let found: Vec<_> = catalog.search("user", 9).iter().map(|e| e.reference.to_string()).collect();
    assert_eq!(&found[..3], ["api:user-api", "resource:user-db", "system:user-management"]);
    assert!(
        found.contains(&"user:alice".to_owned()) && found.contains(&"component:my-api".to_owned()),
        "{found:?}"
    );
    assert_eq!(catalog.search("python team-backend", 9).len(), 1);
}

proptest! {
    /// Against a plain reachability computation on random graphs, cycles included.
    #[test]
    fn impact_is_reachability(edges in prop::collection::btree_set((0usize..9, 0usize..9), 0..30)) {
        let text: String = (0..9)
            .map(|n| {
                let to: Vec<_> = edges.iter().filter(|(a, b)| *a == n && a != b).map(|(_, b)| *b).collect();
                component(&format!("c{n}"), &to)
            })
            .collect::<Vec<_>>()
            .concat();
        let catalog = catalog(&text);
        let mut want: BTreeSet<usize> = BTreeSet::from([0]);
        loop {
            let more: BTreeSet<_> = edges.iter().filter(|(_, b)| want.contains(b)).map(|(a, _)| *a).collect();
            if more.is_subset(&want) { break }
            want.extend(more);
        }
        want.remove(&0);
        let got: BTreeSet<_> = catalog.impact("c0").unwrap().iter().map(|d| d.entity.reference.name().trim_start_matches('c').parse::<usize>().unwrap()).collect();
        prop_assert_eq!(got, want);
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[ -~\n]{0,300}") {
        let _any = Catalog::build(read("f", &text).entities);
    }
}
