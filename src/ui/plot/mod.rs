//! A chart over time: lines, levels to compare them with, marks on the axis of
//! time, and a cursor.
//!
//! ```text
//!   20/s ┤                    ⢀⡠⠤⠒⠉⠒⢄
//!   10/s ┤┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄   a level
//!      0 ┤⠤⠤⠒⠒⠤⠤⣀⣀⠤⠒⠒⠤⠤
//!        └─────┴──────▲──────┴─────────┴──   marks and ticks
//!            14:00         14:05     14:10
//! ```

mod scale;
#[cfg(test)]
mod tests;
mod time;

pub use scale::{Round, Scale};

use super::dots::Dots;
use super::{Hit, Pen, Role, width};
use jiff::tz::TimeZone;
use ratatui::layout::Rect;
use scale::ticks;
use time::TimeAxis;

/// Columns of the labels at the left, the axis included.
const LABELS: u16 = 9;

/// Rows below the lines: the axis of time and its labels.
const BELOW: u16 = 2;

/// One line.
#[derive(Clone, Copy, Debug)]
pub struct PlotLine<'a> {
    /// A value for each step; none where the line is to break.
    pub values: &'a [Option<f64>],
    /// How it looks.
    pub role: Role,
    /// Its sign where there is only ASCII: colours are not all there is.
    pub ascii: char,
}

/// A value to compare with, drawn across.
#[derive(Clone, Copy, Debug)]
pub struct Level {
    /// The value.
    pub value: f64,
    /// How it looks.
    pub role: Role,
}

/// Something that happened.
#[derive(Clone, Copy, Debug)]
pub struct PlotMark {
    /// When, milliseconds since the epoch.
    pub at_ms: i64,
    /// Its sign, one column wide.
    pub sign: &'static str,
    /// How it looks.
    pub role: Role,
}

/// The chart.
#[derive(Clone, Copy)]
pub struct Plot<'a> {
    /// The first step, milliseconds since the epoch.
    pub start_ms: i64,
    /// From one step to the next.
    pub step_ms: i64,
    /// The newest moment, in the last column.
    pub end_ms: i64,
    /// How far back the axis reaches from there.
    pub span_ms: i64,
    /// The lines; later ones lie on top.
    pub lines: &'a [PlotLine<'a>],
    /// What they are compared with.
    pub levels: &'a [Level],
    /// What happened meanwhile; later ones lie on top.
    pub marks: &'a [PlotMark],
    /// The moment that is being read.
    pub cursor: Option<i64>,
    /// The value at the top; at the bottom is zero.
    pub top: f64,
    /// How values are written at the left, given the top.
    pub label: fn(f64, f64) -> String,
    /// In which zone times are written.
    pub zone: &'a TimeZone,
}

