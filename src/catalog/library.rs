//! The documents of a catalogue, found by the words in them.
//!
//! Words are found by their beginning, upper and lower case alike: what is
//! typed letter by letter finds more and more exactly. Texts are not kept,
//! only which words stand in which document, and all headings: a page of 4 KiB
//! has some 300 different words, so 30,000 of them cost 40 MB and not 120.

use crate::domain::clean;
use std::collections::{BTreeMap, HashSet};

/// A document as it is given to the library.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// The entries it belongs to, by their place in the catalogue.
    pub entities: Vec<usize>,
    /// Where it is, as seen from the root of its checkout.
    pub path: String,
    /// Its text: markdown, or plain.
    pub text: String,
}

/// A place where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passage<'a> {
    /// The entries the document belongs to; never empty.
    pub entities: &'a [usize],
    /// Where the document is, as seen from the root of its checkout.
    pub path: &'a str,
    /// The first heading with all the words; none if they stand in the text only.
    pub heading: Option<&'a str>,
}

#[derive(Debug)]
struct Paper {
    entities: Vec<usize>,
    path: String,
    headings: Vec<String>,
}

/// Documents by the words in them.
#[derive(Debug, Default)]
pub struct Library {
    papers: Vec<Paper>,
    /// Every word there is, in order, with the first of its postings.
    words: Vec<(Box<str>, usize)>,
    /// The documents of each word, one word after the other.
    postings: Vec<u32>,
}

/// Letters after which a word is cut: hashes and encoded data are no words.
const LONGEST: usize = 40;

impl Library {
    /// Takes documents in; those of no entry are left out.
    pub fn build(written: Vec<Written>) -> Self {
        let mut library = Self::default();
        let mut index: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
        for document in written.into_iter().filter(|document| !document.entities.is_empty()) {
            let Ok(number) = u32::try_from(library.papers.len()) else { break };
            let unique: HashSet<String> = words(&document.text).chain(words(&document.path)).collect();
            for word in unique {
                index.entry(word.into()).or_default().push(number);
            }
            let headings = headings(&document.text);
            library.papers.push(Paper { entities: document.entities, path: document.path, headings });
        }
        for (word, papers) in index {
            library.words.push((word, library.postings.len()));
            library.postings.extend(papers);
        }
        library
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.papers.is_empty()
    }

    /// How many documents there are.
    pub fn len(&self) -> usize {
        self.papers.len()
    }

    /// Documents with a word for each word of `query` that begins so; those
    /// with all of them in one heading first. At most `most`.
    pub fn search(&self, query: &str, most: usize) -> Vec<Passage<'_>> {
        let asked: Vec<String> = words(query).collect();
        let Some(papers) = self.holding(&asked) else { return Vec::new() };
        let mut found: Vec<_> = papers.map(|paper| paper.passage(&asked)).collect();
        found.sort_by_key(|passage| (passage.heading.is_none(), passage.path));
        found.truncate(most);
        found
    }

    /// The paths of the documents of an entry.
    pub fn of(&self, entity: usize) -> impl Iterator<Item = &str> {
        self.papers
            .iter()
            .filter(move |paper| paper.entities.contains(&entity))
            .map(|paper| paper.path.as_str())
    }

    /// The documents with every word that is asked for; none if nothing is.
    fn holding(&self, asked: &[String]) -> Option<impl Iterator<Item = &Paper>> {
        let mut all: Option<Vec<bool>> = None;
        for word in asked {
            let mut with = vec![false; self.papers.len()];
            for paper in self.beginning(word) {
                with[*paper as usize] = true;
            }
            if let Some(before) = &all {
                with.iter_mut().zip(before).for_each(|(now, before)| *now &= before);
            }
            all = Some(with);
        }
        Some(self.papers.iter().zip(all?).filter(|(_, holds)| *holds).map(|(paper, _)| paper))
    }

    /// The postings of all words that begin with `word`: they stand in a row.
    fn beginning(&self, word: &str) -> &[u32] {
        let first = self.words.partition_point(|(known, _)| known.as_ref() < word);
        let behind = self.words.get(first..).unwrap_or_default();
        let last = first + behind.partition_point(|(known, _)| known.starts_with(word));
        let at = |index: usize| self.words.get(index).map_or(self.postings.len(), |(_, start)| *start);
        self.postings.get(at(first)..at(last)).unwrap_or_default()
    }
}

