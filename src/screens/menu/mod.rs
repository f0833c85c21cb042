//! A list under a line of text: the palette and help are two fillings of it.

mod deep;
mod help;
mod palette;
mod view;
mod views;

pub use help::help;
pub use palette::palette;
pub use views::{columns, filters};

use crate::catalog::Catalog;
use crate::command::{Command, Motion, rank};
use crate::domain::{ContextName, Namespace, ServiceKey};
use crate::ui::{Cursor, TextInput};
use crossterm::event::KeyEvent;
use deep::{Deep, Deeper};
use std::sync::Arc;

/// What choosing a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Runs a command.
    Run(Command),
    /// Runs a command with arguments.
    Word(Command, String),
    /// Opens a service.
    Service(ServiceKey),
    /// Opens an entry of the catalogue, by its reference.
    Entity(String),
    /// Opens a document of an entry, by the entry's reference and the path.
    Document(String, String),
    /// Connects to a context.
    Context(ContextName),
    /// Looks at a namespace; none for all.
    Namespace(Option<Namespace>),
    /// Takes a theme.
    Theme(String),
    /// Shows a column, or hides it.
    Column(String),
    /// Sorts by a column.
    SortBy(String),
    /// Applies a filter.
    Filter(String),
}

/// A line that can be chosen.
#[derive(Clone, Debug)]
pub struct Entry {
    /// What it does.
    pub choice: Choice,
    /// What is matched and shown first.
    pub label: String,
    /// What is shown after it.
    pub detail: String,
    /// What sort of thing it is, or its keys.
    pub tag: String,
    /// Why it cannot be chosen now; empty if it can.
    pub off: String,
}

/// A line that is shown.
#[derive(Clone, Copy, Debug)]
struct Found {
    /// Which entry it is.
    index: usize,
    /// It was found by its label: the letters typed are lit in it.
    lit: bool,
}

/// What matches `query`, best first.
fn lines<'a>(query: &str, texts: impl Iterator<Item = &'a str>, lit: bool) -> Vec<Found> {
    rank(query, texts).into_iter().map(|index| Found { index, lit }).collect()
}

/// The menu.
#[derive(Debug)]
pub struct Menu {
    title: &'static str,
    input: TextInput,
    entries: Vec<Entry>,
    ranked: Vec<Found>,
    ids: Vec<String>,
    cursor: Cursor,
    /// Whether a line may be typed out: `write 30m`.
    words: bool,
    /// What the catalogue knows besides the names among the entries.
    deep: Option<Deep>,
}

impl Menu {
    fn new(title: &'static str, entries: Vec<Entry>, words: bool) -> Self {
        let mut menu = Self {
            title,
            input: TextInput::default(),
            entries,
            ranked: Vec::new(),
            ids: Vec::new(),
            cursor: Cursor::default(),
            words,
            deep: None,
        };
        menu.search();
        menu
    }

    /// Looks into a catalogue as well, whose entries stand from `first` on.
    fn with_catalog(mut self, catalog: Arc<Catalog>, first: usize) -> Self {
        self.deep = Some(Deep { catalog, first, fixed: self.entries.len() });
        self
    }

    fn search(&mut self) {
        let query = self.input.text();
        let query = query.trim();
        if let Some(deep) = &self.deep {
            self.entries.truncate(deep.fixed);
        }
        self.ranked = lines(query, self.entries.iter().map(|entry| entry.label.as_str()), true);
        let deeper = self.deep.as_ref().map(|deep| deep.search(query, &self.entries, &self.ranked));
        if let Some(Deeper { ranked, documents }) = deeper {
            self.ranked = ranked;
            self.entries.extend(documents);
        }
        if self.ranked.is_empty() && !query.is_empty() {
            // Nothing by name: look into the sentences. What entries of the
            // catalogue say was looked into above; letters here and there in
            // 30,000 sentences are found slowly and mean nothing.
            let deep = |index| self.deep.as_ref().is_some_and(|deep| deep.has(index));
            let entries = self.entries.iter().enumerate();
            let sentences = entries.map(|(at, entry)| if deep(at) { "" } else { entry.detail.as_str() });
            self.ranked = lines(query, sentences, false);
        }
        self.ids = self.ranked.iter().map(|ranked| ranked.index.to_string()).collect();
        self.cursor.reset();
        self.cursor.settle(&self.ids);
    }

    /// Goes to the first line `wanted` holds for.
    pub fn select(&mut self, wanted: impl Fn(&Choice) -> bool) {
        let found = self.entries.iter().position(|entry| wanted(&entry.choice));
        if let Some(index) = found {
            self.cursor.select(&self.ids, &index.to_string());
        }
    }

    /// Takes a typed key.
    pub fn on_key(&mut self, key: KeyEvent) {
        let before = self.input.text();
        self.input.key(key);
        if self.input.text() != before {
            self.search();
        }
    }

    /// Takes pasted text.
    pub fn on_paste(&mut self, text: &str) {
        self.input.insert(text);
        self.search();
    }

    /// Moves the selection.
    pub fn on_motion(&mut self, motion: Motion) {
        self.cursor.step(&self.ids, motion);
    }

    /// Selects a clicked line; whether it was selected already.
    pub fn on_click(&mut self, id: &str) -> bool {
        let again = self.cursor.id() == Some(id);
        self.cursor.select(&self.ids, id);
        again
    }

    /// What is chosen: the line typed out if it is one, else what is selected.
    pub fn chosen(&self) -> Option<Choice> {
        let text = self.input.text();
        let text = text.trim();
        if self.words {
            let (name, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
            let command = Command::named(name).filter(|command| !command.row().args.is_empty());
            // Who typed only the word and then moved means the line they moved to.
            let moved = rest.trim().is_empty() && self.cursor.locate(&self.ids).is_some_and(|at| at > 0);
            if let Some(command) = command.filter(|_| !moved) {
                return Some(Choice::Word(command, rest.trim().to_owned()));
            }
            if text == "q" || text == "q!" {
                return Some(Choice::Run(Command::Quit));
            }
        }
        self.selected().cloned()
    }

    /// The line the cursor is on.
    fn selected(&self) -> Option<&Choice> {
        let at = self.cursor.locate(&self.ids)?;
        self.entries.get(self.ranked.get(at)?.index).map(|entry| &entry.choice)
    }

    /// The theme the cursor is on, if it is on one.
    pub fn theme(&self) -> Option<&str> {
        match self.selected()? {
            Choice::Theme(name) => Some(name),
            Choice::Run(_)
            | Choice::Word(..)
            | Choice::Service(_)
            | Choice::Entity(_)
            | Choice::Document(..)
            | Choice::Context(_)
            | Choice::Namespace(_)
            | Choice::Column(_)
            | Choice::SortBy(_)
            | Choice::Filter(_) => None,
        }
    }
}
