//! What `-o json` prints: named and typed here, so that it stays what it is
//! when the console's own types change.

use crate::domain::{
    Change as FieldChange, Check, Environment, Health, OwnerDoubt, Plan, RolloutState, ServiceRow,
};
use crate::engine::delivery::DeliveryPlan;
use crate::engine::record::OperationRecord;
use crate::msg::RunView;
use jiff::Timestamp;
use serde::Serialize;

/// A service in a list.
#[derive(Debug, Serialize)]
pub(super) struct Service {
    /// Where.
    pub(super) namespace: String,
    /// What it is called.
    pub(super) name: String,
    /// `production`, `staging`, `development`, `undeclared`.
    pub(super) environment: Environment,
    /// Team; empty if nobody says.
    pub(super) owner: String,
    /// `unknown` if nothing in the catalogue is called as the owner is,
    /// `missing` if its entry names nobody; else null.
    pub(super) owner_doubt: Option<OwnerDoubt>,
    /// The system it is part of; empty if nobody says.
    pub(super) system: String,
    /// How much a failure costs, 1 most; null if nobody says.
    pub(super) tier: Option<u8>,
    /// In a word: `healthy`, `degraded`, `down`, `moving`, `paused`, `idle`, `unknown`.
    pub(super) health: Health,
    /// Why it is not healthy; empty if it is.
    pub(super) reason: String,
    /// The version that serves.
    pub(super) version: String,
    /// The version on its way; null if none.
    pub(super) next_version: Option<String>,
    /// Pods available.
    pub(super) available: u32,
    /// Pods asked for.
    pub(super) desired: u32,
    /// Where its rollout stands.
    pub(super) rollout: RolloutState,
    /// When its newest revision appeared.
    pub(super) changed: Option<Timestamp>,
    /// Its workloads as `kind/name`, the main one first.
    pub(super) workloads: Vec<String>,
}

impl From<&ServiceRow> for Service {
    fn from(row: &ServiceRow) -> Self {
        Self {
            namespace: row.key.namespace.to_string(),
            name: row.key.name.to_string(),
            environment: row.environment,
            owner: row.owner.clone(),
            owner_doubt: row.owner_doubt,
            system: row.system.clone(),
            tier: row.tier,
            health: row.health,
            reason: row.reason.clone(),
            version: row.version.clone(),
            next_version: row.next_version.clone(),
            available: row.ready.0,
            desired: row.ready.1,
            rollout: row.rollout.clone(),
            changed: row.changed,
            workloads: row
                .workloads
                .iter()
                .map(|w| format!("{}/{}", w.key.kind.short(), w.key.name))
                .collect(),
        }
    }
}

/// The answer of `qd status`.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    /// Context of the kubeconfig.
    pub(super) context: String,
    /// The API server.
    pub(super) cluster: String,
    /// The namespace looked at; null for all.
    pub(super) namespace: Option<String>,
    /// The user as the server knows them.
    pub(super) user: String,
    /// Services seen.
    pub(super) services: usize,
    /// Pods available and asked for.
    pub(super) available: u32,
    /// Pods asked for.
    pub(super) desired: u32,
    /// What is degraded, down or unknown.
    pub(super) burning: Vec<Service>,
    /// What rolls out or waits for a person.
    pub(super) moving: Vec<Service>,
    /// Kinds that could not be seen, and why.
    pub(super) hidden: Vec<Hidden>,
}

/// A kind that could not be seen.
#[derive(Debug, Serialize)]
pub(super) struct Hidden {
    /// `events`
    pub(super) kind: &'static str,
    /// Why.
    pub(super) why: String,
}

/// The answer of a verb that changes something.
#[derive(Debug, Serialize)]
pub(super) struct Change<'a> {
    /// What was worked out.
    pub(super) plan: &'a Plan,
    /// What came of it; null for a dry run.
    pub(super) outcome: Option<Outcome>,
}

/// How an operation stands.
#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// `succeeded`, `failed`, `refused`, `UNKNOWN`, `watching`.
    pub(super) phase: &'static str,
    /// Why it ended so; empty if there is nothing to say.
    pub(super) why: String,
    /// One line about the last moment seen.
    pub(super) progress: String,
    /// Seconds it took; null if it has not ended.
    pub(super) took_seconds: Option<f64>,
}

