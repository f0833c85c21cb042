//! From one place to another: what a place needs when it is reached, and what
//! the one left no longer does.

use super::App;
use crate::domain::Now;
use crate::msg::{Effect, LogQuery};
use crate::screens::{Route, Selected};

impl App {
    pub(super) fn go(&mut self, route: Route, now: Now) -> Vec<Effect> {
        let from = self.router.route().clone();
        let ctx = self.session.ctx(now);
        self.router.go(route, &ctx);
        self.moved(&from, now)
    }

    /// What another place needs, and what the one left no longer does.
    fn moved(&mut self, from: &Route, now: Now) -> Vec<Effect> {
        if from == self.router.route() {
            return Vec::new();
        }
        let mut effects = self.arrive(now);
        // One log is followed at a time; that of another place ends.
        let follows = |route: &Route| matches!(route, Route::Logs(_) | Route::Cockpit(_));
        if follows(from) && !matches!(self.router.route(), Route::Logs(_)) {
            effects.push(Effect::StopLogs);
        }
        effects
    }

    /// What the place where the person is now needs.
    pub(super) fn arrive(&mut self, now: Now) -> Vec<Effect> {
        let mut effects = Vec::new();
        match self.router.route().clone() {
            Route::Logs(of) => {
                let ctx = self.session.ctx(now);
                let query = self.router.logs.open(of, &ctx);
                effects.extend(self.follow(query));
            }
            Route::Page(_) => effects.extend(self.look_up(now)),
            // Operations are marked on the charts' axis of time.
            Route::Operations | Route::Charts(_) => effects.push(Effect::LoadAudit),
            Route::Contexts => effects.push(Effect::LoadContexts),
            Route::Cockpit(key) => effects.extend(self.ask_rights(key.namespace)),
            Route::Describe(key) => effects.extend(self.ask_rights(key.namespace)),
            Route::Services
            | Route::Environments
            | Route::Slos
            | Route::Slo(_)
            | Route::Alerts
            | Route::Approvals
            | Route::Rollouts
            | Route::Rollout(_)
            | Route::Forwards => {}
        }
        self.router.cockpit.forget_log();
        effects
    }

    /// Asks for what the page in front needs, all under one new ticket.
    fn look_up(&mut self, now: Now) -> Vec<Effect> {
        self.tickets += 1;
        self.router.pages.asked(self.tickets);
        let mut effects = self.router.pages.wants(&self.session.ctx(now));
        for effect in &mut effects {
            if let Effect::Look { ticket, .. } = effect {
                *ticket = self.tickets;
            }
        }
        effects
    }

    /// Reads the last words of a failing pod while its cockpit is shown.
    pub(super) fn peek(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.router.route(), Route::Cockpit(_)) {
            return Vec::new();
        }
        let ctx = self.session.ctx(now);
        match self.router.cockpit.wants_log(&ctx) {
            None => Vec::new(),
            Some(None) => vec![Effect::StopLogs],
            Some(Some(query)) => {
                self.tickets += 1;
                self.router.cockpit.asked_log(self.tickets);
                vec![Effect::FollowLogs(LogQuery { ticket: self.tickets, ..query })]
            }
        }
    }

    /// Asks what the charts want to know while they are shown, and lets go of it after.
    pub(super) fn chart(&mut self, now: Now) -> Vec<Effect> {
        if !matches!(self.router.route(), Route::Charts(_)) {
            let left = self.router.charts.leave();
            return left.then_some(Effect::StopCharts).into_iter().collect();
        }
        if self.session.seen.frozen.is_some() {
            return Vec::new();
        }
        let ctx = self.session.ctx(now);
        self.router.charts.wants(&mut self.tickets, &ctx)
    }

    /// Asks for a log under a new ticket.
    pub(super) fn follow(&mut self, query: LogQuery) -> Vec<Effect> {
        self.tickets += 1;
        self.router.logs.asked(self.tickets);
        vec![Effect::FollowLogs(LogQuery { ticket: self.tickets, ..query })]
    }

    pub(super) fn history(&mut self, forward: bool, now: Now) -> Vec<Effect> {
        let from = self.router.route().clone();
        let ctx = self.session.ctx(now);
        let _moved = if forward { self.router.forward(&ctx) } else { self.router.back(&ctx) };
        self.moved(&from, now)
    }

    pub(super) fn last_service(&mut self, now: Now) -> Vec<Effect> {
        let ctx = self.session.ctx(now);
        let chosen = match self.router.screen().selected(&ctx) {
            Some(Selected::Service(key)) => Some(key),
            Some(Selected::Workload(_) | Selected::Pod(_)) | None => None,
        };
        match self.router.last_service().cloned().or(chosen) {
            Some(key) => self.go(Route::Cockpit(key), now),
            None => Vec::new(),
        }
    }
}
