//! What every list has: identities of its lines, a cursor that follows one of
//! them, and a filter.

use super::{Act, Ctx, Filter, Handler, Screen, handle};
use crate::command::{Command, Motion};
use crate::ui::{Column, Cursor, Pen, Role, Table, TableRow, wrap};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// State of a list. Its lines are worked out by its screen.
#[derive(Debug, Default)]
pub(super) struct List {
    pub(super) cursor: Cursor,
    pub(super) filter: Filter,
    /// Identity of every line; empty for headings.
    pub(super) ids: Vec<String>,
}

impl List {
    /// Takes the lines there are now; the selection stays on its identity.
    pub(super) fn settle(&mut self, ids: Vec<String>) {
        self.ids = ids;
        self.cursor.settle(&self.ids);
    }

    /// Where the selected line is; none if it is gone.
    pub(super) fn at(&self) -> Option<usize> {
        self.cursor.locate(&self.ids)
    }

    /// The identity of the selected line; none if it is gone.
    pub(super) fn id(&self) -> Option<&str> {
        self.ids.get(self.at()?).map(String::as_str)
    }

    /// Moves the selection.
    pub(super) fn step(&mut self, motion: Motion) {
        self.cursor.step(&self.ids, motion);
    }

    /// Selects a clicked line; whether it was selected already.
    pub(super) fn click(&mut self, id: &str) -> bool {
        let again = self.cursor.id() == Some(id);
        self.cursor.select(&self.ids, id);
        again
    }

    /// Selects line `first` if what was selected does not pass the filter.
    pub(super) fn find_again(&mut self, first: usize) {
        if self.at().is_none() {
            self.cursor.select_at(&self.ids, first);
        }
        self.cursor.settle(&self.ids);
    }

    /// Line `index` of the table.
    pub(super) fn line<'a>(&'a self, index: usize, cells: Option<Vec<Line<'a>>>) -> TableRow<'a> {
        match (self.ids.get(index), cells) {
            (Some(id), Some(cells)) => TableRow::Cells { id, cells, marked: false },
            _ => TableRow::Heading(Line::default()),
        }
    }

    /// The table of its lines.
    pub(super) fn table<'a>(
        &'a self,
        columns: &'a [Column],
        row: &'a dyn Fn(usize) -> TableRow<'a>,
    ) -> Table<'a> {
        Table::new(columns, self.ids.len(), row, &self.cursor, self.at())
    }

    /// The same, as it was chosen to look; `idle` are columns in which nothing is to be said now.
    pub(super) fn view<'a>(
        &'a self,
        (name, columns): (&str, &'a [Column]),
        idle: &[&'a str],
        row: &'a dyn Fn(usize) -> TableRow<'a>,
        ctx: &Ctx<'a>,
    ) -> Table<'a> {
        let view = ctx.views.list(name);
        let mut hidden = idle.to_vec();
        hidden.extend(view.into_iter().flat_map(|view| &view.hidden).map(String::as_str));
        let sorted = view.and_then(crate::msg::ListView::sorted);
        Table { hidden, sorted, sorts: true, ..self.table(columns, row) }
    }

    /// Draws lines of `cells`, as list `number` of its screen.
    pub(super) fn draw<'a>(
        &'a self,
        pen: &mut Pen<'_>,
        area: Rect,
        columns: &'a [Column],
        (number, focused): (u8, bool),
        cells: impl Fn(usize) -> Option<Vec<Line<'a>>> + 'a,
    ) {
        let row = |index: usize| self.line(index, cells(index));
        Table { list: number, focused, ..self.table(columns, &row) }.draw(pen, area);
    }
}

/// Does a command of a screen that is a list: its own, else what all lists have.
pub(super) fn handle_list<S: Screen>(
    screen: &mut S,
    own: &[Handler<S>],
    command: Command,
    ctx: &Ctx<'_>,
) -> Option<Vec<Act>> {
    let all: [Handler<S>; 3] = [
        (Command::NextMatch, |s, ctx| {
            s.on_motion(Motion::Lines(1), ctx);
            Vec::new()
        }),
        (Command::PrevMatch, |s, ctx| {
            s.on_motion(Motion::Lines(-1), ctx);
            Vec::new()
        }),
        (Command::Back, back),
    ];
    handle(screen, own, command, ctx).or_else(|| handle(screen, &all, command, ctx))
}

/// Clears the filter; without one, goes back to where one came from.
pub(super) fn back<S: Screen>(screen: &mut S, ctx: &Ctx<'_>) -> Vec<Act> {
    if screen.filter().is_empty() {
        return vec![Act::Run(Command::HistoryBack)];
    }
    screen.set_filter("", ctx);
    Vec::new()
}

/// Writes a text below a list: whole sentences have no room in a column, so
/// those of the selected line stand there. What is left for the list.
pub(super) fn draw_below(pen: &mut Pen<'_>, area: Rect, role: Role, text: &str) -> Rect {
    let width = area.width.saturating_sub(4);
    let below = wrap(text, usize::from(width));
    let high = u16::try_from(below.len()).unwrap_or(1).min(area.height / 2);
    let foot = Rect { x: area.x + 2, y: area.bottom() - high, width, height: high };
    let below: Vec<_> = below.into_iter().map(|line| Line::from(pen.span(role, line))).collect();
    pen.lines(foot, &below);
    Rect { height: area.height - high, ..area }
}
