//! How the form of a delivery is drawn, and what its plan says beside checks
//! and diff.

use super::choices::{Choice, LINES};
use super::versions::Origin;
use super::{Candidate, Deploy};
use crate::domain::{count_of, dependents_words, short_duration};
use crate::engine::delivery::DeliveryPlan;
use crate::engine::record::Strategy;
use crate::screens::Ctx;
use crate::screens::action::parts::{heading, paragraph};
use crate::screens::action::{Action, Field};
use crate::ui::{Brush, Hit, Pen, Role, Sign, age, width, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// Versions in sight while one is searched on a narrow page, and on a wide one.
const FEW: usize = 4;
const MANY: usize = 8;

/// Where values begin, behind their words.
const WORDS: u16 = 14;

/// What a click on a version begins with; on a line of the form.
const VERSION: &str = "version:";
const LINE: &str = "line:";

impl Deploy {
    /// Does what a click asks for; whether something else is asked for now,
    /// and the field that has the keys.
    pub(in crate::screens::action) fn click(&mut self, id: &str) -> Option<(Field, bool)> {
        if let Some(at) = id.strip_prefix(VERSION).and_then(|at| at.parse().ok()) {
            return Some((Field::Number, self.pick(at)));
        }
        let line: usize = id.strip_prefix(LINE)?.parse().ok()?;
        let again = self.choices.line == line;
        self.choices.go(line);
        let turned = again && self.choices.turn(true);
        if turned {
            self.search();
        }
        Some((Field::Pick, turned))
    }
}

impl Action {
    /// Draws the form: all of it where there is room, else the part that has
    /// the keys and the rest in a line; rows used.
    pub(in crate::screens::action) fn draw_deploy(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        deploy: &Deploy,
        ctx: &Ctx<'_>,
        whole: bool,
    ) -> u16 {
        let mut y = area.y;
        let used = pen.put(area.x, y, area.width, "Version ", Role::Text);
        let room = area.width.saturating_sub(used);
        let searching = self.field == Field::Number;
        match deploy.shown.get(deploy.at).filter(|_| !searching && !whole) {
            Some(candidate) => {
                pen.line(area.x + used, y, room, &candidate_line(pen.brush(), candidate, ctx));
            }
            None => pen.input(area.x + used, y, room, &deploy.input, searching),
        }
        y += 1;
        if searching || whole {
            let most = if whole { MANY } else { FEW };
            y += self.draw_versions(
                pen,
                Rect { y, height: area.bottom().saturating_sub(y), ..area },
                deploy,
                ctx,
                most,
            );
        }
        if self.field == Field::Pick || whole {
            y += u16::from(whole);
            y += draw_form(
                pen,
                Rect { y, height: area.bottom().saturating_sub(y), ..area },
                deploy,
                self.field,
            );
        } else if y < area.bottom() {
            let used = pen.put(area.x, y, area.width, "Strategy", Role::Dim);
            let text = format!(" {}", deploy.choices.summary());
            pen.put(area.x + used, y, area.width.saturating_sub(used), &text, Role::Text);
            pen.hits.add(Rect::new(area.x, y, area.width, 1), Hit::Row(0, format!("{LINE}1")));
            y += 1;
        }
        y - area.y
    }

    fn draw_versions(
        &self,
        pen: &mut Pen<'_>,
        area: Rect,
        deploy: &Deploy,
        ctx: &Ctx<'_>,
        most: usize,
    ) -> u16 {
        let rows = most.min(deploy.shown.len()).min(usize::from(area.height));
        let offset = self.cursor.window(deploy.shown.len(), Some(deploy.at), rows);
        let visible = deploy.shown.iter().enumerate().skip(offset).take(rows);
        for (y, (index, candidate)) in (area.y..area.bottom()).zip(visible) {
            let row = Rect { y, height: 1, ..area };
            let line = candidate_line(pen.brush(), candidate, ctx);
            pen.line(row.x + 2, y, row.width.saturating_sub(2), &line);
            mark(pen, row, index == deploy.at, self.field == Field::Number);
            pen.hits.add(row, Hit::Row(0, format!("{VERSION}{index}")));
        }
        let rows = u16::try_from(rows).unwrap_or(0);
        pen.scrollbar(Rect { height: rows, ..area }, deploy.shown.len(), offset);
        rows
    }
}

/// The cursor of a list within the dialog.
fn mark(pen: &mut Pen<'_>, row: Rect, at: bool, focused: bool) {
    if at {
        pen.fill(row, if focused { Role::Selected } else { Role::SelectedDim });
        let sign = pen.sign(Sign::Cursor);
        pen.put(row.x, row.y, 1, sign, Role::Cursor);
    }
}

fn candidate_line(brush: Brush<'_>, candidate: &Candidate, ctx: &Ctx<'_>) -> Line<'static> {
    let mut spans: Vec<Span<'static>> = candidate
        .label
        .chars()
        .enumerate()
        .map(|(i, c)| {
            let hit = u32::try_from(i).is_ok_and(|i| candidate.hits.contains(&i));
            brush.span(if hit { Role::Match } else { Role::Strong }, c.to_string())
        })
        .collect();
    let known = match &candidate.origin {
        Origin::Elsewhere(namespace) => {
            format!("runs in {namespace} ({})", ctx.world.environment(namespace).short())
        }
        Origin::Kept(set) => {
            let number = set.revision.map_or_else(|| "?".to_owned(), |number| number.to_string());
            let old = set.created.map_or_else(String::new, |at| format!(", {} old", age(ctx.now.since(at))));
            let cause = set.change_cause.as_deref().map(|cause| format!("  {cause}")).unwrap_or_default();
            format!("revision {number}{old}{cause}")
        }
        Origin::Typed => "as typed".to_owned(),
    };
    let pad = " ".repeat(16_usize.saturating_sub(width(&candidate.label)).max(2));
    spans.push(brush.span(Role::Dim, format!("{pad}{known}")));
    Line::from(spans)
}

