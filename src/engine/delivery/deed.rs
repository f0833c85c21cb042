//! From an intent to the one exact write that carries it out.
//!
//! Every write tests the identity of its object and the fence label, so that
//! a driver that was replaced is refused by the API server whatever it
//! believes. Creating is guarded by the name, deleting by the uid.

use super::whole::Whole;
use serde_json::{Map, Value, json};

use crate::domain::{JsonOp, Kind, Mutation, ObjectKey, Target, Uid};
use crate::engine::canary::Intent;
use crate::engine::record::{OperationRecord, names};
use crate::engine::router::Router;

/// The live objects a write is made against, whole.
#[derive(Clone, Debug, Default)]
pub struct LivePair {
    /// Stable as just read.
    pub stable: Option<Whole>,
    /// The canary as just read.
    pub canary: Option<Whole>,
    /// What shares requests out, as just read.
    pub router: Option<Whole>,
}

/// JSON pointer of the fence label.
pub(super) const FENCE: &str = "/metadata/labels/quarterdeck~1fence";

/// Labels a tool finds its objects by: a canary that carried them would be
/// adopted, or pruned, by that tool.
const NOT_OURS: [&str; 6] = [
    "argocd.argoproj.io/",
    "app.kubernetes.io/instance",
    "app.kubernetes.io/managed-by",
    "kustomize.toolkit.fluxcd.io/",
    "helm.toolkit.fluxcd.io/",
    "helm.sh/",
];

/// The write for `intent`. `owner` is the record's uid: the canary belongs to
/// it and goes with it.
///
/// # Errors
/// The object to be changed is not there, or not what the record is about;
/// one sentence.
pub fn write_for(
    record: &OperationRecord,
    intent: Intent,
    live: &LivePair,
    owner: &Uid,
    site: &Target,
) -> Result<Mutation, String> {
    let stable = || present(live.stable.as_ref(), "stable");
    let canary = || present(live.canary.as_ref(), "the canary");
    match intent {
        Intent::CreateCanary { replicas } => {
            let target = Target { key: record.canary(), ..site.clone() };
            Ok(Mutation::create(target, canary_of(record, &stable()?, replicas, owner)))
        }
        Intent::ScaleCanary { replicas } => {
            let raw = canary()?;
            let old = raw.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(1));
            let ops = vec![JsonOp::test("/spec/replicas", old), JsonOp::replace("/spec/replicas", replicas)];
            Ok(patch(record, &raw, record.canary(), ops, site))
        }
        Intent::DeleteCanary => {
            let raw = canary()?;
            if raw.pointer("/metadata/labels/quarterdeck~1track").and_then(Value::as_str) != Some("canary") {
                return Err(format!("{} was not made by quarterdeck: it is left alone", record.canary()));
            }
            Ok(Mutation::delete(frozen(&raw, record.canary(), site)))
        }
        Intent::UpdateStable => template(record, &stable()?, &record.templates.new, "promoted", site),
        Intent::RestoreStable => template(record, &stable()?, &record.templates.old, "rolled back", site),
        Intent::JoinRouter => route(record, live, site, Router::join),
        Intent::Weigh { percent } => route(record, live, site, |router, raw| router.weigh(raw, percent)),
        Intent::Pick { step } => route(record, live, site, |router, raw| router.pick(raw, step)),
        Intent::RestoreRouter => route(record, live, site, |router, raw| Ok(router.restore(raw))),
    }
}

/// The one patch of what shares requests out: against the version as read, so
/// that what somebody else changed in it meanwhile is looked at first.
fn route(
    record: &OperationRecord,
    live: &LivePair,
    site: &Target,
    changes: impl FnOnce(&Router, &Value) -> Result<Vec<JsonOp>, String>,
) -> Result<Mutation, String> {
    let router = record.router.as_ref().ok_or("nothing but pods shares its requests out")?;
    let raw = present(live.router.as_ref(), &router.title())?;
    let changes = changes(router, &raw)?;
    let version = raw.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
    let mut ops = vec![JsonOp::test("/metadata/resourceVersion", version)];
    ops.extend(changes);
    Ok(patch(record, &raw, router.key(&record.target.namespace), ops, site))
}

/// What a step picks, to be tried on the server and not stored.
///
/// # Errors
/// The route no longer names stable's Service.
pub fn pick_trial(router: &Router, raw: &Value, step: usize, site: &Target) -> Result<Mutation, String> {
    let target = frozen(raw, router.key(&site.key.namespace), site);
    let mut ops = vec![JsonOp::test("/metadata/uid", target.uid.as_str())];
    ops.extend(router.trial(raw, step)?);
    Ok(Mutation::patch(target, ops))
}

/// The write that puts the driver's fence on an object as read; none if it is
/// there. It tests the version, so that whatever an old driver has on its way
/// either came before the reading or is refused.
pub fn fence(record: &OperationRecord, seen: &Whole, key: ObjectKey, site: &Target) -> Option<Mutation> {
    let fence = record.fence();
    if seen.fence() == Some(fence.as_str()) {
        return None;
    }
    let raw = seen.value();
    let target = frozen(&raw, key, site);
    let version = raw.pointer("/metadata/resourceVersion").cloned().unwrap_or_default();
    let mut ops = vec![
        JsonOp::test("/metadata/uid", target.uid.as_str()),
        JsonOp::test("/metadata/resourceVersion", version),
    ];
    if raw.pointer("/metadata/labels").is_some_and(Value::is_object) {
        ops.push(JsonOp::add(FENCE, fence));
    } else {
        ops.push(JsonOp::add("/metadata/labels", json!({names::FENCE: fence})));
    }
    Some(Mutation::patch(target, ops))
}

