//! Working a delivery out: everything a person decides on, asked of the
//! server now, each question in parallel with its own deadline.

use super::approve::approvals_of;
use super::gates::lock_of;
use super::meter::Meter;
use super::pace::Pace;
use super::stored::stored;
use crate::cluster::{Cluster, decode_pod, decode_workload};
use crate::domain::{
    Actor, Fault, Kind, Locked, Mutation, Name, Namespace, ObjectKey, Pod, ReplicaSet, Target, Uid,
};
use crate::engine::delivery::{
    DeliveryAsk, DeliveryPlan, Evidence, Granted, Hello, Looked, PlanId, Seen, Start, canary_of, finish,
    record_of, trial,
};
use crate::engine::record::{Driver, KEPT, OperationRecord, Strategy, decode, names};
use crate::engine::router::{Around, Found, RouterKind, Wish, discover};
use crate::engine::{Live, Probe};
use crate::shell::clock;
use crate::shell::patience::in_time;
use crate::shell::planner::Surroundings;
use serde_json::Value;

/// What is there around a Deployment, asked for at once.
struct There {
    others: Probe<Others>,
    lock: Probe<Option<Locked>>,
    hello: Probe<Hello>,
    rights: Vec<Granted>,
    references: Vec<Looked>,
    quotas: Probe<Vec<Value>>,
    budgets: Probe<Vec<Value>>,
    pods: Probe<Vec<Pod>>,
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
}

impl Planner {
    /// Works `ask` out. What cannot be found out is a check that says so;
    /// only what makes the delivery meaningless is an error.
    ///
    /// # Errors
    /// The Deployment cannot be read, the new version makes no sense, or the
    /// server refuses its template.
    pub async fn plan(&self, ask: DeliveryAsk, around: Surroundings) -> Result<DeliveryPlan, Fault> {
        let key = ask.target.key.clone();
        let (live, revisions) = self.live(&ask.target).await?;
        let mutation = trial(&ask, &live, &revisions)?;
        let after = in_time("try the new template", self.cluster.dry_run(&mutation)).await?;
        let after = (decode_workload(&after).map(|slim| (after, slim)))?;
        let there = Box::pin(self.there(&key, &live, &after.0));
        let (router, mut there) = tokio::join!(self.router(&ask, &live), there);
        let found = match &router {
            Some(Ok(Found::Router(router))) => Some((**router).clone()),
            Some(Ok(Found::Pods { .. } | Found::Refused { .. }) | Err(_)) | None => None,
        };
        let seq = there.others.as_ref().map_or(1, |others| others.seq);
        let start = Start {
            id: clock::operation_id(self.pace.now()),
            seq,
            actor: self.actor.clone(),
            driver: self.driver.clone(),
            router: found.clone(),
            now: self.pace.now(),
        };
        let record = record_of(&ask, &live, &after, start)?;
        let petition = around.kept.unwrap_or_else(|| PlanId::of(&ask, &record));
        let (dry_canary, traffic, shift, approvals) = tokio::join!(
            self.dry_canary(&ask, &record, &live),
            self.traffic(there.pods),
            self.right_to_shift(&key.namespace, found.as_ref()),
            approvals_of(&self.cluster, &key.namespace, &petition.hash, !around.book.rules.is_empty()),
        );
        there.rights.extend(shift);
        let (running, surplus) = match there.others {
            Ok(others) => (Ok(others.running), others.surplus),
            Err(fault) => (Err(fault), Vec::new()),
        };
        let evidence = Evidence {
            hello: there.hello,
            rights: there.rights,
            vicinity: around.vicinity,
            references: there.references,
            revisions: revisions.into_iter().map(|(slim, _)| slim).collect(),
            dry_stable: Ok(after),
            dry_canary,
            autoscaler: around.autoscaler,
            router,
            quotas: there.quotas,
            budgets: there.budgets,
            traffic,
            running,
            lock: there.lock,
            book: around.book,
            tier: around.tier,
            approvals,
            petition,
            now: self.pace.now(),
            surplus,
            environment: around.environment,
            guardrails: around.guardrails,
        };
        Ok(finish(&ask, &live, record, &evidence))
    }

    async fn live(&self, target: &Target) -> Result<(Live, Vec<(ReplicaSet, Value)>), Fault> {
        let (raw, revisions) = tokio::join!(
            in_time("read the Deployment", self.cluster.read(&target.key)),
            in_time("read its revisions", self.cluster.revisions(&target.key, &target.uid)),
        );
        let raw = raw?;
        Ok((Live { workload: decode_workload(&raw)?, raw, read_at: clock::now() }, revisions?))
    }

