//! Verbs that give the pods another template: roll back, restart, set image, edit.

use super::{Live, Made, Revisions, describe_revision, missing_annotations};
use crate::domain::{
    Fault, FaultKind, JsonOp, Kind, Now, Order, RevisionNumber, Verb, Workload, count_of, is_image_reference,
};
use serde_json::{Value, json};

pub(super) fn rollback(
    order: &Order,
    live: &Live,
    revisions: Revisions<'_>,
    to: RevisionNumber,
    now: Now,
) -> Result<Made, Fault> {
    let workload = &live.workload;
    let Some((set, raw)) = revisions.iter().find(|(set, _)| set.revision == Some(to)) else {
        return Err(not_kept(order, revisions, to));
    };
    if workload.paused {
        let text = format!("{} is paused: a rollback would not start", order.target.key);
        return Err(Fault::new(FaultKind::Refused, text).hint("resume it first"));
    }
    if set.template.digest == workload.template.digest {
        let text = format!("revision {to} is what {} already asks for", order.target.key);
        return Err(Fault::new(FaultKind::Invalid, text).hint("choose another revision"));
    }
    let (Some(old), Some(new)) = (live.raw.pointer("/spec/template"), kept_template(raw)) else {
        return Err(Fault::new(FaultKind::Invalid, format!("{} has no pod template", order.target.key)));
    };
    let cause = format!("rolled back to revision {to} ({}) by {}", set.template.version(), order.actor);
    let mut ops = vec![
        JsonOp::test("/spec/template", old.clone()),
        JsonOp::replace("/spec/template", without_marks(new.clone())),
    ];
    ops.push(note_cause(&live.raw, &cause, &order.reason));
    let mut made = Made::patch(ops, describe_revision(set, now));
    made.revision = Some(set.clone());
    made.side_effects = waits(workload);
    let current = revisions.iter().find(|(set, _)| set.template.digest == workload.template.digest);
    Ok(match current.and_then(|(set, _)| set.revision) {
        Some(to) => made.undo(Verb::Rollback { to }),
        None => made,
    })
}

fn not_kept(order: &Order, revisions: Revisions<'_>, to: RevisionNumber) -> Fault {
    let mut kept: Vec<_> = revisions.iter().filter_map(|(set, _)| set.revision).collect();
    kept.sort();
    let kept = kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let hint = if kept.is_empty() {
        "there is nothing to roll back to: this is the first release".to_owned()
    } else {
        format!("revisions kept: {kept}")
    };
    Fault::new(FaultKind::NotFound, format!("{} has no revision {to}", order.target.key)).hint(hint)
}

/// Where a ReplicaSet or a ControllerRevision keeps the template.
fn kept_template(raw: &Value) -> Option<&Value> {
    raw.pointer("/spec/template").or_else(|| raw.pointer("/data/spec/template"))
}

/// The template as it was before a controller marked it.
fn without_marks(mut template: Value) -> Value {
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
    }
    if let Some(fields) = template.as_object_mut() {
        fields.remove("$patch");
    }
    template
}

/// What a new template waits for, by kind.
fn waits(workload: &Workload) -> Vec<String> {
    let mut said = Vec::new();
    if workload.strategy.starts_with("OnDelete") {
        said.push("nothing happens by itself (OnDelete): each pod takes it when it is deleted".to_owned());
    }
    if workload.partition > 0 {
        said.push(format!("pods below number {} stay as they are (partition)", workload.partition));
    }
    let r = workload.replicas;
    if workload.key.kind == Kind::StatefulSet && r.ready < r.desired {
        said.push(
            "a StatefulSet waits for its broken pod to become ready: if it does not, delete that pod"
                .to_owned(),
        );
    }
    said
}

/// The annotation `kubectl rollout history` shows as CHANGE-CAUSE. Without it
/// the workload keeps the words of the release that is being undone.
fn note_cause(raw: &Value, cause: &str, reason: &str) -> JsonOp {
    let text = if reason.is_empty() { cause.to_owned() } else { format!("{cause}: {reason}") };
    if raw.pointer("/metadata/annotations").is_some_and(Value::is_object) {
        return JsonOp::add("/metadata/annotations/kubernetes.io~1change-cause", text);
    }
    JsonOp::add("/metadata/annotations", json!({"kubernetes.io/change-cause": text}))
}

