//! What is around a service when a release of it is planned: what it needs,
//! itself in lower environments, and who looks after it.
//!
//! Taken from the watches and the catalogue at the moment of the question; the
//! preflight judges it.

use jiff::Timestamp;

use crate::catalog::{Entity, Joined, Neighbour, Way};
use crate::domain::{
    Dependent, Environment, Health, Kind, Namespace, ObjectKey, RevisionNumber, RolloutState, ServiceKey,
    ServiceRow, Template, Workload, World,
};
use crate::engine::Probe;
use crate::engine::canary::Ending;
use crate::engine::record::{OperationRecord, decode};

/// More direct dependencies than these are not listed.
const MOST_NEEDS: usize = 100;

/// What is around a service.
#[derive(Clone, Debug)]
pub struct Vicinity {
    /// Why other workloads are not known, if they are not.
    pub watched: Probe<()>,
    /// The only namespace looked at; none for all.
    pub only: Option<Namespace>,
    /// What it needs directly; none if no catalogue knows it.
    pub needs: Option<Vec<Need>>,
    /// Who needs it, over any number of steps; none if no catalogue knows it.
    pub dependents: Option<Vec<Dependent>>,
    /// What it says it needs and nothing in the catalogue is called, as written.
    pub missing: Vec<String>,
    /// The same service in lower environments.
    pub lower: Vec<Lower>,
    /// What its entry says; none if no catalogue knows it.
    pub said: Option<Said>,
}

impl Default for Vicinity {
    /// Nothing around it.
    fn default() -> Self {
        Self {
            watched: Ok(()),
            only: None,
            needs: None,
            dependents: None,
            missing: Vec::new(),
            lower: Vec::new(),
            said: None,
        }
    }
}

/// Something a service needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What the catalogue calls it.
    pub name: String,
    /// Whether nothing works without it: a database, or of tier 1.
    pub vital: bool,
    /// How it is doing in the same environment; none if it is not seen there.
    pub health: Option<Health>,
    /// Why it is not well; may be empty.
    pub reason: String,
    /// What has become of it, in any order.
    pub changes: Vec<Changed>,
}

/// A change of a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    /// To what: `v2.1`, `canary to v2.1`.
    pub text: String,
    /// When it was made, or ended.
    pub at: Timestamp,
    /// Whether it still goes on.
    pub running: bool,
}

/// The same service in a lower environment.
#[derive(Clone, Debug, PartialEq)]
pub struct Lower {
    /// Where.
    pub key: ObjectKey,
    /// The environment.
    pub environment: Environment,
    /// The images it is to run.
    pub images: Vec<String>,
    /// Available and asked for.
    pub ready: (u32, u32),
    /// Whether all of its pods are of that template.
    pub complete: bool,
    /// Since when it has that template.
    pub since: Option<Timestamp>,
    /// Revisions kept besides, with their images.
    pub past: Vec<(RevisionNumber, Vec<String>)>,
    /// Deliveries to it that are over, newest first.
    pub tried: Vec<Tried>,
}

/// A delivery that is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Tried {
    /// The images delivered.
    pub images: Vec<String>,
    /// When it ended.
    pub at: Timestamp,
    /// Why it was rolled back; none if it was promoted.
    pub back: Option<String>,
}

/// What the catalogue says of a service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Where it says what to do when it breaks.
    pub runbook: Option<String>,
    /// Who is called.
    pub on_call: Option<String>,
    /// Whether the catalogue says that of anything.
    pub knows_on_call: bool,
    /// `production`, `deprecated`; empty if it does not say.
    pub lifecycle: String,
}

impl Vicinity {
    /// What `world` and the catalogue know around the service of `workload`;
    /// `only` is the namespace the world is limited to.
    pub fn of(world: &World, joined: &Joined, rows: &[ServiceRow], workload: &Workload) -> Self {
        let key = World::service_of(workload);
        let watched = world.stream(Kind::Deployment).listed(Kind::Deployment.plural());
        let needs = joined.entity(&key).map(|_| {
            let beside = joined.around(&key, Way::Up, (1, MOST_NEEDS), rows);
            let home = world.environment(&key.namespace);
            beside.iter().map(|neighbour| need(world, neighbour, home)).collect()
        });
        let missing = joined.missing_needs(&key).into_iter().map(|gap| gap.reference.to_string()).collect();
        let lower = rows
            .iter()
            .filter(|row| is_same(joined, &key, &row.key) && is_lower(row.environment))
            .filter_map(|row| {
                let like = |w: &&std::sync::Arc<Workload>| w.key.name == workload.key.name;
                let found = row.workloads.iter().find(like).or_else(|| row.workloads.first())?;
                (!found.is_canary()).then(|| lower(world, found, row.environment))
            });
        let said = joined.entity(&key).map(|entity| Said {
            runbook: entity.runbook().map(str::to_owned),
            on_call: joined.on_call(&key).map(str::to_owned),
            knows_on_call: joined
                .catalog()
                .is_some_and(|all| all.entities().iter().any(|entity| entity.on_call().is_some())),
            lifecycle: entity.lifecycle.clone(),
        });
        Self { watched, needs, missing, lower: lower.collect(), said, ..Self::default() }
    }
}

