//! Lines, blocks and braille as shapes of one cell.

/// Width of a cell in SVG units.
pub(super) const CELL_W: f64 = 9.0;
/// Height of a cell in SVG units.
pub(super) const CELL_H: f64 = 19.0;

/// SVG path data for `symbol` in the cell whose corner is (`x`, `y`); none if
/// it is a letter. Filled shapes only: a line is a thin rectangle.
pub(super) fn path(symbol: char, x: f64, y: f64) -> Option<String> {
    match symbol {
        '▀'..='▟' => block(symbol, x, y),
        '─'..='╿' => lines(symbol, x, y),
        '\u{2800}'..='\u{28ff}' => Some(braille(symbol, x, y)),
        _ => None,
    }
}

fn rect(x: f64, y: f64, w: f64, h: f64) -> String {
    format!("M{x:.2} {y:.2}h{w:.2}v{h:.2}h{:.2}z", -w)
}

fn block(symbol: char, x: f64, y: f64) -> Option<String> {
    let eighth = |n: u32| f64::from(n) / 8.0;
    let code = symbol as u32;
    let part = match symbol {
        '▀' => rect(x, y, CELL_W, CELL_H / 2.0),
        '▁'..='█' => {
            let h = CELL_H * eighth(code - 0x2580);
            rect(x, y + CELL_H - h, CELL_W, h)
        }
        '▉'..='▏' => rect(x, y, CELL_W * eighth(0x2590 - code), CELL_H),
        '▐' => rect(x + CELL_W / 2.0, y, CELL_W / 2.0, CELL_H),
        '▔' => rect(x, y, CELL_W, CELL_H / 8.0),
        '▕' => rect(x + CELL_W * eighth(7), y, CELL_W / 8.0, CELL_H),
        '░' => dither(x, y, 4.5),
        '▒' => dither(x, y, 3.0),
        '▓' => dither(x, y, 2.25),
        _ => return None,
    };
    Some(part)
}

fn dither(x: f64, y: f64, step: f64) -> String {
    let columns = (CELL_W / step) as u32;
    let rows = (CELL_H / step) as u32;
    let dots = (0..rows).flat_map(|r| (0..columns).map(move |c| (f64::from(r), f64::from(c))));
    dots.map(|(r, c)| rect(x + c * step, y + r * step, step / 2.0, step / 2.0)).collect()
}

/// Which of the four arms a box-drawing symbol has and how thick they are:
/// left, right, up, down; 0 none, 1 light, 2 heavy.
const ARMS: [(char, [u8; 4]); 44] = [
    ('─', [1, 1, 0, 0]),
    ('━', [2, 2, 0, 0]),
    ('│', [0, 0, 1, 1]),
    ('┃', [0, 0, 2, 2]),
    ('┄', [1, 1, 0, 0]),
    ('┈', [1, 1, 0, 0]),
    ('╌', [1, 1, 0, 0]),
    ('┆', [0, 0, 1, 1]),
    ('┊', [0, 0, 1, 1]),
    ('┌', [0, 1, 0, 1]),
    ('┐', [1, 0, 0, 1]),
    ('└', [0, 1, 1, 0]),
    ('┘', [1, 0, 1, 0]),
    ('╭', [0, 1, 0, 1]),
    ('╮', [1, 0, 0, 1]),
    ('╰', [0, 1, 1, 0]),
    ('╯', [1, 0, 1, 0]),
    ('┏', [0, 2, 0, 2]),
    ('┓', [2, 0, 0, 2]),
    ('┗', [0, 2, 2, 0]),
    ('┛', [2, 0, 2, 0]),
    ('├', [0, 1, 1, 1]),
    ('┤', [1, 0, 1, 1]),
    ('┬', [1, 1, 0, 1]),
    ('┴', [1, 1, 1, 0]),
    ('┼', [1, 1, 1, 1]),
    ('┣', [0, 2, 2, 2]),
    ('┫', [2, 0, 2, 2]),
    ('┳', [2, 2, 0, 2]),
    ('┻', [2, 2, 2, 0]),
    ('╋', [2, 2, 2, 2]),
    ('═', [2, 2, 0, 0]),
    ('║', [0, 0, 2, 2]),
    ('╔', [0, 2, 0, 2]),
    ('╗', [2, 0, 0, 2]),
    ('╚', [0, 2, 2, 0]),
    ('╝', [2, 0, 2, 0]),
    ('╴', [1, 0, 0, 0]),
    ('╵', [0, 0, 1, 0]),
    ('╶', [0, 1, 0, 0]),
    ('╷', [0, 0, 0, 1]),
    ('╸', [2, 0, 0, 0]),
    ('╺', [0, 2, 0, 0]),
    ('┠', [0, 1, 2, 2]),
];

fn lines(symbol: char, x: f64, y: f64) -> Option<String> {
    let (_, [left, right, up, down]) = *ARMS.iter().find(|(c, _)| *c == symbol)?;
    let (cx, cy) = (x + CELL_W / 2.0, y + CELL_H / 2.0);
    let thick = |weight: u8| f64::from(weight) * 0.6 + 0.5;
    let mut path = String::new();
    if left > 0 {
        let t = thick(left);
        path += &rect(x, cy - t / 2.0, CELL_W / 2.0 + t / 2.0, t);
    }
    if right > 0 {
        let t = thick(right);
        path += &rect(cx - t / 2.0, cy - t / 2.0, CELL_W / 2.0 + t / 2.0, t);
    }
    if up > 0 {
        let t = thick(up);
        path += &rect(cx - t / 2.0, y, t, CELL_H / 2.0 + t / 2.0);
    }
    if down > 0 {
        let t = thick(down);
        path += &rect(cx - t / 2.0, cy - t / 2.0, t, CELL_H / 2.0 + t / 2.0);
    }
    Some(path)
}

/// The eight dots in the order of their bits: column, row.
const DOTS: [(f64, f64); 8] =
    [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (0.0, 3.0), (1.0, 3.0)];

fn braille(symbol: char, x: f64, y: f64) -> String {
    let bits = symbol as u32 - 0x2800;
    let size = 2.2;
    let lit = DOTS.iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1);
    lit.map(|(_, (column, row))| {
        let dx = (column + 0.5) * CELL_W / 2.0 - size / 2.0;
        let dy = (row + 0.5) * CELL_H / 4.0 - size / 2.0;
        rect(x + dx, y + dy, size, size)
    })
    .collect()
}
