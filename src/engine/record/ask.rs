//! Requests: what any console may ask of whoever drives.
//!
//! A request is appended to the record (compare-and-swap), never sent: it is
//! seen by whoever drives now or later. It names the step its author looked
//! at, so that two people who press promote at once promote once.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::OperationRecord;
use crate::domain::{Now, OperationId, clean, redact_text};
use crate::engine::canary::Request;

/// How long an abort waits to be acknowledged. Then its author takes the
/// operation over and rolls back itself.
pub const ABORT_PATIENCE: Duration = Duration::from_secs(5);

/// Requests kept: more than anybody presses in one delivery.
const MOST: usize = 60;

/// A request and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Its name.
    pub id: OperationId,
    /// What is asked.
    pub verb: Request,
    /// By whom.
    pub by: String,
    /// When, by their clock.
    pub at: Timestamp,
    /// Why; may be empty.
    #[serde(default)]
    pub reason: String,
    /// The step its author saw, from 0; none outside of a step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The driver's answer; none until it has seen it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ack: Option<Ack>,
}

/// The driver's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// When, by the driver's clock.
    pub at: Timestamp,
    /// Whether the run was told.
    pub done: bool,
    /// What came of it, one sentence.
    pub note: String,
}

impl OperationRecord {
    /// Appends a request. The oldest acknowledged ones make room.
    pub fn ask(&mut self, id: OperationId, verb: Request, by: &str, reason: &str, now: Now) {
        while self.requests.len() >= MOST {
            let oldest = self.requests.iter().position(|asked| asked.ack.is_some()).unwrap_or(0);
            self.requests.remove(oldest);
        }
        let (by, reason) = (clean(by), redact_text(&clean(reason)));
        let step = self.step();
        self.requests.push(Asked { id, verb, by, at: now.wall, reason, step, ack: None });
    }

    /// The requests nobody has answered, oldest first; an abort before all
    /// others.
    pub fn unanswered(&self) -> Vec<Asked> {
        let mut open: Vec<_> = self.requests.iter().filter(|asked| asked.ack.is_none()).cloned().collect();
        open.sort_by_key(|asked| asked.verb != Request::Abort);
        open
    }

    /// Whether a request may be handed to the run now; else why not. A
    /// promotion asked for in a step that is over is over too.
    pub fn still_meant(&self, asked: &Asked) -> Result<(), String> {
        if self.is_over() {
            return Err("the operation is over".to_owned());
        }
        match asked.verb {
            Request::Promote if asked.step != self.step() => {
                Err("the step it was asked in is over".to_owned())
            }
            Request::Promote | Request::PromoteFull | Request::Hold | Request::Resume | Request::Abort => {
                Ok(())
            }
        }
    }

    /// Answers a request.
    pub fn acknowledge(&mut self, id: &OperationId, done: bool, note: &str, now: Now) {
        if let Some(asked) = self.requests.iter_mut().find(|asked| asked.id == *id) {
            asked.ack = Some(Ack { at: now.wall, done, note: redact_text(&clean(note)) });
        }
    }
}
