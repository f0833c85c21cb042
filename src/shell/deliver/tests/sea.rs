//! A small cluster with latency, lost answers, outages and frozen processes.
//!
//! It is made to be cheap, because ten thousand schedules are played on it: an
//! object is read again only when it changed, and the record is kept as a
//! value. Every sixteenth sea keeps it as the text an API server keeps.

mod ailing;
mod boat;
mod deployment;
mod route;
mod written;

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::pilot::{Left, Pilot};
use super::super::shore::{Saved, Shore as _};
use super::tide::Clock;
use crate::domain::{Fault, FaultKind, How, Kind, Mutation, Now, ResourceVersion, Target, WriteOutcome};
use crate::engine::canary::Request;
use crate::engine::record::{
    Beat, Driver, DriverMode, LeaseWatch, OperationRecord, Takeover, decode, encode, may_take_over,
};
use crate::engine::verdict::analysis::Reply;
use crate::engine::verdict::number::Exact;
pub(super) use ailing::{Ailing, Served};
pub(super) use boat::{Boat, Doom};
pub(super) use deployment::Deployment;
pub(super) use route::{Means, Route, by_route, knows_its_picks, picking};
use tokio_util::sync::CancellationToken;
pub(super) use written::{conditioned, record, rolling};

pub(super) fn template(version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "shop"}},
        "spec": {"containers": [{"name": "app", "image": format!("r.io/shop:{version}")}]},
    })
}

/// The object with its next version.
fn newer(mut raw: Value) -> Value {
    let version: u64 = raw["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    raw["metadata"]["resourceVersion"] = json!((version + 1).to_string());
    raw
}

/// What all processes share.
pub(super) struct Sea {
    pub(super) stable: Deployment,
    pub(super) canary: Option<Deployment>,
    pub(super) route: Option<Route>,
    pub(super) record: Option<(u64, Arc<OperationRecord>)>,
    /// Whether the tests in a patch are made.
    pub(super) tests: bool,
    /// Records pass through their text.
    by_text: bool,
    lease: Option<Beat>,
    /// Whether new pods of the new version become available.
    pub(super) starts: bool,
    /// Errors per 1,000 requests of the canary; stable has 10.
    pub(super) errors: u64,
    /// What expressions give.
    pub(super) said: Reply,
    /// The monitoring does not answer before this moment.
    pub(super) silent_until: u64,
    /// Nothing answers before this moment.
    pub(super) out_until: u64,
    /// Percent of calls that fail before, or whose answer is lost.
    pub(super) trouble: u64,
    /// Percent of writes whose process falls asleep with the write on its way.
    pub(super) sleepy: u64,
    rng: fastrand::Rng,
    uids: u64,
    /// Digest of stable's first template, whose pods always start.
    first: u64,
    /// Requests the drivers' watches have told of.
    rings: u64,
    /// Tasks that rest until one more is told of.
    pub(super) resting: BTreeSet<usize>,
    /// What is wrong with pods of the new version.
    pub(super) ailing: Ailing,
    /// What is asked of both versions, and counted.
    pub(super) served: Served,
    /// Writes that processes began: of the record, and of everything else.
    pub(super) writes: u64,
    /// Those of them that change more than what a record keeps of its measurements.
    pub(super) marked: Vec<u64>,
    /// At which of them the process dies.
    pub(super) doom: Option<Doom>,
    /// Every write but a fence as the audit log has it, with its moment.
    pub(super) written: Vec<(u64, String)>,
}

impl Sea {
    /// Whether the canary there was made, and is not yet taken back, by one
    /// who had been replaced by then.
    pub(super) fn has_a_stray(&self) -> bool {
        let fence = |canary: &Deployment| canary.raw["metadata"]["labels"]["quarterdeck/fence"].clone();
        let (Some(canary), Some((_, record))) = (&self.canary, &self.record) else { return false };
        fence(canary) != record.fence()
    }
}

pub(super) type Shared = Arc<Mutex<Sea>>;

pub(super) fn lock(sea: &Shared) -> MutexGuard<'_, Sea> {
    sea.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn sea(seed: u64, replicas: u32) -> Shared {
    let raw = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "shop", "namespace": "prod", "labels": {"app": "shop"}},
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "shop"}}, "template": template("v1")},
    });
    let stable = Deployment::new(raw, "uid-stable", replicas);
    Arc::new(Mutex::new(Sea {
        first: stable.digest(),
        stable,
        canary: None,
        route: None,
        record: None,
        tests: true,
        by_text: seed.is_multiple_of(16),
        lease: None,
        starts: true,
        errors: 10,
        said: Reply::Value(Exact::new(0.99)),
        silent_until: 0,
        out_until: 0,
        trouble: 0,
        sleepy: 0,
        rng: fastrand::Rng::with_seed(seed),
        uids: 0,
        rings: 0,
        resting: BTreeSet::new(),
        ailing: Ailing::default(),
        served: Served::default(),
        writes: 0,
        marked: Vec::new(),
        doom: None,
        written: Vec::new(),
    }))
}

impl Sea {
    pub(super) fn read(&self) -> Option<Arc<OperationRecord>> {
        self.record.as_ref().map(|(_, record)| record.clone())
    }

    /// The record as whoever reads it finds it.
    fn kept(&self, record: OperationRecord) -> Arc<OperationRecord> {
        Arc::new(if self.by_text {
            decode(&encode(&record).unwrap()).unwrap()
        } else {
            OperationRecord { run: record.run.into_stored(), ..record }
        })
    }

