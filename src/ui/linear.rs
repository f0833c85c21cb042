//! A screen as plain lines, for screen readers: no frames, no signs that a word
//! beside them says as well, and only the lines that are new.

use super::export::to_text;
use ratatui::buffer::Buffer;
use std::collections::HashSet;

/// Frames for somebody who listens.
#[derive(Debug, Default)]
pub struct Linear {
    said: HashSet<String>,
    selected: String,
}

/// Stands before the line the cursor is on.
const CURSOR: char = '▌';

impl Linear {
    /// What of this frame has not been said: every line of a new screen, of a
    /// known one those that changed. The selected line is said when the
    /// selection comes to it.
    pub fn news(&mut self, buffer: &Buffer) -> Vec<String> {
        let mut said = HashSet::new();
        let mut news = Vec::new();
        let mut selected = String::new();
        for (row, line) in to_text(buffer).lines().enumerate() {
            let text = words(line);
            if text.is_empty() {
                continue;
            }
            // The clock and countdowns of the first line are no news.
            let known = if row == 0 { text.replace(|c: char| c.is_ascii_digit(), "") } else { text.clone() };
            let here = line.contains(CURSOR);
            let moved_to = here && text != self.selected;
            if moved_to || !(self.said.contains(&known) || said.contains(&known)) {
                news.push(if here { format!("> {text}") } else { text.clone() });
            }
            if here {
                selected = text;
            }
            said.insert(known);
        }
        self.selected = selected;
        self.said = said;
        news
    }

    /// Forgets what was said: the whole next frame is news.
    pub fn forget(&mut self) {
        *self = Self::default();
    }
}

/// The words of a line: frames, bars and signs left out, arrows read.
fn words(line: &str) -> String {
    let spoken: String = line
        .chars()
        .map(|c| match c {
            // Box drawing, blocks, shapes, dingbats, braille.
            '\u{2500}'..='\u{25ff}' | '\u{2700}'..='\u{27bf}' | '\u{2800}'..='\u{28ff}' | '‖' => ' ',
            c => c,
        })
        .collect();
    let spoken = spoken.replace('→', " to ").replace('—', " none ").replace('▸', " in ");
    spoken.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn screen(lines: &[&str]) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 60, u16::try_from(lines.len()).unwrap()));
        for (y, line) in lines.iter().enumerate() {
            buffer.set_string(0, u16::try_from(y).unwrap(), line, Style::new());
        }
        buffer
    }

    #[test]
    fn frames_and_signs_are_not_said_and_words_are() {
        let mut linear = Linear::default();
        let first =
            screen(&["qd  03:12", "╭─ Services ──╮", "│▌ ● healthy web v1 → v2 │", "│  ✖ down cart — │"]);
        assert_eq!(linear.news(&first), ["qd 03:12", "Services", "> healthy web v1 to v2", "down cart none"]);
        assert_eq!(linear.news(&first), Vec::<String>::new(), "nothing new, nothing said");
    }

    #[test]
    fn only_what_changed_and_where_the_selection_goes() {
        let mut linear = Linear::default();
        linear.news(&screen(&["qd 03:12", "│▌ ● healthy web │", "│  ● healthy cart │"]));
        let moved = screen(&["qd 03:13", "│  ● healthy web │", "│▌ ● healthy cart │"]);
        assert_eq!(linear.news(&moved), ["> healthy cart"], "not the clock, not the line that was left");
        let changed = screen(&["qd 03:13", "│  ✖ down web │", "│▌ ● healthy cart │"]);
        assert_eq!(linear.news(&changed), ["down web"]);
        linear.forget();
        assert_eq!(linear.news(&changed).len(), 3);
    }
}
