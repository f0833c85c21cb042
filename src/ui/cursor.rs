//! A selection that follows identity, and the window that shows it.

use crate::command::Motion;
use std::cell::Cell;

/// What is selected in a list, by identity. If the selected thing disappears,
/// nothing is selected until the person moves: the cursor never slides onto a
/// neighbour by itself, so a key can never hit what was not chosen.
#[derive(Clone, Debug, Default)]
pub struct Cursor {
    id: Option<String>,
    index: usize,
    /// First visible line and visible lines, as last drawn. Only drawing knows
    /// the layout, so drawing remembers them here.
    offset: Cell<usize>,
    height: Cell<usize>,
}

impl Cursor {
    /// The selected identity.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// Where the selection is in `ids`; none if it is not there.
    pub fn locate<S: AsRef<str>>(&self, ids: &[S]) -> Option<usize> {
        let id = self.id.as_deref()?;
        if ids.get(self.index).is_some_and(|at| at.as_ref() == id) {
            return Some(self.index);
        }
        ids.iter().position(|at| at.as_ref() == id)
    }

    /// Selects the first line if nothing was ever selected, and remembers where
    /// the selection has moved to. Called after every change of the list.
    pub fn settle<S: AsRef<str>>(&mut self, ids: &[S]) {
        if self.id.is_none() {
            self.select_at(ids, 0);
        } else if let Some(index) = self.locate(ids) {
            self.index = index;
        }
    }

    /// Selects the line at `index`, if there is one.
    pub fn select_at<S: AsRef<str>>(&mut self, ids: &[S], index: usize) {
        if let Some(id) = ids.get(index) {
            self.id = Some(id.as_ref().to_owned());
            self.index = index;
        }
    }

    /// Selects `id`.
    pub fn select<S: AsRef<str>>(&mut self, ids: &[S], id: &str) {
        self.id = Some(id.to_owned());
        if let Some(index) = self.locate(ids) {
            self.index = index;
        }
    }

    /// Forgets the selection: the next list starts at its first line.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Moves. From a selection that is gone, the first step goes to the line
    /// that stands where it stood.
    pub fn step<S: AsRef<str>>(&mut self, ids: &[S], motion: Motion) {
        let Some(last) = ids.len().checked_sub(1) else { return };
        let half = i64::try_from(self.height.get() / 2).unwrap_or(1).max(1);
        let here = self.locate(ids);
        let from = i64::try_from(here.unwrap_or(self.index).min(last)).unwrap_or(0);
        let to = match motion {
            Motion::Lines(_) if here.is_none() => from,
            Motion::Lines(n) => from + i64::from(n),
            Motion::Halves(n) => from + half * i64::from(n),
            Motion::Top => 0,
            Motion::Bottom => i64::try_from(last).unwrap_or(0),
        };
        let to = usize::try_from(to.max(0)).unwrap_or(0).min(last);
        self.select_at(ids, to);
    }

    /// The first line to draw in a window of `height` lines over `len`, so that
    /// line `at` is inside. Remembers the window.
    pub fn window(&self, len: usize, at: Option<usize>, height: usize) -> usize {
        let most = len.saturating_sub(height);
        let mut offset = self.offset.get().min(most);
        if let Some(at) = at {
            // A window without lines still has a first one.
            offset = offset.clamp((at + 1).saturating_sub(height.max(1)), at);
        }
        self.offset.set(offset);
        self.height.set(height);
        offset
    }
}
