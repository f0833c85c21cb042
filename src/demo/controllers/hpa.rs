//! The HorizontalPodAutoscaler on CPU: as many pods as keep their use near
//! the target, looked at every 15 s.
//!
//! Absent on purpose: other metrics than CPU utilisation, and `behavior`; the
//! default policies are built in.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::{Change, Note};
use super::deployment::view::Deployment;
use super::key::{Key, resource};
use super::meta::Meta;
use super::pod::PodView;
use super::stamp::{Stamp, after, seconds_between};
use super::table::Sight;
use crate::demo::kubelet::spec::PodDoc;

/// Seconds between two looks.
const PERIOD_S: f64 = 15.0;
/// Seconds after a change before pods are taken away.
const STABLE_S: f64 = 300.0;
/// A ratio this close to 1 is left alone.
const TOLERANCE: f64 = 0.1;
const FROM: &str = "horizontal-pod-autoscaler";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Hpa {
    metadata: Meta,
    spec: HpaSpec,
    status: Value,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct HpaSpec {
    scale_target_ref: Target,
    min_replicas: Option<i32>,
    max_replicas: i32,
    metrics: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Target {
    kind: String,
    name: String,
}

/// One look at one autoscaler.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let Some(hpa) = sight.cache.read::<Hpa>(key) else { return Vec::new() };
    let next = after(now, PERIOD_S).max(sight.rest_until);
    let mut changes = vec![Change::Wake { key: key.clone(), at: next }];
    if now < sight.rest_until || hpa.spec.scale_target_ref.kind != "Deployment" {
        return changes;
    }
    let target_key = Key::new(resource::DEPLOYMENTS, &key.ns, &hpa.spec.scale_target_ref.name);
    let Some(target) = sight.cache.read::<Deployment>(&target_key) else {
        changes.extend(unscalable(&hpa, key, now));
        return changes;
    };
    let current = target.desired();
    if current == 0 {
        changes.extend(told(&hpa, key, vec![got_scale(&hpa, now), disabled(&hpa, now)], current));
        return changes;
    }
    if let Some((bound, reason)) = outside(&hpa.spec, current) {
        // Without a look at metrics, and without waiting for any.
        let why = format!("New size: {bound}; reason: {reason}");
        changes.push(Change::Patch { key: target_key, patch: json!({"spec": {"replicas": bound}}) });
        changes.push(Change::Note(Note::normal(key, &hpa.metadata.uid, FROM, "SuccessfulRescale", why)));
        changes.extend(told(&hpa, key, vec![got_scale(&hpa, now)], current));
        return changes;
    }
    let pods: Vec<&PodView> =
        sight.cache.pods(&key.ns).filter(|p| p.is_active() && p.matches(&target.spec.selector)).collect();
    let Some(use_now) = utilisation(sight, &pods) else {
        changes.extend(unmeasured(&hpa, key, current, now));
        return changes;
    };
    let wanted = hpa.spec.metrics.pointer("/0/resource/target/averageUtilization").and_then(Value::as_f64);
    let desired = recommend(&hpa, &pods, use_now, wanted.unwrap_or(80.0), current, now);
    if desired != current {
        changes.push(Change::Patch { key: target_key, patch: json!({"spec": {"replicas": desired}}) });
        let reason = if desired > current {
            "cpu resource utilization (percentage of request) above target"
        } else {
            "All metrics below target"
        };
        let message = format!("New size: {desired}; reason: {reason}");
        changes.push(Change::Note(Note::normal(key, &hpa.metadata.uid, FROM, "SuccessfulRescale", message)));
    }
    let status = status(&hpa, use_now, current, desired, now);
    changes.push(Change::Status { key: key.clone(), status });
    changes
}

/// The bound to go to, if the size is not between the bounds.
fn outside(spec: &HpaSpec, current: i32) -> Option<(i32, &'static str)> {
    let least = spec.min_replicas.unwrap_or(1);
    if current > spec.max_replicas {
        Some((spec.max_replicas, "Current number of replicas above Spec.MaxReplicas"))
    } else if current < least {
        Some((least, "Current number of replicas below Spec.MinReplicas"))
    } else {
        None
    }
}

/// Average CPU use of the ready pods in percent of their requests, and in thousandths of a core.
fn utilisation(sight: &Sight<'_>, pods: &[&PodView]) -> Option<(f64, f64)> {
    let ready: Vec<&&PodView> = pods.iter().filter(|p| p.is_ready()).collect();
    let first = ready.first()?;
    let (request, _) = sight.cache.read::<PodDoc>(&first.key)?.spec.requests();
    let used: Vec<f64> =
        ready.iter().filter_map(|p| (sight.usage)(&p.key)).map(|(cpu, _)| cpu as f64).collect();
    if used.is_empty() || request == 0 {
        return None;
    }
    let mean = used.iter().sum::<f64>() / used.len() as f64;
    Some((mean / request as f64 * 100.0, mean))
}

fn recommend(
    hpa: &Hpa,
    pods: &[&PodView],
    use_now: (f64, f64),
    target: f64,
    current: i32,
    now: Timestamp,
) -> i32 {
    let ready = pods.iter().filter(|p| p.is_ready()).count() as f64;
    let mut ratio = use_now.0 / target;
    let mut base = ready;
    if ratio > 1.0 && pods.len() as f64 > ready {
        // Pods on their way are assumed to take nothing yet: no panic in mid-rollout.
        ratio = ratio * ready / pods.len() as f64;
        base = pods.len() as f64;
        if ratio < 1.0 {
            ratio = 1.0;
        }
    }
    let (min, max) = (hpa.spec.min_replicas.unwrap_or(1), hpa.spec.max_replicas);
    if (ratio - 1.0).abs() <= TOLERANCE || (ratio < 1.0 && pods.len() as f64 > ready) {
        return current.clamp(min, max.max(min));
    }
    let raw = (base * ratio).ceil() as i32;
    let last =
        hpa.status.get("lastScaleTime").and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
    let since = last.unwrap_or_else(|| hpa.metadata.creation_timestamp.unwrap_or_default().time());
    // A pod just started has not shown yet what it will use.
    let settled = |p: &&PodView| p.available_at(STABLE_S as i32).is_none_or(|t| t <= now);
    let bounded = if ratio < 1.0 && raw > current {
        // Pods of another Deployment that the selector picks as well, a canary's, are counted too:
        // less use than wished for is no reason to grow.
        current
    } else if raw < current {
        let early = seconds_between(since, now) < STABLE_S || !pods.iter().all(settled);
        if early { current } else { raw }
    } else {
        raw.min((current * 2).max(current + 4))
    };
    bounded.clamp(min, max.max(min))
}

/// A condition, since when it has had this status.
fn condition(hpa: &Hpa, now: Timestamp, kind: &str, status: &str, reason: &str, message: &str) -> Value {
    let old = hpa.status.get("conditions").and_then(Value::as_array);
    let same = old.into_iter().flatten().find(|o| o["type"] == kind && o["status"] == status);
    let since = same.map_or_else(|| json!(Stamp::new(now)), |o| o["lastTransitionTime"].clone());
    json!({"type": kind, "status": status, "reason": reason, "message": message, "lastTransitionTime": since})
}

fn got_scale(hpa: &Hpa, now: Timestamp) -> Value {
    let message = "the HPA controller was able to get the target's current scale";
    condition(hpa, now, "AbleToScale", "True", "SucceededGetScale", message)
}

fn disabled(hpa: &Hpa, now: Timestamp) -> Value {
    let message = "scaling is disabled since the replica count of the target is zero";
    condition(hpa, now, "ScalingActive", "False", "ScalingDisabled", message)
}

/// A status that says why nothing is scaled; nothing when it says so already.
fn told(hpa: &Hpa, key: &Key, conditions: Vec<Value>, current: i32) -> Option<Change> {
    let mut status = hpa.status.clone();
    if !status.is_object() {
        status = json!({});
    }
    status["conditions"] = conditions.into();
    status["currentReplicas"] = current.into();
    if status["desiredReplicas"].is_null() {
        status["desiredReplicas"] = 0.into();
    }
    (status != hpa.status).then(|| Change::Status { key: key.clone(), status })
}

fn warn(hpa: &Hpa, key: &Key, reason: &'static str, message: String) -> Change {
    Change::Note(Note::warning(key, &hpa.metadata.uid, FROM, reason, message))
}

/// The target is not there.
fn unscalable(hpa: &Hpa, key: &Key, now: Timestamp) -> Vec<Change> {
    let why = format!("deployments.apps \"{}\" not found", hpa.spec.scale_target_ref.name);
    let message = format!("the HPA controller was unable to get the target's current scale: {why}");
    let able = condition(hpa, now, "AbleToScale", "False", "FailedGetScale", &message);
    let status = told(hpa, key, vec![able], 0);
    status.into_iter().chain([warn(hpa, key, "FailedGetScale", why)]).collect()
}

/// Nobody says what the pods use.
fn unmeasured(hpa: &Hpa, key: &Key, current: i32, now: Timestamp) -> Vec<Change> {
    let why = "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned from resource metrics API";
    let message = format!("the HPA was unable to compute the replica count: {why}");
    let active = condition(hpa, now, "ScalingActive", "False", "FailedGetResourceMetric", &message);
    let status = told(hpa, key, vec![got_scale(hpa, now), active], current);
    let all = format!(
        "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: {why}"
    );
    let notes = [
        warn(hpa, key, "FailedGetResourceMetric", why.to_owned()),
        warn(hpa, key, "FailedComputeMetricsReplicas", all),
    ];
    status.into_iter().chain(notes).collect()
}

fn status(hpa: &Hpa, (percent, millis): (f64, f64), current: i32, desired: i32, now: Timestamp) -> Value {
    let able = if desired == current {
        ("ReadyForNewScale", "recommended size matches current size")
    } else {
        ("SucceededRescale", "the HPA controller was able to update the target scale")
    };
    let limited = if desired == hpa.spec.max_replicas {
        ("True", "TooManyReplicas", "the desired replica count is more than the maximum replica count")
    } else {
        ("False", "DesiredWithinRange", "the desired count is within the acceptable range")
    };
    let first = condition(hpa, now, "AbleToScale", "True", able.0, able.1);
    let active = "the HPA was able to successfully calculate a replica count from cpu resource utilization (percentage of request)";
    let last = if desired == current {
        hpa.status.get("lastScaleTime").cloned().unwrap_or(Value::Null)
    } else {
        json!(Stamp::new(now))
    };
    let mut out = json!({
        "observedGeneration": hpa.metadata.generation.max(1),
        "currentReplicas": current,
        "desiredReplicas": desired,
        "currentMetrics": [{"type": "Resource", "resource": {"name": "cpu", "current": {
            "averageUtilization": percent.round() as i64, "averageValue": format!("{}m", millis.round())}}}],
        "conditions": [
            first,
            condition(hpa, now, "ScalingActive", "True", "ValidMetricFound", active),
            condition(hpa, now, "ScalingLimited", limited.0, limited.1, limited.2),
        ],
    });
    if !last.is_null() {
        out["lastScaleTime"] = last;
    }
    out
}
