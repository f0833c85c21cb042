//! Deliveries: started, driven, asked of and taken over from this process.
//!
//! The same for the console, the command line, `qd engine` and the demo. A
//! delivery is a record in the cluster; this is the part that makes things
//! happen to it. What decides is `engine::canary`; what keeps two drivers
//! apart is `engine::record`.
//!
//! Absent: any state that is not in the cluster. A process that dies loses
//! nothing but its heartbeat.

mod adopt;
mod approve;
mod asking;
mod asks;
mod bell;
mod gates;
mod glance;
mod hearing;
mod lookup;
mod means;
mod meter;
mod monitor;
mod others;
mod pace;
mod pilot;
mod plan;
mod server;
mod shore;
mod sounding;
mod stored;
#[cfg(test)]
mod tests;
mod vitals;

pub use adopt::{heartbeats, warrant_for};
pub use approve::petitioned;
pub use asking::KEEP_ASKING;
pub(super) use lookup::hello;
pub use monitor::Monitors;
pub use pace::Pace;
pub use pilot::Left;
pub use plan::Planner;
pub use server::Means;
pub use stored::read_record;
pub use vitals::Vitals;

use super::{Tasks, journal};
use crate::cluster::Cluster;
use crate::domain::{
    Actor, Fault, FaultKind, Mutation, Namespace, ObjectKey, ResourceVersion, Target, Uid, Warrant,
    WriteOutcome,
};
use crate::engine::delivery::DeliveryPlan;
use crate::engine::record::{Driver, DriverMode, LeaseWatch, OperationRecord, Takeover, may_take_over};
use crate::msg::{Level, Notice};
use crate::store::AuditLog;
use asking::About;
use bell::Bell;
use hearing::Hearing;
use pilot::Pilot;
use server::Server;
use shore::Saved;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use stored::{Stored, config_map, read, save_write, saved, send, site, stored};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// News of the deliveries driven here.
#[derive(Clone, Debug)]
pub enum News {
    /// The records driven from here.
    Driving(Vec<ObjectKey>),
    /// Something to tell.
    Told(Notice),
}

/// The deliveries of this process. Clones share everything.
#[derive(Clone, Debug)]
pub struct Deliveries {
    audit: AuditLog,
    driver: Driver,
    tasks: Tasks,
    pace: Pace,
    news: mpsc::Sender<News>,
    vitals: Vitals,
    monitors: Monitors,
    driving: Arc<Mutex<BTreeMap<ObjectKey, Hand>>>,
    hearing: Hearing,
    /// Where all its records are looked for, by an engine; empty for everywhere.
    scope: Option<Namespace>,
}

/// A delivery driven here, held from outside.
#[derive(Debug)]
struct Hand {
    stop: CancellationToken,
    bell: Bell,
}

/// A driver's identity, unique per process.
pub fn driver(actor: &Actor, mode: DriverMode) -> Driver {
    let (user, host, pid) = (actor.os_user.clone(), actor.host.clone(), std::process::id());
    let identity = format!("{user}@{host}/{pid}/{:08x} {}", fastrand::u32(..), mode.word());
    Driver { identity, host, user: actor.to_string(), mode, epoch: 1 }
}

impl Deliveries {
    /// None yet; how they go is told through `news`.
    pub fn new(audit: AuditLog, driver: Driver, tasks: Tasks, pace: Pace, news: mpsc::Sender<News>) -> Self {
        let (vitals, driving, hearing) = (Vitals::default(), Arc::default(), Hearing::default());
        let monitors = Monitors::default();
        Self { audit, driver, tasks, pace, news, vitals, monitors, driving, hearing, scope: None }
    }

    /// The same, with whom expressions are asked of.
    #[must_use]
    pub fn asking(self, monitors: Monitors) -> Self {
        Self { monitors, ..self }
    }

    /// What works a delivery out that would be driven here.
    pub fn planner(&self, cluster: Cluster, actor: Actor) -> Planner {
        let (driver, pace, monitors) = (self.driver.clone(), self.pace.clone(), self.monitors.clone());
        Planner { cluster, actor, driver, pace, monitors }
    }

