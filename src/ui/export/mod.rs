//! A drawn screen as a file: plain text, or an SVG that looks the same everywhere.
//!
//! The SVG draws lines, blocks and braille as shapes, because fonts disagree
//! about them by fractions of a pixel and a frame falls apart. Letters are
//! placed cell by cell. Absent: animation and raster images; `screenshots/make`
//! turns the SVGs into PNGs with a renderer from outside.

mod shapes;
mod svg;

use ratatui::buffer::Buffer;

pub use svg::{SvgColours, to_svg};

/// The screen as text, one line per row, trailing blanks cut.
pub fn to_text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut text = String::with_capacity(usize::from(area.width + 1) * usize::from(area.height));
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut x = area.left();
        while x < area.right() {
            let symbol = buffer.cell((x, y)).map_or(" ", |cell| cell.symbol());
            line.push_str(symbol);
            x += width_of(symbol);
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Cells a symbol takes: 1 or 2.
fn width_of(symbol: &str) -> u16 {
    u16::try_from(unicode_width::UnicodeWidthStr::width(symbol)).unwrap_or(1).clamp(1, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::{Color, Style};

    fn buffer() -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 2));
        buffer.set_string(0, 0, "┌─ 世界 <&>", Style::new().fg(Color::Rgb(1, 2, 3)));
        buffer.set_string(0, 1, "▁▄█⣿x", Style::new().bg(Color::Red));
        buffer
    }

    #[test]
    fn text_keeps_wide_letters_once() {
        assert_eq!(to_text(&buffer()), "┌─ 世界 <&>\n▁▄█⣿x\n");
    }

    #[test]
    fn svg_is_well_formed_and_escapes_text() {
        let svg = to_svg(&buffer(), SvgColours::default());
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("&lt;&amp;&gt;"), "{svg}");
        assert!(svg.contains("fill=\"#010203\""));
        assert!(svg.contains("<text x=\"82\""), "a word after a gap has its own place: {svg}");
        assert_eq!(svg.matches("<svg").count(), 1);
        assert!(!svg.contains('▄') && !svg.contains('⣿') && !svg.contains('┌'), "drawn as shapes");
        assert_eq!(svg, to_svg(&buffer(), SvgColours::default()), "byte-stable");
    }

    #[test]
    fn an_empty_screen_is_fine() {
        let empty = Buffer::empty(Rect::new(0, 0, 0, 0));
        assert_eq!(to_text(&empty), "");
        assert!(to_svg(&empty, SvgColours::default()).starts_with("<svg "));
    }
}
