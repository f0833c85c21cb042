//! The records of the delivery engine, read when they change.

use crate::domain::{Kind, LinkState, Now, ObjectKey, ResourceVersion, StreamState, World};
use crate::engine::record::{OperationRecord, decode};
use crate::screens::delivery::{Delivery, Driver};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Silence after which a driver counts as lost: longer than its Lease, 30 s.
const PATIENCE: Duration = Duration::from_secs(40);

/// A record as it was read, and when it was seen to change.
struct Read {
    version: ResourceVersion,
    record: Arc<OperationRecord>,
    changed: Now,
}

/// The operations there are.
#[derive(Default)]
pub(super) struct Deliveries {
    read: HashMap<ObjectKey, Read>,
    /// The records driven from this console.
    driven: Vec<ObjectKey>,
    all: Vec<Delivery>,
}

impl Deliveries {
    /// Every operation, in the order of their records.
    pub(super) fn all(&self) -> &[Delivery] {
        &self.all
    }

    /// Which records this console drives.
    pub(super) fn drive(&mut self, records: Vec<ObjectKey>) {
        self.driven = records;
    }

    /// Reads what has changed. A record that cannot be read, perhaps of a newer
    /// program, is left out.
    pub(super) fn refresh(&mut self, world: &World, now: Now) {
        self.read.retain(|key, _| world.record(key).is_some());
        for text in world.records() {
            if self.read.get(&text.key).is_some_and(|read| read.version == text.resource_version) {
                continue;
            }
            let Ok(record) = decode(&text.text) else {
                self.read.remove(&text.key);
                continue;
            };
            let version = text.resource_version.clone();
            self.read.insert(text.key.clone(), Read { version, record: Arc::new(record), changed: now });
        }
        let mut keys: Vec<_> = self.read.keys().cloned().collect();
        keys.sort();
        let found = keys.iter().filter_map(|key| Some((key, self.read.get(key)?)));
        self.all = found
            .map(|(key, read)| Delivery::of(read.record.clone(), self.driver(key, read, world), world))
            .collect();
    }

    /// While a step is watched its driver stores a verdict every 15 s: nothing
    /// for longer means that it is gone, as long as news reach us at all. In
    /// other phases a record may rest for minutes, and silence says nothing.
    fn driver(&self, key: &ObjectKey, read: &Read, world: &World) -> Driver {
        let live = matches!(world.link(), LinkState::Live { .. })
            && *world.stream(Kind::ConfigMap) == StreamState::Live;
        let tells = live && read.record.run.watching_since().is_some();
        let driver = &read.record.driver;
        let named = !driver.identity.is_empty();
        Driver {
            who: if named { format!("{} {}", driver.user, driver.mode.word()) } else { String::new() },
            heard: Some(read.changed.wall),
            patience: if tells { PATIENCE } else { Duration::MAX },
            here: self.driven.contains(key),
        }
    }
}
