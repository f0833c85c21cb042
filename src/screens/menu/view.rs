//! How a menu is drawn.

use super::{Entry, Menu};
use crate::command::matched;
use crate::ui::{Hit, Pen, Role, Sign, centred, clip, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

impl Menu {
    /// Draws it over `area`.
    pub fn draw(&self, pen: &mut Pen<'_>, area: Rect) {
        let rows = u16::try_from(self.ranked.len()).unwrap_or(u16::MAX).clamp(3, 24);
        let area =
            centred(area, 100.min(area.width.saturating_sub(2)), rows.saturating_add(4).min(area.height));
        pen.clear(area, Role::Dialog);
        let count = format!(" {} of {} ", self.ranked.len(), self.entries.len());
        let inner = pen.frame(
            area,
            &Line::from(pen.span(Role::Title, format!(" {} ", self.title))),
            Role::BorderFocus,
        );
        if inner.is_empty() {
            return;
        }
        let wide = u16::try_from(width(&count)).unwrap_or(0);
        if area.width > wide + 16 {
            pen.put(area.right() - wide - 2, area.y, wide, &count, Role::Dim);
        }
        let prompt = pen.put(inner.x + 1, inner.y, 2, "› ", Role::Title);
        pen.input(inner.x + 1 + prompt, inner.y, inner.width.saturating_sub(2 + prompt), &self.input, true);
        let list = Rect { y: inner.y + 1, height: inner.height - 1, ..inner };
        if list.height > 0 {
            pen.rule(Rect { height: 1, ..list }, &Line::default(), Role::Border);
        }
        let list = Rect { y: list.y + 1.min(list.height), height: list.height.saturating_sub(1), ..list };
        if let Some(words) = self.draw_entries(pen, list) {
            // What the line under the cursor had no room for stands on the border.
            let room = area.width.saturating_sub(4);
            pen.put(area.x + 2, area.bottom() - 1, room, &format!(" {words} "), Role::Text);
        }
    }

    /// Draws the lines; the words of the selected one, if they are cut.
    fn draw_entries(&self, pen: &mut Pen<'_>, list: Rect) -> Option<&str> {
        if self.ranked.is_empty() {
            let hint = "Fewer letters find more; esc leaves.";
            pen.empty(list, Role::Dim, &format!("Nothing matches '{}'.", self.input.text()), hint);
            return None;
        }
        let (at, query) = (self.cursor.locate(&self.ids), self.input.text());
        let height = usize::from(list.height);
        let offset = self.cursor.window(self.ranked.len(), at, height);
        let visible = self.ranked.iter().enumerate().skip(offset).take(height);
        let shown: Vec<_> = visible.filter_map(|(i, r)| Some((i, r, self.entries.get(r.index)?))).collect();
        let tag = shown.iter().map(|(_, _, e)| width(&e.tag)).max().unwrap_or(0).min(14);
        let label = shown.iter().map(|(_, _, e)| width(&e.label)).max().unwrap_or(0).min(36);
        let mut cut = None;
        for (line, (index, ranked, entry)) in shown.into_iter().enumerate() {
            let y = list.y + u16::try_from(line).unwrap_or(0);
            let row = Rect { y, height: 1, ..list };
            let hits = if ranked.lit { matched(query.trim(), &entry.label) } else { Vec::new() };
            let whole = entry_line(pen, row, entry, &hits, (tag, label));
            if at == Some(index) {
                cut = (!whole).then(|| entry.words());
                pen.fill(row, Role::Selected);
                let sign = pen.sign(Sign::Cursor);
                pen.put(row.x, y, 1, sign, Role::Cursor);
            }
            pen.hits.add(row, Hit::Row(0, ranked.index.to_string()));
        }
        pen.scrollbar(list, self.ranked.len(), offset);
        cut
    }
}

impl Entry {
    /// Why it cannot be chosen, else what it does.
    fn words(&self) -> &str {
        if self.off.is_empty() { &self.detail } else { &self.off }
    }
}

/// Draws a line of the menu; whether its words had room.
fn entry_line(
    pen: &mut Pen<'_>,
    row: Rect,
    entry: &Entry,
    hits: &[u32],
    (tag, label): (usize, usize),
) -> bool {
    let off = !entry.off.is_empty();
    let x = row.x + 2;
    let room = row.width.saturating_sub(3);
    let tag = u16::try_from(tag).unwrap_or(0);
    let label = u16::try_from(label).unwrap_or(0);
    pen.put(x, row.y, tag.min(room), &entry.tag, if off { Role::Disabled } else { Role::Key });
    let x = x + tag + 2;
    let room = room.saturating_sub(tag + 2);
    let text = clip(&entry.label, usize::from(label));
    let base = pen.style(if off { Role::Disabled } else { Role::Text });
    let matched = base.patch(pen.style(Role::Match));
    let spans: Vec<Span<'_>> = text
        .chars()
        .enumerate()
        .map(|(i, c)| {
            let hit = u32::try_from(i).is_ok_and(|i| hits.binary_search(&i).is_ok());
            Span::styled(c.to_string(), if hit { matched } else { base })
        })
        .collect();
    pen.line(x, row.y, label.min(room), &Line::from(spans));
    let x = x + label + 2;
    let room = room.saturating_sub(label + 2);
    pen.put(x, row.y, room, entry.words(), if off { Role::Disabled } else { Role::Dim });
    width(entry.words()) <= usize::from(room)
}
