//! From what was typed to what is to be done to which objects.

use crate::cli::args;
use crate::cli::change_args::{self, HowArgs};
use crate::cli::find;
use crate::cli::session::Session;
use crate::cli::setup::Setup;
use crate::domain::{
    AuditKind, Environment, Fault, FaultKind, Kind, Lock, ObjectKey, Phase, RevisionNumber, Target, Uid,
    Verb, Workload,
};
use crate::shell::clock;

/// One thing to be done to one object.
pub(super) struct Piece {
    pub(super) target: Target,
    pub(super) verb: Verb,
}

/// What is wished, before the objects are known.
pub(super) struct Wish {
    pub(super) how: HowArgs,
    targets: Vec<String>,
    what: What,
    /// Of a service that runs in several places, the one that is this.
    environment: Option<Environment>,
}

enum What {
    Exactly(Verb),
    Rollback(Option<u64>),
    RunNow,
    Lock(String),
    Unlock,
    Edit,
    Undo(Option<String>),
}

impl Wish {
    /// The wish of a verb; none if it changes nothing.
    pub(super) fn of(verb: args::Verb) -> Option<Self> {
        let one = |change: change_args::ChangeArgs, what| {
            Some(Self { how: change.how, targets: vec![change.target], what, environment: None })
        };
        let placed = |wish: Option<Self>, place: change_args::EnvArgs| {
            wish.map(|wish| Self { environment: place.environment(), ..wish })
        };
        let many = |many: change_args::ManyArgs, verb| {
            Some(Self { how: many.how, targets: many.targets, what: What::Exactly(verb), environment: None })
        };
        match verb {
            args::Verb::Rollback(args) => placed(one(args.change, What::Rollback(args.to)), args.place),
            args::Verb::Scale(args) => one(args.change, What::Exactly(Verb::Scale { to: args.replicas })),
            args::Verb::Pause(args) => one(args, What::Exactly(Verb::Pause)),
            args::Verb::Resume(args) => one(args, What::Exactly(Verb::Resume)),
            args::Verb::SetImage(args) => {
                let (container, image) = args.image;
                one(args.change, What::Exactly(Verb::SetImage { container, image }))
            }
            args::Verb::RunNow(args) => one(args, What::RunNow),
            args::Verb::Edit(args) => one(args, What::Edit),
            args::Verb::Lock(args) => placed(one(args.change, What::Lock(args.message)), args.place),
            args::Verb::Unlock(args) => placed(one(args.change, What::Unlock), args.place),
            args::Verb::Restart(args) => many(args, Verb::Restart),
            args::Verb::Delete(args) => many(args, Verb::Delete),
            args::Verb::Evict(args) => many(args, Verb::Evict),
            args::Verb::Undo(args) => {
                let what = What::Undo(args.operation);
                Some(Self { how: args.how, targets: Vec::new(), what, environment: None })
            }
            args::Verb::Demo(_)
            | args::Verb::Status
            | args::Verb::Services
            | args::Verb::Environments
            | args::Verb::ConfigDiff(_)
            | args::Verb::Service(_)
            | args::Verb::Describe(_)
            | args::Verb::Yaml(_)
            | args::Verb::Rollouts
            | args::Verb::Forward(_)
            | args::Verb::Deploy(_)
            | args::Verb::Plan(_)
            | args::Verb::Approve(_)
            | args::Verb::Promote(_)
            | args::Verb::Hold(_)
            | args::Verb::Abort(_)
            | args::Verb::Engine(_)
            | args::Verb::Verdict { .. }
            | args::Verb::Audit(_)
            | args::Verb::Doctor
            | args::Verb::Login
            | args::Verb::Info
            | args::Verb::Completions { .. }
            | args::Verb::Query(_)
            | args::Verb::Promql { .. }
            | args::Verb::Slo { .. }
            | args::Verb::Alerts(_)
            | args::Verb::Silence { .. }
            | args::Verb::Catalog { .. }
            | args::Verb::Man => None,
        }
    }

    fn name(&self) -> &'static str {
        match &self.what {
            What::Exactly(verb) => verb.name(),
            What::Rollback(_) => "rollback",
            What::RunNow => "run-now",
            What::Lock(_) => "lock",
            What::Unlock => "unlock",
            What::Edit => "edit",
            What::Undo(_) => "undo",
        }
    }

    /// What is to be done, object by object.
    pub(super) fn pieces(&self, setup: &Setup, session: &Session) -> Result<Vec<Piece>, Fault> {
        if let What::Undo(operation) = &self.what {
            return undo(setup, session, operation.as_deref()).map(|piece| vec![piece]);
        }
        let mut pieces: Vec<Piece> = Vec::new();
        for typed in &self.targets {
            let piece = self.piece(session, typed)?;
            // The same object named twice is one object.
            if pieces.iter().all(|known| known.target.uid != piece.target.uid) {
                pieces.push(piece);
            }
        }
        Ok(pieces)
    }

    fn piece(&self, session: &Session, typed: &str) -> Result<Piece, Fault> {
        if let Some(pod) = find::pod(&session.world, typed, self.name())? {
            let target = target(session, pod.key.clone(), pod.uid.clone(), "");
            return Ok(Piece { target, verb: self.verb_of_pod()? });
        }
        let typed = find::placed(&session.world, typed, self.environment)?;
        let workload = find::workload(&session.world, &typed, self.name())?;
        let version = workload.resource_version.as_str();
        let target = target(session, workload.key.clone(), workload.uid.clone(), version);
        Ok(Piece { target, verb: self.verb(session, &workload)? })
    }

    fn verb_of_pod(&self) -> Result<Verb, Fault> {
        match &self.what {
            What::Exactly(verb) => Ok(verb.clone()),
            What::Rollback(_) | What::RunNow | What::Lock(_) | What::Unlock | What::Edit | What::Undo(_) => {
                Err(Fault::new(FaultKind::Invalid, format!("cannot {} a pod", self.name())))
            }
        }
    }

    fn verb(&self, session: &Session, workload: &Workload) -> Result<Verb, Fault> {
        match &self.what {
            What::Exactly(verb) => Ok(verb.clone()),
            What::Rollback(Some(to)) => Ok(Verb::Rollback { to: RevisionNumber(*to) }),
            What::Rollback(None) => previous(session, workload).map(|to| Verb::Rollback { to }),
            // What is to be changed is known when the editor has closed.
            What::Edit => Ok(Verb::Edit { ops: Vec::new() }),
            What::RunNow => Ok(Verb::run_now(&workload.key.name, clock::now())),
            What::Lock(message) => lock(session, workload, message),
            What::Unlock => unlock(session, workload),
            What::Undo(_) => Err(Fault::new(FaultKind::Internal, "undo has no target of its own")),
        }
    }
}

