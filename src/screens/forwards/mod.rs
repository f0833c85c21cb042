//! The tunnels that are open, what went through them, and how to close them.

use super::list::{List, draw_below, handle_list};
use super::{Act, Ctx, Handler, Screen};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Kind, StreamState};
use crate::msg::{Effect, Forward, Level, Notice};
use crate::ui::{Brush, Column, Pen, Role, Sign, bytes};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of the list.
#[derive(Debug, Default)]
pub struct Forwards {
    list: List,
}

const HANDLERS: [Handler<Forwards>; 3] = [
    (Command::Open, |s, ctx| s.copy(ctx)),
    (Command::CopyAddress, |s, ctx| s.copy(ctx)),
    (Command::CloseForward, |s, ctx| s.close(ctx)),
];

const COLUMNS: [Column; 8] = [
    Column::text("ADDRESS", 15, 15, 0),
    Column::text("OPENS", 20, 50, 0),
    Column::name("POD", 16, 44, 4),
    Column::name("CONTEXT", 8, 24, 5),
    Column::number("OPEN", 4, 4, 2),
    Column::number("SENT", 8, 8, 3),
    Column::number("RECEIVED", 8, 8, 1),
    Column::text("STATE", 14, 90, 0),
];

impl Forwards {
    fn selected<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Forward> {
        ctx.forwards.get(self.list.at()?)
    }

    fn copy(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        let Some(forward) = self.selected(ctx) else { return Vec::new() };
        let told = Notice::new(Level::Info, format!("copied {}", forward.address()));
        vec![Act::Do(Effect::Copy(forward.address())), Act::Tell(told)]
    }

    fn close(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        let Some(forward) = self.selected(ctx) else { return Vec::new() };
        let text = format!("{} to {} is closed", forward.address(), forward.target());
        vec![Act::Do(Effect::StopForward(forward.id)), Act::Tell(Notice::new(Level::Success, text))]
    }
}

impl Screen for Forwards {
    fn scope(&self) -> Scope {
        Scope::Forwards
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let open: u32 = ctx.forwards.iter().map(|forward| forward.open).sum();
        format!("{} tunnels · {open} connections", ctx.forwards.len())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        self.list.settle(ctx.forwards.iter().map(|forward| forward.id.to_string()).collect());
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        self.list.click(id);
        Vec::new()
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if ctx.forwards.is_empty() {
            let hint = "f on a service or pod opens one; :forward shop/checkout 8080:80 does as well.";
            return pen.empty(area, Role::Dim, "No tunnel is open.", hint);
        }
        let brush = pen.brush();
        let (role, text) = self.selected(ctx).map_or((Role::Dim, String::new()), |f| state(brush, f, ctx));
        let area = draw_below(pen, area, role, &text);
        let cells = |index: usize| ctx.forwards.get(index).map(|forward| cells(brush, forward, ctx));
        self.list.draw(pen, area, &COLUMNS, (0, true), cells);
    }
}

fn cells<'a>(brush: Brush<'_>, forward: &'a Forward, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let (role, state) = state(brush, forward, ctx);
    vec![
        Line::from(brush.span(Role::Strong, forward.address())),
        Line::from(brush.span(Role::Text, format!("{}:{}", forward.target(), forward.ports.remote))),
        Line::from(brush.span(Role::Dim, forward.pod.name.as_str())),
        Line::from(brush.span(Role::Dim, forward.context.as_str())),
        Line::from(brush.span(Role::Text, forward.open.to_string())),
        Line::from(brush.span(Role::Text, bytes(forward.sent))),
        Line::from(brush.span(Role::Text, bytes(forward.received))),
        Line::from(brush.span(role, state)),
    ]
}

/// How it is doing: what failed comes first, then a pod that is gone.
fn state(brush: Brush<'_>, forward: &Forward, ctx: &Ctx<'_>) -> (Role, String) {
    let here = ctx.place.is_some_and(|place| place.context == forward.context);
    let watched = here && *ctx.world.stream(Kind::Pod) == StreamState::Live;
    if watched && ctx.world.pod(&forward.pod).is_none() {
        let text = match &forward.service {
            Some(_) => "the pod is gone; waits for another that is ready",
            None => "the pod is gone: D closes it",
        };
        return (Role::Warn, format!("{} {text}", brush.sign(Sign::Warn)));
    }
    match &forward.fault {
        Some(fault) => {
            let hint = fault.hints.first().map(|hint| format!("; {hint}")).unwrap_or_default();
            (Role::Bad, format!("{} {}{hint}", brush.sign(Sign::Bad), fault.text))
        }
        None if forward.open > 0 => (Role::Moving, format!("{} in use", brush.sign(Sign::Moving))),
        None => (Role::Good, format!("{} listens", brush.sign(Sign::Good))),
    }
}
