//! How the dialog is drawn: the target on top, the answer at the foot, the
//! plan between them.

use super::deploy::view as delivery;
use super::parts::{checks, dry_run, heading, paragraph, pods_words, reach, sides, tally, worst};
use super::worked::Worked;
use super::{Action, Field, Planning, Subject};
use crate::domain::diff_templates;
use crate::screens::show::change_lines;
use crate::screens::{Ctx, dialog};
use crate::ui::{Brush, Hit, Pen, Role, Sign, age, centred, pad};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Lines of the diff a narrow page begins with, its heading included.
const GLANCE: usize = 6;

/// From this width on, the plan stands beside the revisions.
const WIDE: u16 = 116;

impl Action {
    /// Draws it over `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        // Where there is little room, all of it: slivers of what lies behind only disturb.
        let full = !pen.glyphs.side_by_side(area.width, WIDE + 4);
        let area = if full { area } else { centred(area, (area.width - 4).min(150), area.height.min(46)) };
        let head = (
            format!(" {} {} ", self.subject.title(), self.target.key.name),
            self.environment.is_production(),
        );
        let Some(inner) = dialog::frame(pen, area, head, (20, 6)) else { return };
        self.draw_target(pen, inner);
        let foot = self.foot_lines(pen, ctx, inner.width);
        let foot_rows = u16::try_from(foot.len()).unwrap_or(0).min(inner.height - 4) + 1;
        let body = Rect { y: inner.y + 2, height: inner.height - 2 - foot_rows, ..inner };
        if pen.glyphs.side_by_side(body.width, WIDE) {
            let [left, right] = halves(body);
            self.draw_left(pen, left, ctx);
            self.draw_plan(pen, right, ctx, false);
        } else {
            // Everything one decides on must be in sight: few revisions, more plan.
            let most = match &self.subject {
                Subject::Deploy(_) if body.height < 20 => 7,
                Subject::Deploy(_) => 11,
                Subject::Rollback(_) | Subject::Scale { .. } | Subject::Image(_) | Subject::Fixed(_) => {
                    if body.height < 20 {
                        4
                    } else {
                        6
                    }
                }
            };
            let picker = self.draw_picker(pen, Rect { height: body.height.min(most), ..body }, ctx);
            let rest = Rect { y: body.y + picker, height: body.height - picker, ..body };
            self.draw_plan(pen, rest, ctx, true);
        }
        let foot_area = Rect { y: inner.bottom() - foot_rows, height: foot_rows, ..inner };
        pen.rule(Rect { height: 1, ..foot_area }, &Line::default(), Role::Border);
        pen.lines(Rect { y: foot_area.y + 1, height: foot_rows - 1, ..foot_area }, &foot);
        self.draw_fields(pen, foot_area, ctx.may_write());
    }

    fn draw_target(&self, pen: &mut Pen<'_>, inner: Rect) {
        let target = &self.target;
        let mut spans = dialog::badge(pen.brush(), self.environment.is_production());
        let key = &target.key;
        spans.push(pen.span(Role::Strong, format!("{} {}/{}", key.kind, key.namespace, key.name)));
        pen.line(inner.x, inner.y, inner.width, &Line::from(spans));
        let dot = pen.sign(Sign::Dot);
        let text = format!("context {} {dot} {} {dot} uid {}", target.context, target.cluster, target.uid);
        pen.put(inner.x, inner.y + 1, inner.width, &text, Role::Dim);
    }

    /// Rows for what is chosen, beside the plan.
    fn left_rows(&self) -> u16 {
        if matches!(self.subject, Subject::Deploy(_)) { 18 } else { 12 }
    }

    fn draw_left(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let used = self.draw_picker(pen, Rect { height: area.height.min(self.left_rows()), ..area }, ctx);
        let rest = Rect { y: area.y + used, height: area.height - used, ..area };
        let mut lines = self.in_short(pen.brush(), rest.width);
        lines.extend(self.diff(pen.brush(), rest.width));
        pen.lines(rest, &lines);
    }

    /// What is chosen from; rows used, of which there may be fewer than it wants.
    fn draw_picker(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) -> u16 {
        if area.height == 0 {
            return 0;
        }
        self.draw_choice(pen, area, ctx).min(area.height)
    }

    fn draw_choice(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) -> u16 {
        if let Subject::Image(images) = &self.subject {
            return self.draw_images(pen, area, images);
        }
        if let Subject::Deploy(deploy) = &self.subject {
            return self.draw_deploy(pen, area, deploy, ctx, area.height > 12);
        }
        let Subject::Rollback(picker) = &self.subject else {
            return self.draw_number(pen, area);
        };
        let title = Line::from(pen.span(Role::Title, "Revisions kept"));
        pen.rule(Rect { height: 1, ..area }, &title, Role::Border);
        let rows = usize::from(area.height.saturating_sub(1)).min(picker.revisions.len().max(1));
        let offset = self.cursor.window(picker.revisions.len(), Some(picker.at), rows);
        for (line, (index, set)) in picker.revisions.iter().enumerate().skip(offset).take(rows).enumerate() {
            let y = area.y + 1 + u16::try_from(line).unwrap_or(0);
            let row = Rect { y, height: 1, ..area };
            let number = set.revision.map_or_else(|| "?".to_owned(), |n| n.to_string());
            let created = set.created.map_or_else(|| "?".to_owned(), |at| age(ctx.now.since(at)));
            let pods = match set.replicas.current {
                0 => String::new(),
                n => format!("{n} pods"),
            };
            let now = if picker.is_current(set) { "runs now" } else { "" };
            let head = format!("{number:>4}  {}  {created:>4}  {pods:<8}", pad(&set.template.version(), 14));
            let used = pen.put(row.x + 2, y, row.width.saturating_sub(2), &head, Role::Text);
            let used = used
                + 2
                + pen.put(row.x + 2 + used, y, row.width.saturating_sub(used + 2), now, Role::Moving);
            let cause = set.change_cause.as_deref().unwrap_or_default();
            let gap = if now.is_empty() { 0 } else { 2 };
            pen.put(row.x + used + gap, y, row.width.saturating_sub(used + gap), cause, Role::Dim);
            if index == picker.at {
                pen.fill(row, if self.field == Field::Pick { Role::Selected } else { Role::SelectedDim });
                let sign = pen.sign(Sign::Cursor);
                pen.put(row.x, y, 1, sign, Role::Cursor);
            }
            pen.hits.add(row, Hit::Row(0, index.to_string()));
        }
        let list = Rect { y: area.y + 1, height: u16::try_from(rows).unwrap_or(0), ..area };
        pen.scrollbar(list, picker.revisions.len(), offset);
        1 + list.height
    }

    fn draw_number(&self, pen: &mut Pen<'_>, area: Rect) -> u16 {
        let Subject::Scale { input, from } = &self.subject else { return 0 };
        let used = pen.put(
            area.x,
            area.y,
            area.width,
            &format!("Replicas {from} {} ", pen.sign(Sign::Arrow)),
            Role::Text,
        );
        pen.input(
            area.x + used,
            area.y,
            area.width.saturating_sub(used).min(12),
            input,
            self.field == Field::Number,
        );
        2
    }

    fn draw_plan(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>, whole: bool) {
        let brush = pen.brush();
        let room = area.width.saturating_sub(1);
        let mut lines = Vec::new();
        match &self.planning {
            Planning::Nothing(why) => lines.extend(paragraph(brush, Role::Dim, why, room)),
            Planning::Waiting(_) => {
                let text = format!(
                    "{} reading the object, asking the server for a dry run, checking…",
                    brush.sign(Sign::Moving)
                );
                lines.push(Line::from(brush.span(Role::Moving, text)));
            }
            Planning::Failed(fault) => {
                let text = format!("{} {}", brush.sign(Sign::Bad), fault.text);
                lines.extend(paragraph(brush, Role::Bad, &text, room));
                for hint in &fault.hints {
                    lines.extend(paragraph(
                        brush,
                        Role::Strong,
                        &format!("{} {hint}", brush.sign(Sign::Arrow)),
                        room,
                    ));
                }
            }
            Planning::Ready(_) => {}
        }
        if whole {
            lines.extend(self.at_a_glance(brush, room));
        }
        if let Some(plan) = self.worked() {
            lines.extend(self.in_full(brush, plan, ctx, room));
        }
        let height = usize::from(area.height);
        let most = lines.len().saturating_sub(height);
        let offset = self.scroll.get().min(most);
        self.scroll.set(offset);
        pen.lines(Rect { width: room, ..area }, lines.get(offset..).unwrap_or_default());
        pen.scrollbar(area, lines.len(), offset);
    }

    /// The whole plan, what decides first.
    fn in_full(&self, brush: Brush<'_>, plan: &Worked, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
        let (checks, diff) = (checks(brush, plan, ctx, room), dry_run(brush, plan.changes(), room));
        match plan {
            Worked::Action(action) => [checks, reach(brush, action, room), diff].concat(),
            Worked::Delivery(delivery) => {
                let steps = delivery::steps(brush, delivery, room);
                let reach = delivery::reach(brush, delivery, ctx, room);
                [steps, checks, reach, diff, self.same_as(brush, room)].concat()
            }
        }
    }

    /// The same on the command line.
    fn same_as(&self, brush: Brush<'_>, room: u16) -> Vec<Line<'static>> {
        let Subject::Deploy(deploy) = &self.subject else { return Vec::new() };
        let reason = self.reason.text().trim().to_owned();
        let ask = deploy.ask(self.target.clone(), reason, self.override_owner);
        let mut lines = vec![heading(brush, "The same in a shell", room)];
        let text = ask.map(|ask| format!("  {}", ask.command_line())).unwrap_or_default();
        lines.extend(paragraph(brush, Role::Dim, &text, room));
        lines
    }

    fn in_short(&self, brush: Brush<'_>, room: u16) -> Vec<Line<'static>> {
        let Some(plan) = self.worked() else { return Vec::new() };
        let mut lines = vec![heading(brush, "In short", room)];
        lines.extend(sides(brush, plan, room));
        lines.push(pods_line(brush, plan));
        lines.push(tally(brush, plan.checks()));
        lines
    }

    /// For narrow screens: what changes, then how much and what is in the way,
    /// on as few lines as possible. The rest is a scroll away.
    fn at_a_glance(&self, brush: Brush<'_>, room: u16) -> Vec<Line<'static>> {
        let mut lines = self.diff(brush, room);
        let hidden = lines.len().saturating_sub(GLANCE);
        if hidden > 1 {
            lines.truncate(GLANCE);
            let text = format!("  and {hidden} lines more, below under Server dry run");
            lines.push(Line::from(brush.span(Role::Dim, text)));
        }
        let Some(plan) = self.worked() else { return lines };
        lines.push(heading(brush, "In short", room));
        if let Worked::Delivery(_) = plan {
            lines.extend(sides(brush, plan, room));
        }
        lines.push(pods_line(brush, plan));
        lines.push(tally(brush, plan.checks()));
        lines.extend(worst(brush, plan.checks(), room));
        if let Worked::Action(_) = plan {
            lines.extend(sides(brush, plan, room));
        }
        lines
    }

    /// What the chosen revision changes for the pods, from what the watch shows:
    /// at once, while the server is still being asked.
    fn diff(&self, brush: Brush<'_>, room: u16) -> Vec<Line<'static>> {
        let Subject::Rollback(picker) = &self.subject else { return Vec::new() };
        let Some(set) = picker.chosen().filter(|set| !picker.is_current(set)) else { return Vec::new() };
        let mut lines = vec![heading(brush, "What changes for the pods", room)];
        for change in diff_templates(&picker.current.template, &set.template) {
            lines.extend(change_lines(brush, &change, usize::from(room)));
        }
        lines
    }
}

fn pods_line(brush: Brush<'_>, plan: &Worked) -> Line<'static> {
    let words = match plan {
        Worked::Action(plan) => pods_words(plan),
        Worked::Delivery(plan) => delivery::pods_words(plan),
    };
    Line::from(vec![brush.span(Role::Dim, "  pods   "), brush.span(Role::Text, words)])
}

fn halves(area: Rect) -> [Rect; 2] {
    let left = area.width / 2 - 1;
    let right = Rect { x: area.x + left + 2, width: area.width - left - 2, ..area };
    [Rect { width: left, ..area }, right]
}
