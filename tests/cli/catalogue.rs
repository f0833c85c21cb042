//! `qd catalog`, and what a catalogue remembers.

use crate::bench::Said;
use crate::files::folder;
use crate::served::qd_at;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const SHOP: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: checkout
  annotations: {backstage.io/techdocs-ref: 'dir:.', quarterdeck.dev/runbook: ops/runbook.md, x.io/mark: zebra}
spec: {type: service, lifecycle: production, owner: ada, dependsOn: [both], x-unknown: {keep: [1, me]}}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: both}
spec: {type: service, lifecycle: production, owner: ada}
---
apiVersion: backstage.io/v1alpha1
kind: Resource
metadata: {name: both}
spec: {type: database}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: []}
---
apiVersion: backstage.io/v1alpha1
kind: Compnent
metadata: {name: odd}
";

const API: &str = "\
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: pay}
spec:
  type: openapi
  lifecycle: production
  owner: user:ada
  definition:
    $text: ./openapi.yaml
";

const OPENAPI: &str = "openapi: 3.0.0\npaths:\n  /pay:\n    post: {summary: Pays}\n    get: {deprecated: true, summary: Asks}\n";

fn qd(home: &TempDir, args: &[&str]) -> Said {
    Said::from(qd_at(home).args(args).output().unwrap())
}

fn shop() -> (TempDir, String) {
    let at = folder(&[
        ("shop/catalog-info.yaml", SHOP),
        ("shop/README.md", "# Checkout\n"),
        ("shop/docs/index.md", "# Docs\n\n## Kangaroo invariants\n"),
        ("shop/ops/runbook.md", "# Run\n\n## When the flux capacitor overheats\n"),
        ("api/catalog-info.yaml", API),
        ("api/openapi.yaml", OPENAPI),
    ]);
    let path = at.path().display().to_string();
    (at, path)
}

#[test]
fn each_mistake_is_one_finding() {
    let (home, (_at, path)) = (tempfile::tempdir().unwrap(), shop());
    let said = qd(&home, &["catalog", "lint", &path]).ended(1);
    let lines: Vec<_> = said.out.lines().map(|line| line.replace(&format!("{path}/"), "")).collect();
    assert_eq!(
        lines,
        [
            "shop/catalog-info.yaml:4: error: component:checkout depends on both: is both a component and a resource; write the kind",
            "shop/catalog-info.yaml:15: error: resource:both: nobody owns it: 'spec.owner' is missing",
            "shop/catalog-info.yaml:24: warning: kind 'Compnent' is none of Backstage's; kept as it is; did you mean 'component'?",
            "3 files, 6 catalogue entries: 2 errors, 1 warning",
        ],
        "{said:?}"
    );
    let said = qd(&home, &["catalog", "list", &path]).ended(0);
    let line = |name: &str| said.out.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("resource:both").contains("nobody"), "{said:?}");
    assert!(line("compnent:odd").contains("other") && !line("compnent:odd").contains("nobody"), "{said:?}");
    assert!(
        line("component:checkout").contains("user:ada"),
        "the owner there is, not the kind guessed: {said:?}"
    );
}

#[test]
fn an_ambiguous_reference_is_no_blast_radius_of_nothing() {
    let (home, at) = shop();
    for of in ["component:both", "resource:both"] {
        let said = qd(&home, &["catalog", "impact", of, &at]);
        assert!(said.out.contains("component:checkout") && said.out.contains("ambiguous"), "{of}: {said:?}");
        let json = qd(&home, &["catalog", "impact", of, &at, "-o", "json"]);
        assert!(json.out.contains("\"ambiguous\": true"), "{json:?}");
    }
    let said = qd(&home, &["catalog", "impact", "both", &at]);
    assert!(said.out.contains("resource:both is called so too"), "{said:?}");
    let said = qd(&home, &["catalog", "show", "checkout", &at]);
    assert!(said.out.contains("component:both (ambiguous), resource:both (ambiguous)"), "{said:?}");
    let more = folder(&[(
        "a/catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\n\
         spec: {type: service, lifecycle: x, owner: ghost, dependsOn: [component:spirit]}\n",
    )]);
    let said = qd(&home, &["catalog", "show", "a", &more.path().display().to_string()]);
    assert!(said.out.contains("component:spirit: nothing is called so"), "{said:?}");
    assert!(said.out.contains("group:ghost: nothing is called so"), "{said:?}");
}

