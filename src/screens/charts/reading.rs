//! The line above the charts: the moment that is read, what happened then, and
//! where the samples begin.

use super::Charts;
use super::marks::{ChartMark, LOOKS};
use super::words::{moment, since};
use crate::command::{Command, Keymap};
use crate::domain::Signals;
use crate::screens::Ctx;
use crate::ui::{Brush, Pen, Role, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The keys of the cursor, and which signs there are.
fn legend(brush: Brush<'_>, keymap: &Keymap, marks: &[ChartMark]) -> Vec<Span<'static>> {
    let there = LOOKS.iter().filter(|look| marks.iter().any(|mark| mark.what == look.0));
    let signs = there.flat_map(|(_, sign, plain, role, word)| {
        let sign = if brush.glyphs.ascii { *plain } else { *sign };
        [brush.span(*role, format!("  {sign}")), brush.span(Role::Dim, format!(" {word}"))]
    });
    let (earlier, later) = (keymap.key(Command::Earlier), keymap.key(Command::Later));
    let keys = brush.span(Role::Dim, format!("  {earlier}/{later} read other times"));
    signs.chain([keys]).collect()
}

impl Charts {
    /// What is being read: the moment, what happened then, and where the
    /// samples begin.
    pub(super) fn draw_reading(
        &self,
        pen: &mut Pen<'_>,
        row: Rect,
        (signals, marks): (&Signals, &[ChartMark]),
        ctx: &Ctx<'_>,
    ) {
        let brush = pen.brush();
        let Some(chart) = self.newest() else { return };
        let at = self.cursor.unwrap_or_else(|| chart.end_ms());
        let (word, role) =
            if self.cursor.is_some() { (" at ", Role::Cursor) } else { (" newest ", Role::Dim) };
        let mut spans = vec![brush.span(role, word), brush.span(Role::Strong, moment(at, chart, ctx))];
        if let Some(mark) = self.mark_at(at, marks) {
            let (sign, role) = mark.look(brush.glyphs.ascii);
            spans.push(brush.span(role, format!("  {sign} ")));
            let text = format!("{} {}", moment(mark.at_ms, chart, ctx), mark.text);
            spans.push(brush.span(Role::Text, text));
        }
        let room = usize::from(row.width);
        let begin = since(chart, &signals.source, ctx).filter(|words| width(words) + 24 <= room);
        let wide = begin.as_deref().map_or(0, width);
        // Where samples begin is worth more than which keys there are.
        let left =
            if self.cursor.is_none() && begin.is_some() { room.saturating_sub(wide + 2) } else { room };
        let legend = if self.cursor.is_none() { legend(brush, pen.keymap, marks) } else { Vec::new() };
        let mut line = Line::from(spans);
        // A legend that is cut says less than none.
        if line.width() + Line::from(legend.clone()).width() <= left {
            line.spans.extend(legend);
        }
        let used = usize::from(pen.line(row.x, row.y, u16::try_from(left).unwrap_or(row.width), &line));
        if let Some(words) = begin.filter(|_| used + wide < room) {
            let wide = u16::try_from(wide).unwrap_or(u16::MAX);
            pen.put(row.right().saturating_sub(wide), row.y, wide, &words, Role::Dim);
        }
    }

    /// What happened in the column of a moment that is being read; of several
    /// things the one that says most.
    pub(super) fn mark_at<'a>(&self, at_ms: i64, marks: &'a [ChartMark]) -> Option<&'a ChartMark> {
        self.cursor?;
        let near = self.column_ms.get().max(self.range().step_ms());
        let there = |mark: &&ChartMark| (mark.at_ms - at_ms).abs() * 2 <= near;
        marks.iter().filter(there).max_by_key(|mark| (mark.what, mark.at_ms))
    }
}
