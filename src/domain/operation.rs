//! An action a person asked for.

use super::{Actor, JsonOp, Kind, Lock, Name, Now, ObjectKey, OperationId, RevisionNumber, Target, Uid};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What is to be done to a workload or pod.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Suspend rolling out; of a CronJob, its schedule.
    Pause,
    /// Let rolling out, or the schedule, go on.
    Resume,
    /// Give a container another image.
    SetImage {
        /// Which container.
        container: String,
        /// The image, as it is to be written.
        image: String,
    },
    /// Delete a pod or Job.
    Delete,
    /// Delete a pod, unless a disruption budget forbids it now.
    Evict,
    /// Start a Job from a CronJob now.
    RunNow {
        /// What the Job is to be called.
        job: Name,
    },
    /// Let nobody deliver to it, and say why.
    Lock {
        /// What others must know.
        message: String,
    },
    /// Take such a lock away.
    Unlock {
        /// The lock that was seen, and no other: identity of its ConfigMap.
        lock: Uid,
        /// What it said, to lock again.
        message: String,
    },
    /// Apply what a person wrote in an editor.
    Edit {
        /// The steps from what was read to what was written. Never kept in a
        /// record: the text may hold secrets.
        #[serde(skip)]
        ops: Vec<JsonOp>,
    },
}

impl Verb {
    /// `rollback`, as on the command line and in the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Rollback { .. } => "rollback",
            Self::Restart => "restart",
            Self::Scale { .. } => "scale",
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::SetImage { .. } => "set-image",
            Self::Delete => "delete",
            Self::Evict => "evict",
            Self::RunNow { .. } => "run-now",
            Self::Lock { .. } => "lock",
            Self::Unlock { .. } => "unlock",
            Self::Edit { .. } => "edit",
        }
    }

    /// The verb with its argument: `scale to 5`.
    pub fn phrase(&self) -> String {
        match self {
            Self::Rollback { to } => format!("roll back to revision {to}"),
            Self::Scale { to } => format!("scale to {to}"),
            Self::SetImage { container, image } => format!("set image of {container} to {image}"),
            Self::RunNow { job } => format!("run now as {job}"),
            Self::Lock { message } => format!("lock: {message}"),
            Self::Restart
            | Self::Pause
            | Self::Resume
            | Self::Delete
            | Self::Evict
            | Self::Unlock { .. }
            | Self::Edit { .. } => self.name().to_owned(),
        }
    }

    /// Starts a Job from the CronJob called `cron_job`: under a name that is its
    /// own and the second's, within the 63 characters a Job may have.
    pub fn run_now(cron_job: &Name, now: Now) -> Self {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        let mut seconds = now.wall.as_second().unsigned_abs();
        let mut digits = Vec::new();
        while seconds > 0 {
            digits.push(char::from(DIGITS[usize::try_from(seconds % 36).unwrap_or(0)]));
            seconds /= 36;
        }
        let stamp: String = digits.iter().rev().collect();
        let stem: String = cron_job.as_str().chars().take(62 - stamp.len()).collect();
        Self::RunNow { job: Name::from(format!("{stem}-{stamp}")) }
    }

    /// Whether it must not wait for anything else that is going on: users may
    /// be broken until it is done, or it is there to keep others from beginning
    /// more. Two of the same are harmless, because the second one finds nothing
    /// to change.
    pub fn is_emergency(&self) -> bool {
        matches!(self, Self::Rollback { .. } | Self::Lock { .. } | Self::Unlock { .. })
    }

    /// Whether it is done by the write itself: nothing is watched to a state.
    pub fn ends_with_the_write(&self) -> bool {
        matches!(self, Self::RunNow { .. } | Self::Lock { .. } | Self::Unlock { .. })
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
    /// What would take it back, from the values before it; none if nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Verb>>,
}

impl Order {
    /// The object whose state tells how it went: the target, or what it creates or takes away.
    pub fn watched(&self) -> ObjectKey {
        match &self.verb {
            Verb::RunNow { job } => ObjectKey::new(Kind::Job, self.target.key.namespace.clone(), job.clone()),
            Verb::Lock { .. } | Verb::Unlock { .. } => Lock::key(&self.target.key),
            Verb::Rollback { .. }
            | Verb::Restart
            | Verb::Scale { .. }
            | Verb::Pause
            | Verb::Resume
            | Verb::SetImage { .. }
            | Verb::Delete
            | Verb::Evict
            | Verb::Edit { .. } => self.target.key.clone(),
        }
    }
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
