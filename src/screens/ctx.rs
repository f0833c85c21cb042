//! What screens see.

use crate::catalog::Joined;
use crate::domain::{
    Alarms, AuditEntry, Away, ContextName, Fault, Kind, Namespace, Now, ObjectKey, Right, Rights, ServiceKey,
    ServiceRow, SignalState, StreamState, World, WriteMode,
};
use crate::msg::{ContextInfo, Forward, Place, RunView, Views};
use crate::screens::approvals::Pending;
use crate::screens::delivery::{Delivery, Unreadable};
use crate::slo::Board;
use jiff::tz::TimeZone;
use std::collections::HashMap;

/// The world around a screen, for one update or one frame.
#[derive(Clone, Copy)]
pub struct Ctx<'a> {
    /// All that was observed (as it was when frozen, if it is).
    pub world: &'a World,
    /// Every service, by namespace and name.
    pub rows: &'a [ServiceRow],
    /// The moment.
    pub now: Now,
    /// Where we are connected; none before the first connection.
    pub place: Option<&'a Place>,
    /// Whether writing is on.
    pub mode: &'a WriteMode,
    /// Operations of the delivery engine, in the order of their records.
    pub deliveries: &'a [Delivery],
    /// Their records that this program cannot read.
    pub unreadable: &'a [Unreadable],
    /// Plans that ask for approval, in the order of their names.
    pub pending: &'a [Pending],
    /// Operations, newest first.
    pub runs: &'a [RunView],
    /// The golden signals of services that offer metrics.
    pub signals: &'a HashMap<ServiceKey, SignalState>,
    /// How the objectives stand.
    pub slos: &'a Board,
    /// What the monitoring says of alerts.
    pub alarms: &'a Alarms,
    /// What the service catalogue knows of them.
    pub catalog: &'a Joined,
    /// What the user may do, by namespace; none while the server is being asked.
    pub rights: &'a HashMap<Namespace, Option<Rights>>,
    /// The audit trail, oldest first, or why it cannot be trusted; none before it was read.
    pub audit: Option<&'a Result<Vec<AuditEntry>, Fault>>,
    /// The contexts of the kubeconfig; none before they were read.
    pub contexts: Option<&'a Result<Vec<ContextInfo>, Fault>>,
    /// The contexts that are open, the one in front first.
    pub open: &'a [ContextName],
    /// The tunnels that are open.
    pub forwards: &'a [Forward],
    /// Why the last attempt to connect failed, until one succeeds.
    pub fault: Option<&'a Fault>,
    /// In which zone times are shown.
    pub zone: &'a TimeZone,
    /// What happened while nobody looked, the last time; none if that was never long.
    pub away: Option<&'a Away>,
    /// How lists look.
    pub views: &'a Views,
}

impl<'a> Ctx<'a> {
    /// The row of a service.
    pub fn service(&self, key: &ServiceKey) -> Option<&'a ServiceRow> {
        let at = self.rows.binary_search_by(|row| row.key.cmp(key)).ok()?;
        self.rows.get(at)
    }

    /// An operation of the delivery engine.
    pub fn delivery(&self, id: &str) -> Option<&'a Delivery> {
        self.deliveries.iter().find(|delivery| delivery.id == id)
    }

    /// The operation of the delivery engine on a service that matters most: the
    /// one under way, else the newest.
    pub fn delivery_of(&self, service: &ServiceKey) -> Option<&'a Delivery> {
        let of = self.deliveries.iter().filter(|delivery| delivery.service == *service);
        of.max_by_key(|delivery| (delivery.is_running(), delivery.started))
    }

    /// How the watches that services are made of are doing: the worst of them.
    pub fn services_stream(&self) -> &'a StreamState {
        let streams =
            [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet].map(|kind| self.world.stream(kind));
        let rank = |state: &StreamState| match state {
            StreamState::Live => 0,
            // One kind that may not be seen costs nothing as long as another may.
            StreamState::Forbidden { .. } => 1,
            StreamState::Loading => 2,
            StreamState::Stale { .. } => 3,
        };
        let all_forbidden = streams.iter().all(|s| matches!(s, StreamState::Forbidden { .. }));
        let worst = streams.into_iter().filter(|s| all_forbidden || rank(s) != 1).max_by_key(|s| rank(s));
        worst.unwrap_or_else(|| self.world.stream(Kind::Deployment))
    }

    /// The right that `verb` takes and the user certainly lacks, on the first of
    /// `objects` it is for: `needs patch on deployments in shop`; empty if nothing
    /// is known to be missing.
    pub fn lacks(&self, verb: &str, objects: &[ObjectKey]) -> String {
        let meant = objects.iter().find_map(|object| Some((object, Right::to(verb, object.kind).ok()?)));
        let Some((object, right)) = meant else { return String::new() };
        let rights = self.rights.get(&object.namespace).and_then(Option::as_ref);
        if !rights.is_some_and(|rights| rights.lacks(right)) {
            return String::new();
        }
        let slash = if right.subresource.is_empty() { "" } else { "/" };
        let resource = format!("{}{slash}{}", right.kind.plural(), right.subresource);
        format!("needs {} on {resource} in {}", right.verb, object.namespace)
    }

    /// Whether writing is on where we are.
    pub fn may_write(&self) -> bool {
        self.place.is_some_and(|place| self.mode.remaining(&place.context, self.now).is_some())
    }

    /// `03:12` in the zone of the screen; `03:12Z` where that is UTC.
    pub fn clock(&self, at: jiff::Timestamp) -> String {
        let zoned = at.to_zoned(self.zone.clone());
        let utc = if *self.zone == TimeZone::UTC { "Z" } else { "" };
        format!("{:02}:{:02}{utc}", zoned.hour(), zoned.minute())
    }

    /// How long ago something was, at the grain of minutes; `—` if nobody knows.
    pub fn age(&self, at: Option<jiff::Timestamp>) -> String {
        at.map_or_else(|| "—".to_owned(), |at| crate::ui::age(self.now.since(at)))
    }
}
