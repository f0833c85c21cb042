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
    assert!(relations[&Relation::DependsOn].iter().any(|to| to.reference.name() == "auth-service"));
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

fn entry(kind: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}}}\n\
         spec: {{type: service, lifecycle: x, owner: team, {spec}}}\n"
    )
}

fn marked(catalog: &Catalog, of: &str) -> Vec<(String, usize, bool)> {
    let found = catalog.impact(of).unwrap();
    found.iter().map(|d| (d.entity.reference.to_string(), d.depth, d.ambiguous)).collect()
}

#[test]
fn an_ambiguous_reference_counts_for_each_that_may_be_meant() {
    let text = [
        entry("Component", "db", ""),
        entry("Resource", "db", ""),
        entry("Component", "a", "dependsOn: [db]"),
        entry("Component", "b", "dependsOn: [component:a]"),
    ];
    let catalog = catalog(&text.concat());
    let want = [("component:a".to_owned(), 1, true), ("component:b".to_owned(), 2, true)];
    for of in ["db", "component:db", "resource:db"] {
        assert_eq!(marked(&catalog, of), want, "{of}");
    }
    assert_eq!(marked(&catalog, "a"), [("component:b".to_owned(), 1, false)]);
    let a = catalog.get("a").unwrap();
    let needs = catalog.relations(a).remove(&Relation::DependsOn).unwrap();
    assert!(needs.len() == 2 && needs.iter().all(|to| catalog.is_doubtful(a, Relation::DependsOn, to)));
    assert!(catalog.findings().iter().any(|f| f.text.contains("db: is both a component and a resource")));
}

#[test]
fn what_is_said_with_its_kind_is_not_ambiguous() {
    for order in ["[db, component:db]", "[component:db, db]"] {
        let text = [
            entry("Component", "db", ""),
            entry("Resource", "db", ""),
            entry("Component", "a", &format!("dependsOn: {order}")),
        ];
        let catalog = catalog(&text.concat());
        assert_eq!(marked(&catalog, "component:db"), [("component:a".to_owned(), 1, false)], "{order}");
        assert_eq!(marked(&catalog, "resource:db"), [("component:a".to_owned(), 1, true)], "{order}");
    }
}

#[test]
fn a_reference_that_leads_nowhere_is_kept_with_its_words() {
    let text = [
        entry("Resource", "db", ""),
        entry("Component", "a", "dependsOn: [component:db, 'resource:zzzzzz'], consumesApis: [qqqqqq]"),
    ];
    let catalog = catalog(&text.concat());
    let told: Vec<_> = catalog
        .missing(catalog.get("a").unwrap())
        .iter()
        .filter(|gap| gap.relation != Relation::OwnedBy)
        .map(|gap| format!("{} {}: {}", gap.relation.words(), gap.reference, gap.why))
        .collect();
    assert_eq!(
        told,
        [
            "consumes API api:qqqqqq: nothing is called so",
            "depends on component:db: nothing is called so; did you mean 'db'?",
            "depends on resource:zzzzzz: nothing is called so"
        ]
    );
    // The wrong kind may mean the only one of that name.
    assert_eq!(marked(&catalog, "resource:db"), [("component:a".to_owned(), 1, true)]);
}

#[test]
fn who_uses_an_api_suffers_when_it_does() {
    let text = [
        entry("API", "pay", "definition: x"),
        entry("Component", "good-a", "providesApis: [pay]"),
        entry("Component", "good-b", "consumesApis: [pay]"),
        entry("Component", "far", "dependsOn: [component:good-b]"),
        entry("Component", "near", "dependsOn: ['api:pay']"),
    ];
    let catalog = catalog(&text.concat());
    let want = [("component:good-b", 1), ("component:near", 1), ("component:far", 2)];
    let want = want.map(|(name, depth)| (name.to_owned(), depth, false));
    assert_eq!(marked(&catalog, "api:pay"), want);
    assert_eq!(marked(&catalog, "good-a"), want);
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
fn parts_and_groups_that_go_round_are_told() {
    let group = |name: &str, spec: &str| {
        format!(
            "---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: {name}}}\nspec: {{type: team, {spec}}}\n"
        )
    };
    let text = [
        entry("Component", "a", "subcomponentOf: b"),
        entry("Component", "b", "subcomponentOf: a"),
        entry("Domain", "d", "subdomainOf: e"),
        entry("Domain", "e", "subdomainOf: d"),
        group("g", "parent: h"),
        group("h", "parent: g"),
        group("team", "children: []"),
    ];
    let catalog = catalog(&text.concat());
    let told: Vec<_> = catalog.findings().iter().map(|f| (f.fatal, f.text.as_str())).collect();
    assert_eq!(
        told,
        [
            (true, "cycle of parts (subcomponentOf, subdomainOf): component:a → component:b → component:a"),
            (true, "cycle of parts (subcomponentOf, subdomainOf): domain:d → domain:e → domain:d"),
            (true, "cycle of groups (parent, children): group:g → group:h → group:g"),
        ]
    );
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
