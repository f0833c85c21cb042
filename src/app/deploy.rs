//! From `d` on a service to a delivery under way.

use super::App;
use super::prompt::Prompt;
use super::starting::Starting;
use crate::command::Command;
use crate::domain::{CheckOutcome, Fault, Kind, Now, OperationId, Right, ServiceKey, Workload, World};
use crate::engine::delivery::{DeliveryPlan, alarm_check};
use crate::msg::{Effect, Level, Notice};
use crate::screens::Route;
use crate::screens::action::deploy::{Deploy, Site};
use crate::screens::action::{Action, Subject};
use std::sync::Arc;

impl App {
    /// Freezes the Deployment of the service in every environment, the one in
    /// front first, and opens the dialog.
    pub(super) fn aim_deploy(&mut self, now: Now) -> Vec<Effect> {
        let workload = match self.aimed_at("deploy", now) {
            Ok(workload) => workload,
            Err(text) => return self.not_begun(text, now),
        };
        if let Err(kinds) = Right::to("deploy", workload.key.kind) {
            return self.not_begun(format!("deploy is {kinds}, not for a {}", workload.key.kind), now);
        }
        let sites = self.sites(&workload, now);
        let Some(first) = sites.first() else { return Vec::new() };
        let (target, environment) = (first.target.clone(), first.environment);
        let namespaces: Vec<_> = sites.iter().map(|site| site.target.key.namespace.clone()).collect();
        let subject = Subject::Deploy(Deploy::new(sites));
        self.prompt = Some(Prompt::Action(Box::new(Action::new(target, environment, subject, now))));
        namespaces.into_iter().filter_map(|namespace| self.ask_rights(namespace)).collect()
    }

    fn sites(&self, workload: &Arc<Workload>, now: Now) -> Vec<Site> {
        let Some(place) = &self.session.place else { return Vec::new() };
        let ctx = self.session.ctx(now);
        let site = |workload: &Arc<Workload>| {
            let environment = self.environment_of(&workload.key.namespace, now);
            Site::new(place.workload(workload), environment, workload.clone(), (ctx.world, ctx.deliveries))
        };
        let service = World::service_of(workload);
        let elsewhere = |key: &&ServiceKey| key.name == service.name && key.namespace != service.namespace;
        let others = ctx.rows.iter().map(|row| &row.key).filter(elsewhere);
        let main = |key: &ServiceKey| {
            ctx.world.workloads_of(key).into_iter().find(|w| w.key.kind == Kind::Deployment)
        };
        std::iter::once(site(workload)).chain(others.filter_map(main).map(|w| site(&w))).collect()
    }

    /// A plan came, or why there is none. What the service's error budgets allow,
    /// and whether somebody is called for it, is known here, and becomes one more
    /// of its checks each.
    pub(super) fn delivery_planned(
        &mut self,
        ticket: u64,
        plan: Result<Box<DeliveryPlan>, Fault>,
        now: Now,
    ) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let known = |plan: Box<DeliveryPlan>| {
            let service = ctx.world.workload(&plan.target.key).map(|workload| World::service_of(workload));
            let Some(service) = service else { return plan };
            let budget = Some(ctx.slos.release(&service, &plan.record.reason));
            let budget = budget.filter(|check| check.outcome != CheckOutcome::NotApplicable);
            let alarm = alarm_check(&self.session.seen.alarms, &service, &plan.doubt);
            Box::new(alarm.into_iter().chain(budget).fold(*plan, DeliveryPlan::also))
        };
        let plan = plan.map(known);
        if let Some(Prompt::Action(action)) = &mut self.prompt {
            action.planned_delivery(ticket, plan);
        }
        Vec::new()
    }

    /// Takes an answer to the gate. Only its warrant lets the delivery begin, once.
    pub(super) fn fire_delivery(&mut self, answer: &str, now: Now) -> Vec<Effect> {
        let Some(Prompt::Action(action)) = &self.prompt else { return Vec::new() };
        let (Some(plan), Some(place)) = (action.delivery(), &self.session.place) else { return Vec::new() };
        let ctx = self.session.ctx(now);
        let running = ctx.deliveries.iter().find(|d| d.is_running() && d.uid == plan.target.uid);
        let running = running.map(|delivery| OperationId::from(delivery.id.as_str()));
        let running = running.as_ref().or_else(|| self.starting_on(&plan.target.uid));
        let running = running.or_else(|| self.session.running_on(&plan.target.uid));
        let admitted = plan.admit(answer, place.here(&self.session.mode, now), running);
        let Some(Prompt::Action(mut action)) = self.prompt.take() else { return Vec::new() };
        let warrant = match admitted {
            Ok(warrant) => warrant,
            Err(refusal) => {
                action.refused(&refusal, now);
                self.prompt = Some(Prompt::Action(action));
                return Vec::new();
            }
        };
        self.deaf = true;
        let Some(plan) = action.into_delivery() else { return Vec::new() };
        let record = &plan.record;
        let (how, to, name) = (record.strategy.name(), &record.to.version, &plan.target.key.name);
        let text = format!("{how} of {name} to {to} begins");
        let hint = format!(
            "{} goes on, {} goes back",
            self.keymap.key(Command::Promote),
            self.keymap.key(Command::Abort)
        );
        self.notices.push(Notice { level: Level::Info, text, hint }, now);
        // It appears there as soon as its record does, and is selected then.
        let mut effects = self.go(Route::Rollouts, now);
        self.router.rollouts.expect(&record.id);
        self.session.starting.push(Starting::of(&plan));
        effects.push(Effect::Deliver { plan, warrant });
        effects
    }
}
