//! A write, complete and exact, before it is sent.

use super::digest::sha256_of;
use super::{Fault, ResourceVersion, Target, Uid};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

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
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "how", content = "body")]
pub enum How {
    /// It is changed by the steps, in one JSON Patch.
    #[default]
    Patch,
    /// It is deleted; the server itself tests the uid.
    Delete,
    /// It is evicted: deleted, unless a disruption budget forbids that now.
    Evict,
    /// This object is created: the target itself ([`Mutation::makes_target`]),
    /// or another one on the target's behalf, like the Job of a CronJob.
    Create(Value),
}

impl fmt::Debug for How {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The body may hold values of the environment.
        f.write_str(self.word())
    }
}

impl How {
    /// `change`, `delete`, `evict`, `create`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Patch => "change",
            Self::Delete => "delete",
            Self::Evict => "evict",
            Self::Create(_) => "create",
        }
    }

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
    /// Tests first, then changes. What is no patch has only the test of the
    /// uid; what makes its target has not even that.
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

    /// Makes the target, which has no uid yet. Creating is its own lock: of
    /// two who try, one is told that it is there already.
    pub fn create(target: Target, body: Value) -> Self {
        let target = Target { uid: Uid::default(), ..target };
        Self { target, ops: Vec::new(), how: How::Create(body) }
    }

    /// Removes the object with the target's uid, and no other of its name.
    pub fn delete(target: Target) -> Self {
        let ops = vec![JsonOp::test("/metadata/uid", target.uid.as_str())];
        Self { target, ops, how: How::Delete }
    }

    /// Whether the target is not there yet, and is what this creates.
    pub fn makes_target(&self) -> bool {
        matches!(self.how, How::Create(_)) && self.target.uid.is_empty()
    }

    /// Whether the object is gone afterwards.
    pub fn takes_away(&self) -> bool {
        matches!(self.how, How::Delete | How::Evict)
    }

    /// SHA-256 of everything it will send, in hex: what was confirmed is what
    /// is sent.
    pub fn digest(&self) -> String {
        sha256_of(self)
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

/// Makes one change below `parent`; none if it cannot be made there.
#[cfg(test)]
fn changed(parent: &mut Value, key: &str, op: &JsonOp) -> Option<()> {
    match (parent, op) {
        (_, JsonOp::Test { .. }) => {}
        (Value::Array(list), JsonOp::Add { value, .. }) => {
            let at = key.parse().ok().filter(|at| *at <= list.len())?;
            list.insert(at, value.clone());
        }
        (Value::Array(list), JsonOp::Replace { value, .. }) => {
            *list.get_mut(key.parse::<usize>().ok()?)? = value.clone();
        }
        (Value::Array(list), JsonOp::Remove { .. }) => {
            let at = key.parse().ok().filter(|at| *at < list.len())?;
            list.remove(at);
        }
        (parent, JsonOp::Add { value, .. } | JsonOp::Replace { value, .. }) => {
            parent.as_object_mut()?.insert(key.to_owned(), value.clone());
        }
        (parent, JsonOp::Remove { .. }) => {
            parent.as_object_mut()?.remove(key)?;
        }
    }
    Some(())
}

/// What an API server would make of a patch: every test, if it `tests`, then
/// every change; for servers in tests.
///
/// # Errors
/// The path that does not hold, or is not there.
#[cfg(test)]
pub(crate) fn patched(object: &Value, ops: &[JsonOp], tests: bool) -> Result<Value, String> {
    let mut object = object.clone();
    for op in ops {
        let (JsonOp::Test { path, .. }
        | JsonOp::Add { path, .. }
        | JsonOp::Replace { path, .. }
        | JsonOp::Remove { path }) = op;
        if let JsonOp::Test { value, .. } = op {
            if tests && object.pointer(path).unwrap_or(&Value::Null) != value {
                return Err(path.clone());
            }
            continue;
        }
        let (parent, key) = path.rsplit_once('/').unwrap();
        let key = key.replace("~1", "/");
        let parent = object.pointer_mut(parent).ok_or_else(|| path.clone())?;
        changed(parent, &key, op).ok_or_else(|| path.clone())?;
    }
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::super::{Kind, ObjectKey};
    use super::*;
    use serde_json::json;

    #[test]
    fn a_new_object_is_named_but_never_shown() {
        let target = Target {
            context: "prod".into(),
            cluster: "https://one".into(),
            key: ObjectKey::new(Kind::Deployment, "shop", "checkout-canary"),
            uid: "of-stable".into(),
            resource_version: "1".into(),
        };
        let write = Mutation::create(target, json!({"env": "hunter2"}));
        let shown = format!("{write:?}");
        assert!(write.makes_target(), "the uid of what it was derived from does not stay");
        assert!(shown.contains("create") && shown.contains("checkout-canary"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
