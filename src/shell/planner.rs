//! Working an action out: everything a person decides on, asked of the server now.

use super::clock;
use super::deliver::{Pace, hello};
use super::patience::Deadline;
use crate::catalog::{Catalog, Joined};
use crate::cluster::{Cluster, decode_workload};
use crate::domain::{
    Actor, Autoscaler, Blast, Dependent, Environment, Fault, FaultKind, Guardrails, How, Kind, Namespace,
    ObjectKey, Order, Plan, Pod, ServiceKey, ServiceRow, Target, World,
};
use crate::engine::delivery::{PlanId, Vicinity};
use crate::engine::gates::Book;
use crate::engine::record::decode;
use crate::engine::{Draft, Evidence, Expected, Live, Probe, blast_of, draft, finish};
use crate::msg::Ask;
use std::sync::Arc;

/// What the watches already know about the target.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// Its pods.
    pub pods: Vec<Arc<Pod>>,
    /// What scales it; why not, if autoscalers cannot be seen.
    pub autoscaler: Probe<Option<Autoscaler>>,
    /// The delivery under way to it, in a sentence.
    pub delivery: Option<String>,
    /// Where it is.
    pub environment: Environment,
    /// What the context's settings forbid.
    pub guardrails: Guardrails,
    /// What depends on it; none if no catalogue knows it.
    pub dependents: Option<Vec<Dependent>>,
    /// How much a failure of its service costs; none if nobody says.
    pub tier: Option<u8>,
    /// What is around its service; looked at for deliveries.
    pub vicinity: Vicinity,
    /// What was written about freezes and approvals.
    pub book: Book,
    /// Which plan is carried out, if one was kept.
    pub kept: Option<PlanId>,
}

impl Surroundings {
    /// What `world` and the catalogue show around `target`, in a context that
    /// takes namespaces which declare nothing for an environment, and has these
    /// guardrails.
    pub fn of(
        world: &World,
        target: &Target,
        services: &Services,
        (undeclared, guardrails): (Environment, Guardrails),
    ) -> Self {
        let workload = world.workload(&target.key).or_else(|| world.workload_of_pod(&target.key));
        let pods = workload.map(|workload| world.pods_of_workload(workload)).unwrap_or_default();
        let listed = world.stream(Kind::HorizontalPodAutoscaler).listed("autoscalers");
        let autoscaler = listed.map(|()| world.autoscaler_of(&target.key).map(|scaler| (**scaler).clone()));
        let environment = world.environment(&target.key.namespace).or(undeclared);
        let key = workload.map(|workload| World::service_of(workload));
        let tier = key.as_ref().and_then(|key| services.tier(key));
        let dependents = key.as_ref().and_then(|key| services.joined.dependents(key, &services.rows));
        let delivery = delivery(world, &target.key);
        let (vicinity, book, kept) = (Vicinity::default(), Book::default(), None);
        Self { pods, autoscaler, delivery, environment, guardrails, dependents, tier, vicinity, book, kept }
    }

    /// The same with what was written about freezes and approvals, and with
    /// which plan is carried out if one was kept.
    #[must_use]
    pub fn with_gates(self, book: Book, kept: Option<PlanId>) -> Self {
        Self { book, kept, ..self }
    }

    /// The same with what the preflight of a delivery looks at around the
    /// service; `only` is the namespace the world is limited to.
    #[must_use]
    pub fn with_vicinity(
        self,
        world: &World,
        target: &Target,
        services: &Services,
        only: Option<&Namespace>,
    ) -> Self {
        let Some(workload) = world.workload(&target.key) else { return self };
        let around = Vicinity::of(world, &services.joined, &services.rows, workload);
        let (only, dependents) = (only.cloned(), self.dependents.clone());
        Self { vicinity: Vicinity { only, dependents, ..around }, ..self }
    }
}

/// The services there are, with what the catalogue says of them: joining takes
/// longer than all else that is taken from the watches, and is done once for a plan.
#[derive(Debug)]
pub struct Services {
    rows: Vec<ServiceRow>,
    joined: Joined,
}

