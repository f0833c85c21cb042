//! Verbs that change something: gates, plans, outcomes, the log.

use crate::bench::{Person, at, shared};

/// A service in a namespace ending in `prefix` that nobody else applies, by a
/// dry run that passes. Tests that only try share `-dev`; each that changes
/// something has another environment to itself.
fn free(person: &Person, args: &[&str], prefix: &str) -> String {
    let names = person.qd(&["services", "-o", "name"]).ended(0).out;
    let fits = |name: &&str| {
        let mut all = vec![args[0], name];
        all.extend(&args[1..]);
        all.push("--dry-run");
        name.contains(prefix) && person.qd(&all).code == 2
    };
    names
        .lines()
        .find(fits)
        .unwrap_or_else(|| panic!("no service in {prefix} can be changed: {names}"))
        .to_owned()
}

#[test]
fn a_dry_run_changes_nothing_and_exits_2() {
    let person = at(shared());
    let name = free(&person, &["restart"], "-dev/");
    let before = person.qd(&["service", &name, "-o", "json"]).json();
    let json = person.qd(&["restart", &name, "--dry-run", "-o", "json"]).ended(2).json();
    assert!(!json["plan"]["changes"].as_array().unwrap().is_empty());
    assert!(json["outcome"].is_null());
    let after = person.qd(&["service", &name, "-o", "json"]).json();
    let version = |json: &serde_json::Value| json["workloads"][0]["workload"]["generation"].clone();
    assert_eq!(version(&before), version(&after));
    assert!(!person.audit().exists(), "nothing was done, nothing is recorded");
}

#[test]
fn without_yes_and_without_a_terminal_it_refuses_with_3() {
    let person = at(shared());
    let name = free(&person, &["restart"], "-dev/");
    let said = person.qd(&["restart", &name]).ended(3);
    assert!(said.err.contains("nobody to ask") && said.err.contains("--yes"), "{said:?}");
    assert!(!person.audit().exists());
}

#[test]
fn a_viewer_is_refused_by_the_permission_check() {
    let person = at(shared());
    let name = free(&person, &["restart"], "-dev/");
    let said = person.qd(&["restart", &name, "--yes", "--context", "demo-viewer"]).ended(3);
    assert!(said.err.contains("permission") && said.err.contains("patch deployments"), "{said:?}");
}

#[test]
fn a_read_only_context_refuses_whatever_is_typed() {
    let person = at(shared());
    let name = free(&person, &["restart"], "-dev/");
    let contexts = person.home.path().join("config/contexts");
    std::fs::create_dir_all(&contexts).unwrap();
    std::fs::write(contexts.join("demo.toml"), "read-only = true\n").unwrap();
    let said = person.qd(&["restart", &name, "--yes"]).ended(3);
    assert!(said.err.contains("demo.toml:1"), "{said:?}");
}

#[test]
fn a_scale_is_carried_out_watched_and_recorded_and_doing_it_twice_is_no_failure() {
    let person = at(shared());
    let name = free(&person, &["scale", "--replicas", "3"], "-production/");
    let args = ["scale", &name, "--replicas", "3", "--yes", "--reason", "load test", "-o", "json"];
    let json = person.qd(&args).ended(0).json();
    assert_eq!(json["outcome"]["phase"], "succeeded");
    let said = person.qd(&args).ended(0);
    assert!(said.err.contains("nothing to do"), "{said:?}");
    let verdict = person.qd(&["audit", "verify", "-o", "json"]).ended(0).json();
    assert_eq!(verdict["entries"], 3, "intent, written, outcome");
    let log = person.qd(&["audit", "--what", "scale", "-o", "json"]).ended(0).json();
    let kinds: Vec<_> = log.as_array().unwrap().iter().map(|entry| entry["kind"].clone()).collect();
    assert_eq!(kinds, ["intent", "written", "outcome"]);
    assert_eq!(log[0]["reason"], "load test");
    assert_eq!(log[0]["actor"]["os_user"], "alice");
    assert_eq!(log[0]["actor"]["cluster_user"], "admin");
}

#[test]
fn tampering_with_the_log_is_seen() {
    let person = at(shared());
    let name = free(&person, &["pause"], "-staging/");
    person.qd(&["pause", &name, "--yes"]).ended(0);
    person.qd(&["resume", &name, "--yes"]).ended(0);
    person.qd(&["audit", "verify"]).ended(0);
    let text = std::fs::read_to_string(person.audit()).unwrap();
    std::fs::write(person.audit(), text.replacen("alice", "mallory", 1)).unwrap();
    let said = person.qd(&["audit", "verify"]).ended(3);
    assert!(
        said.err.contains("audit.jsonl:1") && said.err.contains("changed after it was written"),
        "{said:?}"
    );
    let cut: String =
        text.lines().take(text.lines().count() - 1).map(|line| line.to_owned() + "\n").collect();
    std::fs::write(person.audit(), cut).unwrap();
    let said = person.qd(&["audit", "verify"]).ended(3);
    assert!(said.err.contains("the end is missing"), "{said:?}");
}
