//! One line of a page.

use std::borrow::Cow;

use super::cursor::{Cursor, LABEL, NAME, NOT_BLANK};
use super::number::{time_ms, value};
use super::{Caps, Exemplar, Format, Item, Label, Sample};

/// What a line was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    Sample,
    Nothing,
    End,
}

type Fault = &'static str;

/// Reads lines; keeps the label list between them.
pub(super) struct Machine<'a, 'c> {
    format: Format,
    caps: &'c Caps,
    labels: Vec<Label<'a>>,
}

impl<'a, 'c> Machine<'a, 'c> {
    pub(super) fn new(format: Format, caps: &'c Caps) -> Self {
        Self { format, caps, labels: Vec::with_capacity(16) }
    }

    pub(super) fn line(
        &mut self,
        text: &'a str,
        number: usize,
        visit: &mut dyn FnMut(Item<'a, '_>),
    ) -> Result<Seen, Fault> {
        let mut cursor = Cursor::new(text);
        cursor.blanks();
        match cursor.peek() {
            None => Ok(Seen::Nothing),
            Some(b'#') => Ok(comment(text, visit)),
            Some(_) => self.sample(cursor, number, visit),
        }
    }

    fn sample(
        &mut self,
        mut cursor: Cursor<'a>,
        number: usize,
        visit: &mut dyn FnMut(Item<'a, '_>),
    ) -> Result<Seen, Fault> {
        self.labels.clear();
        let from = cursor.at();
        let mut name = Cow::Borrowed(cursor.take(NAME));
        if name.as_bytes().first().is_some_and(u8::is_ascii_digit) {
            return Err("a metric name cannot start with a digit");
        }
        let bare = cursor;
        cursor.blanks();
        let series = if cursor.eat(b'{') {
            let quoted = labels(&mut cursor, &mut self.labels, self.caps, name.is_empty())?;
            if let Some(quoted) = quoted {
                name = quoted;
            }
            cursor.since(from)
        } else {
            bare.since(from)
        };
        if name.is_empty() {
            return Err("no metric name");
        }
        cursor.blanks();
        let number_text = cursor.take(NOT_BLANK);
        let value = value(number_text).ok_or("bad value")?;
        cursor.blanks();
        let time_ms = time(&mut cursor, self.format)?;
        let exemplar = self.exemplar(&mut cursor)?;
        if !cursor.is_done() {
            return Err("something after the sample");
        }
        let labels = self.labels.as_slice();
        let sample = Sample { series, name, labels, value, time_ms, exemplar, line: number };
        visit(Item::Sample(&sample));
        Ok(Seen::Sample)
    }

    fn exemplar(&self, cursor: &mut Cursor<'a>) -> Result<Option<Exemplar<'a>>, Fault> {
        if self.format != Format::OpenMetrics || !cursor.eat(b'#') {
            return Ok(None);
        }
        cursor.blanks();
        if !cursor.eat(b'{') {
            return Err("an exemplar must start with labels");
        }
        let mut list = Vec::new();
        labels(cursor, &mut list, self.caps, false)?;
        cursor.blanks();
        let value = value(cursor.take(NOT_BLANK)).ok_or("bad exemplar value")?;
        cursor.blanks();
        let time_ms = time(cursor, self.format)?;
        Ok(Some(Exemplar { labels: list, value, time_ms }))
    }
}

fn time(cursor: &mut Cursor<'_>, format: Format) -> Result<Option<i64>, Fault> {
    if matches!(cursor.peek(), None | Some(b'#')) {
        return Ok(None);
    }
    let text = cursor.take(NOT_BLANK);
    cursor.blanks();
    time_ms(text, format).map(Some).ok_or("bad timestamp")
}

/// Reads up to the closing brace; returns the name if it stands inside.
fn labels<'a>(
    cursor: &mut Cursor<'a>,
    into: &mut Vec<Label<'a>>,
    caps: &Caps,
    name_inside: bool,
) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut name = None;
    loop {
        cursor.blanks();
        if cursor.eat(b'}') {
            return Ok(name);
        }
        let is_quoted = cursor.peek() == Some(b'"');
        let key = if is_quoted { quoted(cursor)? } else { Cow::Borrowed(cursor.take(LABEL)) };
        cursor.blanks();
        if cursor.eat(b'=') {
            cursor.blanks();
            label(cursor, into, caps, key)?;
        } else if is_quoted && name_inside && name.is_none() && !key.is_empty() {
            name = Some(key);
        } else {
            return Err("a label needs `=` and a quoted value");
        }
        cursor.blanks();
        if !cursor.eat(b',') && cursor.peek() != Some(b'}') {
            return Err("expected `,` or `}` after a label");
        }
    }
}

fn label<'a>(
    cursor: &mut Cursor<'a>,
    into: &mut Vec<Label<'a>>,
    caps: &Caps,
    key: Cow<'a, str>,
) -> Result<(), Fault> {
    if key.is_empty() || key.as_bytes()[0].is_ascii_digit() {
        return Err("bad label name");
    }
    let value = quoted(cursor)?;
    if value.len() > caps.value_bytes {
        return Err("a label value is too long");
    }
    if into.len() >= caps.labels {
        return Err("too many labels");
    }
    if into.iter().any(|(have, _)| *have == key) {
        return Err("a label name is given twice");
    }
    into.push((key, value));
    Ok(())
}

/// A quoted text with the escapes `\\`, `\"` and `\n`; any other backslash
/// stays, as Prometheus reads it.
fn quoted<'a>(cursor: &mut Cursor<'a>) -> Result<Cow<'a, str>, Fault> {
    if !cursor.eat(b'"') {
        return Err("a label value must be quoted");
    }
    let plain = cursor.take_until(b'"', b'\\');
    if cursor.eat(b'"') {
        return Ok(Cow::Borrowed(plain));
    }
    let mut text = plain.to_owned();
    loop {
        match cursor.peek() {
            None => return Err("a quoted value is not closed"),
            Some(b'"') => {
                cursor.bump();
                return Ok(Cow::Owned(text));
            }
            Some(b'\\') => {
                cursor.bump();
                match cursor.peek() {
                    Some(b'n') => text.push('\n'),
                    Some(b'\\') => text.push('\\'),
                    Some(b'"') => text.push('"'),
                    _ => {
                        text.push('\\');
                        continue;
                    }
                }
                cursor.bump();
            }
            Some(_) => text.push_str(cursor.take_until(b'"', b'\\')),
        }
    }
}

/// `# TYPE`, `# HELP`, `# UNIT`, `# EOF`; any other comment is nothing.
fn comment<'a>(text: &'a str, visit: &mut dyn FnMut(Item<'a, '_>)) -> Seen {
    let mut cursor = Cursor::new(text);
    cursor.blanks();
    cursor.bump();
    cursor.blanks();
    let word = cursor.take(NOT_BLANK);
    if word == "EOF" {
        return Seen::End;
    }
    cursor.blanks();
    let name = cursor.take(NOT_BLANK);
    cursor.blanks();
    let tail = cursor.rest();
    if name.is_empty() {
        return Seen::Nothing;
    }
    match word {
        "TYPE" => visit(Item::Type(name, tail.trim_end())),
        "HELP" => visit(Item::Help(name, tail)),
        "UNIT" => visit(Item::Unit(name, tail.trim_end())),
        _ => {}
    }
    Seen::Nothing
}
