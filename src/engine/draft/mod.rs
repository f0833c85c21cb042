//! From an order to one exact write.
//!
//! One function per verb, in [`template`], [`counts`] and [`once`]; each says
//! what would take it back, from the values it found.

mod counts;
mod once;
mod template;

use crate::domain::{
    Confirmation, Environment, Fault, FaultKind, How, JsonOp, Kind, Lock, Mutation, Now, Order, ReplicaSet,
    Right, Target, Verb, Workload, short_duration,
};
use serde_json::{Map, Value};

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
    /// The right it takes.
    pub right: Right,
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
    /// Whether nothing brings back what it takes away.
    pub is_final: bool,
}

/// What a verb makes of the live object.
struct Made {
    ops: Vec<JsonOp>,
    how: How,
    to: String,
    side_effects: Vec<String>,
    revision: Option<ReplicaSet>,
    undo: Option<Verb>,
    is_final: bool,
}

impl Made {
    fn new(how: How, ops: Vec<JsonOp>, to: String) -> Self {
        Self { ops, how, to, side_effects: Vec::new(), revision: None, undo: None, is_final: false }
    }

    fn patch(ops: Vec<JsonOp>, to: String) -> Self {
        Self::new(How::Patch, ops, to)
    }

    fn undo(self, verb: Verb) -> Self {
        Self { undo: Some(verb), ..self }
    }

    fn saying(mut self, what: impl Into<String>) -> Self {
        self.side_effects.push(what.into());
        self
    }
}

/// Kept revisions, each slim and whole.
type Revisions<'a> = &'a [(ReplicaSet, Value)];

/// Works `order` out against the live object and its kept revisions (each with
/// the raw object).
///
/// Fails if the object is not the one that was frozen, if the revision is not
/// kept, if nothing would change, or if the verb makes no sense for its kind or
/// in its state.
pub fn draft(mut order: Order, live: &Live, revisions: Revisions<'_>, now: Now) -> Result<Draft, Fault> {
    let workload = &live.workload;
    if workload.uid != order.target.uid {
        return Err(Fault::new(
            FaultKind::Conflict,
            format!("{} was deleted and created again since you chose it", order.target.key),
        )
        .hint("look at the new one and choose again"));
    }
    let kind = workload.key.kind;
    let right = order.verb.right(kind).map_err(|kinds| {
        let text = format!("cannot {} a {kind}: {} is {kinds}", order.verb.name(), order.verb.name());
        Fault::new(FaultKind::Invalid, text)
    })?;
    let from = if let Verb::Scale { .. } = order.verb {
        counts::replicas(workload.replicas.desired)
    } else {
        describe_current(workload, revisions, now)
    };
    let made = match &order.verb {
        Verb::Rollback { to } => template::rollback(&order, live, revisions, *to, now)?,
        Verb::Restart => template::restart(workload, live, now)?,
        Verb::SetImage { container, image } => template::set_image(&order, live, container, image)?,
        Verb::Edit { ops } => template::edit(workload, ops)?,
        Verb::Scale { to } => counts::scale(workload, live, *to)?,
        Verb::Pause => counts::pause(workload, live)?,
        Verb::Resume => counts::resume(workload, live)?,
        Verb::Delete => once::delete(live),
        Verb::Evict => once::evict(live),
        Verb::RunNow { job } => once::run_now(&order, live, job)?,
        Verb::Lock { message } => once::lock(&order, live, message, now)?,
        Verb::Unlock { message, .. } => once::unlock(message),
    };
    let mutation = if let Verb::Unlock { lock, .. } = &order.verb {
        let key = Lock::key(&order.target.key);
        Mutation::delete(Target { key, uid: lock.clone(), ..order.target.clone() })
    } else {
        let mut ops = vec![JsonOp::test("/metadata/uid", workload.uid.as_str())];
        ops.extend(made.ops);
        Mutation { target: order.target.clone(), ops, how: made.how }
    };
    order.undo = made.undo.map(Box::new);
    Ok(Draft {
        right,
        mutation,
        from,
        to: made.to,
        side_effects: made.side_effects,
        revision: made.revision,
        is_final: made.is_final,
        order,
    })
}

fn describe_current(workload: &Workload, revisions: Revisions<'_>, now: Now) -> String {
    let current = revisions.iter().find(|(set, _)| set.template.digest == workload.template.digest);
    let version = workload.template.version();
    match (current, &workload.batch, workload.key.kind) {
        (Some((set, _)), ..) => describe_revision(set, now),
        (None, Some(batch), Kind::CronJob) => format!("{version}, {}", batch.schedule),
        (None, Some(_), _) => format!("{version}, {}", workload_end(workload)),
        (None, None, Kind::Pod) => format!("{version}, a pod"),
        (None, None, _) => format!("{version}, {} replicas", workload.replicas.desired),
    }
}

fn workload_end(job: &Workload) -> &'static str {
    match job.ended() {
        None => "at work",
        Some(true) => "ended well",
        Some(false) => "failed",
    }
}

/// `revision 11, v1.9.2, 3h old, "deploy 4f2c0de by cy"`
fn describe_revision(set: &ReplicaSet, now: Now) -> String {
    let number = set.revision.map(|number| format!("revision {number}"));
    let age = set.created.map(|created| format!("{} old", short_duration(now.since(created))));
    let cause = set.change_cause.as_ref().map(|cause| format!("\"{cause}\""));
    let parts = [number, Some(set.template.version()), age, cause];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// What a person must do to confirm: the name itself where users are (or where
/// nobody says they are not), where serving ends, where nothing brings it back,
/// and where the guardrails of the context ask for it.
pub(super) fn confirmation(draft: &Draft, environment: Environment, asked_for: bool) -> Confirmation {
    let guarded = environment.has_users() || draft.is_final || asked_for;
    Confirmation::of(draft.order.target.key.name.as_str(), guarded)
}

/// JSON Patch cannot add into a map that is not there: the steps that make it.
fn missing_annotations(raw: &Value) -> Vec<JsonOp> {
    const PARENTS: [&str; 2] = ["/spec/template/metadata", "/spec/template/metadata/annotations"];
    let missing = PARENTS.iter().filter(|path| !raw.pointer(path).is_some_and(Value::is_object));
    missing.map(|path| JsonOp::add(path, Value::Object(Map::new()))).collect()
}
