//! What a liar would do to the log, and what a crash does.

use super::*;
use crate::domain::{Actor, AuditEntry, AuditKind};
use jiff::Timestamp;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

struct Bench {
    _dir: tempfile::TempDir,
    log: AuditLog,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let folders = Folders::find(Some(dir.path()), Some(&dir.path().join("state")));
    Bench { log: AuditLog::new(&folders), _dir: dir }
}

fn note(text: &str) -> AuditEntry {
    let actor = Actor { os_user: "alice".into(), host: "h".into(), cluster_user: "a@x".into() };
    AuditEntry {
        context: "dev".into(),
        cluster: "http://x".into(),
        reason: text.into(),
        ..AuditEntry::new(&actor, AuditKind::Note, "note".into(), Timestamp::UNIX_EPOCH)
    }
}

fn append(bench: &Bench, texts: &[&str]) {
    for text in texts {
        bench.log.append(note(text)).unwrap();
    }
}

fn lines(bench: &Bench) -> Vec<String> {
    std::fs::read_to_string(bench.log.path()).unwrap().lines().map(ToOwned::to_owned).collect()
}

fn rewrite(bench: &Bench, lines: &[String]) {
    std::fs::write(bench.log.path(), lines.join("\n") + "\n").unwrap();
}

#[test]
fn what_is_appended_verifies_and_is_private() {
    let bench = bench();
    assert_eq!(bench.log.verify().unwrap().entries, vec![], "no log yet is no lie");
    append(&bench, &["one", "two", "three"]);
    let verified = bench.log.verify().unwrap();
    assert_eq!(verified.entries.len(), 3);
    assert!(!verified.torn);
    let mode = std::fs::metadata(bench.log.path()).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
}

#[test]
fn an_edited_a_removed_and_a_cut_off_line_are_seen() {
    let edits: [fn(&mut Vec<String>); 4] = [
        |lines| lines[1] = lines[1].replace("two", "2wo"),
        |lines| drop(lines.remove(1)),
        |lines| drop(lines.pop()),
        |lines| lines.push(lines[0].clone()),
    ];
    for (n, edit) in edits.iter().enumerate() {
        let bench = bench();
        append(&bench, &["one", "two", "three"]);
        let mut text = lines(&bench);
        edit(&mut text);
        rewrite(&bench, &text);
        let fault = bench.log.verify().unwrap_err();
        assert!(fault.text.contains("does not verify"), "edit {n}: {fault}");
        bench.log.append(note("four")).unwrap();
        assert!(bench.log.verify().is_err(), "edit {n} stays visible after the next entry");
    }
}

#[test]
fn a_missing_head_is_reported_and_owned_up_to() {
    let bench = bench();
    append(&bench, &["one"]);
    std::fs::remove_file(&bench.log.head).unwrap();
    assert!(bench.log.verify().unwrap_err().text.contains("is missing"));
    append(&bench, &["two"]);
    let entries = bench.log.verify().unwrap().entries;
    assert_eq!(entries[1].kind, AuditKind::Repair);
    assert!(entries[1].detail.contains("head file was missing"));
}

#[test]
fn a_line_torn_by_a_crash_is_repaired_by_the_next_entry() {
    let bench = bench();
    append(&bench, &["one", "two"]);
    let mut file = OpenOptions::new().append(true).open(bench.log.path()).unwrap();
    file.write_all(b"{\"seq\":2,\"at\":\"19").unwrap();
    let verified = bench.log.verify().unwrap();
    assert!(verified.torn, "torn, and nothing worse");
    append(&bench, &["three"]);
    let entries = bench.log.verify().unwrap().entries;
    let kinds: Vec<_> = entries.iter().map(|e| e.kind).collect();
    assert_eq!(kinds, [AuditKind::Note, AuditKind::Note, AuditKind::Repair, AuditKind::Note]);
}

#[test]
fn a_crash_between_the_line_and_the_head_costs_nothing() {
    let bench = bench();
    append(&bench, &["one"]);
    let head = std::fs::read(&bench.log.head).unwrap();
    append(&bench, &["two"]);
    std::fs::write(&bench.log.head, head).unwrap();
    assert_eq!(bench.log.verify().unwrap().entries.len(), 2);
    append(&bench, &["three"]);
    assert_eq!(bench.log.verify().unwrap().entries.len(), 3);
}

#[test]
fn two_writers_share_one_chain() {
    let bench = bench();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..10 {
                    bench.log.append(note(&format!("note {n}"))).unwrap();
                }
            });
        }
    });
    assert_eq!(bench.log.verify().unwrap().entries.len(), 40);
}

#[test]
fn secrets_and_escapes_do_not_enter() {
    let bench = bench();
    append(&bench, &["because \u{1b}[31mpostgres://u:hunter2@db/x password=hunter2"]);
    let text = std::fs::read_to_string(bench.log.path()).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("[31m"), "{text}");
}

#[test]
fn filters_and_limits_keep_the_newest() {
    let bench = bench();
    append(&bench, &["one", "two", "three"]);
    let newest = bench.log.newest(2, &AuditFilter::default()).unwrap();
    assert_eq!(newest.iter().map(|e| e.reason.as_str()).collect::<Vec<_>>(), ["two", "three"]);
    let nobody = AuditFilter { who: Some("bob".into()), ..AuditFilter::default() };
    assert_eq!(bench.log.newest(9, &nobody).unwrap(), vec![]);
    let alice = AuditFilter { who: Some("ALI".into()), what: Some("note".into()), since: None };
    assert_eq!(bench.log.newest(9, &alice).unwrap().len(), 3);
}
