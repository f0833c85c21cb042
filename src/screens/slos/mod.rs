//! Objectives: what was promised, how much of the error budget is left, what
//! burns. One line for each; opened, all of one.

mod chart;
mod detail;
pub(in crate::screens) mod explain;
mod lines;
mod policy;
mod table;
mod view;
pub(in crate::screens) mod words;

pub(super) use lines::lines_of;
pub(in crate::screens) use words::{budget_cell, marked};

use super::list::{List, handle_list};
use super::sorting::{self, Key};
use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::ServiceKey;
use crate::slo::{Exhaustion, SloStatus, Standing};
use crate::ui::{Column, Pen, Scroll};
use ratatui::layout::Rect;
use std::sync::Arc;

/// Fields a filter may name.
const FIELDS: [&str; 4] = ["name", "service", "ns", "state"];

/// State of the list.
#[derive(Debug, Default)]
pub struct Slos {
    list: List,
}

const HANDLERS: [Handler<Slos>; 1] = [(Command::Open, |s, _| s.open())];

impl Slos {
    fn open(&mut self) -> Vec<Act> {
        self.list.id().map(|id| Act::Go(Route::Slo(id.to_owned()))).into_iter().collect()
    }
}

/// The objective called `id`.
fn find<'a>(ctx: &Ctx<'a>, id: &str) -> Option<&'a Arc<SloStatus>> {
    ctx.slos.slos.iter().find(|status| status.slo.id == id)
}

/// The service an objective is about, if it runs here.
fn service(ctx: &Ctx<'_>, status: &SloStatus) -> Option<ServiceKey> {
    ctx.rows.iter().find(|row| status.is_about(&row.key)).map(|row| row.key.clone())
}

/// What an objective is sorted by in the column called `title`.
fn key(status: &SloStatus, title: &str) -> Key {
    let slo = &status.slo;
    let counted = status.standing.has_budget();
    match title {
        "BUDGET LEFT" => Key::number(status.left()),
        "OBJECTIVE" => Key::text(&format!("{} {}", slo.service, status.title())),
        "TARGET" => Key::number(slo.objective.to_string().trim_end_matches('%').parse().ok()),
        "OVER" => Key::number(Some(slo.window.length().as_secs_f64())),
        "BURN" => Key::number(words::telling(status).filter(|_| counted).and_then(|row| row.long.burn)),
        "ALERT" => Key::text(state_word(status)),
        "GONE IN" if counted => match status.exhaustion {
            Exhaustion::Already => Key::number(Some(0.0)),
            Exhaustion::In(time) => Key::number(Some(time.as_secs_f64())),
            Exhaustion::Never => Key::Absent,
        },
        "SEEN" if counted => Key::number(Some(status.budget.coverage)),
        "WHERE" => Key::text(&slo.origin.to_string()),
        _ => Key::Absent,
    }
}

/// What `state:` filters by.
fn state_word(status: &SloStatus) -> &'static str {
    match (&status.standing, status.firing().is_some()) {
        (_, true) => "burning",
        (Standing::Counted, false) => "ok",
        (standing, false) => standing.word(),
    }
}

impl Screen for Slos {
    fn scope(&self) -> Scope {
        Scope::Slos
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let (burning, all) = (ctx.slos.burning(), ctx.slos.slos.len());
        match ctx.slos.findings.len() {
            0 => format!("{burning} burning of {all}"),
            wrong => format!("{burning} burning of {all} · {wrong} to mend in the files"),
        }
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let holds = |status: &&Arc<SloStatus>| {
            let fields = [
                ("name", status.slo.id.as_str()),
                ("service", status.slo.service.as_str()),
                ("ns", status.namespace.as_deref().unwrap_or_default()),
                ("state", state_word(status)),
            ];
            self.list.filter.holds(&fields)
        };
        let mut shown: Vec<&Arc<SloStatus>> = ctx.slos.slos.iter().filter(holds).collect();
        sorting::sort(&mut shown, ctx.views.list("slos"), |status, title| key(status, title));
        self.list.settle(shown.iter().map(|status| status.slo.id.clone()).collect());
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
        let status = find(ctx, self.list.id()?)?;
        service(ctx, status).map(Selected::Service)
    }

    fn table(&self) -> Option<(&'static str, &'static [Column])> {
        Some(("slos", &view::COLUMNS))
    }

    fn filter(&self) -> &str {
        self.list.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.list.filter = Filter::parse(text, &FIELDS);
        self.settle(ctx);
        self.list.find_again(0);
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_list(pen, area, ctx);
    }
}

/// One objective.
#[derive(Debug, Default)]
pub struct SloDetail {
    id: String,
    scroll: Scroll,
}

const DETAIL: [Handler<SloDetail>; 1] = [(Command::Open, |s, ctx| {
    let service = find(ctx, &s.id).and_then(|status| service(ctx, status));
    service.map(|key| Act::Go(Route::Cockpit(key))).into_iter().collect()
})];

impl SloDetail {
    /// Shows another objective.
    pub fn open(&mut self, id: &str) {
        if self.id != id {
            *self = Self { id: id.to_owned(), scroll: Scroll::default() };
        }
    }
}

impl Screen for SloDetail {
    fn scope(&self) -> Scope {
        Scope::Slos
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        find(ctx, &self.id).map_or_else(|| self.id.clone(), |status| status.slo.origin.to_string())
    }

    fn settle(&mut self, _ctx: &Ctx<'_>) {}

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.scroll.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &DETAIL, command, ctx)
    }

    fn on_click(&mut self, _list: u8, _id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        Vec::new()
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        let status = find(ctx, &self.id)?;
        service(ctx, status).map(Selected::Service)
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_all(pen, area, ctx);
    }
}
