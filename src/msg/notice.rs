//! Something to tell, at the foot of the screen.

use crate::domain::Fault;

/// How loud.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For information.
    Info,
    /// It worked.
    Success,
    /// Look at this.
    Warning,
    /// It did not work.
    Error,
}

/// One line for the person, with what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// How loud.
    pub level: Level,
    /// What happened.
    pub text: String,
    /// What to do; empty if nothing.
    pub hint: String,
}

impl Notice {
    /// A notice without a hint.
    pub fn new(level: Level, text: impl Into<String>) -> Self {
        Self { level, text: text.into(), hint: String::new() }
    }
}

impl From<&Fault> for Notice {
    fn from(fault: &Fault) -> Self {
        let hint = fault.hints.first().cloned().unwrap_or_default();
        Self { level: Level::Error, text: fault.text.clone(), hint }
    }
}
