//! CronJobs: a Job at each time of a schedule (UTC).

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::change::{Change, Note};
use super::job::finished_at;
use super::key::{Key, resource};
use super::meta::controller_ref;
use super::schedule::Schedule;
use super::stamp::Stamp;
use super::table::Sight;
use super::workload::Workload;

const FROM: &str = "cronjob-controller";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct CronSpec {
    schedule: String,
    suspend: bool,
    concurrency_policy: String,
    successful_jobs_history_limit: Option<usize>,
    failed_jobs_history_limit: Option<usize>,
    job_template: Value,
}

/// A Job of this CronJob.
struct Run {
    key: Key,
    uid: String,
    created: String,
    finished: Option<Timestamp>,
    failed: bool,
}

/// One look at one CronJob.
pub fn decide(sight: &Sight<'_>, key: &Key, now: Timestamp, _: &mut fastrand::Rng) -> Vec<Change> {
    let Some(cron) = Workload::<CronSpec>::read(sight.cache, key) else { return Vec::new() };
    if cron.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let Ok(schedule) = Schedule::parse(&cron.spec.schedule) else {
        let message = format!("unparseable schedule: \"{}\"", cron.spec.schedule);
        let note = Note::warning(key, &cron.metadata.uid, FROM, "UnparseableSchedule", message);
        return vec![Change::Note(note)];
    };
    let mut runs = runs(sight, &cron);
    let mut changes = clean_up(&cron, key, &mut runs);
    let last =
        cron.status.get("lastScheduleTime").and_then(Value::as_str).and_then(|t| t.parse::<Timestamp>().ok());
    let since = last
        .unwrap_or_else(|| cron.metadata.creation_timestamp.unwrap_or_default().time())
        .max(sight.rest_until);
    let mut scheduled = cron.status.get("lastScheduleTime").cloned();
    let due = schedule.next(since);
    let running = runs.iter().any(|r| r.finished.is_none());
    if let Some(at) = due.filter(|at| *at <= now && !cron.spec.suspend) {
        if running && cron.spec.concurrency_policy == "Forbid" {
            let message =
                "Not starting job because prior execution is running and concurrency policy is Forbid";
            changes.push(cron.note(key, FROM, "JobAlreadyActive", message.to_owned()));
        } else {
            start(&cron, key, at, &mut changes);
        }
        scheduled = Some(json!(Stamp::new(at)));
    }
    if !cron.spec.suspend
        && let Some(at) = schedule.next(now.max(sight.rest_until))
    {
        changes.push(Change::Wake { key: key.clone(), at });
    }
    changes.extend(cron.status_change(key, status(&runs, scheduled)));
    changes
}

fn runs(sight: &Sight<'_>, cron: &Workload<CronSpec>) -> Vec<Run> {
    let owned = sight.cache.dependents(&cron.metadata.uid).filter(|k| &*k.resource == resource::JOBS);
    let mut runs: Vec<Run> = owned
        .filter_map(|k| {
            let object = sight.cache.object(k)?;
            let value = object.value();
            let failed =
                value.pointer("/status/failed").is_some() && value.pointer("/status/succeeded").is_none();
            Some(Run {
                key: k.clone(),
                uid: object.uid().to_owned(),
                created: super::meta::text(&value, "/metadata/creationTimestamp").to_owned(),
                finished: finished_at(&value["status"]),
                failed,
            })
        })
        .collect();
    runs.sort_by(|a, b| a.created.cmp(&b.created));
    runs
}

fn clean_up(cron: &Workload<CronSpec>, key: &Key, runs: &mut Vec<Run>) -> Vec<Change> {
    let mut changes = Vec::new();
    let limits = [
        (false, cron.spec.successful_jobs_history_limit.unwrap_or(3)),
        (true, cron.spec.failed_jobs_history_limit.unwrap_or(1)),
    ];
    for (failed, limit) in limits {
        let done = |r: &Run| r.finished.is_some() && r.failed == failed;
        let surplus = runs.iter().filter(|r| done(r)).count().saturating_sub(limit);
        let old: Vec<Key> = runs.iter().filter(|r| done(r)).take(surplus).map(|r| r.key.clone()).collect();
        for run in runs.iter().filter(|r| old.contains(&r.key)) {
            changes.push(Change::Delete { key: run.key.clone(), uid: run.uid.clone(), grace: None });
            changes.push(cron.note(key, FROM, "SuccessfulDelete", format!("Deleted job {}", run.key.name)));
        }
        runs.retain(|r| !old.contains(&r.key));
    }
    changes
}

fn start(cron: &Workload<CronSpec>, key: &Key, at: Timestamp, changes: &mut Vec<Change>) {
    // The name is the minute, so a Job is never started twice for one time.
    let name = format!("{}-{}", cron.metadata.name, at.as_second() / 60);
    let mut body = cron.spec.job_template.clone();
    if !body["metadata"].is_object() {
        body["metadata"] = json!({});
    }
    body["apiVersion"] = "batch/v1".into();
    body["kind"] = "Job".into();
    body["metadata"]["name"] = name.clone().into();
    body["metadata"]["namespace"] = cron.metadata.namespace.clone().into();
    body["metadata"]["annotations"]["batch.kubernetes.io/cronjob-scheduled-timestamp"] =
        json!(Stamp::new(at));
    body["metadata"]["ownerReferences"] = json!([controller_ref(resource::CRON_JOBS, &cron.metadata)]);
    changes.push(Change::Create { resource: resource::JOBS, body });
    changes.push(cron.note(key, FROM, "SuccessfulCreate", format!("Created job {name}")));
}

fn status(runs: &[Run], scheduled: Option<Value>) -> Value {
    let reference = |r: &Run| json!({"apiVersion": "batch/v1", "kind": "Job", "namespace": &*r.key.ns, "name": &*r.key.name, "uid": r.uid});
    let active: Vec<Value> = runs.iter().filter(|r| r.finished.is_none()).map(reference).collect();
    let mut out = json!({});
    if !active.is_empty() {
        out["active"] = active.into();
    }
    if let Some(at) = scheduled {
        out["lastScheduleTime"] = at;
    }
    if let Some(at) = runs.iter().filter(|r| !r.failed).filter_map(|r| r.finished).max() {
        out["lastSuccessfulTime"] = json!(Stamp::new(at));
    }
    out
}
