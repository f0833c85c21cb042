//! Deliveries whose driver is gone: found, waited for, taken over.

use super::server::beat_of;
use super::{Deliveries, read};
use crate::cluster::{Cluster, Head};
use crate::domain::{
    Actor, Fault, FaultKind, Kind, Namespace, Now, ObjectKey, ResourceVersion, Target, Warrant, WarrantInput,
    WriteMode, admit_request,
};
use crate::engine::record::{LeaseWatch, OperationRecord, Takeover, may_take_over, names};
use crate::msg::{LeaseAsk, LeaseSeen};
use crate::shell::patience::Deadline;
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
        resource_version: ResourceVersion::default(),
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

/// A delivery driven elsewhere, or by nobody.
#[derive(Default)]
struct Known {
    /// The version it was read in.
    version: ResourceVersion,
    /// Without what is only for reading; none if it cannot be read.
    record: Option<OperationRecord>,
    watch: LeaseWatch,
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
        let everywhere = Namespace::default();
        let namespace = namespace.unwrap_or(&everywhere);
        let this = Self { scope: Some(namespace.clone()), ..self.clone() };
        let mut known: BTreeMap<ObjectKey, Known> = BTreeMap::new();
        loop {
            match cluster.heads(Kind::ConfigMap, namespace, names::RUNNING).await {
                Ok(heads) => {
                    self.vitals.looked(Ok(heads.len()), self.pace.now());
                    let ours = self.driving();
                    // What is driven here is read by its driver.
                    let heads: Vec<Head> =
                        heads.into_iter().filter(|head| !ours.contains(&head.key)).collect();
                    known.retain(|key, _| heads.iter().any(|head| head.key == *key));
                    for head in heads {
                        let one = known.entry(head.key.clone()).or_default();
                        refresh(cluster, &head, one).await;
                        if let Some(record) = &one.record {
                            this.adopt_one(cluster, record, actor, &mut one.watch).await;
                        }
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
        watch: &mut LeaseWatch,
    ) {
        let key = record.key();
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

/// Reads a record that is not as it was read last. One that cannot be read is
/// left out and logged, once in each version.
async fn refresh(cluster: &Cluster, head: &Head, known: &mut Known) {
    if known.version == head.version {
        return;
    }
    match read(cluster, &head.key).await {
        Ok((found, mut record)) => {
            record.verdicts = Vec::new();
            record.log = Vec::new();
            record.run.judged = None;
            (known.version, known.record) = (found.version, Some(record));
        }
        Err(fault) => {
            tracing::warn!(record = %head.key, "not looked at: {fault}");
            known.record = None;
            if fault.kind == FaultKind::Invalid {
                known.version = head.version.clone();
            }
        }
    }
}
