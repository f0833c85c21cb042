//! Entries that were there once: an entry whose source vanished is kept, marked
//! as an orphan, with the time it was last seen.
//!
//! A checkout that is not mounted, a file moved away or a document broken by an
//! edit must not take the owner of a service from the screen in the middle of
//! an incident. What was meant to go goes after a month, or when it is told to.

use super::{Entity, read};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

/// An orphan nobody has missed for so long is forgotten.
const KEPT: Duration = Duration::from_hours(30 * 24);
/// Times of entries that are there are kept to this exactness: who reads the
/// catalogue twice within it writes nothing.
const EXACT: Duration = Duration::from_mins(10);

/// What was seen of a catalogue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// By what entries are compared by.
    entries: BTreeMap<String, Remembered>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Remembered {
    file: String,
    line: usize,
    seen: Timestamp,
    document: Value,
}

impl Memory {
    /// Takes note of what is there at `now`, and adds to it what was there once.
    /// The memory to keep; none if there is nothing in it that is not known.
    pub fn recall(&self, entities: &mut Vec<Entity>, now: Timestamp) -> Option<Self> {
        let mut next = Self::default();
        for entity in entities.iter().filter(|entity| !is_pointer(entity)) {
            let (file, line, document) = (entity.file.clone(), entity.line, entity.raw.clone());
            let seen = Remembered { file, line, seen: now, document };
            next.entries.entry(entity.reference.key()).or_insert(seen);
        }
        let there: HashSet<String> = next.entries.keys().cloned().collect();
        for (key, gone) in self.entries.iter().filter(|(key, _)| !there.contains(*key)) {
            if since(gone.seen, now) > KEPT {
                continue;
            }
            if let Some(entity) = gone.entity() {
                entities.push(entity);
                next.entries.insert(key.clone(), gone.clone());
            }
        }
        self.is_behind(&next).then_some(next)
    }

    /// Forgets an entry; whether it was known.
    pub fn forget(&mut self, key: &str) -> bool {
        self.entries.remove(key).is_some()
    }

    /// Whether `next` says something that matters and this does not.
    fn is_behind(&self, next: &Self) -> bool {
        let same = |(a, b): ((&String, &Remembered), (&String, &Remembered))| {
            a.0 == b.0
                && (&a.1.file, a.1.line, &a.1.document) == (&b.1.file, b.1.line, &b.1.document)
                && since(a.1.seen, b.1.seen) < EXACT
        };
        self.entries.len() != next.entries.len() || !self.entries.iter().zip(&next.entries).all(same)
    }
}

impl Remembered {
    fn entity(&self) -> Option<Entity> {
        let text = serde_json::to_string(&self.document).ok()?;
        let mut entity = read(&self.file, &text).entities.pop()?;
        entity.line = self.line;
        entity.orphan = Some(self.seen);
        Some(entity)
    }
}

/// A `Location` says where others are: gone, it is nothing.
fn is_pointer(entity: &Entity) -> bool {
    entity.reference.kind().eq_ignore_ascii_case("location")
}

fn since(earlier: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(earlier)).unwrap_or(Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Catalog;

    const DAY: i64 = 86_400;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn entries(names: &[&str]) -> Vec<Entity> {
        let one = |name: &&str| {
            format!(
                "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}, x-unknown: [1]}}\n\
                 spec: {{type: service, lifecycle: x, owner: team, dependsOn: [component:a]}}\n"
            )
        };
        names.iter().flat_map(|name| read(&format!("{name}.yaml"), &one(name)).entities).collect()
    }

    #[test]
    fn what_vanished_is_kept_with_the_time_it_was_last_seen_and_forgotten_after_a_month() {
        let memory = Memory::default().recall(&mut entries(&["a", "b"]), at(1_000)).unwrap();
        let mut now = entries(&["a"]);
        let memory = memory.recall(&mut now, at(1_000 + DAY)).unwrap();
        let catalog = Catalog::build(now);
        let orphan = catalog.get("b").unwrap();
        assert_eq!((orphan.orphan, orphan.file.as_str(), orphan.line), (Some(at(1_000)), "b.yaml", 3));
        assert_eq!(orphan.raw["metadata"]["x-unknown"][0], 1, "all of it is kept");
        assert_eq!(catalog.impact("a").unwrap().len(), 1, "its relations stand");
        assert_eq!(catalog.get("a").unwrap().orphan, None);
        let told: Vec<_> = catalog.findings().iter().filter(|f| f.text.contains("no longer")).collect();
        assert_eq!((told.len(), told[0].fatal, told[0].file.as_str()), (1, false, "b.yaml"));
        // Kept as it was seen, not as it was asked for last.
        let mut later = entries(&["a"]);
        let memory = memory.recall(&mut later, at(1_000 + 30 * DAY)).unwrap();
        assert_eq!(later[1].orphan, Some(at(1_000)));
        let mut late = entries(&["a"]);
        let memory = memory.recall(&mut late, at(1_001 + 30 * DAY)).unwrap();
        assert_eq!((late.len(), memory.entries.len()), (1, 1));
    }

    #[test]
    fn what_comes_back_is_no_orphan_and_what_is_forgotten_stays_away() {
        let known = Memory::default().recall(&mut entries(&["a", "b"]), at(0)).unwrap();
        let known = known.recall(&mut entries(&["a"]), at(60)).unwrap_or(known);
        let mut back = entries(&["a", "b"]);
        let _same = known.recall(&mut back, at(120));
        assert!(back.len() == 2 && back.iter().all(|entity| entity.orphan.is_none()));
        let mut forgetful = known.clone();
        assert!(forgetful.forget("component:default/b") && !forgetful.forget("component:default/b"));
        let mut without = entries(&["a"]);
        let _same = forgetful.recall(&mut without, at(180));
        assert_eq!(without.len(), 1);
    }

    #[test]
    fn nothing_is_written_that_is_known() {
        let known = Memory::default().recall(&mut entries(&["a"]), at(0)).unwrap();
        assert_eq!(known.recall(&mut entries(&["a"]), at(599)), None);
        assert!(known.recall(&mut entries(&["a"]), at(600)).is_some());
        assert!(known.recall(&mut entries(&["a", "b"]), at(1)).is_some());
        let mut moved = entries(&["a"]);
        moved[0].line = 9;
        assert!(known.recall(&mut moved, at(1)).is_some());
    }
}
