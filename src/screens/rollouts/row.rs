//! One line of the list: an operation of the delivery engine, or a rollout the
//! cluster's own controller carries out. Both say the same things.

use crate::domain::{Now, Ownership, RolloutState, ServiceKey, ServiceRow, World};
use crate::screens::delivery::{Delivery, Driven, Stage, Unreadable, WaitsFor, verdict_cell};
use crate::screens::show::rollout_sign;
use crate::screens::sorting::Key;
use crate::screens::{Ctx, Route};
use crate::ui::{Role, Sign};
use jiff::Timestamp;
use serde::Serialize;
use std::cmp::Reverse;
use std::time::Duration;

/// A rollout that ended longer ago than this is history.
const LATELY: Duration = Duration::from_hours(24);

/// How urgent a line is, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Rank {
    /// Under way, and nobody drives it.
    Orphaned,
    /// Waits for a person.
    Waiting,
    /// Going wrong.
    Failing,
    /// Under way.
    Running,
    /// Ended lately.
    Recent,
}

/// A line of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// Tells lines apart.
    pub id: String,
    /// Where enter goes.
    pub opens: Route,
    /// What it is about.
    pub service: ServiceKey,
    /// The operation promote, hold and abort are about; none for the cluster's own rollouts.
    pub delivery: Option<String>,
    /// How urgent it is.
    pub rank: Rank,
    /// `canary`, `rolling`, …; empty if nobody says.
    pub strategy: String,
    /// Its sign, with the role.
    pub sign: (Role, Sign),
    /// How far it is, in a word or two.
    pub phase: String,
    /// `v1 to v2`
    pub versions: String,
    /// `2/3`, or pods updated of those asked for.
    pub step: String,
    /// Percent asked for and real: `50/45`.
    pub weights: String,
    /// The newest verdict, with the role.
    pub verdict: (Role, String),
    /// Pods available and asked for, on both sides.
    pub ready: (u32, u32),
    /// What it waits for.
    pub waits: WaitsFor,
    /// The same in a sentence.
    pub why: String,
    /// Who drives it, with the role.
    pub driver: (Role, String),
    /// Since when it runs, or when it ended.
    pub since: Option<Timestamp>,
}

/// What the lines are made of.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The operations of the delivery engine.
    pub deliveries: &'a [Delivery],
    /// Records that cannot be read.
    pub unreadable: &'a [Unreadable],
    /// The services there are.
    pub services: &'a [ServiceRow],
    /// What the services were told from.
    pub world: &'a World,
    /// The moment looked at.
    pub now: Now,
}

impl<'a> Seen<'a> {
    pub(super) fn of(ctx: &Ctx<'a>) -> Self {
        let Ctx { deliveries, unreadable, rows, world, now, .. } = *ctx;
        Self { deliveries, unreadable, services: rows, world, now }
    }
}

/// Every line, most urgent first; within a rank the newest first.
pub fn rows(seen: &Seen<'_>) -> Vec<Row> {
    let mut rows: Vec<Row> = seen.deliveries.iter().filter_map(|d| of_delivery(d, seen.now)).collect();
    rows.extend(seen.unreadable.iter().map(|record| of_unreadable(record, seen)));
    let told: Vec<ServiceKey> = rows.iter().map(|row| row.service.clone()).collect();
    rows.extend(seen.services.iter().filter_map(|row| {
        // What the engine does to a Deployment is told once, as the operation;
        // a rollout that is stuck is told in any case.
        let told = told.contains(&row.key) && !row.rollout.needs_a_person();
        if told { None } else { of_service(row, seen.now) }
    }));
    rows.sort_by(|a, b| (a.rank, Reverse(a.since), &a.id).cmp(&(b.rank, Reverse(b.since), &b.id)));
    rows
}

/// The identity of the line of an operation.
pub(super) fn id(operation: &str) -> String {
    format!("operation {operation}")
}

fn of_delivery(delivery: &Delivery, now: Now) -> Option<Row> {
    let (waits, why) = delivery.waits_for(now);
    let rank = match (&delivery.stage, waits) {
        (Stage::Promoted | Stage::RolledBack, _) if now.since(delivery.changed) >= LATELY => return None,
        (Stage::Promoted | Stage::RolledBack, _) => Rank::Recent,
        (_, WaitsFor::Driver) => Rank::Orphaned,
        (_, WaitsFor::Human | WaitsFor::Git) => Rank::Waiting,
        (Stage::RollingBack, _) => Rank::Failing,
        (_, WaitsFor::Metrics | WaitsFor::Pods | WaitsFor::Time | WaitsFor::Nothing) => Rank::Running,
    };
    let steps = delivery.steps.len();
    Some(Row {
        id: id(&delivery.id),
        opens: Route::Rollout(delivery.id.clone()),
        service: delivery.service.clone(),
        delivery: Some(delivery.id.clone()),
        rank,
        strategy: delivery.strategy.to_owned(),
        sign: delivery.sign(now),
        phase: delivery.phase_word(now).to_owned(),
        versions: format!("{} to {}", delivery.from, delivery.to),
        step: delivery.step().map_or_else(String::new, |step| format!("{}/{steps}", step + 1)),
        weights: delivery.weights(),
        verdict: verdict_cell(delivery),
        ready: delivery.pods.map(crate::screens::delivery::Pods::ready).unwrap_or_default(),
        waits,
        why,
        driver: driver(delivery, now),
        since: Some(if delivery.is_running() { delivery.started } else { delivery.changed }),
    })
}

