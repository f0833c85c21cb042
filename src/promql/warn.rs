//! Warnings and infos that come beside a value: the value is right, but the
//! person should know something about it.

use std::fmt;

/// How serious a note is, as Prometheus tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The result may not be what was meant.
    Warning,
    /// Something was adjusted or looks unusual.
    Info,
}

/// One note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Warning or info.
    pub severity: Severity,
    /// The text, with Prometheus' words where it has the same note.
    pub message: String,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.severity {
            Severity::Warning => "PromQL warning",
            Severity::Info => "PromQL info",
        };
        write!(f, "{kind}: {}", self.message)
    }
}

/// At most this many different notes are kept for one evaluation: a note per
/// series of a label explosion helps nobody.
const MOST: usize = 32;

/// The notes of one evaluation, without repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Warnings {
    notes: Vec<Note>,
    /// Different notes that did not fit.
    dropped: usize,
}

impl Warnings {
    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        self.add(Severity::Warning, message.into());
    }

    pub(crate) fn info(&mut self, message: impl Into<String>) {
        self.add(Severity::Info, message.into());
    }

    fn add(&mut self, severity: Severity, message: String) {
        if self.notes.iter().any(|n| n.severity == severity && n.message == message) {
            return;
        }
        if self.notes.len() < MOST {
            self.notes.push(Note { severity, message });
        } else {
            self.dropped += 1;
        }
    }

    /// The notes, in the order they arose.
    pub fn iter(&self) -> impl Iterator<Item = &Note> {
        self.notes.iter()
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Notes beyond the thirty-two kept.
    pub fn dropped(&self) -> usize {
        self.dropped
    }
}
