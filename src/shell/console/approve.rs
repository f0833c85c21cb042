//! Approvals asked for and given on the screen.

use super::Message;
use super::effects::{Runner, not_connected};
use super::links::Open;
use crate::domain::{CheckOutcome, Fault, FaultKind, Target, Warrant, World};
use crate::engine::delivery::SavedPlan;
use crate::engine::gates::{Approval, short_hash};
use crate::msg::{Event, Level, Notice};
use crate::shell::gates::site_at;

impl Runner {
    pub(super) fn approve(
        &self,
        plan: SavedPlan,
        (target, note): (Target, Option<String>),
        warrant: Warrant,
        open: Option<&Open>,
        world: &World,
    ) -> Option<Event> {
        let cluster = match self.open_for_writing(open.map(|open| &open.link)) {
            Ok(cluster) => cluster,
            Err(event) => return Some(*event),
        };
        let (Some(open), Some(workload)) = (open, world.workload(&target.key)) else {
            return Some(Event::Notice(Notice::from(&not_connected())));
        };
        let site = site_at(world, workload, self.profile.undeclared, open.catalog.as_ref());
        let (files, out, now) = (self.gate_files(), self.out.clone(), self.standing.clock.now());
        let (deliveries, actor) = (self.standing.deliveries.clone(), self.standing.actor.clone());
        let catalog = open.catalog.clone();
        self.tasks.spawn("approve a plan", async move {
            let approval = note.map(|note| Approval { by: actor.clone(), at: now.wall, note });
            let hash = short_hash(&plan.hash);
            let book = files.load_aside().await.with_people(catalog.as_deref());
            let check = book.approver(&site, &actor.cluster_user, &plan.by);
            let done = if approval.is_some() && check.outcome == CheckOutcome::Fail {
                let text = format!("not approved: {}", check.observed);
                Err(Fault::new(FaultKind::Refused, text).hint(check.remedy))
            } else {
                let said = if approval.is_some() {
                    "is approved"
                } else {
                    "is kept: others approve it in :approvals"
                };
                let asked =
                    deliveries.approve(&cluster, ((&plan, &target), approval), &warrant, &actor).await;
                asked.map(|()| format!("plan {hash} {said}"))
            };
            let notice = match done {
                Ok(text) => Notice::new(Level::Success, text),
                Err(fault) => Notice::from(&fault),
            };
            let _closing = out.send(Message::Event(Event::Notice(notice))).await;
        });
        None
    }
}