fn target(session: &Session, key: ObjectKey, uid: crate::domain::Uid, version: &str) -> Target {
    let place = &session.link.place;
    let (context, cluster) = (place.context.clone(), place.cluster.clone());
    Target { context, cluster, key, uid, resource_version: version.into() }
}

/// A lock, unless there is one: it is not written over.
fn lock(session: &Session, workload: &Workload, message: &str) -> Result<Verb, Fault> {
    let now = clock::now();
    // What is wrong with the message is said before anybody is asked.
    Lock::new(session.actor.clone(), now.wall, message)?;
    match session.world.lock_of(&workload.key) {
        Some(locked) => {
            let text = format!("{} is {}", workload.key, locked.sentence(now));
            let hint =
                format!("take it away first: qd unlock {}/{}", workload.key.namespace, workload.key.name);
            Err(Fault::new(FaultKind::Refused, text).hint(hint))
        }
        None => Ok(Verb::Lock { message: message.to_owned() }),
    }
}

/// The lock that is seen; with an empty uid if there is none.
fn unlock(session: &Session, workload: &Workload) -> Result<Verb, Fault> {
    if let Some((_, fault)) = session.hidden.iter().find(|(kind, _)| *kind == Kind::ConfigMap) {
        let text = format!("locks cannot be seen: {fault}");
        return Err(Fault::new(fault.kind, text).hint("ask for a role that lists ConfigMaps"));
    }
    let locked = session.world.lock_of(&workload.key);
    Ok(locked.map_or_else(
        || Verb::Unlock { lock: Uid::default(), message: String::new() },
        |locked| {
            let message = locked.lock.map(|lock| lock.message).unwrap_or_default();
            Verb::Unlock { lock: locked.uid, message }
        },
    ))
}

/// The newest kept revision that is not what the workload asks for now.
fn previous(session: &Session, workload: &Workload) -> Result<RevisionNumber, Fault> {
    let revisions = session.world.revisions(&workload.uid);
    let other = revisions.iter().find(|set| set.template.digest != workload.template.digest);
    other.and_then(|set| set.revision).ok_or_else(|| {
        Fault::new(FaultKind::NotFound, format!("{} has no earlier revision to go back to", workload.key))
            .hint(format!(
                "`qd service {}` lists the revisions kept",
                crate::domain::World::service_of(workload)
            ))
    })
}

/// What takes an operation back, as its line in the audit log says.
fn undo(setup: &Setup, session: &Session, operation: Option<&str>) -> Result<Piece, Fault> {
    let entries = setup.audit().verify()?.entries;
    let place = &session.link.place;
    let done = |id: &crate::domain::OperationId| {
        let written = |e: &&crate::domain::AuditEntry| {
            e.kind == AuditKind::Outcome
                && e.operation == *id
                && e.result != Phase::Refused(String::new()).word()
        };
        entries.iter().any(|entry| written(&entry))
    };
    let here = |e: &&crate::domain::AuditEntry| e.context == place.context && e.cluster == place.cluster;
    let mut intents = entries.iter().rev().filter(|e| e.kind == AuditKind::Intent).filter(here);
    let found = match operation {
        Some(id) => intents.find(|e| e.operation.as_str() == id),
        None => intents.find(|e| e.undo.is_some() && done(&e.operation)),
    };
    let entry = found.ok_or_else(|| {
        let text = match operation {
            Some(id) => format!("no operation {id} in the audit log of {}", place.context),
            None => format!("no action in {} that could be taken back", place.context),
        };
        Fault::new(FaultKind::NotFound, text).hint("`qd audit` lists what was done")
    })?;
    let (Some(verb), Some(key)) = (&entry.undo, &entry.target) else {
        let text = format!("{} ({}) cannot be taken back", entry.operation, entry.action);
        return Err(Fault::new(FaultKind::Invalid, text));
    };
    if key.kind == Kind::Pod {
        return Err(Fault::new(FaultKind::Invalid, "what was done to a pod cannot be taken back"));
    }
    let target = target(session, key.clone(), entry.uid.clone(), "");
    Ok(Piece { target, verb: (**verb).clone() })
}
