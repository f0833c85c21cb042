//! How the dialog is drawn.

use super::{Field, Silencing};
use crate::command::Command;
use crate::domain::{Alert, Confirmation};
use crate::screens::Ctx;
use crate::screens::alerts::Chosen;
use crate::ui::{Brush, Pen, Role, Sign, TextInput, centred, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Alerts named; there may be more.
const SHOWN: usize = 6;

impl Silencing {
    /// Draws it over `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let room = area.width.saturating_sub(4).clamp(20, 84);
        let lines = self.lines(pen.brush(), ctx, usize::from(room.saturating_sub(4)));
        let rows = u16::try_from(lines.len()).unwrap_or(0);
        let area = centred(area, room, (rows + 6).min(area.height));
        pen.clear(area, Role::Dialog);
        let role = if self.environment.is_production() { Role::BorderProd } else { Role::BorderFocus };
        let title = match &self.chosen {
            Chosen::Alert(alert) => format!(" Silence {} ", alert.name()),
            Chosen::Silence(_) => " End a silence ".to_owned(),
        };
        let inner = pen.frame(area, &Line::from(pen.span(Role::Title, title)), role);
        let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
        if inner.height < 6 || inner.width < 20 {
            pen.put(inner.x, inner.y, inner.width, "enlarge the terminal to act", Role::Warn);
            return;
        }
        pen.lines(Rect { height: inner.height - 4, ..inner }, &lines);
        let foot = Rect { y: inner.bottom() - 4, height: 4, ..inner };
        pen.rule(Rect { height: 1, ..foot }, &Line::default(), Role::Border);
        let row = |n: u16| Rect { y: foot.y + n, height: 1, ..foot };
        if matches!(self.chosen, Chosen::Alert(_)) {
            self.draw_field(pen, row(1), "For    ", &self.time, Field::Time);
        }
        self.draw_field(pen, row(2), "Reason ", &self.reason, Field::Reason);
        self.draw_confirm(pen, row(3), ctx);
    }

    fn lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, room: usize) -> Vec<Line<'static>> {
        let mut head = Vec::new();
        if self.environment.is_production() {
            head.extend([brush.span(Role::BadgeProd, " PROD "), Span::raw(" ")]);
        }
        head.push(brush.span(Role::Dim, format!("context {}", self.context)));
        let mut lines = vec![Line::from(head)];
        for matcher in &self.matchers {
            lines.push(Line::from(brush.span(Role::Strong, format!("  {matcher}"))));
        }
        let alerts = self.alerts(ctx);
        lines.push(Line::from(brush.span(Role::Text, self.says(&alerts, ctx))));
        lines.extend(alerts.iter().take(SHOWN).map(|alert| alert_line(brush, alert)));
        if alerts.len() > SHOWN {
            let more = format!("  and {} more", alerts.len() - SHOWN);
            lines.push(Line::from(brush.span(Role::Dim, more)));
        }
        if alerts.iter().any(Alert::pages) {
            let text = format!("{} somebody is being woken by this, and will not be", brush.sign(Sign::Warn));
            lines.push(Line::from(brush.span(Role::Warn, text)));
        }
        if let Some((text, remedy)) = &self.refusal {
            let remedy = if remedy.is_empty() {
                String::new()
            } else {
                format!(" {} {remedy}", brush.sign(Sign::Arrow))
            };
            for part in wrap(&format!("{} {text}{remedy}", brush.sign(Sign::Warn)), room) {
                lines.push(Line::from(brush.span(Role::Warn, part)));
            }
        }
        lines
    }

    /// What it does, in a line.
    fn says(&self, alerts: &[Alert], ctx: &Ctx<'_>) -> String {
        let n = crate::domain::count_of(alerts.len(), "alert");
        match &self.chosen {
            Chosen::Alert(_) => {
                let until = self
                    .seconds()
                    .and_then(|s| jiff::Timestamp::from_second(ctx.now.wall.as_second() + s).ok());
                let until = until.map_or_else(|| "—".to_owned(), |at| ctx.clock(at));
                format!("until {until} keeps {n} quiet that there are now, and new ones like them:")
            }
            Chosen::Silence(silence) => {
                format!("by {}: {}. {n} will be heard again:", silence.author, silence.comment)
            }
        }
    }

    fn draw_field(&self, pen: &mut Pen<'_>, area: Rect, label: &str, input: &TextInput, field: Field) {
        let focused = self.field == field;
        let role = if focused { Role::Strong } else { Role::Dim };
        let used = pen.put(area.x, area.y, area.width, label, role);
        pen.input(area.x + used, area.y, area.width.saturating_sub(used), input, focused);
    }

    fn draw_confirm(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        match self.confirmation(ctx) {
            Confirmation::Key if self.field == Field::Key => {
                let line = Line::from(vec![
                    pen.span(Role::Text, "Press "),
                    pen.span(Role::Key, pen.keymap.key(Command::Yes)),
                    pen.span(Role::Text, " to do it, esc to leave."),
                ]);
                pen.line(area.x, area.y, area.width, &line);
            }
            Confirmation::Key => {
                pen.put(area.x, area.y, area.width, "enter goes on; esc leaves", Role::Dim);
            }
            Confirmation::Type(word) => {
                let text = format!("Type {word} and enter to do it: ");
                let used = pen.put(area.x, area.y, area.width, &text, Role::Text);
                let room = area.width.saturating_sub(used);
                pen.input(area.x + used, area.y, room, &self.answer, self.field == Field::Answer);
            }
        }
    }
}

fn alert_line(brush: Brush<'_>, alert: &Alert) -> Line<'static> {
    let role = if alert.pages() { Role::Bad } else { Role::Text };
    let text = format!("  {} {} {} {}", alert.state.word(), alert.severity(), alert.name(), alert.subject());
    Line::from(brush.span(role, text))
}
