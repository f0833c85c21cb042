//! Buttons in a line, and under it why some are off.

use crate::command::Command;
use crate::ui::{Pen, Role, wrap};
use ratatui::layout::Rect;

/// A button, and why it cannot be used now; empty if it can.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Button {
    /// What it does.
    pub command: Command,
    /// Its word.
    pub label: &'static str,
    /// Why it is off.
    pub off: String,
}

/// Draws `buttons` from the left of `area`, and their reasons below as far as
/// there is room.
pub(crate) fn draw_buttons(pen: &mut Pen<'_>, area: Rect, buttons: &[Button]) {
    if area.height == 0 {
        return;
    }
    let mut x = area.x;
    for button in buttons {
        let room = area.right().saturating_sub(x);
        let used = pen.button(x, area.y, room, button.command, button.label, button.off.is_empty());
        x += used + u16::from(used > 0);
    }
    let below = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let text = reasons(buttons);
    for (line, y) in wrap(&text, usize::from(area.width)).iter().zip(below.top()..below.bottom()) {
        pen.put(below.x, y, below.width, line, Role::Dim);
    }
}

/// `Promote, Hold: read-only`, one reason once, the short ones first; only the reason where it is that of all.
pub(crate) fn reasons(buttons: &[Button]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for button in buttons.iter().filter(|button| !button.off.is_empty()) {
        match reasons.iter_mut().find(|(why, _)| *why == button.off) {
            Some((_, names)) => names.push(button.label),
            None => reasons.push((&button.off, vec![button.label])),
        }
    }
    // Where there is room for one line, it says something whole.
    reasons.sort_by_key(|(why, _)| why.len());
    let words = |(why, names): &(&str, Vec<&str>)| {
        if names.len() == buttons.len() { (*why).to_owned() } else { format!("{}: {why}", names.join(", ")) }
    };
    let parts: Vec<String> = reasons.iter().map(words).collect();
    parts.join("; ")
}
