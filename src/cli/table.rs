//! Aligned columns.

use super::out::{Out, Tone};
use unicode_width::UnicodeWidthStr as _;

/// A cell: its text and its tone.
pub(super) type Cell = (String, Tone);

/// A plain cell.
pub(super) fn plain(text: impl Into<String>) -> Cell {
    (text.into(), Tone::Plain)
}

/// Columns the last cell needs beside the others; with less it gets lines of its own.
const BESIDE: usize = 24;

/// Lines of a table: headings, then rows, columns two spaces apart. The last
/// one is as wide as it likes; on a terminal it is broken between words and
/// goes on under its own beginning. Empty without rows.
pub(super) fn table(out: &Out, headings: &[&str], rows: &[Vec<Cell>], indent: &str) -> String {
    let mut widths: Vec<usize> = headings.iter().map(|heading| heading.width()).collect();
    for row in rows {
        for (width, (text, _)) in widths.iter_mut().zip(row) {
            *width = (*width).max(text.width());
        }
    }
    let mut text = String::new();
    let mut push = |cells: &[Cell]| {
        let mut line = String::from(indent);
        let Some(((last, tone), others)) = cells.split_last() else { return };
        let mut start = indent.width();
        for ((cell, tone), width) in others.iter().zip(&widths) {
            line.push_str(&out.paint(cell, *tone));
            line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            start += width + 2;
        }
        let mut parts = vec![last.clone()];
        if let Some(columns) = out.columns()
            && start + last.width() > columns
        {
            if start + BESIDE > columns {
                text.push_str(line.trim_end());
                text.push('\n');
                start = indent.width() + 4;
                line = " ".repeat(start);
            }
            parts = broken(last, columns.saturating_sub(start));
        }
        for part in &parts {
            line.push_str(&out.paint(part, *tone));
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(start);
        }
    };
    if rows.is_empty() {
        return String::new();
    }
    if headings.iter().any(|heading| !heading.is_empty()) {
        push(&headings.iter().map(|heading| ((*heading).to_owned(), Tone::Faint)).collect::<Vec<_>>());
    }
    for row in rows {
        push(row);
    }
    text
}

/// `text` in lines of at most `room` columns; a word that is longer stays whole,
/// so that it can be copied.
fn broken(text: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= room => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_width_on_the_screen() {
        let out = Out::new("never", false);
        let rows = vec![vec![plain("世界"), plain("1")], vec![plain("a"), plain("")]];
        assert_eq!(table(&out, &["NAME", "N"], &rows, ""), "NAME  N\n世界  1\na\n");
        assert_eq!(table(&out, &["NAME"], &[], ""), "");
    }

    #[test]
    fn on_a_narrow_terminal_the_last_column_breaks_between_words() {
        let out = Out::new("never", false).of_width(30);
        let beside = vec![vec![plain("a"), plain("one two three four five six seven")]];
        assert_eq!(table(&out, &["", ""], &beside, ""), "a  one two three four five six\n   seven\n");
        let under = vec![vec![plain("a/long/path"), plain("one two three four five six seven")]];
        assert_eq!(
            table(&out, &["", ""], &under, "  "),
            "  a/long/path\n      one two three four five\n      six seven\n"
        );
    }
}
