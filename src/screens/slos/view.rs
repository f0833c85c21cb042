//! How the list of objectives is drawn.

use super::words::{budget_spans, burn, burning_sign, gone_in, standing_words, telling};
use super::{Slos, find, service};
use crate::screens::Ctx;
use crate::slo::{Severity, SloStatus, promql_duration};
use crate::ui::{Brush, Column, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

pub(super) const COLUMNS: [Column; 9] = [
    Column::text("BUDGET LEFT", 14, 14, 0),
    Column::text("OBJECTIVE", 20, 40, 0),
    Column::number("TARGET", 6, 8, 4),
    Column::number("OVER", 4, 5, 5),
    Column::text("BURN", 11, 14, 1),
    Column::text("ALERT", 16, 26, 0),
    Column::number("GONE IN", 7, 8, 3),
    Column::number("SEEN", 4, 5, 6),
    Column::text("WHERE", 16, 60, 7),
];

impl Slos {
    pub(super) fn draw_list(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if ctx.slos.slos.is_empty() && ctx.slos.findings.is_empty() {
            return teach(pen, area, ctx);
        }
        let notes = notes(pen.brush(), ctx);
        let height = u16::try_from(notes.len()).unwrap_or(0).min(area.height / 3);
        let body = Rect { height: area.height - height, ..area };
        if self.list.ids.is_empty() {
            let text =
                format!("None of {} objectives matches '{}'.", ctx.slos.slos.len(), self.list.filter.text());
            pen.empty(
                body,
                Role::Dim,
                &text,
                "esc clears the filter. Terms: text, service:, ns:, state:burning.",
            );
        } else {
            self.draw_table(pen, body, ctx);
        }
        let below = Rect { x: area.x + 1, y: body.bottom(), width: area.width.saturating_sub(2), height };
        pen.lines(below, &notes);
    }

    fn draw_table(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let brush = pen.brush();
        let row = |index: usize| {
            let status = self.list.ids.get(index).and_then(|id| find(ctx, id));
            self.list.line(index, status.map(|status| cells(brush, status, ctx)))
        };
        self.list.view(("slos", &COLUMNS), &[], &row, ctx).draw(pen, area);
    }
}

fn cells(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let slo = &status.slo;
    let (role, words) = standing_words(status, ctx);
    let (coverage, simulated) = (status.budget.coverage, status.simulated > 0.0);
    let seen = if status.standing.has_budget() {
        format!("{:.0}%{}", (coverage * 100.0).floor(), if simulated { "~" } else { "" })
    } else {
        "—".to_owned()
    };
    let gone = || gone_in(status.exhaustion, slo.window.length());
    let gone = if status.standing.has_budget() { gone() } else { "—".to_owned() };
    vec![
        Line::from(budget_spans(brush, status, 8)),
        objective_cell(brush, status, ctx),
        Line::from(brush.span(Role::Text, slo.objective.to_string())),
        Line::from(brush.span(Role::Dim, promql_duration(slo.window.length()))),
        burn_cell(brush, status),
        Line::from(brush.span(role, words)),
        Line::from(brush.span(if gone == "gone" { Role::Bad } else { Role::Text }, gone)),
        Line::from(brush.span(Role::Dim, seen)),
        Line::from(brush.span(Role::Dim, slo.origin.to_string())),
    ]
}

/// The service, marked if somebody is to be woken about it, and the objective.
fn objective_cell(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>) -> Line<'static> {
    let mut spans = vec![brush.span(Role::Strong, status.slo.service.clone())];
    // Its own page stands in full under ALERT.
    let others = status.firing() != Some(Severity::Page);
    let about = service(ctx, status).filter(|_| others);
    spans.extend(about.and_then(|key| burning_sign(brush, &key, ctx)));
    spans.push(brush.span(Role::Text, format!(" {}", status.title())));
    Line::from(spans)
}

