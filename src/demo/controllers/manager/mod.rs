//! Runs the controllers: change feed in, decisions out, one timer queue.
//!
//! One owner, one thread: nothing is decided on a picture older than the
//! manager's own last writes, because every pass takes the feed in before it
//! decides. That is what informers with expectations achieve in a real
//! cluster, without the expectations.

mod apply;

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::cache::{Cache, Taken};
use super::change::{Change, Refusal};
use super::key::{Key, resource};
use super::pod::PodView;
use super::recorder::Recorder;
use super::stamp::after;
use super::table::{CONTROLLERS, Sight};
use super::timers::Timers;
use super::{accounts, gc, namespace, routes};
use crate::demo::kubelet::Kubelet;
use crate::demo::store::{Changes, DeleteOptions, Expired, Store};

/// Decisions in one pass, and a hundred passes in one step: only a controller
/// that contradicts itself gets further. The rest waits a simulated second.
const MAX_PASSES: usize = 100_000;

/// Is told when a pod starts or stops taking traffic, before it matters, and
/// which Services select it.
pub type PodHook = Box<dyn FnMut(&Key, Option<&PodView>, &[&str], Timestamp) + Send>;

/// Is told when an `HTTPRoute` came, changed or went.
pub type RouteHook = Box<dyn FnMut(&Key, Option<&serde_json::Value>, Timestamp) + Send>;

/// The controllers with all they remember.
pub struct Manager {
    store: Store,
    feed: Changes,
    cache: Cache,
    timers: Timers,
    dirty: BTreeSet<Key>,
    garbage: BTreeSet<Key>,
    refusals: HashMap<Key, Refusal>,
    recorder: Recorder,
    kubelet: Kubelet,
    rng: fastrand::Rng,
    on_pod: Option<PodHook>,
    on_route: Option<RouteHook>,
    usage: super::table::Usage,
    rest_until: Timestamp,
}

impl Manager {
    /// Controllers over what is in the store now. Names of pods follow from `seed`.
    pub fn new(store: Store, kubelet: Kubelet, seed: u64) -> Self {
        let feed = store.changes(store.version());
        let mut manager = Self {
            store,
            feed,
            cache: Cache::default(),
            timers: Timers::default(),
            dirty: BTreeSet::new(),
            garbage: BTreeSet::new(),
            refusals: HashMap::new(),
            recorder: Recorder::default(),
            kubelet,
            rng: fastrand::Rng::with_seed(seed),
            on_pod: None,
            on_route: None,
            usage: Box::new(|_| None),
            rest_until: Timestamp::MIN,
        };
        manager.relist();
        manager
    }

    /// Who is to be told when a pod starts or stops taking traffic.
    pub fn on_pod(&mut self, hook: PodHook) {
        self.on_pod = Some(hook);
    }

    /// Who is to be told of routes.
    pub fn on_route(&mut self, hook: RouteHook) {
        self.on_route = Some(hook);
    }

    /// Where the autoscaler reads what pods use.
    pub fn read_usage_from(&mut self, usage: super::table::Usage) {
        self.usage = usage;
    }

    /// Does everything due at `now`; returns when something is due again.
    pub fn step(&mut self, now: Timestamp) -> Option<Timestamp> {
        for _ in 0..100 {
            self.absorb(now);
            self.dirty.extend(self.timers.pop_due(now));
            if self.dirty.is_empty() && self.garbage.is_empty() {
                self.forget_events(now);
                let events = self.recorder.next();
                return [self.timers.next(), events].into_iter().flatten().min();
            }
            self.pass(now);
        }
        tracing::warn!(keys = self.dirty.len(), "The demo controllers do not come to rest.");
        for key in std::mem::take(&mut self.dirty) {
            self.timers.set(key, after(now, 1.0));
        }
        self.timers.next()
    }

    /// Completes when something changed in the store. Safe to cancel.
    pub async fn changed(&mut self) {
        let batch = self.feed.next().await;
        self.take_batch(batch, self.store.clock().now());
    }

    /// Periodic work (autoscaling, scheduled jobs) begins at `start`: a past
    /// of weeks is not played in steps of 15 seconds.
    pub fn rest_until(&mut self, start: Timestamp) {
        self.rest_until = start;
    }

    /// Works everything off, in order of resource and name. The feed is taken
    /// in after each key: pods sort before the sets that count them, so a
    /// thousand changed pods make one look at their ReplicaSet.
    fn pass(&mut self, now: Timestamp) {
        for key in std::mem::take(&mut self.garbage) {
            let changes = gc::collect(&self.cache, &key);
            self.apply(&key, changes, now);
        }
        self.absorb(now);
        for _ in 0..MAX_PASSES {
            let Some(key) = self.dirty.pop_first() else { return };
            let changes = self.decide(&key, now);
            if let Some(refusal) = self.refusals.get_mut(&key) {
                refusal.fresh = false;
            }
            self.apply(&key, changes, now);
            self.absorb(now);
        }
    }

