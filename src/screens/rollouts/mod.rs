//! What is rolling out, over all namespaces: what nobody drives first, then
//! what waits for a person, what fails, what moves, what ended lately.

mod row;
mod view;

use super::list::{List, handle_list};
use super::sorting;
use super::{Act, Ctx, Filter, Handler, Screen, Selected};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Now, OperationId};
use crate::ui::{Column, Pen};
use ratatui::layout::Rect;

pub use row::{Rank, Row, Seen, rows};

/// State of the list.
#[derive(Debug, Default)]
pub struct Rollouts {
    list: List,
    rows: Vec<Row>,
}

const FIELDS: [&str; 7] = ["name", "ns", "owner", "env", "phase", "waits", "strategy"];

const HANDLERS: [Handler<Rollouts>; 1] = [(Command::Open, |s, _| s.open())];

impl Rollouts {
    /// Selects an operation, at the latest when its record is seen. A filter of
    /// before goes: it might hide what somebody has just begun.
    pub fn expect(&mut self, operation: &OperationId) {
        self.list.filter = Filter::parse("", &FIELDS);
        self.list.cursor.select(&self.list.ids, &row::id(operation.as_str()));
    }

    fn open(&mut self) -> Vec<Act> {
        self.chosen().map(|row| Act::Go(row.opens.clone())).into_iter().collect()
    }

    fn chosen(&self) -> Option<&Row> {
        self.rows.get(self.list.at()?)
    }

    fn holds(&self, row: &Row, ctx: &Ctx<'_>) -> bool {
        let service = ctx.service(&row.service);
        let owner = service.map_or("", |s| s.owner.as_str());
        let environment = service.map_or("", |s| s.environment.short());
        self.list.filter.holds(&[
            ("name", row.service.name.as_str()),
            ("ns", row.service.namespace.as_str()),
            ("owner", owner),
            ("env", environment),
            ("phase", &row.phase),
            ("waits", row.waits.word()),
            ("strategy", &row.strategy),
        ])
    }

    fn count(&self, of: impl Fn(Rank) -> bool) -> usize {
        self.rows.iter().filter(|row| of(row.rank)).count()
    }
}

impl Screen for Rollouts {
    /// On an operation its own keys are valid: promote, hold, abort.
    fn scope(&self) -> Scope {
        let on_delivery = self.chosen().is_some_and(|row| row.delivery.is_some());
        if on_delivery { Scope::DeliveryRow } else { Scope::Rollouts }
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let waiting = self.count(|rank| rank <= Rank::Waiting);
        let moving = self.count(|rank| matches!(rank, Rank::Failing | Rank::Running));
        let ended = self.count(|rank| rank == Rank::Recent);
        let asked = match ctx.pending.iter().filter(|pending| pending.agreed() == 0).count() {
            0 => String::new(),
            asked => format!("{asked} for :approvals · "),
        };
        format!("{asked}{waiting} wait · {moving} move · {ended} ended lately")
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let mut rows = row::rows(&Seen::of(ctx));
        rows.retain(|row| self.holds(row, ctx));
        sorting::sort(&mut rows, ctx.views.list("rollouts"), row::key);
        self.rows = rows;
        self.list.settle(self.rows.iter().map(|row| row.id.clone()).collect());
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        if self.list.click(id) { self.open() } else { Vec::new() }
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        let row = self.chosen()?;
        let operation = row.delivery.as_deref().and_then(|id| ctx.delivery(id));
        Some(match operation {
            Some(delivery) => Selected::Workload(delivery.workload.clone()),
            None => Selected::Service(row.service.clone()),
        })
    }

    fn delivery(&self, _ctx: &Ctx<'_>) -> Option<String> {
        self.chosen()?.delivery.clone()
    }

    fn table(&self) -> Option<(&'static str, &'static [Column])> {
        Some(("rollouts", &view::COLUMNS))
    }

    fn filter(&self) -> &str {
        self.list.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.list.filter = Filter::parse(text, &FIELDS);
        self.settle(ctx);
        let named = |row: &Row| self.list.filter.names(row.service.name.as_str());
        // Who types `checkout` means that rollout, not one of the team of that name.
        let meant = self.rows.iter().position(named).filter(|_| !self.chosen().is_some_and(named));
        if let Some(meant) = meant {
            self.list.cursor.select_at(&self.list.ids, meant);
        }
        self.list.find_again(0);
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_list(pen, area, ctx);
    }

    fn next_wake(&self, ctx: &Ctx<'_>) -> Option<Now> {
        ctx.deliveries.iter().filter_map(|d| d.next_wake(ctx.now)).min_by_key(|at| at.boot)
    }
}
