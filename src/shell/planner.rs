//! Working an action out: everything a person decides on, asked of the server now.

use super::clock;
use crate::cluster::{Cluster, decode_workload};
use crate::domain::{
    Actor, Autoscaler, Environment, Fault, FaultKind, Kind, Order, Plan, Pod, StreamState, Target, World,
};
use crate::engine::{Draft, Evidence, Expected, Live, Probe, blast_of, draft, finish};
use crate::msg::Ask;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// No question to the server may hold a person up longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// What the watches already know about the target.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its pods.
    pub pods: Vec<Arc<Pod>>,
    /// What scales it; why not, if autoscalers cannot be seen.
    pub autoscaler: Probe<Option<Autoscaler>>,
    /// Where it is.
    pub environment: Environment,
}

impl Surroundings {
    /// What `world` shows around `target`. `undeclared` stands in for the
    /// environment of a namespace that declares none.
    pub fn of(world: &World, target: &Target, undeclared: Environment) -> Self {
        let workload = world.workload(&target.key);
        let pods = workload.map(|workload| world.pods_of_workload(workload)).unwrap_or_default();
        let autoscaler = match world.stream(Kind::HorizontalPodAutoscaler) {
            StreamState::Live => Ok(world.autoscaler_of(&target.key).map(|scaler| (**scaler).clone())),
            StreamState::Forbidden { fault } | StreamState::Stale { fault, .. } => Err(fault.clone()),
            StreamState::Loading => {
                Err(Fault::new(FaultKind::Timeout, "the list of autoscalers has not come yet"))
            }
        };
        let environment = match world.environment(&target.key.namespace) {
            Environment::Undeclared => undeclared,
            declared @ (Environment::Development | Environment::Staging | Environment::Production) => {
                declared
            }
        };
        Self { pods, autoscaler, environment }
    }
}

/// Works `ask` out: reads the object and its revisions, asks for permission,
/// lets the server try the write. What cannot be found out is a check that
/// says so; only what makes the action meaningless is an error.
pub async fn plan(
    cluster: &Cluster,
    ask: Ask,
    actor: Actor,
    around: Surroundings,
) -> Result<(Plan, Expected), Fault> {
    let key = ask.target.key.clone();
    let (raw, revisions, permission) = tokio::join!(
        in_time("read the object", cluster.read(&key)),
        in_time("read its revisions", revisions(cluster, &ask.target)),
        in_time("ask for permission", cluster.may("patch", key.kind, "", &key.namespace, &key.name)),
    );
    let now = clock::now();
    let raw = raw?;
    let live = Live { workload: decode_workload(&raw)?, raw, read_at: now };
    let order = Order {
        id: clock::operation_id(now),
        verb: ask.verb,
        target: ask.target,
        actor,
        reason: ask.reason,
        override_owner: ask.override_owner,
        asked_at: now.wall,
    };
    let draft = draft(order, &live, &revisions?, now)?;
    let dry_run = dry_run(cluster, &draft).await;
    let evidence = Evidence {
        permission: permission.map(|answer| (answer.allowed, answer.reason)),
        dry_run,
        autoscaler: around.autoscaler,
        environment: around.environment,
        blast: blast_of(&draft, &live, &around.pods),
    };
    Ok(finish(draft, &live, evidence))
}

type Revisions = Vec<(crate::domain::ReplicaSet, serde_json::Value)>;

async fn revisions(cluster: &Cluster, target: &Target) -> Result<Revisions, Fault> {
    if target.key.kind == Kind::Deployment {
        return cluster.revisions(&target.key, &target.uid).await;
    }
    Ok(Vec::new())
}

async fn dry_run(cluster: &Cluster, draft: &Draft) -> Probe<(serde_json::Value, crate::domain::Workload)> {
    let after = in_time("try the change", cluster.dry_run(&draft.mutation)).await?;
    let slim = decode_workload(&after)?;
    Ok((after, slim))
}

async fn in_time<T>(what: &str, question: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer,
        Err(_elapsed) => {
            let text = format!("cannot {what}: no answer within {} s", PATIENCE.as_secs());
            Err(Fault::new(FaultKind::Timeout, text).hint("try again"))
        }
    }
}
