//! Effects carried out: each begins a task whose answer comes back as an event.

use super::links::Open;
use super::profile::Profile;
use super::views::Kept;
use super::{Message, Ready, forward};
use crate::cluster::{Cluster, ConnectOptions, contexts};
use crate::domain::{
    Actor, AuditEntry, ContextName, Fault, FaultKind, Namespace, OperationId, Permit, Plan, World, WriteMode,
};
use crate::engine::Expected;
use crate::msg::{
    Ask, ContextInfo, DocumentAsk, Effect, Event, Found, Level, LogQuery, Look, Notice, Outside, Place,
};
use crate::shell::catalogue::{self, Source};
use crate::shell::collector;
use crate::shell::connection::{Connector, Link};
use crate::shell::deliver::{Deliveries, Pace as Clock};
use crate::shell::engine::{Engine, Job};
use crate::shell::forward::Forwards;
use crate::shell::outside::{self, Surface};
use crate::shell::planner::{self, Surroundings};
use crate::shell::slos::{History, SloSource};
use crate::shell::{Tasks, docs, follow, journal, look, picture};
use crate::store::{AuditLog, Folders, Layers};
use std::collections::VecDeque;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Plans whose expectation is kept until they are confirmed or forgotten.
const REMEMBERED: usize = 128;

/// What stays the same while the console runs.
#[derive(Clone)]
pub struct Standing {
    /// How to connect.
    pub options: ConnectOptions,
    /// Whether that is the embedded cluster.
    pub demo: bool,
    /// Who acts; the cluster's name for them is filled in by each connection.
    pub actor: Actor,
    /// Our files.
    pub folders: Folders,
    /// The audit log.
    pub audit: AuditLog,
    /// What carries plans out.
    pub engine: Engine,
    /// What drives deliveries.
    pub deliveries: Deliveries,
    /// The cluster's time.
    pub clock: Clock,
    /// What is configured, by context.
    pub layers: Layers,
    /// Objectives unless others are configured, with their past; the embedded
    /// cluster has its own.
    pub slos: Option<(SloSource, History)>,
    /// The catalogue unless another is configured; the embedded cluster has its own.
    pub catalog: Option<Source>,
}

pub(super) struct Runner {
    pub(super) standing: Standing,
    place: Place,
    pub(super) profile: Profile,
    pub(super) tasks: Tasks,
    connector: Connector,
    pub(super) out: mpsc::Sender<Message>,
    log: Option<CancellationToken>,
    pub(super) forwards: Forwards,
    expected: VecDeque<(OperationId, Expected)>,
    pub(super) kept: Kept,
}

impl Runner {
    pub(super) fn new(
        standing: Standing,
        tasks: Tasks,
        connector: Connector,
        out: mpsc::Sender<Message>,
    ) -> Self {
        let (place, profile, expected) = (Place::default(), Profile::default(), VecDeque::new());
        let (log, kept) = (None, Kept::default());
        let forwards = Forwards::new(tasks.clone());
        tasks.spawn("tell of tunnels", forward::tell(forwards.news(), out.clone()));
        Self { standing, place, profile, tasks, connector, out, log, forwards, expected, kept }
    }

    pub(super) fn begin(&mut self, ready: Option<Ready>) {
        self.connector.begin(ready);
    }

    pub(super) fn folders(&self) -> &Folders {
        &self.standing.folders
    }

    /// A connection comes to the front: from now on we act under its name for
    /// us, as is configured for its context. What the screen is to be told
    /// after it.
    pub(super) fn enter(&mut self, mut place: Place) -> (Place, Vec<Event>) {
        let first = self.place.context.is_empty();
        let (config, warnings) = self.standing.layers.within(place.context.as_str());
        self.profile = Profile::of(&config);
        place.locked.clone_from(&self.profile.locked);
        self.standing.actor.cluster_user.clone_from(&place.user);
        self.place = place.clone();
        self.stop_log();
        let mut events = vec![Event::Configured(self.profile.screen.clone())];
        // Those of the first context were told at the start.
        let warnings = warnings.iter().filter(|_| !first);
        events
            .extend(warnings.map(|warning| Event::Notice(Notice::new(Level::Warning, warning.to_string()))));
        (place, events)
    }

    /// Takes over what died here.
    pub(super) fn recover(&self, cluster: &Cluster) {
        if let Err(fault) = self.standing.engine.recover(cluster) {
            tracing::error!("cannot look for unfinished operations: {fault}");
        }
    }

