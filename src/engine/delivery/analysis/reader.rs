//! Reading a document by tables: what is taken, what is left aside with a word,
//! and what is refused, each with its place in the file.

use serde_saphyr::{Location, Spanned};

use super::fill::Filler;
use super::node::{At, Node};
use crate::domain::{ALIKE, clean, nearest};
use crate::engine::canary::analysis::amount;

/// What becomes of a field.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// It is read.
    Take,
    /// It is left aside, and told so, why.
    Leave(&'static str),
    /// The file is refused, why.
    Refuse(&'static str),
}

/// A field and what becomes of it.
pub(super) type Row = (&'static str, Use);

/// The fields of a map that are read, in the order written.
pub(super) struct Fields<'n> {
    all: Vec<(&'static str, &'n At)>,
    /// Where the map begins.
    pub(super) at: Location,
}

impl<'n> Fields<'n> {
    pub(super) fn get(&self, name: &str) -> Option<&'n At> {
        self.all.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }
}

/// One document, and what was found wrong with it.
pub(super) struct Reader<'a> {
    file: &'a str,
    /// The line of the file its document begins at, from 1.
    line: usize,
    /// What names in braces stand for.
    pub(super) filler: Filler<'a>,
    /// `file:line:column: why`
    pub(super) refused: Vec<String>,
    /// What was left aside.
    pub(super) notes: Vec<String>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a str, line: usize, filler: Filler<'a>) -> Self {
        Self { file, line, filler, refused: Vec::new(), notes: Vec::new() }
    }

    /// `file:line:column`
    fn place(&self, at: Location) -> String {
        let line = usize::try_from(at.line()).unwrap_or(1).max(1);
        format!("{}:{}:{}", self.file, self.line + line - 1, at.column())
    }

    /// Refuses the file.
    pub(super) fn refuse(&mut self, at: Location, why: impl std::fmt::Display) {
        self.refused.push(clean(&format!("{}: {why}", self.place(at))));
    }

    /// The fields of a map, by a table.
    pub(super) fn fields<'n>(&mut self, node: &'n At, what: &str, table: &[Row]) -> Fields<'n> {
        let mut found = Fields { all: Vec::new(), at: node.referenced };
        let Node::Map(map) = &node.value else {
            self.refuse(node.referenced, format!("{what} is {}, it should be a map", node.value.what()));
            return found;
        };
        for (key, value) in map {
            match table.iter().find(|(name, _)| *name == key.value) {
                Some((name, Use::Take)) => found.all.push((name, value)),
                Some((name, Use::Leave(why))) => {
                    let told = format!("{}: {what}: {name} is left aside: {why}", self.place(key.referenced));
                    self.notes.push(clean(&told));
                }
                Some((name, Use::Refuse(why))) => {
                    self.refuse(key.referenced, format!("{what}: {name} cannot be kept to: {why}"));
                }
                None => self.unknown(key, what, table),
            }
        }
        found
    }

    fn unknown(&mut self, key: &Spanned<String>, what: &str, table: &[Row]) {
        let names: Vec<&str> = table.iter().map(|(name, _)| *name).collect();
        let near = nearest(&key.value, &names, |name| name, ALIKE);
        let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        self.refuse(key.referenced, format!("{what}: {:?} is not known here{hint}", key.value));
    }

    /// The list under a field; empty if there is none.
    pub(super) fn list<'n>(&mut self, fields: &Fields<'n>, name: &str) -> &'n [At] {
        match fields.get(name).map(|at| (&at.value, at.referenced)) {
            Some((Node::List(list), _)) => list,
            None | Some((Node::Null, _)) => &[],
            Some((other, at)) => {
                self.refuse(at, format!("{name} is {}, it should be a list", other.what()));
                &[]
            }
        }
    }

    /// The text under a field, its `{{names}}` filled.
    pub(super) fn text(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        let at = fields.get(name)?;
        let Some(text) = at.value.text() else {
            self.refuse(at.referenced, format!("{name} is {}, it should be text", at.value.what()));
            return None;
        };
        match self.filler.fill(text) {
            Ok(filled) => Some(filled),
            Err(why) => {
                self.refuse(at.referenced, format!("{name}: {why}"));
                None
            }
        }
    }

    /// The same, which must be there.
    pub(super) fn needed(&mut self, fields: &Fields<'_>, what: &str, name: &str) -> Option<String> {
        if fields.get(name).is_none() {
            self.refuse(fields.at, format!("{what} has no {name}"));
        }
        self.text(fields, name)
    }

    /// What the text under a field says, read by `read`.
    pub(super) fn parsed<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(fields, name)?;
        match read(text.trim()) {
            Ok(value) => Some(value),
            Err(why) => {
                let at = fields.get(name).map_or(fields.at, |at| at.referenced);
                self.refuse(at, format!("{name}: {why}"));
                None
            }
        }
    }

    /// A time in whole seconds.
    pub(super) fn seconds(&mut self, fields: &Fields<'_>, name: &str) -> Option<u32> {
        self.parsed(fields, name, amount::seconds)
    }

    /// A limit: none where it is below zero; `usual` where nothing is said.
    pub(super) fn limit(&mut self, fields: &Fields<'_>, name: &str, usual: Option<u32>) -> Option<u32> {
        self.parsed(fields, name, amount::limit).unwrap_or(usual)
    }

    /// A number.
    pub(super) fn number(&mut self, fields: &Fields<'_>, name: &str) -> Option<f64> {
        self.parsed(fields, name, |text| text.parse().map_err(|_not| format!("{text:?} is no number")))
    }
}
