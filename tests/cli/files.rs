//! Verbs that read files: no cluster is asked.

use crate::bench::Said;
use crate::served::qd_at;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn qd(args: &[&str]) -> Said {
    let home = tempfile::tempdir().unwrap();
    Said::from(qd_at(&home).args(args).output().unwrap())
}

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name).display().to_string()
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path: PathBuf = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

const COMPONENT: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: NAME}\nspec: {type: service, lifecycle: x, owner: user:ann}\n";
const PERSON: &str =
    "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n";

#[test]
fn scripts_pass_and_fail_by_file_and_line() {
    let good = "load 1m\n  a 1 2 3\n\neval instant at 2m a\n  a 3\n";
    let bad = "load 1m\n  a 1 2 3\n\neval instant at 2m a + 1\n  {} 3\n\nnonsense\n";
    let at = folder(&[("good.test", good), ("bad.test", bad)]);
    let path = |name: &str| at.path().join(name).display().to_string();
    let said = qd(&["promql", "test", &path("good.test")]).ended(0);
    assert_eq!(said.out, "1 script: 1 passed, 0 failed, 0 skipped\n");
    let said = qd(&["promql", "test", &path("good.test"), &path("bad.test")]).ended(1);
    assert!(
        said.out.contains("bad.test:4: a + 1\n    {}: 4, expected 3\n") && said.out.contains("bad.test:7: "),
        "{said:?}"
    );
    assert!(said.out.ends_with("2 scripts: 1 passed, 2 failed, 0 skipped\n"), "{said:?}");
    let json = qd(&["promql", "test", &path("bad.test"), "-o", "json"]).ended(1).json();
    assert_eq!((&json[0]["failed"], &json[0]["failures"][0]["line"]), (&2.into(), &4.into()));
    let said = qd(&["promql", "test", &path("none.test")]).ended(1);
    assert!(said.err.contains("none.test"), "{said:?}");
}

#[test]
fn objectives_are_listed_and_shown() {
    let said = qd(&["slo", "list", &data("slo")]).ended(0);
    let line = said.out.lines().find(|line| line.starts_with("checkout/availability")).unwrap();
    assert!(
        line.contains("99.9%") && line.contains("30d rolling") && line.contains("checkout.yaml:5"),
        "{line}"
    );
    let json = qd(&["slo", "list", &data("slo"), "-o", "json"]).ended(0).json();
    assert_eq!((&json[0]["objective_percent"], &json[0]["format"]), (&99.9.into(), &"Sloth".into()));
    let json = qd(&["slo", "show", &data("slo"), "--id", "checkout/availability", "-o", "json"]).json();
    assert_eq!(json.as_array().unwrap().len(), 1);
    assert_eq!(json[0]["budget_minutes"], 43.2);
    let alerts: Vec<_> = json[0]["alerts"].as_array().unwrap().iter().map(|a| a["factor"].as_f64()).collect();
    assert_eq!(alerts, [Some(14.4), Some(6.0), Some(3.0), Some(1.0)]);
    assert_eq!(json[0]["alerts"][3]["needs_events"], 1000.0);
    assert!(json[0]["error_ratio"].as_str().unwrap().contains("[30d]"), "{json}");
    let said = qd(&["slo", "show", &data("slo"), "--id", "checkout/mail"]).ended(0);
    assert!(said.out.contains("cannot fire") && said.out.contains("4320 bad minutes"), "{said:?}");
    let said = qd(&["slo", "show", &data("slo"), "--id", "checkout/male"]).ended(1);
    assert!(said.err.contains("did you mean checkout/mail?"), "{said:?}");
}

#[test]
fn one_broken_file_does_not_hide_the_others() {
    let good = fs::read_to_string(data("slo/checkout.yaml")).unwrap();
    let at =
        folder(&[("a/good.yaml", &good), ("b.yml", "a: [\n"), (".git/twin.yaml", &good), ("c.txt", "a: [")]);
    let path = at.path().display().to_string();
    let said = qd(&["slo", "validate", &path]).ended(1);
    assert!(
        said.out.contains("b.yml:") && said.out.ends_with("2 files, 2 SLOs: 1 error, 1 warning\n"),
        "{said:?}"
    );
    let said = qd(&["slo", "list", &path, "-o", "name"]).ended(0);
    assert_eq!(said.out, "checkout/availability\ncheckout/mail\n");
    assert!(said.err.contains("b.yml:"), "{said:?}");
    fs::write(at.path().join("twin.yaml"), &good).unwrap();
    let said = qd(&["slo", "validate", &path]).ended(1);
    assert!(
        said.out.contains("twin.yaml:5: error: SLO 'checkout/availability' stands already at"),
        "{said:?}"
    );
    let said = qd(&["slo", "validate", &data("slo")]).ended(0);
    assert!(said.out.contains("warning: SLO 'mail'"), "{said:?}");
    let said = qd(&["slo", "validate", "/nowhere/at/all"]).ended(1);
    assert!(said.err.contains("/nowhere/at/all") && said.err.contains("checkout"), "{said:?}");
}

/// Of several checkouts one may be gone, one a file where a folder was, one a
/// repository without a work tree: the others are read all the same.
#[test]
fn a_dead_checkout_costs_only_itself() {
    let good = COMPONENT.replace("NAME", "alive");
    let at = folder(&[
        ("alive/catalog-info.yaml", &good),
        ("bare/HEAD", "ref: refs/heads/main\n"),
        ("bare/config", "[core]\n\tbare = true\n"),
    ]);
    std::os::unix::fs::symlink(at.path().join("removed"), at.path().join("alive/link.yaml")).unwrap();
    let path = |name: &str| at.path().join(name).display().to_string();
    let said = qd(&["catalog", "list", &path("alive"), &path("gone"), &path("bare")]);
    assert!(said.out.contains("alive"), "{said:?}");
    assert!(said.err.contains("gone") && said.err.contains("is the checkout gone?"), "{said:?}");
    let said = qd(&["catalog", "lint", &path("alive"), &path("gone")]).ended(1);
    assert!(said.out.contains("gone:1: error: cannot be read"), "{said:?}");
}