#[test]
fn a_heading_of_a_runbook_and_an_annotation_are_found() {
    let (home, (_at, path)) = (tempfile::tempdir().unwrap(), shop());
    for words in ["flux capac", "kangaroo", "ZEBRA"] {
        let said = qd(&home, &["catalog", "list", &path, "--search", words, "-o", "name"]).ended(0);
        assert_eq!(said.out, "component:checkout\n", "{words}");
    }
    // A document nobody names belongs to the components of its folder.
    let said = qd(&home, &["catalog", "list", &path, "--search", "readme", "-o", "name"]).ended(0);
    assert_eq!(said.out, "component:checkout\ncomponent:both\n");
    let said = qd(&home, &["catalog", "list", &path, "--search", "flux kangaroo"]).ended(0);
    assert!(said.out.starts_with("nothing found"), "no document has both: {said:?}");
}

#[test]
fn an_api_lists_what_it_offers_and_a_document_keeps_what_is_unknown() {
    let (home, (at, path)) = (tempfile::tempdir().unwrap(), shop());
    let said = qd(&home, &["catalog", "show", "pay", &path]).ended(0);
    assert!(said.out.contains("2 operations, 1 deprecated\n  GET   /pay  deprecated  Asks\n"), "{said:?}");
    let json = qd(&home, &["catalog", "show", "checkout", &path, "-o", "json"]).ended(0).json();
    assert_eq!(json["document"]["spec"]["x-unknown"], serde_json::json!({"keep": [1, "me"]}));
    let json = qd(&home, &["catalog", "show", "odd", &path, "-o", "json"]).ended(0).json();
    assert_eq!((&json["kind"], &json["type"]), (&"compnent".into(), &"other".into()));
    let lint = |openapi: Option<&str>| {
        let file = at.path().join("api/openapi.yaml");
        openapi.map_or_else(|| fs::remove_file(&file).unwrap(), |text| fs::write(&file, text).unwrap());
        qd(&home, &["catalog", "lint", &path]).ended(1).out
    };
    assert!(
        lint(Some("info: {}")).contains(
            "yaml:9: warning: api:pay: definition './openapi.yaml' is no OpenAPI: it has neither 'openapi' nor 'paths'"
        )
    );
    assert!(lint(None).contains("yaml:9: error: api:pay: definition './openapi.yaml' cannot be read"));
}

#[test]
fn what_vanished_is_an_orphan_until_it_is_forgotten() {
    let (home, (at, path)) = (tempfile::tempdir().unwrap(), shop());
    let with = ["--catalog", &path, "catalog"];
    let qd = |args: &[&str]| qd(&home, &[&with[..], args].concat());
    let said = qd(&["list", "-o", "name"]).ended(0);
    assert_eq!(said.out.lines().count(), 6, "the option names the place: {said:?}");
    fs::remove_dir_all(at.path().join("api")).unwrap();
    let json = qd(&["show", "pay", "-o", "json"]).ended(0).json();
    assert!(json["orphan"].as_str().is_some_and(|at| at.starts_with("20")), "{json}");
    let said = qd(&["list"]).ended(0);
    let line = said.out.lines().find(|line| line.starts_with("api:pay")).unwrap();
    assert!(line.contains("orphan, seen ") && line.contains(" ago"), "{line}");
    let said = qd(&["lint"]).ended(1);
    assert!(said.out.contains("warning: api:pay stands here no longer; last seen 20"), "{said:?}");
    // What is looked at once has no past.
    let said = qd(&["list", &path, "-o", "name"]).ended(0);
    assert_eq!(said.out.lines().count(), 5, "{said:?}");
    // All of it away: as it was last seen, with the reason.
    let away = Path::new(&path).with_extension("away");
    fs::rename(&path, &away).unwrap();
    let said = qd(&["impact", "component:both", "-o", "name"]).ended(0);
    assert!(said.err.contains("shown as it was last seen"), "{said:?}");
    fs::rename(&away, &path).unwrap();
    let said = qd(&["forget", "checkout"]).ended(3);
    assert!(said.err.contains("stands at") && said.err.contains("only an orphan"), "{said:?}");
    let said = qd(&["forget", "pay"]).ended(0);
    assert_eq!(said.out, "api:pay is forgotten\n");
    let said = qd(&["show", "pay"]).ended(1);
    assert!(said.err.contains("no catalogue entry 'pay'"), "{said:?}");
    let said = qd(&["forget", "pay"]).ended(1);
    assert!(said.err.contains("no catalogue entry 'pay' is remembered"), "{said:?}");
}
