//! A canvas of dots: two by four to a cell in braille, one in ASCII.

/// Dots of one cell in the order of braille's bits: column, then row.
const DOTS: [[u32; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// The canvas.
#[derive(Clone, Debug)]
pub(super) struct Dots {
    columns: usize,
    across: usize,
    down: usize,
    cells: Vec<u32>,
}

impl Dots {
    /// An empty canvas of so many cells.
    pub(super) fn new(columns: u16, rows: u16, ascii: bool) -> Self {
        let (across, down) = if ascii { (1, 1) } else { (2, 4) };
        let columns = usize::from(columns);
        Self { columns, across, down, cells: vec![0; columns * usize::from(rows)] }
    }

    /// Dots across and down.
    pub(super) fn size(&self) -> (usize, usize) {
        let rows = self.cells.len().checked_div(self.columns).unwrap_or(0);
        (self.columns * self.across, rows * self.down)
    }

    /// Dots of one cell, across and down.
    pub(super) fn each(&self) -> (usize, usize) {
        (self.across, self.down)
    }

    /// Sets a dot; outside of the canvas nothing happens.
    pub(super) fn set(&mut self, column: usize, row: usize) {
        if column >= self.columns * self.across {
            return;
        }
        let cell = row / self.down * self.columns + column / self.across;
        let bit = DOTS.get(column % self.across).and_then(|d| d.get(row % self.down));
        if let (Some(cell), Some(bit)) = (self.cells.get_mut(cell), bit) {
            *cell |= bit;
        }
    }

    /// A line without holes from one dot to another, which lies to its right.
    pub(super) fn stroke(&mut self, from: (usize, usize), to: (usize, usize)) {
        let steps = to.0.saturating_sub(from.0).max(1);
        let row_at = |step: usize| {
            let part = step as f64 / steps as f64;
            (from.1 as f64 + (to.1 as f64 - from.1 as f64) * part).round().max(0.0) as usize
        };
        for step in 0..=steps {
            let (row, before) = (row_at(step), row_at(step.saturating_sub(1)));
            // A steep line fills its columns.
            for row in row.min(before)..=row.max(before) {
                self.set((from.0 + step).min(to.0), row);
            }
        }
    }

    /// The cells with a dot: column, row, and its sign in braille.
    pub(super) fn drawn(&self) -> impl Iterator<Item = (u16, u16, char)> {
        let columns = self.columns.max(1);
        let some = self.cells.iter().enumerate().filter(|(_, bits)| **bits > 0);
        some.map(move |(index, bits)| {
            let place = |n: usize| u16::try_from(n).unwrap_or(u16::MAX);
            (place(index % columns), place(index / columns), char::from_u32(0x2800 + bits).unwrap_or('*'))
        })
    }
}
