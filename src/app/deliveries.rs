//! The records of the delivery engine, read when they change.

use crate::domain::{Kind, LinkState, Now, ObjectKey, ResourceVersion, StreamState, World};
use crate::engine::record::{OperationRecord, RecordFault, decode};
use crate::screens::delivery::{Delivery, Driver, Unreadable};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Silence after which a driver counts as lost: longer than its Lease, 30 s.
const PATIENCE: Duration = Duration::from_secs(40);

/// A record as it was read, and when it was seen to change.
struct Read {
    version: ResourceVersion,
    record: Result<Arc<OperationRecord>, RecordFault>,
    changed: Now,
}

/// The operations there are.
#[derive(Default)]
pub(super) struct Deliveries {
    read: HashMap<ObjectKey, Read>,
    /// The records driven from this console.
    driven: Vec<ObjectKey>,
    all: Vec<Delivery>,
    unreadable: Vec<Unreadable>,
}

impl Deliveries {
    /// Every operation, in the order of their records.
    pub(super) fn all(&self) -> &[Delivery] {
        &self.all
    }

    /// The records that cannot be read, in their order.
    pub(super) fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Which records this console drives.
    pub(super) fn drive(&mut self, records: Vec<ObjectKey>) {
        self.driven = records;
    }

    /// Reads what has changed. A record that cannot be read, perhaps of a newer
    /// program, is kept with the reason.
    pub(super) fn refresh(&mut self, world: &World, now: Now) {
        self.read.retain(|key, _| world.record(key).is_some());
        for text in world.records() {
            if self.read.get(&text.key).is_some_and(|read| read.version == text.resource_version) {
                continue;
            }
            let record = decode(&text.text).map(Arc::new);
            let version = text.resource_version.clone();
            self.read.insert(text.key.clone(), Read { version, record, changed: now });
        }
        let mut keys: Vec<_> = self.read.keys().cloned().collect();
        keys.sort();
        let (mut all, mut unreadable) = (Vec::new(), Vec::new());
        for (key, read) in keys.iter().filter_map(|key| Some((key, self.read.get(key)?))) {
            match &read.record {
                Ok(record) => {
                    let driver = self.driver(key, (record, read.changed), world);
                    all.push(Delivery::of(record.clone(), driver, world));
                }
                Err(fault) => {
                    let target = world.record(key).map(|text| text.target.clone()).unwrap_or_default();
                    unreadable.push(Unreadable { record: key.clone(), target, fault: fault.clone() });
                }
            }
        }
        (self.all, self.unreadable) = (all, unreadable);
    }

    /// While a step is watched its driver stores a verdict every 15 s: nothing
    /// for longer means that it is gone, as long as news reach us at all. In
    /// other phases a record may rest for minutes, and silence says nothing.
    fn driver(&self, key: &ObjectKey, (record, changed): (&OperationRecord, Now), world: &World) -> Driver {
        let live = matches!(world.link(), LinkState::Live { .. })
            && *world.stream(Kind::ConfigMap) == StreamState::Live;
        let tells = live && record.run.watching_since().is_some();
        let driver = &record.driver;
        let named = !driver.identity.is_empty();
        Driver {
            who: match driver.mode.word() {
                _ if !named => String::new(),
                // An engine's own account is often called so.
                mode if driver.user.split('@').next() == Some(mode) => driver.user.clone(),
                mode => format!("{} {mode}", driver.user),
            },
            heard: Some(changed.wall),
            patience: if tells { PATIENCE } else { Duration::MAX },
            here: self.driven.contains(key),
        }
    }
}
