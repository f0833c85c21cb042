//! The panels that are lists: their columns, their lines, and what is said where
//! there are none.

use super::cells::{pod_cells, revision_cells, workload_cells};
use super::{Cockpit, Panel, around};
use crate::screens::Ctx;
use crate::screens::show::event_line;
use crate::ui::{Brush, Column, Pen, Role, Table, TableRow};
use ratatui::layout::Rect;
use ratatui::text::Line;

static PODS: [Column; 7] = [
    Column::name("POD", 16, 44, 0),
    Column::text("STATUS", 18, 24, 0),
    Column::number("READY", 5, 5, 3),
    Column::number("RST", 3, 4, 2),
    Column::number("AGE", 4, 4, 5),
    Column::text("NODE", 8, 20, 6),
    Column::text("WHY", 20, 90, 4),
];

static WORKLOADS: [Column; 4] = [
    Column::name("WORKLOAD", 16, 44, 0),
    Column::text("KIND", 11, 12, 1),
    Column::number("READY", 5, 7, 0),
    Column::text("VERSION", 8, 30, 2),
];

static REVISIONS: [Column; 5] = [
    Column::number("REV", 4, 6, 0),
    Column::text("VERSION", 10, 30, 0),
    Column::number("PODS", 4, 8, 1),
    Column::number("AGE", 4, 4, 1),
    Column::text("CAUSE", 10, 80, 2),
];

static LINES: [Column; 1] = [Column::text("", 10, 240, 0)];

/// Columns, and lines of cells.
type Cells = (&'static [Column], Vec<Vec<Line<'static>>>);

impl Cockpit {
    pub(super) fn draw_table(&self, pen: &mut Pen<'_>, area: Rect, panel: Panel, ctx: &Ctx<'_>) {
        let brush = pen.brush();
        let ids = self.ids(panel, ctx);
        if ids.is_empty() {
            pen.put(area.x, area.y, area.width, nothing(panel), Role::Dim);
            return;
        }
        let Some((columns, cells)) = self.cells(brush, panel, area.width, ctx) else { return };
        let row = |index: usize| match (ids.get(index), cells.get(index)) {
            (Some(id), Some(cells)) => {
                let marked = panel == Panel::Pods && self.marked.contains(id);
                TableRow::Cells { id, cells: cells.clone(), marked }
            }
            _ => TableRow::Heading(Line::default()),
        };
        let cursor = self.cursor(panel);
        let focused = self.focus == panel;
        let table = Table {
            list: panel.number(),
            focused,
            titled: columns.len() > 1 && area.height > 2,
            ..Table::new(columns, ids.len(), &row, cursor, cursor.locate(&ids).filter(|_| focused))
        };
        table.draw(pen, Rect { x: area.x.saturating_sub(1), width: area.width + 1, ..area });
        if panel == Panel::Around {
            around::link(pen, panel.number(), &self.around(ctx));
        }
    }

    /// The columns of a panel and the cells of its lines; none for panels without lines.
    pub(super) fn cells(&self, brush: Brush<'_>, panel: Panel, width: u16, ctx: &Ctx<'_>) -> Option<Cells> {
        Some(match panel {
            Panel::Pods => {
                let pods = self.pods(ctx);
                // Where nothing is wrong, nobody asks why.
                let well = pods.iter().all(|pod| pod.problem.is_none());
                let columns = if well { &PODS[..6] } else { &PODS[..] };
                (columns, pods.iter().map(|pod| pod_cells(brush, pod, ctx)).collect())
            }
            Panel::Workloads => {
                let chosen = self.workload(ctx).map(|w| w.uid.clone());
                let all = self.listed(ctx);
                (
                    &WORKLOADS,
                    all.iter()
                        .map(|w| workload_cells(brush, w, chosen.as_ref() == Some(&w.uid), ctx))
                        .collect(),
                )
            }
            Panel::Revisions => {
                let workload = self.workload(ctx);
                let sets = workload.as_ref().map(|w| ctx.world.revisions(&w.uid)).unwrap_or_default();
                let digest = workload.map_or(0, |w| w.template.digest);
                (&REVISIONS, sets.iter().map(|set| revision_cells(brush, set, digest, ctx)).collect())
            }
            Panel::Events => {
                (&LINES, self.events(ctx).iter().map(|event| vec![event_line(brush, event, ctx)]).collect())
            }
            Panel::Changes => {
                let lines = self.changes(ctx).into_iter().map(|change| {
                    vec![Line::from(vec![
                        brush.span(
                            Role::Dim,
                            format!("{:>4} {} ", ctx.age(change.at), brush.sign(change.sign)),
                        ),
                        brush.span(Role::Text, change.text),
                    ])]
                });
                (&LINES, lines.collect())
            }
            Panel::Around => {
                let room = usize::from(width);
                (&LINES, self.around(ctx).iter().map(|line| vec![line.line(brush, room)]).collect())
            }
            Panel::Rollout | Panel::Metrics => return None,
        })
    }
}

fn nothing(panel: Panel) -> &'static str {
    match panel {
        Panel::Pods => "No pods. If some are asked for, events say why there are none.",
        Panel::Workloads => "No workloads.",
        Panel::Revisions => "No revision is kept: nothing to roll back to.",
        Panel::Events => "No events: the cluster forgets them after an hour.",
        Panel::Changes => "No change is known.",
        Panel::Around => "It needs nothing and nothing needs it, as far as the catalogue says.",
        Panel::Rollout | Panel::Metrics => "",
    }
}
