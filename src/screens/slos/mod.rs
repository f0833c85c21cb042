//! Objectives: what was promised, how much of the error budget is left, what
//! burns. One line for each; opened, all of one.

mod chart;
mod detail;
pub(in crate::screens) mod explain;
mod view;
pub(in crate::screens) mod words;

pub(super) use words::lines_of;
pub(in crate::screens) use words::{budget_cell, burning_sign};

use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::ServiceKey;
use crate::slo::{SloStatus, Standing};
use crate::ui::{Cursor, Pen, Scroll};
use ratatui::layout::Rect;
use std::sync::Arc;

/// Fields a filter may name.
const FIELDS: [&str; 4] = ["name", "service", "ns", "state"];

/// State of the list.
#[derive(Debug, Default)]
pub struct Slos {
    cursor: Cursor,
    filter: Filter,
    ids: Vec<String>,
}

const HANDLERS: [Handler<Slos>; 4] = [
    (Command::Open, |s, _| s.open()),
    (Command::NextMatch, |s, ctx| {
        s.on_motion(Motion::Lines(1), ctx);
        Vec::new()
    }),
    (Command::PrevMatch, |s, ctx| {
        s.on_motion(Motion::Lines(-1), ctx);
        Vec::new()
    }),
    (Command::Back, |s, ctx| {
        if s.filter.is_empty() {
            return vec![Act::Run(Command::HistoryBack)];
        }
        s.set_filter("", ctx);
        Vec::new()
    }),
];

impl Slos {
    fn open(&mut self) -> Vec<Act> {
        let id = self.cursor.locate(&self.ids).and_then(|at| self.ids.get(at));
        id.map(|id| Act::Go(Route::Slo(id.clone()))).into_iter().collect()
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
            self.filter.holds(&fields)
        };
        self.ids = ctx.slos.slos.iter().filter(holds).map(|status| status.slo.id.clone()).collect();
        self.cursor.settle(&self.ids);
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.cursor.step(&self.ids, motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        if self.cursor.id() == Some(id) {
            return self.open();
        }
        self.cursor.select(&self.ids, id);
        Vec::new()
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        let at = self.cursor.locate(&self.ids)?;
        let status = find(ctx, self.ids.get(at)?)?;
        service(ctx, status).map(Selected::Service)
    }

    fn filter(&self) -> &str {
        self.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.filter = Filter::parse(text, &FIELDS);
        self.settle(ctx);
        if self.cursor.locate(&self.ids).is_none() {
            self.cursor.select_at(&self.ids, 0);
        }
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
