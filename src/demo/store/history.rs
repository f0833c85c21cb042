//! The last changes, in order: what watches and controllers follow.
//!
//! There is one ring for everybody and no queue per watcher, so a watcher
//! that does not read costs nothing; one that falls behind the ring is told
//! [`Expired`] and has to list again, as with a compacted etcd.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Object;

/// Most changes kept. At 5,000 changes a second a watcher may sleep three seconds.
const MAX_CHANGES: usize = 16_384;
/// Most bytes kept, whichever limit is reached first.
const MAX_BYTES: usize = 24 << 20;
/// Most changes handed out at once.
pub(super) const BATCH: usize = 512;

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was created.
    Added,
    /// It was changed.
    Modified,
    /// It is gone; the object is its last state, with the version of the deletion.
    Deleted,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The resource version the change made; each change has its own.
    pub rv: u64,
    /// What happened.
    pub kind: ChangeKind,
    /// Storage key of the resource, such as `pods`.
    pub resource: Arc<str>,
    /// The object after the change.
    pub object: Arc<Object>,
    /// The object before the change, absent for Added: a selector may have matched it.
    pub before: Option<Arc<Object>>,
}

/// The wanted changes are no longer kept: list again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too old resource version: {requested} ({oldest})")]
pub struct Expired {
    /// The version asked for.
    pub requested: u64,
    /// The oldest version that still can be followed.
    pub oldest: u64,
}

#[derive(Debug, Default)]
pub(super) struct History {
    ring: VecDeque<Change>,
    bytes: usize,
    /// Version of the newest change that was dropped.
    compacted: u64,
    /// Smaller limit, for tests of what happens beyond it.
    limit: Option<usize>,
}

impl History {
    pub(super) fn push(&mut self, change: Change) {
        self.bytes += change.object.size();
        self.ring.push_back(change);
        let most = self.limit.unwrap_or(MAX_CHANGES);
        while self.ring.len() > most || (self.bytes > MAX_BYTES && self.ring.len() > 1) {
            if let Some(old) = self.ring.pop_front() {
                self.bytes -= old.object.size();
                self.compacted = old.rv;
            }
        }
    }

    /// Forgets everything up to now.
    pub(super) fn forget(&mut self) {
        if let Some(last) = self.ring.back() {
            self.compacted = last.rv;
        }
        self.ring.clear();
        self.bytes = 0;
    }

    /// Forgets everything up to now, and from now on keeps at most `keep` changes.
    pub(super) fn compact(&mut self, keep: usize) {
        self.limit = Some(keep.clamp(1, MAX_CHANGES));
        while self.ring.len() > keep {
            if let Some(old) = self.ring.pop_front() {
                self.bytes -= old.object.size();
                self.compacted = old.rv;
            }
        }
    }

    /// Up to [`BATCH`] changes after `rv`.
    pub(super) fn after(&self, rv: u64) -> Result<Vec<Change>, Expired> {
        Ok(self.since(rv)?.take(BATCH).cloned().collect())
    }

    /// All changes after `rv`, oldest first.
    pub(super) fn since(&self, rv: u64) -> Result<impl Iterator<Item = &Change>, Expired> {
        if rv < self.compacted {
            return Err(Expired { requested: rv, oldest: self.compacted });
        }
        let at = self.ring.partition_point(|c| c.rv <= rv);
        Ok(self.ring.iter().skip(at))
    }

    pub(super) fn compacted(&self) -> u64 {
        self.compacted
    }
}
