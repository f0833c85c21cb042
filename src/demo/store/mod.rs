//! The object store: what etcd and the registry are to a real API server.
//!
//! Writers are serialized by one lock and work on a private copy; readers and
//! watchers take another lock only to clone `Arc`s, so a list of 10,000 pods
//! holds nobody up. A write is published as one [`Change`] with its own
//! resource version. Deliberately absent: disk (a demo ends with its process)
//! and authorization (the API's business).

mod create;
mod delete;
mod family;
mod history;
mod logs;
mod meta;
mod object;
mod tables;
#[cfg(test)]
mod tests;
mod text;
mod update;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use serde_json::Value;
use tokio::sync::watch;

use super::clock::SimClock;
use super::kinds::{self, Resource};
use super::status::{ApiError, Gr};
pub use delete::{DeleteOptions, Deleted, Propagation};
pub use history::{Change, ChangeKind, Expired};
pub use logs::LogLine;
pub use object::Object;
pub(crate) use object::set_type;
use tables::Tables;

/// The resources served now; replaced as a whole when a CRD changes.
pub type Registry = Arc<Vec<Arc<Resource>>>;

/// Handle of the store; clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    clock: SimClock,
    /// Serializes writers; held while a closure of a caller runs.
    writer: Mutex<Writer>,
    /// The published state; held only to look up and to swap.
    tables: Mutex<Tables>,
    /// What objects share; held only while one is frozen.
    families: Mutex<family::Families>,
    logs: Mutex<logs::Logs>,
    registry: RwLock<Registry>,
    /// The newest resource version, to wake watchers.
    version: watch::Sender<u64>,
}

/// What only a writer may touch.
#[derive(Debug)]
struct Writer {
    rng: fastrand::Rng,
}

