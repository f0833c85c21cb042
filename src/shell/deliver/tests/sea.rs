//! A small cluster with latency, lost answers, outages and frozen processes.
//!
//! It is made to be cheap, because ten thousand schedules are played on it: an
//! object is read again only when it changed, and the record is kept as a
//! value. Every sixteenth sea keeps it as the text an API server keeps.

use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::future::{Future as _, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use super::super::meter::Measure;
use super::super::pilot::{Left, Pilot};
use super::super::shore::{Line, Loaded, Look, Pods, Saved, Shore};
use super::tide::Clock;
use crate::cluster::{decode_workload, digest_template};
use crate::domain::{
    Actor, Fault, FaultKind, How, Kind, Mutation, Now, ResourceVersion, Target, Workload, WriteOutcome,
    patched,
};
use crate::engine::canary::{CanaryRun, Measurements, Observed, Plan, Request, Step};
use crate::engine::delivery::{LivePair, untracked};
use crate::engine::record::{
    Beat, Driver, DriverMode, LeaseWatch, OnDriverLoss, OperationRecord, PodTemplate, RecordTarget, SCHEMA,
    Strategy, Takeover, Templates, Version, decode, encode, may_take_over,
};
use crate::engine::router::{Before, Router, RouterKind, Shares};
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Counts, Data, Health, Importance, Interval, Metric, Requests};
use crate::engine::weights::Routing;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

pub(super) fn template(version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "shop"}},
        "spec": {"containers": [{"name": "app", "image": format!("r.io/shop:{version}")}]},
    })
}

/// A Deployment as read: whole, and slim.
type Seen = (Arc<Value>, Arc<Workload>);

/// A Deployment and its pods.
pub(super) struct Deployment {
    raw: Value,
    /// Digest of its template without the track label.
    digest: u64,
    current: u32,
    old: u32,
    /// As it is read until it changes.
    seen: Option<Seen>,
}

impl Deployment {
    fn new(mut raw: Value, uid: &str, pods: u32) -> Self {
        raw["metadata"]["uid"] = json!(uid);
        raw["metadata"]["resourceVersion"] = json!("1");
        raw["metadata"]["generation"] = json!(1);
        let digest = digest_template(&untracked(&raw["spec"]["template"], None));
        Self { raw, digest, current: pods, old: 0, seen: None }
    }

    pub(super) fn desired(&self) -> u32 {
        self.raw["spec"]["replicas"].as_u64().map_or(1, |n| u32::try_from(n).unwrap())
    }

    pub(super) fn available(&self) -> u32 {
        self.current + self.old
    }

    pub(super) fn digest(&self) -> u64 {
        self.digest
    }

    /// Which driver's it is: `<its uid> fenced as 1.2`.
    pub(super) fn fence(&self) -> String {
        let metadata = &self.raw["metadata"];
        format!("{} fenced as {}", metadata["uid"], metadata["labels"]["quarterdeck/fence"])
    }

    fn seen(&mut self) -> Seen {
        if self.seen.is_none() {
            let mut raw = self.raw.clone();
            raw["status"] = json!({
                "observedGeneration": raw["metadata"]["generation"],
                "replicas": self.available(), "updatedReplicas": self.current,
                "readyReplicas": self.available(), "availableReplicas": self.available(),
            });
            let mut bare = raw.clone();
            bare["spec"]["template"] = untracked(&raw["spec"]["template"], None);
            self.seen = Some((Arc::new(raw), Arc::new(decode_workload(&bare).unwrap())));
        }
        self.seen.clone().unwrap()
    }

    /// One pod is made or removed, as with `maxUnavailable: 0`.
    fn reconcile(&mut self, makes_pods: bool) {
        let (desired, before) = (self.desired(), (self.current, self.old));
        if self.available() > desired {
            if self.old > 0 { self.old -= 1 } else { self.current -= 1 }
        } else if self.current < desired && makes_pods {
            self.current += 1;
        }
        if before != (self.current, self.old) {
            self.seen = None;
        }
    }

