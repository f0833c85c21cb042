//! A line over time on a logarithmic scale, with the mark it is measured against.

use super::dots::Dots;
use super::{Pen, Role, width};
use ratatui::layout::Rect;

/// Columns of the labels at the left.
const LABELS: u16 = 7;

/// The scale never spans less than this factor on either side of 1: flat
/// evidence must look flat.
const LEAST: f64 = 10.0;

/// Values beyond these are drawn at the edge.
const RANGE: (f64, f64) = (1e-6, 1e12);

/// The chart.
#[derive(Clone, Copy, Debug)]
pub struct LogChart<'a> {
    /// Time in any unit, rising, and a value above 0; not a number where the
    /// line is to break.
    pub points: &'a [(f64, f64)],
    /// Where the line is to be looked at: drawn across.
    pub mark: f64,
    /// How values are written at the left.
    pub label: fn(f64) -> String,
    /// Of the line below the mark, and from the mark on.
    pub roles: (Role, Role),
}

impl LogChart<'_> {
    /// Draws it into `area`; nothing where there is no room or no point.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        if area.width <= LABELS + 2 || area.height == 0 || self.points.is_empty() {
            return;
        }
        let plot = Rect { x: area.x + LABELS, width: area.width - LABELS, ..area };
        let scale = self.scale();
        self.draw_mark(pen, area, plot, scale);
        let ascii = pen.glyphs.ascii;
        let dots = self.dots(plot, scale, ascii);
        let above = row_of(self.mark, scale, plot.height);
        for (x, y, sign) in dots.drawn() {
            let sign = if ascii { '*' } else { sign };
            let role = if y <= above { self.roles.1 } else { self.roles.0 };
            pen.put(plot.x + x, plot.y + y, 1, &sign.to_string(), role);
        }
    }

    /// Logarithms of the lowest and highest value shown.
    fn scale(&self) -> (f64, f64) {
        let finite = self.points.iter().filter(|(_, value)| value.is_finite());
        let values = || finite.clone().map(|(_, value)| value.clamp(RANGE.0, RANGE.1));
        let low = values().fold(1.0 / LEAST, f64::min);
        let high = values().fold(self.mark.max(1.0) * LEAST, f64::max);
        (low.log10(), high.log10())
    }

    fn draw_mark(&self, pen: &mut Pen<'_>, area: Rect, plot: Rect, scale: (f64, f64)) {
        let (line, edge) = if pen.glyphs.ascii { ("-", "|") } else { ("┄", "│") };
        let mark = row_of(self.mark, scale, plot.height);
        let one = row_of(1.0, scale, plot.height);
        let mut labels = vec![(mark, self.mark)];
        for (row, value) in [(one, 1.0), (0, 10_f64.powf(scale.1))] {
            if labels.iter().all(|(taken, _)| *taken != row) {
                labels.push((row, value));
            }
        }
        for y in 0..plot.height {
            pen.put(plot.x - 1, plot.y + y, 1, edge, Role::Border);
        }
        for (row, value) in labels {
            let text = (self.label)(value);
            let wide = u16::try_from(width(&text)).unwrap_or(0).min(LABELS - 1);
            let role = if row == mark { self.roles.1 } else { Role::Dim };
            pen.put(area.x + LABELS - 1 - wide, area.y + row, wide, &text, role);
        }
        for x in 0..plot.width {
            pen.put(plot.x + x, plot.y + mark, 1, line, self.roles.1);
        }
    }

    fn dots(&self, plot: Rect, scale: (f64, f64), ascii: bool) -> Dots {
        let mut dots = Dots::new(plot.width, plot.height, ascii);
        let (columns, rows) = dots.size();
        let first = self.points.first().map_or(0.0, |(t, _)| *t);
        let span = self.points.last().map_or(0.0, |(t, _)| *t) - first;
        let place = |(time, value): (f64, f64)| {
            let across = if span > 0.0 { (time - first) / span } else { 0.0 };
            let column = (across * (columns - 1) as f64).round().clamp(0.0, (columns - 1) as f64);
            (column as usize, fraction(value, scale, rows))
        };
        let mut before: Option<(usize, usize)> = None;
        for point in self.points {
            if !point.1.is_finite() {
                before = None;
                continue;
            }
            let point = place(*point);
            let from = before.unwrap_or(point);
            for column in from.0..=point.0.max(from.0) {
                let part = (column - from.0) as f64 / (point.0.saturating_sub(from.0)).max(1) as f64;
                let row = from.1 as f64 + (point.1 as f64 - from.1 as f64) * part;
                dots.set(column, row.round().max(0.0) as usize);
            }
            dots.set(point.0, point.1);
            before = Some(point);
        }
        dots
    }
}

/// The dot row of a value, 0 at the top.
fn fraction(value: f64, (low, high): (f64, f64), rows: usize) -> usize {
    let part = (value.clamp(RANGE.0, RANGE.1).log10() - low) / (high - low).max(f64::MIN_POSITIVE);
    let most = rows.saturating_sub(1) as f64;
    ((1.0 - part.clamp(0.0, 1.0)) * most).round() as usize
}

/// The row of cells a value stands in.
fn row_of(value: f64, scale: (f64, f64), height: u16) -> u16 {
    let dots = usize::from(height) * 4;
    u16::try_from(fraction(value, scale, dots) / 4).unwrap_or(0).min(height.saturating_sub(1))
}
