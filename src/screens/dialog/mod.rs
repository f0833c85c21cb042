//! What dialogs that ask have in common: a frame with the look of the place,
//! why an answer was not taken, and a form of reason and answer at the foot.
//!
//! Whether an answer counts is decided by the gate, not here.

mod form;

pub use form::Form;

use super::Ctx;
use super::action::Reply;
use crate::command::{Command, Scope};
use crate::ui::{Brush, Pen, Role, Sign, TextInput, width, wrap_behind};
use crossterm::event::KeyEvent;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

/// Why an answer was not taken, and what to do about it; that may be empty.
pub(super) type Refused = (String, String);

/// A dialog with a form at its foot: keys and text go there.
pub trait Asks {
    /// The form.
    fn form(&self) -> &Form;

    /// The form, to be filled in.
    fn form_mut(&mut self) -> &mut Form;

    /// Draws it over `area`.
    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>);

    /// Says why the answer was not taken.
    fn refused(&mut self, why: (String, String)) {
        self.form_mut().refuse(why);
    }

    /// The scope keys are resolved in.
    fn scope(&self) -> Scope {
        self.form().scope()
    }

    /// Does a command of the dialog.
    fn on_command(&mut self, command: Command) -> Reply {
        self.form_mut().on_command(command)
    }

    /// Takes a typed key into the field that has the keys.
    fn on_key(&mut self, key: KeyEvent) {
        self.form_mut().on_key(key);
    }

    /// Takes pasted text, except for the answer: a confirmation is typed.
    fn on_paste(&mut self, text: &str) {
        self.form_mut().on_paste(text);
    }
}

/// Draws the frame of a dialog over `area`. Gives the room inside, or says that
/// there is less of it than `least` columns and rows.
pub(super) fn frame(
    pen: &mut Pen<'_>,
    area: Rect,
    (title, production): (String, bool),
    least: (u16, u16),
) -> Option<Rect> {
    pen.clear(area, Role::Dialog);
    let role = if production { Role::BorderProd } else { Role::BorderFocus };
    let inner = pen.frame(area, &Line::from(pen.span(Role::Title, title)), role);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    if inner.width < least.0 || inner.height < least.1 {
        pen.put(inner.x, inner.y, inner.width, "enlarge the terminal to act", Role::Warn);
        return None;
    }
    Some(inner)
}

/// The word for production, with a space behind it; nothing elsewhere.
pub(super) fn badge(brush: Brush<'_>, production: bool) -> Vec<Span<'static>> {
    let badge = || vec![brush.span(Role::BadgeProd, " PROD "), Span::raw(" ")];
    if production { badge() } else { Vec::new() }
}

/// Why the last answer was not taken, in lines of `room` columns.
pub(super) fn refusal_lines(brush: Brush<'_>, refusal: Option<&Refused>, room: usize) -> Vec<Line<'static>> {
    let Some((text, remedy)) = refusal else { return Vec::new() };
    let arrow = brush.sign(Sign::Arrow);
    let remedy = if remedy.is_empty() { String::new() } else { format!(" {arrow} {remedy}") };
    let parts = wrap_behind(&format!("{} ", brush.sign(Sign::Warn)), &format!("{text}{remedy}"), room);
    parts.into_iter().map(|part| Line::from(brush.span(Role::Warn, part))).collect()
}

/// Said when an answer is pasted: one that is typed was read.
pub(super) fn not_pasted() -> Refused {
    ("the answer is to be typed, not pasted".to_owned(), String::new())
}

/// Draws the field for the reason; while it is empty, how to get there (`by`).
pub(super) fn draw_reason(pen: &mut Pen<'_>, row: Rect, reason: &TextInput, focused: bool, by: Command) {
    let role = if focused { Role::Strong } else { Role::Dim };
    let used = pen.put(row.x, row.y, row.width, REASON, role);
    let room = row.width.saturating_sub(used);
    if reason.is_empty() && !focused {
        let text = format!("none given ({} to say why)", pen.keymap.key(by));
        pen.put(row.x + used, row.y, room, &text, Role::Dim);
    } else {
        pen.input(row.x + used, row.y, room, reason, focused);
    }
}

/// What the field for the reason is called.
const REASON: &str = "Reason ";
/// What the field for an incident is called.
pub(super) const INCIDENT: &str = "Incident ";

/// The line that asks for a word. [`draw_word`] draws the field over its end.
pub(super) fn word_line(brush: Brush<'_>, word: &str) -> Line<'static> {
    Line::from(vec![
        brush.span(Role::Text, TYPE),
        brush.span(Role::Strong, word.to_owned()),
        brush.span(Role::Text, AND_ENTER),
    ])
}

const TYPE: &str = "Type ";
const AND_ENTER: &str = " and enter to do it: ";

/// Draws the field behind [`word_line`], if there is room for it.
pub(super) fn draw_word(pen: &mut Pen<'_>, row: Rect, word: &str, answer: &TextInput, focused: bool) {
    let start = u16::try_from(width(TYPE) + width(word) + width(AND_ENTER)).unwrap_or(u16::MAX);
    if row.width > start {
        pen.input(row.x + start, row.y, row.width - start, answer, focused);
    }
}