/// Poisoning cannot leave half a write behind: publishing is one call under the lock.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Store {
    /// An empty store. Uids and generated names follow from `seed`.
    pub fn new(clock: SimClock, seed: u64) -> Self {
        let shared = Shared {
            clock,
            writer: Mutex::new(Writer { rng: fastrand::Rng::with_seed(seed) }),
            tables: Mutex::new(Tables::default()),
            families: Mutex::new(family::Families::default()),
            logs: Mutex::new(logs::Logs::default()),
            registry: RwLock::new(Arc::new(kinds::builtin())),
            version: watch::Sender::new(1),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The clock its timestamps come from.
    pub fn clock(&self) -> &SimClock {
        &self.shared.clock
    }

    /// The newest resource version.
    pub fn version(&self) -> u64 {
        *self.shared.version.borrow()
    }

    /// One object by storage key (`pods`, or `plural.group` for custom resources); `ns` is empty
    /// for cluster-scoped ones.
    pub fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Arc<Object>> {
        self.tables().get(resource, ns, name)
    }

    /// All objects of a resource, sorted by namespace and name, and the version of the list.
    pub fn list(&self, resource: &str, ns: Option<&str>) -> (Vec<Arc<Object>>, u64) {
        let tables = self.tables();
        (tables.list(resource, ns), tables.rv())
    }

    /// The objects as they were at version `rv`, as long as the changes since are kept.
    ///
    /// # Errors
    /// [`Expired`] when they are not.
    pub fn list_at(&self, resource: &str, ns: Option<&str>, rv: u64) -> Result<Vec<Arc<Object>>, Expired> {
        self.tables().list_at(resource, ns, rv)
    }

    /// Follows all changes after `from_rv` (of a list, or [`Store::version`]).
    pub fn changes(&self, from_rv: u64) -> Changes {
        Changes { store: self.clone(), cursor: from_rv, version: self.shared.version.subscribe() }
    }

    /// Forgets all changes so far and keeps at most `keep` from now on: makes 410 easy to reach in tests.
    pub fn compact(&self, keep: usize) {
        self.tables().history.compact(keep);
    }

    /// Forgets all changes so far: whoever wants to start before now has to list.
    pub fn forget_past(&self) {
        self.tables().history.forget();
    }

    /// Oldest version a watch can start from.
    pub fn oldest(&self) -> u64 {
        self.tables().history.compacted()
    }

    /// The resources served now.
    pub fn registry(&self) -> Registry {
        self.shared.registry.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The resource that owns a storage key.
    pub fn resource(&self, storage: &str) -> Option<Arc<Resource>> {
        self.registry().iter().find(|r| *r.storage == *storage).cloned()
    }

    /// Serves more resources than the built-in ones and those of definitions.
    pub fn serve(&self, more: Vec<Arc<Resource>>) {
        let _writer = lock(&self.shared.writer);
        let rows = self.registry().iter().cloned().chain(more).collect();
        self.set_registry(Arc::new(rows));
    }

    pub(super) fn set_registry(&self, registry: Registry) {
        *self.shared.registry.write().unwrap_or_else(PoisonError::into_inner) = registry;
    }

    /// Creates an object: fills kind, uid, creationTimestamp, generation and a name from
    /// `generateName`, applies the defaults of its kind, and publishes it.
    ///
    /// # Errors
    /// 404 for an unknown resource or a namespace that does not exist, 403 in a namespace that is
    /// being deleted, 409 when the name is taken, 400 or 422 when there is no usable name.
    pub fn create(&self, resource: &str, ns: &str, obj: Value) -> Result<Arc<Object>, ApiError> {
        let resource = self.resource(resource).ok_or_else(ApiError::no_such_path)?;
        self.create_as(&resource, ns, obj, false)
    }

    /// Changes an object in place. Identity (name, uid, creation time) cannot be changed; a
    /// changed spec raises the generation; no change makes no new version. Removing the last
    /// finalizer of an object that is being deleted removes it.
    ///
    /// The closure may read the store; it must not write to it.
    ///
    /// # Errors
    /// 404 when there is no such object.
    pub fn modify(
        &self,
        resource: &str,
        ns: &str,
        name: &str,
        f: impl FnOnce(&mut Value),
    ) -> Result<Arc<Object>, ApiError> {
        let resource = self.resource(resource).ok_or_else(ApiError::no_such_path)?;
        let change = |value: &mut Value| {
            f(value);
            Ok(())
        };
        self.update_as(&resource, ns, name, false, change)
    }

    /// A name as a create with `generateName` makes it.
    pub fn generate_name(&self, prefix: &str) -> String {
        meta::generated_name(prefix, &mut lock(&self.shared.writer).rng)
    }

    /// Appends a line to a container's log.
    pub fn append_log(&self, ns: &str, pod: &str, container: &str, line: &str, at: jiff::Timestamp) {
        lock(&self.shared.logs).append(ns, pod, container, line, at);
    }

    /// The container restarts: what it wrote so far is what `--previous` shows.
    pub fn rotate_log(&self, ns: &str, pod: &str, container: &str) {
        lock(&self.shared.logs).rotate(ns, pod, container);
    }

    /// Lines of a container from sequence number `from` on; None when there is no such log.
    pub fn read_log(
        &self,
        ns: &str,
        pod: &str,
        container: &str,
        previous: bool,
        from: u64,
    ) -> Option<Vec<LogLine>> {
        lock(&self.shared.logs).read(ns, pod, container, previous, from)
    }

    /// Wakes when any log got a line.
    pub fn log_written(&self) -> watch::Receiver<u64> {
        lock(&self.shared.logs).written.subscribe()
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        lock(&self.shared.tables)
    }

    fn not_found(resource: &Resource, name: &str) -> ApiError {
        ApiError::not_found(resource.gr(), name)
    }

    /// A namespaced write needs a namespace that exists and stays.
    fn check_namespace(&self, resource: &Resource, ns: &str, name: &str) -> Result<(), ApiError> {
        if !resource.namespaced || resource.create_only {
            return Ok(());
        }
        let gr = Gr { group: "", resource: "namespaces" };
        let namespace = self.get("namespaces", "", ns).ok_or_else(|| ApiError::not_found(gr, ns))?;
        if namespace.value().pointer("/metadata/deletionTimestamp").is_none() {
            return Ok(());
        }
        Err(create::in_terminating_namespace(resource, ns, name))
    }
}

/// A reader of the change feed; owns nothing but its position.
#[derive(Debug)]
pub struct Changes {
    store: Store,
    cursor: u64,
    version: watch::Receiver<u64>,
}

impl Changes {
    /// What is there now, up to a batch; empty when there is nothing new.
    ///
    /// # Errors
    /// [`Expired`] when the reader fell behind what is kept: list again.
    pub fn poll(&mut self) -> Result<Vec<Change>, Expired> {
        self.version.borrow_and_update();
        let batch = self.store.tables().history.after(self.cursor)?;
        if let Some(last) = batch.last() {
            self.cursor = last.rv;
        }
        Ok(batch)
    }

    /// Waits for at least one change. Safe to cancel.
    ///
    /// # Errors
    /// As [`Changes::poll`].
    pub async fn next(&mut self) -> Result<Vec<Change>, Expired> {
        loop {
            let batch = self.poll()?;
            if !batch.is_empty() {
                return Ok(batch);
            }
            // The store lives in self, so its sender cannot be gone.
            let _ = self.version.changed().await;
        }
    }

    /// The version up to which changes were handed out.
    pub fn cursor(&self) -> u64 {
        self.cursor
    }
}
