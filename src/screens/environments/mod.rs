//! Services in every environment: one line for each service, one column for
//! each environment, and what is not what production runs.
//!
//! What is chosen is a service in one place, by its namespace and name. It
//! stays chosen when lines or columns come and go, and nothing is chosen when
//! it is gone: a key never goes to what stands there now.

mod order;
mod view;

use super::list::{List, handle_list};
use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Matrix, MatrixCell, MatrixColumn, MatrixLine, Name, ServiceKey, ServiceRow};
use crate::msg::{Level, Notice};
use crate::ui::{Cursor, Pen};
use order::Ordering;
use ratatui::layout::Rect;
use std::collections::BTreeSet;

/// Fields a filter may name.
const FIELDS: [&str; 9] = ["ns", "env", "owner", "tier", "health", "name", "version", "system", "is"];

/// State of the screen.
#[derive(Debug, Default)]
pub struct Environments {
    list: List,
    ordering: Ordering,
    matrix: Matrix,
    /// Titles of the columns, which are their identities.
    titles: Vec<String>,
    columns: Cursor,
    /// What the person chose.
    chosen: Option<ServiceKey>,
}

const HANDLERS: [Handler<Environments>; 4] = [
    (Command::Open, |s, ctx| s.open(ctx)),
    (Command::NextEnvironment, |s, ctx| s.aside(1, ctx)),
    (Command::PrevEnvironment, |s, ctx| s.aside(-1, ctx)),
    (Command::Sort, |s, ctx| {
        s.ordering = s.ordering.next();
        s.settle(ctx);
        Vec::new()
    }),
];

impl Environments {
    fn line(&self) -> Option<&MatrixLine> {
        self.matrix.lines.get(self.list.at()?)
    }

    fn cell(&self) -> Option<MatrixCell> {
        *self.line()?.cells.get(self.columns.locate(&self.titles)?)?
    }

    /// The service under the cursor, if it is the one that was chosen.
    fn service<'a>(&self, ctx: &Ctx<'a>) -> Option<(MatrixCell, &'a ServiceRow)> {
        let cell = self.cell()?;
        let row = ctx.rows.get(cell.row)?;
        (self.chosen.as_ref() == Some(&row.key)).then_some((cell, row))
    }

    /// The person moved: what is under the cursor now is chosen.
    fn choose(&mut self, ctx: &Ctx<'_>) {
        self.chosen = self.cell().and_then(|cell| ctx.rows.get(cell.row)).map(|row| row.key.clone());
    }

    fn aside(&mut self, by: i32, ctx: &Ctx<'_>) -> Vec<Act> {
        self.columns.step(&self.titles, Motion::Lines(by));
        self.choose(ctx);
        Vec::new()
    }

    fn open(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        if let Some((_, row)) = self.service(ctx) {
            return vec![Act::Go(Route::Cockpit(row.key.clone()))];
        }
        let (Some(line), Some(column)) = (self.line(), self.columns.id()) else { return Vec::new() };
        let text = format!("{} is not in {column}", line.name);
        let hint = "left and right go to where it is".to_owned();
        vec![Act::Tell(Notice { level: Level::Info, text, hint })]
    }

    /// Puts the cursor back onto what was chosen, wherever that stands now.
    fn follow(&mut self, ctx: &Ctx<'_>) {
        let Some(key) = self.chosen.clone() else { return };
        let is_it = |cell: &MatrixCell| ctx.rows.get(cell.row).is_some_and(|row| row.key == key);
        if self.cell().as_ref().is_some_and(is_it) {
            return;
        }
        for (at, line) in self.matrix.lines.iter().enumerate() {
            let found = line.cells.iter().position(|cell| cell.as_ref().is_some_and(is_it));
            if let Some(column) = found {
                self.list.cursor.select_at(&self.list.ids, at);
                self.columns.select_at(&self.titles, column);
                return;
            }
        }
    }

    /// Production is what one is called for.
    fn begin(&mut self, ctx: &Ctx<'_>) {
        let production = self.matrix.columns.iter().position(MatrixColumn::is_production);
        self.columns.select_at(&self.titles, production.unwrap_or(0));
        self.choose(ctx);
    }

    fn rebuild(&mut self, ctx: &Ctx<'_>) {
        let mut matrix = Matrix::of(ctx.rows);
        if !self.list.filter.is_empty() {
            let passes = |line: &&MatrixLine| line.cells.iter().flatten().any(|cell| self.passes(*cell, ctx));
            let passing: BTreeSet<Name> =
                matrix.lines.iter().filter(passes).map(|line| line.name.clone()).collect();
            matrix.lines.retain(|line| passing.contains(&line.name));
        }
        order::sort(&mut matrix.lines, self.ordering, ctx);
        self.titles = matrix.columns.iter().map(ToString::to_string).collect();
        self.matrix = matrix;
        self.list.ids = self.matrix.lines.iter().map(|line| format!("{}#{}", line.name, line.nth)).collect();
    }

    fn passes(&self, cell: MatrixCell, ctx: &Ctx<'_>) -> bool {
        let Some(row) = ctx.rows.get(cell.row) else { return false };
        let tier = row.tier.map(|tier| tier.to_string()).unwrap_or_default();
        let is = [("differs", cell.differs), ("moving", moves(row, ctx))];
        let is: Vec<&str> = is.into_iter().filter(|(_, holds)| *holds).map(|(word, _)| word).collect();
        self.list.filter.holds(&[
            ("name", row.key.name.as_str()),
            ("ns", row.key.namespace.as_str()),
            ("env", row.environment.short()),
            ("owner", &row.owner),
            ("tier", &tier),
            ("system", &row.system),
            ("version", &row.version),
            ("version", row.next_version.as_deref().unwrap_or_default()),
            ("health", row.health.word()),
            ("is", &is.join(" ")),
            ("", &row.reason),
        ])
    }

    fn names(&self) -> usize {
        self.matrix.lines.iter().filter(|line| line.nth == 0).count()
    }
}

