//! The failing pod that says most: why it fails, its last log lines, its last
//! event. One log is read, for as long as the cockpit shows it.

use super::Cockpit;
use crate::domain::{Fault, Pod, Uid, clean, redact_text};
use crate::msg::{LogLine, LogQuery, LogSource, LogUpdate};
use crate::screens::Ctx;
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;
use std::collections::VecDeque;
use std::sync::Arc;

/// Lines asked for and kept.
const LINES: u32 = 20;

/// Lines of the log shown.
const SHOWN: usize = 3;

/// Lines it takes with room to spare: why, the log, the last event.
pub(super) const MOST_ROWS: usize = SHOWN + 2;

/// Characters of a line kept: a stack trace on one line may be a megabyte.
const MOST_CHARS: usize = 400;

/// The last lines of one pod's log.
#[derive(Debug, Default)]
pub(super) struct Peek {
    /// The pod, and how often it had been restarted when its log was asked for.
    of: Option<(Uid, u32)>,
    ticket: u64,
    lines: VecDeque<String>,
    ended: Option<Result<(), Fault>>,
}

impl Peek {
    fn take(&mut self, update: LogUpdate) {
        if update.ticket != self.ticket || self.of.is_none() {
            return;
        }
        for LogLine { text, .. } in update.lines {
            let text: String = redact_text(&clean(&text)).chars().take(MOST_CHARS).collect();
            if !text.trim().is_empty() {
                self.lines.push_back(text);
            }
        }
        let surplus = self.lines.len().saturating_sub(LINES as usize);
        self.lines.drain(..surplus);
        self.ended = update.ended.or(self.ended.take());
    }
}

impl Cockpit {
    /// The first pod that fails.
    fn failing(&self, ctx: &Ctx<'_>) -> Option<Arc<Pod>> {
        self.pods(ctx).into_iter().find(|pod| !pod.is_ready() && !pod.terminating && pod.problem.is_some())
    }

    /// The log to be read now, if it is another than the one that is read; the
    /// inner none means that none is to be read any more.
    pub fn wants_log(&mut self, ctx: &Ctx<'_>) -> Option<Option<LogQuery>> {
        let failing = self.failing(ctx);
        let of = failing.as_ref().map(|pod| (pod.uid.clone(), pod.restarts));
        if of == self.peek.of {
            return None;
        }
        self.peek = Peek { of, ..Peek::default() };
        Some(failing.map(|pod| LogQuery {
            ticket: 0,
            sources: vec![LogSource {
                namespace: pod.key.namespace.clone(),
                pod: pod.key.name.clone(),
                container: pod.problem.as_ref().and_then(|problem| problem.container.clone()),
            }],
            since: None,
            // A container that waits to be restarted has said all it had to say.
            previous: pod.restarts > 0,
            tail: LINES,
        }))
    }

    /// The log was asked for under this ticket.
    pub fn asked_log(&mut self, ticket: u64) {
        self.peek.ticket = ticket;
    }

    /// No log is read any more: the person is elsewhere.
    pub fn forget_log(&mut self) {
        self.peek = Peek::default();
    }

    /// News of the log; those of another ticket are dropped.
    pub fn take_log(&mut self, update: LogUpdate) {
        self.peek.take(update);
    }

    /// Why the failing pod fails, its last words, its last event, in at most
    /// `rows` lines; empty if none fails.
    pub(super) fn failing_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, rows: usize) -> Vec<Line<'static>> {
        let Some(pod) = self.failing(ctx) else { return Vec::new() };
        let Some(problem) = &pod.problem else { return Vec::new() };
        let parts = [problem.reason.as_str(), problem.last_exit.as_str(), problem.message.as_str()];
        let why = parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(", ");
        let why = format!("{} {}: {why}", brush.sign(Sign::Bad), pod.key.name);
        let mut lines = vec![Line::from(brush.span(Role::Bad, why))];
        let event = Self::event_line(brush, &pod, ctx).filter(|_| rows > 3 || self.peek.lines.is_empty());
        let room = rows.saturating_sub(1 + usize::from(event.is_some())).min(SHOWN);
        lines.extend(self.log_lines(brush, room));
        lines.extend(event);
        lines.truncate(rows);
        lines
    }

    fn log_lines(&self, brush: Brush<'_>, room: usize) -> Vec<Line<'static>> {
        let line = |role: Role, text: String| {
            Line::from(vec![brush.span(Role::Dim, "log    "), brush.span(role, text)])
        };
        if let (true, Some(Err(fault))) = (self.peek.lines.is_empty(), &self.peek.ended) {
            return vec![line(Role::Dim, fault.text.clone())];
        }
        let skip = self.peek.lines.len().saturating_sub(room);
        self.peek.lines.iter().skip(skip).map(|text| line(Role::Text, text.clone())).collect()
    }

    fn event_line(brush: Brush<'_>, pod: &Pod, ctx: &Ctx<'_>) -> Option<Line<'static>> {
        let events = ctx.world.events_about(&pod.uid);
        let event = events.first()?;
        Some(Line::from(vec![
            brush.span(Role::Dim, format!("event  {} ago ", ctx.age(event.last))),
            brush.span(Role::Warn, event.reason.clone()),
            brush.span(Role::Text, format!(" {}", event.message)),
        ]))
    }
}
