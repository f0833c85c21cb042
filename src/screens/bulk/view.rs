//! How the dialog is drawn: the objects with what becomes of each, the answer at the foot.

use super::{Bulk, Field, Piece, Planning};
use crate::command::Command;
use crate::domain::{CheckOutcome, Environment, count_of};
use crate::screens::{Ctx, dialog};
use crate::ui::{Brush, Pen, Role, Sign, centred, width, wrap};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Rows of reason, answer and refusal.
const FOOT: u16 = 4;

impl Bulk {
    /// Draws it over `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let area = centred(area, area.width.min(110), area.height.min(30));
        let environment = |piece: &Piece| ctx.world.environment(&piece.target.key.namespace);
        let production = self.pieces.iter().any(|piece| environment(piece) == Environment::Production);
        let title = format!(" {} {} ", self.verb.name(), count_of(self.pieces.len(), "object"));
        let Some(inner) = dialog::frame(pen, area, (title, production), (30, FOOT + 3)) else { return };
        let room = usize::from(inner.width).saturating_sub(1);
        let lines: Vec<_> =
            self.pieces.iter().flat_map(|piece| piece_lines(pen.brush(), piece, room)).collect();
        let body = Rect { height: inner.height - FOOT, ..inner };
        let most = lines.len().saturating_sub(usize::from(body.height));
        let offset = self.scroll.get().min(most);
        self.scroll.set(offset);
        pen.lines(body, lines.get(offset..).unwrap_or_default());
        pen.scrollbar(body, lines.len(), offset);
        self.draw_foot(pen, Rect { y: inner.bottom() - FOOT, height: FOOT, ..inner }, ctx);
    }

    fn draw_foot(&self, pen: &mut Pen<'_>, foot: Rect, ctx: &Ctx<'_>) {
        pen.rule(Rect { height: 1, ..foot }, &Line::default(), Role::Border);
        let row = |y| Rect { y: foot.y + y, height: 1, ..foot };
        dialog::draw_reason(pen, row(1), &self.reason, self.field == Field::Reason, Command::PrevField);
        self.draw_answer(pen, row(2), ctx);
        let why = dialog::refusal_lines(pen.brush(), self.refusal.as_ref(), usize::from(foot.width));
        pen.lines(row(3), &why);
    }

    fn draw_answer(&self, pen: &mut Pen<'_>, row: Rect, ctx: &Ctx<'_>) {
        let failed = self.pieces.iter().filter(|piece| piece.is_refused()).count();
        let text = match self.word() {
            _ if !ctx.may_write() => "READ-ONLY: writing ended; esc, then :write".to_owned(),
            _ if failed > 0 => format!("cannot go on: {failed} of {} failed", self.pieces.len()),
            None => "reading each object, asking the server for a dry run, checking…".to_owned(),
            Some(word) => {
                pen.line(row.x, row.y, row.width, &dialog::word_line(pen.brush(), word));
                dialog::draw_word(pen, row, word, &self.answer, self.field == Field::Answer);
                return;
            }
        };
        let role = if failed > 0 { Role::Bad } else { Role::Text };
        pen.put(row.x, row.y, row.width, &text, role);
    }
}

impl Piece {
    fn is_refused(&self) -> bool {
        match &self.planning {
            Planning::Failed(_) => true,
            Planning::Ready(plan) => plan.checks.iter().any(|check| check.outcome == CheckOutcome::Fail),
            Planning::Due | Planning::Asked(_) => false,
        }
    }
}

fn piece_lines(brush: Brush<'_>, piece: &Piece, room: usize) -> Vec<Line<'static>> {
    let key = &piece.target.key;
    let (role, sign, said) = match &piece.planning {
        Planning::Due | Planning::Asked(_) => {
            (Role::Moving, Sign::Moving, vec!["being worked out".to_owned()])
        }
        Planning::Failed(fault) => (Role::Bad, Sign::Bad, vec![fault.text.clone()]),
        Planning::Ready(plan) => {
            let arrow = brush.sign(Sign::Arrow);
            let mut said = vec![format!("{} {arrow} {}", plan.from, plan.to)];
            said.extend(plan.side_effects.iter().cloned());
            let worst = plan.checks.iter().map(|check| check.outcome).max();
            let odd = plan.checks.iter().filter(|check| check.outcome > CheckOutcome::Pass);
            said.extend(odd.map(|c| format!("{} {}: {}", c.outcome.word(), c.name, c.observed)));
            let (role, sign) = match worst {
                Some(CheckOutcome::Fail) => (Role::Bad, Sign::Bad),
                Some(CheckOutcome::Unknown | CheckOutcome::Warn) => (Role::Warn, Sign::Warn),
                Some(CheckOutcome::Pass | CheckOutcome::NotApplicable) | None => (Role::Good, Sign::Good),
            };
            (role, sign, said)
        }
    };
    let head = format!("{} {}/{}", key.kind.short(), key.namespace, key.name);
    let mut lines = vec![Line::from(vec![
        brush.span(role, format!("{} ", brush.sign(sign))),
        brush.span(Role::Strong, head),
    ])];
    for text in said {
        for part in wrap(&text, room.saturating_sub(width("    "))) {
            lines.push(Line::from(vec![Span::raw("    "), brush.span(Role::Dim, part)]));
        }
    }
    lines
}
