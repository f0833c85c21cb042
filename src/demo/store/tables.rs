//! The published objects, by resource, namespace and name.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::Object;
use super::history::{Change, ChangeKind, Expired, History};

/// Storage key of Events, of which only the newest are kept.
pub(super) const EVENTS: &str = "events";

type ByName = BTreeMap<Arc<str>, Arc<Object>>;
type ByNamespace = BTreeMap<Arc<str>, ByName>;

#[derive(Debug)]
pub(super) struct Tables {
    resources: HashMap<Arc<str>, ByNamespace>,
    pub(super) history: History,
    /// Events by version: the oldest is found without looking through all of
    /// them at each new one.
    events: BTreeMap<u64, Arc<Object>>,
    /// Newest version given out. Starts at 1: "0" means "any" to clients.
    rv: u64,
}

impl Default for Tables {
    fn default() -> Self {
        Self { resources: HashMap::new(), history: History::default(), events: BTreeMap::new(), rv: 1 }
    }
}

impl Tables {
    pub(super) fn rv(&self) -> u64 {
        self.rv
    }

    pub(super) fn get(&self, resource: &str, ns: &str, name: &str) -> Option<Arc<Object>> {
        self.resources.get(resource)?.get(ns)?.get(name).cloned()
    }

    pub(super) fn list(&self, resource: &str, ns: Option<&str>) -> Vec<Arc<Object>> {
        let Some(table) = self.resources.get(resource) else {
            return Vec::new();
        };
        if let Some(ns) = ns {
            return table.get(ns).map(|t| t.values().cloned().collect()).unwrap_or_default();
        }
        let mut all = Vec::with_capacity(table.values().map(BTreeMap::len).sum());
        all.extend(table.values().flat_map(BTreeMap::values).cloned());
        all
    }

    /// The events that have not happened again for longest, those beyond the newest `most`.
    pub(super) fn oldest_events(&self, most: usize) -> Vec<Arc<Object>> {
        let surplus = self.events.len().saturating_sub(most);
        self.events.values().take(surplus).cloned().collect()
    }

    /// Publishes a version; `object.rv` must be the next one.
    pub(super) fn publish(&mut self, resource: &Arc<str>, kind: ChangeKind, object: Arc<Object>) {
        self.rv = object.rv;
        let table = self.resources.entry(resource.clone()).or_default();
        let before = if kind == ChangeKind::Deleted {
            let before = table.get_mut(object.namespace()).and_then(|t| t.remove(object.name()));
            if table.get(object.namespace()).is_some_and(BTreeMap::is_empty) {
                table.remove(object.namespace());
            }
            before
        } else {
            let names = table.entry(object.shared_namespace()).or_default();
            names.insert(object.shared_name(), object.clone())
        };
        if **resource == *EVENTS {
            self.events.remove(&before.as_ref().map_or(0, |event| event.rv));
            if kind != ChangeKind::Deleted {
                self.events.insert(object.rv, object.clone());
            }
        }
        self.history.push(Change { rv: object.rv, kind, resource: resource.clone(), object, before });
    }

    /// The objects as they were at an older version: today's, with later changes undone.
    pub(super) fn list_at(
        &self,
        resource: &str,
        ns: Option<&str>,
        rv: u64,
    ) -> Result<Vec<Arc<Object>>, Expired> {
        let now = self.list(resource, ns);
        let later = self.history.since(rv)?;
        let key = |o: &Arc<Object>| (o.shared_namespace(), o.shared_name());
        let ours = |c: &&Change| *c.resource == *resource && ns.is_none_or(|n| n == c.object.namespace());
        let mut undo: Vec<&Change> = later.filter(ours).collect();
        if undo.is_empty() {
            return Ok(now);
        }
        let mut then: BTreeMap<_, _> = now.into_iter().map(|o| (key(&o), o)).collect();
        while let Some(change) = undo.pop() {
            match &change.before {
                Some(before) => then.insert(key(before), before.clone()),
                None => then.remove(&key(&change.object)),
            };
        }
        Ok(then.into_values().collect())
    }
}
