//! An error as a person needs it: what failed, why, what to do.

use serde::Serialize;
use std::fmt;

/// What sort of failure it was; decides exit code, colour and whether waiting helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// A file or flag of ours is wrong.
    Config,
    /// Nobody answers at that address.
    Unreachable,
    /// Somebody answers, too late.
    Timeout,
    /// The credentials were not accepted.
    Unauthorized,
    /// The credentials are fine but not allowed to do this.
    Forbidden,
    /// The object is not there.
    NotFound,
    /// The object changed under our hands.
    Conflict,
    /// The server understood and said no to the content.
    Invalid,
    /// The server asks us to slow down.
    Throttled,
    /// The server failed.
    Server,
    /// A gate of ours said no.
    Refused,
    /// A gate of ours waits for another person's agreement.
    Awaiting,
    /// The write was sent and no answer came back.
    OutcomeUnknown,
    /// A bug of ours.
    Internal,
}

impl FaultKind {
    /// The exit code of the command line for this failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Refused | Self::Forbidden => 3,
            Self::Awaiting => 4,
            Self::Unreachable | Self::Timeout | Self::Unauthorized => 5,
            Self::Config
            | Self::NotFound
            | Self::Conflict
            | Self::Invalid
            | Self::Throttled
            | Self::Server
            | Self::OutcomeUnknown
            | Self::Internal => 1,
        }
    }

    /// Whether the same read may work later without anybody doing anything.
    pub fn is_passing(self) -> bool {
        matches!(self, Self::Unreachable | Self::Timeout | Self::Throttled | Self::Server)
    }
}

/// A failure with its remedy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
pub struct Fault {
    /// What sort.
    pub kind: FaultKind,
    /// One sentence: what failed and why, bad values quoted.
    pub text: String,
    /// What to do about it, most useful first.
    pub hints: Vec<String>,
}

impl Fault {
    /// A fault without a hint yet.
    pub fn new(kind: FaultKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into(), hints: Vec::new() }
    }

    /// The same fault with one more thing to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