    /// Makes another connection; the one there is stays until the new one stands.
    pub(super) fn connect(&mut self, context: &ContextName, namespace: Option<&Namespace>) {
        self.connector.switch(context, namespace);
    }

    /// Whether the connection of this attempt is still wanted.
    pub(super) fn wants(&self, number: u64) -> bool {
        self.connector.wants(number)
    }

    /// Gives up a connection that is being made: the person went elsewhere.
    pub(super) fn stay(&mut self) {
        self.connector.stop();
    }

    /// Opens a connection's watches, and the reading of metrics unless that is off.
    pub(super) fn open(&self, cluster: Cluster) -> Open {
        Open::new(|out| {
            let link = Link::open(cluster, self.place.clone(), &self.tasks);
            if self.profile.collects() { link.collecting(self.collection(), &self.tasks, out) } else { link }
        })
    }

    fn collection(&self) -> collector::Plan {
        let folders = self.standing.folders.clone();
        let (slos, history) = match &self.standing.slos {
            Some((source, history)) if self.profile.slos.is_empty() => {
                (source.clone(), Some(history.clone()))
            }
            Some(_) | None => (SloSource::of_setting(&self.profile.slos, &folders), None),
        };
        // The embedded cluster is another one each time: its slots are worth nothing later.
        let kept_in = (!self.standing.demo).then(|| folders.slots(self.place.context.as_str()));
        let mut access = self.profile.access.clone();
        if let Ok(access) = &mut access {
            // The embedded cluster has no monitoring, and pods that want to be read.
            access.look &= !self.standing.demo;
        }
        let (namespace, scrape) = (self.place.namespace.clone(), self.profile.scrape);
        let policy = self.profile.policy.clone();
        let clock = self.standing.clock.clone();
        collector::Plan { access, scrape, slos, policy, namespace, folders, slots: kept_in, history, clock }
    }

    /// Keeps what a plan expects until it is confirmed.
    pub(super) fn remember(&mut self, plan: Plan, expected: Expected) -> Box<Plan> {
        if self.expected.len() == REMEMBERED {
            self.expected.pop_front();
        }
        self.expected.push_back((plan.order.id.clone(), expected));
        Box::new(plan)
    }

    /// Begins to carry an effect out. An event comes back at once only if it
    /// could not begin.
    pub(super) fn run(&mut self, effect: Effect, open: Option<&Open>, world: &World) -> Option<Event> {
        let link = open.map(|open| &open.link);
        match effect {
            Effect::Plan { ticket, ask } => self.plan(ticket, ask, open, world),
            Effect::Execute { plan, permit } => self.execute(*plan, permit, link),
            Effect::PlanDelivery { ticket, ask } => self.plan_delivery(ticket, *ask, link, world),
            Effect::Deliver { plan, warrant } => self.deliver(*plan, warrant, link),
            Effect::Request { record, request, reason, warrant } => {
                self.request(record, request, reason, warrant, link)
            }
            Effect::TakeOver { record, warrant } => self.take_over(record, warrant, link),
            Effect::Silence { order, permit } => self.silence(*order, permit, link),
            Effect::HandOver => {
                self.standing.deliveries.hand_over();
                None
            }
            Effect::AskRights(namespace) => {
                self.ask_rights(namespace, open);
                None
            }
            Effect::LoadContexts => self.load_contexts(),
            Effect::LoadAudit => self.load_audit(),
            Effect::LoadCatalog => self.load_catalog(open),
            Effect::RecordMode(mode) => {
                self.record(self.mode(&mode), "");
                None
            }
            Effect::RecordNote(text) => {
                self.record(self.note(text), "noted in the audit log");
                None
            }
            Effect::KeepViews(views) => self.keep_views(views),
            Effect::FollowLogs(query) => self.follow(query, open),
            Effect::SaveLog { name, text } => self.save_log(name, text),
            Effect::Look { ticket, look } => self.look(ticket, look, open),
            Effect::Forward(ask) => Some(self.forward(ask, link)),
            Effect::Redirect { id, pod } => {
                self.forwards.redirect(id, pod);
                None
            }
            Effect::StopForward(id) => {
                self.forwards.close(id);
                None
            }
            Effect::StopLogs => {
                self.stop_log();
                None
            }
            // These are the loop's own: they need the terminal, or all connections.
            Effect::Outside(_)
            | Effect::Connect { .. }
            | Effect::Ring(_)
            | Effect::Copy(_)
            | Effect::SaveScreen
            | Effect::Suspend
            | Effect::Repaint
            | Effect::Quit => None,
        }
    }

