//! From a key to a frozen target, and from an answer to the gate.

use super::App;
use super::prompt::Prompt;
use crate::command::Command;
use crate::domain::{
    Fault, GateInput, Namespace, Now, ObjectKey, Phase, Plan, Refusal, ResourceVersion, Right, Uid, Verb,
    Workload, World, admit, meant_by_name,
};
use crate::msg::{Effect, Level, Notice, RunView};
use crate::screens::Selected;
use crate::screens::action::{Action, Images, Picker, Question, Subject};
use crate::ui::TextInput;
use std::sync::Arc;

/// The workload of a service that `verb` goes to: the first it is for, else the
/// main one. Who deletes must not take the first of several pods of their own.
fn meant(all: &[Arc<Workload>], verb: &str) -> Result<Option<Arc<Workload>>, String> {
    let all = meant_by_name(all);
    let fits = |w: &&Arc<Workload>| Right::to(verb, w.key.kind).is_ok();
    let found = all.iter().find(fits);
    if all.len() > 1 && found.is_some_and(|w| w.is_bare_pod()) {
        return Err(format!("it has {} pods of their own: enter opens it, choose one there", all.len()));
    }
    Ok(found.or(all.first()).cloned())
}

impl App {
    /// Tells why a command cannot be used while read-only; `None` if it can.
    pub(super) fn forbidden(&mut self, command: Command, now: Now) -> Option<Vec<Effect>> {
        let row = command.row();
        // In a dialog the gate itself says no, with its reason beside the answer.
        let in_dialog = matches!(command, Command::Yes | Command::Submit);
        if !row.risk.mutates() || in_dialog {
            return None;
        }
        let ctx = self.session.ctx(now);
        let lacks = ctx.lacks(row.name, &self.objects(now));
        if !lacks.is_empty() {
            let hint = "ask for a role that allows it".to_owned();
            self.notices
                .push(Notice { level: Level::Warning, text: format!("{}: {lacks}", row.name), hint }, now);
            return Some(Vec::new());
        }
        if ctx.may_write() {
            return None;
        }
        let refusal = Refusal::ReadOnly;
        let text = format!("{}: {refusal}", row.name);
        self.notices.push(Notice { level: Level::Warning, text, hint: refusal.remedy() }, now);
        Some(Vec::new())
    }

    /// The objects an action may be about: the selected pod, the workload it belongs to.
    pub(super) fn objects(&self, now: Now) -> Vec<ObjectKey> {
        let ctx = self.session.ctx(now);
        let mut objects = Vec::new();
        if let Some(Selected::Pod(key)) = self.router.screen().selected(&ctx) {
            objects.push(key);
        }
        objects.extend(self.aimed_at("restart", now).ok().map(|workload| workload.key.clone()));
        objects
    }

    /// Asks what the user may do in a namespace, once.
    pub(super) fn ask_rights(&mut self, namespace: Namespace) -> Option<Effect> {
        if self.session.seen.rights.contains_key(&namespace) {
            return None;
        }
        self.session.seen.rights.insert(namespace.clone(), None);
        Some(Effect::AskRights(namespace))
    }

    /// Opens what takes the last action back, as a plan of its own: its values
    /// are read anew, and it passes the gate like everything else.
    pub(super) fn undo(&mut self, now: Now) -> Vec<Effect> {
        let here = self.session.place.as_ref().map(|place| (place.context.clone(), place.cluster.clone()));
        let mut runs = self.session.runs.iter().filter(|run| {
            let target = &run.order.target;
            let refused = matches!(run.phase, Phase::Refused(_));
            Some((target.context.clone(), target.cluster.clone())) == here && !refused
        });
        let Some(run) = runs.find(|run| run.order.undo.is_some()) else {
            let text = "nothing was done from here that could be taken back";
            let hint = "`qd undo` looks in the audit log".to_owned();
            self.notices.push(Notice { level: Level::Info, text: text.to_owned(), hint }, now);
            return Vec::new();
        };
        let target = run.order.target.clone();
        let Some(verb) = run.order.undo.as_deref().cloned() else { return Vec::new() };
        self.open_action(target.key, target.uid, target.resource_version, Subject::Fixed(verb), now)
    }

