//! Something to be looked up for a page, and what was found.

use super::LogLine;
use crate::domain::{Fault, LastLines, ObjectKey, ServiceKey, Trace};
use serde_json::Value;

/// What a page needs that no watch brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// An object as the server has it now, whole.
    Object(ObjectKey),
    /// The last lines of a container: of this run, else of the run before.
    LastLines(LastLines),
    /// How these expressions came to their values.
    Traces(ServiceKey, Vec<String>),
}

/// What was found.
#[derive(Clone, Debug)]
pub enum Found {
    /// The object.
    Object(Result<Box<Value>, Fault>),
    /// The lines of this log.
    Lines(LastLines, Result<Vec<LogLine>, Fault>),
    /// In the order of the expressions.
    Traces(Vec<Result<Trace, String>>),
}
