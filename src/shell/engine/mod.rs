//! The engine task: carries confirmed plans out, one task per operation.
//!
//! Order of things for each: a record with a kernel lock (so that a successor
//! can tell dead from slow), the intent in the audit log, the write, then
//! looking at the object until it has arrived. A run looks at its object
//! itself, once a second, and not through the screen's watches: it goes on the
//! same when the screen changes its context or namespace in the middle, when
//! lists are forbidden, and without a screen.

mod drive;

use super::Tasks;
use crate::cluster::Cluster;
use crate::domain::{Fault, FaultKind, OperationId, Permit, Phase, Plan, Uid};
use crate::engine::{Expected, Run};
use crate::msg::RunView;
use crate::shell::deliver::Pace;
use crate::store::{AuditLog, Claimed, Running, RunningRecord};
use drive::Driver;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// Carries plans out. Clones share everything.
#[derive(Clone, Debug)]
pub struct Engine {
    audit: AuditLog,
    running: Running,
    tasks: Tasks,
    news: mpsc::Sender<RunView>,
    clock: Pace,
    busy: Arc<Mutex<HashMap<Uid, OperationId>>>,
}

/// A confirmed plan with the gate's leave.
#[derive(Debug)]
pub struct Job {
    /// The connection the plan was made on.
    pub cluster: Cluster,
    /// What was confirmed.
    pub plan: Plan,
    /// What the object is to be afterwards.
    pub expected: Expected,
    /// Leave to write it, once.
    pub permit: Permit,
}

impl Engine {
    /// An engine that tells how its runs go through `news`.
    pub fn new(audit: AuditLog, running: Running, tasks: Tasks, news: mpsc::Sender<RunView>) -> Self {
        Self { audit, running, tasks, news, clock: Pace::default(), busy: Arc::default() }
    }

    /// The same on another clock than the machine's.
    #[must_use]
    pub fn on(self, clock: Pace) -> Self {
        Self { clock, ..self }
    }

    /// The operation being carried out on this object, by this console or
    /// another one of this user.
    pub fn running_on(&self, uid: &Uid) -> Option<OperationId> {
        let ours = self.busy.lock().unwrap_or_else(PoisonError::into_inner).get(uid).cloned();
        ours.or_else(|| self.running.alive_on(uid).ok().flatten())
    }

    /// Begins to carry a plan out.
    ///
    /// Fails if another operation on the object has not ended (a rollback does
    /// not wait for one) or the record cannot be written; nothing was sent then.
    pub fn execute(&self, job: Job) -> Result<(), Fault> {
        let order = job.plan.order.clone();
        let other = self.running_on(&order.target.uid).filter(|_| !order.verb.is_emergency());
        if let Some(other) = other {
            let text = format!("operation {other} on {} has not ended: nothing was sent", order.target.key);
            return Err(Fault::new(FaultKind::Refused, text).hint("wait for it, then look again"));
        }
        let claimed = self.running.claim(&RunningRecord {
            order: order.clone(),
            template: job.expected.template,
            replicas: job.expected.replicas,
            paused: job.expected.paused,
        })?;
        let run = Run::new(order, job.expected, self.clock.seen());
        let write = Some((job.permit, job.plan.mutation));
        self.begin(Driver::new(self.clone(), job.cluster, run, claimed, write));
        Ok(())
    }

    /// Takes over what a console that died in the middle left behind on this
    /// cluster: each operation is read back, watched to its end, and gets its
    /// outcome in the audit log. Returns how many.
    pub fn recover(&self, cluster: &Cluster) -> Result<usize, Fault> {
        let mut count = 0;
        for (record, claimed) in self.running.abandoned()? {
            if record.order.target.cluster != *cluster.url() {
                continue;
            }
            tracing::warn!(operation = %record.order.id, "taking over an operation whose console died");
            count += 1;
            self.resume(cluster.clone(), &record, claimed);
        }
        Ok(count)
    }

    fn resume(&self, cluster: Cluster, record: &RunningRecord, claimed: Claimed) {
        let expected =
            Expected { template: record.template, replicas: record.replicas, paused: record.paused };
        let mut run = Run::new(record.order.clone(), expected, self.clock.seen());
        run.phase = Phase::Unknown("the console that carried it out ended in the middle".to_owned());
        self.begin(Driver::new(self.clone(), cluster, run, claimed, None));
    }

    fn begin(&self, driver: Driver) {
        let order = driver.order();
        let (uid, id) = (order.target.uid.clone(), order.id.clone());
        self.busy.lock().unwrap_or_else(PoisonError::into_inner).insert(uid.clone(), id.clone());
        let busy = self.busy.clone();
        self.tasks.spawn_careful(format!("operation {id}"), move |token| async move {
            driver.drive(token).await;
            let mut busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
            // A rollback may have overtaken this one: its entry stays.
            if busy.get(&uid) == Some(&id) {
                busy.remove(&uid);
            }
        });
    }
}
