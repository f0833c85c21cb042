//! Scripts: one command a line, and what of its answer is kept.
//!
//! ```text
//! # a comment, kept
//! $ kubectl get pods          all that is printed, and the exit code if it is not 0
//! last$ kubectl rollout …     the last line: how far it is meanwhile differs
//! sort$ kubectl get …         the lines in order, where the server has none
//! quiet$ kubectl wait …       nothing; it must succeed
//! until$ kubectl get … | grep nothing; again and again until it succeeds
//! ```

use std::fmt::Write as _;
use std::process::Output;

use crate::normal::Normal;
use crate::until::until;

/// How much of an answer is kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    All,
    Last,
    Sorted,
    Nothing,
    /// Controllers act when they come to it.
    Until,
}

const PROMPTS: [(&str, Keep); 5] = [
    ("$ ", Keep::All),
    ("last$ ", Keep::Last),
    ("sort$ ", Keep::Sorted),
    ("quiet$ ", Keep::Nothing),
    ("until$ ", Keep::Until),
];

/// Runs every line and returns the transcript.
pub(crate) async fn play(script: &str, namespace: &str, shell: &dyn Fn(&str) -> Output) -> String {
    let normal = Normal::new(namespace);
    let mut out = String::new();
    for line in script.lines() {
        let found = PROMPTS.iter().find_map(|(prompt, keep)| Some((*keep, line.strip_prefix(prompt)?)));
        let Some((keep, command)) = found else {
            writeln!(out, "{line}").expect("a string");
            continue;
        };
        let command = command.replace("$NS", namespace);
        if keep == Keep::Until {
            until(&command, async || succeeded(&shell(&command))).await;
            continue;
        }
        let answer = shell(&command);
        let text = |bytes: &[u8]| normal.apply(&String::from_utf8_lossy(bytes));
        let (said, complained) = (text(&answer.stdout), text(&answer.stderr));
        if keep == Keep::Nothing {
            assert!(answer.status.success(), "{command}: {said}{complained}");
            continue;
        }
        writeln!(out, "{line}").expect("a string");
        out.push_str(&kept(keep, &said));
        out.push_str(&complained);
        match answer.status.code() {
            Some(0) => {}
            code => writeln!(out, "exit {}", code.unwrap_or(-1)).expect("a string"),
        }
        out.push('\n');
    }
    out
}

fn succeeded(answer: &Output) -> Result<(), String> {
    if answer.status.success() { Ok(()) } else { Err(format!("{answer:?}")) }
}

fn kept(keep: Keep, text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    match keep {
        Keep::All => {}
        Keep::Last => lines = lines.split_off(lines.len().saturating_sub(1)),
        Keep::Sorted => lines.sort_unstable(),
        Keep::Nothing | Keep::Until => lines.clear(),
    }
    lines.into_iter().flat_map(|line| [line, "\n"]).collect()
}

/// The commands whose answers differ, line by line.
pub(crate) fn difference(recorded: &str, said: &str) -> String {
    let blocks = |text: &str| -> Vec<String> { text.split("\n\n").map(str::to_owned).collect() };
    let (old, new) = (blocks(recorded), blocks(said));
    let mut out = String::from("recorded (-) and said (+) differ\n");
    for (a, b) in old.iter().zip(&new).filter(|(a, b)| a != b) {
        writeln!(out, "{}", a.lines().next().unwrap_or_default()).expect("a string");
        let (x, y): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
        x.iter()
            .filter(|line| !y.contains(line))
            .for_each(|line| writeln!(out, "  - {line}").expect("a string"));
        y.iter()
            .filter(|line| !x.contains(line))
            .for_each(|line| writeln!(out, "  + {line}").expect("a string"));
    }
    if old.len() != new.len() {
        writeln!(out, "{} answers were recorded, {} were given", old.len(), new.len()).expect("a string");
    }
    out
}
