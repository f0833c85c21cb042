//! A connection for one verb, with everything it prints already listed.

use super::out::aside;
use super::setup::Setup;
use crate::catalog::{Catalog, Joined};
use crate::domain::{Actor, Fault, FaultKind, Kind, LinkState, Namespace, ServiceRow, StreamState, World};
use crate::shell::catalogue::Source;
use crate::shell::{Link, Tasks, arrive, clock};
use std::sync::Arc;
use std::time::Duration;

/// A verb waits at most this long for the lists it prints.
const PATIENCE: Duration = Duration::from_secs(15);
/// Taken from the channel at once.
const BATCH: usize = 1024;
/// The kinds a verb cannot do without.
pub(super) const WORKLOADS: [Kind; 3] = [Kind::Deployment, Kind::StatefulSet, Kind::DaemonSet];

/// A connection whose watches have listed.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) link: Link,
    pub(super) world: World,
    pub(super) actor: Actor,
    /// The service catalogue, if one is configured and can be read.
    pub(super) catalog: Option<Arc<Catalog>>,
    /// Namespaces, events or other kinds that may not be seen.
    pub(super) hidden: Vec<(Kind, Fault)>,
}

impl Session {
    /// Connects and waits until every kind is listed or known to be forbidden.
    ///
    /// Fails if the server does not answer in time or shows no workloads at all.
    pub(super) async fn open(setup: &Setup, tasks: &Tasks) -> Result<Self, Fault> {
        let (cluster, place, doubt) = arrive(&setup.connect_options(), false).await?;
        if let Some(fault) = doubt
            && fault.kind.exit_code() == 5
        {
            return Err(fault);
        }
        let actor = Actor { cluster_user: place.user.clone(), ..setup.actor.clone() };
        let link = Link::open(cluster, place, tasks);
        let mut session =
            Self { link, world: World::default(), actor, catalog: catalog(setup), hidden: Vec::new() };
        match tokio::time::timeout(PATIENCE, session.list()).await {
            Ok(result) => result?,
            Err(_elapsed) => return Err(session.too_slow()),
        }
        session.note_hidden();
        if WORKLOADS.iter().all(|kind| session.hidden.iter().any(|(hidden, _)| hidden == kind)) {
            return Err(session.sees_nothing());
        }
        Ok(session)
    }

    /// Every service with what the catalogue knows of it, and the join.
    pub(super) fn services(&self) -> (Vec<ServiceRow>, Joined) {
        let mut rows = self.world.services();
        let joined = Joined::with_rows(self.catalog.as_ref(), &mut rows);
        (rows, joined)
    }

    async fn list(&mut self) -> Result<(), Fault> {
        let mut facts = Vec::new();
        while Kind::all().any(|kind| matches!(self.world.stream(kind), StreamState::Loading)) {
            facts.clear();
            if self.link.facts.recv_many(&mut facts, BATCH).await == 0 {
                return Err(Fault::new(FaultKind::Internal, "the watches ended"));
            }
            for fact in facts.drain(..) {
                self.world.apply(fact);
            }
            self.check_link()?;
        }
        Ok(())
    }

    fn check_link(&self) -> Result<(), Fault> {
        match self.world.link() {
            LinkState::Lost { fault, .. } => Err(fault.clone()),
            LinkState::Connecting | LinkState::Live { .. } => Ok(()),
        }
    }

    fn too_slow(&self) -> Fault {
        let missing: Vec<_> = Kind::all()
            .filter(|kind| matches!(self.world.stream(*kind), StreamState::Loading))
            .map(Kind::plural)
            .collect();
        let text = format!(
            "{} did not list {} within {} s",
            self.link.place.cluster,
            missing.join(", "),
            PATIENCE.as_secs()
        );
        Fault::new(FaultKind::Timeout, text).hint("look at fewer with --namespace")
    }

    fn note_hidden(&mut self) {
        for kind in Kind::all() {
            if let StreamState::Forbidden { fault } | StreamState::Stale { fault, .. } =
                self.world.stream(kind)
            {
                self.hidden.push((kind, fault.clone()));
            }
        }
    }

    fn sees_nothing(&self) -> Fault {
        let place = match &self.link.place.namespace {
            Some(namespace) => format!("namespace {namespace}"),
            None => "the whole cluster".to_owned(),
        };
        let why = self.hidden.first().map(|(_, fault)| fault.clone());
        let kind = why.as_ref().map_or(FaultKind::Forbidden, |fault| fault.kind);
        let text = format!("no workloads can be seen in {place}");
        let fault = Fault::new(kind, why.map_or(text.clone(), |fault| format!("{text}: {fault}")));
        fault.hint("name a namespace you may see with --namespace")
    }

    /// The namespace looked at, as said to a person.
    pub(super) fn scope(&self) -> String {
        self.link.place.namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), Namespace::to_string)
    }

    /// How long ago `at` was, in words; a dash if nobody knows.
    pub(super) fn age(at: Option<jiff::Timestamp>) -> String {
        at.map_or_else(|| "—".to_owned(), |at| crate::domain::short_duration(clock::now().since(at)))
    }
}

/// The configured catalogue. One that cannot be read is said and costs only
/// what it knows.
fn catalog(setup: &Setup) -> Option<Arc<Catalog>> {
    match Source::of_setting(setup.config.text("catalog")?)?.load(Some(&setup.folders)) {
        Ok(loaded) => Some(Arc::new(loaded.catalog)),
        Err(fault) => {
            aside(&format!("qd: the catalogue is left out: {fault}"));
            None
        }
    }
}
