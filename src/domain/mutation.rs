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

/// One write to one object. All writes are JSON Patches, because their `test`
/// steps let the API server itself refuse the wrong object or a moved value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mutation {
    /// The object, frozen.
    pub target: Target,
    /// Tests first, then changes.
    pub ops: Vec<JsonOp>,
}

impl Mutation {
    /// SHA-256 of target and steps, in hex: what was confirmed is what is sent.
    pub fn digest(&self) -> String {
        use std::fmt::Write as _;
        let bytes = serde_json::to_vec(self).unwrap_or_default();
        Sha256::digest(&bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
            let _infallible = write!(hex, "{byte:02x}");
            hex
        })
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
