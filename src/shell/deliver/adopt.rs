//! Deliveries whose driver is gone: found, waited for, taken over.

use super::server::beat_of;
use super::{Deliveries, read};
use crate::cluster::Cluster;
use crate::domain::{
    Actor, Fault, FaultKind, Kind, Namespace, Now, ObjectKey, Target, Uid, Warrant, WarrantInput, WriteMode,
    admit_request,
};
use crate::engine::record::{LeaseWatch, OperationRecord, Takeover, decode, may_take_over, names};
use crate::msg::{LeaseAsk, LeaseSeen};
use crate::shell::patience::Deadline;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// From one look for orphans to the next.
const EVERY: Duration = Duration::from_secs(2);

/// Leave to write what an operation may write, for whoever takes it over or
/// asks something of it from the command line.
///
/// # Errors
/// Writing is off.
pub fn warrant_for(
    cluster: &Cluster,
    record: &OperationRecord,
    mode: &WriteMode,
    now: Now,
) -> Result<Warrant, Fault> {
    let target = Target {
        context: cluster.context().clone(),
        cluster: cluster.url().clone(),
        key: record.target.key(),
        uid: record.target.uid.clone(),
        resource_version: crate::domain::ResourceVersion::default(),
    };
    let input = WarrantInput {
        operation: &record.id,
        target: &target,
        objects: record.objects(),
        here: cluster.here(mode, now),
    };
    admit_request(input)
        .map_err(|refusal| Fault::new(FaultKind::Refused, refusal.to_string()).hint(refusal.remedy()))
}

/// The records in a namespace, or in all, with the ConfigMap's identity.
/// Those that cannot be read are left out and logged.
///
/// # Errors
/// Not allowed, or no answer.
pub async fn all_records(
    cluster: &Cluster,
    namespace: Option<&Namespace>,
) -> Result<Vec<(Uid, OperationRecord)>, Fault> {
    let everywhere = Namespace::default();
    let raws = cluster.select(Kind::ConfigMap, namespace.unwrap_or(&everywhere), names::SELECTOR).await?;
    let read = |raw: &Value| {
        let text = raw.pointer("/data/record").and_then(Value::as_str).unwrap_or_default();
        let uid = raw.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        match decode(text) {
            Ok(record) => Some((Uid::from(uid), record)),
            Err(fault) => {
                let name = raw.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("?");
                tracing::warn!("the record {name} cannot be read: {fault}");
                None
            }
        }
    };
    Ok(raws.iter().filter_map(read).collect())
}

/// Looks at Leases, each in time of its own.
pub async fn heartbeats(
    cluster: &Cluster,
    asks: Vec<LeaseAsk>,
) -> Vec<(ObjectKey, Result<LeaseSeen, Fault>)> {
    let by = &Deadline::begin(cluster.url());
    let looks = asks.into_iter().map(|ask| async move {
        let found = by.answer("look at a lease", cluster.lease(&ask.namespace, &ask.name)).await;
        let seen = found.map(|found| LeaseSeen {
            age: found.as_ref().and_then(|lease| lease.age),
            beat: found.map(beat_of),
        });
        (ask.record, seen)
    });
    futures::future::join_all(looks).await
}

impl Deliveries {
    /// Watches the Lease of `record` until it is known to be free or alive:
    /// at most as long as it lasts.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn watch_lease(&self, cluster: &Cluster, record: &ObjectKey) -> Result<LeaseWatch, Fault> {
        let (_, read) = read(cluster, record).await?;
        let mut watch = LeaseWatch::default();
        let mut first = None;
        loop {
            self.look_at_lease(cluster, &read, &mut watch).await?;
            let now = self.pace.now();
            let holder = watch.holder(now).map(str::to_owned);
            let renewed = watch.renewed().map(str::to_owned);
            if holder.is_none() || holder.as_deref() == Some(&self.driver.identity) {
                return Ok(watch);
            }
            if first.get_or_insert_with(|| renewed.clone()) != &renewed {
                return Ok(watch);
            }
            self.pace.rest(Duration::from_secs(1)).await;
        }
    }

    async fn look_at_lease(
        &self,
        cluster: &Cluster,
        record: &OperationRecord,
        watch: &mut LeaseWatch,
    ) -> Result<(), Fault> {
        let name = names::lease(record.target.kind, record.target.name.as_str()).into();
        let found = cluster.lease(&record.target.namespace, &name).await?;
        let age = found.as_ref().and_then(|lease| lease.age);
        watch.look_at(found.map(beat_of), age, &record.driver, self.pace.now());
        Ok(())
    }

    /// Looks for deliveries nobody drives and drives them, until told to
    /// stop: the engine's whole work.
    pub async fn adopt_orphans(&self, cluster: &Cluster, namespace: Option<&Namespace>, actor: &Actor) {
        let mut watches: BTreeMap<ObjectKey, LeaseWatch> = BTreeMap::new();
        loop {
            match all_records(cluster, namespace).await {
                Ok(records) => {
                    let running = records.into_iter().filter(|(_, record)| !record.is_over());
                    let running: Vec<OperationRecord> = running.map(|(_, record)| record).collect();
                    self.vitals.looked(Ok(running.len()), self.pace.now());
                    watches.retain(|key, _| running.iter().any(|record| record.key() == *key));
                    for record in running {
                        self.adopt_one(cluster, &record, actor, &mut watches).await;
                    }
                }
                Err(fault) => {
                    tracing::warn!("cannot look for deliveries: {fault}");
                    self.vitals.looked(Err(fault.text), self.pace.now());
                }
            }
            self.pace.rest(EVERY).await;
        }
    }

    async fn adopt_one(
        &self,
        cluster: &Cluster,
        record: &OperationRecord,
        actor: &Actor,
        watches: &mut BTreeMap<ObjectKey, LeaseWatch>,
    ) {
        let key = record.key();
        if self.lock().contains_key(&key) {
            return;
        }
        let watch = watches.entry(key.clone()).or_default();
        if let Err(fault) = self.look_at_lease(cluster, record, watch).await {
            tracing::warn!(record = %key, "cannot read its lease: {fault}");
            return;
        }
        let now = self.pace.now();
        if may_take_over(record, watch, &self.driver.identity, now) != Takeover::Free {
            return;
        }
        let taken = match warrant_for(cluster, record, &WriteMode::CommandLine, now) {
            Ok(warrant) => self.take_over(cluster, &key, warrant, actor.clone(), watch).await,
            Err(fault) => Err(fault),
        };
        match taken {
            Ok(()) => {
                tracing::info!(record = %key, "taken over");
                self.vitals.adopted();
            }
            Err(fault) => tracing::warn!(record = %key, "not taken over: {fault}"),
        }
    }
}
