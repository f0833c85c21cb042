//! How each number of an objective comes about.

use super::words::{count, factor};
use crate::slo::{SloStatus, promql_duration};
use crate::ui::{Brush, Role, wrap};
use ratatui::text::Line;

/// Formula, values put in, and the PromQL that a Prometheus would be asked.
pub(super) fn lines(brush: Brush<'_>, status: &SloStatus, room: usize) -> Vec<Line<'static>> {
    let slo = &status.slo;
    let budget = &status.budget;
    let allowed = factor_of(slo.objective.budget());
    let mut lines = Vec::new();
    let mut show = |title: &str, worked: String, promql: &str| {
        lines.push(Line::from(brush.span(Role::Strong, title.to_owned())));
        lines.push(Line::from(brush.span(Role::Text, format!("  {worked}"))));
        for part in wrap(promql, room.saturating_sub(4)) {
            lines.push(Line::from(brush.span(Role::Dim, format!("    {part}"))));
        }
    };
    let promql = |at: usize| status.explained.get(at).map_or("", |explained| explained.promql.as_str());
    show(
        "budget left = 1 - (bad / all) / (1 - objective)",
        format!(
            "1 - ({} / {}) / {allowed} = {:.4}",
            count(budget.bad),
            count(budget.total),
            budget.remaining()
        ),
        promql(0),
    );
    for (index, row) in status.rows.iter().enumerate() {
        for (half, measured) in [row.long, row.short].iter().enumerate() {
            let Some(burn) = measured.burn else { continue };
            let window = promql_duration(measured.window);
            show(
                &format!("burn over {window} = (bad / all) / (1 - objective)"),
                format!(
                    "({} / {}) / {allowed} = {burn:.3}, fires above {}",
                    count(measured.bad),
                    count(measured.total),
                    factor(row.row.factor)
                ),
                promql(1 + index * 2 + half),
            );
        }
    }
    lines
}

/// `0.001`, without the noise of floats.
fn factor_of(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
