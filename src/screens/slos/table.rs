//! The alert table of an objective: how near each row is to firing.

use super::words::{burn, factor, row_words, severity};
use crate::screens::Ctx;
use crate::slo::{RowStatus, SloStatus, promql_duration};
use crate::ui::{Brush, Meter, Role, Sign, pad};
use ratatui::text::{Line, Span};
use std::time::Duration;

pub(super) fn lines(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let titles = format!("{:<8}{:<26}{:<26}{}", "ALERT", "LONG", "SHORT", "STATE");
    let mut lines = vec![Line::from(brush.span(Role::Heading, titles))];
    for row in &status.rows {
        let mut spans = vec![brush.span(Role::Text, pad(severity(row.row.severity), 8))];
        spans.extend(half(brush, row, row.long.window, row.long.burn));
        spans.extend(half(brush, row, row.short.window, row.short.burn));
        let (role, words) = if status.standing.has_budget() {
            row_words(row, ctx)
        } else {
            (Role::Unknown, status.standing.word().to_owned())
        };
        spans.push(brush.span(role, words));
        lines.push(Line::from(spans));
    }
    lines
}

/// `1h  ████ 14.9x of 14.4 ▲`, 26 columns: the bar is full at the threshold.
fn half(brush: Brush<'_>, row: &RowStatus, window: Duration, value: Option<f64>) -> Vec<Span<'static>> {
    let factor_text = factor(row.row.factor);
    let over = value.is_some_and(|value| value > row.row.factor);
    let part = (value.unwrap_or(0.0) / row.row.factor * 100.0).clamp(0.0, 100.0) as u32;
    let bar = Meter { part, whole: 100 }.text(4, brush.glyphs);
    let role = if over { Role::Bad } else { Role::Text };
    let sign = if over { brush.sign(Sign::Warn) } else { " " };
    let text = format!("{bar} {:>6} of {factor_text:<5}{sign}", burn(value));
    vec![brush.span(Role::Dim, pad(&promql_duration(window), 4)), brush.span(role, pad(&text, 22))]
}
