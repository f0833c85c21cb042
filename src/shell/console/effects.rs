//! Effects carried out: each begins a task whose answer comes back as an event.

use super::links::Open;
use super::profile::Profile;
use super::views::Kept;
use super::{Message, Ready, forward};
use crate::cluster::{Cluster, ConnectOptions};
use crate::domain::{
    Actor, AuditEntry, ContextName, Fault, FaultKind, Namespace, OperationId, World, WriteMode,
};
use crate::engine::Expected;
use crate::msg::{Effect, Event, Level, Notice, Place};
use crate::shell::catalogue::Source;
use crate::shell::collector;
use crate::shell::connection::{Connector, Link};
use crate::shell::deliver::{Deliveries, Pace as Clock};
use crate::shell::engine::Engine;
use crate::shell::forward::Forwards;
use crate::shell::slos::{History, SloSource};
use crate::shell::{Tasks, journal};
use crate::signals::chart::ChartKind;
use crate::store::{AuditLog, Folders, Layers};
use std::collections::{HashMap, VecDeque};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
    pub(super) place: Place,
    pub(super) profile: Profile,
    pub(super) tasks: Tasks,
    pub(super) connector: Connector,
    pub(super) out: mpsc::Sender<Message>,
    pub(super) log: Option<CancellationToken>,
    /// The questions of charts, one of each kind.
    pub(super) charts: HashMap<ChartKind, CancellationToken>,
    pub(super) forwards: Forwards,
    pub(super) expected: VecDeque<(OperationId, Expected)>,
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
        let (log, charts, kept) = (None, HashMap::new(), Kept::default());
        let forwards = Forwards::new(tasks.clone());
        tasks.spawn("tell of tunnels", forward::tell(forwards.news(), out.clone()));
        Self { standing, place, profile, tasks, connector, out, log, charts, forwards, expected, kept }
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
        self.stop_charts();
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
        let folders = &self.standing.folders;
        let (slos, history) = match &self.standing.slos {
            Some((source, history)) if self.profile.slos.is_empty() => {
                (source.clone(), Some(history.clone()))
            }
            Some(_) | None => (SloSource::of_setting(&self.profile.slos, folders), None),
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
        collector::Plan { access, scrape, slos, policy, namespace, slots: kept_in, history, clock }
    }

    /// Begins to carry an effect out. An event comes back at once only if it
    /// could not begin.
    pub(super) fn run(&mut self, effect: Effect, open: Option<&Open>, world: &World) -> Option<Event> {
        let link = open.map(|open| &open.link);
        match effect {
            Effect::Plan { ticket, ask } => self.plan(ticket, ask, open, world),
            Effect::Execute { plan, permit } => self.execute(*plan, permit, link),
            Effect::PlanDelivery { ticket, ask } => self.plan_delivery(ticket, *ask, open, world),
            Effect::Deliver { plan, warrant } => self.deliver(*plan, warrant, link),
            Effect::Request { record, request, reason, glass, budget, warrant } => {
                self.request(record, (request, reason), (glass, budget), warrant, (open, world))
            }
            Effect::Approve { plan, target, note, warrant } => {
                self.approve(*plan, (target, note), warrant, open, world)
            }
            Effect::TakeOver { record, warrant } => self.take_over(record, warrant, link),
            Effect::LookAtLeases(asks) => self.look_at_leases(asks, open),
            Effect::Silence { order, permit } => self.silence(*order, permit, link),
            Effect::HandOver => self.hand_over(),
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
            Effect::ReadChart { ticket, ask } => self.read_chart(ticket, *ask, open),
            Effect::StopCharts => self.stop_charts(),
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
}

pub(super) fn not_connected() -> Fault {
    Fault::new(FaultKind::Unreachable, "not connected: nothing was sent").hint("wait for the connection")
}