    /// The workload actions go to: the selected one, the main one of a service,
    /// the one a pod belongs to.
    pub(super) fn aimed_at(&self, verb: &str, now: Now) -> Result<Arc<Workload>, String> {
        let ctx = self.session.ctx(now);
        let Some(selected) = self.router.screen().selected(&ctx) else {
            return Err("nothing is selected: what was may be gone".to_owned());
        };
        let world = ctx.world;
        let found = match &selected {
            Selected::Service(key) => {
                let all = world.workloads_of(key);
                meant(&all, verb)?
            }
            Selected::Workload(key) => world.workload(key).cloned(),
            Selected::Pod(key) => world.workload_of_pod(key).cloned(),
        };
        found.ok_or_else(|| "what was selected is gone".to_owned())
    }

    /// Says why an action cannot begin.
    pub(super) fn not_begun(&mut self, text: impl Into<String>, now: Now) -> Vec<Effect> {
        self.notices.push(Notice::new(Level::Warning, text), now);
        Vec::new()
    }

    /// Freezes the target of an action and opens its dialog. It is the key press
    /// that chooses: what moves on the screen afterwards does not matter.
    fn aim(
        &mut self,
        verb: &str,
        make: impl FnOnce(&Arc<Workload>, &World) -> Subject,
        now: Now,
    ) -> Vec<Effect> {
        let workload = match self.aimed_at(verb, now) {
            Ok(workload) => workload,
            Err(text) => return self.not_begun(text, now),
        };
        if let Err(kinds) = Right::to(verb, workload.key.kind) {
            return self.not_begun(format!("{verb} is {kinds}, not for a {}", workload.key.kind), now);
        }
        let subject = make(&workload, self.session.ctx(now).world);
        let (key, uid) = (workload.key.clone(), workload.uid.clone());
        self.open_action(key, uid, workload.resource_version.clone(), subject, now)
    }

    pub(super) fn open_action(
        &mut self,
        key: ObjectKey,
        uid: Uid,
        resource_version: ResourceVersion,
        subject: Subject,
        now: Now,
    ) -> Vec<Effect> {
        let Some(place) = &self.session.place else { return Vec::new() };
        let environment = self.environment_of(&key.namespace, now);
        let target = place.target(key, uid, resource_version);
        self.prompt = Some(Prompt::Action(Box::new(Action::new(target, environment, subject, now))));
        Vec::new()
    }

    pub(super) fn aim_rollback(&mut self, now: Now) -> Vec<Effect> {
        self.aim(
            "rollback",
            |workload, world| {
                Subject::Rollback(Picker::new(workload.clone(), world.revisions(&workload.uid)))
            },
            now,
        )
    }

    pub(super) fn aim_restart(&mut self, now: Now) -> Vec<Effect> {
        if let Some(effects) = self.aim_marked(&Verb::Restart, now) {
            return effects;
        }
        self.aim("restart", |_, _| Subject::Fixed(Verb::Restart), now)
    }

    pub(super) fn aim_scale(&mut self, now: Now) -> Vec<Effect> {
        self.aim(
            "scale",
            |workload, _| Subject::Scale { input: TextInput::default(), from: workload.replicas.desired },
            now,
        )
    }

    pub(super) fn aim_pause(&mut self, now: Now) -> Vec<Effect> {
        let switch = |workload: &Workload| if workload.paused { Verb::Resume } else { Verb::Pause };
        self.aim("pause", |workload, _| Subject::Fixed(switch(workload)), now)
    }

    pub(super) fn aim_image(&mut self, now: Now) -> Vec<Effect> {
        self.aim("set-image", |workload, _| Subject::Image(Images::new(workload)), now)
    }

    pub(super) fn aim_run_now(&mut self, now: Now) -> Vec<Effect> {
        self.aim("run-now", |workload, _| Subject::Fixed(Verb::run_now(&workload.key.name, now)), now)
    }

    /// Locks what is selected; `message` was typed behind the command.
    pub(super) fn aim_lock(&mut self, message: &str, now: Now) -> Vec<Effect> {
        // Typed with its message, it has not passed the table's own door.
        if let Some(effects) = self.forbidden(Command::Lock, now) {
            return effects;
        }
        if message.trim().is_empty() {
            return self.not_begun("say why, it is what others will read: :lock MESSAGE", now);
        }
        let message = message.trim().to_owned();
        self.aim("lock", |_, _| Subject::Fixed(Verb::Lock { message }), now)
    }

