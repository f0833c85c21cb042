//! What is rolling out: what waits for a person first, then what moves, then
//! what ended lately.

mod view;

use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{RolloutState, ServiceKey, ServiceRow};
use crate::ui::{Cursor, Pen};
use ratatui::layout::Rect;
use std::time::Duration;

/// A rollout that ended longer ago than this is history.
const LATELY: Duration = Duration::from_hours(24);

/// State of the list.
#[derive(Debug, Default)]
pub struct Rollouts {
    cursor: Cursor,
    filter: Filter,
    items: Vec<ServiceKey>,
    ids: Vec<String>,
    waiting: usize,
    moving: usize,
}

const HANDLERS: [Handler<Rollouts>; 4] = [
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

impl Rollouts {
    fn open(&mut self) -> Vec<Act> {
        let at = self.cursor.locate(&self.ids);
        let key = at.and_then(|at| self.items.get(at));
        key.map(|key| Act::Go(Route::Cockpit(key.clone()))).into_iter().collect()
    }
}

/// 0 waits for a person, 1 moves, 2 ended lately; none is of no interest here.
fn rank(row: &ServiceRow, ctx: &Ctx<'_>) -> Option<u8> {
    match &row.rollout {
        RolloutState::Stuck { .. } | RolloutState::Paused { .. } => Some(0),
        RolloutState::Unobserved | RolloutState::Progressing { .. } => Some(1),
        RolloutState::Complete => row.changed.filter(|at| ctx.now.since(*at) < LATELY).map(|_| 2),
    }
}

impl Screen for Rollouts {
    fn scope(&self) -> Scope {
        Scope::Rollouts
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        format!(
            "{} wait · {} move · {} ended lately",
            self.waiting,
            self.moving,
            self.items.len() - self.waiting - self.moving
        )
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let mut rows: Vec<_> = ctx.rows.iter().filter_map(|row| Some((rank(row, ctx)?, row))).collect();
        rows.retain(|(_, row)| {
            let fields = [
                ("name", row.key.name.as_str()),
                ("ns", row.key.namespace.as_str()),
                ("owner", row.owner.as_str()),
                ("env", row.environment.short()),
            ];
            self.filter.holds(&fields)
        });
        rows.sort_by_key(|(rank, row)| (*rank, std::cmp::Reverse(row.changed), &row.key));
        self.waiting = rows.iter().filter(|(rank, _)| *rank == 0).count();
        self.moving = rows.iter().filter(|(rank, _)| *rank == 1).count();
        self.items = rows.iter().map(|(_, row)| row.key.clone()).collect();
        self.ids = self.items.iter().map(ToString::to_string).collect();
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

    fn selected(&self, _ctx: &Ctx<'_>) -> Option<Selected> {
        let at = self.cursor.locate(&self.ids)?;
        self.items.get(at).cloned().map(Selected::Service)
    }

    fn filter(&self) -> &str {
        self.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.filter = Filter::parse(text, &["name", "ns", "owner", "env"]);
        self.settle(ctx);
        if self.cursor.locate(&self.ids).is_none() {
            self.cursor.select_at(&self.ids, 0);
        }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_list(pen, area, ctx);
    }
}
