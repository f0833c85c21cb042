//! What the controllers know of the cluster: the newest version of every
//! object, indexed by namespace and by owner, and slim views of the pods.
//!
//! Events and Leases are left out: nobody decides on them, and they are most
//! of the traffic.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::key::{Key, resource};
use super::meta::{Meta, OwnerRef};
use super::pod::PodView;
use super::selector::Selector;
use crate::demo::store::{Change, ChangeKind, Object, Store};

/// The indexed picture.
#[derive(Debug, Default)]
pub struct Cache {
    /// Boxed: a table of hashes keeps up to twice the room it needs.
    objects: HashMap<Key, Box<Entry>>,
    names: BTreeMap<(Arc<str>, Arc<str>), BTreeSet<Key>>,
    dependents: HashMap<Box<str>, BTreeSet<Key>>,
    uids: HashMap<Arc<str>, Key>,
}

#[derive(Debug)]
struct Entry {
    object: Arc<Object>,
    owners: Arc<[OwnerRef]>,
    deleting: bool,
    finalizers: Box<[String]>,
    pod: Option<PodView>,
    /// Of Services and budgets, which are matched against every pod that changes.
    selector: Option<Selector>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct MetaOnly {
    metadata: Meta,
}

/// One change taken in, with what it replaced.
#[derive(Debug)]
pub struct Taken {
    /// The object.
    pub key: Key,
    /// Whether it is gone.
    pub gone: bool,
    /// Its identity.
    pub uid: String,
    /// The pod as it was before, for pods.
    pub pod_before: Option<PodView>,
    /// Owners before and after.
    pub owners: Vec<OwnerRef>,
}

impl Cache {
    /// Whether a resource is kept here.
    pub fn keeps(resource: &str) -> bool {
        !matches!(resource, resource::EVENTS | resource::LEASES)
    }

    /// Everything in the store now; returns the version to follow from.
    pub fn fill(&mut self, store: &Store) -> (Vec<Taken>, u64) {
        *self = Self::default();
        let version = store.version();
        let mut taken = Vec::new();
        for res in store.registry().iter().filter(|r| !r.create_only && Self::keeps(&r.storage)) {
            for object in store.list(&res.storage, None).0 {
                taken.push(self.put(Key::new(&res.storage, object.namespace(), object.name()), object));
            }
        }
        (taken, version)
    }

    /// Takes one change in.
    pub fn take(&mut self, change: &Change) -> Taken {
        let key = Key {
            resource: change.resource.clone(),
            ns: change.object.shared_namespace(),
            name: change.object.shared_name(),
        };
        match change.kind {
            ChangeKind::Deleted => self.drop(key, &change.object),
            ChangeKind::Added | ChangeKind::Modified => self.put(key, change.object.clone()),
        }
    }

    fn put(&mut self, key: Key, object: Arc<Object>) -> Taken {
        let json = object.json();
        let meta = serde_json::from_slice::<MetaOnly>(&json).unwrap_or_default().metadata;
        let old = self.remove(&key);
        let owners = self.owners_shared(meta.owner_references);
        for owner in &*owners {
            self.dependents.entry(owner.uid.as_str().into()).or_default().insert(key.clone());
        }
        self.uids.insert(object.shared_uid(), key.clone());
        self.names.entry((key.resource.clone(), key.ns.clone())).or_default().insert(key.clone());
        let is_pod = &*key.resource == resource::PODS;
        let pod = is_pod.then(|| PodView::read(&key, &object, &json, owners.clone())).flatten();
        let selector = selector_of(&key.resource, &json);
        drop(json);
        let uid = object.uid().to_owned();
        let mut all_owners = owners.to_vec();
        let (deleting, finalizers) = (meta.deletion_timestamp.is_some(), meta.finalizers.into());
        self.objects
            .insert(key.clone(), Box::new(Entry { object, owners, deleting, finalizers, pod, selector }));
        let pod_before = old.and_then(|e| {
            all_owners.extend(e.owners.iter().cloned());
            e.pod
        });
        Taken { key, gone: false, uid, pod_before, owners: all_owners }
    }

    /// Owners as a sibling has them, where they are the same.
    fn owners_shared(&self, owners: Vec<OwnerRef>) -> Arc<[OwnerRef]> {
        let sibling = owners.first().and_then(|o| self.dependents(&o.uid).next());
        let kept = sibling.and_then(|key| self.objects.get(key)).map(|e| &e.owners);
        kept.filter(|kept| ***kept == *owners).cloned().unwrap_or_else(|| owners.into())
    }

