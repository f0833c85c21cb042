//! What a container will do once it runs: data, taken from the scenario.

use jiff::Timestamp;

use super::spec::ContainerSpec;
use crate::demo::controllers::key::Key;

/// The future of one container. Seconds are simulated.
#[derive(Clone, Debug, PartialEq)]
pub struct Behaviour {
    /// Seconds a first pull on a node takes.
    pub pull_s: f64,
    /// Size of the image in bytes, as the pull event tells it.
    pub image_bytes: u64,
    /// Why the image cannot be pulled, if so: the registry's sentence.
    pub pull_error: Option<String>,
    /// Seconds from the start of the process until it answers its probes.
    pub ready_after_s: f64,
    /// What the readiness probe gets for ever, if it never passes.
    pub unready: Option<String>,
    /// How it ends by itself, if it does.
    pub end: Option<End>,
    /// Lines it writes when it starts.
    pub start_lines: Vec<String>,
    /// Lines it writes when it is told to go.
    pub stop_lines: Vec<String>,
    /// Seconds it takes to stop after SIGTERM.
    pub stop_s: f64,
}

/// How a container ends.
#[derive(Clone, Debug, PartialEq)]
pub struct End {
    /// Seconds after its start.
    pub after_s: f64,
    /// Exit code; 0 is success.
    pub exit_code: i32,
    /// `Error`, `Completed`, `OOMKilled`.
    pub reason: &'static str,
    /// Its last lines, the cause among them.
    pub last_lines: Vec<String>,
}

impl Behaviour {
    /// A container of no account: it starts soon and runs for ever.
    pub(super) const PLAIN: Self = Self {
        pull_s: 2.0,
        image_bytes: 48_211_934,
        pull_error: None,
        ready_after_s: 2.0,
        unready: None,
        end: None,
        start_lines: Vec::new(),
        stop_lines: Vec::new(),
        stop_s: 1.5,
    };

    /// Whether nothing more of it will happen to a container that has started.
    pub(super) fn is_over(&self) -> bool {
        self.end.is_none() && self.unready.is_none()
    }
}

impl Default for Behaviour {
    fn default() -> Self {
        Self::PLAIN
    }
}

/// Who knows what containers do: asked when a container starts, so that a
/// changed environment or scenario counts from the next restart on.
pub type Casting = Box<dyn FnMut(&Cast<'_>) -> Behaviour + Send>;

/// What the answer may depend on.
#[derive(Clone, Copy, Debug)]
pub struct Cast<'a> {
    /// The pod.
    pub pod: &'a Key,
    /// Its container.
    pub container: &'a ContainerSpec,
    /// Kind of what controls the pod: `ReplicaSet`, `Job`, or empty.
    pub controller: &'a str,
    /// How often it restarted.
    pub restarts: u32,
    /// Now.
    pub now: Timestamp,
}