    fn decide(&mut self, key: &Key, now: Timestamp) -> Vec<Change> {
        match &*key.resource {
            resource::PODS => self.kubelet.sync_pod(&self.cache, key, now, &mut self.rng),
            resource::NODES => self.kubelet.sync_node(&self.cache, key, now),
            resource::LEASES => self.kubelet.renew_lease(key, now, self.store.clock().speed()),
            resource::NAMESPACES => self.finalize_namespace(key),
            name => {
                let Some(row) = CONTROLLERS.iter().find(|c| c.resource == name) else { return Vec::new() };
                let registry = self.store.registry();
                let sight = Sight {
                    cache: &self.cache,
                    registry: &registry,
                    refusal: self.refusals.get(key),
                    usage: &self.usage,
                    rest_until: self.rest_until,
                };
                (row.decide)(&sight, key, now, &mut self.rng)
            }
        }
    }

    fn finalize_namespace(&mut self, key: &Key) -> Vec<Change> {
        if !self.cache.is_deleting(key) {
            return accounts::provide(&self.cache, key);
        }
        let changes = namespace::finalize(&self.cache, key);
        if matches!(changes.as_slice(), [Change::Patch { .. }]) {
            for resource in [resource::EVENTS, resource::LEASES] {
                for object in self.store.list(resource, Some(&key.name)).0 {
                    let _ = self.store.delete(resource, &key.name, object.name(), &DeleteOptions::default());
                }
            }
        }
        changes
    }

    fn absorb(&mut self, now: Timestamp) {
        loop {
            let batch = self.feed.poll();
            if batch.as_ref().is_ok_and(Vec::is_empty) {
                return;
            }
            self.take_batch(batch, now);
        }
    }

    fn take_batch(&mut self, batch: Result<Vec<crate::demo::store::Change>, Expired>, now: Timestamp) {
        let Ok(batch) = batch else {
            self.relist();
            return;
        };
        for change in batch.iter().filter(|c| Cache::keeps(&c.resource)) {
            let taken = self.cache.take(change);
            self.route(&taken, now);
        }
    }

    fn relist(&mut self) {
        let (taken, version) = self.cache.fill(&self.store);
        self.feed = self.store.changes(version);
        let now = self.store.clock().now();
        for t in &taken {
            self.route(t, now);
        }
    }

    /// Marks what a change makes worth looking at.
    fn route(&mut self, taken: &Taken, now: Timestamp) {
        routes::mark(&self.cache, taken, &mut self.dirty);
        if taken.gone {
            self.timers.cancel(&taken.key);
            self.refusals.remove(&taken.key);
            self.garbage.extend(self.cache.dependents(&taken.uid).cloned());
            for owner in &taken.owners {
                self.garbage.extend(self.cache.by_uid(&owner.uid).cloned());
            }
        } else if !taken.owners.is_empty() || !self.cache.finalizers(&taken.key).is_empty() {
            self.garbage.insert(taken.key.clone());
        }
        match &*taken.key.resource {
            resource::PODS => {
                let after = self.cache.pod(&taken.key);
                let same = match (&taken.pod_before, after) {
                    (Some(a), Some(b)) => a.same_for_traffic(b),
                    (None, None) => true,
                    (Some(_), None) | (None, Some(_)) => false,
                };
                if !same {
                    self.tell_traffic(&taken.key, now);
                }
            }
            resource::HTTP_ROUTES => {
                if let Some(hook) = &mut self.on_route {
                    hook(&taken.key, self.cache.object(&taken.key).map(|o| o.value()).as_ref(), now);
                }
            }
            // What it selects may be another set of pods now.
            resource::SERVICES => {
                let pods: Vec<Key> =
                    self.cache.in_namespace(resource::PODS, &taken.key.ns).cloned().collect();
                for pod in pods {
                    self.tell_traffic(&pod, now);
                }
            }
            _ => {}
        }
    }

    fn tell_traffic(&mut self, pod: &Key, now: Timestamp) {
        let Some(hook) = &mut self.on_pod else { return };
        let cache = &self.cache;
        let view = cache.pod(pod);
        let selects = |service: &&Key| view.zip(cache.selector(service)).is_some_and(|(v, s)| v.matches(s));
        let services: Vec<&str> =
            cache.in_namespace(resource::SERVICES, &pod.ns).filter(selects).map(|k| &*k.name).collect();
        hook(pod, view, &services, now);
    }
}
