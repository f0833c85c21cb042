//! The contexts of the kubeconfig.

use super::{Act, Ctx, Handler, Screen, handle};
use crate::command::{Command, Motion, Scope};
use crate::ui::{Align, Column, Cursor, Pen, Role, Sign, Table, TableRow};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of the list.
#[derive(Debug, Default)]
pub struct Contexts {
    cursor: Cursor,
    ids: Vec<String>,
}

const HANDLERS: [Handler<Contexts>; 1] = [(Command::Open, |s, _| s.connect())];

const COLUMNS: [Column; 4] = [
    Column { title: "", min: 2, max: 2, yields: 0, align: Align::Left },
    Column { title: "CONTEXT", min: 14, max: 50, yields: 0, align: Align::Left },
    Column { title: "SERVER", min: 20, max: 80, yields: 1, align: Align::Left },
    Column { title: "NAMESPACE", min: 10, max: 30, yields: 2, align: Align::Left },
];

impl Contexts {
    fn connect(&mut self) -> Vec<Act> {
        let at = self.cursor.locate(&self.ids);
        at.and_then(|at| self.ids.get(at))
            .map(|name| Act::Connect(name.as_str().into()))
            .into_iter()
            .collect()
    }
}

impl Screen for Contexts {
    fn scope(&self) -> Scope {
        Scope::Contexts
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        format!("{} contexts", self.ids.len())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let Some(Ok(contexts)) = ctx.contexts else { return };
        self.ids = contexts.iter().map(|context| context.name.to_string()).collect();
        if self.cursor.id().is_none()
            && let Some(place) = ctx.place
        {
            self.cursor.select(&self.ids, place.context.as_str());
        }
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
            return self.connect();
        }
        self.cursor.select(&self.ids, id);
        Vec::new()
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
        let row = |index: usize| match contexts.get(index) {
            Some(context) => {
                let here = ctx.place.is_some_and(|place| place.context == context.name);
                let sign = if here { brush.sign(Sign::Good) } else { "" };
                TableRow::Cells {
                    id: context.name.as_str(),
                    cells: vec![
                        Line::from(brush.span(Role::Good, sign)),
                        Line::from(brush.span(Role::Strong, context.name.as_str())),
                        Line::from(brush.span(Role::Dim, context.cluster.as_str())),
                        Line::from(brush.span(Role::Dim, context.namespace.as_str())),
                    ],
                    marked: false,
                }
            }
            None => TableRow::Heading(Line::default()),
        };
        let table = Table {
            columns: &COLUMNS,
            len: contexts.len(),
            row: &row,
            at: self.cursor.locate(&self.ids),
            cursor: &self.cursor,
            list: 0,
            focused: true,
            titled: true,
        };
        table.draw(pen, area);
    }
}
