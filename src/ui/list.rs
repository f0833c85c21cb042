//! A table that draws only what is visible.

use super::{Align, Column, Cursor, Hit, Pen, Role, Sign, clip, clip_middle, fit_columns, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// One line of a table.
pub enum TableRow<'a> {
    /// A heading between groups.
    Heading(Line<'a>),
    /// Cells in the order of the columns.
    Cells {
        /// The identity of the line, for clicks.
        id: &'a str,
        /// One line of text for each column.
        cells: Vec<Line<'a>>,
        /// Marked by the person.
        marked: bool,
    },
}

/// A table over any number of rows; `row` is asked only for the visible ones.
pub struct Table<'a> {
    /// Its columns.
    pub columns: &'a [Column],
    /// How many lines it has.
    pub len: usize,
    /// The line at an index.
    pub row: &'a dyn Fn(usize) -> TableRow<'a>,
    /// The selected line.
    pub at: Option<usize>,
    /// Remembers the window.
    pub cursor: &'a Cursor,
    /// Its number for clicks.
    pub list: u8,
    /// Whether keys go to it.
    pub focused: bool,
    /// Whether column titles are shown.
    pub titled: bool,
    /// Titles of columns that are left out.
    pub hidden: Vec<&'a str>,
    /// The column it is sorted by, and whether the largest comes first.
    pub sorted: Option<(&'a str, bool)>,
    /// Whether a click on a title sorts.
    pub sorts: bool,
}

impl<'a> Table<'a> {
    /// A table that has the keys and shows its titles, the first of its screen.
    pub fn new(
        columns: &'a [Column],
        len: usize,
        row: &'a dyn Fn(usize) -> TableRow<'a>,
        cursor: &'a Cursor,
        at: Option<usize>,
    ) -> Self {
        Self {
            columns,
            len,
            row,
            at,
            cursor,
            list: 0,
            focused: true,
            titled: true,
            hidden: Vec::new(),
            sorted: None,
            sorts: false,
        }
    }

    /// Draws it into `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        if area.is_empty() {
            return;
        }
        let titled = u16::from(self.titled && area.height > 1);
        let body = Rect { y: area.y + titled, height: area.height - titled, ..area };
        let height = usize::from(body.height);
        let offset = self.cursor.window(self.len, self.at, height);
        let rows: Vec<_> = (offset..self.len.min(offset + height)).map(|i| (i, (self.row)(i))).collect();
        // One column for the cursor at the left, one for the scrollbar at the right.
        let room = area.width.saturating_sub(3);
        let places = self.places(&rows, room);
        if titled == 1 {
            self.titles(pen, area, &places);
        }
        for (line, (index, row)) in rows.iter().enumerate() {
            let y = body.y + u16::try_from(line).unwrap_or(0);
            let area = Rect { y, height: 1, ..body };
            self.row(pen, area, row, self.at == Some(*index), &places);
        }
        pen.scrollbar(body, self.len, offset);
    }

    /// Where each column stands; none where it gave way or is left out.
    fn places(&self, rows: &[(usize, TableRow<'_>)], room: u16) -> Vec<Option<(u16, u16)>> {
        let shown: Vec<bool> = self.columns.iter().map(|c| !self.hidden.contains(&c.title)).collect();
        let kept = |all: Vec<u16>| all.into_iter().zip(&shown).filter(|(_, s)| **s).map(|(w, _)| w).collect();
        let columns: Vec<Column> =
            self.columns.iter().zip(&shown).filter(|(_, s)| **s).map(|(column, _)| *column).collect();
        let wanted: Vec<u16> = kept(self.wanted(rows));
        let mut fitted = fit_columns(&columns, &wanted, room).into_iter();
        shown.iter().map(|shown| if *shown { fitted.next().flatten() } else { None }).collect()
    }

    /// The widest content of each column among the visible rows.
    fn wanted(&self, rows: &[(usize, TableRow<'_>)]) -> Vec<u16> {
        let mut want: Vec<usize> = self.columns.iter().map(|c| width(c.title)).collect();
        for (_, row) in rows {
            if let TableRow::Cells { cells, .. } = row {
                for (want, cell) in want.iter_mut().zip(cells) {
                    *want = (*want).max(cell.width());
                }
            }
        }
        want.into_iter().map(|w| u16::try_from(w).unwrap_or(u16::MAX)).collect()
    }

    fn titles(&self, pen: &mut Pen<'_>, area: Rect, places: &[Option<(u16, u16)>]) {
        for (column, place) in self.columns.iter().zip(places) {
            let Some((x, wide)) = place else { continue };
            let (x, sorted) = (area.x + 2 + x, self.sorted.filter(|(title, _)| *title == column.title));
            let title = match sorted {
                Some((_, descending)) => {
                    let mark = pen.sign(if descending { Sign::Down } else { Sign::Up });
                    // The mark is told even where the title is cut for it.
                    let room = usize::from(*wide).saturating_sub(width(mark));
                    Line::from(format!("{}{mark}", clip(column.title, room)))
                }
                None => Line::from(column.title),
            };
            let role = if sorted.is_some() { Role::Title } else { Role::Heading };
            put_aligned(pen, x, area.y, *wide, column.align, &title, role);
            if self.sorts {
                pen.hits.add(Rect::new(x, area.y, *wide, 1), Hit::Title(column.title));
            }
        }
    }

    fn row(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        row: &TableRow<'_>,
        at: bool,
        places: &[Option<(u16, u16)>],
    ) {
        let (id, cells, marked) = match row {
            TableRow::Heading(line) => {
                pen.line(area.x + 1, area.y, area.width.saturating_sub(1), line);
                return;
            }
            TableRow::Cells { id, cells, marked } => (*id, cells, *marked),
        };
        for ((column, place), cell) in self.columns.iter().zip(places).zip(cells) {
            if let Some((x, wide)) = place {
                let cell = if column.named { &shortened(cell, usize::from(*wide)) } else { cell };
                put_aligned(pen, area.x + 2 + x, area.y, *wide, column.align, cell, Role::Text);
            }
        }
        if marked {
            let sign = pen.sign(Sign::Mark);
            pen.put(area.x + 1, area.y, 1, sign, Role::Marked);
        }
        if at {
            let role = if self.focused { Role::Selected } else { Role::SelectedDim };
            pen.fill(area, role);
            let sign = pen.sign(Sign::Cursor);
            pen.put(area.x, area.y, 1, sign, if self.focused { Role::Cursor } else { Role::Dim });
        }
        pen.hits.add(area, Hit::Row(self.list, id.to_owned()));
    }
}

/// The line in at most `room` columns, its last part cut in the middle: what
/// stands before a name is a mark.
fn shortened<'a>(line: &Line<'a>, room: usize) -> Line<'a> {
    let mut line = line.clone();
    let before = line.width().saturating_sub(line.spans.last().map_or(0, Span::width));
    if let Some(last) = line.spans.last_mut().filter(|last| before + last.width() > room) {
        last.content = clip_middle(&last.content, room.saturating_sub(before)).into();
    }
    line
}

fn put_aligned(pen: &mut Pen<'_>, x: u16, y: u16, wide: u16, align: Align, line: &Line<'_>, role: Role) {
    let base = pen.style(role);
    let spans: Vec<Span<'_>> =
        line.spans.iter().map(|s| Span::styled(s.content.as_ref(), base.patch(s.style))).collect();
    let used = u16::try_from(line.width()).unwrap_or(u16::MAX);
    let shift = if align == Align::Right { wide.saturating_sub(used) } else { 0 };
    pen.line(x + shift, y, wide - shift.min(wide), &Line::from(spans));
}
