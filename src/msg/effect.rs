//! What is to be done.

use super::{ForwardAsk, LeaseAsk, LogQuery, Look, Outside, Views};
use crate::domain::{
    Check, ContextName, Namespace, ObjectKey, Permit, Plan, SilenceOrder, Target, Verb, Warrant, WriteMode,
};
use crate::engine::canary::Request;
use crate::engine::delivery::{DeliveryAsk, DeliveryPlan, SavedPlan};
use crate::engine::gates::Glass;
use crate::signals::chart::ChartAsk;

/// One thing the shell is to do. Effects never answer themselves: answers come
/// back as [`Event`](super::Event)s.
#[derive(Debug)]
pub enum Effect {
    /// Work an action out: read the object, dry-run the write, run the checks.
    Plan {
        /// Comes back with the answer.
        ticket: u64,
        /// What is asked.
        ask: Ask,
    },
    /// Carry a confirmed plan out.
    Execute {
        /// What was confirmed.
        plan: Box<Plan>,
        /// The gate's leave.
        permit: Permit,
    },
    /// Work a delivery out: read the Deployment, try the new template, run the
    /// preflight. Answered by [`Event::DeliveryPlanned`](super::Event::DeliveryPlanned).
    PlanDelivery {
        /// Comes back with the answer.
        ticket: u64,
        /// What is asked.
        ask: Box<DeliveryAsk>,
    },
    /// Start a confirmed delivery and drive it from here. The record appears
    /// in the world like anybody's.
    Deliver {
        /// What was confirmed.
        plan: Box<DeliveryPlan>,
        /// The gate's leave.
        warrant: Warrant,
    },
    /// Ask something of a delivery, whoever drives it: appended to its record,
    /// acknowledged there. An abort nobody acknowledges within 5 s is carried
    /// out from here.
    Request {
        /// The record's ConfigMap.
        record: ObjectKey,
        /// What is asked.
        request: Request,
        /// Why; may be empty.
        reason: String,
        /// For this incident, which lets through what else would hold it up.
        glass: Option<Glass>,
        /// What its error budgets say of a promotion.
        budget: Option<Box<Check>>,
        /// The gate's leave, from `admit_request`.
        warrant: Warrant,
    },
    /// Keep a plan in the cluster for others to approve, or agree to it. Whether
    /// this person may agree is looked at there. Comes back as a notice.
    Approve {
        /// The plan.
        plan: Box<SavedPlan>,
        /// Its Deployment as it is reached here.
        target: Target,
        /// Words about it, if it is agreed to; none to ask for approval.
        note: Option<String>,
        /// The gate's leave, from `admit_delivery`.
        warrant: Warrant,
    },
    /// Drive a delivery from here whose driver is gone. Refused with a notice
    /// while its driver lives.
    TakeOver {
        /// The record's ConfigMap.
        record: ObjectKey,
        /// The gate's leave, from `admit_request`.
        warrant: Warrant,
    },
    /// Look at the heartbeats of drivers. Answered by
    /// [`Event::Leases`](super::Event::Leases).
    LookAtLeases(Vec<LeaseAsk>),
    /// Make or end a silence in Alertmanager. The actor is filled in by the shell.
    Silence {
        /// What was confirmed.
        order: Box<SilenceOrder>,
        /// The gate's leave, from `admit_silence`.
        permit: Permit,
    },
    /// Give up driving, of all deliveries driven from here: the next console
    /// or engine takes over at once. For quitting.
    HandOver,
    /// Connect to another context or namespace.
    Connect {
        /// Which context.
        context: ContextName,
        /// One namespace; none for all the user may see.
        namespace: Option<Namespace>,
    },
    /// Ask what the user may do in a namespace. Answered by [`Event::Rights`](super::Event::Rights).
    AskRights(Namespace),
    /// Read the contexts of the kubeconfig.
    LoadContexts,
    /// Read the newest lines of the audit log and verify its chain.
    LoadAudit,
    /// Read the files of the service catalogue.
    LoadCatalog,
    /// Record that a person let the console write, or took it back.
    RecordMode(WriteMode),
    /// Write a person's remark into the audit log.
    RecordNote(String),
    /// Remember how lists look, and the filters saved.
    KeepViews(Views),
    /// Follow logs; ends those followed before.
    FollowLogs(LogQuery),
    /// Look something up for a page.
    Look {
        /// Comes back with what was found.
        ticket: u64,
        /// What.
        look: Look,
    },
    /// Ask the question of a chart. Answered by [`Event::Chart`](super::Event::Chart).
    ReadChart {
        /// Comes back with the answer.
        ticket: u64,
        /// What is asked.
        ask: Box<ChartAsk>,
    },
    /// Nobody waits for the answers of charts any more.
    StopCharts,
    /// Save the lines of a log to a file.
    SaveLog {
        /// Whose log, for the file's name.
        name: String,
        /// Its lines.
        text: String,
    },
    /// Stop following.
    StopLogs,
    /// Open a tunnel from a port of this machine to a pod. Answered by
    /// [`Event::Forwards`](super::Event::Forwards), or by a notice.
    Forward(ForwardAsk),
    /// Let a tunnel lead to another pod from its next connection on.
    Redirect {
        /// Which tunnel.
        id: u64,
        /// Where to.
        pod: ObjectKey,
    },
    /// Close a tunnel with all its connections.
    StopForward(u64),
    /// Lend the terminal to another program.
    Outside(Outside),
    /// Ring the bell, and tell the desktop this.
    Ring(String),
    /// Put text on the terminal's clipboard (OSC 52).
    Copy(String),
    /// Save the screen as text and SVG.
    SaveScreen,
    /// Give the terminal back and stop, until the shell lets us go on.
    Suspend,
    /// Clear and draw everything again.
    Repaint,
    /// End the console.
    Quit,
}

/// An action asked for, before it is worked out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// What to do.
    pub verb: Verb,
    /// To what, frozen at the key press.
    pub target: Target,
    /// Why; may be empty.
    pub reason: String,
    /// Although another tool owns it.
    pub override_owner: bool,
    /// How many objects the same answer is for; 1 unless it is a bulk action.
    pub together: usize,
}
