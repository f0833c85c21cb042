//! How a log is drawn.

use super::Logs;
use crate::msg::LogLine;
use crate::screens::Ctx;
use crate::ui::{Brush, Pen, Role, Sign, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

impl Logs {
    pub(super) fn draw_lines(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if area.height < 2 {
            return;
        }
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        self.draw_foot(pen, foot);
        let body =
            Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: area.height - 1, ..area };
        let shown = self.shown();
        if shown.is_empty() {
            self.draw_empty(pen, body);
            return;
        }
        let height = usize::from(body.height);
        let offset = if self.follow {
            self.scroll.window_at_end(shown.len(), height)
        } else {
            self.scroll.window(shown.len(), height)
        };
        let brush = pen.brush();
        let room = usize::from(body.width).saturating_sub(1);
        let mut lines: Vec<Line<'_>> = Vec::new();
        if self.wrap && self.follow {
            // Filled from the end, so that the newest line is always whole.
            for line in shown.iter().rev() {
                let mut parts = self.wrapped(brush, line, ctx, room);
                parts.extend(lines);
                lines = parts;
                if lines.len() >= height {
                    break;
                }
            }
            let surplus = lines.len().saturating_sub(height);
            lines.drain(..surplus);
        } else {
            for line in shown.iter().skip(offset).take(height) {
                if self.wrap {
                    lines.extend(self.wrapped(brush, line, ctx, room));
                } else {
                    lines.push(self.line(brush, line, ctx, &line.text));
                }
            }
        }
        pen.lines(Rect { width: body.width.saturating_sub(1), ..body }, &lines);
        pen.scrollbar(Rect { width: area.width, x: area.x, ..body }, shown.len(), offset);
    }

    fn wrapped(&self, brush: Brush<'_>, line: &LogLine, ctx: &Ctx<'_>, room: usize) -> Vec<Line<'static>> {
        let room = if self.stamps { room.saturating_sub(13) } else { room };
        let parts = wrap(&line.text, room.max(8));
        parts.iter().map(|part| self.line(brush, line, ctx, part)).collect()
    }

    fn line(&self, brush: Brush<'_>, line: &LogLine, ctx: &Ctx<'_>, text: &str) -> Line<'static> {
        let mut spans = Vec::new();
        if self.stamps {
            let stamp = line.at.map_or_else(
                || "—".to_owned(),
                |at| {
                    let at = at.to_zoned(ctx.zone.clone());
                    format!("{:02}:{:02}:{:02}.{:03}", at.hour(), at.minute(), at.second(), at.millisecond())
                },
            );
            spans.push(brush.span(Role::Dim, format!("{stamp:<12} ")));
        }
        spans.extend(self.highlighted(brush, text));
        Line::from(spans)
    }

    /// The text with what the filter looks for marked.
    fn highlighted(&self, brush: Brush<'_>, text: &str) -> Vec<Span<'static>> {
        let role = level(text);
        let needle = self.filter.to_lowercase();
        // Positions in the lowered text fit the text only where no letter changes its length.
        if needle.is_empty() || !text.is_ascii() {
            return vec![brush.span(role, text.to_owned())];
        }
        let lowered = text.to_ascii_lowercase();
        let mut spans = Vec::new();
        let mut done = 0;
        for (at, found) in lowered.match_indices(&needle) {
            spans.push(brush.span(role, text.get(done..at).unwrap_or_default().to_owned()));
            done = at + found.len();
            spans.push(brush.span(Role::Match, text.get(at..done).unwrap_or_default().to_owned()));
        }
        spans.push(brush.span(role, text.get(done..).unwrap_or_default().to_owned()));
        spans
    }

    fn draw_empty(&self, pen: &mut Pen<'_>, body: Rect) {
        match (&self.ended, self.lines.is_empty()) {
            (_, false) => pen.empty(
                body,
                Role::Dim,
                &format!("No line has '{}'.", self.filter),
                "esc clears the filter",
            ),
            (Some(Err(fault)), true) => {
                let hint = fault.hints.first().map_or("", String::as_str);
                pen.empty(body, Role::Bad, &fault.text, hint);
            }
            (Some(Ok(())), true) => {
                pen.empty(body, Role::Dim, "The log is empty.", "The container wrote nothing.");
            }
            (None, true) => pen.empty(body, Role::Dim, "Waiting for the first line…", ""),
        }
    }

    fn draw_foot(&self, pen: &mut Pen<'_>, foot: Rect) {
        let dot = pen.sign(Sign::Dot);
        let state = match (&self.ended, self.follow) {
            (Some(Ok(())), _) => (Role::Dim, "ended".to_owned()),
            (Some(Err(fault)), _) => (Role::Bad, format!("{} cut off: {}", pen.sign(Sign::Bad), fault.text)),
            (None, true) => (Role::Good, format!("{} following", pen.sign(Sign::Good))),
            (None, false) => {
                (Role::Paused, format!("{} stopped here, f follows again", pen.sign(Sign::Paused)))
            }
        };
        let count = if self.dropped > 0 {
            format!("  {} lines, {} older ones dropped", self.lines.len(), self.dropped)
        } else {
            format!("  {} lines", self.lines.len())
        };
        let wrap = if self.wrap { format!(" {dot} wrapped") } else { String::new() };
        let line =
            Line::from(vec![pen.span(state.0, state.1), pen.span(Role::Dim, format!("{count}{wrap}"))]);
        pen.line(foot.x + 1, foot.y, foot.width.saturating_sub(2), &line);
    }
}

/// The role of a line by the level it declares.
fn level(text: &str) -> Role {
    const MARKS: [(&str, Role); 8] = [
        ("ERROR", Role::Bad),
        ("FATAL", Role::Bad),
        ("panic", Role::Bad),
        ("level=error", Role::Bad),
        ("WARN", Role::Warn),
        ("level=warn", Role::Warn),
        ("DEBUG", Role::Dim),
        ("level=debug", Role::Dim),
    ];
    MARKS.iter().find(|(mark, _)| text.contains(mark)).map_or(Role::Text, |(_, role)| *role)
}
