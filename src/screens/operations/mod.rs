//! What the engine does and did, and the audit trail with the state of its chain.

mod view;

use super::list::List;
use super::{Act, Ctx, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::ui::Pen;
use ratatui::layout::Rect;

/// State of the screen.
#[derive(Debug, Default)]
pub struct Operations {
    runs: List,
    trail: List,
    /// Whether keys go to the trail.
    on_trail: bool,
}

const HANDLERS: [Handler<Operations>; 3] = [
    (Command::NextPanel, |s, _| s.turn()),
    (Command::PrevPanel, |s, _| s.turn()),
    (Command::Open, |s, ctx| s.open(ctx)),
];

impl Operations {
    /// The list that has the keys.
    fn focused(&mut self) -> &mut List {
        if self.on_trail { &mut self.trail } else { &mut self.runs }
    }

    fn turn(&mut self) -> Vec<Act> {
        self.on_trail = !self.on_trail;
        Vec::new()
    }

    /// Opens what the selected line was done to.
    fn open(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        let key = if self.on_trail {
            let entries = ctx.audit.and_then(|audit| audit.as_ref().ok());
            self.trail
                .at()
                .zip(entries)
                .and_then(|(at, entries)| entries.iter().rev().nth(at))
                .and_then(|entry| entry.target.clone())
        } else {
            self.runs.at().and_then(|at| ctx.runs.get(at)).map(|run| run.order.target.key.clone())
        };
        let found = key.and_then(|key| ctx.world.workload(&key));
        match found {
            Some(workload) => vec![Act::Go(Route::Describe(workload.key.clone()))],
            None => Vec::new(),
        }
    }
}

impl Screen for Operations {
    fn scope(&self) -> Scope {
        Scope::Operations
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let running = ctx.runs.iter().filter(|run| run.took.is_none()).count();
        format!("{running} running · {} in this session", ctx.runs.len())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        self.runs.settle(ctx.runs.iter().map(|run| run.order.id.to_string()).collect());
        let entries = ctx.audit.and_then(|audit| audit.as_ref().ok());
        let ids = entries.map(|e| e.iter().rev().map(|entry| entry.seq.to_string()).collect());
        self.trail.settle(ids.unwrap_or_default());
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.focused().step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        self.on_trail = list == 1;
        if self.focused().click(id) { self.open(ctx) } else { Vec::new() }
    }

    fn on_panel(&mut self, panel: u8) {
        self.on_trail = panel == 1;
    }

    fn selected(&self, _ctx: &Ctx<'_>) -> Option<Selected> {
        None
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_both(pen, area, ctx);
    }
}
