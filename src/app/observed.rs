//! What was observed of one cluster. Several may be open; one is in front.

use super::deliveries::Deliveries;
use super::petitions::Petitions;
use super::router::Router;
use crate::catalog::{Catalog, Joined};
use crate::domain::{
    Alarms, Fact, Fault, Health, Namespace, Now, ObjectKey, Rights, ServiceKey, ServiceRow, SignalState,
    World,
};
use crate::msg::{LeaseSeen, Place};
use crate::screens::delivery::Delivery;
use crate::slo::{Board, Severity};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Working the list out takes about 5 µs per service. Under a storm of news a
/// large list is worked out at most this often per service, so that it never
/// takes more than a tenth of the time.
const COST_PER_SERVICE: Duration = Duration::from_micros(50);

/// One cluster, as far as it was observed.
#[derive(Default)]
pub(super) struct Observed {
    pub(super) world: World,
    pub(super) frozen: Option<(Now, Box<World>)>,
    pub(super) rows: Vec<ServiceRow>,
    rows_version: u64,
    rows_at: Option<Now>,
    pub(super) deliveries: Deliveries,
    pub(super) petitions: Petitions,
    pub(super) signals: HashMap<ServiceKey, SignalState>,
    pub(super) slos: Board,
    pub(super) alarms: Alarms,
    pub(super) catalog: Joined,
    catalog_read: Option<Arc<Catalog>>,
    /// What the user may do, by namespace; none while the server is being asked.
    pub(super) rights: HashMap<Namespace, Option<Rights>>,
}

/// A cluster that is open and not in front: news of it are taken in, and it is
/// shown again as it was left.
pub(super) struct Parked {
    pub(super) place: Place,
    pub(super) seen: Observed,
    pub(super) router: Router,
}

impl Observed {
    /// The world screens see.
    pub(super) fn shown(&self) -> &World {
        self.frozen.as_ref().map_or(&self.world, |(_, world)| world)
    }

    /// Takes a catalogue over; none forgets the one there is.
    pub(super) fn put_catalog(&mut self, catalog: Option<Arc<Catalog>>) {
        self.catalog_read = catalog;
        self.work_out();
    }

    /// The list of services, of what is known now.
    fn work_out(&mut self) {
        self.rows = self.shown().services();
        self.join();
        self.judge();
    }

    /// Pods that are all there are no health: a service whose budget burns so
    /// fast that somebody is woken is degraded, and stands with the others in
    /// trouble.
    fn judge(&mut self) {
        if self.slos.burning() == 0 {
            return;
        }
        for row in self.rows.iter_mut().filter(|row| !row.health.is_trouble()) {
            let burning = self.slos.of(&row.key).find(|status| status.firing() == Some(Severity::Page));
            if let Some(status) = burning {
                row.health = Health::Degraded;
                row.reason = match status.burn() {
                    Some(burn) => format!("{}: budget burns {burn:.1}x", status.title()),
                    None => format!("{}: budget burns", status.title()),
                };
            }
        }
    }

    /// Which operations this console drives, of this cluster or another.
    pub(super) fn drive(&mut self, records: Vec<ObjectKey>, now: Now) {
        self.deliveries.drive(records);
        self.deliveries.refresh(&self.world, now);
    }

    /// When a driver's heartbeat is to be looked at.
    pub(super) fn heartbeat_due(&self) -> Option<Now> {
        self.deliveries.due(&self.world)
    }

    /// Takes heartbeats in. Whether anything on a screen may look different.
    pub(super) fn hear(&mut self, found: Vec<(ObjectKey, Result<LeaseSeen, Fault>)>, now: Now) -> bool {
        let driver = |delivery: &Delivery| delivery.driver.clone();
        let before: Vec<_> = self.deliveries.all().iter().map(driver).collect();
        self.deliveries.hear(found, now);
        self.deliveries.refresh(&self.world, now);
        !self.deliveries.all().iter().map(driver).eq(before)
    }

    /// Takes news in. Whether anything on a screen may look different.
    pub(super) fn apply(&mut self, facts: Vec<Fact>) -> bool {
        let mut changed = false;
        for fact in facts {
            // A new round-trip time is no news for anybody.
            changed |= match &fact {
                Fact::Link(state) => {
                    std::mem::discriminant(state) != std::mem::discriminant(self.world.link())
                }
                Fact::Stream(kind, state) => state != self.world.stream(*kind),
                Fact::Listing(_) => false,
                Fact::Listed(_) | Fact::Seen(_) | Fact::Gone(_) => true,
            };
            self.world.apply(fact);
        }
        changed
    }

    /// When the list of services may next be worked out, if it is behind.
    pub(super) fn rows_due(&self) -> Option<Now> {
        if self.frozen.is_some() || self.rows_version == self.world.version() {
            return None;
        }
        let pause = COST_PER_SERVICE * u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        // Lists that take less than a frame are worked out at once.
        let pause = if pause < Duration::from_millis(30) { Duration::ZERO } else { pause };
        Some(self.rows_at.map_or(Now { boot: Duration::ZERO, ..Now::at(0) }, |at| at.plus(pause)))
    }

    /// Works the list of services out if it is behind and it is time. Whether it was.
    pub(super) fn refresh(&mut self, now: Now) -> bool {
        let Some(due) = self.rows_due() else { return false };
        if due.boot > now.boot {
            return false;
        }
        self.work_out();
        self.deliveries.refresh(&self.world, now);
        self.petitions.refresh(&self.world);
        self.rows_version = self.world.version();
        self.rows_at = Some(now);
        true
    }

    fn join(&mut self) {
        self.catalog = Joined::with_rows(self.catalog_read.as_ref(), &mut self.rows);
    }

    /// Takes the signals in; whether any number shown may differ.
    pub(super) fn put_signals(&mut self, signals: Vec<(ServiceKey, SignalState)>) -> bool {
        if self.frozen.is_some() {
            return false;
        }
        let signals: HashMap<_, _> = signals.into_iter().collect();
        let same = signals.len() == self.signals.len()
            && signals
                .iter()
                .all(|(key, new)| self.signals.get(key).is_some_and(|old| old.shows_the_same(new)));
        self.signals = signals;
        !same
    }

    /// Takes the objectives in; whether any number shown may differ.
    pub(super) fn put_slos(&mut self, board: Board) -> bool {
        if self.frozen.is_some() || self.slos == board {
            return false;
        }
        let judged = self.slos.burning() > 0 || board.burning() > 0;
        self.slos = board;
        if judged {
            self.work_out();
        }
        true
    }

    /// Takes the alerts in; whether anything shown may differ. That they were
    /// read again is no news: the age is shown only where it is not.
    pub(super) fn put_alarms(&mut self, alarms: Alarms) -> bool {
        if self.frozen.is_some() {
            return false;
        }
        let same = self.alarms == Alarms { at: self.alarms.at, ..alarms.clone() };
        self.alarms = alarms;
        !same
    }
}
