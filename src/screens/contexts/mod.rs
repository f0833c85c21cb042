//! The contexts of the kubeconfig.

use super::list::{List, handle_list};
use super::{Act, Ctx, Handler, Screen};
use crate::command::{Command, Motion, Scope};
use crate::ui::{Column, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of the list.
#[derive(Debug, Default)]
pub struct Contexts {
    list: List,
}

const HANDLERS: [Handler<Contexts>; 1] = [(Command::Open, |s, _| s.connect())];

const COLUMNS: [Column; 5] = [
    Column::text("", 2, 2, 0),
    Column::name("CONTEXT", 14, 50, 0),
    Column::text("STATE", 8, 8, 0),
    Column::text("SERVER", 20, 80, 1),
    Column::name("NAMESPACE", 10, 30, 2),
];

impl Contexts {
    fn connect(&mut self) -> Vec<Act> {
        self.list.id().map(|name| Act::Connect(name.into())).into_iter().collect()
    }
}

impl Screen for Contexts {
    fn scope(&self) -> Scope {
        Scope::Contexts
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        format!("{} contexts, {} open", self.list.ids.len(), ctx.open.len())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let Some(Ok(contexts)) = ctx.contexts else { return };
        let ids: Vec<String> = contexts.iter().map(|context| context.name.to_string()).collect();
        if self.list.cursor.id().is_none()
            && let Some(place) = ctx.place
        {
            self.list.cursor.select(&ids, place.context.as_str());
        }
        self.list.settle(ids);
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        if self.list.click(id) { self.connect() } else { Vec::new() }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let contexts = match ctx.contexts {
            None => return pen.empty(area, Role::Dim, "Reading the kubeconfig…", ""),
            Some(Err(fault)) => {
                let hint = fault.hints.first().map_or("", String::as_str);
                return pen.empty(area, Role::Bad, &fault.text, hint);
            }
            Some(Ok(contexts)) if contexts.is_empty() => {
                let hint = "`qd demo` needs none; else set KUBECONFIG, or write ~/.kube/config.";
                return pen.empty(area, Role::Dim, "The kubeconfig has no contexts.", hint);
            }
            Some(Ok(contexts)) => contexts,
        };
        let brush = pen.brush();
        self.list.draw(pen, area, &COLUMNS, (0, true), |index| {
            let context = contexts.get(index)?;
            let (sign, state) = match ctx.open.iter().position(|open| *open == context.name) {
                Some(0) => (brush.sign(Sign::Good), "in front"),
                Some(_) => (brush.sign(Sign::Dot), "open"),
                None => ("", ""),
            };
            Some(vec![
                Line::from(brush.span(Role::Good, sign)),
                Line::from(brush.span(Role::Strong, context.name.as_str())),
                Line::from(brush.span(Role::Good, state)),
                Line::from(brush.span(Role::Dim, context.cluster.as_str())),
                Line::from(brush.span(Role::Dim, context.namespace.as_str())),
            ])
        });
    }
}
