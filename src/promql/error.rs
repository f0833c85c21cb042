//! What can go wrong, in words that name the cause. Texts that Prometheus also
//! has are Prometheus' own, so that people can search for them.

use thiserror::Error;

/// The expression could not be read, or uses something this evaluator lacks.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct PromqlError {
    /// What is wrong.
    pub message: String,
    /// Byte offset in the expression, where it is known.
    pub position: Option<usize>,
}

impl PromqlError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), position: None }
    }
}

/// Why an evaluation was stopped from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interrupt {
    /// The time allowed is over.
    Deadline,
    /// Nobody waits for the answer any more.
    Cancelled,
}

/// Why an evaluation gave no answer.
#[derive(Debug, Clone, PartialEq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The data do not fit the expression (duplicate series, many-to-many …).
    #[error("{0}")]
    Execution(String),
    /// More samples than the limit.
    #[error(
        "query processing would load too many samples into memory: more than {0}; narrow the selectors, the range or widen the step"
    )]
    TooManySamples(usize),
    /// More steps than the limit.
    #[error(
        "exceeded maximum resolution of {max} points per timeseries (the query asks for {asked}); try a larger step or a shorter range"
    )]
    TooManySteps {
        /// What the range and step give.
        asked: usize,
        /// What is allowed.
        max: usize,
    },
    /// Start after end, a step of zero, or times beyond the calendar.
    #[error("{0}")]
    BadRange(String),
    /// Stopped by the caller's check.
    #[error("{}", match .0 {
        Interrupt::Deadline => "query timed out in expression evaluation",
        Interrupt::Cancelled => "query was canceled in expression evaluation",
    })]
    Interrupted(Interrupt),
    /// The series source failed.
    #[error("cannot read series: {0}")]
    Source(String),
}

impl Error {
    pub(crate) fn execution(message: impl Into<String>) -> Self {
        Self::Execution(message.into())
    }

    pub(crate) fn duplicate_labelset() -> Self {
        Self::execution("vector cannot contain metrics with the same labelset")
    }
}
