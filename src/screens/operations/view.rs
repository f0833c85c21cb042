//! How operations and the trail are drawn.

use super::Operations;
use crate::domain::{AuditEntry, AuditKind, short_duration};
use crate::msg::RunView;
use crate::screens::Ctx;
use crate::screens::show::phase_role;
use crate::ui::{Align, Brush, Column, Hit, Pen, Role, Sign, Table, TableRow};
use ratatui::layout::Rect;
use ratatui::text::Line;

const fn column(title: &'static str, min: u16, max: u16, yields: u8) -> Column {
    Column { title, min, max, yields, align: Align::Left }
}

const RUNS: [Column; 6] = [
    column("STATE", 11, 11, 0),
    column("ACTION", 15, 26, 1),
    column("ON", 20, 34, 0),
    column("BY", 5, 16, 4),
    column("TOOK", 5, 6, 3),
    column("NOW", 14, 90, 2),
];

const TRAIL: [Column; 7] = [
    column("WHEN", 6, 12, 0),
    column("LINE", 7, 8, 3),
    column("ACTION", 14, 26, 1),
    column("ON", 18, 34, 0),
    column("BY", 5, 16, 4),
    column("RESULT", 8, 12, 2),
    column("WHY", 8, 80, 5),
];

impl Operations {
    pub(super) fn draw_both(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let want = u16::try_from(ctx.runs.len()).unwrap_or(u16::MAX).saturating_add(2).max(4);
        let top = want.min(area.height / 2);
        let runs = Rect { height: top, ..area };
        let trail = Rect { y: area.y + top, height: area.height - top, ..area };
        pen.hits.add(runs, Hit::Panel(0));
        pen.hits.add(trail, Hit::Panel(1));
        self.draw_runs(pen, runs, ctx);
        self.draw_trail(pen, trail, ctx);
    }

    fn draw_runs(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if ctx.runs.is_empty() {
            let hint = "R on a service opens the rollback page; what is begun there shows up here.";
            pen.empty(area, Role::Dim, "Nothing was done from this console yet.", hint);
            return;
        }
        let brush = pen.brush();
        let row = |index: usize| match ctx.runs.get(index) {
            Some(run) => {
                TableRow::Cells { id: run.order.id.as_str(), cells: run_cells(brush, run), marked: false }
            }
            None => TableRow::Heading(Line::default()),
        };
        let table = Table {
            columns: &RUNS,
            len: ctx.runs.len(),
            row: &row,
            at: self.runs.locate(&self.run_ids),
            cursor: &self.runs,
            list: 0,
            focused: !self.on_trail,
            titled: true,
        };
        table.draw(pen, area);
    }

    fn draw_trail(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if area.height == 0 {
            return;
        }
        let (role, words) = verify_words(pen.brush(), ctx);
        let title = Line::from(vec![
            pen.span(Role::Title, "Audit trail"),
            pen.span(Role::Border, "  "),
            pen.span(role, words),
        ]);
        pen.rule(
            Rect { height: 1, ..area },
            &title,
            if self.on_trail { Role::BorderFocus } else { Role::Border },
        );
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        let entries = match ctx.audit {
            None => return pen.empty(body, Role::Dim, "Reading the audit log…", ""),
            Some(Err(fault)) => {
                let hint = fault.hints.first().map_or("", String::as_str);
                return pen.empty(body, Role::Bad, &fault.text, hint);
            }
            Some(Ok(entries)) if entries.is_empty() => {
                return pen.empty(
                    body,
                    Role::Dim,
                    "Nothing was written from this machine yet.",
                    "Every action leaves its intent before it and its outcome after it here.",
                );
            }
            Some(Ok(entries)) => entries,
        };
        let brush = pen.brush();
        let row = |index: usize| {
            let entry = entries.iter().rev().nth(index);
            match (entry, self.trail_ids.get(index)) {
                (Some(entry), Some(id)) => {
                    TableRow::Cells { id, cells: trail_cells(brush, entry, ctx), marked: false }
                }
                _ => TableRow::Heading(Line::default()),
            }
        };
        let table = Table {
            columns: &TRAIL,
            len: entries.len(),
            row: &row,
            at: self.trail.locate(&self.trail_ids),
            cursor: &self.trail,
            list: 1,
            focused: self.on_trail,
            titled: true,
        };
        table.draw(pen, body);
    }
}

fn verify_words(brush: Brush<'_>, ctx: &Ctx<'_>) -> (Role, String) {
    match ctx.audit {
        None => (Role::Dim, String::new()),
        Some(Ok(entries)) => {
            (Role::Good, format!("{} chain verified, {} lines", brush.sign(Sign::Good), entries.len()))
        }
        Some(Err(_)) => (Role::Bad, format!("{} NOT VERIFIED", brush.sign(Sign::Bad))),
    }
}

fn run_cells<'a>(brush: Brush<'_>, run: &'a RunView) -> Vec<Line<'a>> {
    let sign = brush.sign(Sign::of_phase(&run.phase));
    let target = &run.order.target.key;
    let took = run.took.map_or_else(|| brush.sign(Sign::More).to_owned(), short_duration);
    vec![
        Line::from(brush.span(phase_role(&run.phase), format!("{sign} {}", run.phase.word()))),
        Line::from(brush.span(Role::Text, run.order.verb.phrase())),
        Line::from(brush.span(Role::Strong, format!("{}/{}", target.namespace, target.name))),
        Line::from(brush.span(Role::Dim, run.order.actor.to_string())),
        Line::from(brush.span(Role::Dim, took)),
        Line::from(brush.span(phase_role(&run.phase), run.progress.as_str())),
    ]
}

fn trail_cells<'a>(brush: Brush<'_>, entry: &'a AuditEntry, ctx: &Ctx<'_>) -> Vec<Line<'a>> {
    let when = if ctx.now.since(entry.at).as_secs() < 86_400 {
        ctx.clock(entry.at)
    } else {
        let zoned = entry.at.to_zoned(ctx.zone.clone());
        format!("{:02}-{:02} {}", zoned.month(), zoned.day(), ctx.clock(entry.at))
    };
    let on = entry.target.as_ref().map(|key| format!("{}/{}", key.namespace, key.name)).unwrap_or_default();
    let role = match entry.result.as_str() {
        "succeeded" | "applied" => Role::Good,
        "failed" | "UNKNOWN" | "unknown" => Role::Bad,
        "refused" => Role::Warn,
        _ => Role::Text,
    };
    let why = if entry.reason.is_empty() { entry.detail.as_str() } else { entry.reason.as_str() };
    vec![
        Line::from(brush.span(Role::Dim, when)),
        Line::from(brush.span(Role::Dim, kind_word(entry.kind))),
        Line::from(brush.span(Role::Text, entry.action.as_str())),
        Line::from(brush.span(Role::Strong, on)),
        Line::from(brush.span(Role::Dim, entry.actor.to_string())),
        Line::from(brush.span(role, entry.result.as_str())),
        Line::from(brush.span(Role::Dim, why)),
    ]
}

fn kind_word(kind: AuditKind) -> &'static str {
    match kind {
        AuditKind::Intent => "intent",
        AuditKind::Written => "written",
        AuditKind::Outcome => "outcome",
        AuditKind::Mode => "mode",
        AuditKind::Note => "note",
        AuditKind::Repair => "repair",
    }
}
