//! Verbs that happen once and leave nothing to wait for: delete, evict, run now,
//! lock, unlock.

use super::{Live, Made};
use crate::domain::{
    Fault, FaultKind, How, Kind, Lock, Name, Now, Order, Ownership, RecordSort, Verb, Workload, clean,
    finalizer_words,
};
use crate::engine::record::names;
use serde_json::{Value, json};

pub(super) fn delete(live: &Live) -> Made {
    let workload = &live.workload;
    let mut made = held(removed(How::Delete, workload), live);
    if workload.key.kind == Kind::Job {
        made.is_final = true;
        made = made.saying("its pods go with it, and their logs");
    } else {
        made = made.saying("disruption budgets are not asked: evict asks them");
    }
    made
}

pub(super) fn evict(live: &Live) -> Made {
    held(removed(How::Evict, &live.workload), live)
}

/// What keeps the object after its deletion, told before it is asked for.
fn held(made: Made, live: &Live) -> Made {
    let listed = live.raw.pointer("/metadata/finalizers").and_then(Value::as_array);
    let names: Vec<String> = listed.into_iter().flatten().filter_map(Value::as_str).map(clean).collect();
    let made = match &live.workload.going {
        Some(going) => {
            let since = going.since.map(|at| format!(" since {at:.0}")).unwrap_or_default();
            made.saying(format!("it was deleted already{since}: {}", going.waits_for()))
        }
        None => made,
    };
    if names.is_empty() {
        return made;
    }
    let to = format!(
        "{} once its {} off",
        made.to,
        if names.len() == 1 { "finalizer is" } else { "finalizers are" }
    );
    let made = Made { to, ..made };
    names.iter().fold(made.saying("it stays in Terminating until its finalizers are off"), |made, name| {
        made.saying(format!("finalizer {}", finalizer_words(name)))
    })
}

fn removed(how: How, workload: &Workload) -> Made {
    match &workload.ownership {
        Ownership::Controller { owner } if !owner.starts_with("Node/") => {
            Made::new(how, Vec::new(), format!("gone; {owner} makes another one if one is due"))
        }
        Ownership::Controller { owner } => Made::new(how, Vec::new(), "gone from the API".to_owned())
            .saying(format!("a static pod of {owner}: the kubelet shows it again at once")),
        Ownership::Free | Ownership::ArgoCd { .. } | Ownership::Flux { .. } | Ownership::Helm { .. } => {
            let made = Made { is_final: true, ..Made::new(how, Vec::new(), "gone for good".to_owned()) };
            made.saying("nothing makes another one")
        }
    }
}

/// The Job `kubectl create job --from=cronjob/…` would make, owned by the
/// CronJob, so that its history limits clean it up.
pub(super) fn run_now(order: &Order, live: &Live, name: &Name) -> Result<Made, Fault> {
    let key = &live.workload.key;
    let Some(template) = live.raw.pointer("/spec/jobTemplate") else {
        return Err(Fault::new(FaultKind::Invalid, format!("{key} has no job template")));
    };
    let mut annotations = template.pointer("/metadata/annotations").cloned().unwrap_or_else(|| json!({}));
    annotations["cronjob.kubernetes.io/instantiate"] = json!("manual");
    annotations["quarterdeck.dev/operation"] = json!(order.id.as_str());
    let job = json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": name,
            "namespace": key.namespace,
            "labels": template.pointer("/metadata/labels").cloned().unwrap_or_else(|| json!({})),
            "annotations": annotations,
            // Not blocking: it may not hold up the deletion of its CronJob.
            "ownerReferences": [{
                "apiVersion": "batch/v1", "kind": "CronJob", "name": key.name,
                "uid": live.workload.uid.as_str(), "controller": true,
            }],
        },
        "spec": template.get("spec").cloned().unwrap_or(Value::Null),
    });
    let active = live.workload.batch.as_ref().map_or(0, |batch| batch.active);
    let mut made = Made::new(How::Create(job), Vec::new(), format!("Job {name} at work"));
    if live.workload.paused {
        made = made.saying("its schedule is suspended and stays so");
    }
    if active > 0 {
        let policy = live.raw.pointer("/spec/concurrencyPolicy").and_then(Value::as_str).unwrap_or("Allow");
        made = made
            .saying(format!("{active} at work already; a run by hand ignores concurrencyPolicy {policy}"));
    }
    Ok(made)
}

/// The lock as a ConfigMap, owned by the workload: it goes with it.
pub(super) fn lock(order: &Order, live: &Live, message: &str, now: Now) -> Result<Made, Fault> {
    let workload = &order.target.key;
    if workload.name.as_str().len() > names::MOST_NAME {
        let text = format!("the name of {workload} is too long to put quarterdeck-lock- before it");
        return Err(Fault::new(FaultKind::Invalid, text).hint("rename it"));
    }
    let lock = Lock::new(order.actor.clone(), now.wall, message)?;
    let key = Lock::key(workload);
    let body = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": key.name,
            "namespace": key.namespace,
            "labels": {
                (names::OP): RecordSort::Lock.label(),
                (names::KIND): workload.kind.name().to_ascii_lowercase(),
                (names::TARGET): names::label_value(workload.name.as_str()),
            },
            "ownerReferences": [{
                "apiVersion": "apps/v1", "kind": workload.kind.name(), "name": workload.name,
                "uid": live.workload.uid.as_str(),
            }],
        },
        "data": {(names::DATA): lock.text()},
    });
    let to = format!("locked: {}", lock.message);
    Ok(Made::new(How::Create(body), Vec::new(), to)
        .saying("a delivery that runs goes on; it cannot be promoted by hand")
        .saying("a rollback and an abort are never held up"))
}

/// Nobody else's lock is taken away: the one that was seen, by its uid.
pub(super) fn unlock(message: &str) -> Made {
    Made::new(How::Delete, Vec::new(), "open for deliveries".to_owned())
        .undo(Verb::Lock { message: message.to_owned() })
}