    pub(super) fn aim_unlock(&mut self, now: Now) -> Vec<Effect> {
        let found = self.aimed_at("unlock", now);
        let seen = found.ok().and_then(|workload| self.session.ctx(now).world.lock_of(&workload.key));
        match seen {
            Some(locked) => {
                let message = locked.lock.map(|lock| lock.message).unwrap_or_default();
                let verb = Verb::Unlock { lock: locked.uid, message };
                self.aim("unlock", |_, _| Subject::Fixed(verb), now)
            }
            None => self.not_begun("no lock on it is seen", now),
        }
    }

    pub(super) fn aim_delete(&mut self, now: Now) -> Vec<Effect> {
        self.aim_once(Verb::Delete, now)
    }

    pub(super) fn aim_evict(&mut self, now: Now) -> Vec<Effect> {
        self.aim_once(Verb::Evict, now)
    }

    /// A verb about the selected pod itself, and not about what it belongs to.
    fn aim_once(&mut self, verb: Verb, now: Now) -> Vec<Effect> {
        if let Some(effects) = self.aim_marked(&verb, now) {
            return effects;
        }
        let ctx = self.session.ctx(now);
        let Some(Selected::Pod(key)) = self.router.screen().selected(&ctx) else {
            return self.aim(verb.name(), |_, _| Subject::Fixed(verb.clone()), now);
        };
        match ctx.world.pod(&key).map(|pod| pod.uid.clone()) {
            Some(uid) => self.open_action(key, uid, ResourceVersion::default(), Subject::Fixed(verb), now),
            None => self.not_begun("the pod is gone", now),
        }
    }

    /// Sends the questions of the dialog in front that have fallen due.
    pub(super) fn questions(&mut self, now: Now) -> Vec<Effect> {
        if let Some(Prompt::Bulk(bulk)) = &mut self.prompt {
            let ticket = || {
                self.tickets += 1;
                self.tickets
            };
            let asked = bulk.questions(ticket, now).into_iter();
            return asked.map(|(ticket, ask)| Effect::Plan { ticket, ask }).collect();
        }
        let Some(Prompt::Action(action)) = &mut self.prompt else { return Vec::new() };
        let Some(question) = action.question(now) else { return Vec::new() };
        self.tickets += 1;
        action.asked(self.tickets);
        let ticket = self.tickets;
        vec![match question {
            Question::Action(ask) => Effect::Plan { ticket, ask },
            Question::Delivery(ask) => Effect::PlanDelivery { ticket, ask },
        }]
    }

    pub(super) fn planned(&mut self, ticket: u64, plan: Result<Box<Plan>, Fault>) -> Vec<Effect> {
        match &mut self.prompt {
            Some(Prompt::Action(action)) => action.planned(ticket, plan),
            Some(Prompt::Bulk(bulk)) => bulk.planned(ticket, plan),
            Some(
                Prompt::Line(..)
                | Prompt::Quit
                | Prompt::Menu(_)
                | Prompt::Asking(_)
                | Prompt::Silencing(_)
                | Prompt::Approving(_)
                | Prompt::Leave(_),
            )
            | None => {}
        }
        Vec::new()
    }

    /// Takes an answer to the gate. Only its permit lets the plan out, once.
    pub(super) fn fire(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Action(action)) = &mut self.prompt else { return Vec::new() };
        if action.delivery().is_some() {
            return self.fire_delivery(answer, now);
        }
        let (Some(plan), Some(place)) = (action.plan(), &self.session.place) else { return Vec::new() };
        let input = GateInput {
            plan,
            here: place.here(&self.session.mode, now),
            running: self.session.running_on(&plan.order.target.uid),
            answer,
        };
        let permit = match admit(&input) {
            Ok(permit) => permit,
            Err(refusal) => {
                action.refused(&refusal, now);
                return Vec::new();
            }
        };
        let Some(Prompt::Action(action)) = self.prompt.take() else { return Vec::new() };
        self.deaf = true;
        let Some(plan) = action.into_plan() else { return Vec::new() };
        let text = format!("{} of {} begins", plan.order.verb.phrase(), plan.order.target.key.name);
        let key = self.keymap.key(Command::Operations);
        self.notices.push(Notice { level: Level::Info, text, hint: format!("{key} shows how it goes") }, now);
        self.session.put_run(RunView::begun(&plan.order));
        vec![Effect::Execute { plan, permit }]
    }
}
