//! A service's objectives in its cockpit: a line each, and the alert that says
//! most below it.

use super::words::{budget_spans, burn, factor, row_words, telling};
use crate::domain::{ServiceKey, short_duration};
use crate::screens::Ctx;
use crate::slo::{Exhaustion, RowState, RowStatus, SloStatus, promql_duration};
use crate::ui::{Brush, Role, Sign, width};
use ratatui::text::{Line, Span};

/// Columns of a budget's bar; with fewer than the least it is left out.
const BAR: (usize, usize) = (3, 10);
/// Columns of the heading, of a budget in percent, and of a burn.
const FIXED: usize = 8 + 6 + 13;

/// Budget and burn of each objective, in columns. The bar gives way to the
/// numbers; what then does not fit into `room` is left out whole: half a time is
/// none.
pub(in crate::screens) fn lines_of(
    brush: Brush<'_>,
    service: &ServiceKey,
    ctx: &Ctx<'_>,
    room: u16,
) -> Vec<Line<'static>> {
    let objectives: Vec<&SloStatus> = ctx.slos.of(service).map(|status| &**status).collect();
    let titles = objectives.iter().map(|status| title_columns(status)).max().unwrap_or_default();
    let rest = usize::from(room).saturating_sub(FIXED + titles + 2);
    let bar = if rest < BAR.0 { 0 } else { rest.min(BAR.1) };
    let mut lines = Vec::new();
    for status in objectives {
        let gap = " ".repeat(1 + titles - title_columns(status));
        let mut first = vec![
            brush.span(Role::Heading, format!("{:<8}", "SLO")),
            brush.span(Role::Strong, status.title().to_owned()),
            brush.span(Role::Dim, format!(" {}{gap}", target(status))),
        ];
        first.extend(budget_spans(brush, status, bar));
        for span in burn_spans(brush, status) {
            if columns_of(&first) + span.width() <= usize::from(room) {
                first.push(span);
            }
        }
        lines.push(Line::from(first));
        let speaks = |row: &&RowStatus| {
            matches!(row.state, RowState::Firing { .. } | RowState::Pending { .. } | RowState::Rising { .. })
        };
        lines.extend(telling(status).filter(speaks).map(|row| alert_line(brush, row, ctx)));
    }
    lines
}

/// `99.95%/28d`
fn target(status: &SloStatus) -> String {
    format!("{}/{}", status.slo.objective, promql_duration(status.slo.window.length()))
}

fn title_columns(status: &SloStatus) -> usize {
    width(status.title()) + width(&target(status))
}

fn columns_of(spans: &[Span<'_>]) -> usize {
    spans.iter().map(Span::width).sum()
}

fn burn_spans(brush: Brush<'_>, status: &SloStatus) -> Vec<Span<'static>> {
    let Some(now) = status.burn().filter(|_| status.standing.has_budget()) else { return Vec::new() };
    let mut spans = vec![brush.span(Role::Text, format!("  burn {:<6}", burn(Some(now))))];
    if let Exhaustion::In(left) = status.exhaustion {
        spans.push(brush.span(Role::Text, format!("  gone in {}", short_duration(left))));
    }
    spans
}

/// `page  1h 14.9x/14.4 ▲  5m 21.0x/14.4 ▲  FIRING page 3m`
fn alert_line(brush: Brush<'_>, row: &RowStatus, ctx: &Ctx<'_>) -> Line<'static> {
    let mut spans = vec![Span::raw(" ".repeat(8))];
    for measured in [row.long, row.short] {
        let over = measured.burn.is_some_and(|burn| burn > row.row.factor);
        let sign = if over { brush.sign(Sign::Warn) } else { " " };
        let text = format!(
            "{} {}/{} {sign}  ",
            promql_duration(measured.window),
            burn(measured.burn),
            factor(row.row.factor)
        );
        spans.push(brush.span(if over { Role::Bad } else { Role::Dim }, text));
    }
    let (role, words) = row_words(row, ctx);
    spans.push(brush.span(role, words));
    Line::from(spans)
}
