//! Jobs: pods that run to their end.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::Change;
use super::key::{Key, resource};
use super::pod::{Phase, PodView};
use super::replicaset::suffix;
use super::stamp::{Stamp, after};
use super::table::Sight;
use super::workload::{Workload, delete_pod};

const FROM: &str = "job-controller";

/// `spec` of a Job.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct JobSpec {
    parallelism: Option<i32>,
    completions: Option<i32>,
    backoff_limit: Option<i32>,
    active_deadline_seconds: Option<f64>,
    ttl_seconds_after_finished: Option<f64>,
    suspend: bool,
    template: Value,
}

/// Counts of a Job's pods.
struct Count<'a> {
    active: Vec<&'a PodView>,
    ready: usize,
    succeeded: usize,
    failed: Vec<&'a PodView>,
}

/// One step of one Job.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, rng: &mut fastrand::Rng) -> Vec<Change> {
    let Some(job) = Workload::<JobSpec>::read(sight.cache, key) else { return Vec::new() };
    if job.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    if let Some(finished) = finished_at(&job.status) {
        return expire(&job, key, finished, now);
    }
    let pods = job.pods(sight.cache);
    let count = Count {
        ready: pods.iter().filter(|p| p.is_active() && p.is_ready()).count(),
        succeeded: pods.iter().filter(|p| p.phase == Phase::Succeeded).count(),
        failed: pods.iter().copied().filter(|p| p.phase == Phase::Failed).collect(),
        active: pods.iter().copied().filter(|p| p.is_active()).collect(),
    };
    let mut changes = Vec::new();
    let verdict = verdict(&job, &count, now);
    if verdict.is_some() {
        changes.extend(count.active.iter().map(|p| delete_pod(p)));
    } else if !job.spec.suspend {
        start_pods(&job, key, &count, now, rng, &mut changes);
    }
    let status = status(&job, &count, verdict, now);
    if let Some((kind, _, message)) = verdict {
        let reason = if kind == "Complete" { "Completed" } else { "BackoffLimitExceeded" };
        let text = if kind == "Complete" { "Job completed".to_owned() } else { message.to_owned() };
        changes.push(job.note(key, FROM, reason, text));
    }
    changes.extend(job.status_change(key, status));
    changes
}

/// How a Job ends: condition, reason, message.
fn verdict(
    job: &Workload<JobSpec>,
    count: &Count<'_>,
    now: Timestamp,
) -> Option<(&'static str, &'static str, &'static str)> {
    let wanted = usize::try_from(job.spec.completions.unwrap_or(1)).unwrap_or(1);
    let limit = usize::try_from(job.spec.backoff_limit.unwrap_or(6)).unwrap_or(6);
    let started =
        job.status.get("startTime").and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
    let late = job.spec.active_deadline_seconds.zip(started).is_some_and(|(s, t)| after(t, s) <= now);
    if count.succeeded >= wanted {
        Some(("Complete", "CompletionsReached", "Reached expected number of succeeded pods"))
    } else if count.failed.len() > limit {
        Some(("Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"))
    } else if late {
        Some(("Failed", "DeadlineExceeded", "Job was active longer than specified deadline"))
    } else {
        None
    }
}

fn start_pods(
    job: &Workload<JobSpec>,
    key: &Key,
    count: &Count<'_>,
    now: Timestamp,
    rng: &mut fastrand::Rng,
    changes: &mut Vec<Change>,
) {
    let left =
        usize::try_from(job.spec.completions.unwrap_or(1)).unwrap_or(1).saturating_sub(count.succeeded);
    let wanted = usize::try_from(job.spec.parallelism.unwrap_or(1)).unwrap_or(1).min(left);
    // After the n-th failure the next pod waits 10 s, doubled each time, up to 10 minutes.
    let tries = u32::try_from(count.failed.len()).unwrap_or(10).min(7);
    let wait = (10.0 * f64::from(1_u32 << tries.saturating_sub(1))).min(600.0);
    let latest = count.failed.iter().map(|p| p.created).max();
    if let Some(at) = latest.map(|t| after(t.time(), wait)).filter(|at| *at > now) {
        changes.push(Change::Wake { key: key.clone(), at });
        return;
    }
    for _ in count.active.len()..wanted {
        let name = format!("{}-{}", job.metadata.name, suffix(rng));
        let uid = job.metadata.uid.clone();
        let labels = [
            ("batch.kubernetes.io/controller-uid", uid.clone()),
            ("batch.kubernetes.io/job-name", job.metadata.name.clone()),
            ("controller-uid", uid),
            ("job-name", job.metadata.name.clone()),
        ];
        let body = job.pod(resource::JOBS, &job.spec.template, &name, &labels);
        changes.push(Change::Create { resource: resource::PODS, body });
        changes.push(job.note(key, FROM, "SuccessfulCreate", format!("Created pod: {name}")));
    }
    let start = job.status.get("startTime").and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
    if let Some(limit) = job.spec.active_deadline_seconds {
        changes.push(Change::Wake { key: key.clone(), at: after(start.unwrap_or(now), limit) });
    }
}

fn status(
    job: &Workload<JobSpec>,
    count: &Count<'_>,
    verdict: Option<(&'static str, &'static str, &'static str)>,
    now: Timestamp,
) -> Value {
    let stamp = json!(Stamp::new(now));
    let start = job.status.get("startTime").cloned().unwrap_or_else(|| stamp.clone());
    let mut out = json!({"startTime": start, "terminating": 0, "uncountedTerminatedPods": {}});
    let active = if verdict.is_some() { 0 } else { count.active.len() };
    for (name, n) in [("active", active), ("succeeded", count.succeeded), ("failed", count.failed.len())] {
        if n > 0 {
            out[name] = n.into();
        }
    }
    out["ready"] = if verdict.is_some() { 0.into() } else { count.ready.into() };
    if let Some((kind, reason, message)) = verdict {
        let first = if kind == "Complete" { "SuccessCriteriaMet" } else { "FailureTarget" };
        let condition = |kind: &str| {
            json!({"type": kind, "status": "True", "reason": reason, "message": message,
                "lastProbeTime": stamp, "lastTransitionTime": stamp})
        };
        out["conditions"] = json!([condition(first), condition(kind)]);
        if kind == "Complete" {
            out["completionTime"] = stamp;
        }
    }
    out
}

/// When it was finished, well or badly.
pub fn finished_at(status: &Value) -> Option<Timestamp> {
    let conditions = status.get("conditions")?.as_array()?;
    let done = conditions.iter().find(|c| c["type"] == "Complete" || c["type"] == "Failed")?;
    done["lastTransitionTime"].as_str()?.parse().ok()
}

fn expire(job: &Workload<JobSpec>, key: &Key, finished: Timestamp, now: Timestamp) -> Vec<Change> {
    let Some(ttl) = job.spec.ttl_seconds_after_finished else { return Vec::new() };
    let at = after(finished, ttl);
    if at > now {
        return vec![Change::Wake { key: key.clone(), at }];
    }
    vec![Change::Delete { key: key.clone(), uid: job.metadata.uid.clone(), grace: None }]
}
