//! What happened to a service, from every source that remembers, merged.

use super::{AuditEntry, AuditKind, ClusterEvent, ServiceKey, Severity, Workload, World};
use jiff::Timestamp;
use std::sync::Arc;

/// What kind of thing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    /// Another template began to run.
    Deploy,
    /// Somebody did something from here.
    Operation,
    /// The number of pods changed.
    Scaling,
    /// A condition turned.
    Condition,
    /// The cluster said something is wrong.
    Warning,
    /// The cluster said something.
    Event,
}

impl Happening {
    /// The word shown beside it, at most nine columns.
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Operation => "operation",
            Self::Scaling => "scaling",
            Self::Condition => "condition",
            Self::Warning => "warning",
            Self::Event => "event",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When; for events that repeat, the last time.
    pub at: Timestamp,
    /// What kind of thing.
    pub what: Happening,
    /// In words, with who did it where that is known.
    pub text: String,
}

/// Everything that happened to a service, newest first. Things without a time
/// are left out: they have no place on a line of time.
pub fn timeline(world: &World, key: &ServiceKey, audit: &[AuditEntry]) -> Vec<Moment> {
    let mut moments = Vec::new();
    for workload in world.workloads_of(key) {
        of_revisions(world, &workload, &mut moments);
        of_events(world, &workload, &mut moments);
        of_conditions(&workload, &mut moments);
        let ours = audit.iter().filter(|entry| entry.uid == workload.uid);
        moments.extend(ours.filter_map(of_entry));
    }
    moments.sort_by(|a, b| (b.at, a.what, &a.text).cmp(&(a.at, b.what, &b.text)));
    moments.dedup();
    moments
}

fn of_revisions(world: &World, workload: &Workload, moments: &mut Vec<Moment>) {
    for set in world.revisions(&workload.uid) {
        let Some(at) = set.since else { continue };
        let number = set.revision.map_or_else(String::new, |n| format!("revision {n}: "));
        let cause = set.change_cause.as_ref().map(|cause| format!(", {cause}")).unwrap_or_default();
        let text = format!("{number}{}{cause}", set.template.version());
        moments.push(Moment { at, what: Happening::Deploy, text });
    }
}

fn of_events(world: &World, workload: &Workload, moments: &mut Vec<Moment>) {
    let mut uids = vec![workload.uid.clone()];
    uids.extend(world.revisions(&workload.uid).iter().map(|set| set.uid.clone()));
    uids.extend(world.pods_of_workload(workload).iter().map(|pod| pod.uid.clone()));
    let events = uids.iter().flat_map(|uid| world.events_about(uid));
    moments.extend(events.filter_map(|event| of_event(&event)));
}

fn of_event(event: &Arc<ClusterEvent>) -> Option<Moment> {
    const SCALING: [&str; 2] = ["ScalingReplicaSet", "SuccessfulRescale"];
    let what = match event.severity {
        _ if SCALING.contains(&event.reason.as_str()) => Happening::Scaling,
        Severity::Warning => Happening::Warning,
        Severity::Normal => Happening::Event,
    };
    let times = if event.count > 1 { format!(" ×{}", event.count) } else { String::new() };
    let text = format!("{}{times} {}: {}", event.reason, event.about_name, event.message);
    Some(Moment { at: event.last?, what, text })
}

fn of_conditions(workload: &Workload, moments: &mut Vec<Moment>) {
    let turned = workload.conditions.iter().filter(|c| c.kind != "Progressing" || !c.holds);
    for condition in turned {
        let Some(at) = condition.since else { continue };
        let holds = if condition.holds { "holds" } else { "does not hold" };
        let text = format!("{} {holds}: {}", condition.kind, condition.reason);
        moments.push(Moment { at, what: Happening::Condition, text });
    }
}

/// What people did from here: the outcome, and what never came to one.
fn of_entry(entry: &AuditEntry) -> Option<Moment> {
    let text = match entry.kind {
        AuditKind::Outcome => {
            let why = if entry.reason.is_empty() { String::new() } else { format!(" ({})", entry.reason) };
            format!("{} by {}: {}{why}", entry.action, entry.actor, entry.result)
        }
        AuditKind::Intent => format!("{} by {} begins", entry.action, entry.actor),
        AuditKind::Written | AuditKind::Mode | AuditKind::Note | AuditKind::Repair => return None,
    };
    Some(Moment { at: entry.at, what: Happening::Operation, text })
}