    /// Lends the terminal, and records a shell: what is done in it is seen by nobody else.
    pub(super) async fn outside(&mut self, outside: Outside, open: Option<&Open>) -> Vec<Event> {
        if let Outside::Shell { pod, .. } = &outside {
            let denied = self.profile.guardrails.denies("shell").then_some("shell is denied in this context");
            if let Some(why) = self.profile.locked.as_deref().or(denied) {
                let fault = Fault::new(FaultKind::Refused, format!("no shell was opened: {why}"));
                return vec![Event::Notice(Notice::from(&fault))];
            }
            let text = format!("shell in {pod}");
            self.record(self.note(text), "");
        }
        if let Outside::Login { context } = &outside {
            let event = self.connector.login(context).await;
            return vec![event];
        }
        let surface = Surface {
            cluster: open.map(|open| &open.link.cluster),
            kubeconfig: self.standing.options.kubeconfig.as_deref(),
            folders: &self.standing.folders,
        };
        outside::run(outside, surface).await
    }

    /// A server that does not say leaves everything enabled: the plan will ask.
    fn ask_rights(&self, namespace: Namespace, open: Option<&Open>) {
        let Some(open) = open else { return };
        let (cluster, out) = (open.link.cluster.clone(), open.out.clone());
        self.tasks.spawn("rights", async move {
            match cluster.rights(&namespace).await {
                Ok(rights) => {
                    let _closing = out.send(Message::Event(Event::Rights(namespace, rights))).await;
                }
                Err(fault) => tracing::info!("{fault}"),
            }
        });
    }

    fn plan(&mut self, ticket: u64, ask: Ask, open: Option<&Open>, world: &World) -> Option<Event> {
        let Some(open) = open else {
            return Some(Event::Planned { ticket, plan: Err(not_connected()) });
        };
        let around =
            Surroundings::of(world, &ask.target, self.profile.undeclared, self.profile.guardrails.clone());
        let around = around.with_catalog(open.catalog.as_ref(), world, &ask.target);
        let (cluster, out, actor) =
            (open.link.cluster.clone(), open.out.clone(), self.standing.actor.clone());
        let clock = self.standing.clock.clone();
        self.tasks.spawn("plan", async move {
            let plan = Box::new(Box::pin(planner::plan(&cluster, ask, actor, around, &clock)).await);
            let _closing = out.send(Message::Planned { ticket, plan }).await;
        });
        None
    }

    fn execute(&mut self, plan: Plan, permit: Permit, link: Option<&Link>) -> Option<Event> {
        let id = plan.order.id.clone();
        let at = self.expected.iter().position(|(known, _)| *known == id);
        let expected = at.and_then(|at| self.expected.remove(at));
        if let Some(setting) = &self.profile.locked {
            let text = format!("read-only by configuration ({setting}): nothing was sent");
            let fault = Fault::new(FaultKind::Refused, text).hint("take that setting away to write here");
            return Some(Event::Notice(Notice::from(&fault)));
        }
        let begun = match (link, expected) {
            (Some(link), Some((_, expected))) => {
                let cluster = link.cluster.clone();
                self.standing.engine.execute(Job { cluster, plan, expected, permit })
            }
            (None, _) => Err(not_connected()),
            (_, None) => Err(Fault::new(FaultKind::Internal, "the plan was forgotten: nothing was sent")
                .hint("ask for it again")),
        };
        begun.err().map(|fault| Event::Notice(Notice::from(&fault)))
    }

    fn load_contexts(&self) -> Option<Event> {
        let (options, out) = (self.connector.options.clone(), self.out.clone());
        self.tasks.spawn("read contexts", async move {
            let found = match tokio::task::spawn_blocking(move || contexts(&options)).await {
                Ok(found) => found,
                Err(error) => Err(Fault::new(FaultKind::Internal, error.to_string())),
            };
            let found = found.map(|list| list.into_iter().map(context_info).collect());
            let _closing = out.send(Message::Event(Event::Contexts(found))).await;
        });
        None
    }

