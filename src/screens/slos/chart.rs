//! The burndown: budget left over the window, the line of even spending, and
//! what was deployed when. A gap is drawn as a gap.

use crate::ui::{Brush, Role};
use ratatui::text::{Line, Span};

/// What is drawn.
pub(super) struct Burndown<'a> {
    /// Budget left, evenly spaced; none where nothing was observed.
    pub(super) points: &'a [Option<f32>],
    /// Where something was deployed, 0 to 1 from left to right.
    pub(super) marks: Vec<f64>,
}

/// Columns of the scale at the left.
const SCALE: usize = 6;

/// Bits of a braille cell by column and row, from the top.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

impl Burndown<'_> {
    /// The chart in `width` columns and `height` rows, without its axis of time.
    pub(super) fn lines(&self, brush: Brush<'_>, width: usize, height: usize) -> Vec<Line<'static>> {
        let columns = width.saturating_sub(SCALE + 1).max(1);
        let lowest = self.points.iter().flatten().copied().fold(0.0_f32, f32::min);
        // Overdrawn budgets need room below zero; the top is the whole budget.
        let bottom = f64::from(lowest).clamp(-1.0, 0.0);
        let span = 1.0 - bottom;
        (0..height)
            .map(|row| {
                let mut spans = vec![brush.span(Role::Dim, scale(row, height, bottom))];
                spans.extend(self.row(brush, columns, height, row, span));
                Line::from(spans)
            })
            .collect()
    }

    fn row(
        &self,
        brush: Brush<'_>,
        columns: usize,
        height: usize,
        row: usize,
        span: f64,
    ) -> Vec<Span<'static>> {
        let mut spans: Vec<Span<'static>> = Vec::with_capacity(columns);
        for column in 0..columns {
            let dots = self.cell(columns, height, column, row, span);
            let cell = if dots != 0 {
                let below = self.at(column * 2, columns * 2).is_some_and(|left| left <= 0.0);
                let role = if below { Role::Bad } else { Role::Moving };
                let sign =
                    if brush.glyphs.ascii { '*' } else { char::from_u32(0x2800 + dots).unwrap_or(' ') };
                brush.span(role, sign.to_string())
            } else if ideal_row(column, columns, height, span) == row {
                brush.span(Role::Dim, if brush.glyphs.ascii { "." } else { "·" })
            } else {
                Span::raw(" ")
            };
            spans.push(cell);
        }
        spans
    }

    /// The dots of the line in one cell.
    fn cell(&self, columns: usize, height: usize, column: usize, row: usize, span: f64) -> u32 {
        let levels = height * 4;
        let mut dots = 0;
        for (half, rows) in DOTS.iter().enumerate() {
            let here = self.level(column * 2 + half, columns * 2, levels, span);
            let before = (column * 2 + half).checked_sub(1);
            let before = before.and_then(|at| self.level(at, columns * 2, levels, span));
            let Some(here) = here else { continue };
            // A fall within one column is a line, not a jump.
            let (top, end) = before.map_or((here, here), |before| (before.min(here), before.max(here)));
            for (place, bit) in rows.iter().enumerate() {
                if (top..=end).contains(&(row * 4 + place)) {
                    dots |= bit;
                }
            }
        }
        dots
    }

    fn level(&self, at: usize, of: usize, levels: usize, span: f64) -> Option<usize> {
        let left = f64::from(self.at(at, of)?);
        let depth = ((1.0 - left) / span * levels as f64).floor().clamp(0.0, levels as f64 - 1.0);
        Some(depth as usize)
    }

    fn at(&self, at: usize, of: usize) -> Option<f32> {
        self.points.get(at * self.points.len() / of.max(1)).copied().flatten()
    }

    /// The row of marks under the chart; empty if nothing was deployed.
    pub(super) fn marks(&self, brush: Brush<'_>, width: usize) -> Option<Line<'static>> {
        if self.marks.is_empty() {
            return None;
        }
        let columns = width.saturating_sub(SCALE + 1).max(1);
        let mut row = vec![' '; columns];
        for mark in &self.marks {
            let at = ((mark * columns as f64) as usize).min(columns - 1);
            if let Some(cell) = row.get_mut(at) {
                *cell = if brush.glyphs.ascii { '^' } else { '▲' };
            }
        }
        let text: String = row.into_iter().collect();
        Some(Line::from(vec![
            brush.span(Role::Dim, format!("{:>SCALE$} ", "deploy")),
            brush.span(Role::Strong, text.trim_end().to_owned()),
        ]))
    }

    /// The axis of time: `from` at the left, `now` at the right.
    pub(super) fn axis(brush: Brush<'_>, width: usize, from: &str, until: &str) -> Line<'static> {
        let columns = width.saturating_sub(SCALE + 1).max(1);
        let gap = columns.saturating_sub(from.chars().count() + until.chars().count());
        let text = format!("{}{from}{}{until}", " ".repeat(SCALE + 1), " ".repeat(gap));
        Line::from(brush.span(Role::Dim, text))
    }
}

/// The row of even spending in a column.
fn ideal_row(column: usize, columns: usize, height: usize, span: f64) -> usize {
    let spent = (column as f64 + 0.5) / columns as f64;
    ((spent / span * height as f64) as usize).min(height.saturating_sub(1))
}

/// The label of a row: the whole budget, none, and the lowest.
fn scale(row: usize, height: usize, bottom: f64) -> String {
    let span = 1.0 - bottom;
    let zero = ((1.0 / span * height as f64) as usize).min(height.saturating_sub(1));
    let label = if row == 0 {
        "100%".to_owned()
    } else if row == zero {
        "0%".to_owned()
    } else if row + 1 == height {
        format!("{:.0}%", bottom * 100.0)
    } else if bottom == 0.0 && row == height / 2 {
        "50%".to_owned()
    } else {
        String::new()
    };
    format!("{label:>SCALE$} ")
}
