//! How lists look: columns hidden, the column sorted by, filters saved.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Filters saved for one list; more are a mistake, not a memory.
pub const MOST_FILTERS: usize = 100;

/// Every list somebody changed, by its name: the file `views.toml` of the state folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Views {
    lists: BTreeMap<String, ListView>,
}

/// How one list looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ListView {
    /// The column sorted by, `-` before it for the largest first; empty for the list's own order.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sort: String,
    /// Titles of the columns that are not shown.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub hidden: BTreeSet<String>,
    /// Filters by the name they were saved under.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub filters: BTreeMap<String, String>,
}

impl Views {
    /// What `views.toml` says.
    ///
    /// # Errors
    /// Its line and what is wrong there.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}; lists look as built in", error.message())
        })
    }

    /// The text of `views.toml`.
    pub fn text(&self) -> String {
        // Maps of texts always have a form in TOML.
        toml::to_string(self).unwrap_or_default()
    }

    /// How the list called `name` looks; none if nobody changed it.
    pub fn list(&self, name: &str) -> Option<&ListView> {
        self.lists.get(name)
    }

    /// The same, to be changed.
    pub fn change(&mut self, name: &str) -> &mut ListView {
        self.lists.entry(name.to_owned()).or_default()
    }
}

impl ListView {
    /// The column sorted by, and whether the largest comes first.
    pub fn sorted(&self) -> Option<(&str, bool)> {
        match self.sort.strip_prefix('-') {
            Some(title) => Some((title, true)),
            None => (!self.sort.is_empty()).then_some((self.sort.as_str(), false)),
        }
    }

    /// Sorts by a column; by the one it is sorted by already, the other way
    /// round, then in the list's own order again. Numbers begin with the largest.
    pub fn sort_by(&mut self, title: &str, number: bool) {
        let (first, second) = (number, !number);
        let next = match self.sorted() {
            Some((now, descending)) if now == title && descending == first => Some(second),
            Some((now, _)) if now == title => None,
            Some(_) | None => Some(first),
        };
        self.sort = match next {
            Some(descending) => format!("{}{title}", if descending { "-" } else { "" }),
            None => String::new(),
        };
    }

    /// Turns the order round.
    pub fn reverse(&mut self) {
        self.sort = match self.sorted() {
            Some((title, true)) => title.to_owned(),
            Some((title, false)) => format!("-{title}"),
            None => String::new(),
        };
    }

    /// Shows a column, or hides it.
    pub fn toggle(&mut self, title: &str) {
        if !self.hidden.remove(title) {
            self.hidden.insert(title.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again_and_nonsense_is_said() {
        let mut views = Views::default();
        let list = views.change("services");
        list.sort_by("RATE", true);
        list.toggle("OWNER");
        list.filters.insert("my team's = \"worst\"".to_owned(), "owner:pay !health:healthy".to_owned());
        assert_eq!(Views::parse(&views.text()), Ok(views));
        assert_eq!(Views::parse(""), Ok(Views::default()));
        for text in ["[services]\nsort = 3", "[services]\ncolour = \"red\"", "\n= ="] {
            let why = Views::parse(text).unwrap_err();
            assert!(why.starts_with("line "), "{text}: {why}");
        }
    }

    #[test]
    fn a_column_is_sorted_by_turned_and_left() {
        let mut view = ListView::default();
        let mut seen = Vec::new();
        for title in ["RATE", "RATE", "RATE", "NAME", "NAME", "NAME"] {
            view.sort_by(title, title == "RATE");
            seen.push(view.sort.clone());
        }
        assert_eq!(seen, ["-RATE", "RATE", "", "NAME", "-NAME", ""]);
        view.reverse();
        assert_eq!(view.sorted(), None);
        view.sort_by("NAME", false);
        view.reverse();
        assert_eq!(view.sorted(), Some(("NAME", true)));
    }
}