    /// Reads the catalogue of the context in front.
    pub(super) fn load_catalog(&self, open: Option<&Open>) -> Option<Event> {
        let out = open.map_or(&self.out, |open| &open.out).clone();
        self.tasks.spawn("read the catalogue", catalogue::tell(self.catalog_source(), out));
        None
    }

    fn load_audit(&self) -> Option<Event> {
        let (audit, out) = (self.standing.audit.clone(), self.out.clone());
        self.tasks.spawn("read the audit log", async move {
            let read = journal::read(&audit).await;
            let _closing = out.send(Message::Event(Event::Audit(read))).await;
        });
        None
    }

    fn mode(&self, mode: &WriteMode) -> AuditEntry {
        journal::mode(&self.place, &self.standing.actor, mode, self.standing.clock.seen())
    }

    pub(super) fn note(&self, text: String) -> AuditEntry {
        journal::note(&self.place, &self.standing.actor, text, self.standing.clock.now().wall)
    }

    /// Appends a line; says so if `told` is not empty, and always if it fails.
    pub(super) fn record(&self, entry: AuditEntry, told: &'static str) {
        let (audit, out) = (self.standing.audit.clone(), self.out.clone());
        self.tasks.spawn("write the audit log", async move {
            let notice = match journal::append(&audit, entry).await {
                Ok(_) if told.is_empty() => return,
                Ok(_) => Notice::new(Level::Success, told),
                Err(fault) => Notice::from(&fault),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
    }

    fn follow(&mut self, query: LogQuery, open: Option<&Open>) -> Option<Event> {
        self.stop_log();
        let Some(Open { link, out, .. }) = open else {
            return Some(Event::Notice(Notice::from(&not_connected())));
        };
        let log = follow::follow(link.cluster.clone(), query, self.standing.clock.clone(), out.clone());
        self.log = Some(self.tasks.spawn("follow a log", log));
        None
    }

    fn save_log(&self, name: String, text: String) -> Option<Event> {
        let (folders, out) = (self.standing.folders.clone(), self.out.clone());
        let now = self.standing.clock.seen();
        self.tasks.spawn("save a log", async move {
            let saving = move || picture::save_log(&name, &text, &folders, now);
            let notice = match tokio::task::spawn_blocking(saving).await {
                Ok(Ok(path)) => Notice::new(Level::Success, format!("saved {}", path.display())),
                Ok(Err(fault)) => Notice::from(&fault),
                Err(error) => Notice::new(Level::Error, format!("the log was not saved: {error}")),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }

    fn look(&self, ticket: u64, look: Look, open: Option<&Open>) -> Option<Event> {
        if let Look::Document(ask) = look {
            self.document(ticket, ask);
            return None;
        }
        let Some(Open { link, out, .. }) = open else {
            return Some(Event::Notice(Notice::from(&not_connected())));
        };
        let (cluster, store, out) = (link.cluster.clone(), link.samples(), out.clone());
        let at = self.standing.clock.now().wall;
        self.tasks.spawn("look something up", async move {
            let found = look::find(&cluster, store, look, at).await;
            let _closing = out.send(Message::Event(Event::Found { ticket, found })).await;
        });
        None
    }

    /// Files need no connection.
    fn document(&self, ticket: u64, ask: DocumentAsk) {
        let (source, out) = (self.catalog_source(), self.out.clone());
        self.tasks.spawn("read a document", async move {
            let reading = tokio::task::spawn_blocking(move || docs::find(source.as_ref(), &ask));
            let failed =
                |error: tokio::task::JoinError| Err(Fault::new(FaultKind::Internal, error.to_string()));
            let found = Found::Document(reading.await.unwrap_or_else(failed));
            let _closing = out.send(Message::Event(Event::Found { ticket, found })).await;
        });
    }

    fn catalog_source(&self) -> Option<Source> {
        self.profile.catalog.clone().or_else(|| self.standing.catalog.clone())
    }

    fn stop_log(&mut self) {
        if let Some(log) = self.log.take() {
            log.cancel();
        }
    }
}

fn context_info(found: crate::cluster::ContextInfo) -> ContextInfo {
    ContextInfo {
        name: found.name,
        cluster: found.url,
        namespace: found.namespace.unwrap_or_default(),
        current: found.current,
    }
}

pub(super) fn not_connected() -> Fault {
    Fault::new(FaultKind::Unreachable, "not connected: nothing was sent").hint("wait for the connection")
}