    /// A second of the controllers. What the record owned goes with it.
    pub(super) fn second(&mut self) {
        let starts = self.starts;
        let old = self.stable.digest() == self.first;
        self.stable.reconcile(old || starts);
        self.stable.fail(self.ailing.quota.as_deref().filter(|_| !old));
        if self.record.is_none() {
            self.canary = None;
        }
        if let Some(canary) = &mut self.canary {
            canary.reconcile(starts);
            canary.fail(self.ailing.quota.as_deref());
        }
    }

    /// Whether stable has another template than at the beginning.
    pub(super) fn is_changed(&self) -> bool {
        self.stable.digest() != self.first
    }

    fn apply(&mut self, write: &Mutation) -> WriteOutcome {
        let applied = WriteOutcome::Applied { resource_version: ResourceVersion::default(), generation: 0 };
        let refused = |text: &str| WriteOutcome::Refused(Fault::new(FaultKind::Conflict, text.to_owned()));
        match &write.how {
            How::Create(body) => {
                if self.canary.is_some() {
                    return refused("already exists");
                }
                self.uids += 1;
                let uid = format!("uid-canary-{}", self.uids);
                self.canary = Some(Deployment::new(body.clone(), &uid, 0));
                applied
            }
            How::Evict => refused("nothing is evicted here"),
            How::Delete => {
                let uid = json!(write.target.uid);
                if self.canary.as_ref().is_some_and(|c| c.raw["metadata"]["uid"] == uid) {
                    self.canary = None;
                }
                applied
            }
            How::Patch if self.route.as_ref().is_some_and(|route| route.is(&write.target.key)) => {
                let tests = self.tests;
                match self.route.as_mut().map(|route| route.patch(write, tests)) {
                    Some(Ok(())) => applied,
                    Some(Err(path)) => refused(&format!("the test of {path} failed")),
                    None => refused("not found"),
                }
            }
            How::Patch => {
                let deployment = if write.target.key.name.as_str() == "shop" {
                    Some(&mut self.stable)
                } else {
                    self.canary.as_mut()
                };
                let Some(deployment) = deployment else { return refused("not found") };
                if let Err(path) = deployment.patch(write, self.tests) {
                    return refused(&format!("the test of {path} failed"));
                }
                applied
            }
        }
    }

    /// Whether a record says more than the one kept about where it is, and what people asked.
    fn is_news(&self, record: &OperationRecord) -> bool {
        let words = |record: &OperationRecord| {
            let answered = record.requests.iter().filter(|asked| asked.ack.is_some()).count();
            (record.phase_word(), record.step(), answered, record.driver.epoch)
        };
        self.record.as_ref().is_none_or(|(_, kept)| words(kept) != words(record))
    }

    fn save(&mut self, known: &ResourceVersion, record: &OperationRecord) -> Saved {
        let Some((version, _)) = self.record else { return Saved::Moved("gone".into()) };
        if known.as_str() != version.to_string() {
            return Saved::Moved("another version".into());
        }
        self.record = Some((version + 1, self.kept(record.clone())));
        Saved::Done((version + 1).to_string().into())
    }
}

pub(super) fn site() -> Target {
    Target {
        context: "sea".into(),
        cluster: "sea".into(),
        key: crate::domain::ObjectKey::new(Kind::Deployment, "prod", "shop"),
        uid: "uid-stable".into(),
        resource_version: ResourceVersion::default(),
    }
}

fn me(name: &str) -> Driver {
    Driver { identity: name.into(), host: "sea".into(), user: name.into(), mode: DriverMode::Tui, epoch: 1 }
}

/// Starts a delivery and drives it as the first process does.
pub(super) fn start(sea: &Shared, boat: &Boat, record: OperationRecord) -> Pilot<Boat> {
    lock(sea).record = Some((1, Arc::new(record.clone())));
    Pilot::new(boat.clone(), record, ("uid-record".into(), "1".into()), site(), false)
}

/// A process that takes over whatever nobody drives, again and again.
pub(super) async fn successor(boat: Boat, name: &'static str) {
    let mut watch = LeaseWatch::default();
    loop {
        boat.clock.sleep(Duration::from_secs(2)).await;
        boat.thaw().await;
        let read = boat.ask(|sea| (sea.lease.clone(), sea.record.clone())).await;
        let Ok((lease, Some((version, record)))) = read else { continue };
        watch.look(lease, &record.driver, boat.now());
        if may_take_over(&record, &watch, name, boat.now()) == Takeover::Free {
            let _left = seize(&boat, name, version, (*record).clone()).await;
            watch = LeaseWatch::default();
        }
    }
}

/// Takes the record over and drives it; none if somebody else was faster.
pub(super) async fn seize(
    boat: &Boat,
    name: &str,
    version: u64,
    mut record: OperationRecord,
) -> Option<Left> {
    let lost = record.take_over(&me(name), boat.now());
    let Saved::Done(version) = boat.clone().save(&version.to_string().into(), &record).await else {
        return None;
    };
    let pilot = Pilot::new(boat.clone(), record, ("uid-record".into(), version), site(), lost);
    Some(pilot.drive(CancellationToken::new()).await)
}

/// Appends a request, as any console does.
pub(super) fn ask(sea: &Shared, id: u64, request: Request, now: Now) {
    let mut sea = lock(sea);
    let Some((version, record)) = sea.record.take() else { return };
    let mut record = Arc::unwrap_or_clone(record);
    record.ask(format!("r-{id}").as_str().into(), request, "ada", "", now);
    sea.record = Some((version + 1, Arc::new(record)));
}

/// The drivers' watches tell of the newest request.
pub(super) fn ring(sea: &Shared, clock: &Clock) {
    let mut sea = lock(sea);
    sea.rings += 1;
    for task in std::mem::take(&mut sea.resting) {
        clock.wake(task);
    }
}

/// Whether a person asks for more users to see the new version.
pub(super) fn promotes(request: Request) -> bool {
    matches!(request, Request::Promote | Request::PromoteFull)
}