    /// How this process is, as an engine.
    pub fn vitals(&self) -> Vitals {
        self.vitals.clone()
    }

    /// The records driven from here.
    pub fn driving(&self) -> Vec<ObjectKey> {
        self.lock().keys().cloned().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<ObjectKey, Hand>> {
        self.driving.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn means(&self, cluster: Cluster, actor: Actor) -> Means {
        let (audit, pace, monitors) = (self.audit.clone(), self.pace.clone(), self.monitors.clone());
        Means { cluster, audit, actor, pace, monitors }
    }

    /// Stores the record of a confirmed plan and begins to drive it, or, with
    /// `drive` off, leaves it to an engine. Storing is the lock: of two who
    /// start at once one is told.
    ///
    /// # Errors
    /// Another delivery was started meanwhile, or the record cannot be
    /// stored; nothing else was written then.
    pub async fn start(
        &self,
        cluster: &Cluster,
        plan: DeliveryPlan,
        warrant: Warrant,
        drive: bool,
    ) -> Result<ObjectKey, Fault> {
        let mut record = plan.record;
        let others = others::records(cluster, &record.target.namespace, &record.target.name).await?;
        if let Some(running) = others.running {
            return Err(Fault::new(FaultKind::Refused, running).hint("let it end, or abort it: qd abort"));
        }
        // Somebody may have locked it since it was planned.
        gates::unlocked(cluster, &plan.target.key, self.pace.now()).await?;
        if !drive {
            record.driver.identity.clear();
        }
        let key = record.key();
        let target = Target { key: key.clone(), ..plan.target.clone() };
        let write = Mutation::create(target, config_map(&record)?);
        let actor = record.started_by.clone();
        let said = record.log.first().map_or_else(|| "start".to_owned(), |line| line.text.to_string());
        let about = About { record: &record, actor: &actor, action: said, reason: &record.reason };
        let version = match self.audited(cluster, &warrant, about, &write).await? {
            WriteOutcome::Applied { resource_version, .. } => resource_version,
            WriteOutcome::Refused(fault) if fault.kind == FaultKind::Conflict => {
                let text =
                    format!("somebody started another delivery to {} at the same time", plan.target.key);
                return Err(Fault::new(FaultKind::Conflict, text).hint("look at it, then decide again"));
            }
            WriteOutcome::Refused(fault) | WriteOutcome::Unknown(fault) => return Err(fault),
        };
        for (key, uid) in plan.surplus {
            self.forget(cluster, &plan.target, &warrant, key, uid).await;
        }
        let owner = stored(&cluster.read(&key).await?).uid;
        if drive {
            let means = self.means(cluster.clone(), actor);
            self.begin(means, warrant, record, (owner, version), false);
        }
        Ok(key)
    }

    /// Deletes a record beyond those kept; only tidiness.
    async fn forget(&self, cluster: &Cluster, site: &Target, warrant: &Warrant, key: ObjectKey, uid: Uid) {
        let target = Target { key, uid, ..site.clone() };
        if let WriteOutcome::Refused(fault) | WriteOutcome::Unknown(fault) =
            send(cluster, warrant, &Mutation::delete(target)).await
        {
            tracing::debug!("an old record stays: {fault}");
        }
    }

    /// Drives `record`, which names this process as its driver and is stored
    /// so. `lost` says that the driver before was lost in the middle.
    fn begin(
        &self,
        means: Means,
        warrant: Warrant,
        record: OperationRecord,
        stored: (Uid, ResourceVersion),
        lost: bool,
    ) {
        let (this, key, bell) = (self.clone(), record.key(), Bell::default());
        let (cluster, site) = (means.cluster.clone(), site(&means.cluster, &record));
        let shore = Server::new(means, warrant, &record, stored.0.clone(), bell.clone());
        let pilot = Pilot::new(shore, record, stored, site, lost);
        self.tasks.spawn_careful(format!("delivery {}", key.name), move |all| async move {
            let stop = all.child_token();
            this.lock().insert(key.clone(), Hand { stop: stop.clone(), bell: bell.clone() });
            this.tell_driving().await;
            let scope = this.scope.clone().unwrap_or_else(|| key.namespace.clone());
            let hung = this.hearing.hang(&this.tasks, (&cluster, scope), key.clone(), bell);
            let left = Box::pin(pilot.drive(stop)).await;
            drop(hung);
            this.lock().remove(&key);
            this.tell_driving().await;
            this.tell_left(&key, &left).await;
        });
    }

    /// Wakes the driver of a delivery, if it is driven here.
    fn wake(&self, key: &ObjectKey) {
        if let Some(hand) = self.lock().get(key) {
            hand.bell.ring();
        }
    }

    async fn tell_driving(&self) {
        // Nobody listens any more when the process is closing.
        let _closing = self.news.send(News::Driving(self.driving())).await;
    }

    async fn tell_left(&self, key: &ObjectKey, left: &Left) {
        tracing::info!(record = %key, ?left, "no longer driven from here");
        self.vitals.left(left);
        let (level, text) = match left {
            Left::Over(ending) => match ending {
                crate::engine::canary::Ending::Promoted => (Level::Success, "promoted".to_owned()),
                crate::engine::canary::Ending::RolledBack { why } => {
                    (Level::Warning, format!("rolled back: {why}"))
                }
            },
            Left::Replaced { by } => (Level::Info, format!("driven by {by} now")),
            Left::Gone => {
                (Level::Warning, "its record was deleted: the canary goes with it, stable stays".to_owned())
            }
            Left::Broken(why) => (Level::Error, format!("its record cannot be used any more: {why}")),
            Left::HandedOver => (Level::Info, "handed over".to_owned()),
        };
        let _closing = self.news.send(News::Told(Notice::new(level, format!("{}: {text}", key.name)))).await;
    }

    /// Gives up driving everything; each driver stores that between two turns.
    pub fn hand_over(&self) {
        self.lock().values().for_each(|hand| hand.stop.cancel());
    }

    /// Drives a delivery from here whose driver is gone: watches its Lease
    /// for as long as that lasts, then takes the record over.
    ///
    /// # Errors
    /// It is over, its driver lives, or somebody else was faster.
    pub async fn take_over(
        &self,
        cluster: &Cluster,
        record: &ObjectKey,
        warrant: Warrant,
        actor: Actor,
        lease: &LeaseWatch,
    ) -> Result<(), Fault> {
        let (found, read) = read(cluster, record).await?;
        match may_take_over(&read, lease, &self.driver.identity, self.pace.now()) {
            Takeover::Free => self.seize(cluster, (found, read), warrant, actor, &self.driver.clone()).await,
            Takeover::Ours => Ok(()),
            Takeover::Over => Err(Fault::new(FaultKind::Refused, "it is over: there is nothing to drive")),
            Takeover::Alive { holder } => {
                let text = format!("{holder} drives it");
                Err(Fault::new(FaultKind::Refused, text).hint("ask it: qd promote, hold, abort"))
            }
        }
    }

    /// Takes the record over, whoever drives: the epoch is what counts.
    async fn seize(
        &self,
        cluster: &Cluster,
        (found, mut record): (Stored, OperationRecord),
        warrant: Warrant,
        actor: Actor,
        me: &Driver,
    ) -> Result<(), Fault> {
        let key = record.key();
        let lost = record.take_over(me, self.pace.now());
        let target = Target { key: key.clone(), uid: found.uid.clone(), ..site(cluster, &record) };
        let write = save_write(target, &found.version, &record)?;
        let about = About { record: &record, actor: &actor, action: "take it over".to_owned(), reason: "" };
        match saved(self.audited(cluster, &warrant, about, &write).await?) {
            Saved::Done(version) => {
                let means = self.means(cluster.clone(), actor);
                self.begin(means, warrant, record, (found.uid, version), lost);
                Ok(())
            }
            Saved::Moved(why) => {
                let text = format!("somebody else took {} over at the same time: {why}", key.name);
                Err(Fault::new(FaultKind::Conflict, text).hint("look again"))
            }
            Saved::Failed(fault) => Err(fault),
        }
    }
}
