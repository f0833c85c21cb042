//! The records of the delivery engine, read when they change.

use super::leases::{Leases, Pulse, Running};
use crate::domain::{Fault, Kind, LinkState, Now, ObjectKey, ResourceVersion, StreamState, World};
use crate::engine::record::{OperationRecord, RecordFault, decode};
use crate::msg::{LeaseAsk, LeaseSeen};
use crate::screens::delivery::{Delivery, Driver, Unreadable};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Silence of a record after which its driver counts as lost where its Lease
/// cannot be read: longer than that lasts, 30 s.
const PATIENCE: Duration = Duration::from_secs(40);

/// A record as it was read, and when it was seen to change.
struct Read {
    version: ResourceVersion,
    record: Result<Arc<OperationRecord>, RecordFault>,
    changed: Now,
}

/// The operations there are.
#[derive(Default)]
pub struct Deliveries {
    read: HashMap<ObjectKey, Read>,
    /// The records driven from this console.
    driven: Vec<ObjectKey>,
    leases: Leases,
    all: Vec<Delivery>,
    unreadable: Vec<Unreadable>,
}

impl Deliveries {
    /// Every operation, in the order of their records.
    pub fn all(&self) -> &[Delivery] {
        &self.all
    }

    /// The records that cannot be read, in their order.
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// Which records this console drives.
    pub fn drive(&mut self, records: Vec<ObjectKey>) {
        self.driven = records;
    }

    /// Reads what has changed. A record that cannot be read, perhaps of a newer
    /// program, is kept with the reason.
    pub fn refresh(&mut self, world: &World, now: Now) {
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
                    let driver = self.driver((key, record, read.changed), world);
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

    /// When a heartbeat is to be looked at.
    pub fn due(&self, world: &World) -> Option<Now> {
        if hears(world) { self.leases.due(running(&self.read, &self.driven)) } else { None }
    }

    /// The heartbeats to look at now.
    pub fn ask(&mut self, world: &World, now: Now) -> Vec<LeaseAsk> {
        if hears(world) { self.leases.ask(running(&self.read, &self.driven), now) } else { Vec::new() }
    }

    /// Takes heartbeats in.
    pub fn hear(&mut self, found: Vec<(ObjectKey, Result<LeaseSeen, Fault>)>, now: Now) {
        for (key, seen) in found {
            if let Some(running) = running(&self.read, &self.driven).find(|(known, ..)| **known == key) {
                self.leases.take(running, seen, now);
            }
        }
    }

    /// Its Lease tells whether a driver lives. Where that cannot be read its
    /// record does: while a step is watched a verdict is stored every 15 s, and
    /// nothing for longer means that it is gone, as long as news reach us at
    /// all. In other phases a record may rest for minutes: silence says nothing.
    fn driver(&self, (key, record, changed): Running<'_>, world: &World) -> Driver {
        let pulse = self.leases.pulse((key, record, changed)).filter(|_| hears(world));
        let (heard, patience) = match pulse {
            Some(Pulse::Gone { since }) => (since, Duration::ZERO),
            None if hears(world) && record.run.watching_since().is_some() => (changed.wall, PATIENCE),
            Some(Pulse::Beats) | None => (changed.wall, Duration::MAX),
        };
        let driver = &record.driver;
        let named = !driver.identity.is_empty();
        Driver {
            who: match driver.mode.word() {
                _ if !named => String::new(),
                // An engine's own account is often called so.
                mode if driver.user.split('@').next() == Some(mode) => driver.user.clone(),
                mode => format!("{} {mode}", driver.user),
            },
            heard: Some(heard),
            patience,
            here: self.driven.contains(key),
        }
    }
}

/// Whether news of records reach us.
fn hears(world: &World) -> bool {
    matches!(world.link(), LinkState::Live { .. }) && *world.stream(Kind::ConfigMap) == StreamState::Live
}

/// The deliveries that run, and that somebody else drives.
fn running<'a>(
    read: &'a HashMap<ObjectKey, Read>,
    driven: &'a [ObjectKey],
) -> impl Iterator<Item = Running<'a>> {
    read.iter().filter_map(|(key, read)| {
        let record = read.record.as_ref().ok()?;
        let named = !record.driver.identity.is_empty();
        (!record.is_over() && named && !driven.contains(key)).then_some((key, &**record, read.changed))
    })
}
