//! Files of YAML documents, read so that one mistake costs one document.

use super::{ALIKE, nearest, yaml_words};
use serde::Serialize;
use serde_json::Value;

/// Something wrong with what was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Path as it was given.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Whether the thing cannot be used; else it can, but look at it.
    pub fatal: bool,
    /// What is wrong, bad values quoted, and what was expected.
    pub text: String,
}

/// One YAML document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Path as it was given.
    pub file: String,
    /// The line it begins at, from 1.
    pub line: usize,
    /// Its text.
    pub text: String,
    /// Its content; never null.
    pub value: Value,
}

/// A larger file is not one that people wrote.
const MOST_BYTES: usize = 5 << 20;

/// The documents of a file, and what is wrong with those that are none.
/// Anchors do not reach over `---`; alias bombs are refused by the parser.
pub fn documents(file: &str, text: &str) -> (Vec<Document>, Vec<Finding>) {
    let (mut docs, mut findings) = (Vec::new(), Vec::new());
    if text.len() > MOST_BYTES {
        let text = format!("{} bytes; more than {MOST_BYTES} are not read", text.len());
        findings.push(Finding { file: file.to_owned(), line: 1, fatal: true, text });
        return (docs, findings);
    }
    for (line, part) in split(text) {
        match serde_saphyr::from_str::<Value>(&part) {
            Ok(Value::Null) => {}
            Ok(value) => docs.push(Document { file: file.to_owned(), line, text: part, value }),
            Err(error) => {
                let within = error.location().map_or(1, |at| usize::try_from(at.line()).unwrap_or(1));
                let text = yaml_words(&error.to_string());
                findings.push(Finding {
                    file: file.to_owned(),
                    line: line + within.max(1) - 1,
                    fatal: true,
                    text,
                });
            }
        }
    }
    (docs, findings)
}

/// The document of a stream that the line, from 1, stands in, whether it can be
/// read or not.
pub fn stream_part(text: &str, line: usize) -> String {
    let parts = split(text).into_iter();
    parts.take_while(|(first, _)| *first <= line.max(1)).last().map_or_else(String::new, |(_, part)| part)
}

/// The parts of a stream with the line each begins at.
fn split(text: &str) -> Vec<(usize, String)> {
    let mut found = vec![(1, String::new())];
    for (index, line) in text.lines().enumerate() {
        if line == "---" || line.starts_with("--- ") {
            found.push((index + 2, String::new()));
        } else if let Some((_, part)) = found.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    found
}

impl Document {
    /// The value at a JSON pointer.
    pub fn at(&self, pointer: &str) -> Option<&Value> {
        self.value.pointer(pointer)
    }

    /// The text under a key of the document itself.
    pub fn text_at(&self, key: &str) -> Option<&str> {
        self.value.get(key).and_then(Value::as_str)
    }

    /// A finding in this document's file.
    pub fn finding(&self, line: usize, fatal: bool, text: impl Into<String>) -> Finding {
        Finding { file: self.file.clone(), line, fatal, text: text.into() }
    }

    /// The line where the key `needle` stands, or a `name:` with that value, for
    /// findings inside the document; its first line if there is none.
    pub fn line_of(&self, needle: &str) -> usize {
        let named = |line: &str| {
            let value =
                line.split_once("name:").map(|(_, value)| value.trim_start().trim_start_matches(['"', '\'']));
            value.and_then(|value| value.strip_prefix(needle)).is_some_and(|rest| {
                !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
            })
        };
        let keyed =
            |line: &str| line.trim_start().trim_start_matches("- ").starts_with(&format!("{needle}:"));
        self.line + self.text.lines().position(|line| keyed(line) || named(line)).unwrap_or(0)
    }

    /// Says which keys of `value` are not among `known`, with the nearest known one.
    pub fn unknown_keys(&self, value: &Value, known: &[&str], findings: &mut Vec<Finding>) {
        let Some(map) = value.as_object() else { return };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let near = nearest(key, known, |known| known, ALIKE);
            let hint = near.map(|near| format!("; did you mean '{near}'?")).unwrap_or_default();
            findings.push(self.finding(self.line_of(key), false, format!("unknown key '{key}'{hint}")));
        }
    }
}
