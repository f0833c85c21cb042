//! How a log is drawn.

use super::{Logs, MOST_SOURCES, REACHES, json};
use crate::msg::LogLine;
use crate::screens::Ctx;
use crate::ui::{Brush, Pen, Role, Sign, pad, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::borrow::Cow;

/// Columns of a pod's short name in front of its lines.
const PREFIX: usize = 9;
/// Columns of a time.
const STAMP: usize = 13;
/// What tells pods apart; none of these means good or bad.
const COLOURS: [Role; 5] = [Role::Title, Role::Key, Role::Moving, Role::Paused, Role::Strong];

impl Logs {
    pub(super) fn draw_lines(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if area.height < 2 {
            return;
        }
        let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
        self.draw_foot(pen, foot);
        let body =
            Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: area.height - 1, ..area };
        let shown = self.lines.shown();
        if shown == 0 {
            self.draw_empty(pen, body);
            return;
        }
        let height = usize::from(body.height);
        let offset = if self.follow {
            self.scroll.window_at_end(shown, height)
        } else {
            self.scroll.window(shown, height)
        };
        let brush = pen.brush();
        let room = usize::from(body.width).saturating_sub(1);
        let mut lines: Vec<Line<'_>> = Vec::new();
        if self.wrap && self.follow {
            // Filled from the end, so that the newest line is always whole.
            for line in self.lines.from(offset).rev() {
                let mut parts = self.rows(brush, line, ctx, room);
                parts.extend(lines);
                lines = parts;
                if lines.len() >= height {
                    break;
                }
            }
            let surplus = lines.len().saturating_sub(height);
            lines.drain(..surplus);
        } else {
            for line in self.lines.from(offset).take(height) {
                lines.extend(self.rows(brush, line, ctx, room));
            }
        }
        pen.lines(Rect { width: body.width.saturating_sub(1), ..body }, &lines);
        pen.scrollbar(Rect { width: area.width, x: area.x, ..body }, shown, offset);
    }

    /// A line as the rows it takes: one, unless lines are wrapped.
    fn rows(&self, brush: Brush<'_>, line: &LogLine, ctx: &Ctx<'_>, room: usize) -> Vec<Line<'static>> {
        let text = self.text(line);
        let head = self.head(brush, line, ctx);
        let taken: usize = head.iter().map(|span| crate::ui::width(&span.content)).sum();
        let parts =
            if self.wrap { wrap(&text, room.saturating_sub(taken).max(8)) } else { vec![text.into_owned()] };
        let row = |(n, part): (usize, &String)| {
            let mut spans = if n == 0 { head.clone() } else { vec![Span::raw(" ".repeat(taken))] };
            spans.extend(self.highlighted(brush, &line.text, part));
            Line::from(spans)
        };
        parts.iter().enumerate().map(row).collect()
    }

    fn text<'a>(&self, line: &'a LogLine) -> Cow<'a, str> {
        let unfolded = if self.raw { None } else { json::unfold(&line.text) };
        unfolded.map_or(Cow::Borrowed(line.text.as_str()), Cow::Owned)
    }

    /// What stands before the text: when, and whose line it is.
    fn head(&self, brush: Brush<'_>, line: &LogLine, ctx: &Ctx<'_>) -> Vec<Span<'static>> {
        let mut spans = Vec::new();
        if self.stamps {
            let stamp = line.at.map_or_else(
                || "—".to_owned(),
                |at| {
                    let at = at.to_zoned(ctx.zone.clone());
                    format!("{:02}:{:02}:{:02}.{:03}", at.hour(), at.minute(), at.second(), at.millisecond())
                },
            );
            spans.push(brush.span(Role::Dim, pad(&stamp, STAMP)));
        }
        if self.sources.len() > 1
            && let Some(source) = self.sources.get(usize::from(line.source))
        {
            let name = short_name(source.pod.as_str());
            spans.push(brush.span(colour_of(source.pod.as_str()), pad(name, PREFIX)));
            spans.push(Span::raw(" "));
        }
        spans
    }

    /// The text with what the filter looks for marked.
    fn highlighted(&self, brush: Brush<'_>, whole: &str, text: &str) -> Vec<Span<'static>> {
        let role = level(whole);
        let mut spans = Vec::new();
        let mut done = 0;
        for (start, end) in self.lines.matcher().places(text) {
            spans.push(brush.span(role, text.get(done..start).unwrap_or_default().to_owned()));
            spans.push(brush.span(Role::Match, text.get(start..end).unwrap_or_default().to_owned()));
            done = end;
        }
        spans.push(brush.span(role, text.get(done..).unwrap_or_default().to_owned()));
        spans
    }

    fn draw_empty(&self, pen: &mut Pen<'_>, body: Rect) {
        match (&self.ended, self.lines.kept() == 0) {
            (_, false) => {
                let text =
                    format!("None of {} lines matches '{}'.", self.lines.kept(), self.lines.matcher().text());
                pen.empty(body, Role::Dim, &text, "esc clears the filter");
            }
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
                (Role::Paused, format!("{} paused here, f follows again", pen.sign(Sign::Paused)))
            }
        };
        let mut words = vec![format!("  {} lines", self.lines.kept())];
        if self.lines.shown() < self.lines.kept() {
            words = vec![format!("  {} of {} lines", self.lines.shown(), self.lines.kept())];
        }
        if self.lines.dropped() > 0 {
            words.push(format!("{} older ones dropped", self.lines.dropped()));
        }
        words.extend(REACHES.get(self.reach).filter(|_| self.reach > 0).map(|(_, word)| (*word).to_owned()));
        for (on, word) in [(self.wrap, "wrapped"), (self.raw, "raw")] {
            words.extend(on.then(|| word.to_owned()));
        }
        if self.sources.len() >= MOST_SOURCES {
            words.push(format!("{MOST_SOURCES} pods at most"));
        }
        if let Some(why) = self.lines.matcher().why_plain() {
            words.push(format!("taken as plain text: {why}"));
        }
        let rest = words.join(&format!(" {dot} "));
        let line = Line::from(vec![pen.span(state.0, state.1), pen.span(Role::Dim, rest)]);
        pen.line(foot.x + 1, foot.y, foot.width.saturating_sub(2), &line);
    }
}

/// What tells a pod from its sisters: the last part of its name.
fn short_name(pod: &str) -> &str {
    pod.rsplit('-').next().unwrap_or(pod)
}

/// The same colour for a pod, whatever else is followed.
fn colour_of(pod: &str) -> Role {
    let hash = pod.bytes().fold(7_usize, |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(byte)));
    COLOURS.get(hash % COLOURS.len()).copied().unwrap_or(Role::Title)
}

/// The role of a line by the level it declares.
fn level(text: &str) -> Role {
    const MARKS: [(&str, Role); 14] = [
        ("ERROR", Role::Bad),
        ("FATAL", Role::Bad),
        ("panic", Role::Bad),
        ("level=error", Role::Bad),
        ("\"level\":\"error\"", Role::Bad),
        ("\"level\":50", Role::Bad),
        ("\"level\":60", Role::Bad),
        ("WARN", Role::Warn),
        ("level=warn", Role::Warn),
        ("\"level\":\"warn", Role::Warn),
        ("\"level\":40", Role::Warn),
        ("DEBUG", Role::Dim),
        ("level=debug", Role::Dim),
        ("\"level\":\"debug\"", Role::Dim),
    ];
    MARKS.iter().find(|(mark, _)| text.contains(mark)).map_or(Role::Text, |(_, role)| *role)
}
