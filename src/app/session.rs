//! What is known: the world, where it is, and what runs.

use super::observed::{Observed, Parked};
use super::starting::Starting;
use crate::domain::{AuditEntry, Away, ContextName, Fault, Now, ObjectKey, OperationId, Uid, WriteMode};
use crate::msg::{ContextInfo, Forward, Place, RunView, Views};
use crate::screens::Ctx;
use jiff::tz::TimeZone;

/// Operations remembered on the screen; older ones are in the audit trail.
const MOST_RUNS: usize = 200;

/// All that screens look at.
pub(super) struct Session {
    /// The cluster in front.
    pub(super) seen: Observed,
    /// Clusters that are open and not in front, the latest first.
    pub(super) parked: Vec<Parked>,
    /// The contexts that are open, the one in front first.
    open: Vec<ContextName>,
    /// The records this console drives, wherever they are.
    driving: Vec<ObjectKey>,
    /// Deliveries confirmed here that nobody is seen driving yet.
    pub(super) starting: Vec<Starting>,
    pub(super) place: Option<Place>,
    pub(super) mode: WriteMode,
    pub(super) runs: Vec<RunView>,
    /// A person asked for it to be read, and waits for the answer.
    pub(super) catalog_asked: bool,
    pub(super) audit: Option<Result<Vec<AuditEntry>, Fault>>,
    pub(super) contexts: Option<Result<Vec<ContextInfo>, Fault>>,
    pub(super) forwards: Vec<Forward>,
    pub(super) connecting: Option<String>,
    /// What is being done before the first connection.
    pub(super) preparing: Option<String>,
    /// Why the last attempt to connect failed, until one succeeds.
    pub(super) fault: Option<Fault>,
    /// To which context that was.
    pub(super) refused_by: Option<ContextName>,
    pub(super) zone: TimeZone,
    /// What happened while nobody looked, the last time.
    pub(super) away: Option<Away>,
    /// How lists look.
    pub(super) views: Views,
}

impl Session {
    pub(super) fn new(zone: TimeZone, views: Views) -> Self {
        Self {
            seen: Observed::default(),
            parked: Vec::new(),
            open: Vec::new(),
            driving: Vec::new(),
            starting: Vec::new(),
            place: None,
            mode: WriteMode::ReadOnly,
            runs: Vec::new(),
            catalog_asked: false,
            audit: None,
            contexts: None,
            forwards: Vec::new(),
            connecting: None,
            preparing: None,
            fault: None,
            refused_by: None,
            zone,
            away: None,
            views,
        }
    }

    /// What screens see at `now`.
    pub(super) fn ctx(&self, now: Now) -> Ctx<'_> {
        Ctx {
            world: self.seen.shown(),
            rows: &self.seen.rows,
            now,
            place: self.place.as_ref(),
            mode: &self.mode,
            runs: &self.runs,
            deliveries: self.seen.deliveries.all(),
            unreadable: self.seen.deliveries.unreadable(),
            pending: self.seen.petitions.all(),
            signals: &self.seen.signals,
            slos: &self.seen.slos,
            alarms: &self.seen.alarms,
            catalog: &self.seen.catalog,
            rights: &self.seen.rights,
            audit: self.audit.as_ref(),
            contexts: self.contexts.as_ref(),
            open: &self.open,
            forwards: &self.forwards,
            fault: self.fault.as_ref(),
            zone: &self.zone,
            away: self.away.as_ref(),
            views: &self.views,
        }
    }

    /// Another connection is in front, with what was observed through it.
    pub(super) fn come_to(&mut self, place: Place, seen: Observed, now: Now) {
        self.seen = seen;
        self.seen.drive(self.driving.clone(), now);
        self.connecting = None;
        self.preparing = None;
        self.fault = None;
        self.refused_by = None;
        self.place = Some(place);
        self.list_open();
    }

    /// Notes which contexts are open.
    pub(super) fn list_open(&mut self) {
        let places = self.place.iter().chain(self.parked.iter().map(|parked| &parked.place));
        self.open = places.map(|place| place.context.clone()).collect();
    }

    /// Which operations this console drives.
    pub(super) fn drive(&mut self, records: Vec<ObjectKey>, now: Now) {
        for seen in self.parked.iter_mut().map(|parked| &mut parked.seen).chain([&mut self.seen]) {
            seen.drive(records.clone(), now);
        }
        self.driving = records;
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
