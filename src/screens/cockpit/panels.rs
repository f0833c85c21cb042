//! What the lists of the cockpit hold.

use super::Cockpit;
use crate::domain::{AuditKind, ClusterEvent};
use crate::screens::Ctx;
use crate::ui::Sign;
use jiff::Timestamp;
use std::sync::Arc;

/// Events shown; older ones are one `describe` away.
const MOST_EVENTS: usize = 100;

/// Something that changed.
pub(super) struct Changed {
    pub(super) at: Option<Timestamp>,
    pub(super) sign: Sign,
    pub(super) text: String,
}

impl Cockpit {
    /// Events about the workloads, their revisions and their pods, newest first.
    pub(super) fn events(&self, ctx: &Ctx<'_>) -> Vec<Arc<ClusterEvent>> {
        let mut events = Vec::new();
        for workload in self.workloads(ctx) {
            events.extend(ctx.world.events_about(&workload.uid));
            for set in ctx.world.revisions(&workload.uid) {
                events.extend(ctx.world.events_about(&set.uid));
            }
            let pods = ctx.world.pods_of_workload(&workload);
            // A pod of its own is the workload, whose events are there already.
            for pod in pods.iter().filter(|pod| pod.uid != workload.uid) {
                events.extend(ctx.world.events_about(&pod.uid));
            }
        }
        events.sort_by_key(|event| std::cmp::Reverse((event.last, event.key.name.clone())));
        events.truncate(MOST_EVENTS);
        events
    }

    /// What changed, newest first: revisions as they appeared, and what people
    /// did from here.
    pub(super) fn changes(&self, ctx: &Ctx<'_>) -> Vec<Changed> {
        let mut changes = Vec::new();
        for workload in self.workloads(ctx) {
            for set in ctx.world.revisions(&workload.uid) {
                let number = set.revision.map_or_else(String::new, |n| format!("revision {n} "));
                let cause = set.change_cause.as_ref().map(|c| format!(": {c}")).unwrap_or_default();
                let text = format!("{number}{}{cause}", set.template.version());
                changes.push(Changed { at: set.since, sign: Sign::Arrow, text });
            }
            let trail = ctx.audit.and_then(|audit| audit.as_ref().ok()).into_iter().flatten();
            for entry in trail.filter(|e| e.kind == AuditKind::Outcome && e.uid == workload.uid) {
                let why = if entry.reason.is_empty() { String::new() } else { format!(": {}", entry.reason) };
                let text = format!("{} by {} {}{why}", entry.action, entry.actor, entry.result);
                changes.push(Changed { at: Some(entry.at), sign: Sign::Mark, text });
            }
            if let Some(available) = workload.condition("Available").filter(|c| !c.holds) {
                changes.push(Changed {
                    at: available.since,
                    sign: Sign::Bad,
                    text: format!("stopped being available: {}", available.reason),
                });
            }
        }
        changes.extend(self.delivery_changes(ctx));
        changes.sort_by_key(|change| std::cmp::Reverse(change.at));
        changes
    }
}
