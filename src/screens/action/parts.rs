//! The parts of a plan as text: what was checked, what it touches, what the
//! server says would change.

use super::worked::Worked;
use crate::domain::{Change, Check, CheckOutcome, Plan, dependents_words, short_duration};
use crate::screens::Ctx;
use crate::screens::show::{change_lines, check_lines, check_role};
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::Line;

pub(super) fn heading(brush: Brush<'_>, text: &str, room: u16) -> Line<'static> {
    let line = if brush.glyphs.ascii { "-" } else { "─" };
    let rest = usize::from(room).saturating_sub(crate::ui::width(text) + 4);
    Line::from(vec![
        brush.span(Role::Border, format!("{line} ")),
        brush.span(Role::Title, text.to_owned()),
        brush.span(Role::Border, format!(" {}", line.repeat(rest))),
    ])
}

pub(super) fn paragraph(brush: Brush<'_>, role: Role, text: &str, room: u16) -> Vec<Line<'static>> {
    wrap(text, usize::from(room)).into_iter().map(|part| Line::from(brush.span(role, part))).collect()
}

pub(super) fn checks(brush: Brush<'_>, plan: &Worked, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
    let read = ctx.clock(plan.read_at().wall);
    let title = if plan.is_stale(ctx.now) {
        format!("Checks, read at {read}: stale, will be read again")
    } else {
        format!("Checks, read at {read}")
    };
    let mut lines = vec![heading(brush, &title, room)];
    for check in plan.checks() {
        lines.extend(check_lines(brush, check, usize::from(room)));
    }
    lines
}

pub(super) fn reach(brush: Brush<'_>, plan: &Plan, room: u16) -> Vec<Line<'static>> {
    let blast = &plan.blast;
    let mut lines = vec![heading(brush, "What it touches", room)];
    lines.extend(paragraph(brush, Role::Text, &format!("  {}", pods_words(plan)), room));
    let dependents = match &blast.dependents {
        None => "  dependents: unknown, no catalogue knows it (option `catalog`)".to_owned(),
        Some(found) => format!("  {}", dependents_words(found, 8)),
    };
    lines.extend(paragraph(brush, Role::Dim, &dependents, room));
    for effect in &plan.side_effects {
        lines.extend(paragraph(brush, Role::Warn, &format!("  {} {effect}", brush.sign(Sign::Warn)), room));
    }
    lines
}

/// `2 replaced, 6 of 6 serve now, about 48s`
pub(super) fn pods_words(plan: &Plan) -> String {
    let blast = &plan.blast;
    let time = match blast.estimate {
        Some(time) if time.is_zero() => "at once".to_owned(),
        Some(time) => format!("about {}", short_duration(time)),
        None => "time unknown: none of its pods was ever ready".to_owned(),
    };
    let (pods, fate) = blast.pods();
    format!("{pods} {fate}, {} of {} serve now, {time}", blast.pods_serving, blast.pods_desired)
}

/// How many checks came out how, worst first, and the names of those in the way.
pub(super) fn tally(brush: Brush<'_>, checks: &[Check]) -> Line<'static> {
    let mut spans = vec![brush.span(Role::Dim, "  checks ")];
    for outcome in [CheckOutcome::Fail, CheckOutcome::Unknown, CheckOutcome::Warn, CheckOutcome::Pass] {
        let names: Vec<&str> = checks.iter().filter(|c| c.outcome == outcome).map(|c| c.name).collect();
        if names.is_empty() {
            continue;
        }
        let list =
            if outcome > CheckOutcome::Pass { format!(" ({})", names.join(", ")) } else { String::new() };
        let sign = brush.sign(Sign::of_check(outcome));
        spans.push(
            brush.span(check_role(outcome), format!("{sign} {} {}{list}  ", names.len(), outcome.word())),
        );
    }
    Line::from(spans)
}

/// The check that stands most in the way, with what was observed; nothing if
/// all is fine.
pub(super) fn worst(brush: Brush<'_>, checks: &[Check], room: u16) -> Vec<Line<'static>> {
    let worst = checks.iter().filter(|check| check.outcome > CheckOutcome::Pass);
    let Some(check) = worst.max_by_key(|check| check.outcome) else { return Vec::new() };
    let text = format!("{} {}: {}", brush.sign(Sign::of_check(check.outcome)), check.name, check.observed);
    let parts = wrap(&text, usize::from(room).saturating_sub(9)).into_iter().take(2);
    parts.map(|part| Line::from(brush.span(check_role(check.outcome), format!("         {part}")))).collect()
}

pub(super) fn dry_run(brush: Brush<'_>, changes: &[Change], room: u16) -> Vec<Line<'static>> {
    let mut lines = vec![heading(brush, "Server dry run", room)];
    if changes.is_empty() {
        lines.push(Line::from(brush.span(Role::Dim, "  the server reports no change")));
    }
    for change in changes {
        lines.extend(change_lines(brush, change, usize::from(room)));
    }
    lines
}

/// What runs, and what is to run.
pub(super) fn sides(brush: Brush<'_>, plan: &Worked, room: u16) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (word, text) in plan.sides() {
        for (i, part) in wrap(&text, usize::from(room).saturating_sub(9)).into_iter().enumerate() {
            let word = if i == 0 { word } else { "     " };
            lines.push(Line::from(vec![
                brush.span(Role::Dim, format!("  {word}  ")),
                brush.span(Role::Strong, part),
            ]));
        }
    }
    lines
}

pub(super) fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