impl Services {
    /// Those of `world`, joined with `catalog` if there is one.
    pub fn of(world: &World, catalog: Option<&Arc<Catalog>>) -> Self {
        let mut rows = world.services();
        let joined = Joined::with_rows(catalog, &mut rows);
        Self { rows, joined }
    }

    /// How much a failure of a service costs: as its entry says, else its labels.
    pub(super) fn tier(&self, key: &ServiceKey) -> Option<u8> {
        self.rows.iter().find(|row| row.key == *key)?.tier
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
    pace: &Pace,
) -> Result<(Plan, Expected), Fault> {
    let key = ask.target.key.clone();
    let by = Deadline::begin(cluster.url());
    let early = by.early();
    let allowed = permission(cluster, &ask);
    let (read, permission) = tokio::join!(
        async {
            tokio::try_join!(
                early.answer("read the object", cluster.read(&key)),
                early.answer("read its revisions", revisions(cluster, &ask.target)),
            )
        },
        early.answer("ask for permission", allowed),
    );
    let now = pace.seen();
    let (raw, revisions) = read?;
    let live = Live { workload: decode_workload(&raw)?, raw, read_at: now };
    let order = Order {
        id: clock::operation_id(now),
        verb: ask.verb,
        target: ask.target,
        actor,
        reason: ask.reason,
        override_owner: ask.override_owner,
        asked_at: now.wall,
        undo: None,
    };
    let draft = draft(order, &live, &revisions, now)?;
    let quotas = cluster.others("v1", "resourcequotas", &key.namespace);
    let (hello, dry_run, quotas) = tokio::join!(
        hello(cluster, pace, &by),
        dry_run(cluster, &draft, &live, &by),
        by.answer("list quotas", quotas),
    );
    let evidence = Evidence {
        hello,
        permission,
        dry_run,
        quotas,
        autoscaler: around.autoscaler,
        delivery: around.delivery,
        environment: around.environment,
        blast: Blast { dependents: around.dependents, ..blast_of(&draft, &live, &around.pods) },
        guardrails: around.guardrails,
        together: ask.together,
    };
    Ok(finish(draft, &live, evidence))
}

/// The delivery that runs on a Deployment, or made it as its canary.
fn delivery(world: &World, key: &ObjectKey) -> Option<String> {
    let near = world.records().filter(|text| text.key.namespace == key.namespace);
    let running = near.filter_map(|text| decode(&text.text).ok()).find(|record| {
        !record.is_over() && (record.target.key() == *key || record.beside().as_ref() == Some(key))
    });
    running.map(|record| record.started_words())
}

type Revisions = Vec<(crate::domain::ReplicaSet, serde_json::Value)>;

async fn revisions(cluster: &Cluster, target: &Target) -> Result<Revisions, Fault> {
    if matches!(target.key.kind, Kind::Deployment | Kind::StatefulSet | Kind::DaemonSet) {
        return cluster.revisions(&target.key, &target.uid).await;
    }
    Ok(Vec::new())
}

/// Whether the user may do it, and the server's reason if not.
async fn permission(cluster: &Cluster, ask: &Ask) -> Probe<(bool, String)> {
    let key = &ask.target.key;
    let right = ask.verb.right(key.kind).map_err(|kinds| Fault::new(FaultKind::Invalid, kinds))?;
    // What is to be created has no name that a role could list.
    let name = if right.kind == key.kind { key.name.clone() } else { crate::domain::Name::default() };
    let asked = cluster.may(right.verb, right.kind, right.subresource, &key.namespace, &name);
    asked.await.map(|answer| (answer.allowed, answer.reason))
}

async fn dry_run(
    cluster: &Cluster,
    draft: &Draft,
    live: &Live,
    by: &Deadline,
) -> Probe<(serde_json::Value, crate::domain::Workload)> {
    let after = by.answer("try the change", cluster.dry_run(&draft.mutation)).await?;
    if draft.mutation.how != How::Patch {
        // The answer is not the object as it would be.
        return Ok((live.raw.clone(), live.workload.clone()));
    }
    let slim = decode_workload(&after)?;
    Ok((after, slim))
}
