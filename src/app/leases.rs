//! Whether the drivers of deliveries live, by the Leases they hold.
//!
//! A record that changes is heartbeat enough: a Lease is looked at when a
//! record is seen for the first time, and from then on only while it rests.

use crate::domain::{Fault, FaultKind, Now, ObjectKey};
use crate::engine::record::{Driver, LeaseWatch, OperationRecord, Takeover, may_take_over, names};
use crate::msg::{LeaseAsk, LeaseSeen};
use jiff::Timestamp;
use std::collections::HashMap;
use std::time::Duration;

/// From one look to the next: a driver renews a Lease that lasts 30 s every 10 s.
const EVERY: Duration = Duration::from_secs(10);
/// A record that has not changed for so long rests: while a step is watched a
/// verdict is stored every 15 s.
const RESTS: Duration = Duration::from_secs(20);
/// Looked at in one round; the others have their turn in the next.
const MOST: usize = 20;

/// What a Lease says of the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pulse {
    /// It is renewed.
    Beats,
    /// It ran out, or there is none.
    Gone {
        /// When the driver was last heard.
        since: Timestamp,
    },
}

/// A record whose Lease is looked at.
#[derive(Default)]
struct Watched {
    watch: LeaseWatch,
    /// When it was asked for last; an answer that is lost is asked for again.
    asked: Option<Now>,
    /// What the last look said, of which driver, and when.
    said: Option<(Pulse, Driver, Now)>,
}

/// The Leases of deliveries that run.
#[derive(Default)]
pub(super) struct Leases {
    watched: HashMap<ObjectKey, Watched>,
    /// We may not read them: then only records tell.
    denied: bool,
}

/// A delivery that runs, and when its record was seen to change.
pub(super) type Running<'a> = (&'a ObjectKey, &'a OperationRecord, Now);

impl Leases {
    /// When the next look is due at one of these.
    pub(super) fn due<'a>(&self, running: impl Iterator<Item = Running<'a>>) -> Option<Now> {
        if self.denied {
            return None;
        }
        running.map(|(key, _, changed)| self.due_of(key, changed)).min_by_key(|at| at.boot)
    }

    fn due_of(&self, key: &ObjectKey, changed: Now) -> Now {
        let Some(watched) = self.watched.get(key) else { return changed };
        let Some(asked) = watched.asked else { return changed };
        let again = asked.plus(EVERY);
        // A driver that was lost is looked for again as soon as may be.
        let lost = matches!(watched.said, Some((Pulse::Gone { .. }, ..)));
        let rests = changed.plus(RESTS);
        if lost || again.boot >= rests.boot { again } else { rests }
    }

    /// The looks that are due, those first that wait longest; forgets what no
    /// longer runs.
    pub(super) fn ask<'a>(&mut self, running: impl Iterator<Item = Running<'a>>, now: Now) -> Vec<LeaseAsk> {
        let running: Vec<Running<'_>> = running.collect();
        self.watched.retain(|key, _| running.iter().any(|(known, ..)| *known == key));
        if self.denied {
            return Vec::new();
        }
        let mut due: Vec<_> = running
            .iter()
            .map(|(key, record, changed)| (self.due_of(key, *changed), *key, *record))
            .collect();
        due.retain(|(at, ..)| at.boot <= now.boot);
        due.sort_by_key(|(at, key, _)| (at.boot, *key));
        due.truncate(MOST);
        let asks = due.into_iter().map(|(_, key, record)| {
            self.watched.entry(key.clone()).or_default().asked = Some(now);
            let target = &record.target;
            let name = names::lease(target.kind, target.name.as_str()).into();
            LeaseAsk { record: key.clone(), namespace: target.namespace.clone(), name }
        });
        asks.collect()
    }

    /// Takes a look in.
    pub(super) fn take(
        &mut self,
        (key, record, changed): Running<'_>,
        seen: Result<LeaseSeen, Fault>,
        now: Now,
    ) {
        let Some(watched) = self.watched.get_mut(key) else { return };
        let seen = match seen {
            Ok(seen) => seen,
            Err(fault) => {
                self.denied |= fault.kind == FaultKind::Forbidden;
                watched.said = None;
                return;
            }
        };
        watched.watch.look_at(seen.beat, seen.age, &record.driver, now);
        // Nobody is called so: whoever holds it is somebody.
        let pulse = match may_take_over(record, &watched.watch, "", now) {
            Takeover::Free => {
                let heard = watched.watch.heard().unwrap_or(changed);
                Pulse::Gone {
                    since: now.wall - jiff::SignedDuration::try_from(now.elapsed(heard)).unwrap_or_default(),
                }
            }
            Takeover::Alive { .. } | Takeover::Ours | Takeover::Over => Pulse::Beats,
        };
        watched.said = Some((pulse, record.driver.clone(), now));
    }

    /// What the last look said of the driver the record names; none if there
    /// was none, or the record has changed since and says more.
    pub(super) fn pulse(&self, (key, record, changed): Running<'_>) -> Option<Pulse> {
        let (pulse, driver, looked) = self.watched.get(key)?.said.as_ref()?;
        let newer = looked.boot >= changed.boot || matches!(pulse, Pulse::Gone { .. });
        (*driver == record.driver && newer).then_some(*pulse)
    }
}
