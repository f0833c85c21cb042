//! `batch/v1` CronJob and Job.

use super::intern::{Interner, safe};
use super::lax::{Int, Lax, Text};
use super::meta::{Meta, Object, Pairs, time};
use super::template::template;
use super::workload::{RawCondition, condition, notes, ownership};
use crate::domain::{Batch, Kind, Replicas, Workload};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A CronJob.
pub(super) type RawCronJob<'a> = Object<Meta<'a, Pairs<'a>>, CronSpec<'a>, CronStatus<'a>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CronSpec<'a> {
    #[serde(borrow)]
    schedule: Text<'a>,
    #[serde(borrow)]
    time_zone: Text<'a>,
    suspend: Lax<bool>,
    job_template: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct CronStatus<'a> {
    active: Lax<Vec<IgnoredAny>>,
    #[serde(borrow)]
    last_schedule_time: Text<'a>,
}

/// A Job.
pub(super) type RawJob<'a> = Object<Meta<'a, Pairs<'a>>, JobSpec, JobStatus<'a>>;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct JobSpec {
    suspend: Lax<bool>,
    template: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct JobStatus<'a> {
    active: Int,
    succeeded: Int,
    failed: Int,
    #[serde(borrow)]
    start_time: Text<'a>,
    #[serde(borrow)]
    conditions: Lax<Vec<RawCondition<'a>>>,
}

/// The CronJob, slimmed; none for half an object without a name.
pub(super) fn cron_job(raw: &RawCronJob<'_>, names: &mut Interner) -> Option<Workload> {
    let status = &*raw.status;
    let mut schedule = safe(&raw.spec.schedule).into_owned();
    if !raw.spec.time_zone.is_empty() {
        schedule = format!("{schedule} {}", safe(&raw.spec.time_zone));
    }
    let batch = Batch {
        schedule,
        last: time(&status.last_schedule_time),
        active: u32::try_from(status.active.len()).unwrap_or(u32::MAX),
        ..Batch::default()
    };
    let null = Value::Null;
    let template = raw.spec.job_template.pointer("/spec/template").unwrap_or(&null);
    let made = made(&raw.metadata, Kind::CronJob, template, batch, names)?;
    Some(Workload { paused: *raw.spec.suspend, ..made })
}

/// The Job, slimmed; none for half an object without a name.
pub(super) fn job(raw: &RawJob<'_>, names: &mut Interner) -> Option<Workload> {
    let status = &*raw.status;
    let batch = Batch {
        schedule: String::new(),
        last: time(&status.start_time),
        succeeded: status.succeeded.count(),
        failed: status.failed.count(),
        active: status.active.count(),
    };
    let made = made(&raw.metadata, Kind::Job, &raw.spec.template, batch, names)?;
    let conditions = status.conditions.iter().map(condition).collect();
    Some(Workload { paused: *raw.spec.suspend, conditions, ..made })
}

fn made(
    meta: &Meta<'_, Pairs<'_>>,
    kind: Kind,
    raw_template: &Value,
    batch: Batch,
    names: &mut Interner,
) -> Option<Workload> {
    let labels = meta.labels();
    Some(Workload {
        key: meta.key(kind, names)?,
        uid: meta.uid(),
        owner: meta.controller(names),
        resource_version: meta.version(),
        created: meta.created(),
        generation: meta.generation.0,
        // Neither kind says what its controller has looked at.
        observed_generation: meta.generation.0,
        replicas: Replicas::default(),
        paused: false,
        revision: None,
        ownership: ownership(meta, &labels),
        labels,
        notes: notes(meta),
        template: template(raw_template),
        conditions: Vec::new(),
        strategy: batch.schedule.clone(),
        partition: 0,
        batch: Some(batch),
        going: meta.going(),
    })
}
