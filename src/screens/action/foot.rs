//! The foot of the dialog: why, the answer, and what keeps it from counting.

use super::parts::capital;
use super::worked::Worked;
use super::{Action, Field, Subject};
use crate::command::Command;
use crate::domain::{CheckOutcome, Confirmation};
use crate::screens::{Ctx, dialog};
use crate::ui::{Pen, Role, Sign, width};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// Columns of the field for an incident: its name, and an id such as INC-4123.
const INCIDENT_WIDE: u16 = 24;

impl Action {
    pub(super) fn foot_lines(&self, pen: &Pen<'_>, ctx: &Ctx<'_>, room: u16) -> Vec<Line<'static>> {
        let brush = pen.brush();
        let mut lines = vec![Line::default(), self.confirm_line(pen, ctx)];
        lines.extend(dialog::refusal_lines(brush, self.refusal.as_ref(), usize::from(room)));
        lines
    }

    /// The line that says what must be done to go on. The word to type is in
    /// it; the field itself is drawn over its end.
    fn confirm_line(&self, pen: &Pen<'_>, ctx: &Ctx<'_>) -> Line<'static> {
        let brush = pen.brush();
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
                brush.span(Role::Key, pen.keymap.key(Command::Yes)),
                brush.span(Role::Text, " to do it, esc to leave."),
            ]),
            Confirmation::Type(word) => dialog::word_line(brush, word),
        }
    }

    /// In a text field letters are text.
    fn how_to_write(&self) -> &'static str {
        if matches!(
            (&self.subject, self.field),
            (Subject::Deploy(_), Field::Number | Field::Incident | Field::Reason)
        ) {
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
        if line.width < wide + 41 {
            return line.width;
        }
        pen.button(line.right() - wide, line.y, wide, command, label, true);
        line.width - wide - 1
    }

    /// The incident, at the right of a line. What is left of the line.
    fn draw_incident(&self, pen: &mut Pen<'_>, line: Rect) -> u16 {
        let Subject::Deploy(deploy) = &self.subject else { return line.width };
        if !self.asks_for_an_incident() || line.width < 2 * INCIDENT_WIDE {
            return line.width;
        }
        let focused = self.field == Field::Incident;
        let role = if focused { Role::Strong } else { Role::Dim };
        let x = line.right() - INCIDENT_WIDE;
        let used = pen.put(x, line.y, INCIDENT_WIDE, dialog::INCIDENT, role);
        pen.input(x + used, line.y, INCIDENT_WIDE - used, &deploy.incident, focused);
        line.width - INCIDENT_WIDE - 1
    }

    pub(super) fn draw_fields(&self, pen: &mut Pen<'_>, foot: Rect, may_write: bool) {
        let mut row = Rect { y: foot.y + 1, height: 1, ..foot };
        if self.override_owner {
            let text = "overrides the owner";
            let wide = u16::try_from(text.len()).unwrap_or(0);
            pen.put(row.right().saturating_sub(wide), row.y, wide, text, Role::Warn);
            row.width = row.width.saturating_sub(wide + 1);
        }
        row.width = self.draw_answers(pen, row, may_write);
        row.width = self.draw_incident(pen, row);
        let by = if self.field == Field::Pick { Command::Reason } else { Command::PrevField };
        dialog::draw_reason(pen, row, &self.reason, self.field == Field::Reason, by);
        let Some(Confirmation::Type(word)) = self.worked().map(Worked::confirmation) else { return };
        if self.field == Field::Answer && foot.height > 2 {
            dialog::draw_word(pen, Rect { y: foot.y + 2, height: 1, ..foot }, word, &self.answer, true);
        }
    }
}
