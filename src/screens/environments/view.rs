//! How the matrix is drawn: names stay at the left, environments scroll beside
//! them. What has no room in a cell is said below, for the one that is chosen.

use super::{Environments, moves};
use crate::domain::{MatrixCell, ServiceRow, StreamState, productions};
use crate::screens::Ctx;
use crate::screens::list::draw_below;
use crate::screens::show::{draw_nothing, health_role, stream_words};
use crate::ui::{Brush, Hit, Pen, Role, Sign, clip_middle, pad, width};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Names get no more columns than this, and no less than the second.
const NAMES: (usize, usize) = (34, 14);
/// A version gets no more columns than this, and no less than the second.
const VERSIONS: (usize, usize) = (30, 8);
/// Columns between two environments.
const GAP: usize = 2;

/// How wide the parts of a cell are; 0 for what is left out.
#[derive(Clone, Copy, Debug, Default)]
struct Parts {
    names: usize,
    version: usize,
    namespace: usize,
    ready: usize,
    age: usize,
}

impl Parts {
    /// The widths of what there is, and what gives way so that all of `columns`
    /// have room: ages, then whole versions. After that columns scroll.
    fn fit(
        rows: &[(MatrixCell, &ServiceRow)],
        names: usize,
        columns: usize,
        room: usize,
        ctx: &Ctx<'_>,
    ) -> Self {
        let widest =
            |of: &dyn Fn(&(MatrixCell, &ServiceRow)) -> usize| rows.iter().map(of).max().unwrap_or(0);
        let mut parts = Self {
            names: names.clamp(NAMES.1, NAMES.0).min(room / 3),
            version: widest(&|(_, row)| width(&version(row))).clamp(VERSIONS.1, VERSIONS.0),
            namespace: widest(&|(cell, row)| {
                if cell.named { width(row.key.namespace.as_str()) + 1 } else { 0 }
            }),
            ready: widest(&|(_, row)| width(&ready(row))),
            age: widest(&|(_, row)| width(&ctx.age(row.changed))),
        };
        let left = room.saturating_sub(parts.names);
        let fits = |parts: &Self| columns * (parts.cell() + GAP) <= left;
        if !fits(&parts) {
            parts.age = 0;
        }
        if !fits(&parts) && columns > 0 {
            let over = (columns * (parts.cell() + GAP)).saturating_sub(left).div_ceil(columns);
            parts.version = parts.version.saturating_sub(over).max(VERSIONS.1);
        }
        parts
    }

    /// A cell: sign, mark, version, namespace, ready, age.
    fn cell(self) -> usize {
        let part = |wide: usize| if wide == 0 { 0 } else { wide + 1 };
        4 + self.version + self.namespace + part(self.ready) + part(self.age)
    }
}

impl Environments {
    pub(super) fn draw_matrix(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let state = ctx.services_stream();
        if ctx.rows.is_empty() {
            let teach =
                ("No services here yet.", "`:ns all` looks at all namespaces, `:ctx` at another cluster.");
            return draw_nothing(pen, area, state, ctx, "services", teach);
        }
        let mut area = area;
        if let (StreamState::Stale { .. }, Some((role, text, _))) =
            (state, stream_words(state, ctx, "services"))
        {
            pen.put(area.x + 1, area.y, area.width.saturating_sub(1), &text, role);
            area = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
        }
        if self.matrix.lines.is_empty() {
            let text = format!("No service matches '{}' in any environment.", self.list.filter.text());
            let hint =
                "esc clears the filter. Terms: text, ns:, env:, owner:, health:, is:differs, is:moving.";
            return pen.empty(area, Role::Dim, &text, hint);
        }
        let area = draw_below(pen, area, Role::Text, &self.words(pen.brush(), ctx));
        if area.height < 2 {
            return;
        }
        self.draw_cells(pen, area, ctx);
    }

