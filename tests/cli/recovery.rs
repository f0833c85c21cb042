//! A console that dies in the middle of an operation, and the next one.

use crate::bench::at;
use crate::served::serve;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::Arc;

#[test]
fn an_operation_whose_console_was_killed_gets_its_outcome_from_the_next_one() {
    let person = at(Arc::new(serve("crashloop")));
    let names = person.qd(&["services", "-o", "name"]).ended(0).out;
    let target = names
        .lines()
        .find(|name| name.contains("-dev/") && person.qd(&["restart", name, "--dry-run"]).code == 2)
        .expect("a service that may be restarted")
        .to_owned();
    let mut command = person.command(&["restart", &target, "--yes"]);
    let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    // Killed as soon as the write is out: the record is on the disk by then.
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let written = lines.map_while(Result::ok).any(|line| line.contains("waiting for the controller"));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(written, "the write was announced");
    let audit = person.qd(&["audit", "-o", "json"]).ended(0).json();
    assert!(audit.as_array().unwrap().iter().all(|entry| entry["kind"] != "outcome"), "{audit}");

    // Any next operation takes the dead one over; its own has another target.
    let other = names
        .lines()
        .find(|name| *name != target && person.qd(&["restart", name, "--dry-run"]).code == 2)
        .expect("another service")
        .to_owned();
    person.qd(&["restart", &other, "--yes"]).ended(0);
    person.qd(&["restart", &other, "--yes"]).ended(0);
    let audit = person.qd(&["audit", "-o", "json"]).ended(0).json();
    let name = target.split('/').nth(1).unwrap();
    let outcome = audit
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["kind"] == "outcome" && entry["target"]["name"].as_str().unwrap() == name);
    assert_eq!(outcome.expect("an outcome for the killed one")["result"], "succeeded", "{audit}");
    person.qd(&["audit", "verify"]).ended(0);
}
