//! What a controller decides, as data: the manager carries it out.

use jiff::Timestamp;
use serde_json::Value;

use super::key::Key;

/// One step a controller wants taken. A batch is carried out in order and
/// stops at the first `Create` the API refuses: what follows was decided in
/// the belief that the object exists.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Create `body`; a refusal is remembered for the reconciled object.
    Create {
        /// Resource of the new object.
        resource: &'static str,
        /// The object, with its metadata.
        body: Value,
    },
    /// Merge `patch` (RFC 7386) into the object.
    Patch {
        /// The object.
        key: Key,
        /// The merge patch.
        patch: Value,
    },
    /// Replace `.status`.
    Status {
        /// The object.
        key: Key,
        /// The whole new status.
        status: Value,
    },
    /// Delete the object, if it is still the same one.
    Delete {
        /// The object.
        key: Key,
        /// Its identity; a newer namesake is left alone.
        uid: String,
        /// Grace in seconds; `None` leaves it to the object.
        grace: Option<i64>,
    },
    /// Tell people.
    Note(Note),
    /// A line of a container's output.
    Log {
        /// The pod.
        pod: Key,
        /// Its container.
        container: String,
        /// The line, without its newline.
        line: String,
        /// When it was written.
        at: Timestamp,
    },
    /// A container restarts: its log so far becomes the previous one.
    RotateLog {
        /// The pod.
        pod: Key,
        /// Its container.
        container: String,
    },
    /// Look at `key` again at `at`, even if nothing happens before.
    Wake {
        /// The object.
        key: Key,
        /// Simulated time.
        at: Timestamp,
    },
}

/// An Event to record about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub about: Key,
    /// Its identity.
    pub uid: String,
    /// `spec.containers{app}` for container events, else empty.
    pub field_path: String,
    /// Whether it is a warning.
    pub warning: bool,
    /// CamelCase reason.
    pub reason: &'static str,
    /// Sentence for people.
    pub message: String,
    /// Component that says so.
    pub from: &'static str,
    /// How often it happened since it was last told.
    pub times: u32,
}

impl Note {
    /// A normal event.
    pub fn normal(about: &Key, uid: &str, from: &'static str, reason: &'static str, message: String) -> Self {
        Self {
            about: about.clone(),
            uid: uid.to_owned(),
            field_path: String::new(),
            warning: false,
            reason,
            message,
            from,
            times: 1,
        }
    }

    /// A warning.
    pub fn warning(
        about: &Key,
        uid: &str,
        from: &'static str,
        reason: &'static str,
        message: String,
    ) -> Self {
        Self { warning: true, ..Self::normal(about, uid, from, reason, message) }
    }
}

/// A refused `Create`, kept until it is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whether the name was taken (409 AlreadyExists).
    pub exists: bool,
    /// The API server's sentence.
    pub message: String,
    /// Not to be tried again before.
    pub retry_at: Timestamp,
    /// Whether the controller has not yet told anybody.
    pub fresh: bool,
    /// How often in a row it was refused; doubles the wait.
    pub attempts: u32,
}
