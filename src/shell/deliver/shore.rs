//! What a driver needs of the world, so that the same driver runs on a
//! cluster and, in tests, on a simulated one under any schedule.

use super::meter::Measure;
use crate::domain::{Fault, Mutation, Now, Pod, ResourceVersion, Uid, Workload, WriteOutcome};
use crate::engine::canary::{Answered, Measurements, Observed, Plan, Question, Side};
use crate::engine::delivery::LivePair;
use crate::engine::record::{DriverMode, OperationRecord, RecordFault, lease_time};
use crate::engine::router::Shares;
use jiff::Timestamp;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// A record as read.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Loaded {
    /// Identity of the ConfigMap.
    pub(super) uid: Uid,
    /// Its version.
    pub(super) version: ResourceVersion,
    /// What is in it; none if that is the version known.
    pub(super) news: Option<Result<OperationRecord, RecordFault>>,
}

/// What came of storing a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Saved {
    /// It is stored, with this version.
    Done(ResourceVersion),
    /// Somebody stored another version before, or ours got there and the
    /// answer did not: read again.
    Moved(String),
    /// It is not stored.
    Failed(Fault),
}

/// The objects of a delivery as read at one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Look {
    /// Whole.
    pub(super) live: LivePair,
    /// Stable, slim.
    pub(super) stable: Option<Arc<Workload>>,
    /// The canary, slim, its template without the track label.
    pub(super) canary: Option<Arc<Workload>>,
    /// How requests are shared out, if anything but pods does that.
    pub(super) shares: Option<Shares>,
}

impl Look {
    /// Both sides and what is between them, as the run wants them.
    pub(super) fn observed(&self) -> Observed {
        Observed {
            stable: self.stable.as_deref().map(side),
            canary: self.canary.as_deref().map(side),
            router: self.shares,
        }
    }
}

fn side(workload: &Workload) -> Side {
    let r = workload.replicas;
    let through = workload.observed_generation >= workload.generation;
    Side {
        template: workload.template.digest,
        desired: r.desired,
        available: r.available,
        settled: through && r.current == r.desired && r.updated == r.current,
    }
}

/// The pods of both sides.
#[derive(Clone, Debug, Default)]
pub(super) struct Pods {
    /// Of stable, whatever template.
    pub(super) stable: Vec<Pod>,
    /// Of the canary.
    pub(super) canary: Vec<Pod>,
}

/// A line for the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A write is about to be sent.
    Intent {
        /// What it does.
        action: String,
        /// Its digest.
        digest: String,
    },
    /// What came of it.
    Written {
        /// What it did.
        action: String,
        /// Its digest.
        digest: String,
        /// `applied`, `refused`, `unknown`.
        result: &'static str,
        /// Details.
        detail: String,
    },
    /// How the delivery ended.
    Outcome {
        /// `promoted`, `rolled back`.
        result: &'static str,
        /// Why.
        detail: String,
    },
}

/// The cluster, the clock, the metrics and the audit log, for one delivery.
pub(super) trait Shore: Send {
    /// This moment.
    fn now(&self) -> Now;
    /// How long the Lease of a driver of this sort lasts, by [`Self::now`].
    fn lease(&self, mode: DriverMode) -> Duration {
        lease_time(mode)
    }
    /// Waits.
    fn rest(&self, time: Duration) -> impl Future<Output = ()> + Send;
    /// Takes, renews or (empty holder) gives up the Lease as last read.
    fn beat(
        &mut self,
        holder: &str,
        lasts: Duration,
        at: Timestamp,
    ) -> impl Future<Output = Result<(), Fault>> + Send;
    /// The record as stored, read only if it is not the version known; none
    /// if it is gone.
    fn load(&mut self, known: &ResourceVersion)
    -> impl Future<Output = Result<Option<Loaded>, Fault>> + Send;
    /// Stores the record if it still has that version.
    fn save(
        &mut self,
        version: &ResourceVersion,
        record: &OperationRecord,
    ) -> impl Future<Output = Saved> + Send;
    /// Both Deployments, and what shares requests out.
    fn look(&mut self) -> impl Future<Output = Result<Look, Fault>> + Send;
    /// The pods of both.
    fn pods(&mut self, look: &Look) -> impl Future<Output = Result<Pods, Fault>> + Send;
    /// Sends a write, once.
    fn send(&mut self, write: &Mutation) -> impl Future<Output = WriteOutcome> + Send;
    /// Reads the metrics of these pods, counted as the step wants it.
    fn measure(&mut self, pods: &Pods, step: Option<Measure>) -> impl Future<Output = Measurements> + Send;
    /// Asks what is due, unless it is being asked; what was answered since. Does
    /// not wait for answers.
    fn question(&mut self, due: Vec<Question>, plan: &Plan) -> impl Future<Output = Vec<Answered>> + Send;
    /// Writes the audit log; of an intent it is on the disk when this returns.
    fn journal(&mut self, line: Line) -> impl Future<Output = Result<(), Fault>> + Send;
    /// Tells kubectl users, as well as it can.
    fn tell(
        &mut self,
        record: &OperationRecord,
        reason: &'static str,
        message: &str,
    ) -> impl Future<Output = ()> + Send;
}
