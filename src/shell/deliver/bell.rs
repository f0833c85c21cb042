//! What wakes a driver between two turns: somebody has asked for something.
//!
//! In this process it is rung; what other processes do is heard from a watch
//! of the records, whose every version but the driver's own rings. Without a watch
//! (no right to it, a broken connection) a request waits for the next turn.

use crate::domain::ResourceVersion;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Versions remembered on each side: many more than are stored in one turn.
const MOST: usize = 32;

/// Rung when the record may hold something new. Clones are one bell.
#[derive(Clone, Debug, Default)]
pub(super) struct Bell(Arc<Inside>);

#[derive(Debug, Default)]
struct Inside {
    state: Mutex<State>,
    notify: Notify,
}

#[derive(Debug, Default)]
struct State {
    rung: bool,
    heard: VecDeque<ResourceVersion>,
    known: VecDeque<ResourceVersion>,
}

impl Bell {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether both are one bell.
    pub(super) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// There is something new for sure.
    pub(super) fn ring(&self) {
        self.lock().rung = true;
        self.0.notify.notify_one();
    }

    /// The watch shows this version.
    pub(super) fn heard(&self, version: ResourceVersion) {
        push(&mut self.lock().heard, version);
        self.0.notify.notify_one();
    }

    /// The driver has read or stored this version.
    pub(super) fn knows(&self, version: &ResourceVersion) {
        let mut state = self.lock();
        if state.known.back() != Some(version) {
            push(&mut state.known, version.clone());
        }
    }

    /// Waits until there is something the driver does not know.
    pub(super) async fn rings(&self) {
        while !self.has_rung() {
            self.0.notify.notified().await;
        }
    }

    fn has_rung(&self) -> bool {
        let mut state = self.lock();
        let heard = std::mem::take(&mut state.heard);
        let news = heard.iter().any(|version| !state.known.contains(version));
        std::mem::take(&mut state.rung) || news
    }
}

fn push(versions: &mut VecDeque<ResourceVersion>, version: ResourceVersion) {
    if versions.len() == MOST {
        versions.pop_front();
    }
    versions.push_back(version);
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt as _;

    #[test]
    fn it_rings_for_what_the_driver_does_not_know() {
        let bell = Bell::default();
        let rings = || bell.rings().now_or_never().is_some();
        assert!(!rings());
        bell.ring();
        assert!(rings() && !rings(), "once");
        // News of its own write may come before the answer to it does.
        bell.heard("7".into());
        bell.knows(&"7".into());
        assert!(!rings());
        bell.heard("7".into());
        bell.heard("8".into());
        assert!(rings() && !rings());
        (0..100).for_each(|n| bell.knows(&n.to_string().as_str().into()));
        bell.heard("99".into());
        assert!(!rings());
    }
}
