//! Words shared by screens: one way to say health, versions and watch states.

use super::Ctx;
use crate::domain::{Fault, Health, Phase, ServiceRow, StreamState};
use crate::msg::Level;
use crate::ui::{Brush, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// The role of a health.
pub(crate) fn health_role(health: Health) -> Role {
    match health {
        Health::Idle => Role::Idle,
        Health::Healthy => Role::Good,
        Health::Moving => Role::Moving,
        Health::Paused => Role::Paused,
        Health::Unknown => Role::Unknown,
        Health::Degraded => Role::Warn,
        Health::Down => Role::Bad,
    }
}

/// `▲ degraded`
pub(crate) fn health_span(pen: Brush<'_>, health: Health) -> Span<'static> {
    let sign = pen.sign(Sign::of_health(health));
    pen.span(health_role(health), format!("{sign} {}", health.word()))
}

/// The role of a phase.
pub(crate) fn phase_role(phase: &Phase) -> Role {
    match phase {
        Phase::Asked | Phase::Writing | Phase::Watching => Role::Moving,
        Phase::Succeeded => Role::Good,
        Phase::Refused(_) => Role::Warn,
        Phase::Failed(_) => Role::Bad,
        Phase::Unknown(_) => Role::Unknown,
    }
}

/// The role of a notice.
pub fn level_role(level: Level) -> Role {
    match level {
        Level::Info => Role::Text,
        Level::Success => Role::Good,
        Level::Warning => Role::Warn,
        Level::Error => Role::Bad,
    }
}

/// `v1.9.2 → v1.9.3`, or the one version.
pub(crate) fn version_line(pen: Brush<'_>, row: &ServiceRow) -> Line<'static> {
    let mut spans = vec![pen.span(Role::Text, row.version.clone())];
    if let Some(next) = &row.next_version {
        spans.push(pen.span(Role::Dim, format!(" {} ", pen.sign(Sign::Arrow))));
        spans.push(pen.span(Role::Moving, next.clone()));
    }
    Line::from(spans)
}

/// What a watch that is not live has to say: a sentence and a remedy; none if it is live.
pub(crate) fn stream_words(state: &StreamState, ctx: &Ctx<'_>, what: &str) -> Option<(Role, String, String)> {
    let hint = |fault: &Fault| fault.hints.first().cloned().unwrap_or_default();
    match state {
        StreamState::Live => None,
        StreamState::Loading => Some((Role::Dim, format!("Loading {what}…"), String::new())),
        StreamState::Stale { since, fault } => {
            Some((Role::Warn, format!("stale since {}: {}", ctx.clock(*since), fault.text), hint(fault)))
        }
        StreamState::Forbidden { fault } => {
            Some((Role::Warn, format!("not allowed to see {what}: {}", fault.text), hint(fault)))
        }
    }
}

/// The sentence of an empty panel: why there is nothing, and what to do.
pub(crate) fn draw_nothing(
    pen: &mut Pen<'_>,
    area: Rect,
    state: &StreamState,
    ctx: &Ctx<'_>,
    what: &str,
    live: (&str, &str),
) {
    match stream_words(state, ctx, what) {
        Some((role, text, hint)) => pen.empty(area, role, &text, &hint),
        None => pen.empty(area, Role::Dim, live.0, live.1),
    }
}