    async fn there(&self, key: &ObjectKey, live: &Live, after: &Value) -> There {
        let namespace = &key.namespace;
        let (others, lock, hello, rights, references, quotas, budgets, pods) = tokio::join!(
            in_time("list operation records", records(&self.cluster, namespace, &key.name)),
            lock_of(&self.cluster, key),
            self.hello(),
            self.rights(namespace),
            self.references(after, namespace),
            in_time("list quotas", self.cluster.others("v1", "resourcequotas", namespace)),
            in_time(
                "list disruption budgets",
                self.cluster.others("policy/v1", "poddisruptionbudgets", namespace)
            ),
            in_time("list its pods", self.pods(live)),
        );
        There { others, lock, hello, rights, references, quotas, budgets, pods }
    }

    /// What would share its requests out; none for a rolling update.
    async fn router(&self, ask: &DeliveryAsk, live: &Live) -> Option<Probe<Found>> {
        if ask.strategy == Strategy::Rolling {
            return None;
        }
        let namespace = &ask.target.key.namespace;
        let wish = if ask.strategy == Strategy::BlueGreen { Wish::Selector } else { ask.traffic };
        let (services, routes) = tokio::join!(
            in_time("list services", self.cluster.select(Kind::Service, namespace, "")),
            in_time("list routes", self.routes(wish, namespace)),
        );
        let found = services.and_then(|services| {
            let around = Around {
                deployment: &live.raw,
                services: &services,
                routes: &routes?,
                override_owner: ask.override_owner,
            };
            Ok(discover(wish, &around))
        });
        Some(found)
    }

    /// What routes to Services, of each kind the server has; nothing where no
    /// route is wanted.
    async fn routes(&self, wish: Wish, namespace: &Namespace) -> Probe<Vec<(RouterKind, Vec<Value>)>> {
        if matches!(wish, Wish::Pods | Wish::Selector) {
            return Ok(Vec::new());
        }
        let every = RouterKind::SOUGHT.map(|kind| async move {
            let all = self.cluster.every(kind.kind(), namespace).await?;
            Ok(all.map(|all| (kind, all)))
        });
        Ok(futures::future::try_join_all(every).await?.into_iter().flatten().collect())
    }

    async fn dry_canary(
        &self,
        ask: &DeliveryAsk,
        record: &OperationRecord,
        live: &Live,
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
        Some(in_time("try to create the canary", self.cluster.dry_run(&trial)).await)
    }

    async fn pods(&self, live: &Live) -> Result<Vec<Pod>, Fault> {
        let selector = super::server::selector(&live.raw);
        let raws = self.cluster.select(Kind::Pod, &live.workload.key.namespace, &selector).await?;
        Ok(raws.iter().filter_map(|raw| decode_pod(raw).ok()).collect())
    }

    async fn traffic(&self, pods: Result<Vec<Pod>, Fault>) -> Probe<Option<Seen>> {
        let pods = pods?;
        let mut meter = Meter::new(self.cluster.clone(), self.pace.clone(), Vec::new());
        in_time("read its metrics", meter.since_start(&pods)).await
    }
}

/// The deliveries to one target.
pub(super) struct Others {
    /// The next number.
    seq: u64,
    /// One that runs, in words.
    pub(super) running: Option<String>,
    /// The oldest ones beyond those kept.
    surplus: Vec<(ObjectKey, Uid)>,
}

/// Reads the records of a target.
pub(super) async fn records(cluster: &Cluster, namespace: &Namespace, name: &Name) -> Result<Others, Fault> {
    let selector = format!("{},{}={}", names::SELECTOR, names::TARGET, names::label_value(name.as_str()));
    let raws = cluster.select(Kind::ConfigMap, namespace, &selector).await?;
    let mut others = Others { seq: 1, running: None, surplus: Vec::new() };
    let mut over = Vec::new();
    for raw in &raws {
        let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default();
        let seq: u64 = text("/metadata/labels/quarterdeck~1seq").parse().unwrap_or(0);
        others.seq = others.seq.max(seq.saturating_add(1));
        match decode(&stored(raw).text) {
            Ok(record) if record.target.name != *name => {}
            Ok(record) if record.is_over() => {
                let key = ObjectKey::new(Kind::ConfigMap, namespace.clone(), text("/metadata/name"));
                over.push((seq, key, stored(raw).uid));
            }
            Ok(record) => {
                let by = &record.started_by;
                let words = format!(
                    "{} to {} started by {by} is {}",
                    record.strategy.name(),
                    record.to.version,
                    record.phase_word()
                );
                others.running = Some(words);
            }
            // Not ours to judge: it may be one that runs, of a newer program.
            Err(fault) => {
                others.running =
                    Some(format!("the record {} cannot be read: {fault}", text("/metadata/name")));
            }
        }
    }
    over.sort();
    let surplus = over.len().saturating_sub(usize::try_from(KEPT).unwrap_or(usize::MAX).saturating_sub(1));
    others.surplus = over.into_iter().take(surplus).map(|(_, key, uid)| (key, uid)).collect();
    Ok(others)
}