pub(super) fn restart(workload: &Workload, live: &Live, now: Now) -> Result<Made, Fault> {
    if workload.paused {
        let text = format!("{} is paused: a restart would not start", workload.key);
        return Err(Fault::new(FaultKind::Refused, text).hint("resume it first"));
    }
    // Seconds, as kubectl writes it: two restarts within one second are one.
    let at = now.wall.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut ops = missing_annotations(&live.raw);
    ops.push(JsonOp::add("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", at));
    let mut made = Made::patch(ops, format!("the same template ({}), new pods", workload.template.version()));
    made.side_effects = waits(workload);
    Ok(made)
}

/// Where a kind keeps its pods' containers.
fn pod_spec(kind: Kind) -> &'static str {
    if kind == Kind::CronJob { "/spec/jobTemplate/spec/template/spec" } else { "/spec/template/spec" }
}

pub(super) fn set_image(order: &Order, live: &Live, container: &str, image: &str) -> Result<Made, Fault> {
    let workload = &live.workload;
    let image = image.trim();
    if !is_image_reference(image) {
        let text = format!("'{image}' is no image reference");
        return Err(Fault::new(FaultKind::Invalid, text).hint("write registry/name:tag or name@sha256:…"));
    }
    let Some((path, old)) = find_container(&live.raw, pod_spec(workload.key.kind), container) else {
        let names: Vec<_> = workload.template.containers.iter().map(|c| c.name.as_str()).collect();
        let text = format!("{} has no container '{container}'", workload.key);
        return Err(Fault::new(FaultKind::NotFound, text).hint(format!("containers: {}", names.join(", "))));
    };
    if old == image {
        let text = format!("{container} of {} already has the image {image}", workload.key);
        return Err(Fault::new(FaultKind::Invalid, text));
    }
    let mut ops = vec![
        JsonOp::test(&format!("{path}/name"), container),
        JsonOp::test(&format!("{path}/image"), old.as_str()),
        JsonOp::replace(&format!("{path}/image"), image),
    ];
    if workload.key.kind != Kind::CronJob {
        let cause = format!("image of {container} set to {image} by {}", order.actor);
        ops.push(note_cause(&live.raw, &cause, &order.reason));
    }
    let mut made = Made::patch(ops, format!("{container} runs {image}"));
    made.side_effects = waits(workload);
    if workload.paused && workload.key.kind == Kind::Deployment {
        made = made.saying("it is paused: the new image waits until it is resumed");
    }
    Ok(made.undo(Verb::SetImage { container: container.to_owned(), image: old }))
}

/// The place of a container in the raw object, and its image.
fn find_container(raw: &Value, pod_spec: &str, name: &str) -> Option<(String, String)> {
    ["containers", "initContainers"].iter().find_map(|list| {
        let items = raw.pointer(&format!("{pod_spec}/{list}"))?.as_array()?;
        let at = items.iter().position(|item| item.get("name").and_then(Value::as_str) == Some(name))?;
        let image = items.get(at)?.get("image").and_then(Value::as_str).unwrap_or_default();
        Some((format!("{pod_spec}/{list}/{at}"), image.to_owned()))
    })
}

/// The steps of an editor, which test for themselves what was read.
pub(super) fn edit(workload: &Workload, ops: &[JsonOp]) -> Result<Made, Fault> {
    let changes = ops.iter().filter(|op| !matches!(op, JsonOp::Test { .. })).count();
    if changes == 0 {
        return Err(Fault::new(FaultKind::Invalid, format!("nothing of {} was changed", workload.key)));
    }
    let to = format!("as edited: {}", count_of(changes, "change"));
    Ok(Made { side_effects: waits(workload), ..Made::patch(ops.to_vec(), to) })
}
