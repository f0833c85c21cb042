//! Rows of one kind, with the rows that belong to each owner.

use super::{Name, Namespace, ObjectKey, StreamState, Uid};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Where a row is kept: namespace first, so that one namespace is one range.
type Place = (Namespace, Name);

/// A thing kept in a [`Table`].
pub(super) trait Row {
    /// Which object it is.
    fn key(&self) -> &ObjectKey;
    /// The identity of what it belongs to or is about.
    fn parent(&self) -> Option<&Uid>;
}

/// All rows of one kind. A relist fills a side buffer and swaps it in when it
/// is complete: rows never blink out.
#[derive(Clone, Debug)]
pub(super) struct Table<T> {
    rows: BTreeMap<Place, Arc<T>>,
    children: HashMap<Uid, BTreeSet<Place>>,
    incoming: Option<BTreeMap<Place, Arc<T>>>,
    pub(super) stream: StreamState,
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            rows: BTreeMap::new(),
            children: HashMap::new(),
            incoming: None,
            stream: StreamState::default(),
        }
    }
}

fn place(key: &ObjectKey) -> Place {
    (key.namespace.clone(), key.name.clone())
}

impl<T: Row> Table<T> {
    pub(super) fn begin_list(&mut self) {
        self.incoming = Some(BTreeMap::new());
    }

    pub(super) fn end_list(&mut self) {
        let Some(incoming) = self.incoming.take() else { return };
        self.rows = incoming;
        self.children.clear();
        for (place, row) in &self.rows {
            if let Some(parent) = row.parent() {
                self.children.entry(parent.clone()).or_default().insert(place.clone());
            }
        }
        self.stream = StreamState::Live;
    }

    pub(super) fn put(&mut self, row: T) {
        self.put_shared(Arc::new(row));
    }

    pub(super) fn put_shared(&mut self, row: Arc<T>) {
        let place = place(row.key());
        if let Some(incoming) = &mut self.incoming {
            incoming.insert(place, row);
            return;
        }
        self.forget(&place);
        if let Some(parent) = row.parent() {
            self.children.entry(parent.clone()).or_default().insert(place.clone());
        }
        self.rows.insert(place, row);
    }

    pub(super) fn remove(&mut self, key: &ObjectKey) {
        let place = place(key);
        if let Some(incoming) = &mut self.incoming {
            incoming.remove(&place);
        }
        self.forget(&place);
        self.rows.remove(&place);
    }

    fn forget(&mut self, place: &Place) {
        let Some(parent) = self.rows.get(place).and_then(|row| row.parent()) else { return };
        if let Some(siblings) = self.children.get_mut(parent) {
            siblings.remove(place);
            if siblings.is_empty() {
                let parent = parent.clone();
                self.children.remove(&parent);
            }
        }
    }

    pub(super) fn get(&self, namespace: &Namespace, name: &Name) -> Option<&Arc<T>> {
        self.rows.get(&(namespace.clone(), name.clone()))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Arc<T>> {
        self.rows.values()
    }

    pub(super) fn of_parent(&self, parent: &Uid) -> impl Iterator<Item = &Arc<T>> {
        let places = self.children.get(parent);
        places.into_iter().flatten().filter_map(|place| self.rows.get(place))
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Drops rows until at most `most` are left, those with the smallest rank first.
    pub(super) fn shrink_to<R: Ord>(&mut self, most: usize, rank: impl Fn(&T) -> R) {
        if self.rows.len() <= most {
            return;
        }
        let mut keys: Vec<_> = self.rows.values().map(|row| (rank(row), row.key().clone())).collect();
        keys.sort();
        // A tenth more than needed, so that a full table is not sorted on every event.
        let surplus = self.rows.len() - most + most / 10;
        for (_, key) in keys.into_iter().take(surplus) {
            self.remove(&key);
        }
    }
}
