//! What screens draw with: a buffer, a theme, signs, and the map of clicks.

use super::{Glyphs, Hit, Hits, Role, Sign, Theme, clip, width};
use crate::command::{Command, Keymap};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::{Line, Span};

/// How roles and signs look; small enough to be copied into closures.
#[derive(Clone, Copy)]
pub struct Brush<'a> {
    /// How roles look.
    pub theme: &'a Theme,
    /// Which signs to use.
    pub glyphs: Glyphs,
}

impl Brush<'_> {
    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A sign.
    pub fn sign(&self, sign: Sign) -> &'static str {
        self.glyphs.get(sign)
    }

    /// Text in a role's style.
    pub fn span<'t>(&self, role: Role, text: impl Into<std::borrow::Cow<'t, str>>) -> Span<'t> {
        Span::styled(text, self.theme.style(role))
    }
}

/// Everything needed to draw; decides nothing.
pub struct Pen<'a> {
    /// Where to draw.
    pub buf: &'a mut Buffer,
    /// How roles look.
    pub theme: &'a Theme,
    /// Which signs to use.
    pub glyphs: Glyphs,
    /// Keys, for hints.
    pub keymap: &'a Keymap,
    /// What can be clicked.
    pub hits: &'a mut Hits,
}

impl<'a> Pen<'a> {
    /// How roles and signs look.
    pub fn brush(&self) -> Brush<'a> {
        Brush { theme: self.theme, glyphs: self.glyphs }
    }

    /// The style of a role.
    pub fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }

    /// A sign.
    pub fn sign(&self, sign: Sign) -> &'static str {
        self.glyphs.get(sign)
    }

    /// Text in a role's style.
    pub fn span<'t>(&self, role: Role, text: impl Into<std::borrow::Cow<'t, str>>) -> Span<'t> {
        self.brush().span(role, text)
    }

    /// Writes text at a place, cut to `room` and to the buffer; the columns used.
    pub fn put(&mut self, x: u16, y: u16, room: u16, text: &str, role: Role) -> u16 {
        self.put_styled(x, y, room, text, self.theme.style(role))
    }

    /// Writes text in a style.
    pub fn put_styled(&mut self, x: u16, y: u16, room: u16, text: &str, style: Style) -> u16 {
        let area = self.buf.area;
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return 0;
        }
        let room = room.min(area.right() - x);
        let text = clip(text, usize::from(room));
        let (end, _) = self.buf.set_stringn(x, y, &text, usize::from(room), style);
        end - x
    }

    /// Writes a line of spans, cut to `room` with `…`.
    pub fn line(&mut self, x: u16, y: u16, room: u16, line: &Line<'_>) -> u16 {
        let mut used = 0;
        for span in &line.spans {
            if used >= room {
                break;
            }
            let style = line.style.patch(span.style);
            used += self.put_styled(x + used, y, room - used, &span.content, style);
        }
        used
    }

    /// Writes lines from the top of an area; how many fitted.
    pub fn lines(&mut self, area: Rect, lines: &[Line<'_>]) -> u16 {
        let mut y = area.y;
        for line in lines.iter().take(usize::from(area.height)) {
            self.line(area.x, y, area.width, line);
            y += 1;
        }
        y - area.y
    }

    /// Sets the style of an area, keeping its text.
    pub fn fill(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buf.area);
        self.buf.set_style(area, self.theme.style(role));
    }

    /// Blanks an area in a role's style.
    pub fn clear(&mut self, area: Rect, role: Role) {
        let area = area.intersection(self.buf.area);
        let style = self.theme.style(role);
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.buf.cell_mut((x, y)) {
                    cell.reset();
                    cell.set_style(style);
                }
            }
        }
    }

    /// A box with a title in its upper edge; the area inside.
    pub fn frame(&mut self, area: Rect, title: &Line<'_>, role: Role) -> Rect {
        if area.width < 2 || area.height < 2 {
            return Rect::new(area.x, area.y, 0, 0);
        }
        let [tl, tr, bl, br, h, v] = if self.glyphs.ascii {
            ["+", "+", "+", "+", "-", "|"]
        } else {
            ["╭", "╮", "╰", "╯", "─", "│"]
        };
        let style = self.theme.style(role);
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        for x in area.x + 1..right {
            self.put_styled(x, area.y, 1, h, style);
            self.put_styled(x, bottom, 1, h, style);
        }
        for y in area.y + 1..bottom {
            self.put_styled(area.x, y, 1, v, style);
            self.put_styled(right, y, 1, v, style);
        }
        for (x, y, text) in
            [(area.x, area.y, tl), (right, area.y, tr), (area.x, bottom, bl), (right, bottom, br)]
        {
            self.put_styled(x, y, 1, text, style);
        }
        if area.width > 4 {
            self.line(area.x + 2, area.y, area.width - 4, title);
        }
        Rect::new(area.x + 1, area.y + 1, area.width - 2, area.height - 2)
    }

    /// A rule with a heading: `── Pods 6 · 2 broken ─────`.
    pub fn rule(&mut self, area: Rect, title: &Line<'_>, role: Role) {
        if area.is_empty() {
            return;
        }
        let h = if self.glyphs.ascii { "-" } else { "─" };
        let style = self.theme.style(role);
        for x in area.left()..area.right() {
            self.put_styled(x, area.y, 1, h, style);
        }
        if area.width > 4 && !title.spans.is_empty() {
            self.put(area.x + 1, area.y, 1, " ", role);
            let used = self.line(area.x + 2, area.y, area.width - 4, title);
            self.put(area.x + 2 + used, area.y, 1, " ", role);
        }
    }

    /// A button with its key; the columns used. Disabled ones are dim, stand in
    /// round brackets and cannot be clicked.
    pub fn button(&mut self, x: u16, y: u16, room: u16, command: Command, label: &str, enabled: bool) -> u16 {
        let key = self.keymap.key(command);
        let text = if enabled { format!("[{key} {label}]") } else { format!("({key} {label})") };
        if width(&text) > usize::from(room) {
            return 0;
        }
        let role = if enabled { Role::Button } else { Role::Disabled };
        let used = self.put(x, y, room, &text, role);
        if enabled {
            self.hits.add(Rect::new(x, y, used, 1), Hit::Run(command));
        }
        used
    }

    /// A text field with its cursor; the part around the cursor if it is too long.
    pub fn input(&mut self, x: u16, y: u16, room: u16, input: &super::TextInput, focused: bool) {
        let role = if focused { Role::Input } else { Role::Dim };
        let (before, after) = input.parts();
        let before = super::clip_left(before, usize::from(room.saturating_sub(1)));
        let mut used = self.put(x, y, room, &before, role);
        let first: String = {
            use unicode_segmentation::UnicodeSegmentation;
            after.graphemes(true).next().unwrap_or(" ").to_owned()
        };
        if focused {
            let style = self.theme.style(role).add_modifier(Modifier::REVERSED);
            used += self.put_styled(x + used, y, room.saturating_sub(used), &first, style);
            let rest = after.strip_prefix(first.as_str()).unwrap_or_default();
            self.put(x + used, y, room.saturating_sub(used), rest, role);
        } else {
            self.put(x + used, y, room.saturating_sub(used), after, role);
        }
    }

    /// A scrollbar in the last column of `area`, if not everything is visible.
    pub fn scrollbar(&mut self, area: Rect, len: usize, offset: usize) {
        let height = usize::from(area.height);
        if height == 0 || len <= height || area.width == 0 {
            return;
        }
        let size = (height * height / len).max(1);
        let top = (offset * (height - size)).checked_div(len - height).unwrap_or(0);
        for row in 0..size {
            let y = area.y + u16::try_from(top + row).unwrap_or(0);
            let sign = self.sign(Sign::Thumb);
            self.put(area.right() - 1, y.min(area.bottom() - 1), 1, sign, Role::Dim);
        }
    }

    /// A paragraph in the middle of an empty area: what there is not, and what to do.
    pub fn empty(&mut self, area: Rect, role: Role, title: &str, hint: &str) {
        if area.is_empty() {
            return;
        }
        let room = usize::from(area.width.saturating_sub(4)).min(72);
        let mut lines: Vec<(String, Role)> =
            super::wrap(title, room).into_iter().map(|l| (l, role)).collect();
        if !hint.is_empty() {
            lines.extend(super::wrap(hint, room).into_iter().map(|l| (l, Role::Dim)));
        }
        let top = area.y + area.height.saturating_sub(u16::try_from(lines.len()).unwrap_or(0)) / 3;
        for (i, (text, role)) in lines.into_iter().enumerate() {
            let y = top + u16::try_from(i).unwrap_or(0);
            if y < area.bottom() {
                self.put(area.x + 2, y, area.width.saturating_sub(2), &text, role);
            }
        }
    }
}