impl Plot<'_> {
    /// Draws it into `area`; clicks on a column are row `list` of its moment.
    /// How long a column is, in milliseconds; none where there is no room.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, list: u8) -> Option<i64> {
        if area.width <= LABELS + 2 || area.height == 0 {
            return None;
        }
        let below = if area.height > BELOW { BELOW } else { 0 };
        let plot =
            Rect { x: area.x + LABELS, width: area.width - LABELS, height: area.height - below, ..area };
        let axis = TimeAxis::new(self.end_ms, self.span_ms, plot.width);
        self.draw_values(pen, area, plot);
        if below > 0 {
            self.draw_time(pen, plot, axis);
        }
        self.draw_levels(pen, plot);
        let taken = self.draw_lines(pen, plot, axis);
        self.draw_cursor(pen, plot, axis, &taken);
        for column in 0..plot.width {
            let at = axis.moments(column).1.to_string();
            let place = Rect { x: plot.x + column, width: 1, height: area.height, ..plot };
            pen.hits.add(place, Hit::Row(list, at));
        }
        Some(axis.column_ms())
    }

    fn draw_values(&self, pen: &mut Pen<'_>, area: Rect, plot: Rect) {
        let (edge, tick) = if pen.glyphs.ascii { ("|", "+") } else { ("│", "┤") };
        for y in 0..plot.height {
            pen.put(plot.x - 1, plot.y + y, 1, edge, Role::Border);
        }
        for (row, part) in ticks(plot.height) {
            let text = (self.label)(self.top * part, self.top);
            let wide = u16::try_from(width(&text)).unwrap_or(0).min(LABELS - 2);
            pen.put(area.x + LABELS - 2 - wide, plot.y + row, wide, &text, Role::Dim);
            pen.put(plot.x - 1, plot.y + row, 1, tick, Role::Border);
        }
    }

    fn draw_time(&self, pen: &mut Pen<'_>, plot: Rect, axis: TimeAxis) {
        let (corner, line, tick) = if pen.glyphs.ascii { ("+", "-", "+") } else { ("└", "─", "┴") };
        let y = plot.bottom();
        pen.put(plot.x - 1, y, 1, corner, Role::Border);
        for x in plot.x..plot.right() {
            pen.put(x, y, 1, line, Role::Border);
        }
        let mut free = plot.x.saturating_sub(LABELS);
        for (column, text) in axis.labels(self.zone) {
            let wide = u16::try_from(width(&text)).unwrap_or(0);
            let x = (plot.x + column).saturating_sub(wide / 2);
            pen.put(plot.x + column, y, 1, tick, Role::Border);
            // A label that is cut says another time.
            if x >= free && x + wide <= plot.right() {
                pen.put(x, y + 1, wide, &text, Role::Dim);
                free = x + wide + 1;
            }
        }
        for mark in self.marks {
            if let Some(column) = axis.column(mark.at_ms) {
                pen.put(plot.x + column, y, 1, mark.sign, mark.role);
            }
        }
    }

    fn draw_levels(&self, pen: &mut Pen<'_>, plot: Rect) {
        let (line, down) = if pen.glyphs.ascii { ("-", 1) } else { ("┄", 4) };
        for level in self.levels.iter().filter(|level| (0.0..=self.top).contains(&level.value)) {
            let row = self.row(level.value, usize::from(plot.height) * down) / down;
            let y = plot.y + u16::try_from(row).unwrap_or(0);
            for x in plot.x..plot.right() {
                pen.put(x, y, 1, line, level.role);
            }
        }
    }

    /// Draws the lines; the places that are taken by them, row before column.
    fn draw_lines(&self, pen: &mut Pen<'_>, plot: Rect, axis: TimeAxis) -> Vec<(u16, u16)> {
        let ascii = pen.glyphs.ascii;
        let mut all = Dots::new(plot.width, plot.height, ascii);
        let mut taken = Vec::new();
        for line in self.lines {
            let mut own = Dots::new(plot.width, plot.height, ascii);
            self.stroke(&mut own, line, axis);
            self.stroke(&mut all, line, axis);
            let places: Vec<(u16, u16)> = own.drawn().map(|(x, y, _)| (y, x)).collect();
            // A cell has one colour, and the dots of all its lines. They come row by row.
            for (x, y, sign) in all.drawn().filter(|(x, y, _)| places.binary_search(&(*y, *x)).is_ok()) {
                let sign = if ascii { line.ascii } else { sign };
                pen.put(plot.x + x, plot.y + y, 1, sign.encode_utf8(&mut [0; 4]), line.role);
            }
            taken.extend(places);
        }
        taken
    }

    /// The strokes of a line: from each value to the next step's, and no
    /// further. A value between two gaps is a dot.
    fn stroke(&self, dots: &mut Dots, line: &PlotLine<'_>, axis: TimeAxis) {
        let (each, down) = (dots.each().0, dots.size().1);
        let mut before: Option<(usize, usize)> = None;
        for (index, value) in line.values.iter().enumerate() {
            let at = self.start_ms + i64::try_from(index).unwrap_or(0) * self.step_ms;
            let here = value
                .filter(|value| value.is_finite())
                .and_then(|value| Some((axis.dot(at, each)?, self.row(value, down))));
            if let Some(here) = here {
                dots.stroke(before.unwrap_or(here), here);
            }
            before = here;
        }
    }

    /// The dot row of a value, 0 at the top.
    fn row(&self, value: f64, rows: usize) -> usize {
        let part = if self.top > 0.0 { (value / self.top).clamp(0.0, 1.0) } else { 0.0 };
        ((1.0 - part) * rows.saturating_sub(1) as f64).round() as usize
    }

    fn draw_cursor(&self, pen: &mut Pen<'_>, plot: Rect, axis: TimeAxis, taken: &[(u16, u16)]) {
        let Some(column) = self.cursor.and_then(|at| axis.column(at)) else { return };
        let line = if pen.glyphs.ascii { ":" } else { "╎" };
        for y in (0..plot.height).filter(|y| !taken.contains(&(*y, column))) {
            pen.put(plot.x + column, plot.y + y, 1, line, Role::Cursor);
        }
    }
}
