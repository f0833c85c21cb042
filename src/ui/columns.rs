//! Columns that give way when the screen is narrow.

/// Where a cell's text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// At the left.
    Left,
    /// At the right: numbers and ages.
    Right,
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// It is left out rather than made narrower than this.
    pub min: u16,
    /// It is not made wider than this, however much room there is.
    pub max: u16,
    /// Columns with the highest number give way first; 0 never does.
    pub yields: u8,
    /// Where its text stands.
    pub align: Align,
    /// Whether it holds names: a name cut at its end is another one's name.
    /// It gets room before columns of prose, and is cut in its middle.
    pub named: bool,
}

impl Column {
    /// A column of text, at the left; the numbers are `min`, `max` and `yields`.
    pub const fn text(title: &'static str, min: u16, max: u16, yields: u8) -> Self {
        Self { title, min, max, yields, align: Align::Left, named: false }
    }

    /// A column of names, at the left.
    pub const fn name(title: &'static str, min: u16, max: u16, yields: u8) -> Self {
        Self { title, min, max, yields, align: Align::Left, named: true }
    }

    /// A column of numbers, at the right.
    pub const fn number(title: &'static str, min: u16, max: u16, yields: u8) -> Self {
        Self { title, min, max, yields, align: Align::Right, named: false }
    }
}

/// Space between two columns: one where it is tight, two where there is room.
fn gap(room: u16) -> u16 {
    if room < 140 { 1 } else { 2 }
}

/// Columns that hold `want` (the widest content seen in each) in `room`: the
/// place and width of each, none where it gave way.
pub fn fit_columns(columns: &[Column], want: &[u16], room: u16) -> Vec<Option<(u16, u16)>> {
    let gap = gap(room);
    let mut shown: Vec<bool> = vec![true; columns.len()];
    let least = |shown: &[bool]| -> u16 {
        let widths = columns.iter().zip(shown).filter(|(_, s)| **s).map(|(c, _)| c.min + gap);
        widths.fold(0u16, u16::saturating_add).saturating_sub(gap)
    };
    while least(&shown) > room {
        let candidates =
            columns.iter().enumerate().filter(|(i, c)| shown.get(*i) == Some(&true) && c.yields > 0);
        let Some((index, _)) = candidates.max_by_key(|(_, c)| c.yields) else { break };
        if let Some(flag) = shown.get_mut(index) {
            *flag = false;
        }
    }
    let mut spare = room.saturating_sub(least(&shown));
    let mut widths: Vec<u16> = columns.iter().map(|c| c.min).collect();
    // Names and the most important columns get what they want first.
    let mut order: Vec<usize> = (0..columns.len()).filter(|i| shown.get(*i) == Some(&true)).collect();
    order.sort_by_key(|i| columns.get(*i).map_or(0, |c| if c.named { 0 } else { c.yields }));
    for index in order {
        let (Some(column), Some(width)) = (columns.get(index), widths.get_mut(index)) else { continue };
        let wish = want.get(index).copied().unwrap_or(0).clamp(column.min, column.max.max(column.min));
        let more = (wish - column.min).min(spare);
        *width += more;
        spare -= more;
    }
    let mut x = 0u16;
    let mut out = Vec::with_capacity(columns.len());
    for (width, shown) in widths.into_iter().zip(shown) {
        if !shown || x >= room {
            out.push(None);
            continue;
        }
        let width = width.min(room - x);
        out.push(Some((x, width)));
        x = x.saturating_add(width + gap);
    }
    out
}
