//! Other programs the terminal is lent to.

use crate::domain::{ContextName, JsonOp, ObjectKey, Target};
use std::path::PathBuf;

/// What the terminal is lent to; the console is back when it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outside {
    /// k9s on the kind of the selected object, in its context and namespace.
    K9s {
        /// In which context, named explicitly.
        context: ContextName,
        /// What was selected.
        object: ObjectKey,
        /// Whether it may write there as well.
        may_write: bool,
    },
    /// A shell in a container of a pod.
    Shell {
        /// The pod.
        pod: ObjectKey,
        /// The container; none for the only or first one.
        container: Option<String>,
    },
    /// The exec plugin of a context, to log in.
    Login {
        /// Which context; empty for the current one of the kubeconfig.
        context: ContextName,
    },
    /// An editor on an object.
    Edit {
        /// Which one, frozen.
        target: Target,
    },
}

/// What came out of an editor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// The object that was edited.
    pub target: Target,
    /// The steps from what was read to what was written; empty if nothing changed.
    pub ops: Vec<JsonOp>,
    /// Where the text is kept, should the server refuse it.
    pub file: PathBuf,
}
