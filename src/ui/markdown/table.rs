//! A table of a document: columns as wide as they need to be, narrower where
//! there is no room, their cells broken into lines.

use super::Row;
use crate::ui::{Role, pad, width, wrap};

/// Columns are not made narrower than this.
const LEAST: usize = 6;
/// More columns than this cannot be read anyway.
const MOST_COLUMNS: usize = 32;

/// A table while it is read: its first row is its head.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: Vec<(Vec<String>, Option<String>)>,
}

impl Grid {
    pub(super) fn row(&mut self) {
        self.rows.push((Vec::new(), None));
    }

    pub(super) fn cell(&mut self) {
        if let Some((cells, _)) = self.rows.last_mut()
            && cells.len() < MOST_COLUMNS
        {
            cells.push(String::new());
        }
    }

    pub(super) fn say(&mut self, text: &str, link: Option<String>) {
        let Some((cells, known)) = self.rows.last_mut() else { return };
        if let Some(cell) = cells.last_mut() {
            cell.push_str(text);
        }
        if known.is_none() {
            *known = link;
        }
    }

    pub(super) fn rows(mut self, room: usize, ascii: bool) -> Vec<Row> {
        // Markdown has no tables without a head: where there is nothing in it,
        // none was meant.
        let headless =
            self.rows.first().is_some_and(|(cells, _)| cells.iter().all(|cell| cell.trim().is_empty()));
        if headless {
            self.rows.remove(0);
        }
        let widths = self.widths(room);
        let mut out = Vec::new();
        for (index, (cells, mut link)) in self.rows.into_iter().enumerate() {
            let head = index == 0 && !headless;
            let role = if head { Role::Heading } else { Role::Text };
            let cells: Vec<Vec<String>> = widths
                .iter()
                .zip(cells.iter().map(String::as_str).chain(std::iter::repeat("")))
                .map(|(wide, text)| wrap(text, *wide))
                .collect();
            let high = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..high {
                let text: Vec<_> = cells
                    .iter()
                    .zip(&widths)
                    .map(|(cell, wide)| pad(cell.get(line).map_or("", String::as_str), *wide))
                    .collect();
                let pieces = vec![(role, text.join("  ").trim_end().to_owned())];
                out.push(Row { pieces, link: link.take(), heading: None });
            }
            if head {
                let dash = if ascii { "-" } else { "─" };
                let text: Vec<_> = widths.iter().map(|wide| dash.repeat(*wide)).collect();
                out.push(Row { pieces: vec![(Role::Border, text.join("  "))], ..Row::default() });
            }
        }
        out
    }

    /// What each column gets: what it needs, or where that is too much, an equal
    /// share of what the narrower ones leave.
    fn widths(&self, room: usize) -> Vec<usize> {
        let count = self.rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
        let need = |column: usize| {
            let cells = self.rows.iter().filter_map(|(cells, _)| cells.get(column));
            cells.map(|text| width(text)).max().unwrap_or(0).max(1)
        };
        let mut widths: Vec<usize> = (0..count).map(need).collect();
        let gaps = count.saturating_sub(1) * 2;
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|column| widths.get(*column).copied());
        let mut left = room.saturating_sub(gaps);
        for (done, column) in order.into_iter().enumerate() {
            let share = (left / (count - done)).max(LEAST);
            if let Some(wide) = widths.get_mut(column) {
                *wide = (*wide).min(share);
                left = left.saturating_sub(*wide);
            }
        }
        widths
    }
}
