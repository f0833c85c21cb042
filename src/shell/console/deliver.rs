//! Effects about deliveries.

use super::Message;
use super::effects::{Runner, not_connected};
use super::links::Open;
use crate::cluster::Cluster;
use crate::domain::{Check, Fault, FaultKind, ObjectKey, Warrant, World};
use crate::engine::canary::Request;
use crate::engine::delivery::{DeliveryAsk, DeliveryPlan, Doubt};
use crate::engine::gates::{Glass, Release};
use crate::msg::{Event, LeaseAsk, Level, Notice};
use crate::shell::connection::Link;
use crate::shell::deliver::{News, heartbeats};
use crate::shell::gates::{GateFiles, site_of};
use crate::shell::planner::{Services, Surroundings};

/// What the screen is told.
pub(super) fn event(news: News) -> Event {
    match news {
        News::Driving(records) => Event::Driving(records),
        News::Told(notice) => Event::Notice(notice),
    }
}

impl Runner {
    pub(super) fn plan_delivery(
        &self,
        ticket: u64,
        ask: DeliveryAsk,
        open: Option<&Open>,
        world: &World,
    ) -> Option<Event> {
        let Some(open) = open else {
            return Some(Event::DeliveryPlanned { ticket, plan: Err(not_connected()) });
        };
        let services = Services::of(world, open.catalog.as_ref());
        let around = Surroundings::of(world, &ask.target, &services, self.profile.guard());
        let only = open.link.place.namespace.as_ref();
        let around = around.with_vicinity(world, &ask.target, &services, only);
        let (cluster, actor) = (open.link.cluster.clone(), self.standing.actor.clone());
        let planner = self.standing.deliveries.planner(cluster, actor);
        let (out, files, catalog) = (self.out.clone(), self.gate_files(), open.catalog.clone());
        self.tasks.spawn("plan a delivery", async move {
            let book = files.load_aside().await.with_people(catalog.as_deref());
            let around = around.with_gates(book, None);
            let plan = Box::pin(planner.plan(ask, around)).await.map(Box::new);
            let _closing = out.send(Message::Event(Event::DeliveryPlanned { ticket, plan })).await;
        });
        None
    }

    /// The freezes of the context. The demo's own time knows none of them.
    pub(super) fn gate_files(&self) -> GateFiles {
        if self.standing.demo {
            return GateFiles::default();
        }
        GateFiles::of_setting(&self.profile.gates, &self.standing.folders)
    }

    /// Ends the driving from here; others may take it over.
    pub(super) fn hand_over(&self) -> Option<Event> {
        self.standing.deliveries.hand_over();
        None
    }

    /// Why nothing may be written here, as a notice, or where to write.
    pub(super) fn open_for_writing(&self, link: Option<&Link>) -> Result<Cluster, Box<Event>> {
        self.writable(link).map_err(|fault| Box::new(Event::Notice(Notice::from(&fault))))
    }

    fn writable(&self, link: Option<&Link>) -> Result<Cluster, Fault> {
        if let Some(setting) = &self.profile.locked {
            let text = format!("read-only by configuration ({setting}): nothing was sent");
            return Err(Fault::new(FaultKind::Refused, text).hint("take that setting away to write here"));
        }
        link.map(|link| link.cluster.clone()).ok_or_else(not_connected)
    }

    pub(super) fn deliver(&self, plan: DeliveryPlan, warrant: Warrant, link: Option<&Link>) -> Option<Event> {
        let operation = plan.record.id.clone();
        let cluster = match self.writable(link) {
            Ok(cluster) => cluster,
            Err(fault) => return Some(Event::DeliveryBegun { operation, begun: Err(fault) }),
        };
        let (deliveries, out) = (self.standing.deliveries.clone(), self.out.clone());
        // Quitting meanwhile must not leave a record nobody knows of.
        self.tasks.spawn_careful("start a delivery", |_ending| async move {
            let started = deliveries.start(&cluster, plan, warrant, true).await;
            let begun = started.map(|record| format!("{} started", record.name));
            let _closing = out.send(Message::Event(Event::DeliveryBegun { operation, begun })).await;
        });
        None
    }

