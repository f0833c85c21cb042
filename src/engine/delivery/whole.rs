//! A live object, whole, kept as text.
//!
//! A driver holds two of them for as long as it drives, and needs what is in
//! them only when something is to be written: parsed they would be five times as large.

use super::deed::FENCE;
use serde_json::Value;
use std::sync::Arc;

/// An object as the server told it. Its values may be secrets: it prints its
/// size only.
#[derive(Clone)]
pub struct Whole {
    text: Arc<[u8]>,
    fence: Option<Arc<str>>,
}

impl Whole {
    /// The object `raw`, which was parsed from that text.
    pub fn new(text: Arc<[u8]>, raw: &Value) -> Self {
        Self { text, fence: raw.pointer(FENCE).and_then(Value::as_str).map(Arc::from) }
    }

    /// What the server told.
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// The same, parsed.
    pub fn value(&self) -> Value {
        // Nothing of an object can be found in what is no JSON; it was parsed before.
        serde_json::from_slice(&self.text).unwrap_or_default()
    }

    /// The fence label.
    pub fn fence(&self) -> Option<&str> {
        self.fence.as_deref()
    }
}

impl std::fmt::Debug for Whole {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Whole({} bytes)", self.text.len())
    }
}
