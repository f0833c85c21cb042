//! The real shore: one delivery's objects on an API server.

use super::asks::Asks;
use super::bell::Bell;
use super::glance::{Glance, Kept};
use super::meter::{Measure, Meter, Wanted};
use super::monitor::{Monitor, Monitors};
use super::pace::Pace;
use super::shore::{Line, Loaded, Look, Pods, Saved, Shore};
use super::stored::{Stored, save_write, saved, send, stored};
use crate::cluster::{Cluster, LeaseRead, Tell, decode_pod, decode_workload};
use crate::domain::{
    Actor, AuditEntry, AuditKind, Fault, FaultKind, Kind, Mutation, Name, Namespace, Now, ObjectKey,
    OperationId, ResourceVersion, Target, Uid, Warrant, Workload, WriteOutcome,
};
use crate::engine::canary::{Answered, Measurements, Plan, Question};
use crate::engine::delivery::{LivePair, track_of, untracked};
use crate::engine::record::{Beat, DriverMode, OperationRecord, decode, lease_time, names};
use crate::engine::router::{Router, Shares};
use crate::shell::journal;
use crate::store::AuditLog;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;

/// What all deliveries of a process share.
#[derive(Clone, Debug)]
pub struct Means {
    /// The connection.
    pub cluster: Cluster,
    /// The audit log on this machine.
    pub audit: AuditLog,
    /// Who drives.
    pub actor: Actor,
    /// The clock.
    pub pace: Pace,
    /// Whom expressions are asked of.
    pub monitors: Monitors,
}

/// One delivery's shore.
pub(super) struct Server {
    means: Means,
    warrant: Warrant,
    record: ObjectKey,
    stable: ObjectKey,
    canary: Option<ObjectKey>,
    uid: Uid,
    router: Option<Router>,
    /// The track stable's template gives its pods.
    track: Option<String>,
    lease_name: Name,
    lease: Option<LeaseRead>,
    /// Identity of the record's ConfigMap.
    owner: Uid,
    operation: OperationId,
    reason: String,
    meter: Meter,
    monitor: Monitor,
    asks: Asks,
    bell: Bell,
    kept: Kept,
}

impl Server {
    /// The shore of `record`, stored in the ConfigMap with that uid; `bell`
    /// ends a rest.
    pub(super) fn new(
        means: Means,
        warrant: Warrant,
        record: &OperationRecord,
        owner: Uid,
        bell: Bell,
    ) -> Self {
        Self {
            bell,
            meter: Meter::new(means.cluster.clone(), means.pace.clone(), Wanted::of(&record.run.plan)),
            monitor: means.monitors.within(means.cluster.context()),
            asks: Asks::default(),
            kept: Kept::default(),
            lease_name: names::lease(record.target.kind, record.target.name.as_str()).into(),
            lease: None,
            record: record.key(),
            stable: record.target.key(),
            canary: record.beside(),
            uid: record.target.uid.clone(),
            router: record.router.clone(),
            track: track_of(&record.templates.new.value()),
            operation: record.id.clone(),
            reason: record.reason.clone(),
            means,
            warrant,
            owner,
        }
    }

    fn namespace(&self) -> &Namespace {
        &self.record.namespace
    }

    fn target(&self, key: &ObjectKey, uid: &Uid) -> Target {
        Target {
            context: self.means.cluster.context().clone(),
            cluster: self.means.cluster.url().clone(),
            key: key.clone(),
            uid: uid.clone(),
            resource_version: ResourceVersion::default(),
        }
    }

