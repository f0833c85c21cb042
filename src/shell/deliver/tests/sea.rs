//! A small cluster with latency, lost answers, outages and frozen processes.

use serde_json::{Value, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::super::meter::Measure;
use super::super::pilot::{Left, Pilot};
use super::super::server::save_write;
use super::super::shore::{Line, Look, Pods, Saved, Shore, Stored};
use crate::cluster::{decode_workload, digest_template};
use crate::domain::{
    Actor, Fault, FaultKind, How, JsonOp, Kind, Mutation, Now, ResourceVersion, Target, WriteOutcome,
};
use crate::engine::canary::{CanaryRun, Measurements, Observed, Plan, Request, Step};
use crate::engine::delivery::{LivePair, untracked};
use crate::engine::record::{
    Beat, Driver, DriverMode, LeaseWatch, OnDriverLoss, OperationRecord, PodTemplate, RecordTarget, SCHEMA,
    Strategy, Takeover, Templates, Version, decode, encode, may_take_over,
};
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Counts, Data, Health, Importance, Interval, Metric, Requests};
use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub(super) fn template(version: &str) -> Value {
    json!({
        "metadata": {"labels": {"app": "shop"}},
        "spec": {"containers": [{"name": "app", "image": format!("r.io/shop:{version}")}]},
    })
}

/// A Deployment and its pods.
pub(super) struct Deployment {
    raw: Value,
    current: u32,
    old: u32,
}

impl Deployment {
    fn new(mut raw: Value, uid: &str, pods: u32) -> Self {
        raw["metadata"]["uid"] = json!(uid);
        raw["metadata"]["resourceVersion"] = json!("1");
        raw["metadata"]["generation"] = json!(1);
        Self { raw, current: pods, old: 0 }
    }

    pub(super) fn desired(&self) -> u32 {
        self.raw["spec"]["replicas"].as_u64().map_or(1, |n| u32::try_from(n).unwrap())
    }

    pub(super) fn available(&self) -> u32 {
        self.current + self.old
    }

    pub(super) fn digest(&self) -> u64 {
        digest_template(&untracked(&self.raw["spec"]["template"]))
    }

    fn with_status(&self) -> Value {
        let mut raw = self.raw.clone();
        raw["status"] = json!({
            "observedGeneration": raw["metadata"]["generation"],
            "replicas": self.available(), "updatedReplicas": self.current,
            "readyReplicas": self.available(), "availableReplicas": self.available(),
        });
        raw
    }

    /// One pod is made or removed, as with `maxUnavailable: 0`.
    fn reconcile(&mut self, makes_pods: bool) {
        let desired = self.desired();
        if self.available() > desired {
            if self.old > 0 { self.old -= 1 } else { self.current -= 1 }
        } else if self.current < desired && makes_pods {
            self.current += 1;
        }
    }

    fn touched(&mut self) {
        let version: u64 = self.raw["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
        self.raw["metadata"]["resourceVersion"] = json!((version + 1).to_string());
    }
}

/// What all processes share.
pub(super) struct Sea {
    pub(super) stable: Deployment,
    pub(super) canary: Option<Deployment>,
    pub(super) record: Option<(u64, String)>,
    lease: Option<Beat>,
    /// Whether new pods of the new version become available.
    pub(super) starts: bool,
    /// Errors per 1,000 requests of the canary; stable has 10.
    pub(super) errors: u64,
    /// Nothing answers before.
    pub(super) out_until: Instant,
    /// Percent of calls that fail before, or whose answer is lost.
    pub(super) trouble: u64,
    rng: fastrand::Rng,
    uids: u64,
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
    Arc::new(Mutex::new(Sea {
        stable: Deployment::new(raw, "uid-stable", replicas),
        canary: None,
        record: None,
        lease: None,
        starts: true,
        errors: 10,
        out_until: Instant::now(),
        trouble: 0,
        rng: fastrand::Rng::with_seed(seed),
        uids: 0,
    }))
}

impl Sea {
    pub(super) fn read(&self) -> Option<OperationRecord> {
        self.record.as_ref().map(|(_, text)| decode(text).unwrap())
    }

    /// A second of the controllers.
    pub(super) fn second(&mut self) {
        let (old, starts) = (digest_template(&template("v1")), self.starts);
        let stable_makes = self.stable.digest() == old || starts;
        self.stable.reconcile(stable_makes);
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
            How::Patch => {
                let deployment = if write.target.key.name.as_str() == "shop" {
                    Some(&mut self.stable)
                } else {
                    self.canary.as_mut()
                };
                let Some(deployment) = deployment else { return refused("not found") };
                let before = deployment.raw["spec"]["template"].clone();
                match patched(&deployment.raw, write) {
                    Ok(raw) => deployment.raw = raw,
                    Err(path) => return refused(&format!("the test of {path} failed")),
                }
                deployment.touched();
                if deployment.raw["spec"]["template"] != before {
                    (deployment.current, deployment.old) = (deployment.old, deployment.current);
                }
                applied
            }
        }
    }

    fn save(&mut self, mutation: &Mutation) -> Saved {
        let Some((version, text)) = &mut self.record else { return Saved::Moved("gone".into()) };
        let tested = mutation.ops.iter().any(
            |op| matches!(op, JsonOp::Test { path, value } if path.ends_with("resourceVersion") && *value == json!(version.to_string())),
        );
        if !tested {
            return Saved::Moved("another version".into());
        }
        let data = mutation.ops.iter().find_map(|op| match op {
            JsonOp::Add { path, value } if path == "/data" => value["record"].as_str().map(str::to_owned),
            JsonOp::Add { .. } | JsonOp::Test { .. } | JsonOp::Replace { .. } | JsonOp::Remove { .. } => None,
        });
        *version += 1;
        *text = data.unwrap();
        Saved::Done(version.to_string().into())
    }
}

