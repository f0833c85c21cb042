//! Settings: one table of options, and what the files say about them.

mod layers;
mod load;
mod options;
#[cfg(test)]
mod tests;

pub use layers::Layers;
pub use load::{Warning, load_config};
pub use options::{OPTIONS, OptionKind, OptionRow};

use crate::domain::Guardrails;
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A value of an option, checked against its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text or one of the choices.
    Text(String),
    /// Yes or no.
    Flag(bool),
    /// A whole number within the row's bounds.
    Number(i64),
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built in.
    Default,
    /// A file, at this line.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// A flag on the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) => write!(f, "${name}"),
            Self::Flag(name) => write!(f, "--{name}"),
        }
    }
}

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// Every option that has a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Config {
    settings: BTreeMap<&'static str, Setting>,
}

impl Config {
    /// The built-in values.
    pub fn defaults() -> Self {
        let mut config = Self::default();
        for row in &OPTIONS {
            if let Some(value) = row.default() {
                config.settings.insert(row.name, Setting { value, origin: Origin::Default });
            }
        }
        config
    }

    /// Sets an option; a later call wins over an earlier one.
    pub fn set(&mut self, row: &'static OptionRow, setting: Setting) {
        self.settings.insert(row.name, setting);
    }

    /// Takes over everything `other` sets.
    pub fn overlay(&mut self, other: Self) {
        self.settings.extend(other.settings);
    }

    /// The setting of an option, if it has one.
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.settings.get(name)
    }

    /// The text of an option.
    pub fn text(&self, name: &str) -> Option<&str> {
        match &self.get(name)?.value {
            Value::Text(text) => Some(text),
            Value::Flag(_) | Value::Number(_) => None,
        }
    }

    /// Whether a yes-or-no option is on; off if it has no value.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Setting { value: Value::Flag(true), .. }))
    }

    /// What this context's settings forbid or make harder.
    pub fn guardrails(&self) -> Guardrails {
        let words = |name| self.text(name).map(Guardrails::words).unwrap_or_default();
        let settings = ["deny", "type-name", "max-bulk", "rehearsal", "unknown-checks", "expect-server"];
        let origins = settings.iter().filter_map(|name| {
            let setting = self.get(name)?;
            (setting.origin != Origin::Default).then(|| setting.origin.to_string())
        });
        Guardrails {
            deny: words("deny"),
            type_name: words("type-name"),
            max_bulk: self.number("max-bulk").and_then(|n| usize::try_from(n).ok()).unwrap_or(5),
            rehearsal: self.text("rehearsal") == Some("require"),
            unknown_blocks: self.text("unknown-checks") != Some("warn"),
            server: self.text("expect-server").unwrap_or_default().to_owned(),
            origin: origins.collect::<Vec<_>>().join(", "),
        }
    }

    /// The number of an option.
    pub fn number(&self, name: &str) -> Option<i64> {
        match self.get(name)?.value {
            Value::Number(number) => Some(number),
            Value::Text(_) | Value::Flag(_) => None,
        }
    }
}
