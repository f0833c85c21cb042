//! Working a delivery out: everything a person decides on, asked of the
//! server now: what rests on no other answer at once, and all of it until one
//! deadline.

use super::approve::approvals_of;
use super::gates::lock_of;
use super::lookup::hello;
use super::meter::{Meter, Wanted};
use super::monitor::Monitors;
use super::others::{Others, records};
use super::pace::Pace;
use crate::cluster::{Cluster, decode_pod, decode_workload};
use crate::domain::{
    Actor, Fault, FaultKind, Kind, Locked, Mutation, ObjectKey, Pod, ReplicaSet, Target, Uid, Workload,
};
use crate::engine::delivery::{
    DeliveryAsk, DeliveryPlan, Evidence, Granted, Looked, PickTrial, PlanId, Seen, Sounded, Start, canary_of,
    finish, pick_trial, record_of, trial,
};
use crate::engine::gates::Approval;
use crate::engine::record::{Driver, OperationRecord, Strategy};
use crate::engine::router::Found;
use crate::engine::{Hello, Live, Probe};
use crate::shell::clock;
use crate::shell::patience::Deadline;
use crate::shell::planner::Surroundings;
use serde_json::Value;

/// What is there around a Deployment: it rests on no other answer.
struct There {
    lock: Probe<Option<Locked>>,
    hello: Probe<Hello>,
    rights: Vec<Granted>,
    quotas: Probe<Vec<Value>>,
    budgets: Probe<Vec<Value>>,
}

/// What a record is made of.
struct Ground {
    live: Live,
    revisions: Vec<ReplicaSet>,
    after: (Value, Workload),
    /// What the server warned of meanwhile.
    warnings: Vec<String>,
    others: Probe<Others>,
    router: Option<Probe<Found>>,
}

/// What rests on the ground, asked for at once.
struct Rest {
    references: Vec<Looked>,
    dry_canary: Option<Probe<Value>>,
    picks: Option<Probe<PickTrial>>,
    traffic: Probe<Option<Seen>>,
    sounded: Option<Sounded>,
    shift: Option<Granted>,
    approvals: Probe<Vec<Approval>>,
}

/// Who plans, and who will drive.
#[derive(Clone, Debug)]
pub struct Planner {
    /// The connection.
    pub cluster: Cluster,
    /// Who asks.
    pub actor: Actor,
    /// Who will drive.
    pub driver: Driver,
    /// The clock the delivery will run by.
    pub pace: Pace,
    /// Whom expressions are asked of.
    pub monitors: Monitors,
}

impl Planner {
    /// Works `ask` out. What cannot be found out is a check that says so;
    /// only what makes the delivery meaningless is an error.
    ///
    /// # Errors
    /// The Deployment cannot be read, the new version makes no sense, or the
    /// server refuses its template.
    pub async fn plan(&self, ask: DeliveryAsk, around: Surroundings) -> Result<DeliveryPlan, Fault> {
        let by = &Deadline::begin(self.cluster.url());
        let key = &ask.target.key;
        let there = async { Ok(Box::pin(self.there(key, by)).await) };
        let (there, (ground, record, petition, rest)) =
            tokio::try_join!(there, self.stand(&ask, &around, by))?;
        let (running, surplus) = match ground.others {
            Ok(others) => (Ok(others.running), others.surplus),
            Err(fault) => (Err(fault), Vec::new()),
        };
        let evidence = Evidence {
            hello: there.hello,
            rights: there.rights.into_iter().chain(rest.shift).collect(),
            vicinity: around.vicinity,
            references: rest.references,
            revisions: ground.revisions,
            dry_stable: Ok(ground.after),
            warnings: ground.warnings,
            dry_canary: rest.dry_canary,
            autoscaler: around.autoscaler,
            router: ground.router,
            picks: rest.picks,
            sounded: rest.sounded,
            quotas: there.quotas,
            budgets: there.budgets,
            traffic: rest.traffic,
            running,
            lock: there.lock,
            book: around.book,
            tier: around.tier,
            approvals: rest.approvals,
            petition,
            now: self.pace.now(),
            surplus,
            environment: around.environment,
            guardrails: around.guardrails,
        };
        Ok(finish(&ask, &ground.live, record, &evidence))
    }

    /// What stands on other answers: the record that would be stored, and what
    /// can be asked only once that is known.
    async fn stand(
        &self,
        ask: &DeliveryAsk,
        around: &Surroundings,
        by: &Deadline,
    ) -> Result<(Ground, OperationRecord, PlanId, Rest), Fault> {
        let ground = Box::pin(self.ground(ask, &by.early())).await?;
        let monitor = self.monitors.within(self.cluster.context());
        let found = match &ground.router {
            Some(Ok(Found::Router(router))) => Some((**router).clone()),
            Some(Ok(Found::Pods { .. } | Found::Refused { .. }) | Err(_)) | None => None,
        };
        let start = Start {
            id: clock::operation_id(self.pace.now()),
            seq: ground.others.as_ref().map_or(1, |others| others.seq),
            actor: self.actor.clone(),
            driver: self.driver.clone(),
            router: found.clone(),
            source: monitor.source(),
            now: self.pace.now(),
        };
        let record = record_of(ask, &ground.live, &ground.after, start)?;
        let petition = around.kept.clone().unwrap_or_else(|| PlanId::of(ask, &record));
        let namespace = &ask.target.key.namespace;
        let wanted = (!around.book.rules.is_empty()).then_some(by);
        let (references, dry_canary, picks, traffic, sounded, shift, approvals) = tokio::join!(
            self.references(&ground.after.0, namespace, by),
            self.dry_canary(ask, &record, &ground.live, by),
            self.dry_picks(ask, &record, by),
            self.traffic(&ground.live, by),
            self.sound(&record.run.plan, (&monitor, &ground.live), by),
            self.right_to_shift(namespace, found.as_ref(), by),
            approvals_of(&self.cluster, namespace, &petition.hash, wanted),
        );
        let rest = Rest { references, dry_canary, picks, traffic, sounded, shift, approvals };
        Ok((ground, record, petition, rest))
    }

