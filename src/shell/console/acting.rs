//! Actions: worked out, carried out, and programs the terminal is lent to.

use super::Message;
use super::effects::{Runner, not_connected};
use super::links::Open;
use crate::domain::{Fault, FaultKind, Namespace, Permit, Plan, World};
use crate::engine::Expected;
use crate::msg::{Ask, Event, Notice, Outside};
use crate::shell::connection::Link;
use crate::shell::engine::Job;
use crate::shell::outside::{self, Surface};
use crate::shell::planner::{self, Services, Surroundings};

/// Plans whose expectation is kept until they are confirmed or forgotten.
const REMEMBERED: usize = 128;

impl Runner {
    /// Keeps what a plan expects until it is confirmed.
    pub(super) fn remember(&mut self, plan: Plan, expected: Expected) -> Box<Plan> {
        if self.expected.len() == REMEMBERED {
            self.expected.pop_front();
        }
        self.expected.push_back((plan.order.id.clone(), expected));
        Box::new(plan)
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
        let surface = Surface {
            cluster: open.map(|open| &open.link.cluster),
            connector: &mut self.connector,
            kubeconfig: self.standing.options.kubeconfig.as_deref(),
            folders: &self.standing.folders,
        };
        outside::run(outside, surface).await
    }

    /// A server that does not say leaves everything enabled: the plan will ask.
    pub(super) fn ask_rights(&self, namespace: Namespace, open: Option<&Open>) {
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

    pub(super) fn plan(
        &mut self,
        ticket: u64,
        ask: Ask,
        open: Option<&Open>,
        world: &World,
    ) -> Option<Event> {
        let Some(open) = open else {
            return Some(Event::Planned { ticket, plan: Err(not_connected()) });
        };
        let services = Services::of(world, open.catalog.as_ref());
        let around = Surroundings::of(world, &ask.target, &services, self.profile.guard());
        let (cluster, out, actor) =
            (open.link.cluster.clone(), open.out.clone(), self.standing.actor.clone());
        let clock = self.standing.clock.clone();
        self.tasks.spawn("plan", async move {
            let plan = Box::new(Box::pin(planner::plan(&cluster, ask, actor, around, &clock)).await);
            let _closing = out.send(Message::Planned { ticket, plan }).await;
        });
        None
    }

    pub(super) fn execute(&mut self, plan: Plan, permit: Permit, link: Option<&Link>) -> Option<Event> {
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
}
