//! From a TOML file to settings, keeping everything that is right in it.

use super::{Config, OPTIONS, OptionKind, OptionRow, Origin, Setting, Value};
use crate::store::read_text;
use std::fmt;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Something in a file that was not used, with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file.
    pub path: PathBuf,
    /// Line and column from 1; none if it is about the file as a whole.
    pub at: Option<(usize, usize)>,
    /// What is wrong and what happens now.
    pub text: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.path.display())?;
        if let Some((line, column)) = self.at {
            write!(f, ":{line}:{column}")?;
        }
        write!(f, ": {}", self.text)
    }
}

/// What `path` sets. A missing file sets nothing; a file that cannot be read
/// or parsed sets what could be understood. `for_context` tells a context's
/// file from the general one.
pub fn load_config(path: &Path, for_context: bool) -> (Config, Vec<Warning>) {
    let mut loader = Loader { path, source: "", config: Config::default(), warnings: Vec::new() };
    let text = match read_text(path) {
        Ok(text) => text.unwrap_or_default(),
        Err(fault) => {
            loader.warnings.push(Warning { path: path.to_owned(), at: None, text: fault.text });
            return (loader.config, loader.warnings);
        }
    };
    loader.source = &text;
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in errors {
        let at = error.span().map_or(0, |span| span.start);
        loader.warn(at, format!("not TOML: {}", error.message()));
    }
    for (key, value) in table.get_ref() {
        loader.take(key, value, for_context);
    }
    (loader.config, loader.warnings)
}

struct Loader<'a> {
    path: &'a Path,
    source: &'a str,
    config: Config,
    warnings: Vec<Warning>,
}

impl Loader<'_> {
    fn take(&mut self, key: &Spanned<std::borrow::Cow<'_, str>>, value: &Spanned<DeValue<'_>>, scoped: bool) {
        let (name, at) = (key.get_ref().as_ref(), key.span().start);
        let Some(row) = OptionRow::find(name) else {
            self.warn(at, unknown(name));
            return;
        };
        if scoped && !row.per_context {
            self.warn(at, format!("'{name}' belongs into config.toml; ignored here"));
            return;
        }
        match checked(row, value.get_ref()) {
            Ok(value) => {
                let origin = Origin::File(self.path.to_owned(), place(self.source, at).0);
                self.config.set(row, Setting { value, origin });
            }
            Err(why) => self.warn(value.span().start, format!("{name}: {why}; ignored")),
        }
    }

    fn warn(&mut self, at: usize, text: String) {
        let at = Some(place(self.source, at));
        self.warnings.push(Warning { path: self.path.to_owned(), at, text });
    }
}

fn checked(row: &OptionRow, value: &DeValue<'_>) -> Result<Value, String> {
    let wrong = |what: &str| Err(format!("{what} is given, {} is expected", row.expected()));
    match (value, row.kind) {
        (
            DeValue::String(text),
            OptionKind::Text | OptionKind::Zone | OptionKind::Choice(_) | OptionKind::Words(_),
        ) => row.parse(text),
        (DeValue::Array(items), OptionKind::Words(_)) => {
            let words = items.iter().filter_map(|item| item.get_ref().as_str());
            row.parse(&words.collect::<Vec<_>>().join(","))
        }
        (DeValue::Boolean(flag), OptionKind::Flag) => Ok(Value::Flag(*flag)),
        (DeValue::Integer(number), _) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => row.check_number(number),
            Err(error) => Err(format!("'{number}' is not a usable number ({error})")),
        },
        (DeValue::String(text), _) => wrong(&format!("\"{text}\"")),
        (DeValue::Boolean(flag), _) => wrong(&flag.to_string()),
        (DeValue::Float(number), _) => wrong(number.as_str()),
        (DeValue::Datetime(_), _) => wrong("a date"),
        (DeValue::Array(_), _) => wrong("a list"),
        (DeValue::Table(_), _) => wrong("a table"),
    }
}

fn unknown(name: &str) -> String {
    let near = OPTIONS.iter().map(|row| (strsim::damerau_levenshtein(row.name, name), row.name)).min();
    match near {
        Some((distance, near)) if distance <= 3 => {
            format!("unknown option '{name}'; did you mean '{near}'? Ignored")
        }
        _ => format!("unknown option '{name}', ignored; `qd info` lists the options"),
    }
}

/// Line and column, from 1, of a byte offset.
fn place(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    (line, column)
}