    async fn ground(&self, ask: &DeliveryAsk, by: &Deadline) -> Result<Ground, Fault> {
        let (cluster, key) = (&self.cluster, &ask.target.key);
        let tried = async {
            let (live, revisions) = self.live(&ask.target, by).await?;
            let mutation = trial(ask, &live, &revisions)?;
            let (after, warnings) =
                by.answer("try the new template", cluster.dry_run_with_warnings(&mutation)).await?;
            let slim = decode_workload(&after)?;
            Ok((live, revisions, (after, slim), warnings))
        };
        let others = records(cluster, &key.namespace, &key.name);
        let others = async { Ok(by.answer("list operation records", others).await) };
        let around = async { Ok(self.around(ask, by).await) };
        let (tried, others, around) = tokio::try_join!(tried, others, around)?;
        let (live, revisions, after, warnings) = tried;
        let router = around.map(|found| found.map(|found| found.found(ask, &live)));
        let revisions = revisions.into_iter().map(|(slim, _)| slim).collect();
        Ok(Ground { live, revisions, after, warnings, others, router })
    }

    async fn live(&self, target: &Target, by: &Deadline) -> Result<(Live, Vec<(ReplicaSet, Value)>), Fault> {
        let (raw, revisions) = tokio::try_join!(
            by.answer("read the Deployment", self.cluster.read(&target.key)),
            by.answer("read its revisions", self.cluster.revisions(&target.key, &target.uid)),
        )?;
        Ok((Live { workload: decode_workload(&raw)?, raw, read_at: self.pace.seen() }, revisions))
    }

    async fn there(&self, key: &ObjectKey, by: &Deadline) -> There {
        let (cluster, namespace) = (&self.cluster, &key.namespace);
        let budgets = cluster.others("policy/v1", "poddisruptionbudgets", namespace);
        let (lock, hello, rights, quotas, budgets) = tokio::join!(
            lock_of(cluster, key, by),
            hello(cluster, &self.pace, by),
            self.rights(namespace, by),
            by.answer("list quotas", cluster.others("v1", "resourcequotas", namespace)),
            by.answer("list disruption budgets", budgets),
        );
        There { lock, hello, rights, quotas, budgets }
    }

    async fn dry_canary(
        &self,
        ask: &DeliveryAsk,
        record: &OperationRecord,
        live: &Live,
        by: &Deadline,
    ) -> Option<Probe<Value>> {
        if ask.strategy == Strategy::Rolling {
            return None;
        }
        let mut body = canary_of(record, &live.raw, 1, &Uid::from("not-yet"));
        // Its owner is not there yet.
        if let Some(metadata) = body.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("ownerReferences");
        }
        let target = Target { key: record.canary(), ..ask.target.clone() };
        let trial = Mutation::create(target, body);
        Some(by.answer("try to create the canary", self.cluster.dry_run(&trial)).await)
    }

    /// Tries on the route what each step of the plan picks; none if none does.
    async fn dry_picks(
        &self,
        ask: &DeliveryAsk,
        record: &OperationRecord,
        by: &Deadline,
    ) -> Option<Probe<PickTrial>> {
        let router = record.router.as_ref().filter(|router| !router.picks.is_empty())?;
        let key = router.key(&ask.target.key.namespace);
        let tried = async {
            let raw = self.cluster.read(&key).await?;
            let each = router.picks.iter().map(async |(step, _)| {
                let trial = pick_trial(router, &raw, *step, &ask.target);
                let trial = trial.map_err(|why| Fault::new(FaultKind::Invalid, why));
                let answer = match trial {
                    Ok(trial) => self.cluster.dry_run(&trial).await,
                    Err(fault) => Err(fault),
                };
                (*step, answer)
            });
            let answers = futures::future::join_all(each).await;
            Ok(PickTrial { raw, answers })
        };
        Some(by.answer("try the steps on the route", tried).await)
    }

    pub(super) async fn pods(&self, live: &Live) -> Result<Vec<Pod>, Fault> {
        let selector = super::server::selector(&live.raw);
        let raws = self.cluster.select(Kind::Pod, &live.workload.key.namespace, &selector).await?;
        Ok(raws.iter().filter_map(|raw| decode_pod(raw).ok()).collect())
    }

    async fn traffic(&self, live: &Live, by: &Deadline) -> Probe<Option<Seen>> {
        let pods = by.answer("list its pods", self.pods(live)).await?;
        let mut meter = Meter::new(self.cluster.clone(), self.pace.clone(), Wanted::default());
        by.answer("read its metrics", meter.since_start(&pods)).await
    }
}
