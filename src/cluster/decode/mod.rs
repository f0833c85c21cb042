//! From the server's JSON to the values of `domain`, slimmed at the door.
//!
//! Raw structs name only the fields that are used: everything else
//! (`managedFields`, pod annotations, volumes of pods) is skipped while parsing
//! and never allocated. Strings are borrowed from the body, made safe for a
//! terminal, and shared where they repeat. Absent on purpose: the generated
//! Kubernetes types, which keep everything and cost ten times the memory.

mod bare;
mod batch;
mod controller_revision;
mod digest;
mod intern;
mod lax;
mod meta;
mod others;
mod page;
mod pod;
mod pod_problem;
mod pod_status;
#[cfg(test)]
mod pod_tests;
mod scrape;
mod slim;
mod template;
#[cfg(test)]
mod tests;
mod workload;

pub use digest::digest_template;
pub(crate) use intern::Interner;
pub(crate) use page::{Line, line, page};

use crate::domain::{Fault, FaultKind, Kind, Observed, Pod, ReplicaSet, Template, Workload};
use serde::Deserialize;
use serde_json::Value;

/// Slims lists, sharing what repeats between them.
#[derive(Debug, Default)]
pub struct Decoder {
    names: Interner,
}

impl Decoder {
    /// The objects of `kind` in the body of a list.
    ///
    /// # Errors
    /// The body is not a list.
    pub fn list(&mut self, kind: Kind, body: &[u8]) -> Result<Vec<Observed>, Fault> {
        page(kind, body, &mut self.names).map(|page| page.seen).map_err(|error| odd(&error))
    }
}

/// A live workload, or a pod as a workload of one.
///
/// # Errors
/// It has no name, or is not one of these kinds.
pub fn decode_workload(value: &Value) -> Result<Workload, Fault> {
    let word = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    // Of a ConfigMap only its identity is asked for.
    let fits = |kind: &Kind| kind.is_workload() || matches!(kind, Kind::Pod | Kind::ConfigMap);
    let kind = Kind::parse(word).filter(fits);
    let kind = kind.ok_or_else(|| half("a workload or a pod", value))?;
    let names = &mut Interner::default();
    let slim = if kind == Kind::CronJob {
        batch::cron_job(&Deserialize::deserialize(value).map_err(|e| odd(&e))?, names)
    } else if kind == Kind::Job {
        batch::job(&Deserialize::deserialize(value).map_err(|e| odd(&e))?, names)
    } else {
        let raw = workload::RawWorkload::deserialize(value).map_err(|e| odd(&e))?;
        workload::workload(&raw, kind, names)
    };
    let slim = slim.ok_or_else(|| half("a workload", value))?;
    // What a pod runs is written where others have their template.
    Ok(if kind == Kind::Pod { Workload { template: template::template(value), ..slim } } else { slim })
}

/// A live ControllerRevision.
///
/// # Errors
/// It has no name.
pub fn decode_controller_revision(value: &Value) -> Result<ReplicaSet, Fault> {
    let raw = controller_revision::RawRevision::deserialize(value).map_err(|e| odd(&e))?;
    controller_revision::controller_revision(&raw, &mut Interner::default())
        .ok_or_else(|| half("a ControllerRevision", value))
}

/// A live ReplicaSet.
///
/// # Errors
/// It has no name.
pub fn decode_replica_set(value: &Value) -> Result<ReplicaSet, Fault> {
    let raw = workload::RawWorkload::deserialize(value).map_err(|e| odd(&e))?;
    workload::replica_set(&raw, &mut Interner::default()).ok_or_else(|| half("a ReplicaSet", value))
}

/// A live pod.
///
/// # Errors
/// It has no name.
pub fn decode_pod(value: &Value) -> Result<Pod, Fault> {
    let raw = pod::RawPod::deserialize(value).map_err(|e| odd(&e))?;
    pod::pod(&raw, &mut Interner::default()).ok_or_else(|| half("a pod", value))
}

/// A pod template.
pub fn decode_template(value: &Value) -> Template {
    template::template(value)
}

fn half(what: &str, value: &Value) -> Fault {
    let kind = value.get("kind").and_then(Value::as_str).unwrap_or("no kind");
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("no name");
    let text = format!("expected {what}, the server sent an object with kind {kind:?} and name {name:?}");
    Fault::new(FaultKind::Server, crate::domain::clean(&text))
}

fn odd(error: &serde_json::Error) -> Fault {
    Fault::new(FaultKind::Server, format!("the server sent an object of an unexpected shape: {error}"))
}
