//! Numbers of objectives as people read them, shared with the other screens.

use crate::domain::{ServiceKey, short_duration};
use crate::screens::Ctx;
use crate::slo::{Exhaustion, RowState, RowStatus, Severity, SloStatus, Standing, Unit};
use crate::ui::{Brush, Meter, Role, Sign};
use ratatui::text::{Line, Span};
use std::time::Duration;

/// Share of the budget left below which it stands out.
const LOW: f64 = 0.25;

/// The bar and the number of a budget: `███████░░░  71%`.
pub(in crate::screens) fn budget_spans(
    brush: Brush<'_>,
    status: &SloStatus,
    bar: usize,
) -> Vec<Span<'static>> {
    let Some(left) = status.left() else {
        return vec![brush.span(Role::Unknown, status.standing.word())];
    };
    // Only the bar is clamped; an overdrawn budget shows by how much.
    let part = (left.clamp(0.0, 1.0) * 1000.0) as u32;
    let role = budget_role(status);
    let text = format!("{:>5}", left_cell(left));
    vec![
        brush.span(role, Meter { part, whole: 1000 }.text(bar, brush.glyphs)),
        brush.span(role, if bar > 0 { format!(" {text}") } else { text }),
    ]
}

/// The role of a budget.
pub(super) fn budget_role(status: &SloStatus) -> Role {
    match (status.firing(), status.left()) {
        (Some(Severity::Page), _) => Role::Bad,
        (_, Some(left)) if left <= 0.0 => Role::Bad,
        (Some(Severity::Ticket), _) => Role::Warn,
        (_, Some(left)) if left < LOW => Role::Warn,
        (_, Some(_)) => Role::Good,
        (_, None) => Role::Unknown,
    }
}

/// `71%`, `0.4%`, `-12%`
pub(in crate::screens) fn percent_left(left: f64) -> String {
    match left * 100.0 {
        p if p > 0.0 && p < 0.05 => "<0.1%".to_owned(),
        p if p.abs() < 9.95 && p.abs() >= 0.05 => format!("{p:.1}%"),
        p => format!("{p:.0}%"),
    }
}

/// The same in five columns, which hold `-999%`: beyond that the budget is
/// overdrawn by so many of its own, `-11x`. Cut, `-1060%` would say `-106…`.
fn left_cell(left: f64) -> String {
    match left {
        l if l <= -999.5 => format!("{l:.0e}x"),
        l if l <= -9.995 => format!("{l:.0}x"),
        l => percent_left(l),
    }
}

/// `14.9x`, `0.31x`, `120x`
pub(in crate::screens) fn burn(value: Option<f64>) -> String {
    match value {
        None => "—".to_owned(),
        Some(b) if b <= 0.0 => "0".to_owned(),
        Some(b) if b < 0.01 => "<0.01x".to_owned(),
        Some(b) if b < 1.0 => format!("{b:.2}x"),
        Some(b) if b < 99.95 => format!("{b:.1}x"),
        Some(b) => format!("{b:.0}x"),
    }
}

/// `412`, `9.8k`, `1.2M`; parts of events below ten.
pub(super) fn count(value: f64) -> String {
    match value {
        v if v.abs() >= 999_500.0 => format!("{:.1}M", v / 1e6),
        v if v.abs() >= 9_999.5 => format!("{:.1}k", v / 1e3),
        v if v.abs() < 10.0 && v.fract().abs() > 0.05 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

/// The same in the list. What is left of a window comes back within it, so a
/// time beyond it is no date: `>28d`.
pub(super) fn gone_in(when: Exhaustion, window: Duration) -> String {
    match when {
        Exhaustion::In(left) if left > window => format!(">{}", short_duration(window)),
        Exhaustion::Already | Exhaustion::In(_) | Exhaustion::Never => exhaustion(when),
    }
}

/// `gone`, `1d6h`, `never`
pub(super) fn exhaustion(when: Exhaustion) -> String {
    match when {
        Exhaustion::Already => "gone".to_owned(),
        Exhaustion::In(left) => short_duration(left),
        Exhaustion::Never => "never".to_owned(),
    }
}

/// `FIRING page 3m`, `fires in 7m`, `few events`
pub(super) fn row_words(row: &RowStatus, ctx: &Ctx<'_>) -> (Role, String) {
    let severity = severity(row.row.severity);
    match row.state {
        RowState::Firing { since } => {
            let since = jiff::Timestamp::from_second(since).ok();
            let role = if row.row.severity == Severity::Page { Role::Bad } else { Role::Warn };
            (role, format!("FIRING {severity} {}", ctx.age(since)))
        }
        RowState::Pending { fires_in } | RowState::Rising { fires_in } => {
            (Role::Warn, format!("{severity} in {}", short_duration(fires_in)))
        }
        RowState::Quiet => (Role::Dim, "quiet".to_owned()),
        RowState::TooFew => (Role::Unknown, "too few events".to_owned()),
        RowState::CannotFire => (Role::Unknown, "cannot fire".to_owned()),
        RowState::NoData => (Role::Unknown, "no traffic".to_owned()),
    }
}

/// The row that says most: what fires, else what is about to, else the first.
pub(super) fn telling(status: &SloStatus) -> Option<&RowStatus> {
    let rank = |row: &RowStatus| match row.state {
        RowState::Firing { .. } => (3, row.row.severity),
        RowState::Pending { .. } => (2, row.row.severity),
        RowState::Rising { .. } => (1, row.row.severity),
        RowState::Quiet | RowState::TooFew | RowState::CannotFire | RowState::NoData => (0, Severity::Ticket),
    };
    // Of equals the first, which is the fastest.
    status.rows.iter().rev().max_by_key(|row| rank(row))
}

/// How it stands, in a few words.
pub(super) fn standing_words(status: &SloStatus, ctx: &Ctx<'_>) -> (Role, String) {
    match &status.standing {
        Standing::Stale { since } => {
            let at = jiff::Timestamp::from_second(*since).ok();
            (Role::Warn, at.map_or_else(|| "stale".to_owned(), |at| format!("stale since {}", ctx.clock(at))))
        }
        Standing::Failed { .. } => (Role::Warn, "failed".to_owned()),
        Standing::Inconsistent => (Role::Bad, "contradictory".to_owned()),
        Standing::Absent | Standing::Collecting | Standing::NoTraffic => {
            (Role::Unknown, status.standing.word().to_owned())
        }
        Standing::Counted | Standing::NoErrors => match telling(status) {
            Some(row) if row.state == RowState::Quiet => {
                let word = match status.standing.word() {
                    "" => format!("below {}x", factor(row.row.factor)),
                    word => word.to_owned(),
                };
                (Role::Dim, word)
            }
            Some(row) => row_words(row, ctx),
            None => (Role::Dim, String::new()),
        },
    }
}

/// `page`, `ticket`
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Page => "page",
        Severity::Ticket => "ticket",
    }
}

