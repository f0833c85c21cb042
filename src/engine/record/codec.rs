//! Record to text and back.

use serde::Deserialize;

use super::{OperationRecord, SCHEMA, Strategy, names};
use crate::domain::{clean, redact_text};
use crate::engine::canary::Phase;

/// Largest record in bytes. etcd holds 1.5 MiB at most; a ConfigMap 1 MiB,
/// of which labels and the JSON's own escaping take their part.
pub const MOST_BYTES: usize = 700 << 10;

/// Why a text is no record, or a record no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// Larger than [`MOST_BYTES`], whatever is left out.
    #[error(
        "the record is {bytes} bytes, at most {MOST_BYTES} fit a ConfigMap; the pod template is too large"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Written by a newer program.
    #[error(
        "the record has schema {found}, this program knows up to {SCHEMA}; use the newer qd that wrote it"
    )]
    Newer {
        /// Its schema.
        found: u32,
    },
    /// Not JSON, or not of the shape of a record.
    #[error("malformed at line {line}, column {column}: {why}")]
    Malformed {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// The reader's sentence.
        why: String,
    },
    /// Well-formed, but it contradicts itself.
    #[error("{0}")]
    Senseless(String),
}

impl RecordFault {
    /// What to do about a record that cannot be read.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Newer { .. } => "this qd leaves it alone",
            Self::TooLarge { .. } | Self::Malformed { .. } | Self::Senseless(_) => {
                "deleting the ConfigMap deletes the canary with it; stable stays as it is"
            }
        }
    }
}

/// The record as text. If it is too large, what is only for reading goes
/// first: inputs of old verdicts, then old log lines.
///
/// # Errors
/// [`RecordFault::TooLarge`] if the templates alone do not fit.
pub fn encode(record: &OperationRecord) -> Result<String, RecordFault> {
    let mut text = write(record)?;
    if text.len() <= MOST_BYTES {
        return Ok(text);
    }
    let mut smaller = record.clone();
    while text.len() > MOST_BYTES {
        if smaller.verdicts.is_empty() && smaller.log.len() <= 1 && smaller.run.judged.is_none() {
            return Err(RecordFault::TooLarge { bytes: text.len() });
        }
        if smaller.verdicts.is_empty() {
            if smaller.log.len() > 1 {
                smaller.log.drain(..smaller.log.len().div_ceil(2));
            } else {
                smaller.run.judged = None;
            }
        } else {
            smaller.verdicts.drain(..smaller.verdicts.len().div_ceil(2));
        }
        text = write(&smaller)?;
    }
    Ok(text)
}

fn write(record: &OperationRecord) -> Result<String, RecordFault> {
    serde_json::to_string(record)
        .map_err(|error| RecordFault::Senseless(format!("cannot be written as JSON: {error}")))
}

/// The record in a text, checked: every index and name in it makes sense.
///
/// # Errors
/// Says where it is malformed, or what contradicts what.
pub fn decode(text: &str) -> Result<OperationRecord, RecordFault> {
    #[derive(Deserialize)]
    struct Schema {
        schema: u32,
    }
    if text.len() > MOST_BYTES {
        return Err(RecordFault::TooLarge { bytes: text.len() });
    }
    let malformed = |error: serde_json::Error| RecordFault::Malformed {
        line: error.line(),
        column: error.column(),
        why: redact_text(&clean(&error.to_string())),
    };
    let Schema { schema } = serde_json::from_str(text).map_err(malformed)?;
    if schema > SCHEMA {
        return Err(RecordFault::Newer { found: schema });
    }
    let record: OperationRecord = serde_json::from_str(text).map_err(malformed)?;
    check(&record)?;
    Ok(record)
}

fn check(record: &OperationRecord) -> Result<(), RecordFault> {
    let senseless = |text: String| Err(RecordFault::Senseless(text));
    let steps = record.run.plan.steps.len();
    match record.run.phase {
        Phase::Scaling { step, .. } | Phase::Watching { step, .. } if step >= steps => {
            return senseless(format!("it is in step {}, but its plan has {steps}", step + 1));
        }
        Phase::Scaling { .. }
        | Phase::Watching { .. }
        | Phase::Promoting { .. }
        | Phase::CleaningUp
        | Phase::RollingBack { .. }
        | Phase::Over(_) => {}
    }
    if record.strategy != Strategy::Rolling && steps == 0 {
        return senseless(format!("a {} without steps", record.strategy.name()));
    }
    let in_place = record.run.plan.is_in_place();
    if in_place != (record.strategy == Strategy::Rolling && steps > 0) || (in_place && steps != 1) {
        let how = record.strategy.name();
        return senseless(format!(
            "a {how} with {steps} steps cannot be made so: {:?}",
            record.run.plan.routing
        ));
    }
    if record.seq == 0 || record.driver.epoch == 0 {
        return senseless("its number and its epoch count from 1".to_owned());
    }
    let (name, uid) = (record.target.name.as_str(), record.target.uid.as_str());
    if name.is_empty() || name.len() > names::MOST_NAME || uid.is_empty() {
        return senseless(format!("no target can be called {name:?} with uid {uid:?}"));
    }
    let wanted = (record.run.from, record.run.to);
    if wanted != (record.from.template, record.to.template) {
        return senseless("its run is about other templates than the record".to_owned());
    }
    Ok(())
}
