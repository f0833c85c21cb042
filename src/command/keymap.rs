//! Which key means which command where: the table, with the user's changes.

use super::{Chord, Command, Row, Scope, TABLE};
use crate::msg::{Level, Notice};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// Keys as they are in force.
#[derive(Clone, Debug)]
pub struct Keymap {
    by_key: HashMap<(Scope, Chord), Command>,
    keys: HashMap<Command, Vec<Chord>>,
}

impl Default for Keymap {
    fn default() -> Self {
        Self::with(&BTreeMap::new(), "keys.toml").0
    }
}

/// `keys.toml`: one key, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Keys {
    One(String),
    Many(Vec<String>),
}

impl Keymap {
    /// The keymap of a `keys.toml` called `file`: `name = ["key", …]`. What
    /// cannot be read is said in a warning and left as it was.
    pub fn parse(text: &str, file: &str) -> (Self, Vec<Notice>) {
        match toml::from_str::<BTreeMap<String, Keys>>(text) {
            Ok(table) => {
                let overrides = table.into_iter().map(|(name, keys)| match keys {
                    Keys::One(key) => (name, vec![key]),
                    Keys::Many(keys) => (name, keys),
                });
                Self::with(&overrides.collect(), file)
            }
            Err(error) => {
                let line = error
                    .span()
                    .map_or(1, |span| text.bytes().take(span.start).filter(|b| *b == b'\n').count() + 1);
                let text = format!("{file}:{line}: {}; the usual keys are in force", error.message());
                let hint = "write lines like: logs = [\"l\", \"f3\"]".to_owned();
                (Self::default(), vec![Notice { level: Level::Warning, text, hint }])
            }
        }
    }

    /// The table with `overrides` (command name → keys).
    pub fn with(overrides: &BTreeMap<String, Vec<String>>, file: &str) -> (Self, Vec<Notice>) {
        let mut warnings = Vec::new();
        for name in overrides.keys().filter(|name| Command::named(name).is_none()) {
            warnings.push(unknown(name, file));
        }
        let mut map = Self { by_key: HashMap::new(), keys: HashMap::new() };
        // The user's rows first: where a default is in the way, the default yields.
        for own in [true, false] {
            for row in TABLE.iter().filter(|row| overrides.contains_key(row.name) == own) {
                let keys = match overrides.get(row.name) {
                    Some(keys) => keys.iter().map(String::as_str).collect(),
                    None => row.keys.to_vec(),
                };
                for key in keys {
                    if let Err(text) = map.bind(row, key) {
                        warnings.push(Notice::new(Level::Warning, format!("{file}: {}: {text}", row.name)));
                    }
                }
            }
        }
        (map, warnings)
    }

    fn bind(&mut self, row: &Row, key: &str) -> Result<(), String> {
        let chord = Chord::parse(key)?;
        if chord.is_enter() && answers(row) {
            return Err("enter is pressed by habit and never means yes; use another key".to_owned());
        }
        if chord.text().is_some() && row.scopes.iter().any(|scope| scope.takes_text()) {
            return Err(format!("'{key}' is text where this command is used; use a ctrl or function key"));
        }
        for chain in CHAINS.iter().filter(|chain| row.scopes.iter().any(|scope| chain.contains(scope))) {
            let taken = chain.iter().find_map(|scope| self.by_key.get(&(*scope, chord)));
            if let Some(other) = taken.filter(|other| **other != row.command) {
                return Err(format!("'{key}' is taken by {}", other.row().name));
            }
        }
        for scope in row.scopes {
            self.by_key.insert((*scope, chord), row.command);
        }
        self.keys.entry(row.command).or_default().push(chord);
        Ok(())
    }

    /// What `chord` means in a chain of scopes, inner first.
    pub fn resolve(&self, chain: &[Scope], chord: Chord) -> Option<Command> {
        chain.iter().find_map(|scope| self.by_key.get(&(*scope, chord)).copied())
    }

    /// The keys of a command.
    pub fn keys(&self, command: Command) -> &[Chord] {
        self.keys.get(&command).map_or(&[], Vec::as_slice)
    }

    /// The first key of a command as text; empty if it has none.
    pub fn key(&self, command: Command) -> String {
        self.keys(command).first().map(ToString::to_string).unwrap_or_default()
    }

    /// The commands valid in a chain, in the order of the table.
    pub fn valid<'a>(&self, chain: &'a [Scope]) -> impl Iterator<Item = &'static Row> + use<'a> {
        TABLE.iter().filter(move |row| row.scopes.iter().any(|scope| chain.contains(scope)))
    }
}

/// Whether it changes something, or is an answer to a question. What takes a
/// typed word is neither: the word is the answer.
fn answers(row: &Row) -> bool {
    let asked = row.scopes.iter().any(|scope| matches!(scope, Scope::Ask | Scope::Leave));
    let changes = row.risk.mutates() && row.scopes != [Scope::ActionText];
    changes || asked && row.command != Command::Cancel
}

/// Writes chains down, one to a line.
macro_rules! chains {
    ($($($scope:ident)+;)+) => {
        &[$(&[$(Scope::$scope),+]),+]
    };
}

/// Every chain of scopes that is ever in force. Keys are unique within each.
pub(super) const CHAINS: &[&[Scope]] = chains! {
    Services Table Service Target List Screen Always;
    Environments Service Target List Screen Always;
    Cockpit Service Target List Screen Always;
    CockpitObject Cockpit Object Target List Screen Always;
    Charts Service Target List Screen Always;
    Rollouts Table Service Target List Screen Always;
    Delivery Service Target List Screen Always;
    DeliveryRow Delivery Table Service Target List Screen Always;
    DeliveryObject Delivery Object Target List Screen Always;
    Slos Table Service Target List Screen Always;
    Alerts Service Target List Screen Always;
    Approvals List Screen Always;
    Operations List Screen Always;
    Logs List Screen Always;
    Describe Object Target List Screen Always;
    Page Object Target List Screen Always;
    Contexts List Screen Always;
    Forwards List Screen Always;
    Menu Always;
    Line Always;
    Action Always;
    Confirm Always;
    ActionText Always;
    Ask Always;
    Leave Always;
};

impl Scope {
    /// The chain this scope is the inner end of.
    pub fn chain(self) -> &'static [Scope] {
        CHAINS.iter().find(|chain| chain.first() == Some(&self)).copied().unwrap_or(&[Scope::Always])
    }
}

fn unknown(name: &str, file: &str) -> Notice {
    let near = TABLE.iter().map(|row| (strsim::osa_distance(row.name, name), row.name)).min();
    let hint = match near {
        Some((distance, near)) if distance <= 3 => format!("did you mean '{near}'?"),
        _ => "the names are in docs/keys.md".to_owned(),
    };
    Notice { level: Level::Warning, text: format!("{file}: no command is called '{name}'"), hint }
}
