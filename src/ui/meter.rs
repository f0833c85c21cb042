//! Bars and small charts of text.

use super::{Glyphs, Sign};

/// A horizontal bar.
#[derive(Clone, Copy, Debug)]
pub struct Meter {
    /// How much is done.
    pub part: u32,
    /// Of how much; nothing is drawn as full.
    pub whole: u32,
}

impl Meter {
    /// The bar in `room` columns.
    pub fn text(self, room: usize, glyphs: Glyphs) -> String {
        let whole = u64::from(self.whole.max(1));
        let part = u64::from(self.part).min(whole);
        let full = usize::try_from(part * room as u64 / whole).unwrap_or(room).min(room);
        glyphs.get(Sign::Full).repeat(full) + &glyphs.get(Sign::Empty).repeat(room - full)
    }
}

/// A line of bars, newest at the right. A gap is drawn as a gap: no data is not zero.
#[derive(Clone, Copy, Debug)]
pub struct Sparkline<'a> {
    /// Values; none where nothing was measured.
    pub values: &'a [Option<f64>],
}

impl Sparkline<'_> {
    /// The newest values in `room` columns.
    pub fn text(self, room: usize, glyphs: Glyphs) -> String {
        let skip = self.values.len().saturating_sub(room);
        let top = self.values.iter().skip(skip).flatten().copied().fold(0.0_f64, f64::max);
        self.text_below(top, room, glyphs)
    }

    /// The newest values in `room` columns, where `top` is the highest bar: for
    /// charts that are to be compared.
    pub fn text_below(self, top: f64, room: usize, glyphs: Glyphs) -> String {
        const BARS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
        const ASCII: [&str; 8] = ["_", "_", ".", "-", "=", "+", "*", "#"];
        let bars = if glyphs.ascii { ASCII } else { BARS };
        let skip = self.values.len().saturating_sub(room);
        let shown = self.values.iter().skip(skip);
        let mut out = " ".repeat(room.saturating_sub(self.values.len()));
        for value in shown {
            let bar = match value {
                Some(value) if top > 0.0 => bars.get((value / top * 7.0).clamp(0.0, 7.0) as usize).copied(),
                Some(_) => bars.first().copied(),
                None => Some(" "),
            };
            out.push_str(bar.unwrap_or(" "));
        }
        out
    }
}
