//! What is remembered of the way, bounded.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::OperationRecord;
use crate::domain::{Now, clean, redact_text};
use crate::engine::canary::Judgement;
use std::sync::Arc;

/// Log lines kept.
pub const MOST_LINES: usize = 200;
/// Verdicts kept.
pub const MOST_VERDICTS: usize = 50;
/// Characters of a line; messages of admission plugins can be pages.
const MOST_CHARS: usize = 400;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// When, by the driver's wall clock.
    pub at: Timestamp,
    /// What, one sentence; shared by the copies of its record.
    pub text: Arc<str>,
}

fn safe(text: &str) -> String {
    redact_text(&clean(text)).chars().take(MOST_CHARS).collect()
}

impl OperationRecord {
    /// Adds a line: cleaned, credentials masked, cut at 400 characters. The
    /// same text twice in a row is one line.
    pub fn note(&mut self, text: &str, now: Now) {
        let text = safe(text);
        if self.log.last().is_none_or(|line| *line.text != *text) {
            self.push(text, now);
        }
    }

    /// Adds a line about a write. Each has its own, as in the audit log, even
    /// if the same is written twice in a row.
    pub fn note_write(&mut self, text: &str, now: Now) {
        self.push(safe(text), now);
    }

    fn push(&mut self, text: String, now: Now) {
        self.log.push(LogLine { at: now.wall, text: text.into() });
        let surplus = self.log.len().saturating_sub(MOST_LINES);
        self.log.drain(..surplus);
    }

    /// Keeps a verdict. Of equal decisions in a row the first and the newest
    /// stay: the first tells when it turned, the newest has all the counts.
    pub fn keep_verdict(&mut self, judgement: &Arc<Judgement>) {
        let same = |other: &Judgement| {
            let (a, b) = (&judgement.verdict, &other.verdict);
            (a.decision, a.cause) == (b.decision, b.cause)
                && other.inputs.clock.elapsed_s <= judgement.inputs.clock.elapsed_s
        };
        let streak = self.verdicts.iter().rev().take(2).take_while(|other| same(other)).count();
        if streak == 2 {
            self.verdicts.pop();
        }
        self.verdicts.push(judgement.clone());
        let surplus = self.verdicts.len().saturating_sub(MOST_VERDICTS);
        self.verdicts.drain(..surplus);
    }
}
