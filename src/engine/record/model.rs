//! The record's fields.

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use serde_json::Value;
use serde_json::value::RawValue;
use std::fmt;
use std::sync::Arc;

use super::{Asked, LogLine};
use crate::domain::{Actor, Kind, Name, Namespace, ObjectKey, OperationId, RevisionNumber, Uid};
use crate::engine::canary::{CanaryRun, Ending, Observed, Phase};
use crate::engine::router::Router;
use crate::engine::verdict::Decision;
use crate::engine::weights::Split;

use crate::engine::canary::Judgement;

/// The newest schema this program writes and reads. A larger number is
/// refused, because a field we do not know may be one that matters. What an
/// older program understands is written with its number: 1 without a router,
/// 2 with an HTTPRoute or a Service, 4 with steps that pick requests, 5 with
/// conditions, 6 with subsets of one host, 7 for a rolling update that is
/// watched.
pub const SCHEMA: u32 = 8;

/// A delivery: what is to be done, how far it is, who drives it, what was
/// asked of it, and why it did what it did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OperationRecord {
    /// [`SCHEMA`] of the program that wrote it.
    pub schema: u32,
    /// Its name in the audit logs.
    pub id: OperationId,
    /// Counts the operations on one target, from 1. Creating the next number
    /// is the lock at the start: of two consoles one gets "already exists".
    pub seq: u64,
    /// What is delivered to.
    pub target: RecordTarget,
    /// How.
    pub strategy: Strategy,
    /// What ran before.
    pub from: Version,
    /// What is to run.
    pub to: Version,
    /// Both pod templates: promotion and rollback need nothing else.
    pub templates: Templates,
    /// What shares requests out, and how it was before; none for the ratio of
    /// pods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub router: Option<Router>,
    /// The plan and how far it is.
    pub run: CanaryRun,
    /// Both Deployments as the driver saw them when it last wrote this.
    #[serde(default)]
    pub seen: Observed,
    /// When it was started.
    pub started: Timestamp,
    /// By whom.
    pub started_by: Actor,
    /// When it ended; none while it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<Timestamp>,
    /// Why, in the starter's words; may be empty.
    #[serde(default)]
    pub reason: String,
    /// Who drives it; its epoch is the fence.
    pub driver: Driver,
    /// What a successor does first if the driver is lost.
    pub on_driver_loss: OnDriverLoss,
    /// What people asked for, oldest first.
    #[serde(default)]
    pub requests: Vec<Asked>,
    /// The newest verdicts with their inputs, oldest first, at most
    /// [`super::MOST_VERDICTS`]; of equal ones in a row the first and the last.
    #[serde(default)]
    pub verdicts: Vec<Arc<Judgement>>,
    /// What happened, oldest first, at most [`super::MOST_LINES`].
    #[serde(default)]
    pub log: Vec<LogLine>,
}

/// The object delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordTarget {
    /// Deployment, for now.
    pub kind: Kind,
    /// Where.
    pub namespace: Namespace,
    /// What it is called.
    pub name: Name,
    /// Its identity: a re-created object is another one.
    pub uid: Uid,
}

impl RecordTarget {
    /// As a key into the world.
    pub fn key(&self) -> ObjectKey {
        ObjectKey { kind: self.kind, namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

/// How the new version comes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A second Deployment beside stable, raised step by step.
    Canary,
    /// The Deployment's own rolling update, watched then; taken back if its pods
    /// or its requests fail.
    Rolling,
    /// A second Deployment as large as stable; the Service is switched to it at
    /// once, and stable is kept for a while.
    BlueGreen,
}

impl Strategy {
    /// `canary`, as on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Canary => "canary",
            Self::Rolling => "rolling",
            Self::BlueGreen => "blue-green",
        }
    }
}

/// One side of a delivery, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// Digest of its pod template.
    pub template: u64,
    /// As a person would say it: `v1.9.3`.
    pub version: String,
    /// Container and image, in the template's order.
    pub images: Vec<(String, String)>,
    /// Its revision, where the controller has given one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionNumber>,
}

/// What promotion and rollback write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Templates {
    /// Stable's template before; restored by a rollback.
    pub old: PodTemplate,
    /// The new one, with the server's defaults.
    pub new: PodTemplate,
}

/// A whole pod template, shared by the copies of its record and kept as text:
/// it is wanted when something is written, and an engine holds hundreds. Its
/// values may be secrets: it prints its size only.
#[derive(Clone, PartialEq)]
pub struct PodTemplate(Arc<str>);

impl PodTemplate {
    /// Wraps a template as the server has it.
    pub fn new(template: &Value) -> Self {
        Self(template.to_string().into())
    }

    /// The template, to be written to the cluster and nowhere else.
    pub fn value(&self) -> Value {
        // It is the text of a value.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

impl Serialize for PodTemplate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(&self.0).map_err(ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PodTemplate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(|template| Self::new(&template))
    }
}

impl fmt::Debug for PodTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PodTemplate({} bytes)", self.0.len())
    }
}

/// Who drives, since which epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Driver {
    /// `user@host/pid/random mode`; unique per process.
    pub identity: String,
    /// The machine or pod.
    pub host: String,
    /// The person, or the engine's service account.
    pub user: String,
    /// What sort of program.
    pub mode: DriverMode,
    /// Grows with every change of driver. Whoever finds a larger one than its
    /// own stops at once.
    pub epoch: u64,
}

