//! Who has agreed to a plan: read, and written down.

use super::stored::{Stored, send, stored};
use super::{Deliveries, journal};
use crate::cluster::Cluster;
use crate::domain::{
    Actor, AuditEntry, AuditKind, Fault, FaultKind, JsonOp, Kind, Mutation, Namespace, ObjectKey, RecordSort,
    Target, Warrant, WriteOutcome,
};
use crate::engine::Probe;
use crate::engine::delivery::SavedPlan;
use crate::engine::gates::{Approval, Petition, short_hash};
use crate::engine::record::names;
use crate::shell::patience::Deadline;
use serde_json::json;

/// Who has agreed to the plan with this hash; asked until
/// `by`, or nobody where nobody need be asked.
pub(super) async fn approvals_of(
    cluster: &Cluster,
    namespace: &Namespace,
    hash: &str,
    by: Option<&Deadline>,
) -> Probe<Vec<Approval>> {
    let Some(by) = by else { return Ok(Vec::new()) };
    let key = Petition::key(namespace, hash);
    let found = by.answer("read the approvals", petition_at(cluster, &key)).await?;
    let petition = found.map(|(_, petition)| petition).filter(|petition| petition.plan.hash == hash);
    Ok(petition.map(|petition| petition.approvals).unwrap_or_default())
}

async fn petition_at(cluster: &Cluster, key: &ObjectKey) -> Result<Option<(Stored, Petition)>, Fault> {
    let found = match cluster.read(key).await {
        Ok(raw) => stored(&raw),
        Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
        Err(fault) => return Err(fault),
    };
    match Petition::read(&found.text) {
        Ok(petition) => Ok(Some((found, petition))),
        Err(why) => {
            let text = format!("the approvals in {} cannot be read: {why}", key.name);
            Err(Fault::new(FaultKind::Invalid, text)
                .hint("delete the ConfigMap, and have the plan approved anew"))
        }
    }
}

/// The one plan in the cluster whose hash begins so.
///
/// # Errors
/// There is none, or several; the server does not answer.
pub async fn petitioned(
    cluster: &Cluster,
    namespace: Option<&Namespace>,
    hash: &str,
) -> Result<SavedPlan, Fault> {
    let everywhere = Namespace::default();
    let selector = format!("{}={}", names::OP, RecordSort::Approval.label());
    let raws = cluster.select(Kind::ConfigMap, namespace.unwrap_or(&everywhere), &selector).await?;
    let read = raws.iter().filter_map(|raw| Petition::read(&stored(raw).text).ok());
    let mut found: Vec<SavedPlan> =
        read.map(|petition| petition.plan).filter(|plan| plan.hash.starts_with(hash)).collect();
    match (found.pop(), found.is_empty()) {
        (Some(plan), true) => Ok(plan),
        (Some(_), false) => {
            let text = format!("'{hash}' is the beginning of more than one plan's hash");
            Err(Fault::new(FaultKind::Invalid, text).hint("type more of it"))
        }
        (None, _) => {
            let text = format!("no plan '{hash}' asks for approval here");
            Err(Fault::new(FaultKind::NotFound, text)
                .hint("name its file, or let who made it ask: qd plan … --ask"))
        }
    }
}

impl Deliveries {
    /// Keeps a plan in the cluster so that others may approve it, with this
    /// approval if there is one. `site` is its Deployment as it is reached here.
    /// Of two who write at once one is told.
    ///
    /// # Errors
    /// The server refuses, or somebody wrote at the same time.
    pub async fn approve(
        &self,
        cluster: &Cluster,
        ((plan, site), approval): ((&SavedPlan, &Target), Option<Approval>),
        warrant: &Warrant,
        actor: &Actor,
    ) -> Result<(), Fault> {
        let key = Petition::key(&plan.ask.target.key.namespace, &plan.hash);
        let (found, mut petition) = match petition_at(cluster, &key).await? {
            Some((found, petition)) => (Some(found), petition),
            None => (None, Petition::new(plan.clone())),
        };
        let (word, note) = match &approval {
            Some(approval) => ("approve", approval.note.clone()),
            None => ("ask for approval of", String::new()),
        };
        match approval {
            // A second word of the same person renews the first.
            Some(approval) => {
                petition.approvals.retain(|known| known.by.cluster_user != approval.by.cluster_user);
                petition.approvals.push(approval);
            }
            None if found.is_some() => return Ok(()),
            None => {}
        }
        let write = write_of(Target { key, ..site.clone() }, found, &petition);
        let action = format!("{word} plan {}: {}", short_hash(&plan.hash), plan.what);
        let line = |kind| AuditEntry {
            digest: write.digest(),
            ..journal::delivery(
                (warrant.operation(), site),
                actor,
                kind,
                (action.clone(), note.as_str()),
                self.pace.now().wall,
            )
        };
        journal::append(&self.audit, line(AuditKind::Intent)).await?;
        let outcome = send(cluster, warrant, &write).await;
        let (result, detail) = journal::outcome(&outcome);
        let after = AuditEntry { result: result.to_owned(), detail, ..line(AuditKind::Written) };
        if let Err(fault) = journal::append(&self.audit, after).await {
            tracing::error!(plan = %plan.hash, "{fault}");
        }
        match outcome {
            WriteOutcome::Applied { .. } => Ok(()),
            WriteOutcome::Refused(fault) | WriteOutcome::Unknown(fault) => Err(fault),
        }
    }
}

/// The approvals as they are to be stored; owned by the workload: they go with it.
fn write_of(target: Target, found: Option<Stored>, petition: &Petition) -> Mutation {
    let data = json!({(names::DATA): petition.text()});
    if let Some(found) = found {
        let target = Target { uid: found.uid.clone(), ..target };
        let ops = vec![
            JsonOp::test("/metadata/uid", found.uid.as_str()),
            JsonOp::test("/metadata/resourceVersion", found.version.as_str()),
            JsonOp::add("/data", data),
        ];
        return Mutation::patch(target, ops);
    }
    let workload = &petition.plan.ask.target;
    let body = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": target.key.name,
            "namespace": target.key.namespace,
            "labels": {
                (names::OP): RecordSort::Approval.label(),
                (names::TARGET): names::label_value(workload.key.name.as_str()),
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": workload.key.kind.name(), "name": workload.key.name,
                "uid": workload.uid.as_str(),
            }],
        },
        "data": data,
    });
    Mutation::create(target, body)
}