/// Whether something is being delivered to it.
fn moves(row: &ServiceRow, ctx: &Ctx<'_>) -> bool {
    row.next_version.is_some()
        || row.rollout.is_moving()
        || ctx.delivery_of(&row.key).is_some_and(crate::screens::delivery::Delivery::is_running)
}

impl Screen for Environments {
    fn scope(&self) -> Scope {
        Scope::Environments
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let all = self.names();
        let cells = || self.matrix.lines.iter().flat_map(|line| line.cells.iter().flatten());
        let differ = cells().filter(|cell| cell.differs).count();
        let within = match ctx.place.and_then(|place| place.namespace.as_ref()) {
            Some(namespace) => format!("only {namespace}, :ns all for the others · "),
            None => String::new(),
        };
        let shown = if self.list.filter.is_empty() { "services" } else { "services shown" };
        format!("{within}{all} {shown} · {differ} not as production · {}", self.ordering.words())
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let fresh = self.columns.id().is_none();
        self.rebuild(ctx);
        self.list.cursor.settle(&self.list.ids);
        if fresh && !self.titles.is_empty() {
            self.begin(ctx);
        }
        self.follow(ctx);
    }

    fn on_motion(&mut self, motion: Motion, ctx: &Ctx<'_>) {
        self.list.step(motion);
        self.choose(ctx);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        let column = usize::from(list);
        let again = self.list.click(id) & (self.columns.locate(&self.titles) == Some(column));
        self.columns.select_at(&self.titles, column);
        self.choose(ctx);
        if again { self.open(ctx) } else { Vec::new() }
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        self.service(ctx).map(|(_, row)| Selected::Service(row.key.clone()))
    }

    fn filter(&self) -> &str {
        self.list.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.list.filter = Filter::parse(text, &FIELDS);
        self.rebuild(ctx);
        self.follow(ctx);
        if self.service(ctx).is_none() {
            self.list.find_again(0);
            self.choose(ctx);
        }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_matrix(pen, area, ctx);
    }
}