impl Paper {
    fn passage(&self, asked: &[String]) -> Passage<'_> {
        let holds = |heading: &&String| {
            let there: Vec<_> = words(heading).collect();
            asked.iter().all(|word| there.iter().any(|known| known.starts_with(word.as_str())))
        };
        let heading = self.headings.iter().find(holds).map(String::as_str);
        Passage { entities: &self.entities, path: &self.path, heading }
    }
}

/// The words of a text, lower case. One letter is no word: every document has it.
fn words(text: &str) -> impl Iterator<Item = String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| part.chars().nth(1).is_some());
    parts.map(|part| part.chars().flat_map(char::to_lowercase).take(LONGEST).collect())
}

/// Its headings, in order, without the signs that make them one.
fn headings(text: &str) -> Vec<String> {
    use pulldown_cmark::{Event, Parser, Tag, TagEnd};
    let mut found: Vec<String> = Vec::new();
    let mut inside = false;
    for event in Parser::new(text) {
        if let Event::Start(Tag::Heading { .. }) = event {
            inside = true;
            found.push(String::new());
        } else if let Event::End(TagEnd::Heading(_)) = event {
            inside = false;
        } else if let (true, Event::Text(part) | Event::Code(part), Some(heading)) =
            (inside, event, found.last_mut())
        {
            heading.push_str(&clean(&part));
        }
    }
    found.retain(|heading| !heading.trim().is_empty());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn library() -> Library {
        let written = |entity: usize, path: &str, text: &str| Written {
            entities: vec![entity],
            path: path.into(),
            text: text.into(),
        };
        Library::build(vec![
            written(0, "shop/README.md", "# Shop\n\nThe flux is fine.\n\n```\n# no heading\n```\n"),
            written(
                1,
                "shop/runbook.md",
                "Run\n===\n\n## When the `flux` capacitor overheats\n\nRestart it.\n",
            ),
            Written { path: "nobody.md".into(), text: "flux".into(), ..Written::default() },
        ])
    }

    fn found(query: &str) -> Vec<(String, Option<String>)> {
        let library = library();
        let found = library.search(query, 9);
        found.iter().map(|p| (p.path.to_owned(), p.heading.map(str::to_owned))).collect()
    }

    #[test]
    fn headings_are_found_before_text_and_by_their_beginning() {
        let heading = Some("When the flux capacitor overheats".to_owned());
        let both = [("shop/runbook.md".to_owned(), heading.clone()), ("shop/README.md".to_owned(), None)];
        assert_eq!(found("FLUX"), both);
        assert_eq!(found("flu"), both, "a word by its beginning");
        assert_eq!(found("overh flux"), both[..1], "all words, in any order");
        assert_eq!(found("restart")[0].1, None, "in the text only");
        assert_eq!(found("lux"), [], "not in the middle of a word");
        assert_eq!(found("heading")[0].1, None, "code has no headings");
        assert_eq!(found("f"), [], "one letter is no word");
        assert_eq!(found(""), []);
        assert_eq!(found("runbook.md")[0].0, "shop/runbook.md", "a document by its name");
    }

    #[test]
    fn an_entry_has_its_documents() {
        let library = library();
        assert_eq!((library.len(), library.of(1).collect::<Vec<_>>()), (2, vec!["shop/runbook.md"]));
        assert_eq!(library.of(2).count(), 0);
    }

    #[test]
    fn any_text_is_taken_in() {
        let text = "\u{1b}[31m# \u{202e}\n# 決済 サービス\n# ÄÖÜ\n#";
        let library =
            Library::build(vec![Written { entities: vec![0], path: "a".into(), text: text.repeat(99) }]);
        assert_eq!(library.search("äöü", 9)[0].heading, Some("ÄÖÜ"));
        assert_eq!(library.search("決済", 9)[0].heading, Some("決済 サービス"));
    }
}
