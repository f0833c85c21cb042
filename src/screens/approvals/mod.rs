//! Plans that ask for approval: what each would do, whose it is, who agreed.
//!
//! Which rules ask for whom stands in the files of whoever releases
//! (docs/gates.md), and is looked at when somebody approves.

mod approving;
mod pending;

pub use approving::Approving;
pub use pending::Pending;

use super::list::{List, draw_below, handle_list};
use super::{Act, Ctx, Handler, Screen};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Kind, StreamState};
use crate::engine::gates::short_hash;
use crate::ui::{Brush, Column, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of the list.
#[derive(Debug, Default)]
pub struct Approvals {
    list: List,
}

const HANDLERS: [Handler<Approvals>; 1] = [(Command::Open, |_, _| vec![Act::Run(Command::Approve)])];

const COLUMNS: [Column; 5] = [
    Column::text("PLAN", 12, 12, 0),
    Column::text("WHAT", 24, 90, 0),
    Column::name("BY", 8, 24, 2),
    Column::number("AGE", 4, 4, 3),
    Column::text("APPROVED BY", 12, 40, 1),
];

impl Approvals {
    /// The plan that is selected.
    pub fn chosen<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Pending> {
        ctx.pending.get(self.list.at()?)
    }
}

impl Screen for Approvals {
    fn scope(&self) -> Scope {
        Scope::Approvals
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let open = ctx.pending.iter().filter(|pending| pending.agreed() == 0).count();
        format!("{} asked for · {open} nobody agreed to", ctx.pending.len())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        self.list.settle(ctx.pending.iter().map(|pending| pending.key.to_string()).collect());
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        if self.list.click(id) { vec![Act::Run(Command::Approve)] } else { Vec::new() }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if ctx.pending.is_empty() {
            let text = match ctx.world.stream(Kind::ConfigMap) {
                StreamState::Live | StreamState::Loading => "No plan asks for approval.".to_owned(),
                StreamState::Forbidden { fault } | StreamState::Stale { fault, .. } => {
                    format!("Plans that ask for approval cannot be seen: {}", fault.text)
                }
            };
            let hint = "A on the page of a deploy asks for it, and so does qd plan … --ask.";
            return pen.empty(area, Role::Dim, &text, hint);
        }
        let brush = pen.brush();
        let text = self.chosen(ctx).map(Pending::words).unwrap_or_default();
        let area = draw_below(pen, area, Role::Text, &text);
        let cells = |index: usize| ctx.pending.get(index).map(|pending| cells(brush, pending, ctx));
        self.list.draw(pen, area, &COLUMNS, (0, true), cells);
    }
}

fn cells<'a>(brush: Brush<'_>, pending: &'a Pending, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let petition = match &pending.read {
        Ok(petition) => petition,
        Err(why) => {
            let text = format!("{} {}: {why}", brush.sign(Sign::Bad), pending.key.name);
            let mut line = vec![Line::from(brush.span(Role::Bad, "unreadable"))];
            line.push(Line::from(brush.span(Role::Bad, text)));
            line.resize(COLUMNS.len(), Line::default());
            return line;
        }
    };
    let plan = &petition.plan;
    let by: Vec<String> = petition.approvals.iter().map(|approval| approval.by.to_string()).collect();
    let approved = if by.is_empty() {
        brush.span(Role::Dim, "nobody")
    } else {
        brush.span(Role::Good, format!("{} {}", brush.sign(Sign::Good), by.join(", ")))
    };
    vec![
        Line::from(brush.span(Role::Strong, short_hash(&plan.hash))),
        Line::from(brush.span(Role::Text, plan.what.as_str())),
        Line::from(brush.span(Role::Text, plan.by.as_str())),
        Line::from(brush.span(Role::Dim, ctx.age(Some(plan.at)))),
        Line::from(approved),
    ]
}
