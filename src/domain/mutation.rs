//! A write, complete and exact, before it is sent.

use super::{Fault, ResourceVersion, Target};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// One step of a JSON Patch (RFC 6902).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum JsonOp {
    /// The whole patch fails unless the value at `path` is `value`.
    Test {
        /// JSON pointer.
        path: String,
        /// The value it must have.
        value: Value,
    },
    /// Sets the value at `path`, present or not.
    Add {
        /// JSON pointer.
        path: String,
        /// The new value.
        value: Value,
    },
    /// Replaces the value at `path`, which must be present.
    Replace {
        /// JSON pointer.
        path: String,
        /// The new value.
        value: Value,
    },
    /// Takes the value at `path` away; it must be present.
    Remove {
        /// JSON pointer.
        path: String,
    },
}

impl JsonOp {
    /// A test.
    pub fn test(path: &str, value: impl Into<Value>) -> Self {
        Self::Test { path: path.to_owned(), value: value.into() }
    }

    /// An addition.
    pub fn add(path: &str, value: impl Into<Value>) -> Self {
        Self::Add { path: path.to_owned(), value: value.into() }
    }

    /// A replacement.
    pub fn replace(path: &str, value: impl Into<Value>) -> Self {
        Self::Replace { path: path.to_owned(), value: value.into() }
    }
}

/// What is done to the object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how", content = "body")]
pub enum How {
    /// It is changed by the steps, in one JSON Patch.
    #[default]
    Patch,
    /// It is deleted; the server itself tests the uid.
    Delete,
    /// It is evicted: deleted, unless a disruption budget forbids that now.
    Evict,
    /// Another object, this one, is created on its behalf: the Job of a CronJob.
    Create(Value),
}

impl How {
    fn is_patch(&self) -> bool {
        *self == Self::Patch
    }
}

/// One write to one object. Changes are JSON Patches, because their `test`
/// steps let the API server itself refuse the wrong object or a moved value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// The object, frozen.
    pub target: Target,
    /// Tests first, then changes. What is no patch has only the test of the uid.
    pub ops: Vec<JsonOp>,
    /// What is done.
    #[serde(flatten, skip_serializing_if = "How::is_patch")]
    pub how: How,
}

impl Mutation {
    /// A change by these steps.
    pub fn patch(target: Target, ops: Vec<JsonOp>) -> Self {
        Self { target, ops, how: How::Patch }
    }

    /// Whether the object is gone afterwards.
    pub fn takes_away(&self) -> bool {
        matches!(self.how, How::Delete | How::Evict)
    }

    /// SHA-256 of target and steps, in hex: what was confirmed is what is sent.
    pub fn digest(&self) -> String {
        digest(self)
    }
}

/// SHA-256 of a value as JSON, in hex.
fn digest(value: &impl Serialize) -> String {
    use std::fmt::Write as _;
    let bytes = serde_json::to_vec(value).unwrap_or_default();
    Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

/// A new object. Creating is its own lock: of two who try, one is told that
/// it is there already.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Creation {
    /// What it will be called and where; its uid is empty.
    pub target: Target,
    /// The whole object.
    pub body: Value,
}

impl std::fmt::Debug for Creation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The body may hold values of the environment.
        write!(f, "Creation({})", self.target.key)
    }
}

/// Any write, with what the gate has to know of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "write", rename_all = "kebab-case")]
pub enum Write {
    /// Changes an object.
    Patch(Mutation),
    /// Makes one.
    Create(Creation),
    /// Removes the one with the target's uid, and no other of its name.
    Delete {
        /// The object, frozen.
        target: Target,
    },
}

impl Write {
    /// The object it is about.
    pub fn target(&self) -> &Target {
        match self {
            Self::Patch(mutation) => &mutation.target,
            Self::Create(creation) => &creation.target,
            Self::Delete { target } => target,
        }
    }

    /// SHA-256 of everything it will send, in hex. Of a patch it is the
    /// mutation's own.
    pub fn digest(&self) -> String {
        match self {
            Self::Patch(mutation) => mutation.digest(),
            Self::Create(_) | Self::Delete { .. } => digest(self),
        }
    }
}

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome {
    /// The server did it.
    Applied {
        /// The object's version after.
        resource_version: ResourceVersion,
        /// The object's generation after: what the controller has to observe.
        generation: i64,
    },
    /// The server did not do it, for certain.
    Refused(Fault),
    /// The request left and no answer came: it may or may not have happened.
    /// Never repeated; read back instead.
    Unknown(Fault),
}
