//! What a catalogue knows besides names: whose entries they are, their tags and
//! annotations, the headings and words of their documents.

use super::{Choice, Entry, Found};
use crate::catalog::{Catalog, Passage};
use std::collections::HashSet;
use std::sync::Arc;

/// Fewer letters stand in nearly everything.
const FEWEST: usize = 3;
/// Entries found by what they say of themselves, and documents: more are a
/// list nobody reads to its end.
const MOST: usize = 50;

/// The catalogue behind a menu.
#[derive(Debug)]
pub(super) struct Deep {
    pub(super) catalog: Arc<Catalog>,
    /// The line of its first entry; the others follow in their order.
    pub(super) first: usize,
    /// Lines that are always there; documents found stand behind them.
    pub(super) fixed: usize,
}

/// What was found.
pub(super) struct Deeper {
    /// All that is to be shown, in order.
    pub(super) ranked: Vec<Found>,
    /// The lines of documents.
    pub(super) documents: Vec<Entry>,
}

impl Deep {
    /// Puts what says every word of `query` behind what is called so, and
    /// before entries whose names only have its letters here and there.
    pub(super) fn search(&self, query: &str, entries: &[Entry], by_name: &[Found]) -> Deeper {
        if query.chars().count() < FEWEST {
            return Deeper { ranked: by_name.to_vec(), documents: Vec::new() };
        }
        let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
        let scattered = |found: &&Found| {
            let label = entries.get(found.index).map(|entry| entry.label.to_lowercase()).unwrap_or_default();
            self.has(found.index) && !words.iter().all(|word| label.contains(word.as_str()))
        };
        let (scattered, mut ranked): (Vec<Found>, Vec<Found>) = by_name.iter().partition(scattered);
        let mut there: HashSet<usize> = ranked.iter().map(|one| one.index).collect();
        let plain = |index| Found { index, lit: false };
        let said = self.catalog.said(query, MOST).into_iter().map(|at| self.first + at);
        let said: Vec<_> = said.filter(|index| there.insert(*index)).map(plain).collect();
        ranked.extend(said);
        let passages = self.catalog.library().search(query, MOST);
        let documents: Vec<_> = passages.iter().filter_map(|passage| self.document(passage)).collect();
        ranked.extend((self.fixed..self.fixed + documents.len()).map(plain));
        ranked.extend(scattered.into_iter().filter(|one| !there.contains(&one.index)));
        Deeper { ranked, documents }
    }

    /// Whether line `index` is an entry of the catalogue.
    pub(super) fn has(&self, index: usize) -> bool {
        (self.first..self.first + self.catalog.entities().len()).contains(&index)
    }

    fn document(&self, passage: &Passage<'_>) -> Option<Entry> {
        let entity = self.catalog.entities().get(*passage.entities.first()?)?;
        let (label, place) = match passage.heading {
            Some(heading) => (heading.to_owned(), format!("{}#{heading}", passage.path)),
            None => (passage.path.to_owned(), passage.path.to_owned()),
        };
        Some(Entry {
            choice: Choice::Document(entity.reference.to_string(), place),
            label,
            detail: if passage.heading.is_some() {
                passage.path.to_owned()
            } else {
                entity.reference.to_string()
            },
            tag: "document".to_owned(),
            off: String::new(),
        })
    }
}
