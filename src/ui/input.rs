//! One line of typed text.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use unicode_segmentation::UnicodeSegmentation;

/// Longer input is cut: nobody types this much into one line.
const MOST_BYTES: usize = 4_096;

/// A one-line text field. The cursor stands between graphemes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextInput {
    before: String,
    after: String,
}

impl TextInput {
    /// A field with text, the cursor at its end.
    pub fn with(text: &str) -> Self {
        Self { before: text.to_owned(), after: String::new() }
    }

    /// The text.
    pub fn text(&self) -> String {
        format!("{}{}", self.before, self.after)
    }

    /// The text before and after the cursor.
    pub fn parts(&self) -> (&str, &str) {
        (&self.before, &self.after)
    }

    /// Whether nothing is typed.
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Empties it.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// Inserts text at the cursor; control characters become spaces.
    pub fn insert(&mut self, text: &str) {
        for c in text.chars() {
            if self.before.len() + self.after.len() + c.len_utf8() > MOST_BYTES {
                return;
            }
            self.before.push(if c.is_control() { ' ' } else { c });
        }
    }

    /// Whether an alt key edits text: `alt-b`, `alt-f` and `alt-d`, by words.
    pub fn edits(key: KeyEvent) -> bool {
        key.modifiers.contains(KeyModifiers::ALT) && matches!(key.code, KeyCode::Char('b' | 'f' | 'd'))
    }

    /// Takes an editing key; whether the text changed or the cursor moved.
    #[expect(clippy::wildcard_enum_match_arm, reason = "crossterm's keys: the rest does not edit text")]
    pub fn key(&mut self, key: KeyEvent) -> bool {
        let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
        let alt = key.modifiers.contains(KeyModifiers::ALT);
        match key.code {
            KeyCode::Char('w') if ctrl => self.delete_word(),
            KeyCode::Char('b') if alt => {
                let moved = self.before.split_off(word_start(&self.before));
                self.after.insert_str(0, &moved);
            }
            KeyCode::Char('f') if alt => {
                let rest = self.after.split_off(word_end(&self.after));
                self.before.push_str(&std::mem::replace(&mut self.after, rest));
            }
            KeyCode::Char('d') if alt => drop(self.after.drain(..word_end(&self.after))),
            KeyCode::Char('k') if ctrl => self.after.clear(),
            KeyCode::Char(c) if !ctrl && !alt => self.insert(c.encode_utf8(&mut [0; 4])),
            KeyCode::Backspace if ctrl || alt => self.delete_word(),
            KeyCode::Backspace => drop(pop_last(&mut self.before)),
            KeyCode::Delete => drop(pop_first(&mut self.after)),
            KeyCode::Left => {
                let moved = pop_last(&mut self.before);
                self.after.insert_str(0, &moved);
            }
            KeyCode::Right => {
                let moved = pop_first(&mut self.after);
                self.before.push_str(&moved);
            }
            KeyCode::Home => self.after.insert_str(0, &std::mem::take(&mut self.before)),
            KeyCode::End => self.before.push_str(&std::mem::take(&mut self.after)),
            _ => return false,
        }
        true
    }

    fn delete_word(&mut self) {
        self.before.truncate(word_start(&self.before));
    }
}

/// Where the last word of `text` begins.
fn word_start(text: &str) -> usize {
    let trimmed = text.trim_end();
    let space = trimmed.char_indices().rfind(|(_, c)| c.is_whitespace());
    space.map_or(0, |(at, c)| at + c.len_utf8())
}

/// Where the first word of `text` ends.
fn word_end(text: &str) -> usize {
    let start = text.len() - text.trim_start().len();
    text.char_indices().find(|(at, c)| *at >= start && c.is_whitespace()).map_or(text.len(), |(at, _)| at)
}

fn pop_last(text: &mut String) -> String {
    let at = text.grapheme_indices(true).next_back().map_or(0, |(at, _)| at);
    text.split_off(at)
}

fn pop_first(text: &mut String) -> String {
    let end = text.graphemes(true).next().map_or(0, str::len);
    let rest = text.split_off(end);
    std::mem::replace(text, rest)
}