/// An alias bomb is one finding of one document, and the next one is read.
#[test]
fn a_yaml_bomb_among_good_documents_costs_one_document() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for n in 1..12 {
        let alias = format!("*a{}", n - 1);
        writeln!(bomb, "a{n}: &a{n} [{}]", [alias.as_str(); 10].join(", ")).unwrap();
    }
    let text =
        format!("{}---\n{bomb}---\n{}", COMPONENT.replace("NAME", "one"), COMPONENT.replace("NAME", "two"));
    let at = folder(&[("catalog-info.yaml", &text)]);
    let said = qd(&["catalog", "lint", &at.path().display().to_string()]).ended(1);
    assert!(said.out.contains("2 catalogue entries"), "{said:?}");
    assert!(said.out.contains("use fewer aliases") && said.out.len() < 4_000, "{said:?}");
}

#[test]
fn a_catalogue_is_walked_followed_and_shown() {
    let path = data("catalog");
    let said = qd(&["catalog", "lint", &path]).ended(0);
    assert_eq!(said.out, "3 files, 7 catalogue entries: nothing wrong\n");
    let said = qd(&["catalog", "list", &path, "--search", "money", "-o", "name"]).ended(0);
    assert_eq!(said.out, "component:orders-api\n");
    let said = qd(&["catalog", "show", "orders-api", &path]).ended(0);
    for part in
        ["group:team-orders → mira", "orders-primary", "runbooks.example.com", "depends on", "Production"]
    {
        assert!(said.out.contains(part), "{part}: {said:?}");
    }
    let json = qd(&["catalog", "show", "orders-db", &path, "-o", "json"]).ended(0).json();
    assert_eq!(json["relations"]["dependencyOf"], serde_json::json!(["component:orders-api"]));
    assert_eq!(json["people"], serde_json::json!(["mira"]));
    let json = qd(&["catalog", "impact", "orders-db", &path, "-o", "json"]).ended(0).json();
    let hits: Vec<_> =
        json.as_array().unwrap().iter().map(|h| (&h["depth"], &h["name"], &h["tier"])).collect();
    assert_eq!(hits, [(&1.into(), &"orders-api".into(), &1.into()), (&2.into(), &"shop".into(), &2.into())]);
    let said = qd(&["catalog", "show", "order-api", &path]).ended(1);
    assert!(said.err.contains("did you mean component:orders-api?"), "{said:?}");
}

/// What a template makes for each new service: alone, its references lead nowhere.
#[test]
fn a_single_component_is_shown_although_its_neighbours_are_elsewhere() {
    let at = folder(&[("catalog-info.yaml", &COMPONENT.replace("NAME", "alone"))]);
    let file = at.path().join("catalog-info.yaml").display().to_string();
    let json = qd(&["catalog", "show", "alone", &file, "-o", "json"]).ended(0).json();
    assert_eq!((&json["owner"], &json["tier"]), (&"user:ann".into(), &serde_json::Value::Null));
    let said = qd(&["catalog", "lint", &file]).ended(1);
    assert!(said.out.contains("catalog-info.yaml:3: error: component:alone owned by user:ann"), "{said:?}");
    let said = qd(&["catalog", "impact", "alone", &file]).ended(0);
    assert_eq!(said.out, "nothing depends on component:alone\n");
    let page = qd(&["man"]).ended(0).out;
    assert!(
        page.contains("QD CATALOG IMPACT") && page.contains("QD SLO SHOW"),
        "every verb is in the manual"
    );
}

#[test]
fn what_is_wrong_with_a_catalogue_is_sorted_by_file_and_line() {
    let location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: l}\nspec:\n  targets:\n    - ../out.yaml\n    - ./gone.yaml\n    - https://example.com/c.yaml\n";
    let at = folder(&[
        ("in/ann.yaml", PERSON),
        ("in/a.yaml", &COMPONENT.replace("NAME", "twin")),
        ("in/b.yaml", &COMPONENT.replace("NAME", "twin").replace("user:ann", "user:bob")),
        ("in/z.yaml", location),
        ("out.yaml", PERSON),
    ]);
    let path = at.path().join("in").display().to_string();
    let json = qd(&["catalog", "lint", &path, "-o", "json"]).ended(1).json();
    let found: Vec<String> = json["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            format!(
                "{}:{}:{}",
                f["file"].as_str().unwrap().rsplit('/').next().unwrap(),
                f["line"],
                f["fatal"]
            )
        })
        .collect();
    assert_eq!(found, ["b.yaml:3:true", "z.yaml:6:true", "z.yaml:7:true", "z.yaml:8:false"], "{json}");
}

#[cfg(unix)]
#[test]
fn links_in_circles_end() {
    let at = folder(&[("in/ann.yaml", PERSON)]);
    std::os::unix::fs::symlink(at.path(), at.path().join("in/round")).unwrap();
    std::os::unix::fs::symlink(at.path().join("in/ann.yaml"), at.path().join("in/twin.yaml")).unwrap();
    std::os::unix::fs::symlink("/nowhere", at.path().join("in/gone.yaml")).unwrap();
    let said = qd(&["catalog", "lint", &at.path().display().to_string()]).ended(0);
    assert_eq!(said.out, "1 file, 1 catalogue entry: nothing wrong\n");
}
