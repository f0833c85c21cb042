//! Values of the problem: what is observed, what is asked for, what came of it.
//!
//! Everything here is plain data with pure functions. [`World`] holds all that
//! was observed and changes only through [`World::apply`]. Absent on purpose:
//! clocks, files, sockets, Kubernetes types; the `cluster` module turns those
//! into [`Fact`]s at the door and drops what is not needed.

mod ability;
mod alert;
mod amount;
mod audit;
mod away;
#[cfg(test)]
mod bare_tests;
mod blast;
mod check;
mod config;
mod diagnosis;
mod diff;
mod digest;
mod document;
mod drift;
mod event;
mod fact;
mod fault;
mod finalizer;
mod forward;
mod gate;
#[cfg(test)]
mod gate_tests;
mod guardrails;
mod health;
mod ids;
mod image;
mod link;
mod lock;
mod matcher;
mod matrix;
mod mutation;
mod nearest;
mod now;
mod object;
mod operation;
mod ownership;
mod plan;
mod pod;
mod quantity;
mod record_text;
mod redact;
mod revision;
mod rights;
mod risk;
mod rollout;
mod served;
mod service;
mod service_list;
mod signals;
mod silence;
mod slot;
mod table;
mod template;
mod text;
mod thing;
mod timeline;
mod trace;
mod veil;
mod warrant;
mod workload;
mod world;
#[cfg(test)]
mod world_tests;
mod yaml_words;

pub use ability::Right;
pub use alert::{Alarms, Alert, AlertState, LabelSet, Silence};
pub use amount::{Room, Rooms, amount, is_amount};
pub use audit::{Actor, AuditEntry, AuditKind, ChainError, GENESIS, torn_digest, verify_chain};
pub use away::{Away, Glimpse, Missed, MissedKind, Seen};
pub use blast::{Blast, Dependent, dependents_words};
pub use check::{ByIncident, Check, CheckOutcome, worst};
pub use config::{
    ConfigContent, ConfigPair, ConfigRead, ConfigState, ConfigValue, DiffLine, KeyDiff, behind_words,
    configs_of, counterpart, pair_configs, pods_before,
};
pub use diagnosis::{Cause, LastLines, Step, diagnose};
pub use diff::{Change, ChangeKind, diff_json, diff_templates};
pub use digest::{sha256_hex, sha256_of, sha256_short};
pub use document::{Document, Finding, documents, stream_part};
pub use drift::drift;
pub use event::{ClusterEvent, Severity};
pub use fact::{Fact, Observed};
pub use fault::{Fault, FaultKind};
pub use finalizer::{Going, finalizer_words, finalizers_words};
pub use forward::{ForwardPorts, ForwardTarget};
pub use gate::{GateInput, Here, Permit, Refusal, WriteMode, admit};
pub use guardrails::Guardrails;
pub use health::Health;
pub use ids::{ClusterUrl, ContextName, Name, Namespace, OperationId, ResourceVersion, RevisionNumber, Uid};
pub use image::is_image_reference;
pub use link::{LinkState, StreamState};
pub use lock::{Lock, Locked};
pub use matcher::{Matcher, matchers_text};
pub use matrix::{Matrix, MatrixCell, MatrixColumn, MatrixLine, elsewhere, productions};
#[cfg(test)]
pub(crate) use mutation::patched;
pub use mutation::{How, JsonOp, Mutation, WriteOutcome};
pub use nearest::{ALIKE, MUCH_ALIKE, likeness, nearest};
pub use now::{Now, short_duration, typed_duration};
pub use object::{Kind, ObjectKey, Target};
pub use operation::{Order, Phase, Verb};
pub use ownership::Ownership;
pub use plan::{Confirmation, Plan};
pub use pod::{ContainerState, NOT_READY, Pod, PodProblem, ScrapePoint};
pub use quantity::count_of;
pub use record_text::{RecordSort, RecordText};
pub use redact::{holds_secret, is_secret_name, mask, redact_text};
pub use revision::ReplicaSet;
pub use rights::{Rights, Rule};
pub use risk::Risk;
pub use rollout::RolloutState;
pub use served::{Asked, Resource};
pub use service::{Environment, OwnerDoubt, ServiceKey, ServiceRow};
pub use signals::{Explained, Reading, SignalSource, SignalState, Signals, Usage, Used};
pub use silence::{SilenceGate, SilenceOrder, SilenceVerb, admit_silence};
pub use slot::{SLOT_S, Slot};
pub use template::{ConfigRef, Container, EnvValue, Template};
pub use text::{clean, matches_pattern};
pub use thing::{Thing, Told};
pub use timeline::{Happening, Moment, timeline};
pub use trace::{RawSeries, Trace};
pub use veil::veil;
pub use warrant::{Shown, Warrant, WarrantInput, admit_delivery, admit_request};
pub use workload::{Autoscaler, Batch, Condition, Replicas, TRACK, Workload, meant_by_name};
pub use world::World;
pub use yaml_words::yaml_words;