/// It may be one that runs, of a newer program: somebody has to look.
fn of_unreadable(unreadable: &Unreadable, seen: &Seen<'_>) -> Row {
    let service = unreadable.service(seen.world);
    let row = seen.services.iter().find(|row| row.key == service);
    Row {
        id: format!("record {}", unreadable.record),
        opens: Route::Cockpit(service.clone()),
        ready: row.map(|row| row.ready).unwrap_or_default(),
        service,
        delivery: None,
        rank: Rank::Waiting,
        strategy: String::new(),
        sign: (Role::Warn, Sign::Unknown),
        phase: "unreadable".to_owned(),
        versions: String::new(),
        step: String::new(),
        weights: "—".to_owned(),
        verdict: (Role::Dim, "—".to_owned()),
        waits: WaitsFor::Human,
        why: unreadable.sentence(),
        driver: (Role::Dim, String::new()),
        since: None,
    }
}

/// What a line is sorted by in the column called `title`.
pub(super) fn key(row: &Row, title: &str) -> Key {
    match title {
        "PHASE" => Key::text(&row.phase),
        "NS" => Key::text(row.service.namespace.as_str()),
        "NAME" => Key::text(row.service.name.as_str()),
        "KIND" => Key::text(&row.strategy),
        "STEP" => Key::text(&row.step),
        "WANT/REAL" => Key::number(row.weights.split('/').next().and_then(|want| want.trim().parse().ok())),
        "VERDICT" => Key::text(&row.verdict.1),
        "READY" => Key::ready(row.ready),
        "WAITS FOR" => Key::text(row.waits.word()),
        "DRIVER" => Key::text(&row.driver.1),
        "AGE" => Key::age(row.since),
        _ => Key::Absent,
    }
}

fn driver(delivery: &Delivery, now: Now) -> (Role, String) {
    if !delivery.is_running() {
        return (Role::Dim, String::new());
    }
    match delivery.driver.state(now) {
        Driven::Here => (Role::Text, "here".to_owned()),
        Driven::Elsewhere => (Role::Dim, delivery.driver.who.clone()),
        Driven::Silent(_) => (Role::Bad, "silent".to_owned()),
        Driven::Nobody => (Role::Bad, "nobody".to_owned()),
    }
}

fn of_service(row: &ServiceRow, now: Now) -> Option<Row> {
    let trouble = row.health.is_trouble();
    let rank = match &row.rollout {
        RolloutState::Stuck { .. } | RolloutState::Paused { .. } => Rank::Waiting,
        RolloutState::Unobserved | RolloutState::Progressing { .. } if trouble => Rank::Failing,
        RolloutState::Unobserved | RolloutState::Progressing { .. } => Rank::Running,
        RolloutState::Complete => {
            row.changed.filter(|at| now.since(*at) < LATELY)?;
            Rank::Recent
        }
    };
    let (step, weights) = steps(&row.rollout);
    let (waits, why) = waits(row);
    let versions = match &row.next_version {
        Some(next) => format!("{} to {next}", row.version),
        None => row.version.clone(),
    };
    Some(Row {
        id: row.key.to_string(),
        opens: Route::Cockpit(row.key.clone()),
        service: row.key.clone(),
        delivery: None,
        rank,
        strategy: strategy(row),
        sign: rollout_sign(&row.rollout),
        phase: row.rollout.word().to_owned(),
        versions,
        step,
        weights,
        verdict: (Role::Dim, "—".to_owned()),
        ready: row.ready,
        waits,
        why,
        driver: (Role::Dim, if rank == Rank::Recent { String::new() } else { "cluster".to_owned() }),
        since: row.changed,
    })
}

/// `rolling`, `recreate`: the first word of the workload's own strategy.
fn strategy(row: &ServiceRow) -> String {
    let own = row.workloads.first().map(|w| w.strategy.split(' ').next().unwrap_or_default());
    match own {
        Some("RollingUpdate") => "rolling".to_owned(),
        Some(other) => other.to_lowercase(),
        None => String::new(),
    }
}

/// Pods updated of those asked for, and the share of those that serve. Pods
/// are all a rolling update is steered by, so there is no weight asked for.
fn steps(state: &RolloutState) -> (String, String) {
    match state {
        RolloutState::Progressing { updated, available, desired, old } => {
            let all = available + old;
            let real = (available * 100).checked_div(all).unwrap_or(0);
            (format!("{updated}/{desired}"), format!("100/{real}"))
        }
        RolloutState::Paused { updated, desired } => (format!("{updated}/{desired}"), "—".to_owned()),
        RolloutState::Unobserved | RolloutState::Stuck { .. } | RolloutState::Complete => {
            (String::new(), "—".to_owned())
        }
    }
}

fn waits(row: &ServiceRow) -> (WaitsFor, String) {
    let why = if row.reason.is_empty() { row.rollout.sentence() } else { row.reason.clone() };
    let owner = row.workloads.first().map_or(&Ownership::Free, |w| &w.ownership);
    match &row.rollout {
        RolloutState::Complete => (WaitsFor::Nothing, String::new()),
        // `paused` is in the manifest another tool applies: only there can it be taken out.
        RolloutState::Paused { .. } if !owner.is_free() => {
            (WaitsFor::Git, format!("{why}; applied by {owner}"))
        }
        RolloutState::Paused { .. } | RolloutState::Stuck { .. } => (WaitsFor::Human, why),
        RolloutState::Unobserved | RolloutState::Progressing { .. } => (WaitsFor::Pods, why),
    }
}