impl From<&RunView> for Outcome {
    fn from(run: &RunView) -> Self {
        Self {
            phase: run.phase.word(),
            why: run.phase.why().to_owned(),
            progress: run.progress.clone(),
            took_seconds: run.took.map(|took| took.as_secs_f64()),
        }
    }
}

/// The answer of `qd deploy`.
#[derive(Debug, Serialize)]
pub(super) struct Delivery<'a> {
    /// The operation.
    operation: String,
    /// The ConfigMap its record is in.
    record: String,
    /// What is delivered to: `deploy/checkout -n shop`.
    target: String,
    /// `canary` or `rolling`.
    strategy: &'static str,
    /// Container and image before.
    from: &'a [(String, String)],
    /// Container and image after.
    to: &'a [(String, String)],
    /// Each step: asked and real weight.
    steps: Vec<DeliveryStep>,
    /// What was looked at.
    checks: &'a [Check],
    /// What the promotion will change, from the server's dry run.
    changes: &'a [FieldChange],
    /// Where it stands; null for a dry run.
    phase: Option<&'static str>,
    /// One sentence about that; null for a dry run.
    why: Option<String>,
}

#[derive(Debug, Serialize)]
struct DeliveryStep {
    asked_percent: u32,
    /// What goes to the canary instead of a weight: `header:X-Canary=always`; absent if nothing does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pick: Option<String>,
    real_percent: f64,
    canary_pods: u32,
    min_s: u32,
    max_s: u32,
    /// Whether it waits for a person.
    manual: bool,
}

impl<'a> Delivery<'a> {
    pub(super) fn new(plan: &'a DeliveryPlan, record: Option<&OperationRecord>) -> Self {
        let steps = plan.splits().into_iter().zip(&plan.record.run.plan.steps);
        Self {
            operation: plan.record.id.to_string(),
            record: plan.record.key().name.to_string(),
            target: plan.target.key.to_string(),
            strategy: plan.record.strategy.name(),
            from: &plan.record.from.images,
            to: &plan.record.to.images,
            steps: steps
                .map(|(split, step)| DeliveryStep {
                    asked_percent: step.percent,
                    pick: step.pick.as_ref().map(ToString::to_string),
                    real_percent: (split.real() * 1000.0).round() / 10.0,
                    canary_pods: split.canary,
                    min_s: step.min_s,
                    max_s: step.max_s,
                    manual: step.manual,
                })
                .collect(),
            checks: &plan.checks,
            changes: &plan.changes,
            phase: record.map(OperationRecord::phase_word),
            why: record.map(|record| record.sentence().to_owned()),
        }
    }
}

/// The answer of `qd promote`, `hold` and `abort`.
#[derive(Debug, Serialize)]
pub(super) struct Asked {
    /// The operation.
    pub(super) operation: String,
    /// The ConfigMap its record is in.
    pub(super) record: String,
    /// What is delivered to.
    pub(super) target: String,
    /// What was asked.
    pub(super) request: &'static str,
    /// The driver's answer; null for a dry run.
    pub(super) answer: Option<String>,
    /// Where it stands.
    pub(super) phase: &'static str,
}

impl Asked {
    pub(super) fn new(record: &OperationRecord, asked: &'static str) -> Self {
        Self {
            operation: record.id.to_string(),
            record: record.key().name.to_string(),
            target: record.target.key().to_string(),
            request: asked,
            answer: None,
            phase: record.phase_word(),
        }
    }
}

/// A stored verdict, decided again.
#[derive(Debug, Serialize)]
pub(super) struct Replayed {
    /// When it was decided.
    pub(super) at: Timestamp,
    /// Seconds since the step's weight took effect.
    pub(super) elapsed_s: u32,
    /// `PROMOTE`, `ROLL BACK`, `HOLD`, `ENVIRONMENT`.
    pub(super) decision: &'static str,
    /// Why.
    pub(super) reason: String,
    /// Whether it comes out the same now.
    pub(super) same: bool,
    /// Why, this time.
    pub(super) again: String,
}