/// As an API server patches: all tests, then all changes.
fn patched(raw: &Value, mutation: &Mutation) -> Result<Value, String> {
    let mut raw = raw.clone();
    for op in &mutation.ops {
        match op {
            JsonOp::Test { path, value } => {
                if raw.pointer(path).unwrap_or(&Value::Null) != value {
                    return Err(path.clone());
                }
            }
            JsonOp::Add { path, value } | JsonOp::Replace { path, value } => {
                let (parent, key) = path.rsplit_once('/').unwrap();
                let key = key.replace("~1", "/");
                raw.pointer_mut(parent).ok_or_else(|| path.clone())?[key] = value.clone();
            }
            JsonOp::Remove { path } => return Err(path.clone()),
        }
    }
    Ok(raw)
}

/// One process's way to the sea.
#[derive(Clone)]
pub(super) struct Boat {
    sea: Shared,
    begun: Instant,
    /// The process stands still before.
    pub(super) frozen_until: Arc<Mutex<Instant>>,
    /// Its wall clock is wrong by this much.
    skew: i64,
}

impl Boat {
    pub(super) fn new(sea: &Shared, begun: Instant, skew: i64) -> Self {
        Self { sea: sea.clone(), begun, frozen_until: Arc::new(Mutex::new(Instant::now())), skew }
    }

    async fn thaw(&self) {
        let until = *self.frozen_until.lock().unwrap();
        tokio::time::sleep_until(until).await;
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
        tokio::time::sleep(Duration::from_millis(there)).await;
        self.thaw().await;
        let (out, trouble) = {
            let sea = lock(&self.sea);
            (Instant::now() < sea.out_until, sea.trouble)
        };
        let unreachable = || Fault::new(FaultKind::Unreachable, "nobody answers".to_owned());
        if out || fate < trouble {
            return never(unreachable());
        }
        let done = work(&mut lock(&self.sea));
        tokio::time::sleep(Duration::from_millis(back)).await;
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
        let passed = Instant::now().duration_since(self.begun);
        let wall = i64::try_from(passed.as_millis()).unwrap() + 1_000_000_000 + self.skew * 1_000;
        Now { wall: Timestamp::from_millisecond(wall).unwrap(), boot: passed }
    }

    async fn rest(&self, time: Duration) {
        tokio::time::sleep(time).await;
        self.thaw().await;
    }

    async fn beat(&mut self, holder: &str, lasts: Duration, at: Timestamp) -> Result<(), Fault> {
        let beat = Beat { holder: holder.to_owned(), renewed: at.to_string(), lasts };
        self.ask(|sea| sea.lease = Some(beat)).await
    }

    async fn load(&mut self) -> Result<Option<Stored>, Fault> {
        self.ask(|sea| {
            let (version, text) = sea.record.clone()?;
            Some(Stored { uid: "uid-record".into(), version: version.to_string().into(), text })
        })
        .await
    }

    async fn save(&mut self, version: &ResourceVersion, record: &OperationRecord) -> Saved {
        let target = Target { key: record.key(), uid: "uid-record".into(), ..site() };
        let write = save_write(target, version, record).unwrap();
        self.call(|sea| sea.save(&write), |fault| Saved::Moved(fault.text), Saved::Failed).await
    }

    async fn look(&mut self) -> Result<Look, Fault> {
        self.ask(|sea| {
            let stable = Some(sea.stable.with_status());
            let canary = sea.canary.as_ref().map(Deployment::with_status);
            let bare = canary.clone().map(|mut raw| {
                raw["spec"]["template"] = untracked(&raw["spec"]["template"]);
                decode_workload(&raw).unwrap()
            });
            Look {
                stable: stable.as_ref().map(|raw| decode_workload(raw).unwrap()),
                canary: bare,
                live: LivePair { stable, canary },
            }
        })
        .await
    }

    async fn pods(&mut self, _look: &Look) -> Result<Pods, Fault> {
        Ok(Pods::default())
    }

    async fn send(&mut self, write: &Mutation) -> WriteOutcome {
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
        let all = 100 * u64::from(step.interval_s);
        let n = all * canary / (canary + stable).max(1);
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
pub(super) fn record(on_driver_loss: OnDriverLoss, now: Now) -> OperationRecord {
    let step = |percent| Step { percent, min_s: 60, max_s: 240, manual: false };
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

/// Starts a delivery and drives it as the first process does.
pub(super) fn start(sea: &Shared, boat: &Boat, on_driver_loss: OnDriverLoss) -> Pilot<Boat> {
    let record = record(on_driver_loss, boat.now());
    lock(sea).record = Some((1, encode(&record).unwrap()));
    Pilot::new(boat.clone(), record, ("uid-record".into(), "1".into()), site(), false)
}

/// A process that takes over whatever nobody drives, again and again.
pub(super) async fn successor(boat: Boat, name: &'static str) {
    let mut watch = LeaseWatch::default();
    loop {
        boat.rest(Duration::from_secs(2)).await;
        let read = boat.ask(|sea| (sea.lease.clone(), sea.record.clone())).await;
        let Ok((lease, Some((version, text)))) = read else { continue };
        watch.look(lease, boat.now());
        let record = decode(&text).unwrap();
        if may_take_over(&record, &watch, name, boat.now()) == Takeover::Free {
            let _left = seize(&boat, name, version, record).await;
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
    let Some(mut record) = sea.read() else { return };
    record.ask(format!("r-{id}").as_str().into(), request, "ada", "", now);
    if let Some((version, text)) = &mut sea.record {
        *version += 1;
        *text = encode(&record).unwrap();
    }
}