fn is_lower(environment: Environment) -> bool {
    matches!(environment, Environment::Staging | Environment::Development)
}

/// Whether both are one service: by the catalogue, else by name.
fn is_same(joined: &Joined, one: &ServiceKey, other: &ServiceKey) -> bool {
    one != other
        && match (joined.index_of(one), joined.index_of(other)) {
            (Some(one), Some(other)) => one == other,
            (None, _) | (_, None) => one.name == other.name,
        }
}

fn need(world: &World, neighbour: &Neighbour<'_>, home: Environment) -> Need {
    let rows: Vec<&ServiceRow> =
        neighbour.services.iter().copied().filter(|row| row.environment == home).collect();
    let worst = rows.iter().max_by_key(|row| row.health);
    let tier = |entity: &Entity| entity.tier().or_else(|| rows.iter().find_map(|row| row.tier));
    Need {
        name: neighbour.entity.reference.name().to_owned(),
        vital: tier(neighbour.entity) == Some(1) || neighbour.entity.flavour.eq_ignore_ascii_case("database"),
        health: worst.map(|row| row.health),
        reason: worst.map(|row| row.reason.clone()).unwrap_or_default(),
        changes: rows.iter().flat_map(|row| changes(world, row)).collect(),
    }
}

fn changes(world: &World, row: &ServiceRow) -> Vec<Changed> {
    let text = match &row.next_version {
        Some(next) => format!("{} to {next}", row.version),
        None => row.version.clone(),
    };
    let newest = row.changed.map(|at| Changed { text, at, running: row.next_version.is_some() });
    let delivered = row.workloads.iter().flat_map(|workload| records(world, &workload.key)).map(|record| {
        let how = format!("{} to {}", record.strategy.name(), record.to.version);
        let text = match record.ending() {
            None => how,
            Some(Ending::Promoted) => format!("{how} promoted"),
            Some(Ending::RolledBack { .. }) => format!("{how} rolled back"),
        };
        let at = record.ended.unwrap_or(record.started);
        Changed { text, at, running: !record.is_over() }
    });
    newest.into_iter().chain(delivered).collect()
}

/// The deliveries to a workload that can be read.
fn records(world: &World, target: &ObjectKey) -> Vec<OperationRecord> {
    let name = crate::engine::record::names::label_value(target.name.as_str());
    let of_it = world.records().filter(|text| text.key.namespace == target.namespace && text.target == name);
    of_it.filter_map(|text| decode(&text.text).ok()).filter(|r| r.target.key() == *target).collect()
}

/// The images of a template, each once.
pub(super) fn images(template: &Template) -> Vec<String> {
    let mut all: Vec<String> = template.containers.iter().map(|c| c.image.clone()).collect();
    all.sort();
    all.dedup();
    all
}

fn lower(world: &World, workload: &Workload, environment: Environment) -> Lower {
    let revisions = world.revisions(&workload.uid);
    let (now, past): (Vec<_>, Vec<_>) =
        revisions.iter().partition(|set| set.template.digest == workload.template.digest);
    let mut tried: Vec<Tried> = records(world, &workload.key)
        .into_iter()
        .filter_map(|record| {
            let back = match record.ending()? {
                Ending::Promoted => None,
                Ending::RolledBack { why } => Some(why.clone()),
            };
            let images = record.to.images.iter().map(|(_, image)| image.clone()).collect();
            Some(Tried { images, at: record.ended.unwrap_or(record.started), back })
        })
        .collect();
    tried.sort_by_key(|tried| std::cmp::Reverse(tried.at));
    Lower {
        key: workload.key.clone(),
        environment,
        images: images(&workload.template),
        ready: (workload.replicas.available, workload.replicas.desired),
        complete: RolloutState::of(workload) == RolloutState::Complete,
        since: now.first().and_then(|set| set.since),
        past: past.iter().filter_map(|set| Some((set.revision?, images(&set.template)))).collect(),
        tried,
    }
}

#[cfg(test)]
mod tests;