/// What is counted, in words: `412 bad of 98.2k events`.
pub(super) fn events(status: &SloStatus) -> String {
    let (bad, total) = (status.budget.bad, status.budget.total);
    match status.unit {
        Unit::Seconds => {
            let time = |seconds: f64| short_duration(Duration::from_secs(seconds.max(0.0) as u64));
            format!("{} bad of {}", time(bad), time(total))
        }
        Unit::Events | Unit::Slices | Unit::Weighted => {
            format!("{} bad of {} {}", count(bad), count(total), status.unit.word())
        }
    }
}

/// The cell of the list of services: the least budget of its objectives.
pub(in crate::screens) fn budget_cell(
    brush: Brush<'_>,
    service: &ServiceKey,
    ctx: &Ctx<'_>,
) -> Line<'static> {
    match ctx.slos.of(service).next() {
        Some(status) => match status.left() {
            Some(left) => {
                let bar = Meter { part: (left.clamp(0.0, 1.0) * 1000.0) as u32, whole: 1000 };
                let text = format!("{:>5} {}", left_cell(left), bar.text(6, brush.glyphs));
                Line::from(brush.span(budget_role(status), text))
            }
            None => Line::from(brush.span(Role::Unknown, status.standing.word())),
        },
        None => Line::from(brush.span(Role::Dim, "—")),
    }
}

/// Marks a service about which somebody is to be woken: a budget burns that fast,
/// or an alert of the monitoring says so.
pub(super) fn burning_sign(brush: Brush<'_>, service: &ServiceKey, ctx: &Ctx<'_>) -> Option<Span<'static>> {
    let burns = ctx.slos.of(service).any(|status| status.firing() == Some(Severity::Page));
    let pages = burns || ctx.alarms.pages(service);
    pages.then(|| brush.span(Role::Bad, format!(" {}", brush.sign(Sign::Warn))))
}

/// A service's name as it stands in every list, marked if somebody is to be
/// woken about it.
pub(in crate::screens) fn marked<'a>(
    brush: Brush<'_>,
    service: &'a ServiceKey,
    ctx: &Ctx<'_>,
) -> Vec<Span<'a>> {
    let mut spans = vec![brush.span(Role::Strong, service.name.as_str())];
    spans.extend(burning_sign(brush, service, ctx));
    spans
}

/// `14.4`, `0.93`, `6`
pub(super) fn factor(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overdrawn_budget_keeps_its_size_in_five_columns() {
        let cells = [-9.99, -9.995, -10.6, -999.4, -999.5, -12_345.0].map(left_cell);
        assert_eq!(cells, ["-999%", "-10x", "-11x", "-999x", "-1e3x", "-1e4x"]);
        assert!(cells.iter().all(|cell| cell.chars().count() <= 5), "{cells:?}");
    }

    #[test]
    fn numbers_read_at_a_glance() {
        let left = [0.713, 0.0951, 0.0004, 0.000_04, 0.0, -0.125, 1.0].map(percent_left);
        assert_eq!(left, ["71%", "9.5%", "<0.1%", "<0.1%", "0%", "-12%", "100%"]);
        let burns = [None, Some(0.0), Some(0.004), Some(0.31), Some(14.94), Some(1234.0)].map(burn);
        assert_eq!(burns, ["—", "0", "<0.01x", "0.31x", "14.9x", "1234x"]);
        assert_eq!([3.5, 412.4, 98_212.0, 1_234_567.0].map(count), ["3.5", "412", "98.2k", "1.2M"]);
        assert_eq!([14.4, 6.0, 0.9333].map(factor), ["14.4", "6", "0.93"]);
    }
}
