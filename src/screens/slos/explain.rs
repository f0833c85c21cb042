//! How each number of an objective comes about.

use super::words::{count, factor};
use crate::slo::{SloStatus, promql_duration};
use crate::ui::{Brush, Role, wrap};
use ratatui::text::Line;

/// A number worked out: the formula, and the same with its values.
pub(in crate::screens) struct Worked {
    pub(in crate::screens) formula: String,
    pub(in crate::screens) values: String,
}

/// The numbers of `status` in the order in which it explains them; none where
/// there was nothing to count.
pub(in crate::screens) fn worked(status: &SloStatus) -> Vec<Option<Worked>> {
    let budget = &status.budget;
    let allowed = factor_of(status.slo.objective.budget());
    let mut all = vec![Some(Worked {
        formula: "budget left = 1 - (bad / all) / (1 - objective)".to_owned(),
        values: format!(
            "1 - ({} / {}) / {allowed} = {:.4}",
            count(budget.bad),
            count(budget.total),
            budget.remaining()
        ),
    })];
    for row in &status.rows {
        for measured in [row.long, row.short] {
            let window = promql_duration(measured.window);
            all.push(measured.burn.map(|burn| Worked {
                formula: format!("burn over {window} = (bad / all) / (1 - objective)"),
                values: format!(
                    "({} / {}) / {allowed} = {burn:.3}, fires above {}",
                    count(measured.bad),
                    count(measured.total),
                    factor(row.row.factor)
                ),
            }));
        }
    }
    all
}

/// Formula, values put in, and the PromQL that a Prometheus would be asked.
pub(super) fn lines(brush: Brush<'_>, status: &SloStatus, room: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for (index, worked) in worked(status).into_iter().enumerate() {
        let Some(Worked { formula, values }) = worked else { continue };
        lines.push(Line::from(brush.span(Role::Strong, formula)));
        lines.push(Line::from(brush.span(Role::Text, format!("  {values}"))));
        let promql = status.explained.get(index).map_or("", |explained| explained.promql.as_str());
        for part in wrap(promql, room.saturating_sub(4)) {
            lines.push(Line::from(brush.span(Role::Dim, format!("    {part}"))));
        }
    }
    lines
}

/// `0.001`, without the noise of floats.
fn factor_of(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
