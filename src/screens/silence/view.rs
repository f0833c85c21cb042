//! How the dialog is drawn.

use super::Silencing;
use crate::domain::Alert;
use crate::screens::Ctx;
use crate::screens::alerts::Chosen;
use crate::screens::dialog::badge;
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;

/// Alerts named; there may be more.
const SHOWN: usize = 6;

impl Silencing {
    pub(super) fn lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
        let mut head = badge(brush, self.environment.is_production());
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
}

fn alert_line(brush: Brush<'_>, alert: &Alert) -> Line<'static> {
    let role = if alert.pages() { Role::Bad } else { Role::Text };
    let text = format!("  {} {} {} {}", alert.state.word(), alert.severity(), alert.name(), alert.subject());
    Line::from(brush.span(role, text))
}
