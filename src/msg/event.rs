//! What happened.

use super::{Edited, Forward, Found, LeaseSeen, LogUpdate, Notice, RunView};
use crate::catalog::Catalog;
use crate::domain::{
    Alarms, AuditEntry, ClusterUrl, ContextName, Fact, Fault, Finding, Here, Namespace, Now, ObjectKey,
    OperationId, Plan, ResourceVersion, Rights, ServiceKey, SignalState, Target, Uid, Workload, WriteMode,
};
use crate::engine::delivery::DeliveryPlan;
use crate::signals::chart::Chart;
use crate::slo::Board;
use crossterm::event::{KeyEvent, MouseEvent};
use std::sync::Arc;
use std::time::Duration;

/// One thing that happened, in the order it reached the console.
#[derive(Clone, Debug)]
pub enum Event {
    /// A key was pressed (releases are dropped at the door).
    Key(KeyEvent),
    /// The mouse did something.
    Mouse(MouseEvent),
    /// Text was pasted.
    Paste(String),
    /// The terminal says whether somebody looks at it; many never do.
    Focus(bool),
    /// The terminal has another size: columns, rows.
    Resize(u16, u16),
    /// News from the cluster, oldest first.
    Facts(Vec<Fact>),
    /// Something has to be done before the first connection can be made; what,
    /// in a few words. Lasts until there is a connection or a failure.
    Preparing(String),
    /// A connection stands; the world starts empty.
    Connected(Place),
    /// A connection that stayed open behind another is in front again, with all
    /// that was observed meanwhile.
    Returned(Place),
    /// A connection behind was closed: too many were open.
    Parted(ContextName),
    /// Something about a connection that is open and not in front.
    Elsewhere(ContextName, Box<Event>),
    /// What is configured for the context connected to.
    Configured(ContextSettings),
    /// A connection could not be made; what was shown stays.
    ConnectFailed(ContextName, Fault),
    /// The contexts there are.
    Contexts(Result<Vec<ContextInfo>, Fault>),
    /// The answer to [`Effect::Plan`](super::Effect::Plan) with the same ticket.
    Planned {
        /// The ticket asked with; late answers to an older ticket are dropped.
        ticket: u64,
        /// The plan, or why there is none.
        plan: Result<Box<Plan>, Fault>,
    },
    /// The answer to [`Effect::PlanDelivery`](super::Effect::PlanDelivery) with
    /// the same ticket.
    DeliveryPlanned {
        /// The ticket asked with; late answers to an older ticket are dropped.
        ticket: u64,
        /// The plan, or why there is none.
        plan: Result<Box<DeliveryPlan>, Fault>,
    },
    /// The answer to [`Effect::Deliver`](super::Effect::Deliver).
    DeliveryBegun {
        /// Which one.
        operation: OperationId,
        /// What to say of it once its record is stored, or why it is not.
        begun: Result<String, Fault>,
    },
    /// The records driven from this console, whenever that changes. Others are
    /// driven elsewhere, or by nobody.
    Driving(Vec<ObjectKey>),
    /// The heartbeats that [`Effect::LookAtLeases`](super::Effect::LookAtLeases)
    /// asked for, by their records.
    Leases(Vec<(ObjectKey, Result<LeaseSeen, Fault>)>),
    /// What the user may do in a namespace; nothing comes if the server does not say.
    Rights(Namespace, Rights),
    /// A person edited an object; the text is the file's business.
    Edited(Box<Edited>),
    /// An operation moved.
    Run(Box<RunView>),
    /// The newest lines of the audit log, oldest first, and whether the whole
    /// chain verifies.
    Audit(Result<Vec<AuditEntry>, Fault>),
    /// The tunnels there are, whenever that or what went through them changed.
    Forwards(Vec<Forward>),
    /// Log lines of a pod.
    Logs(LogUpdate),
    /// What [`Effect::Look`](super::Effect::Look) with the same ticket asked for.
    Found {
        /// The ticket asked with; late answers to an older page are dropped.
        ticket: u64,
        /// What was found.
        found: Found,
    },
    /// The golden signals of every service that offers metrics.
    Signals(Vec<(ServiceKey, SignalState)>),
    /// The answer to [`Effect::ReadChart`](super::Effect::ReadChart) with the same
    /// ticket, or why there is none.
    Chart {
        /// The ticket asked with; late answers to an older question are dropped.
        ticket: u64,
        /// What the chart shows.
        found: Result<Box<Chart>, String>,
    },
    /// How every objective stands.
    Slos(Box<Board>),
    /// What the monitoring says of alerts.
    Alarms(Box<Alarms>),
    /// The service catalogue and what is wrong with its files, or why it could
    /// not be read.
    Catalog(Result<(Arc<Catalog>, Vec<Finding>), Fault>),
    /// The write mode was set on the shell's side (start-up flag).
    Mode(WriteMode),
    /// The terminal said what its background is like.
    Background {
        /// Light rather than dark.
        light: bool,
    },
    /// A person logged in by hand; the next connection to this context uses it.
    LoggedIn(ContextName),
    /// Something to tell.
    Notice(Notice),
    /// A moment asked for through `next_wake` has come.
    Wake,
}

/// Where the console is connected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Context.
    pub context: ContextName,
    /// Server.
    pub cluster: ClusterUrl,
    /// The one namespace looked at; none for all.
    pub namespace: Option<Namespace>,
    /// The user as the server knows them; empty if it would not say.
    pub user: String,
    /// Whether this is the embedded cluster: it is labelled everywhere.
    pub demo: bool,
    /// The setting by which nothing may ever be written here, with its place;
    /// none if writing can be switched on.
    pub locked: Option<String>,
}

impl Place {
    /// An object here, frozen as it was seen.
    pub fn target(&self, key: ObjectKey, uid: Uid, resource_version: ResourceVersion) -> Target {
        Target { context: self.context.clone(), cluster: self.cluster.clone(), key, uid, resource_version }
    }

    /// What a gate looks at first, for an answer given now.
    pub fn here<'a>(&'a self, mode: &'a WriteMode, now: Now) -> Here<'a> {
        Here { mode, context: &self.context, cluster: &self.cluster, now }
    }

    /// A workload here, frozen as it was seen.
    pub fn workload(&self, workload: &Workload) -> Target {
        self.target(workload.key.clone(), workload.uid.clone(), workload.resource_version.clone())
    }
}

/// What the screen takes from the settings of a context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextSettings {
    /// Name of the theme.
    pub theme: String,
    /// How long `:write` lasts unless a time is given.
    pub write_for: Duration,
    /// Most objects one action may touch.
    pub max_bulk: usize,
}

/// A context of the kubeconfig.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextInfo {
    /// Its name.
    pub name: ContextName,
    /// The server it points at.
    pub cluster: ClusterUrl,
    /// Its default namespace; empty if none.
    pub namespace: Namespace,
    /// Whether it is the kubeconfig's current one.
    pub current: bool,
}
