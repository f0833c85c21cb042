//! The marks in words, in the place the grid leaves free.

use super::Charts;
use super::marks::ChartMark;
use super::words::moment;
use crate::screens::Ctx;
use crate::signals::chart::Chart;
use crate::ui::{Pen, Role};
use ratatui::layout::Rect;
use ratatui::text::Line;

impl Charts {
    /// What happened in the range, newest first; what is read now stands out.
    pub(super) fn draw_happened(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        (chart, marks): (&Chart, &[ChartMark]),
        ctx: &Ctx<'_>,
    ) {
        let brush = pen.brush();
        let title = Line::from(brush.span(Role::Title, format!("What happened in {}", self.range().word)));
        pen.rule(Rect { height: area.height.min(1), ..area }, &title, Role::Border);
        let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        if marks.is_empty() {
            pen.put(
                body.x + 1,
                body.y,
                body.width.saturating_sub(1),
                "nothing is known to have happened",
                Role::Dim,
            );
            return;
        }
        let read = self.cursor.and_then(|at| self.mark_at(at, marks));
        for (y, mark) in (body.y..body.bottom()).zip(marks.iter().rev()) {
            let (sign, role) = mark.look(brush.glyphs.ascii);
            let words = if read == Some(mark) { Role::Strong } else { Role::Text };
            let line = Line::from(vec![
                brush.span(role, format!(" {sign} ")),
                brush.span(Role::Dim, format!("{}  ", moment(mark.at_ms, chart, ctx))),
                brush.span(words, mark.text.clone()),
            ]);
            pen.line(body.x, y, body.width, &line);
        }
    }
}