/// What sort of program drives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DriverMode {
    /// A console; it may be closed at any time.
    Tui,
    /// One command that waits for the end.
    Cli,
    /// `qd engine`.
    Engine,
}

impl DriverMode {
    /// As shown: `console`, `command`, `engine`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tui => "console",
            Self::Cli => "command",
            Self::Engine => "engine",
        }
    }
}

/// What a successor does first when the driver was lost in the middle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnDriverLoss {
    /// It goes on.
    #[default]
    TakeOver,
    /// It rolls back.
    RollBack,
    /// It holds: no promotion until a person resumes.
    Hold,
}

impl OperationRecord {
    /// Whether nothing more will happen.
    pub fn is_over(&self) -> bool {
        self.run.is_over()
    }

    /// How it ended; none while it runs.
    pub fn ending(&self) -> Option<&Ending> {
        match &self.run.phase {
            Phase::Over(ending) => Some(ending),
            Phase::Scaling { .. }
            | Phase::Watching { .. }
            | Phase::Promoting { .. }
            | Phase::CleaningUp
            | Phase::RollingBack { .. } => None,
        }
    }

    /// The phase in one word, also the value of the `quarterdeck/phase` label.
    pub fn phase_word(&self) -> &'static str {
        match &self.run.phase {
            Phase::Scaling { .. } => "scaling",
            Phase::Watching { .. } if self.run.held => "held",
            Phase::Watching { .. } => "watching",
            Phase::Promoting { .. } => "promoting",
            Phase::CleaningUp => "cleaning-up",
            Phase::RollingBack { .. } => "rolling-back",
            Phase::Over(Ending::Promoted) => "promoted",
            Phase::Over(Ending::RolledBack { .. }) => "rolled-back",
        }
    }

    /// The step it is in, from 0; none outside of the steps.
    pub fn step(&self) -> Option<usize> {
        let steps = self.run.plan.steps.len();
        self.run.phase.step(steps).filter(|step| *step < steps)
    }

    /// Requested and real weight of the present step, as the replicas seen
    /// last allow; none outside of the steps.
    pub fn split(&self) -> Option<Split> {
        self.run.plan.split(self.step()?, self.seen.stable?.desired)
    }

    /// What the traffic really gives the new version, 0..=1, as seen last: the
    /// router's share, else that of the available pods. None if nothing was
    /// seen.
    pub fn real_weight(&self) -> Option<f64> {
        if self.router.is_some() {
            return self.seen.router?.percent.map(|percent| f64::from(percent) / 100.0);
        }
        let stable = self.seen.stable?;
        if self.run.plan.is_in_place() {
            // While pods are replaced nobody counts which of them serve.
            return (stable.template == self.run.to && stable.settled).then_some(1.0);
        }
        let canary = self.seen.canary.map_or(0, |c| c.available);
        let all = f64::from(stable.available) + f64::from(canary);
        (all > 0.0).then(|| f64::from(canary) / all)
    }

    /// Whether it waits for a person: held, a manual step, or a verdict that
    /// says so.
    pub fn needs_a_person(&self) -> bool {
        let Phase::Watching { step, .. } = self.run.phase else { return false };
        let judged = self.run.judged.as_ref().map(|j| &j.verdict);
        let planned = self.run.plan.steps.get(step);
        let manual = planned.is_some_and(|s| s.manual)
            && (judged.is_some_and(|v| v.decision == Decision::Promote)
                || planned.is_some_and(|s| !s.is_judged()));
        self.run.held || manual || judged.is_some_and(|v| v.page)
    }

    /// One sentence about the present moment.
    pub fn sentence(&self) -> &str {
        &self.run.progress
    }

    /// The canary's key.
    pub fn canary(&self) -> ObjectKey {
        let name = super::names::canary(self.target.name.as_str());
        ObjectKey::new(Kind::Deployment, self.target.namespace.clone(), name)
    }

    /// The key of the ConfigMap it is stored in.
    pub fn key(&self) -> ObjectKey {
        let name = super::names::record(self.target.kind, self.target.name.as_str(), self.seq);
        ObjectKey::new(Kind::ConfigMap, self.target.namespace.clone(), name)
    }

    /// The key of the second Deployment. A rolling update has none: one that is
    /// called so is somebody else's.
    pub fn beside(&self) -> Option<ObjectKey> {
        (self.strategy != Strategy::Rolling).then(|| self.canary())
    }

    /// `canary to v3.5.0 started by bo is watching`
    pub fn started_words(&self) -> String {
        let (how, to, by) = (self.strategy.name(), &self.to.version, &self.started_by);
        format!("{how} to {to} started by {by} is {}", self.phase_word())
    }

    /// The objects whoever drives it may write to: its record, stable, canary,
    /// what shares requests out.
    pub fn objects(&self) -> Vec<ObjectKey> {
        let own = [self.key(), self.target.key()];
        own.into_iter().chain(self.beside()).chain(self.router_key()).collect()
    }

    /// The key of what shares requests out, if anything but pods does.
    pub fn router_key(&self) -> Option<ObjectKey> {
        self.router.as_ref().map(|router| router.key(&self.target.namespace))
    }

    /// The value of the fence label while its driver drives: `<seq>.<epoch>`.
    pub fn fence(&self) -> String {
        format!("{}.{}", self.seq, self.driver.epoch)
    }
}
