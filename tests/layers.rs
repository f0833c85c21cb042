//! The rules of the map in `src/lib.rs`, held by reading the sources.

#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::format_collect,
    reason = "a test program that reads the sources; a panic is a failed test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each module and what it may use: modules to its left.
const MAY_USE: [(&str, &[&str]); 17] = [
    ("domain", &[]),
    ("catalog", &["domain"]),
    ("promql", &["domain"]),
    ("signals", &["domain", "promql"]),
    ("slo", &["domain", "promql"]),
    ("engine", &["domain", "catalog", "promql", "signals", "slo"]),
    ("msg", &["domain", "catalog", "promql", "signals", "slo", "engine"]),
    ("command", &["domain", "catalog", "promql", "signals", "slo", "engine", "msg"]),
    ("ui", &["domain", "catalog", "promql", "signals", "slo", "engine", "msg", "command"]),
    ("screens", &["domain", "catalog", "promql", "signals", "slo", "engine", "msg", "command", "ui"]),
    ("app", &["domain", "catalog", "promql", "signals", "slo", "engine", "msg", "command", "ui", "screens"]),
    ("cluster", &["domain"]),
    ("metrics", &["domain", "promql"]),
    ("store", &["domain"]),
    (
        "shell",
        &[
            "domain", "catalog", "promql", "signals", "slo", "engine", "msg", "command", "ui", "screens",
            "app", "cluster", "metrics", "store",
        ],
    ),
    (
        "cli",
        &[
            "domain", "catalog", "promql", "signals", "slo", "engine", "msg", "command", "ui", "screens",
            "app", "cluster", "metrics", "store", "shell", "demo",
        ],
    ),
    ("demo", &["domain"]),
];

/// Modules that may touch the outside world.
const DOING: [&str; 6] = ["cluster", "metrics", "store", "shell", "cli", "demo"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn is_test(path: &Path) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs") || part.starts_with("tests_")
    })
}

/// The code of a file without its test module and without comments.
fn code(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The names after `crate::` in `code`, groups included.
fn used(code: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (index, _) in code.match_indices("crate::") {
        let rest = &code[index + "crate::".len()..];
        let names_here: Vec<&str> = match rest.strip_prefix('{') {
            Some(group) => group.split('}').next().unwrap_or_default().split(',').collect(),
            None => vec![rest],
        };
        for name in names_here {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            names.push(name);
        }
    }
    names
}

#[test]
fn arrows_point_left() {
    let rules: BTreeMap<&str, &[&str]> = MAY_USE.into_iter().collect();
    let mut wrong = Vec::new();
    for (module, allowed) in &rules {
        for path in sources(&root().join("src").join(module)) {
            if is_test(&path) {
                continue;
            }
            for name in used(&code(&path)) {
                let known = rules.contains_key(name.as_str());
                if known && name != *module && !allowed.contains(&name.as_str()) {
                    wrong.push(format!("{}: uses crate::{name}", path.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows to the right:\n{}", wrong.join("\n"));
}

#[test]
fn every_module_is_on_the_map() {
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    for line in lib.lines().filter_map(|line| line.strip_prefix("pub mod ")) {
        let name = line.trim_end_matches(';');
        assert!(MAY_USE.iter().any(|(module, _)| *module == name), "{name} has no rule");
    }
}

#[test]
fn only_doing_modules_are_let_out() {
    for (module, _) in MAY_USE {
        for path in sources(&root().join("src").join(module)) {
            let text = fs::read_to_string(&path).unwrap();
            let allows = text.contains("clippy::disallowed_methods") && !is_test(&path);
            let may = DOING.contains(&module) && path.ends_with(format!("{module}/mod.rs"));
            assert!(!allows || may, "{} allows I/O", path.display());
        }
    }
}

#[test]
fn files_stay_small() {
    let mut sizes: Vec<(usize, PathBuf)> = sources(&root().join("src"))
        .into_iter()
        .filter(|path| !is_test(path))
        .map(|path| (fs::read_to_string(&path).unwrap().lines().count(), path))
        .collect();
    sizes.sort();
    let (largest, path) = sizes.last().unwrap();
    assert!(*largest <= 500, "{} has {largest} lines; 500 is the hard limit", path.display());
    let median = sizes[sizes.len() / 2].0;
    assert!(median <= 130, "the median file has {median} lines");
}

#[test]
fn nothing_is_allowed_without_a_reason() {
    for path in sources(&root().join("src")).into_iter().chain(sources(&root().join("tests"))) {
        if path.ends_with("layers.rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for marker in ["#[allow(", "#![allow(", "#[expect(", "#[ignore"] {
            for (index, _) in text.match_indices(marker) {
                let attribute: String = text[index..].chars().take_while(|c| *c != ']').collect();
                let reasoned = attribute.contains("reason") || attribute.contains("ignore = ");
                assert!(reasoned, "{}: {attribute}] has no reason", path.display());
            }
        }
    }
}