/// `14.9x/21.0x`: long and short window of the row that says most.
fn burn_cell(brush: Brush<'_>, status: &SloStatus) -> Line<'static> {
    let Some(row) = telling(status).filter(|_| status.standing.has_budget()) else {
        return Line::from(brush.span(Role::Dim, "—"));
    };
    let span = |value: Option<f64>| {
        let over = value.is_some_and(|value| value > row.row.factor);
        brush.span(if over { Role::Bad } else { Role::Text }, burn(value))
    };
    Line::from(vec![span(row.long.burn), brush.span(Role::Dim, "/"), span(row.short.burn)])
}

/// What is wrong with files and source, and what `~` means.
fn notes(brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let mut notes = Vec::new();
    let sign = brush.sign(Sign::Warn);
    for warning in &ctx.slos.warnings {
        notes.push(Line::from(brush.span(Role::Warn, format!("{sign} {warning}"))));
    }
    for finding in ctx.slos.findings.iter().take(5) {
        notes.push(Line::from(vec![
            brush.span(Role::Warn, format!("{sign} {}:{} ", finding.file, finding.line)),
            brush.span(Role::Text, finding.text.clone()),
        ]));
    }
    if ctx.slos.findings.len() > 5 {
        let more = ctx.slos.findings.len() - 5;
        notes.push(Line::from(
            brush.span(Role::Dim, format!("  and {more} more; `qd slo validate` lists them")),
        ));
    }
    if ctx.slos.slos.iter().any(|status| status.simulated > 0.0) {
        let text = "~ simulated: the demo made up what happened before it started";
        notes.push(Line::from(brush.span(Role::Dim, text)));
    }
    notes
}

/// An example that loads as it is.
const EXAMPLE: [&str; 9] = [
    "version: prometheus/v1",
    "service: checkout",
    "slos:",
    "  - name: availability",
    "    objective: 99.9",
    "    sli:",
    "      events:",
    "        error_query: sum(rate(errors_total{job=\"checkout\"}[{{.window}}]))",
    "        total_query: sum(rate(requests_total{job=\"checkout\"}[{{.window}}]))",
];

fn teach(pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
    let brush = pen.brush();
    let dim = |text: &str| Line::from(brush.span(Role::Dim, text.to_owned()));
    if ctx.slos.source.is_none() {
        let hint = "Objectives are counted from the pods' metrics (option `scrape`) or a Prometheus (`prometheus`); the first counts take a few seconds.";
        pen.empty(area, Role::Dim, "Nothing was counted yet.", hint);
        return;
    }
    let mut lines = vec![
        Line::from(vec![
            brush.span(Role::Text, "No objectives. Put files into "),
            brush.span(Role::Strong, ctx.slos.folder.clone()),
        ]),
        dim("or name other places with the option `slos`. OpenSLO, Sloth and Pyrra files"),
        dim("load as they are; so do Sloth's and Pyrra's resources in the cluster."),
        dim("Files are read again every minute."),
        Line::default(),
        dim("A whole file, in Sloth's format:"),
        Line::default(),
    ];
    lines.extend(
        EXAMPLE
            .iter()
            .map(|text| Line::from(vec![Span::raw("  "), brush.span(Role::Text, (*text).to_owned())])),
    );
    lines.push(Line::default());
    lines.push(dim("`qd slo validate FILE` says what is wrong with one, by line."));
    let inner = Rect {
        x: area.x + 2,
        y: area.y + u16::from(area.height > 18),
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(u16::from(area.height > 18)),
    };
    pen.lines(inner, &lines);
}

#[cfg(test)]
mod tests {
    use super::EXAMPLE;

    #[test]
    fn the_example_is_true() {
        let read = crate::slo::read("example.yaml", &EXAMPLE.join("\n"));
        assert_eq!((read.slos.len(), read.findings.len()), (1, 0), "{:?}", read.findings);
        assert_eq!(read.slos[0].id, "checkout/availability");
    }
}