    fn draw_cells(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let lines = &self.matrix.lines;
        let height = usize::from(area.height - 1);
        let top = self.list.cursor.window(lines.len(), self.list.at(), height);
        let visible = || lines.iter().enumerate().skip(top).take(height);
        let rows: Vec<_> = visible()
            .flat_map(|(_, line)| line.cells.iter().flatten())
            .filter_map(|cell| Some((*cell, ctx.rows.get(cell.row)?)))
            .collect();
        let names = visible().map(|(_, line)| width(line.name.as_str())).max().unwrap_or(0);
        let room = usize::from(area.width).saturating_sub(3);
        let parts = Parts::fit(&rows, names, self.titles.len(), room, ctx);
        let step = parts.cell() + GAP;
        let fitting = (room.saturating_sub(parts.names) / step.max(1)).max(1);
        let at = self.columns.locate(&self.titles);
        let left = self.columns.window(self.titles.len(), at, fitting);
        let places = || (left..self.titles.len()).take(fitting).enumerate();
        let x_of = |place: usize| area.x + 2 + narrow(parts.names + GAP + place * step);

        let beyond = (left, self.titles.len().saturating_sub(left + fitting));
        pen.put(area.x + 2, area.y, narrow(parts.names), &heading(beyond), Role::Heading);
        for (place, column) in places() {
            let title = self.titles.get(column).map_or("", String::as_str).to_uppercase();
            let role = if at == Some(column) { Role::Title } else { Role::Heading };
            pen.put(x_of(place), area.y, narrow(parts.cell()), &clip_middle(&title, parts.cell()), role);
        }
        for (index, line) in visible() {
            let y = area.y + 1 + narrow(index - top);
            let here = self.list.at() == Some(index);
            if line.nth == 0 || index == top {
                let name = clip_middle(line.name.as_str(), parts.names);
                pen.put(area.x + 2, y, narrow(parts.names), &name, Role::Strong);
            }
            let id = self.list.ids.get(index).map_or("", String::as_str);
            for (place, column) in places() {
                let cell = line.cells.get(column).copied().flatten();
                let place = Rect::new(x_of(place), y, narrow(parts.cell()), 1).intersection(area);
                let row = cell.and_then(|cell| Some((cell, ctx.rows.get(cell.row)?)));
                pen.line(place.x, y, place.width, &cell_line(pen.brush(), row, parts, ctx));
                if here && at == Some(column) {
                    pen.fill(place, Role::Selected);
                    pen.put(place.x.saturating_sub(1), y, 1, pen.sign(Sign::Cursor), Role::Cursor);
                }
                // What cannot be told apart cannot be clicked.
                if let Ok(column) = u8::try_from(column) {
                    pen.hits.add(place, Hit::Row(column, id.to_owned()));
                }
            }
            if here {
                pen.put(area.x, y, 1, pen.sign(Sign::Cursor), Role::Cursor);
            }
        }
        let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
        pen.scrollbar(body, lines.len(), top);
    }

    /// What is chosen, in a sentence.
    fn words(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> String {
        let Some((cell, row)) = self.service(ctx) else {
            return match (self.line(), self.columns.id()) {
                (Some(line), Some(column)) if self.cell().is_none() => {
                    format!("{} is not in {column}.", line.name)
                }
                _ => "What was chosen is gone.".to_owned(),
            };
        };
        let mut parts = vec![row.health.word().to_owned()];
        parts.push(match &row.next_version {
            Some(next) => format!("{} {} {next}", row.version, brush.sign(Sign::Arrow)),
            None => row.version.clone(),
        });
        if cell.differs {
            parts.push(format!("production has {}", production(row, ctx)));
        }
        parts.push(format!("{} ready", ready(row)));
        if row.changed.is_some() {
            parts.push(format!("changed {} ago", ctx.age(row.changed)));
        }
        if !row.reason.is_empty() {
            parts.push(row.reason.clone());
        }
        parts.retain(|part| !part.is_empty());
        format!("{}: {}", row.key, parts.join(&format!(" {} ", brush.sign(Sign::Dot))))
    }
}

/// The versions production has of a service.
fn production(row: &ServiceRow, ctx: &Ctx<'_>) -> String {
    let meant = productions(row, ctx.rows.iter().filter(|other| other.key.name == row.key.name));
    let mut versions: Vec<&str> = meant.iter().map(|row| row.version.as_str()).collect();
    versions.sort_unstable();
    versions.dedup();
    versions.join(", ")
}

/// The heading of the names: which way there are more environments.
fn heading((before, after): (usize, usize)) -> String {
    match (before, after) {
        (0, 0) => "SERVICE".to_owned(),
        (0, after) => format!("SERVICE +{after} >"),
        (before, 0) => format!("SERVICE < +{before}"),
        (before, after) => format!("< +{before}  +{after} >"),
    }
}

fn cell_line(
    brush: Brush<'_>,
    cell: Option<(MatrixCell, &ServiceRow)>,
    parts: Parts,
    ctx: &Ctx<'_>,
) -> Line<'static> {
    let Some((cell, row)) = cell else { return Line::from(brush.span(Role::Dim, "—")) };
    let health = health_role(row.health);
    let (mark, role) = match (moves(row, ctx), cell.differs) {
        (true, _) => (brush.sign(Sign::Moving), Role::Moving),
        (false, true) => (brush.sign(Sign::Differs), Role::Warn),
        (false, false) => (" ", Role::Text),
    };
    let mut spans = vec![
        brush.span(health, format!("{} ", brush.sign(Sign::of_health(row.health)))),
        brush.span(role, format!("{mark} ")),
        brush.span(if cell.differs { Role::Strong } else { Role::Text }, pad(&version(row), parts.version)),
    ];
    if parts.namespace > 0 {
        let namespace = if cell.named { row.key.namespace.as_str() } else { "" };
        spans.push(brush.span(Role::Dim, format!(" {}", pad(namespace, parts.namespace - 1))));
    }
    let short = if row.ready.0 < row.ready.1 { health } else { Role::Dim };
    spans.push(brush.span(short, format!(" {:>1$}", ready(row), parts.ready)));
    if parts.age > 0 {
        spans.push(brush.span(Role::Dim, format!(" {:>1$}", ctx.age(row.changed), parts.age)));
    }
    Line::from(spans)
}

/// What serves; that something else is coming is said by a mark, and below.
fn version(row: &ServiceRow) -> String {
    if row.version.is_empty() { "—".to_owned() } else { row.version.clone() }
}

fn ready(row: &ServiceRow) -> String {
    format!("{}/{}", row.ready.0, row.ready.1)
}

fn narrow(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}
