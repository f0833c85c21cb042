//! What is known: the world, where it is, and what runs.

use super::deliveries::Deliveries;
use crate::catalog::{Catalog, Joined};
use crate::domain::{
    Alarms, AuditEntry, Fact, Fault, Namespace, Now, ObjectKey, OperationId, Rights, ServiceKey, ServiceRow,
    SignalState, Uid, World, WriteMode,
};
use crate::msg::{ContextInfo, Forward, Place, RunView, Views};
use crate::screens::Ctx;
use crate::slo::Board;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// Operations remembered on the screen; older ones are in the audit trail.
const MOST_RUNS: usize = 200;

/// Working the list out takes about 5 µs per service. Under a storm of news a
/// large list is worked out at most this often per service, so that it never
/// takes more than a tenth of the time.
const COST_PER_SERVICE: Duration = Duration::from_micros(50);

/// All that screens look at.
pub(super) struct Session {
    pub(super) world: World,
    pub(super) frozen: Option<(Now, Box<World>)>,
    pub(super) rows: Vec<ServiceRow>,
    rows_version: u64,
    rows_at: Option<Now>,
    pub(super) place: Option<Place>,
    pub(super) mode: WriteMode,
    pub(super) runs: Vec<RunView>,
    pub(super) deliveries: Deliveries,
    pub(super) signals: HashMap<ServiceKey, SignalState>,
    pub(super) slos: Board,
    pub(super) alarms: Alarms,
    pub(super) catalog: Joined,
    catalog_read: Option<Arc<Catalog>>,
    /// A person asked for it to be read, and waits for the answer.
    pub(super) catalog_asked: bool,
    /// What the user may do, by namespace; none while the server is being asked.
    pub(super) rights: HashMap<Namespace, Option<Rights>>,
    pub(super) audit: Option<Result<Vec<AuditEntry>, Fault>>,
    pub(super) contexts: Option<Result<Vec<ContextInfo>, Fault>>,
    pub(super) forwards: Vec<Forward>,
    pub(super) connecting: Option<String>,
    /// What is being done before the first connection.
    pub(super) preparing: Option<String>,
    pub(super) fault: Option<Fault>,
    pub(super) zone: TimeZone,
    /// How lists look.
    pub(super) views: Views,
}

impl Session {
    pub(super) fn new(zone: TimeZone, views: Views) -> Self {
        Self {
            world: World::default(),
            frozen: None,
            rows: Vec::new(),
            rows_version: 0,
            rows_at: None,
            place: None,
            mode: WriteMode::ReadOnly,
            runs: Vec::new(),
            deliveries: Deliveries::default(),
            signals: HashMap::new(),
            slos: Board::default(),
            alarms: Alarms::default(),
            catalog: Joined::default(),
            catalog_read: None,
            catalog_asked: false,
            rights: HashMap::new(),
            audit: None,
            contexts: None,
            forwards: Vec::new(),
            connecting: None,
            preparing: None,
            fault: None,
            zone,
            views,
        }
    }

    /// What screens see at `now`.
    pub(super) fn ctx(&self, now: Now) -> Ctx<'_> {
        Ctx {
            world: self.frozen.as_ref().map_or(&self.world, |(_, world)| world),
            rows: &self.rows,
            now,
            place: self.place.as_ref(),
            mode: &self.mode,
            runs: &self.runs,
            deliveries: self.deliveries.all(),
            unreadable: self.deliveries.unreadable(),
            signals: &self.signals,
            slos: &self.slos,
            alarms: &self.alarms,
            catalog: &self.catalog,
            rights: &self.rights,
            audit: self.audit.as_ref(),
            contexts: self.contexts.as_ref(),
            forwards: &self.forwards,
            fault: self.fault.as_ref(),
            zone: &self.zone,
            views: &self.views,
        }
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
        self.rows = self.world.services();
        self.deliveries.refresh(&self.world, now);
        self.join();
        self.rows_version = self.world.version();
        self.rows_at = Some(now);
        true
    }

    /// Which operations this console drives.
    pub(super) fn drive(&mut self, records: Vec<ObjectKey>, now: Now) {
        self.deliveries.drive(records);
        self.deliveries.refresh(&self.world, now);
    }

    /// Takes a catalogue over; none forgets the one there is.
    pub(super) fn put_catalog(&mut self, catalog: Option<Arc<Catalog>>) {
        self.catalog_read = catalog;
        self.rows = self.frozen.as_ref().map_or(&self.world, |(_, world)| world).services();
        self.join();
    }

    fn join(&mut self) {
        let Some(catalog) = &self.catalog_read else {
            self.catalog = Joined::default();
            return;
        };
        self.catalog = Joined::new(catalog.clone(), &self.rows);
        for row in &mut self.rows {
            self.catalog.enrich(row);
        }
    }

    /// Forgets the cluster: another connection stands.
    pub(super) fn connected(&mut self, place: Place) {
        self.world = World::default();
        self.signals.clear();
        self.slos = Board::default();
        self.alarms = Alarms::default();
        self.rights.clear();
        self.frozen = None;
        self.rows.clear();
        self.deliveries = Deliveries::default();
        self.put_catalog(None);
        self.rows_version = 0;
        self.rows_at = None;
        self.connecting = None;
        self.preparing = None;
        self.fault = None;
        self.place = Some(place);
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
        self.slos = board;
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

    /// Remembers how an operation stands; whether it is news of its end.
    pub(super) fn put_run(&mut self, run: RunView) -> bool {
        let over = run.phase.is_final() && run.took.is_some();
        if let Some(known) = self.runs.iter_mut().find(|known| known.order.id == run.order.id) {
            let was_over = known.took.is_some();
            *known = run;
            return over && !was_over;
        }
        self.runs.insert(0, run);
        self.runs.truncate(MOST_RUNS);
        over
    }

    /// The operation on an object that has not ended.
    pub(super) fn running_on(&self, uid: &Uid) -> Option<&OperationId> {
        let mut running = self.runs.iter().filter(|run| run.took.is_none());
        running.find(|run| run.order.target.uid == *uid).map(|run| &run.order.id)
    }

    /// Operations that have not ended.
    pub(super) fn running(&self) -> usize {
        self.runs.iter().filter(|run| run.took.is_none()).count()
    }
}
