//! Looking for an entry among 30,000, letter by letter.
//!
//! `cargo bench --bench search`. Words are typed into the palette of the
//! console as a person types them, each letter followed by the frame it paints
//! (160 × 48 cells into a buffer): names, an owner, a tag, a word of a
//! description, a heading and words of documents, and one that is nowhere.
//! Each entry has a document of some 150 words. Beside it the search of `qd
//! catalog list`, over every field and document. Processor time, so that a busy
//! machine measures the same. Goal: ≤ 50 ms for 95 of 100.
#![allow(clippy::print_stdout, clippy::disallowed_macros, reason = "a program that prints a table")]
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "it measures")]

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use quarterdeck::app::{App, Settings};
use quarterdeck::catalog::{Catalog, Entity, Library, Written, read};
use quarterdeck::domain::Now;
use quarterdeck::msg::{Event, Place};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use std::time::Duration;

const ENTRIES: usize = 30_000;
const WORDS: [&str; 11] = [
    "checkout-1234",
    "part",
    "component:orders-29999",
    "team-17",
    "tag-79",
    "settles",
    "inv-2",
    "when shard 1234 overheats",
    "lorem777 lorem1554",
    "restart the",
    "nowhere-at-all",
];

fn entry(n: usize) -> String {
    const NAMES: [&str; 5] = ["checkout", "orders", "inventory", "part", "invoices"];
    let (name, owner, tag) = (NAMES[n % NAMES.len()], n % 300, n % 97);
    format!(
        "---\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}-{n}, title: The {name} of cell {n}, \
         description: Takes what comes and settles it., tags: [tag-{tag}], annotations: {{quarterdeck.dev/tier: '2'}}}}\n\
         spec: {{type: service, lifecycle: production, owner: team-{owner}}}\n"
    )
}

/// In files of a thousand: larger ones than 5 MiB are not read.
fn entities() -> Vec<Entity> {
    let file = |n: usize| (n * 1_000..(n + 1) * 1_000).map(entry).collect::<String>();
    (0..ENTRIES / 1_000).flat_map(|n| read("part.yaml", &file(n)).entities).collect()
}

/// A runbook of 150 words out of 20,000, with headings of its own.
fn runbook(n: usize) -> Written {
    let words: Vec<String> = (0..140).map(|k| format!("lorem{}", (n * 37 + k * 777) % 20_000)).collect();
    let text = format!(
        "# Runbook of part {n}\n\n## When shard {n} overheats\n\nRestart the shard. {}\n\n## Afterwards\n\nTell the team.\n",
        words.join(" ")
    );
    Written { entities: vec![n], path: format!("part-{n}/runbook.md"), text }
}

/// Processor time of this thread: what the machine does besides does not count.
fn worked() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or(0))
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort_unstable();
    let at = |percent: usize| took[(took.len() - 1) * percent / 100];
    println!("{what}: p50 {:.3?}  p95 {:.3?}  most {:.3?}  ({} times)", at(50), at(95), at(100), took.len());
}

fn main() {
    let now = Now::at(1_800_000_000);
    let mut catalog = Catalog::build(entities());
    let begun = worked();
    catalog.shelve(Library::build((0..ENTRIES).map(runbook).collect()));
    print("taking 30,000 documents in", vec![worked().saturating_sub(begun)]);
    let catalog = Arc::new(catalog);
    assert_eq!(catalog.entities().len(), ENTRIES);
    let mut app = App::new(Settings::default(), now);
    drop(app.update(Event::Connected(Place { context: "bench".into(), ..Place::default() }), now));
    drop(app.update(Event::Catalog(Ok((catalog.clone(), Vec::new()))), now));
    let mut terminal = Terminal::new(TestBackend::new(160, 48)).expect("a buffer");
    let (mut opened, mut typed) = (Vec::new(), Vec::new());
    let mut press = |code: KeyCode| {
        let begun = worked();
        drop(app.update(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), now));
        terminal.draw(|frame| app.view(frame, now)).expect("a frame");
        worked().saturating_sub(begun)
    };
    for word in WORDS.iter().cycle().take(WORDS.len() * 4) {
        opened.push(press(KeyCode::Char(':')));
        typed.extend(word.chars().map(|letter| press(KeyCode::Char(letter))));
        press(KeyCode::Esc);
    }
    print("a letter in the palette", typed);
    print("opening the palette", opened);
    let search = |word: &&str| {
        let begun = worked();
        let found = catalog.search(word, 50).len();
        assert!(found <= 50);
        worked().saturating_sub(begun)
    };
    print("qd catalog list WORD", WORDS.iter().cycle().take(WORDS.len() * 10).map(search).collect());
}
