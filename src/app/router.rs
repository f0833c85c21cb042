//! Which screen is shown, and which were.

use crate::domain::ServiceKey;
use crate::screens::alerts::Alerts;
use crate::screens::approvals::Approvals;
use crate::screens::charts::Charts;
use crate::screens::cockpit::Cockpit;
use crate::screens::contexts::Contexts;
use crate::screens::describe::Describe;
use crate::screens::environments::Environments;
use crate::screens::forwards::Forwards;
use crate::screens::logs::Logs;
use crate::screens::operations::Operations;
use crate::screens::pages::Pages;
use crate::screens::rollout::Rollout;
use crate::screens::rollouts::Rollouts;
use crate::screens::services::Services;
use crate::screens::slos::{SloDetail, Slos};
use crate::screens::{Ctx, Route, Screen};

/// Places remembered; older ones are forgotten.
const MOST_HISTORY: usize = 50;

/// The screens, and where the person is.
#[derive(Default)]
pub(super) struct Router {
    pub(super) services: Services,
    environments: Environments,
    pub(super) cockpit: Cockpit,
    pub(super) charts: Charts,
    pub(super) rollouts: Rollouts,
    rollout: Rollout,
    slos: Slos,
    slo: SloDetail,
    pub(super) alerts: Alerts,
    pub(super) approvals: Approvals,
    operations: Operations,
    pub(super) logs: Logs,
    describe: Describe,
    pub(super) pages: Pages,
    contexts: Contexts,
    forwards: Forwards,
    past: Vec<Route>,
    route: Option<Route>,
    future: Vec<Route>,
}

impl Router {
    /// Where the person is.
    pub(super) fn route(&self) -> &Route {
        self.route.as_ref().unwrap_or(&Route::Services)
    }

    /// The service looked at last.
    pub(super) fn last_service(&self) -> Option<&ServiceKey> {
        let mut places = std::iter::once(self.route()).chain(self.past.iter().rev());
        places.find_map(|route| if let Route::Cockpit(key) = route { Some(key) } else { None })
    }

    /// Goes somewhere and remembers where from.
    pub(super) fn go(&mut self, route: Route, ctx: &Ctx<'_>) {
        if route == *self.route() {
            return;
        }
        self.past.push(self.route().clone());
        if self.past.len() > MOST_HISTORY {
            self.past.remove(0);
        }
        self.future.clear();
        self.enter(route, ctx);
    }

    /// Goes back in history; whether there was somewhere to go.
    pub(super) fn back(&mut self, ctx: &Ctx<'_>) -> bool {
        let Some(route) = self.past.pop() else { return false };
        self.future.push(self.route().clone());
        self.enter(route, ctx);
        true
    }

    /// Goes forward in history; whether there was somewhere to go.
    pub(super) fn forward(&mut self, ctx: &Ctx<'_>) -> bool {
        let Some(route) = self.future.pop() else { return false };
        self.past.push(self.route().clone());
        self.enter(route, ctx);
        true
    }

    /// Forgets where the person was: another cluster.
    pub(super) fn reset(&mut self) {
        *self = Self::default();
    }

    fn enter(&mut self, route: Route, ctx: &Ctx<'_>) {
        match &route {
            Route::Cockpit(key) => self.cockpit.open(key.clone()),
            Route::Charts(key) => self.charts.open(key.clone()),
            Route::Describe(key) => self.describe.open(key.clone()),
            Route::Page(page) => self.pages.open(page.clone()),
            Route::Rollout(id) => self.rollout.open(id.clone()),
            Route::Slo(id) => self.slo.open(id),
            Route::Services
            | Route::Environments
            | Route::Slos
            | Route::Alerts
            | Route::Rollouts
            | Route::Approvals
            | Route::Operations
            | Route::Logs(_)
            | Route::Contexts
            | Route::Forwards => {}
        }
        self.route = Some(route);
        self.screen_mut().settle(ctx);
    }

    /// The screen shown.
    pub(super) fn screen(&self) -> &dyn Screen {
        match self.route() {
            Route::Services => &self.services,
            Route::Environments => &self.environments,
            Route::Cockpit(_) => &self.cockpit,
            Route::Charts(_) => &self.charts,
            Route::Rollouts => &self.rollouts,
            Route::Rollout(_) => &self.rollout,
            Route::Slos => &self.slos,
            Route::Alerts => &self.alerts,
            Route::Slo(_) => &self.slo,
            Route::Approvals => &self.approvals,
            Route::Operations => &self.operations,
            Route::Logs(_) => &self.logs,
            Route::Describe(_) => &self.describe,
            Route::Page(_) => &self.pages,
            Route::Contexts => &self.contexts,
            Route::Forwards => &self.forwards,
        }
    }

    /// The screen shown, to be changed.
    pub(super) fn screen_mut(&mut self) -> &mut dyn Screen {
        match self.route.as_ref().unwrap_or(&Route::Services) {
            Route::Services => &mut self.services,
            Route::Environments => &mut self.environments,
            Route::Cockpit(_) => &mut self.cockpit,
            Route::Charts(_) => &mut self.charts,
            Route::Rollouts => &mut self.rollouts,
            Route::Rollout(_) => &mut self.rollout,
            Route::Slos => &mut self.slos,
            Route::Alerts => &mut self.alerts,
            Route::Slo(_) => &mut self.slo,
            Route::Approvals => &mut self.approvals,
            Route::Operations => &mut self.operations,
            Route::Logs(_) => &mut self.logs,
            Route::Describe(_) => &mut self.describe,
            Route::Page(_) => &mut self.pages,
            Route::Contexts => &mut self.contexts,
            Route::Forwards => &mut self.forwards,
        }
    }
}