    async fn read(&self, key: &ObjectKey) -> Result<Option<Value>, Fault> {
        match self.means.cluster.read(key).await {
            Ok(raw) => Ok(Some(raw)),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The canary, its template without the label that tells its pods apart.
    async fn glance_at_canary(&self) -> Result<Option<Glance<Workload>>, Fault> {
        let Some(key) = &self.canary else { return Ok(None) };
        let slim = |raw: &Value| {
            let mut raw = raw.clone();
            if let Some(template) = raw.pointer_mut("/spec/template") {
                *template = untracked(template, self.track.as_deref());
            }
            decode_workload(&raw)
        };
        Glance::of(&self.means.cluster, key, self.kept.canary.as_ref(), slim).await
    }

    async fn glance_at_router(&self) -> Result<Option<Glance<Option<Shares>>>, Fault> {
        let Some(router) = &self.router else { return Ok(None) };
        let key = router.key(self.namespace());
        let shares = |raw: &Value| Ok(router.shares(Some(raw)));
        Glance::of(&self.means.cluster, &key, self.kept.router.as_ref(), shares).await
    }

    fn entry(&self, kind: AuditKind, action: String) -> AuditEntry {
        let site = self.target(&self.stable, &self.uid);
        let at = self.means.pace.now().wall;
        journal::delivery((&self.operation, &site), &self.means.actor, kind, (action, &self.reason), at)
    }
}

impl Shore for Server {
    fn now(&self) -> Now {
        self.means.pace.now()
    }

    /// Requests take as long in a fast story: the Lease lasts as long as it would in ours.
    fn lease(&self, mode: DriverMode) -> Duration {
        self.means.pace.at_least_ours(lease_time(mode))
    }

    async fn rest(&self, time: Duration) {
        tokio::select! {
            () = self.means.pace.rest(time) => {}
            () = self.bell.rings() => {}
        }
    }

    /// Whoever named itself in the record may take the Lease from anybody.
    async fn beat(&mut self, holder: &str, lasts: Duration, at: Timestamp) -> Result<(), Fault> {
        let place = (&self.record.namespace, &self.lease_name);
        // Given up it is of no use to anybody; without the right to delete it stays, empty.
        if let (true, Some(seen)) = (holder.is_empty(), &self.lease)
            && self.means.cluster.end_beat(place, seen).await.is_ok()
        {
            self.lease = None;
            return Ok(());
        }
        let first = self.means.cluster.beat(place, holder, lasts, at, self.lease.as_ref()).await;
        let held = match first {
            Err(fault) if matches!(fault.kind, FaultKind::Conflict | FaultKind::NotFound) => {
                let seen = self.means.cluster.lease(place.0, place.1).await?;
                self.means.cluster.beat(place, holder, lasts, at, seen.as_ref()).await?
            }
            first => first?,
        };
        self.lease = Some(held);
        Ok(())
    }

    async fn load(&mut self, known: &ResourceVersion) -> Result<Option<Loaded>, Fault> {
        // Looked at every second, and it has grown to hundreds of KB by the end.
        let head = match self.means.cluster.head(&self.record).await {
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            head => head?,
        };
        if head.version == *known {
            return Ok(Some(Loaded { uid: head.uid, version: head.version, news: None }));
        }
        let found = self.read(&self.record).await?.as_ref().map(stored);
        Ok(found.map(|Stored { uid, version, text }| {
            self.bell.knows(&version);
            let news = (version != *known).then(|| decode(&text));
            Loaded { uid, version, news }
        }))
    }

    async fn save(&mut self, version: &ResourceVersion, record: &OperationRecord) -> Saved {
        let target = self.target(&self.record, &self.owner);
        match save_write(target, version, record) {
            Ok(write) => {
                let saved = saved(send(&self.means.cluster, &self.warrant, &write).await);
                if let Saved::Done(version) = &saved {
                    self.bell.knows(version);
                }
                saved
            }
            Err(fault) => Saved::Failed(fault),
        }
    }

    async fn look(&mut self) -> Result<Look, Fault> {
        let cluster = &self.means.cluster;
        let (stable, canary, router) = tokio::join!(
            Glance::of(cluster, &self.stable, self.kept.stable.as_ref(), decode_workload),
            self.glance_at_canary(),
            self.glance_at_router()
        );
        let (stable, canary, router) = (stable?, canary?, router?);
        self.kept = Kept { stable: stable.clone(), canary: canary.clone(), router: router.clone() };
        let stable = stable.filter(|seen| seen.uid == self.uid);
        let of = |seen: Option<Glance<Workload>>| seen.map(|seen| (seen.whole, seen.slim)).unzip();
        let ((stable, stable_slim), (canary, canary_slim)) = (of(stable), of(canary));
        Ok(Look {
            stable: stable_slim,
            canary: canary_slim,
            shares: router.as_ref().and_then(|seen| *seen.slim),
            live: LivePair { stable, canary, router: router.map(|seen| seen.whole) },
        })
    }

    async fn pods(&mut self, look: &Look) -> Result<Pods, Fault> {
        let Some(stable) = &look.live.stable else { return Ok(Pods::default()) };
        let selector = selector(&stable.value());
        let raws = self.means.cluster.select(Kind::Pod, self.namespace(), &selector).await?;
        let mut pods = Pods::default();
        for raw in &raws {
            let Ok(pod) = decode_pod(raw) else { continue };
            let track = raw.pointer("/metadata/labels/quarterdeck~1track").and_then(Value::as_str);
            let side = if track == Some("canary") { &mut pods.canary } else { &mut pods.stable };
            side.push(pod);
        }
        Ok(pods)
    }

    async fn send(&mut self, write: &Mutation) -> WriteOutcome {
        send(&self.means.cluster, &self.warrant, write).await
    }

    async fn measure(&mut self, pods: &Pods, step: Option<Measure>) -> Measurements {
        self.meter.read(pods, step).await
    }

    async fn question(&mut self, due: Vec<Question>, plan: &Plan) -> Vec<Answered> {
        self.asks.ask(due, plan, (&self.monitor, &self.meter))
    }

    async fn journal(&mut self, line: Line) -> Result<(), Fault> {
        let entry = match line {
            Line::Intent { action, digest } => AuditEntry { digest, ..self.entry(AuditKind::Intent, action) },
            Line::Written { action, digest, result, detail } => AuditEntry {
                digest,
                result: result.to_owned(),
                detail,
                ..self.entry(AuditKind::Written, action)
            },
            Line::Outcome { result, detail } => AuditEntry {
                result: result.to_owned(),
                detail,
                ..self.entry(AuditKind::Outcome, "deliver".to_owned())
            },
        };
        journal::append(&self.means.audit, entry).await.map(drop)
    }

    async fn tell(&mut self, record: &OperationRecord, reason: &'static str, message: &str) {
        let tell = Tell {
            about: self.stable.clone(),
            uid: self.uid.clone(),
            warning: reason == "CanaryRollingBack" || reason == "CanaryRolledBack",
            reason,
            message: format!("{} {}: {message}", record.strategy.name(), record.to.version),
            at: self.now().wall,
        };
        if let Err(fault) = self.means.cluster.tell(&tell).await {
            tracing::debug!(operation = %record.id, "no event was written: {fault}");
        }
    }
}

pub(super) fn beat_of(read: LeaseRead) -> Beat {
    Beat { holder: read.holder, renewed: read.renewed, lasts: read.lasts }
}

/// The labels a Deployment finds its pods by: `app=web,tier=front`.
pub(super) fn selector(deployment: &Value) -> String {
    let labels = deployment.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
    let pairs = labels.into_iter().flatten();
    pairs.map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect::<Vec<_>>().join(",")
}
