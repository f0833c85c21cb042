//! An action a person asked for.

use super::{Actor, OperationId, RevisionNumber, Target};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is to be done to a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "verb")]
pub enum Verb {
    /// Bring a kept revision back.
    Rollback {
        /// Which one.
        to: RevisionNumber,
    },
    /// Replace all pods with the same template.
    Restart,
    /// Change the number of pods.
    Scale {
        /// To how many.
        to: u32,
    },
    /// Suspend rolling out.
    Pause,
    /// Let rolling out go on.
    Resume,
}

impl Verb {
    /// `rollback`, as on the command line and in the audit log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rollback { .. } => "rollback",
            Self::Restart => "restart",
            Self::Scale { .. } => "scale",
            Self::Pause => "pause",
            Self::Resume => "resume",
        }
    }

    /// The verb with its argument: `scale to 5`.
    pub fn phrase(self) -> String {
        match self {
            Self::Rollback { to } => format!("roll back to revision {to}"),
            Self::Scale { to } => format!("scale to {to}"),
            Self::Restart | Self::Pause | Self::Resume => self.name().to_owned(),
        }
    }

    /// Whether it must not wait for anything else that is going on: users may
    /// be broken until it is done. Two of the same are harmless, because the
    /// second one finds nothing to change.
    pub fn is_emergency(self) -> bool {
        matches!(self, Self::Rollback { .. })
    }
}

/// One action, asked for once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its name in every record.
    pub id: OperationId,
    /// What to do.
    pub verb: Verb,
    /// To what, frozen.
    pub target: Target,
    /// Who asks.
    pub actor: Actor,
    /// Why, in the person's words; may be empty where nothing demands it.
    pub reason: String,
    /// Write although another tool owns the object. Needs a reason.
    pub override_owner: bool,
    /// When it was asked.
    pub asked_at: Timestamp,
}

/// How far an order has come. `Asked → Writing → Watching → Succeeded` is the
/// good way; every other end says why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "phase", content = "why")]
pub enum Phase {
    /// Nothing is written yet; its intent is being recorded.
    Asked,
    /// The write is under way.
    Writing,
    /// The write is done; the controller is at work.
    Watching,
    /// Done, and seen to be done.
    Succeeded,
    /// The write was refused: nothing changed.
    Refused(String),
    /// The change was made but did not lead where it should.
    Failed(String),
    /// It is not known whether the change was made.
    Unknown(String),
}

impl Phase {
    /// Whether nothing more will happen.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Asked | Self::Writing | Self::Watching => false,
            Self::Succeeded | Self::Refused(_) | Self::Failed(_) | Self::Unknown(_) => true,
        }
    }

    /// One word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Writing => "writing",
            Self::Watching => "watching",
            Self::Succeeded => "succeeded",
            Self::Refused(_) => "refused",
            Self::Failed(_) => "failed",
            Self::Unknown(_) => "UNKNOWN",
        }
    }

    /// Why it ended so; empty where there is nothing to say.
    pub fn why(&self) -> &str {
        match self {
            Self::Refused(why) | Self::Failed(why) | Self::Unknown(why) => why,
            Self::Asked | Self::Writing | Self::Watching | Self::Succeeded => "",
        }
    }
}
