//! How far a change reaches, and how long it will take.

use super::{Draft, Live};
use crate::domain::{Blast, Kind, Ownership, Pod, Verb};
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

/// The reach of `draft`, from the live object and the pods it has.
pub fn blast_of(draft: &Draft, live: &Live, pods: &[Arc<Pod>]) -> Blast {
    let r = live.workload.replicas;
    let kept = draft.revision.as_ref().map_or(0, |set| set.replicas.available);
    if matches!(draft.order.verb, Verb::Delete | Verb::Evict) {
        return removed(live, pods);
    }
    let (pods_replaced, to_start) = match &draft.order.verb {
        Verb::Rollback { .. } => {
            (r.desired.max(r.current).saturating_sub(kept), r.desired.saturating_sub(kept))
        }
        Verb::Restart => (r.current, r.desired),
        Verb::Scale { to } => (0, to.saturating_sub(r.desired)),
        Verb::SetImage { .. } | Verb::Edit { .. } if draft.order.target.key.kind != Kind::CronJob => {
            (r.current, r.current)
        }
        Verb::SetImage { .. }
        | Verb::Edit { .. }
        | Verb::Pause
        | Verb::Resume
        | Verb::Delete
        | Verb::Evict
        | Verb::RunNow { .. }
        | Verb::Lock { .. }
        | Verb::Unlock { .. } => (0, 0),
    };
    let batch = batch_size(live, r.desired);
    let estimate = match to_start {
        0 => Some(Duration::ZERO),
        n => typical_start(pods).map(|start| start * n.div_ceil(batch)),
    };
    let pods_more = if let Verb::Scale { to } = draft.order.verb { more(r.desired, to) } else { 0 };
    let (pods_serving, pods_desired) = (r.available, r.desired);
    Blast { pods_replaced, pods_more, pods_serving, pods_desired, dependents: None, estimate }
}

/// Pods that come in addition where there were so many; negative if they go.
pub(super) fn more(were: u32, will_be: u32) -> i64 {
    i64::from(will_be) - i64::from(were)
}

/// One pod goes, or those of one Job. Another one comes only where a controller makes it.
fn removed(live: &Live, pods: &[Arc<Pod>]) -> Blast {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let job = live.workload.key.kind == Kind::Job;
    let gone = if job { count(pods.len()) } else { 1 };
    let kept = !job && matches!(live.workload.ownership, Ownership::Controller { .. });
    Blast {
        pods_replaced: if kept { gone } else { 0 },
        pods_more: if kept { 0 } else { -i64::from(gone) },
        pods_serving: count(pods.iter().filter(|pod| pod.is_ready()).count()),
        pods_desired: count(pods.len()),
        dependents: None,
        estimate: Some(Duration::ZERO),
    }
}

/// Pods replaced at a time: surge plus what may be missing, at least one.
fn batch_size(live: &Live, desired: u32) -> u32 {
    // A Deployment says `strategy`, the others `updateStrategy`.
    let strategy = if live.workload.key.kind == Kind::Deployment { "strategy" } else { "updateStrategy" };
    batch_of(&live.raw, strategy, desired)
}

fn batch_of(raw: &Value, strategy: &str, desired: u32) -> u32 {
    let read = |name: &str, round_up: bool| {
        let value = raw.pointer(&format!("/spec/{strategy}/rollingUpdate/{name}"));
        resolve(value.unwrap_or(&Value::Null), desired, round_up)
    };
    (read("maxSurge", true) + read("maxUnavailable", false)).max(1)
}

/// Pods a Deployment's rolling update makes beyond its size before it takes old
/// ones away; none if it has no rolling update.
pub(super) fn surge(raw: &Value, desired: u32) -> u64 {
    let value = raw.pointer("/spec/strategy/rollingUpdate/maxSurge");
    value.map_or(0, |value| u64::from(resolve(value, desired, true)))
}

/// A count or a percentage of `total`, rounded as the Deployment controller
/// rounds: surge up, unavailability down.
fn resolve(value: &Value, total: u32, round_up: bool) -> u32 {
    if let Some(n) = value.as_u64() {
        return u32::try_from(n).unwrap_or(u32::MAX);
    }
    let percent = value.as_str().and_then(|s| s.strip_suffix('%')).and_then(|s| s.parse::<u32>().ok());
    let scaled = percent.unwrap_or(0).saturating_mul(total);
    if round_up { scaled.div_ceil(100) } else { scaled / 100 }
}

/// The median time these pods took from creation to ready; none if none is ready.
fn typical_start(pods: &[Arc<Pod>]) -> Option<Duration> {
    let mut starts: Vec<Duration> = pods
        .iter()
        .filter_map(|pod| Duration::try_from(pod.ready_since?.duration_since(pod.created?)).ok())
        .collect();
    starts.sort();
    starts.get(starts.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn percentages_round_as_the_controller_rounds() {
        let raw =
            json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}}});
        assert_eq!(batch_of(&raw, "strategy", 3), 1, "surge 1 (0.75 up), unavailable 0 (0.75 down)");
        assert_eq!(batch_of(&raw, "strategy", 10), 5);
        let none = json!({"spec": {"strategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 0}}}});
        assert_eq!(batch_of(&none, "strategy", 3), 1);
    }
}