/// One line for each thing that can be chosen, those around the one that has
/// the keys where there is little room; rows used.
fn draw_form(pen: &mut Pen<'_>, area: Rect, deploy: &Deploy, field: Field) -> u16 {
    let focused = field == Field::Pick;
    let rows = usize::from(area.height).min(LINES.len());
    let offset = (deploy.choices.line + 1).saturating_sub(rows);
    let seen = LINES.iter().enumerate().skip(offset);
    for (y, (index, (choice, word))) in (area.y..area.bottom()).zip(seen) {
        let row = Rect { y, height: 1, ..area };
        let text = match (choice, deploy.site()) {
            (Choice::Where, Some(site)) => {
                let namespace = &site.target.key.namespace;
                format!("{} ({})", site.environment.short(), namespace)
            }
            _ => deploy.choices.words(*choice),
        };
        let open = deploy.choices.matters(*choice);
        let (word_role, role) =
            if open { (Role::Text, Role::Strong) } else { (Role::Disabled, Role::Disabled) };
        pen.put(row.x + 2, y, WORDS, word, word_role);
        let x = row.x + 2 + WORDS;
        let room = row.right().saturating_sub(x);
        let here = focused && open && index == deploy.choices.line;
        let text = if here { format!("< {text} >") } else { text };
        pen.put(x, y, room, &text, role);
        mark(pen, row, index == deploy.choices.line, focused);
        pen.hits.add(row, Hit::Row(0, format!("{LINE}{index}")));
    }
    let height = u16::try_from(rows).unwrap_or(0);
    pen.scrollbar(Rect { height, ..area }, LINES.len(), offset);
    height
}

/// `6 of 6 pods serve; up to 6 of the canary beside them`
pub(in crate::screens::action) fn pods_words(plan: &DeliveryPlan) -> String {
    let stable = count_of(plan.stable_pods as usize, "pod");
    match plan.record.strategy {
        Strategy::Rolling => format!("{stable} replaced by the Deployment's own rolling update"),
        Strategy::BlueGreen => {
            format!("{stable} stay until promotion; as many of the new version beside them")
        }
        Strategy::Canary => {
            let most = plan.splits().iter().map(|split| split.canary).max().unwrap_or(0);
            format!("{stable} stay until promotion; up to {most} of the canary beside them")
        }
    }
}

/// The steps: the weight asked for, the real one, how long each is judged.
pub(in crate::screens::action) fn steps(
    brush: Brush<'_>,
    plan: &DeliveryPlan,
    room: u16,
) -> Vec<Line<'static>> {
    let mut lines = vec![heading(brush, "What will happen", room)];
    let span = |seconds: u32| short_duration(Duration::from_secs(u64::from(seconds)));
    let mut say = |number: usize, text: String| {
        for (i, part) in wrap(&text, usize::from(room).saturating_sub(5)).into_iter().enumerate() {
            let head = if i == 0 { format!("  {number}  ") } else { "     ".to_owned() };
            lines.push(Line::from(vec![brush.span(Role::Dim, head), brush.span(Role::Text, part)]));
        }
    };
    if plan.record.strategy == Strategy::Rolling {
        say(1, "stable takes the new template by its own rolling update".to_owned());
        for step in &plan.record.run.plan.steps {
            say(2, step.watch_words());
        }
        return lines;
    }
    let mut number = 1;
    for (split, step) in plan.splits().iter().zip(&plan.record.run.plan.steps) {
        let manual = if step.manual { ", then a person promotes" } else { "" };
        say(number, format!("{}, {} to {}{manual}", step.words(split), span(step.min_s), span(step.max_s)));
        number += 1;
    }
    say(number, "stable takes the new template by its own rolling update".to_owned());
    say(number + 1, "the canary goes; a bad verdict at any step takes its traffic away at once".to_owned());
    lines
}

/// The objects it writes to, and who suffers if it goes wrong.
pub(in crate::screens::action) fn reach(
    brush: Brush<'_>,
    plan: &DeliveryPlan,
    ctx: &Ctx<'_>,
    room: u16,
) -> Vec<Line<'static>> {
    let mut lines = vec![heading(brush, "What it touches", room)];
    lines.extend(paragraph(brush, Role::Text, &format!("  {}", pods_words(plan)), room));
    for object in plan.objects() {
        lines.push(Line::from(brush.span(Role::Text, format!("  {object}"))));
    }
    let service =
        ctx.world.workload(&plan.target.key).map(|workload| crate::domain::World::service_of(workload));
    let dependents = service.and_then(|service| ctx.catalog.dependents(&service, ctx.rows));
    let dependents = match dependents {
        None => "  dependents: unknown, no catalogue knows it (option `catalog`)".to_owned(),
        Some(found) => format!("  {}", dependents_words(&found, 8)),
    };
    lines.extend(paragraph(brush, Role::Dim, &dependents, room));
    lines
}
