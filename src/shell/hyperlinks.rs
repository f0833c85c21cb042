//! Links a terminal can open (OSC 8), laid over a frame that is drawn.
//!
//! ratatui counts the columns of everything in a cell, escape sequences
//! included, so addresses cannot be in its cells. Here the cells of a link are
//! written once more between the two sequences, after the frame and only when
//! the link or what it says has changed: a quiet screen writes nothing.

use super::sparse::Sparse;
use crate::ui::Hyperlink;
use ratatui::backend::Backend as _;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Size;
use std::io::{self, Write};
use unicode_width::UnicodeWidthStr as _;

/// Terminals cut longer addresses, or drop them.
const LONGEST: usize = 2083;

/// What of a screen is linked now.
#[derive(Debug, Default)]
pub(super) struct Hyperlinks {
    /// Of a screen of this size; ratatui clears the terminal when it changes.
    size: Size,
    drawn: Vec<(Hyperlink, Vec<Cell>)>,
}

/// Whether an address may be sent to the terminal: one that opens in a browser
/// or a mail program, in printable ASCII.
fn may_be_sent(url: &str) -> bool {
    let known = ["https://", "http://", "mailto:"].iter().any(|scheme| url.starts_with(scheme));
    known && url.len() <= LONGEST && url.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}

/// The cells of a link, without those a wide letter covers.
fn cells<'a>(link: &Hyperlink, buffer: &'a Buffer) -> Vec<(u16, u16, &'a Cell)> {
    let area = link.area.intersection(buffer.area);
    let mut found = Vec::new();
    for y in area.top()..area.bottom() {
        let mut x = area.left();
        while let Some(cell) = buffer.cell((x, y)).filter(|_| x < area.right()) {
            found.push((x, y, cell));
            x = x.saturating_add(u16::try_from(cell.symbol().width()).unwrap_or(1).max(1));
        }
    }
    found
}

impl Hyperlinks {
    /// Forgets what is linked: the terminal was cleared.
    pub(super) fn forget(&mut self) {
        self.drawn.clear();
    }

    /// Links what is to be linked, and nothing else.
    pub(super) fn draw<W: Write>(
        &mut self,
        out: &mut Sparse<W>,
        buffer: &Buffer,
        links: Vec<Hyperlink>,
    ) -> io::Result<()> {
        if self.size != buffer.area.as_size() {
            self.size = buffer.area.as_size();
            self.forget();
        }
        let links = links.into_iter().filter(|link| may_be_sent(&link.url));
        let wanted: Vec<_> = links
            .map(|link| {
                let says = cells(&link, buffer).into_iter().map(|(_, _, cell)| cell.clone()).collect();
                (link, says)
            })
            .collect();
        for (link, _) in self.drawn.iter().filter(|known| !wanted.contains(known)) {
            out.draw(cells(link, buffer).into_iter())?;
        }
        for (link, _) in wanted.iter().filter(|link| !self.drawn.contains(link)) {
            out.draw_linked(&link.url, cells(link, buffer).into_iter())?;
        }
        self.drawn = wanted;
        ratatui::backend::Backend::flush(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn screen(text: &str) -> Buffer {
        Buffer::with_lines([text])
    }

    fn link(x: u16, width: u16, url: &str) -> Hyperlink {
        Hyperlink { area: Rect::new(x, 0, width, 1), url: url.to_owned() }
    }

    /// What a frame writes.
    fn written(links: &mut Hyperlinks, buffer: &Buffer, wanted: Vec<Hyperlink>) -> String {
        let mut bytes = Vec::new();
        links.draw(&mut Sparse::new(&mut bytes), buffer, wanted).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_link_is_written_once_and_taken_back_when_it_goes() {
        let (mut links, buffer) = (Hyperlinks::default(), screen("see runbook"));
        let first = written(&mut links, &buffer, vec![link(4, 7, "https://r.example.com/x")]);
        assert!(first.contains("\x1b]8;;https://r.example.com/x\x1b\\"), "{first:?}");
        assert!(first.contains("runbook") && !first.contains("see"), "{first:?}");
        assert!(first.contains("\x1b]8;;\x1b\\"), "{first:?}");
        let again = written(&mut links, &buffer, vec![link(4, 7, "https://r.example.com/x")]);
        assert_eq!(again, "", "nothing changed");
        let gone = written(&mut links, &buffer, Vec::new());
        assert!(gone.contains("runbook") && !gone.contains("]8;"), "{gone:?}");
        links.forget();
        assert_eq!(written(&mut links, &buffer, Vec::new()), "");
    }

    #[test]
    fn after_a_resize_every_link_is_written_again() {
        let mut links = Hyperlinks::default();
        let wanted = || vec![link(0, 7, "https://r.example.com/x")];
        let before = written(&mut links, &screen("runbook"), wanted());
        assert_eq!(written(&mut links, &screen("runbook "), wanted()), before, "the terminal was cleared");
        assert_eq!(written(&mut links, &screen("runbook "), wanted()), "");
    }

    #[test]
    fn what_is_no_plain_address_is_never_sent() {
        let buffer = screen("runbook");
        for url in [
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://a.example.com/\u{1b}]8;;",
            "https://a.example.com/a b",
            "https://ä.example.com",
            &format!("https://{}", "a".repeat(3000)),
        ] {
            assert_eq!(written(&mut Hyperlinks::default(), &buffer, vec![link(0, 7, url)]), "", "{url:?}");
        }
    }

    #[test]
    fn wide_letters_and_the_edge_of_the_screen_are_kept() {
        let buffer = screen("文档 doc");
        let all = written(&mut Hyperlinks::default(), &buffer, vec![link(0, 400, "https://a.example.com")]);
        assert!(all.contains("文") && all.contains("档") && all.contains("doc"), "{all:?}");
    }
}
