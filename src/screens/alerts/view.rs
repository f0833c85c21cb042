//! How alerts and silences are drawn.

use super::{Alerts, Line as Is, line};
use crate::domain::{Alert, AlertState, ServiceKey, Silence, matchers_text};
use crate::screens::Ctx;
use crate::ui::{Brush, Column, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::Line;

const COLUMNS: [Column; 6] = [
    Column::text("STATE", 10, 11, 0),
    Column::text("ABOUT", 12, 28, 1),
    Column::text("ALERT", 16, 40, 0),
    Column::text("SEVERITY", 8, 10, 2),
    Column::text("SINCE", 5, 8, 3),
    Column::text("SAYS", 16, 120, 4),
];

impl Alerts {
    pub(super) fn draw_list(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let notes = notes(pen.brush(), ctx);
        let height = u16::try_from(notes.len()).unwrap_or(0).min(area.height / 3);
        let body = Rect { height: area.height - height, ..area };
        if self.list.ids.is_empty() {
            let (text, hint) = self.why_empty(ctx);
            pen.empty(body, Role::Dim, &text, hint);
        } else {
            self.draw_table(pen, body, ctx);
        }
        let below = Rect { x: area.x + 1, y: body.bottom(), width: area.width.saturating_sub(2), height };
        pen.lines(below, &notes);
    }

    fn why_empty(&self, ctx: &Ctx<'_>) -> (String, &'static str) {
        let alarms = ctx.alarms;
        let any = !alarms.alerts.is_empty() || !alarms.silences.is_empty();
        match (any, alarms.at.is_some()) {
            (true, _) => (
                format!("None of {} alerts matches '{}'.", alarms.alerts.len(), self.list.filter.text()),
                "esc clears the filter. Terms: text, service:, ns:, severity:, state:firing.",
            ),
            (false, true) => ("Nothing fires, nothing is pending, nothing is silenced.".to_owned(), ""),
            (false, false) => (
                "No alerts are known: neither Prometheus nor Alertmanager was asked.".to_owned(),
                "They are found by their operators' labels, or named by the options prometheus and alertmanager. Burns of objectives (4) need neither.",
            ),
        }
    }

    fn draw_table(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let brush = pen.brush();
        let cells = |index: usize| {
            Some(match line(ctx, self.list.ids.get(index)?)? {
                Is::Alert(alert) => alert_cells(brush, alert, ctx),
                Is::Silence(silence) => silence_cells(brush, silence, ctx),
            })
        };
        self.list.draw(pen, area, &COLUMNS, (0, true), cells);
    }
}

/// Sign and role of an alert.
fn looks(alert: &Alert) -> (Sign, Role) {
    match alert.state {
        AlertState::Firing if alert.pages() => (Sign::Bad, Role::Bad),
        AlertState::Firing => (Sign::Warn, Role::Warn),
        AlertState::Pending => (Sign::Moving, Role::Warn),
        AlertState::Inhibited => (Sign::Idle, Role::Dim),
        AlertState::Silenced => (Sign::Paused, Role::Dim),
    }
}

fn state_line(brush: Brush<'_>, alert: &Alert) -> Line<'static> {
    let (sign, role) = looks(alert);
    Line::from(brush.span(role, format!("{} {}", brush.sign(sign), alert.state.word())))
}

fn alert_cells(brush: Brush<'_>, alert: &Alert, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let (namespace, subject) = (alert.label("namespace"), alert.subject());
    let place = if namespace.is_empty() { String::new() } else { format!("{namespace}/") };
    vec![
        state_line(brush, alert),
        Line::from(vec![brush.span(Role::Dim, place), brush.span(Role::Strong, subject.to_owned())]),
        Line::from(brush.span(Role::Text, alert.name().to_owned())),
        Line::from(brush.span(looks(alert).1, alert.severity().to_owned())),
        Line::from(brush.span(Role::Dim, ctx.age(alert.since))),
        Line::from(brush.span(Role::Text, alert.summary.clone())),
    ]
}

fn silence_cells(brush: Brush<'_>, silence: &Silence, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let ends = silence.ends.map_or_else(|| "—".to_owned(), |at| format!("to {}", ctx.clock(at)));
    let kept = ctx.alarms.alerts.iter().filter(|alert| alert.silenced_by.contains(&silence.id)).count();
    let says = format!("{} ({}; keeps {kept} quiet)", silence.comment, silence.author);
    vec![
        Line::from(brush.span(Role::Dim, format!("{} silence", brush.sign(Sign::Paused)))),
        Line::from(brush.span(Role::Dim, "")),
        Line::from(brush.span(Role::Text, matchers_text(&silence.matchers))),
        Line::from(brush.span(Role::Dim, "")),
        Line::from(brush.span(Role::Dim, ends)),
        Line::from(brush.span(Role::Dim, says)),
    ]
}

/// Where it was read, how old it is if it is old, and what is missing.
fn notes(brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let alarms = ctx.alarms;
    let sign = brush.sign(Sign::Warn);
    let mut notes: Vec<_> =
        alarms.warnings.iter().map(|w| Line::from(brush.span(Role::Warn, format!("{sign} {w}")))).collect();
    if let Some(at) = alarms.at.filter(|_| !alarms.warnings.is_empty()) {
        notes.push(Line::from(brush.span(Role::Warn, format!("{sign} as it was at {}", ctx.clock(at)))));
    }
    if !alarms.sources.is_empty() {
        notes.push(Line::from(brush.span(Role::Dim, format!("from {}", alarms.sources.join(", ")))));
    }
    notes
}

/// Alerts kept in the cockpit.
const IN_COCKPIT: usize = 3;

/// A service's alerts as lines of the cockpit.
pub(in crate::screens) fn alert_lines(
    brush: Brush<'_>,
    service: &ServiceKey,
    ctx: &Ctx<'_>,
) -> Vec<Line<'static>> {
    let all: Vec<&Alert> = ctx.alarms.of(service).collect();
    let mut lines: Vec<_> = all
        .iter()
        .take(IN_COCKPIT)
        .map(|alert| {
            let (sign, role) = looks(alert);
            let severity =
                if alert.severity().is_empty() { String::new() } else { format!(" {}", alert.severity()) };
            Line::from(vec![
                brush.span(Role::Heading, format!("{:<8}", "ALERT")),
                brush.span(
                    role,
                    format!(
                        "{} {}{severity} {} ",
                        brush.sign(sign),
                        alert.state.word(),
                        ctx.age(alert.since)
                    ),
                ),
                brush.span(Role::Strong, alert.name().to_owned()),
                brush.span(Role::Dim, format!("  {}", alert.summary)),
            ])
        })
        .collect();
    if all.len() > IN_COCKPIT {
        let text = format!("{:<8}and {} more alerts", "", all.len() - IN_COCKPIT);
        lines.push(Line::from(brush.span(Role::Dim, text)));
    }
    lines
}
