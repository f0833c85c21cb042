//! The environment, read once.

use std::env::var;

/// What the environment says besides the `QD_*` variables, which clap reads.
#[derive(Clone, Debug, Default)]
pub(super) struct Env {
    /// The login name; empty if nobody says.
    pub(super) user: String,
    /// `KUBECONFIG`: a list of paths.
    pub(super) kubeconfig: Option<String>,
    /// Whether colours are unwanted: <https://no-color.org>.
    pub(super) no_color: bool,
    /// Whether the terminal can do nothing.
    pub(super) dumb: bool,
    /// For tests of the way out: the view panics after this many frames. Read
    /// in debug builds only.
    pub(super) panic_after: Option<u32>,
}

impl Env {
    /// Reads it.
    pub(super) fn read() -> Self {
        let set = |name| var(name).ok().filter(|value| !value.is_empty());
        Self {
            user: set("USER").or_else(|| set("LOGNAME")).unwrap_or_default(),
            kubeconfig: set("KUBECONFIG"),
            no_color: set("NO_COLOR").is_some(),
            dumb: set("TERM").is_some_and(|term| term == "dumb"),
            panic_after: if cfg!(debug_assertions) {
                set("QD_TEST_PANIC_AFTER_FRAMES").and_then(|frames| frames.parse().ok())
            } else {
                None
            },
        }
    }
}