    pub(super) fn request(
        &self,
        record: ObjectKey,
        (request, mut reason): (Request, String),
        (glass, budget): (Option<Glass>, Option<Box<Check>>),
        warrant: Warrant,
        (open, world): (Option<&Open>, &World),
    ) -> Option<Event> {
        let cluster = match self.open_for_writing(open.map(|open| &open.link)) {
            Ok(cluster) => cluster,
            Err(event) => return Some(*event),
        };
        let promotes = matches!(request, Request::Promote | Request::PromoteFull);
        let catalog = open.and_then(|open| open.catalog.as_ref());
        let (undeclared, rails) = self.profile.guard();
        let kept = promotes.then(|| (site_of(world, &record, undeclared, catalog), self.gate_files()));
        let now = self.standing.clock.now();
        let (deliveries, out, actor) =
            (self.standing.deliveries.clone(), self.out.clone(), self.standing.actor.clone());
        self.tasks.spawn("ask a delivery", async move {
            if let Some((site, files)) = kept {
                let release = Release { actor: &actor, reason: &reason, glass: glass.as_ref() };
                let frozen = files.load_aside().await.freeze(&site, now.wall, release);
                let doubt = Doubt::of(site.environment, site.tier, &rails, glass.as_ref(), &reason);
                let wrong = rails.wrong_server(cluster.url());
                let checks = wrong.into_iter().chain(budget.map(|check| *check)).chain([frozen]);
                match doubt.promotes(checks, &reason) {
                    Ok(said) => reason = said,
                    Err(check) => {
                        let text = format!("not asked: {}: {}", check.name, check.observed);
                        let fault = Fault::new(FaultKind::Refused, text).hint(check.remedy);
                        let _closing = out.send(Message::Event(Event::Notice(Notice::from(&fault)))).await;
                        return;
                    }
                }
            }
            let asked = deliveries.request(&cluster, &record, (request, &reason), warrant, actor).await;
            let notice = match asked {
                Ok(Some(note)) => Notice::new(Level::Success, note),
                Ok(None) => {
                    let mut notice =
                        Notice::new(Level::Warning, "nobody drives it: the request waits in its record");
                    "take it over, or run qd engine".clone_into(&mut notice.hint);
                    notice
                }
                Err(fault) => Notice::from(&fault),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }

    /// Without a connection nobody is heard; the console asks again.
    pub(super) fn look_at_leases(&self, asks: Vec<LeaseAsk>, open: Option<&Open>) -> Option<Event> {
        let Open { link, out, .. } = open?;
        let (cluster, out) = (link.cluster.clone(), out.clone());
        self.tasks.spawn("look at leases", async move {
            let found = heartbeats(&cluster, asks).await;
            let _closing = out.send(Message::Event(Event::Leases(found))).await;
        });
        None
    }

    pub(super) fn take_over(
        &self,
        record: ObjectKey,
        warrant: Warrant,
        link: Option<&Link>,
    ) -> Option<Event> {
        let cluster = match self.open_for_writing(link) {
            Ok(cluster) => cluster,
            Err(event) => return Some(*event),
        };
        let (deliveries, out, actor) =
            (self.standing.deliveries.clone(), self.out.clone(), self.standing.actor.clone());
        self.tasks.spawn("take a delivery over", async move {
            let taken = match deliveries.watch_lease(&cluster, &record).await {
                Ok(lease) => deliveries.take_over(&cluster, &record, warrant, actor, &lease).await,
                Err(fault) => Err(fault),
            };
            let notice = match taken {
                Ok(()) => Notice::new(Level::Success, format!("{} is driven from here now", record.name)),
                Err(fault) => Notice::from(&fault),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }
}
