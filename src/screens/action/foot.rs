//! The foot of the dialog: why, the answer, and what keeps it from counting.

use super::parts::{capital, paragraph};
use super::worked::Worked;
use super::{Action, Field, Subject};
use crate::command::Command;
use crate::domain::{CheckOutcome, Confirmation};
use crate::screens::Ctx;
use crate::ui::{Brush, Pen, Role, Sign, width};
use ratatui::layout::Rect;
use ratatui::text::Line;

impl Action {
    pub(super) fn foot_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
        let mut lines = vec![Line::default(), self.confirm_line(brush, ctx)];
        if let Some((text, remedy)) = &self.refusal {
            let remedy = if remedy.is_empty() {
                String::new()
            } else {
                format!(" {} {remedy}", brush.sign(Sign::Arrow))
            };
            let text = format!("{} {text}{remedy}", brush.sign(Sign::Warn));
            lines.extend(paragraph(brush, Role::Warn, &text, room));
        }
        lines
    }

    /// The line that says what must be done to go on. The word to type is in
    /// it; the field itself is drawn over its end.
    fn confirm_line(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Line<'static> {
        let Some(plan) = self.worked() else {
            return Line::from(brush.span(Role::Dim, "Nothing to confirm yet."));
        };
        if !ctx.may_write() {
            return Line::from(vec![
                brush.span(Role::BadgeReadOnly, " READ-ONLY "),
                brush.span(Role::Text, self.how_to_write()),
            ]);
        }
        if let Some(check) = plan.checks().iter().find(|c| c.outcome == CheckOutcome::Fail) {
            let text = format!("{} cannot go on: {} failed", brush.sign(Sign::Bad), check.name);
            return Line::from(brush.span(Role::Bad, text));
        }
        match plan.confirmation() {
            Confirmation::Key => Line::from(vec![
                brush.span(Role::Text, format!("{}? Press ", capital(&plan.phrase()))),
                brush.span(Role::Key, "y"),
                brush.span(Role::Text, " to do it, esc to leave."),
            ]),
            Confirmation::Type(word) => Line::from(vec![
                brush.span(Role::Text, "Type "),
                brush.span(Role::Strong, word.clone()),
                brush.span(Role::Text, " and enter to do it: "),
            ]),
        }
    }

    /// In a text field letters are text.
    fn how_to_write(&self) -> &'static str {
        if matches!((&self.subject, self.field), (Subject::Deploy(_), Field::Number | Field::Reason)) {
            return " this page cannot fire; tab, then w allows writing for a while.";
        }
        " this page cannot fire. w allows writing here for a while, counted down above."
    }

    /// What the mouse can answer, at the right of a line: letting writing
    /// happen, and yes where one key is enough. What is left of the line.
    fn draw_answers(&self, pen: &mut Pen<'_>, line: Rect, may_write: bool) -> u16 {
        let Some(plan) = self.worked() else { return line.width };
        let failed = plan.checks().iter().any(|check| check.outcome == CheckOutcome::Fail);
        let (command, label) = match plan.confirmation() {
            _ if !may_write => (Command::Allow, "allow writing"),
            Confirmation::Key if !failed => (Command::Yes, "do it"),
            Confirmation::Key | Confirmation::Type(_) => return line.width,
        };
        let wide = width(label) + width(&pen.keymap.key(command)) + 3;
        let wide = u16::try_from(wide).unwrap_or(u16::MAX);
        if line.width < wide + 34 {
            return line.width;
        }
        pen.button(line.right() - wide, line.y, wide, command, label, true);
        line.width - wide - 1
    }

    pub(super) fn draw_fields(&self, pen: &mut Pen<'_>, foot: Rect, may_write: bool) {
        let y = foot.y + 1;
        let used = pen.put(
            foot.x,
            y,
            foot.width,
            "Reason ",
            if self.field == Field::Reason { Role::Strong } else { Role::Dim },
        );
        let mut room = foot.width.saturating_sub(used);
        if self.override_owner {
            let text = "overrides the owner";
            let wide = u16::try_from(text.len()).unwrap_or(0);
            pen.put(foot.right().saturating_sub(wide), y, wide, text, Role::Warn);
            room = room.saturating_sub(wide + 1);
        }
        room = self.draw_answers(pen, Rect { x: foot.x + used, y, width: room, height: 1 }, may_write);
        if self.reason.is_empty() && self.field != Field::Reason {
            let by = if self.field == Field::Pick { Command::Reason } else { Command::PrevField };
            let key = pen.keymap.key(by);
            pen.put(foot.x + used, y, room, &format!("none given ({key} to say why)"), Role::Dim);
        } else {
            pen.input(foot.x + used, y, room, &self.reason, self.field == Field::Reason);
        }
        let Some(Confirmation::Type(word)) = self.worked().map(Worked::confirmation) else { return };
        let start = u16::try_from(crate::ui::width(word)).unwrap_or(0) + 26;
        if self.field == Field::Answer && foot.height > 2 && foot.width > start {
            pen.input(foot.x + start, y + 1, foot.width - start, &self.answer, true);
        }
    }
}
