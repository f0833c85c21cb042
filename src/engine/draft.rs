//! From an order to one exact write.

use crate::domain::{
    Confirmation, Environment, Fault, FaultKind, JsonOp, Kind, Mutation, Now, Order, ReplicaSet,
    RevisionNumber, Verb, Workload, short_duration,
};
use serde_json::{Map, Value, json};

/// The object as just read from the server.
#[derive(Clone, Debug)]
pub struct Live {
    /// Slim, for deciding.
    pub workload: Workload,
    /// Whole, for exact `test` steps.
    pub raw: Value,
    /// When it was read.
    pub read_at: Now,
}

/// An order with its write, not yet checked against the server.
#[derive(Clone, Debug)]
pub struct Draft {
    /// What was asked.
    pub order: Order,
    /// The write.
    pub mutation: Mutation,
    /// What is there, in words.
    pub from: String,
    /// What will be there, in words.
    pub to: String,
    /// What it disables or leaves behind.
    pub side_effects: Vec<String>,
    /// The revision that comes back, for a rollback.
    pub revision: Option<ReplicaSet>,
}

/// Works `order` out against the live object and its kept revisions (each with
/// the raw ReplicaSet).
///
/// Fails if the object is not the one that was frozen, if the revision is not
/// kept, if nothing would change, or if the verb makes no sense in its state.
pub fn draft(order: Order, live: &Live, revisions: &[(ReplicaSet, Value)], now: Now) -> Result<Draft, Fault> {
    let workload = &live.workload;
    if workload.uid != order.target.uid {
        return Err(Fault::new(
            FaultKind::Conflict,
            format!("{} was deleted and created again since you chose it", order.target.key),
        )
        .hint("look at the new one and choose again"));
    }
    if workload.key.kind != Kind::Deployment {
        let text = format!("cannot {} a {}: only Deployments for now", order.verb.name(), workload.key.kind);
        return Err(Fault::new(FaultKind::Invalid, text).hint("use kubectl for this kind"));
    }
    let from = describe_current(workload, revisions, now);
    let made = match order.verb {
        Verb::Rollback { to } => rollback(&order, live, revisions, to, now)?,
        Verb::Restart => restart(workload, live, now)?,
        Verb::Scale { to } => scale(workload, live, to)?,
        Verb::Pause => pause(workload)?,
        Verb::Resume => resume(workload, live)?,
    };
    let mut ops = vec![JsonOp::test("/metadata/uid", workload.uid.as_str())];
    ops.extend(made.ops);
    let mutation = Mutation { target: order.target.clone(), ops };
    Ok(Draft { order, mutation, from, to: made.to, side_effects: made.side_effects, revision: made.revision })
}

struct Made {
    ops: Vec<JsonOp>,
    to: String,
    side_effects: Vec<String>,
    revision: Option<ReplicaSet>,
}

impl Made {
    fn simple(ops: Vec<JsonOp>, to: String) -> Self {
        Self { ops, to, side_effects: Vec::new(), revision: None }
    }
}

fn rollback(
    order: &Order,
    live: &Live,
    revisions: &[(ReplicaSet, Value)],
    to: RevisionNumber,
    now: Now,
) -> Result<Made, Fault> {
    let workload = &live.workload;
    let Some((set, raw)) = revisions.iter().find(|(set, _)| set.revision == Some(to)) else {
        let mut kept: Vec<_> = revisions.iter().filter_map(|(set, _)| set.revision).collect();
        kept.sort();
        let kept = kept.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let hint = if kept.is_empty() {
            "there is nothing to roll back to: this is the first release".to_owned()
        } else {
            format!("revisions kept: {kept}")
        };
        let text = format!("{} has no revision {to}", order.target.key);
        return Err(Fault::new(FaultKind::NotFound, text).hint(hint));
    };
    if workload.paused {
        let text = format!("{} is paused: a rollback would not start", order.target.key);
        return Err(Fault::new(FaultKind::Refused, text).hint("resume it first"));
    }
    if set.template.digest == workload.template.digest {
        let text = format!("revision {to} is what {} already asks for", order.target.key);
        return Err(Fault::new(FaultKind::Invalid, text).hint("choose another revision"));
    }
    let (Some(old), Some(new)) = (live.raw.pointer("/spec/template"), raw.pointer("/spec/template")) else {
        return Err(Fault::new(FaultKind::Invalid, format!("{} has no pod template", order.target.key)));
    };
    let cause = format!("rolled back to revision {to} ({}) by {}", set.template.version(), order.actor);
    let mut ops = vec![
        JsonOp::test("/spec/template", old.clone()),
        JsonOp::replace("/spec/template", without_hash(new.clone())),
    ];
    ops.push(note_cause(&live.raw, &cause, &order.reason));
    let to = describe_revision(set, now);
    Ok(Made { ops, to, side_effects: Vec::new(), revision: Some(set.clone()) })
}