    /// As an API server patches: all tests, if it `tests`, then all changes.
    ///
    /// # Errors
    /// The path whose test failed.
    fn patch(&mut self, mutation: &Mutation, tests: bool) -> Result<(), String> {
        let raw = newer(patched(&self.raw, &mutation.ops, tests)?);
        if raw["spec"]["template"] != self.raw["spec"]["template"] {
            (self.current, self.old) = (self.old, self.current);
            self.digest = digest_template(&untracked(&raw["spec"]["template"], None));
        }
        (self.raw, self.seen) = (raw, None);
        Ok(())
    }
}

/// The object with its next version.
fn newer(mut raw: Value) -> Value {
    let version: u64 = raw["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    raw["metadata"]["resourceVersion"] = json!((version + 1).to_string());
    raw
}

/// The route that shares requests out, as it is and as the record knows it.
pub(super) struct Route {
    known: Router,
    raw: Arc<Value>,
}

impl Route {
    pub(super) fn shares(&self) -> Option<Shares> {
        self.known.shares(Some(&self.raw))
    }

    pub(super) fn rules(&self) -> &Value {
        &self.raw["spec"]["rules"]
    }
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
        first: stable.digest,
        stable,
        canary: None,
        route: None,
        record: None,
        tests: true,
        by_text: seed.is_multiple_of(16),
        lease: None,
        starts: true,
        errors: 10,
        out_until: 0,
        trouble: 0,
        sleepy: 0,
        rng: fastrand::Rng::with_seed(seed),
        uids: 0,
        rings: 0,
        resting: BTreeSet::new(),
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

    /// A second of the controllers.
    pub(super) fn second(&mut self) {
        let starts = self.starts;
        self.stable.reconcile(self.stable.digest == self.first || starts);
        if let Some(canary) = &mut self.canary {
            canary.reconcile(starts);
        }
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
            How::Patch if write.target.key.kind == Kind::HttpRoute => {
                let Some(route) = &mut self.route else { return refused("not found") };
                match patched(&route.raw, &write.ops, self.tests) {
                    Ok(raw) => route.raw = Arc::new(newer(raw)),
                    Err(path) => return refused(&format!("the test of {path} failed")),
                }
                applied
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

    fn save(&mut self, known: &ResourceVersion, record: &OperationRecord) -> Saved {
        let Some((version, _)) = self.record else { return Saved::Moved("gone".into()) };
        if known.as_str() != version.to_string() {
            return Saved::Moved("another version".into());
        }
        self.record = Some((version + 1, self.kept(record.clone())));
        Saved::Done((version + 1).to_string().into())
    }
}

/// One process's way to the sea.
#[derive(Clone)]
pub(super) struct Boat {
    sea: Shared,
    clock: Clock,
    /// The process stands still before this moment.
    frozen_until: Arc<AtomicU64>,
    /// Its wall clock is wrong by this many seconds.
    skew: Arc<AtomicI64>,
    /// [`Sea::rings`] it has woken up for.
    heard: Arc<AtomicU64>,
}

impl Boat {
    pub(super) fn new(sea: &Shared, clock: &Clock, skew: i64) -> Self {
        Self {
            sea: sea.clone(),
            clock: clock.clone(),
            frozen_until: Arc::default(),
            skew: Arc::new(skew.into()),
            heard: Arc::default(),
        }
    }

    /// Stops the process where it stands, with whatever it has on its way.
    pub(super) fn freeze(&self, time: Duration) {
        let until = self.clock.now() + u64::try_from(time.as_millis()).unwrap();
        self.frozen_until.store(until, Ordering::Relaxed);
    }

    /// Somebody sets its clock.
    pub(super) fn jump(&self, seconds: i64) {
        self.skew.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn thaw(&self) {
        self.clock.sleep_until(self.frozen_until.load(Ordering::Relaxed)).await;
    }

    /// One request: it takes time on the way there and back, may not arrive,
    /// may be answered by nobody. Done atomically in between.
    async fn call<T>(
        &self,
        work: impl FnOnce(&mut Sea) -> T,
        lost: impl FnOnce(Fault) -> T,
        never: impl FnOnce(Fault) -> T,
    ) -> T {
        let (there, back, fate) = {
            let mut sea = lock(&self.sea);
            (sea.rng.u64(1..80), sea.rng.u64(1..80), sea.rng.u64(0..100))
        };
        self.clock.sleep(Duration::from_millis(there)).await;
        self.thaw().await;
        let (out, trouble) = {
            let sea = lock(&self.sea);
            (self.clock.now() < sea.out_until, sea.trouble)
        };
        let unreachable = || Fault::new(FaultKind::Unreachable, "nobody answers".to_owned());
        if out || fate < trouble {
            return never(unreachable());
        }
        let done = work(&mut lock(&self.sea));
        self.clock.sleep(Duration::from_millis(back)).await;
        self.thaw().await;
        if fate < 2 * trouble { lost(unreachable()) } else { done }
    }

    async fn ask<T>(&self, work: impl FnOnce(&mut Sea) -> T) -> Result<T, Fault> {
        self.call(|sea| Ok(work(sea)), Err, Err).await
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

impl Shore for Boat {
    fn now(&self) -> Now {
        let passed = self.clock.now();
        let skew = self.skew.load(Ordering::Relaxed);
        let wall = i64::try_from(passed).unwrap() + 1_000_000_000 + skew * 1_000;
        Now { wall: Timestamp::from_millisecond(wall).unwrap(), boot: Duration::from_millis(passed) }
    }

    async fn rest(&self, time: Duration) {
        let mut sleep = self.clock.sleep(time);
        poll_fn(|context| {
            let mut sea = lock(&self.sea);
            if self.heard.swap(sea.rings, Ordering::Relaxed) != sea.rings {
                return Poll::Ready(());
            }
            let (task, rested) = (self.clock.polled(), Pin::new(&mut sleep).poll(context));
            if rested.is_ready() {
                sea.resting.remove(&task);
            } else {
                sea.resting.insert(task);
            }
            rested
        })
        .await;
        self.thaw().await;
    }

    async fn beat(&mut self, holder: &str, lasts: Duration, at: Timestamp) -> Result<(), Fault> {
        let beat = Beat { holder: holder.to_owned(), renewed: at.to_string(), lasts };
        self.ask(|sea| sea.lease = Some(beat)).await
    }

    async fn load(&mut self, known: &ResourceVersion) -> Result<Option<Loaded>, Fault> {
        let known = known.clone();
        self.ask(move |sea| {
            let (version, record) = sea.record.as_ref()?;
            let version = ResourceVersion::from(version.to_string());
            let news = (version != known).then(|| Ok((**record).clone()));
            Some(Loaded { uid: "uid-record".into(), version, news })
        })
        .await
    }

    async fn save(&mut self, version: &ResourceVersion, record: &OperationRecord) -> Saved {
        self.call(|sea| sea.save(version, record), |fault| Saved::Moved(fault.text), Saved::Failed).await
    }

    async fn look(&mut self) -> Result<Look, Fault> {
        self.ask(|sea| {
            let (stable, slim) = sea.stable.seen();
            let (canary, bare) = sea.canary.as_mut().map(Deployment::seen).unzip();
            let router = sea.route.as_ref().map(|route| route.raw.clone());
            Look {
                stable: Some(slim),
                canary: bare,
                shares: sea.route.as_ref().and_then(Route::shares),
                live: LivePair { stable: Some(stable), canary, router },
            }
        })
        .await
    }

    async fn pods(&mut self, _look: &Look) -> Result<Pods, Fault> {
        Ok(Pods::default())
    }

    async fn send(&mut self, write: &Mutation) -> WriteOutcome {
        let sleeps = {
            let mut sea = lock(&self.sea);
            (sea.rng.u64(0..100) < sea.sleepy).then(|| sea.rng.u64(5..200))
        };
        if let Some(seconds) = sleeps {
            self.freeze(Duration::from_secs(seconds));
        }
        self.call(|sea| sea.apply(write), WriteOutcome::Unknown, WriteOutcome::Refused).await
    }

    async fn measure(&mut self, _pods: &Pods, step: Option<Measure>) -> Measurements {
        let now = self.now();
        let Some(step) = step else { return Measurements::default() };
        let elapsed = u32::try_from(now.since(step.since).as_secs()).unwrap();
        let (canary, stable, errors) = {
            let sea = lock(&self.sea);
            (
                sea.canary.as_ref().map_or(0, |c| u64::from(c.current)),
                u64::from(sea.stable.available()),
                sea.errors,
            )
        };
        let percent = lock(&self.sea).route.as_ref().and_then(|route| route.shares()?.percent);
        let all = 100 * u64::from(step.interval_s);
        let by_pods = all * canary / (canary + stable).max(1);
        let n = percent.map_or(by_pods, |percent| all * u64::from(percent) / 100);
        let counts = |n: u64, errors: u64| Some(Counts { n, e: n * errors / 1_000 });
        let intervals = (0..elapsed / step.interval_s)
            .map(|i| Interval {
                from_s: i * step.interval_s,
                to_s: (i + 1) * step.interval_s,
                canary: counts(n, errors),
                baseline: counts(all - n, 10),
            })
            .collect();
        let data = Data::Requests(Requests { bad: Bad::Failed, floor: 0.001, limit: None, intervals });
        let metrics = vec![Metric { name: "errors".into(), importance: Importance::Critical, data }];
        Measurements { metrics, facts: Vec::new(), health: Health::Fresh }
    }

    async fn journal(&mut self, _line: Line) -> Result<(), Fault> {
        Ok(())
    }

    async fn tell(&mut self, _record: &OperationRecord, _reason: &'static str, _message: &str) {}
}

fn me(name: &str) -> Driver {
    Driver { identity: name.into(), host: "sea".into(), user: name.into(), mode: DriverMode::Tui, epoch: 1 }
}

/// The record of a delivery that begins `now`.
/// Each of its two steps takes from `step_s` to four times as many seconds.
pub(super) fn record(step_s: u32, on_driver_loss: OnDriverLoss, now: Now) -> OperationRecord {
    let step = |percent| Step { percent, min_s: step_s, max_s: 4 * step_s, manual: false };
    let plan = Plan { deadline_s: 120, ..Plan::standard() }.with_steps(vec![step(20), step(50)]).unwrap();
    let (old, new) = (template("v1"), template("v2"));
    let (from, to) = (digest_template(&old), digest_template(&new));
    let version = |template, word: &str| Version { template, version: word.into(), ..Version::default() };
    OperationRecord {
        schema: SCHEMA,
        id: "op-1".into(),
        seq: 1,
        target: RecordTarget {
            kind: Kind::Deployment,
            namespace: "prod".into(),
            name: "shop".into(),
            uid: "uid-stable".into(),
        },
        strategy: Strategy::Canary,
        from: version(from, "v1"),
        to: version(to, "v2"),
        templates: Templates { old: PodTemplate::new(old), new: PodTemplate::new(new) },
        router: None,
        run: CanaryRun::new(plan, from, to, now),
        seen: Observed::default(),
        started: now.wall,
        started_by: Actor::default(),
        ended: None,
        reason: String::new(),
        driver: me("first"),
        on_driver_loss,
        requests: Vec::new(),
        verdicts: Vec::new(),
        log: Vec::new(),
    }
}

/// Has the record's delivery shift requests by a route, in which the canary is
/// `named` before or not.
pub(super) fn by_route(sea: &Shared, record: &mut OperationRecord, named: bool) {
    let stable = json!({"name": "shop", "port": 80, "weight": 1});
    let canary = json!({"name": "shop-canary", "port": 80, "weight": 0});
    let backends = if named { json!([canary, stable]) } else { json!([stable]) };
    let raw = json!({
        "metadata": {"name": "shop", "namespace": "prod", "uid": "uid-route", "resourceVersion": "1"},
        "spec": {"rules": [{"backendRefs": backends}]},
    });
    let before = Before { rule: 0, stable: Some(1), named, canary: named.then_some(0) };
    let known = Router {
        kind: RouterKind::HttpRoute,
        name: "shop".into(),
        uid: "uid-route".into(),
        stable: "shop".into(),
        canary: "shop-canary".into(),
        before: vec![before],
    };
    record.run.plan.routing = Routing::Weights;
    record.router = Some(known.clone());
    lock(sea).route = Some(Route { known, raw: Arc::new(raw) });
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
