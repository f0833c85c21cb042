//! Words shared by screens: one way to say health, versions and watch states.

use super::Ctx;
use crate::command::Row;
use crate::domain::{
    Change, Check, CheckOutcome, ClusterEvent, Fault, Health, ObjectKey, Phase, RolloutState, ServiceRow,
    Severity, StreamState,
};
use crate::msg::Level;
use crate::ui::{Brush, Pen, Role, Sign, width, wrap};
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
            Some((Role::Warn, format!("! stale since {}: {}", ctx.clock(*since), fault.text), hint(fault)))
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

/// Why a command cannot be used on `objects` now; empty if it can. A right that
/// is missing comes first: allowing to write would not help.
pub(crate) fn why_off(row: &Row, objects: &[ObjectKey], ctx: &Ctx<'_>) -> String {
    if !row.risk.mutates() {
        return String::new();
    }
    let lacks = ctx.lacks(row.name, objects);
    if lacks.is_empty() && !ctx.may_write() {
        return "read-only: :write allows it for a while".to_owned();
    }
    lacks
}

/// The role of a check's outcome.
pub(crate) fn check_role(outcome: CheckOutcome) -> Role {
    match outcome {
        CheckOutcome::NotApplicable => Role::Dim,
        CheckOutcome::Pass => Role::Good,
        CheckOutcome::Warn => Role::Warn,
        CheckOutcome::Unknown => Role::Unknown,
        CheckOutcome::Fail => Role::Bad,
    }
}

/// A check as a line: sign, word, name, what was observed.
pub(crate) fn check_lines(brush: Brush<'_>, check: &Check, room: usize) -> Vec<Line<'static>> {
    let role = check_role(check.outcome);
    let sign = brush.sign(Sign::of_check(check.outcome));
    let head = format!("{sign} {:<8}", check.outcome.word());
    let name = format!("{:<14}", check.name);
    let indent = 24;
    let text = if check.source.is_empty() {
        check.observed.clone()
    } else {
        format!("{} ({})", check.observed, check.source)
    };
    let mut lines: Vec<Line<'static>> = Vec::new();
    for (i, part) in wrap(&text, room.saturating_sub(indent)).into_iter().enumerate() {
        let mut spans = Vec::new();
        if i == 0 {
            spans.push(brush.span(role, head.clone()));
            spans.push(brush.span(Role::Text, name.clone()));
        } else {
            spans.push(Span::raw(" ".repeat(indent)));
        }
        spans.push(brush.span(if check.outcome > CheckOutcome::Pass { Role::Text } else { Role::Dim }, part));
        lines.push(Line::from(spans));
    }
    if check.outcome > CheckOutcome::Pass && !check.remedy.is_empty() {
        for part in
            wrap(&format!("{} {}", brush.sign(Sign::Arrow), check.remedy), room.saturating_sub(indent))
        {
            lines.push(Line::from(vec![Span::raw(" ".repeat(indent)), brush.span(Role::Strong, part)]));
        }
    }
    lines
}

/// Two images of one repository: the repository, and both tags or digests.
fn tags<'a>(before: &'a str, after: &'a str) -> Option<(&'a str, &'a str, &'a str)> {
    let split = |image: &'a str| image.rsplit_once(['@', ':']).filter(|(_, tag)| !tag.contains('/'));
    let ((common, old), (same, new)) = (split(before)?, split(after)?);
    (common == same && common.contains('/')).then_some((common, old, new))
}

/// A change: on one line where it fits, else the value before over the value after.
pub(crate) fn change_lines(brush: Brush<'_>, change: &Change, room: usize) -> Vec<Line<'static>> {
    let path = format!("  {}", change.path);
    let sides = [(Role::Removed, "-", &change.before), (Role::Added, "+", &change.after)];
    let present: Vec<_> =
        sides.iter().filter_map(|(role, sign, value)| Some((*role, *sign, value.as_deref()?))).collect();
    if let (Some(before), Some(after)) = (&change.before, &change.after)
        && let Some((common, old, new)) = tags(before, after)
        && width(&path) + width(common) + width(old) + width(new) + 10 <= room
    {
        return vec![Line::from(vec![
            brush.span(Role::Text, path),
            brush.span(Role::Dim, format!("  {common}")),
            brush.span(Role::Removed, format!("  - {old}")),
            brush.span(Role::Added, format!("  + {new}")),
        ])];
    }
    let wide = width(&path) + present.iter().map(|(_, _, value)| width(value) + 4).sum::<usize>();
    if wide <= room {
        let mut spans = vec![brush.span(Role::Text, path)];
        spans
            .extend(present.iter().map(|(role, sign, value)| brush.span(*role, format!("  {sign} {value}"))));
        return vec![Line::from(spans)];
    }
    let mut lines = vec![Line::from(brush.span(Role::Text, path))];
    for (role, sign, value) in present {
        for (i, part) in wrap(value, room.saturating_sub(6)).into_iter().take(6).enumerate() {
            let sign = if i == 0 { sign } else { " " };
            lines.push(Line::from(brush.span(role, format!("    {sign} {part}"))));
        }
    }
    lines
}

/// The role and sign of a rollout.
pub(crate) fn rollout_sign(state: &RolloutState) -> (Role, Sign) {
    match state {
        RolloutState::Unobserved | RolloutState::Progressing { .. } => (Role::Moving, Sign::Moving),
        RolloutState::Paused { .. } => (Role::Paused, Sign::Paused),
        RolloutState::Stuck { .. } => (Role::Bad, Sign::Bad),
        RolloutState::Complete => (Role::Good, Sign::Good),
    }
}

/// The lines of an event: age, sign, reason, what it is about, message.
pub(crate) fn event_line(brush: Brush<'_>, event: &ClusterEvent, ctx: &Ctx<'_>) -> Line<'static> {
    let warning = event.severity == Severity::Warning;
    let (role, sign) = if warning { (Role::Warn, Sign::Warn) } else { (Role::Dim, Sign::Dot) };
    let times =
        if event.count > 1 { format!(" {}{}", brush.sign(Sign::Times), event.count) } else { String::new() };
    Line::from(vec![
        brush.span(Role::Dim, format!("{:>4} ", ctx.age(event.last))),
        brush.span(role, format!("{} {}{times} ", brush.sign(sign), event.reason)),
        brush.span(Role::Dim, format!("{}/{} ", event.about_kind, event.about_name)),
        brush.span(Role::Text, event.message.clone()),
    ])
}