    fn drop(&mut self, key: Key, last: &Arc<Object>) -> Taken {
        let old = self.remove(&key);
        let (owners, pod_before) = old.map_or_else(Default::default, |e| (e.owners.to_vec(), e.pod));
        Taken { key, gone: true, uid: last.uid().to_owned(), pod_before, owners }
    }

    fn remove(&mut self, key: &Key) -> Option<Box<Entry>> {
        let old = self.objects.remove(key)?;
        for owner in &*old.owners {
            if let Some(set) = self.dependents.get_mut(owner.uid.as_str()) {
                set.remove(key);
                if set.is_empty() {
                    self.dependents.remove(owner.uid.as_str());
                }
            }
        }
        self.uids.remove(old.object.uid());
        let place = (key.resource.clone(), key.ns.clone());
        if let Some(set) = self.names.get_mut(&place) {
            set.remove(key);
            if set.is_empty() {
                self.names.remove(&place);
            }
        }
        Some(old)
    }

    /// The stored object.
    pub fn object(&self, key: &Key) -> Option<&Arc<Object>> {
        self.objects.get(key).map(|e| &e.object)
    }

    /// A typed view of an object; `None` when absent or not understood.
    pub fn read<T: for<'de> Deserialize<'de>>(&self, key: &Key) -> Option<T> {
        serde_json::from_slice(&self.object(key)?.json()).ok()
    }

    /// A pod.
    pub fn pod(&self, key: &Key) -> Option<&PodView> {
        self.objects.get(key)?.pod.as_ref()
    }

    /// Whether an object was asked to go.
    pub fn is_deleting(&self, key: &Key) -> bool {
        self.objects.get(key).is_some_and(|e| e.deleting)
    }

    /// Finalizers of an object.
    pub fn finalizers(&self, key: &Key) -> &[String] {
        self.objects.get(key).map_or(&[], |e| &e.finalizers)
    }

    /// The selector of a Service or a disruption budget; `None` if it selects nothing.
    pub fn selector(&self, key: &Key) -> Option<&Selector> {
        self.objects.get(key)?.selector.as_ref()
    }

    /// Owner references of an object.
    pub fn owners(&self, key: &Key) -> &[OwnerRef] {
        self.objects.get(key).map_or(&[], |e| &*e.owners)
    }

    /// Whether an object of this identity exists.
    pub fn by_uid(&self, uid: &str) -> Option<&Key> {
        self.uids.get(uid)
    }

    /// Objects that name `uid` among their owners, in order.
    pub fn dependents(&self, uid: &str) -> impl Iterator<Item = &Key> {
        self.dependents.get(uid).into_iter().flatten()
    }

    /// Objects of a resource in a namespace, in order.
    pub fn in_namespace(&self, resource: &str, ns: &str) -> impl Iterator<Item = &Key> {
        self.names.get(&(resource.into(), ns.into())).into_iter().flatten()
    }

    /// All objects of a resource, in order.
    pub fn all(&self, resource: &str) -> impl Iterator<Item = &Key> {
        let resource: Arc<str> = resource.into();
        let first = (resource.clone(), Arc::from(""));
        self.names.range(first..).take_while(move |((r, _), _)| *r == resource).flat_map(|(_, keys)| keys)
    }

    /// Everything in a namespace, of any resource.
    pub fn contents<'a>(&'a self, ns: &'a str) -> impl Iterator<Item = &'a Key> {
        self.names.iter().filter(move |((_, n), _)| &**n == ns).flat_map(|(_, keys)| keys)
    }

    /// Pods of a namespace.
    pub fn pods(&self, ns: &str) -> impl Iterator<Item = &PodView> {
        self.in_namespace(resource::PODS, ns).filter_map(|k| self.pod(k))
    }

    /// Pods that `uid` owns.
    pub fn pods_of(&self, uid: &str) -> impl Iterator<Item = &PodView> {
        self.dependents(uid).filter_map(|k| self.pod(k))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct With<T: Default> {
    spec: Spec<T>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Spec<T: Default> {
    selector: T,
}

fn selector_of(resource: &str, json: &[u8]) -> Option<Selector> {
    let selector = match resource {
        resource::SERVICES => {
            let service: With<super::meta::Map> = serde_json::from_slice(json).ok()?;
            Selector::from_labels(service.spec.selector)
        }
        resource::PDBS => serde_json::from_slice::<With<Selector>>(json).ok()?.spec.selector,
        _ => return None,
    };
    (!selector.is_empty()).then_some(selector)
}