/// The template as it was before the controller marked it.
fn without_hash(mut template: Value) -> Value {
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove("pod-template-hash");
    }
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.remove("creationTimestamp");
    }
    template
}

/// The annotation `kubectl rollout history` shows as CHANGE-CAUSE. Without it
/// the Deployment keeps the words of the release that is being undone.
fn note_cause(raw: &Value, cause: &str, reason: &str) -> JsonOp {
    let text = if reason.is_empty() { cause.to_owned() } else { format!("{cause}: {reason}") };
    if raw.pointer("/metadata/annotations").is_some_and(Value::is_object) {
        return JsonOp::add("/metadata/annotations/kubernetes.io~1change-cause", text);
    }
    JsonOp::add("/metadata/annotations", json!({"kubernetes.io/change-cause": text}))
}

fn restart(workload: &Workload, live: &Live, now: Now) -> Result<Made, Fault> {
    if workload.paused {
        let text = format!("{} is paused: a restart would not start", workload.key);
        return Err(Fault::new(FaultKind::Refused, text).hint("resume it first"));
    }
    // Seconds, as kubectl writes it: two restarts within one second are one.
    let at = now.wall.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut ops = missing_annotations(&live.raw);
    ops.push(JsonOp::add("/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt", at));
    let to = format!("the same template ({}), new pods", workload.template.version());
    Ok(Made::simple(ops, to))
}

fn scale(workload: &Workload, live: &Live, to: u32) -> Result<Made, Fault> {
    if workload.replicas.desired == to {
        let text = format!("{} already asks for {to} replicas", workload.key);
        return Err(Fault::new(FaultKind::Invalid, text));
    }
    let old = live.raw.pointer("/spec/replicas").cloned().unwrap_or_else(|| json!(1));
    let ops = vec![JsonOp::test("/spec/replicas", old), JsonOp::replace("/spec/replicas", to)];
    let mut made = Made::simple(ops, format!("{to} replicas"));
    if to == 0 {
        made.side_effects.push("nothing will serve until it is scaled up again".to_owned());
    }
    Ok(made)
}

fn pause(workload: &Workload) -> Result<Made, Fault> {
    if workload.paused {
        return Err(Fault::new(FaultKind::Invalid, format!("{} is already paused", workload.key)));
    }
    let mut made = Made::simple(vec![JsonOp::add("/spec/paused", true)], "rolling out suspended".to_owned());
    made.side_effects.push("pods stay as they are; changes wait until it is resumed".to_owned());
    made.side_effects.push("the progress deadline is not counted while paused".to_owned());
    Ok(made)
}

fn resume(workload: &Workload, live: &Live) -> Result<Made, Fault> {
    if !workload.paused {
        return Err(Fault::new(FaultKind::Invalid, format!("{} is not paused", workload.key)));
    }
    let old = live.raw.pointer("/spec/paused").cloned().unwrap_or(Value::Bool(true));
    let ops = vec![JsonOp::test("/spec/paused", old), JsonOp::replace("/spec/paused", false)];
    Ok(Made::simple(ops, "rolling out goes on".to_owned()))
}

fn describe_current(workload: &Workload, revisions: &[(ReplicaSet, Value)], now: Now) -> String {
    let current = revisions.iter().find(|(set, _)| set.template.digest == workload.template.digest);
    match current {
        Some((set, _)) => describe_revision(set, now),
        None => format!("{}, {} replicas", workload.template.version(), workload.replicas.desired),
    }
}

/// `revision 11, v1.9.2, 3h old, "deploy 4f2c0de by cy"`
pub(super) fn describe_revision(set: &ReplicaSet, now: Now) -> String {
    let number = set.revision.map(|number| format!("revision {number}"));
    let age = set.created.map(|created| format!("{} old", short_duration(now.since(created))));
    let cause = set.change_cause.as_ref().map(|cause| format!("\"{cause}\""));
    let parts = [number, Some(set.template.version()), age, cause];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a person must do to confirm `verb` on `name`: the name itself where
/// users are (or where nobody says they are not) and where serving ends.
pub(super) fn confirmation(verb: Verb, environment: Environment, name: &str) -> Confirmation {
    let users = matches!(environment, Environment::Production | Environment::Undeclared);
    if users || matches!(verb, Verb::Scale { to: 0 }) {
        Confirmation::Type(name.to_owned())
    } else {
        Confirmation::Key
    }
}

/// JSON Patch cannot add into a map that is not there: the steps that make it.
fn missing_annotations(raw: &Value) -> Vec<JsonOp> {
    const PARENTS: [&str; 2] = ["/spec/template/metadata", "/spec/template/metadata/annotations"];
    let missing = PARENTS.iter().filter(|path| !raw.pointer(path).is_some_and(Value::is_object));
    missing.map(|path| JsonOp::add(path, Value::Object(Map::new()))).collect()
}
