//! Text in several roles, broken into lines.

use super::Piece;
use crate::ui::{Role, width, wrap};

/// `pieces` in lines of at most `room` columns, broken at spaces where there are any.
pub(super) fn flow(pieces: Vec<Piece>, room: usize) -> Vec<Vec<Piece>> {
    let mut lines = vec![Vec::new()];
    let mut used = 0;
    for (role, text) in pieces {
        for word in text.split_inclusive(' ') {
            let wide = width(word.trim_end());
            if used > 0 && used + wide > room {
                lines.push(Vec::new());
                used = 0;
            }
            let parts = if wide > room { wrap(word, room) } else { vec![word.to_owned()] };
            for (n, part) in parts.into_iter().enumerate() {
                if n > 0 {
                    lines.push(Vec::new());
                    used = 0;
                }
                used += width(&part);
                add(&mut lines, role, part);
            }
        }
    }
    lines
}

/// Adds a word to the last line, to its last piece where the role is the same.
fn add(lines: &mut [Vec<Piece>], role: Role, text: String) {
    let Some(line) = lines.last_mut() else { return };
    match line.last_mut() {
        Some((last, before)) if *last == role => before.push_str(&text),
        Some(_) | None => line.push((role, text)),
    }
}
