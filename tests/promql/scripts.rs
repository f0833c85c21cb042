//! Scripts in the promqltest format.

use std::fs;
use std::path::Path;

use quarterdeck::promql::Limits;
use quarterdeck::promql::testing::{Report, run, run_with};

/// Runs every script of a folder.
fn folder(dir: &Path, run: impl Fn(&str, &str) -> Report) -> Vec<Report> {
    let mut files: Vec<_> = fs::read_dir(dir)
        .unwrap_or_else(|error| panic!("{}: {error}", dir.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "test"))
        .collect();
    files.sort();
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|path| run(&fs::read_to_string(path).unwrap(), &name(path))).collect()
}

fn own() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/promql"))
}

#[test]
fn our_scripts_pass() {
    let reports = folder(own(), run);
    assert!(reports.len() >= 8, "scripts are missing: {}", reports.len());
    for report in &reports {
        assert!(report.is_ok(), "{report}");
        assert_eq!(report.skipped(), 0, "{report}");
    }
    let passed: usize = reports.iter().map(Report::passed).sum();
    assert!(passed >= 200, "only {passed} evaluations");
}

/// Names dropped at once, as Prometheus does without its feature flag: the
/// scripts give the same, except where the flag is the point.
#[test]
fn our_scripts_pass_without_delayed_name_removal() {
    for report in folder(own(), |text, file| run_with(text, file, &Limits::default())) {
        if report.file != "delayed_names.test" {
            assert!(report.is_ok(), "{report}");
        }
    }
}

/// `PROMQLTEST_DIR=…/promql/promqltest/testdata cargo test --test promql -- \
/// prometheus_own_scripts --nocapture` prints the table of docs/promql.md.
#[test]
fn prometheus_own_scripts() {
    let Ok(dir) = std::env::var("PROMQLTEST_DIR") else {
        println!("skipped: PROMQLTEST_DIR is not set");
        return;
    };
    println!("| file | passed | failed | skipped |\n|---|---|---|---|");
    for report in folder(Path::new(&dir), run) {
        let (passed, failed, skipped) = (report.passed(), report.failed(), report.skipped());
        println!("| {} | {passed} | {failed} | {skipped} |", report.file);
        // What the list in docs/promql.md calls unsupported may fail there.
        let experimental = [
            "duration_expression.test",
            "extended_vectors.test",
            "info.test",
            "start_timestamps.test",
            "type_and_unit.test",
        ];
        let known = usize::from(report.file == "functions.test");
        if !experimental.contains(&report.file.as_str()) {
            assert!(failed <= known, "{report}");
        }
    }
}