fn present(seen: Option<&Whole>, what: &str) -> Result<Value, String> {
    seen.map(Whole::value).ok_or_else(|| format!("{what} is not there"))
}

fn frozen(raw: &Value, key: ObjectKey, site: &Target) -> Target {
    let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    Target {
        key,
        uid: text("/metadata/uid").into(),
        resource_version: text("/metadata/resourceVersion").into(),
        ..site.clone()
    }
}

fn patch(
    record: &OperationRecord,
    raw: &Value,
    key: ObjectKey,
    changes: Vec<JsonOp>,
    site: &Target,
) -> Mutation {
    let target = frozen(raw, key, site);
    let mut ops =
        vec![JsonOp::test("/metadata/uid", target.uid.as_str()), JsonOp::test(FENCE, record.fence())];
    ops.extend(changes);
    Mutation::patch(target, ops)
}

/// Gives stable a template, and says why where `kubectl rollout history` looks.
fn template(
    record: &OperationRecord,
    raw: &Value,
    template: &crate::engine::record::PodTemplate,
    did: &str,
    site: &Target,
) -> Result<Mutation, String> {
    if raw.pointer("/metadata/uid").and_then(Value::as_str) != Some(record.target.uid.as_str()) {
        return Err(format!("{} was deleted and created again", record.target.key()));
    }
    let old = raw.pointer("/spec/template").ok_or("stable has no pod template")?;
    let by = &record.started_by;
    let cause = match did {
        "promoted" => format!("{} promoted by {} of {by}", record.to.version, record.strategy.name()),
        _ => format!("{} rolled back to {} by quarterdeck", record.to.version, record.from.version),
    };
    let mut ops = vec![
        JsonOp::test("/spec/template", old.clone()),
        JsonOp::replace("/spec/template", template.value()),
    ];
    if raw.pointer("/metadata/annotations").is_some_and(Value::is_object) {
        ops.push(JsonOp::add("/metadata/annotations/kubernetes.io~1change-cause", cause));
    } else {
        ops.push(JsonOp::add("/metadata/annotations", json!({"kubernetes.io/change-cause": cause})));
    }
    Ok(patch(record, raw, record.target.key(), ops, site))
}

/// The canary Deployment: stable's selector and the new template, both with
/// the track label, so that the Service selects its pods like stable's while
/// neither Deployment counts the other's.
pub fn canary_of(record: &OperationRecord, stable: &Value, replicas: u32, owner: &Uid) -> Value {
    let key = record.canary();
    let mut labels: Map<String, Value> =
        stable.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    labels.retain(|label, _| !NOT_OURS.iter().any(|theirs| label.starts_with(theirs)));
    labels.insert(names::TRACK.to_owned(), json!("canary"));
    labels.insert(names::FENCE.to_owned(), json!(record.fence()));
    let mut selector = stable.pointer("/spec/selector").cloned().unwrap_or_else(|| json!({}));
    add_label(&mut selector, "matchLabels");
    let mut template = record.templates.new.value();
    if !template.get("metadata").is_some_and(Value::is_object) {
        template["metadata"] = json!({});
    }
    if let Some(metadata) = template.get_mut("metadata") {
        add_label(metadata, "labels");
    }
    let kept = |field: &str| stable.pointer(&format!("/spec/{field}")).cloned();
    // The server wants the deadline beyond the time a pod must be ready.
    let min_ready = stable.pointer("/spec/minReadySeconds").and_then(Value::as_u64).unwrap_or(0);
    let deadline = u64::from(record.run.plan.deadline_s).max(min_ready + 30);
    let mut spec = json!({
        "replicas": replicas, "selector": selector, "template": template,
        "revisionHistoryLimit": 1, "progressDeadlineSeconds": deadline,
    });
    for field in ["minReadySeconds", "strategy"] {
        if let Some(value) = kept(field) {
            spec[field] = value;
        }
    }
    json!({
        "apiVersion": "apps/v1", "kind": Kind::Deployment.name(),
        "metadata": {
            "name": key.name, "namespace": key.namespace, "labels": labels,
            "annotations": {"quarterdeck/operation": record.id},
            "ownerReferences": [{
                "apiVersion": "v1", "kind": "ConfigMap", "name": record.key().name, "uid": owner,
            }],
        },
        "spec": spec,
    })
}

fn add_label(into: &mut Value, field: &str) {
    if !into.get(field).is_some_and(Value::is_object) {
        into[field] = json!({});
    }
    into[field][names::TRACK] = json!("canary");
}

/// The track a template gives its pods by itself; none as a rule.
pub fn track_of(template: &Value) -> Option<String> {
    template.pointer("/metadata/labels/quarterdeck~1track").and_then(Value::as_str).map(str::to_owned)
}

/// A canary's template without what makes it a canary's, to be compared with
/// the record's, which gives its pods the track `own`.
pub fn untracked(template: &Value, own: Option<&str>) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        match own {
            Some(own) => labels.insert(names::TRACK.to_owned(), json!(own)),
            None => labels.remove(names::TRACK),
        };
    }
    template
}
