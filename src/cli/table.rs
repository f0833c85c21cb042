//! Aligned columns.

use super::out::{Out, Tone};
use unicode_width::UnicodeWidthStr as _;

/// A cell: its text and its tone.
pub(super) type Cell = (String, Tone);

/// A plain cell.
pub(super) fn plain(text: impl Into<String>) -> Cell {
    (text.into(), Tone::Plain)
}

/// Lines of a table: headings, then rows, columns two spaces apart, the last
/// one as wide as it likes. Empty without rows.
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
        for (n, ((cell, tone), width)) in cells.iter().zip(&widths).enumerate() {
            line.push_str(&out.paint(cell, *tone));
            if n + 1 < cells.len() {
                line.push_str(&" ".repeat(width.saturating_sub(cell.width()) + 2));
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
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
}
