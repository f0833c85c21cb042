//! A place in a text.

use crate::command::Motion;
use std::cell::Cell;

/// The first visible line of a text, and the window as last drawn.
#[derive(Clone, Debug, Default)]
pub struct Scroll {
    offset: Cell<usize>,
    height: Cell<usize>,
    len: Cell<usize>,
}

impl Scroll {
    /// Moves by lines, halves or to an end.
    pub fn step(&self, motion: Motion) {
        let half = i64::try_from((self.height.get() / 2).max(1)).unwrap_or(1);
        let by = match motion {
            Motion::Lines(n) => i64::from(n),
            Motion::Halves(n) => half * i64::from(n),
            Motion::Top => i64::from(i32::MIN),
            Motion::Bottom => i64::from(i32::MAX),
        };
        let by = isize::try_from(by).unwrap_or(0);
        self.offset.set(self.offset.get().saturating_add_signed(by).min(self.most()));
    }

    /// Goes to a line.
    pub fn to(&self, line: usize) {
        self.offset.set(line);
    }

    /// The first visible line.
    pub fn offset(&self) -> usize {
        self.offset.get()
    }

    /// Whether the last line is visible.
    pub fn at_end(&self) -> bool {
        self.offset.get() >= self.most()
    }

    fn most(&self) -> usize {
        self.len.get().saturating_sub(self.height.get())
    }

    /// The first line to draw of `len` in a window of `height`. Remembers both.
    pub fn window(&self, len: usize, height: usize) -> usize {
        self.len.set(len);
        self.height.set(height);
        let offset = self.offset.get().min(self.most());
        self.offset.set(offset);
        offset
    }

    /// Like [`Self::window`], standing at the end.
    pub fn window_at_end(&self, len: usize, height: usize) -> usize {
        self.offset.set(usize::MAX);
        self.window(len, height)
    }
}
