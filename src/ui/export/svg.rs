//! The SVG writer.

use super::shapes::{CELL_H, CELL_W, path};
use super::width_of;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;

/// What the terminal's own colours are taken to be.
#[derive(Clone, Copy, Debug)]
pub struct SvgColours {
    /// Default foreground, RGB.
    pub foreground: [u8; 3],
    /// Default background, RGB.
    pub background: [u8; 3],
}

impl Default for SvgColours {
    fn default() -> Self {
        Self { foreground: [0xd8, 0xde, 0xe9], background: [0x16, 0x1a, 0x21] }
    }
}

/// Space around the screen.
const MARGIN: f64 = 10.0;

/// The screen as an SVG document. Equal buffers give equal bytes.
pub fn to_svg(buffer: &Buffer, colours: SvgColours) -> String {
    let area = buffer.area;
    let (w, h) =
        (f64::from(area.width) * CELL_W + 2.0 * MARGIN, f64::from(area.height) * CELL_H + 2.0 * MARGIN);
    let mut out = String::with_capacity(usize::from(area.width) * usize::from(area.height) * 24 + 512);
    let _infallible = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w:.0}\" height=\"{h:.0}\" viewBox=\"0 0 {w:.0} {h:.0}\" \
         font-family=\"'JetBrains Mono','DejaVu Sans Mono',Menlo,Consolas,monospace\" font-size=\"15\" xml:space=\"preserve\">"
    );
    let background = hex(colours.background);
    let _infallible = writeln!(out, "<rect width=\"100%\" height=\"100%\" rx=\"6\" fill=\"{background}\"/>");
    for y in area.top()..area.bottom() {
        row(buffer, y, colours, &mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// Neighbouring cells of one look, drawn with one element each for ground,
/// shapes and letters.
struct Span {
    from: u16,
    to: u16,
    look: Look,
    words: Vec<Word>,
    shapes: String,
}

/// Letters that stand together. Renderers place one `x` per element reliably,
/// so a gap, or a letter a font may draw wider than its cell, begins a new word.
struct Word {
    left: f64,
    end: u16,
    plain: bool,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Look {
    fg: [u8; 3],
    bg: [u8; 3],
    modifier: Modifier,
}

fn row(buffer: &Buffer, y: u16, colours: SvgColours, out: &mut String) {
    let area = buffer.area;
    let top = MARGIN + f64::from(y - area.top()) * CELL_H;
    let mut span: Option<Span> = None;
    let mut x = area.left();
    while x < area.right() {
        let Some(cell) = buffer.cell((x, y)) else { break };
        let look = look_of(cell, colours);
        let width = width_of(cell.symbol());
        if span.as_ref().is_none_or(|span| span.look != look) {
            if let Some(done) = span.take() {
                write_span(&done, area.left(), top, colours, out);
            }
            span = Some(Span { from: x, to: x, look, words: Vec::new(), shapes: String::new() });
        }
        if let Some(span) = &mut span {
            let left = MARGIN + f64::from(x - area.left()) * CELL_W;
            add_symbol(span, cell.symbol(), left, top);
            span.to = x + width;
        }
        x += width;
    }
    if let Some(done) = span {
        write_span(&done, area.left(), top, colours, out);
    }
}

fn add_symbol(span: &mut Span, symbol: &str, left: f64, top: f64) {
    if symbol == " " {
        return;
    }
    let mut chars = symbol.chars();
    if let (Some(only), None) = (chars.next(), chars.next())
        && let Some(shape) = path(only, left, top)
    {
        span.shapes.push_str(&shape);
        return;
    }
    let (from, plain) = (span.to, symbol.is_ascii());
    let end = from + width_of(symbol);
    if let Some(word) = span.words.last_mut().filter(|word| word.end == from && word.plain && plain) {
        escape(symbol, &mut word.text);
        word.end = end;
        return;
    }
    let mut text = String::new();
    escape(symbol, &mut text);
    span.words.push(Word { left, end, plain, text });
}

fn escape(symbol: &str, out: &mut String) {
    for c in symbol.chars().filter(|c| !c.is_control()) {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            c => out.push(c),
        }
    }
}

fn write_span(span: &Span, origin: u16, top: f64, colours: SvgColours, out: &mut String) {
    let left = MARGIN + f64::from(span.from - origin) * CELL_W;
    let width = f64::from(span.to - span.from) * CELL_W;
    let fill = hex(span.look.fg);
    if span.look.bg != colours.background {
        let bg = hex(span.look.bg);
        let _infallible = writeln!(
            out,
            "<rect x=\"{left:.0}\" y=\"{top:.0}\" width=\"{width:.0}\" height=\"{CELL_H}\" fill=\"{bg}\"/>"
        );
    }
    if !span.shapes.is_empty() {
        let _infallible = writeln!(out, "<path fill=\"{fill}\" d=\"{}\"/>", span.shapes);
    }
    let weight = if span.look.modifier.contains(Modifier::BOLD) { " font-weight=\"bold\"" } else { "" };
    let italic = if span.look.modifier.contains(Modifier::ITALIC) { " font-style=\"italic\"" } else { "" };
    let lined =
        if span.look.modifier.contains(Modifier::UNDERLINED) { " text-decoration=\"underline\"" } else { "" };
    for word in &span.words {
        let (left, base, text) = (word.left, top + 14.0, &word.text);
        let _infallible = writeln!(
            out,
            "<text x=\"{left:.0}\" y=\"{base:.0}\" fill=\"{fill}\"{weight}{italic}{lined}>{text}</text>"
        );
    }
}

fn look_of(cell: &Cell, colours: SvgColours) -> Look {
    let mut fg = rgb(cell.fg, colours.foreground);
    let mut bg = rgb(cell.bg, colours.background);
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if cell.modifier.contains(Modifier::DIM) {
        fg = mix(fg, bg);
    }
    let shown = Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED;
    Look { fg, bg, modifier: cell.modifier & shown }
}

fn mix(a: [u8; 3], b: [u8; 3]) -> [u8; 3] {
    let half = |i: usize| u8::midpoint(a[i], b[i]);
    [half(0), half(1), half(2)]
}

fn hex([r, g, b]: [u8; 3]) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// The sixteen named colours, as in the calm palettes people use today.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0x2e, 0x34, 0x40]),
    (Color::Red, [0xbf, 0x61, 0x6a]),
    (Color::Green, [0xa3, 0xbe, 0x8c]),
    (Color::Yellow, [0xeb, 0xcb, 0x8b]),
    (Color::Blue, [0x81, 0xa1, 0xc1]),
    (Color::Magenta, [0xb4, 0x8e, 0xad]),
    (Color::Cyan, [0x88, 0xc0, 0xd0]),
    (Color::Gray, [0xc0, 0xc5, 0xce]),
    (Color::DarkGray, [0x65, 0x6f, 0x80]),
    (Color::LightRed, [0xd0, 0x7a, 0x82]),
    (Color::LightGreen, [0xb5, 0xce, 0xa0]),
    (Color::LightYellow, [0xf0, 0xd8, 0xa8]),
    (Color::LightBlue, [0x98, 0xb6, 0xd4]),
    (Color::LightMagenta, [0xc6, 0xa4, 0xc0]),
    (Color::LightCyan, [0x9f, 0xd2, 0xdf]),
    (Color::White, [0xec, 0xef, 0xf4]),
];

fn rgb(color: Color, default: [u8; 3]) -> [u8; 3] {
    if let Color::Rgb(r, g, b) = color {
        return [r, g, b];
    }
    if let Color::Indexed(index) = color {
        return indexed(index);
    }
    NAMED.iter().find(|(named, _)| *named == color).map_or(default, |(_, rgb)| *rgb)
}

/// The 256-colour palette: 16 named, a 6×6×6 cube, 24 greys.
fn indexed(index: u8) -> [u8; 3] {
    match index {
        0..=15 => NAMED[usize::from(index)].1,
        16..=231 => {
            let cube = index - 16;
            let level = |n: u8| if n == 0 { 0 } else { 55 + n * 40 };
            [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
        }
        232..=255 => [8 + (index - 232) * 10; 3],
    }
}
