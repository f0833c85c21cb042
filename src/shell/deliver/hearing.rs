//! Hearing of the records driven here: one watch for all drivers of a scope,
//! open for as long as there is one of them.
//!
//! A watch of each record is a connection each, of 60 KB here and a task there:
//! an engine may drive two hundred.

use super::bell::Bell;
use crate::cluster::{Cluster, Head};
use crate::domain::{Kind, Namespace, ObjectKey};
use crate::engine::record::names;
use crate::shell::Tasks;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio_util::sync::CancellationToken;

/// The watches of a process. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Hearing(Arc<Mutex<Vec<Watch>>>);

#[derive(Debug)]
struct Watch {
    cluster: Cluster,
    scope: Namespace,
    bells: BTreeMap<ObjectKey, Bell>,
    stop: CancellationToken,
}

impl Watch {
    fn is(&self, cluster: &Cluster, scope: &Namespace) -> bool {
        self.cluster.is(cluster) && self.scope == *scope
    }
}

/// A bell that is rung by a watch, until this is dropped.
pub(super) struct Hung {
    hearing: Hearing,
    cluster: Cluster,
    scope: Namespace,
    record: ObjectKey,
    bell: Bell,
}

impl Hearing {
    fn lock(&self) -> MutexGuard<'_, Vec<Watch>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells `bell` every version of `record` the watch of that scope shows
    /// from now on. What was there before is for its driver to read.
    pub(super) fn hang(
        &self,
        tasks: &Tasks,
        (cluster, scope): (&Cluster, Namespace),
        record: ObjectKey,
        bell: Bell,
    ) -> Hung {
        let mut watches = self.lock();
        if let Some(open) = watches.iter_mut().find(|watch| watch.is(cluster, &scope)) {
            open.bells.insert(record.clone(), bell.clone());
        } else {
            let stop = tasks.spawn(format!("hear of records in {scope:?}"), {
                let (this, cluster, scope) = (self.clone(), cluster.clone(), scope.clone());
                async move {
                    let heard = |head| this.heard(&cluster, &scope, head);
                    match cluster.hear(Kind::ConfigMap, &scope, names::RUNNING, heard).await {}
                }
            });
            let bells = BTreeMap::from([(record.clone(), bell.clone())]);
            watches.push(Watch { cluster: cluster.clone(), scope: scope.clone(), bells, stop });
        }
        drop(watches);
        Hung { hearing: self.clone(), cluster: cluster.clone(), scope, record, bell }
    }

    fn heard(&self, cluster: &Cluster, scope: &Namespace, head: Head) {
        let watches = self.lock();
        let open = watches.iter().find(|watch| watch.is(cluster, scope));
        if let Some(bell) = open.and_then(|watch| watch.bells.get(&head.key)) {
            bell.heard(head.version);
        }
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        let mut watches = self.hearing.lock();
        let Some(at) = watches.iter().position(|watch| watch.is(&self.cluster, &self.scope)) else { return };
        let Some(watch) = watches.get_mut(at) else { return };
        // Who came back to drive the same record has hung another one.
        if watch.bells.get(&self.record).is_some_and(|bell| bell.is(&self.bell)) {
            watch.bells.remove(&self.record);
        }
        if watch.bells.is_empty() {
            watches.swap_remove(at).stop.cancel();
        }
    }
}
