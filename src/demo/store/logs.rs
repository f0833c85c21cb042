//! Log lines of containers: a bounded ring for each container, and one for
//! the container it replaced (`--previous`).

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

/// Most lines kept for one container.
const MAX_LINES: usize = 2_000;
/// Longest line kept; the rest is cut, as a container runtime splits at 16 KiB.
const MAX_LINE: usize = 16 << 10;
/// Most bytes kept for one container.
const MAX_BYTES: usize = 256 << 10;

/// One line of a container's output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Grows by one with each line of this container; followers continue after it.
    pub seq: u64,
    /// When it was written, in simulated time.
    pub at: Timestamp,
    /// The text without its newline.
    pub text: Arc<str>,
}

#[derive(Debug, Default)]
pub(super) struct Ring {
    lines: VecDeque<LogLine>,
    bytes: usize,
    next: u64,
}

impl Ring {
    fn push(&mut self, at: Timestamp, line: &str) {
        let end = (0..=line.len().min(MAX_LINE)).rev().find(|i| line.is_char_boundary(*i)).unwrap_or(0);
        let text: Arc<str> = line.get(..end).unwrap_or_default().into();
        self.bytes += text.len();
        self.lines.push_back(LogLine { seq: self.next, at, text });
        self.next += 1;
        while self.lines.len() > MAX_LINES || self.bytes > MAX_BYTES {
            if let Some(old) = self.lines.pop_front() {
                self.bytes -= old.text.len();
            }
        }
    }
}

#[derive(Debug, Default)]
struct Container {
    current: Ring,
    previous: Option<Ring>,
}

#[derive(Debug, Default)]
pub(super) struct Logs {
    /// By `namespace/pod`, then by container.
    pods: HashMap<String, HashMap<String, Container>>,
    /// Wakes followers; the value counts lines of all containers.
    pub(super) written: watch::Sender<u64>,
}

fn key(ns: &str, pod: &str) -> String {
    format!("{ns}/{pod}")
}

impl Logs {
    pub(super) fn append(&mut self, ns: &str, pod: &str, container: &str, line: &str, at: Timestamp) {
        self.container(ns, pod, container).current.push(at, line);
        self.written.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// The container restarts: what it wrote so far becomes `--previous`.
    pub(super) fn rotate(&mut self, ns: &str, pod: &str, container: &str) {
        let c = self.container(ns, pod, container);
        // Sequence numbers go on, so a follower does not see old lines again.
        let fresh = Ring { next: c.current.next, ..Ring::default() };
        c.previous = Some(std::mem::replace(&mut c.current, fresh));
    }

    /// Lines from `from_seq` on, oldest first; None when the container never wrote (or, for
    /// `previous`, never restarted).
    pub(super) fn read(
        &self,
        ns: &str,
        pod: &str,
        container: &str,
        previous: bool,
        from_seq: u64,
    ) -> Option<Vec<LogLine>> {
        let c = self.pods.get(&key(ns, pod))?.get(container)?;
        let ring = if previous { c.previous.as_ref()? } else { &c.current };
        Some(ring.lines.iter().filter(|l| l.seq >= from_seq).cloned().collect())
    }

    /// The pod is gone; followers wake and end.
    pub(super) fn forget(&mut self, ns: &str, pod: &str) {
        self.pods.remove(&key(ns, pod));
        self.written.send_modify(|n| *n = n.wrapping_add(1));
    }

    fn container(&mut self, ns: &str, pod: &str, container: &str) -> &mut Container {
        self.pods.entry(key(ns, pod)).or_default().entry(container.to_owned()).or_default()
    }
}
