//! The verdict with its evidence: what was counted, and how sure that makes us.

use super::Point;
use crate::engine::verdict::Importance;
use crate::engine::verdict::number::named_evidence;
use crate::engine::verdict::outcome::{Evidence, Finding, MetricVerdict};
use crate::screens::delivery::{
    Delivery, decision_role, sides_lines, threshold, verdict_line, verdict_words,
};
use crate::ui::{Brush, Role, Sign, Sparkline, wrap};
use ratatui::text::{Line, Span};

/// The lines of the panel, `width` columns wide.
pub(super) fn verdict_lines(
    brush: Brush<'_>,
    delivery: &Delivery,
    points: &[Point],
    width: u16,
) -> Vec<Line<'static>> {
    let Some(verdict) = delivery.verdict() else { return vec![verdict_line(brush, delivery)] };
    let word = verdict.decision.words();
    let indent = word.len() + 2;
    let words = wrap(&verdict_words(verdict), usize::from(width).saturating_sub(indent + 1));
    let mut lines: Vec<Line<'static>> = words
        .into_iter()
        .enumerate()
        .map(|(i, part)| {
            let before = if i == 0 { format!("{word:<indent$}") } else { " ".repeat(indent) };
            let role = decision_role(verdict.decision);
            Line::from(vec![brush.span(role, before), brush.span(Role::Strong, part)])
        })
        .collect();
    for metric in &verdict.metrics {
        lines.push(metric_head(brush, metric));
        if let Some(evidence) = &metric.evidence {
            let room = usize::from(width).saturating_sub(64).min(40);
            let charts = [ratios(points, |p| p.canary), ratios(points, |p| p.stable)];
            let top = charts.iter().flatten().flatten().copied().fold(0.0_f64, f64::max);
            for (mut line, chart) in sides_lines(brush, evidence, delivery.is_alone()).into_iter().zip(charts)
            {
                line.spans.insert(0, Span::raw("  "));
                let pad = 58_usize.saturating_sub(line.width());
                if room >= 8 {
                    line.spans.push(Span::raw(" ".repeat(pad)));
                    let bars = Sparkline { values: &chart }.text_below(top, room, brush.glyphs);
                    line.spans.push(brush.span(Role::Warn, bars));
                }
                lines.push(line);
            }
            lines.push(evidence_line(brush, evidence));
            // Neither number says why it is fine: its sentence does, with the bound it kept.
            if metric.finding == Finding::Fine && evidence.e_prime < evidence.e_prime_needed {
                let why = metric.note.rsplit_once(": ").map_or(metric.note.as_str(), |(_, why)| why);
                for part in wrap(why, usize::from(width).saturating_sub(2)) {
                    lines.push(Line::from(brush.span(Role::Good, format!("  {part}"))));
                }
            }
        } else {
            for part in wrap(&metric.note, usize::from(width).saturating_sub(2)) {
                lines.push(Line::from(brush.span(Role::Dim, format!("  {part}"))));
            }
        }
    }
    lines
}

fn ratios(points: &[Point], of: fn(&Point) -> Option<f64>) -> Vec<Option<f64>> {
    points.iter().map(of).collect()
}

fn metric_head(brush: Brush<'_>, metric: &MetricVerdict) -> Line<'static> {
    let (role, sign, word) = match metric.finding {
        Finding::Worse => (Role::Bad, Sign::Bad, "worse"),
        Finding::WorseAtEnd => (Role::Bad, Sign::Bad, "worse at the end of the step"),
        Finding::Failed => (Role::Bad, Sign::Bad, "failed"),
        Finding::Inconclusive => (Role::Warn, Sign::Warn, "inconclusive, a person decides"),
        Finding::Fine => (Role::Good, Sign::Good, "fine"),
        Finding::Open => (Role::Moving, Sign::Moving, "not settled"),
        Finding::NoData => (Role::Unknown, Sign::Unknown, "no data"),
    };
    let importance = match metric.importance {
        Importance::Critical => "",
        Importance::Advisory => "  advisory: holds, never rolls back",
    };
    Line::from(vec![
        brush.span(role, format!("{} {}: {word}", brush.sign(sign), metric.name)),
        brush.span(Role::Dim, importance),
    ])
}

/// `  E=8e5, rolled back from 20   E'=0.01, promoted from 20`
fn evidence_line(brush: Brush<'_>, e: &Evidence) -> Line<'static> {
    let at = |word: &str, needed: f64| format!(" ({word} from {})", threshold(needed));
    let bursts = if e.phi > 1.0 { format!("  bursts phi {:.1}", e.phi) } else { String::new() };
    let (worse, fine) = (e.e >= e.e_needed, e.e_prime >= e.e_prime_needed);
    Line::from(vec![
        brush.span(if worse { Role::Bad } else { Role::Strong }, format!("  {}", named_evidence("E", e.e))),
        brush.span(Role::Dim, at("rolled back", e.e_needed)),
        brush.span(
            if fine { Role::Good } else { Role::Strong },
            format!("  {}", named_evidence("E'", e.e_prime)),
        ),
        brush.span(Role::Dim, at("promoted", e.e_prime_needed)),
        brush.span(Role::Dim, bursts),
    ])
}
