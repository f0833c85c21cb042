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
    /// By their paths.
    papers: Vec<Paper>,
    /// By all their words.
    texts: Index,
    /// By the words of their headings: of 30,000 documents that all say
    /// "restart", those with such a heading are to be found without reading the
    /// headings of the others.
    titles: Index,
}

/// Which documents have which words.
#[derive(Debug, Default)]
struct Index {
    /// Every word there is, in order, with the first of its postings.
    words: Vec<(Box<str>, usize)>,
    /// The documents of each word, one word after the other.
    postings: Vec<u32>,
}

/// Letters after which a word is cut: hashes and encoded data are no words.
const LONGEST: usize = 40;

impl Library {
    /// Takes documents in; those of no entry are left out.
    pub fn build(mut written: Vec<Written>) -> Self {
        written.retain(|document| !document.entities.is_empty());
        written.truncate(u32::MAX as usize);
        written.sort_by(|a, b| a.path.cmp(&b.path));
        let texts = Index::build(written.iter().map(|one| words(&one.text).chain(words(&one.path))));
        let paper = |one: Written| {
            let headings = headings(&one.text);
            Paper { entities: one.entities, path: one.path, headings }
        };
        let papers: Vec<Paper> = written.into_iter().map(paper).collect();
        let titles =
            Index::build(papers.iter().map(|paper| paper.headings.iter().flat_map(|text| words(text))));
        Self { papers, texts, titles }
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
        let count = self.papers.len();
        let Some(whole) = self.texts.holding(&asked, count) else { return Vec::new() };
        let titled = self.titles.holding(&asked, count).unwrap_or_default();
        let at = |holds: &[bool], index: usize| holds.get(index).copied().unwrap_or_default();
        let mut found = Vec::new();
        let mut told = vec![false; count];
        for (index, paper) in self.papers.iter().enumerate().filter(|(index, _)| at(&titled, *index)) {
            if found.len() == most {
                return found;
            }
            let passage = paper.passage(&asked);
            if passage.heading.is_some() {
                told[index] = true;
                found.push(passage);
            }
        }
        let rest = self.papers.iter().enumerate().filter(|(index, _)| at(&whole, *index) && !told[*index]);
        let left = most - found.len();
        found.extend(rest.map(|(_, paper)| paper.place()).take(left));
        found
    }

    /// The paths of the documents of an entry.
    pub fn of(&self, entity: usize) -> impl Iterator<Item = &str> {
        self.papers
            .iter()
            .filter(move |paper| paper.entities.contains(&entity))
            .map(|paper| paper.path.as_str())
    }
}

impl Index {
    fn build(documents: impl Iterator<Item = impl Iterator<Item = String>>) -> Self {
        let mut all: BTreeMap<Box<str>, Vec<u32>> = BTreeMap::new();
        for (number, words) in (0..).zip(documents) {
            let unique: HashSet<String> = words.collect();
            for word in unique {
                all.entry(word.into()).or_default().push(number);
            }
        }
        let mut index = Self::default();
        for (word, papers) in all {
            index.words.push((word, index.postings.len()));
            index.postings.extend(papers);
        }
        index
    }

    /// Which of `count` documents have every word that is asked for; none if
    /// nothing is.
    fn holding(&self, asked: &[String], count: usize) -> Option<Vec<bool>> {
        let mut all: Option<Vec<bool>> = None;
        for word in asked {
            let mut with = vec![false; count];
            for paper in self.beginning(word) {
                with[*paper as usize] = true;
            }
            if let Some(before) = &all {
                with.iter_mut().zip(before).for_each(|(now, before)| *now &= before);
            }
            all = Some(with);
        }
        all
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
        Passage { heading: self.headings.iter().find(holds).map(String::as_str), ..self.place() }
    }

    fn place(&self) -> Passage<'_> {
        Passage { entities: &self.entities, path: &self.path, heading: None }
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
