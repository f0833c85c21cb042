//! A front that breaks on purpose, to test the way out.

use super::Front;
use crate::domain::{Now, World};
use crate::msg::{Effect, Event};
use ratatui::Frame;
use std::cell::Cell;

/// Draws `frames` frames and panics at the next one.
#[derive(Debug)]
pub struct Fragile<F> {
    /// What it does until then.
    pub front: F,
    /// Frames left.
    pub frames: Cell<u32>,
}

impl<F: Front> Front for Fragile<F> {
    fn update(&mut self, event: Event, now: Now) -> Vec<Effect> {
        self.front.update(event, now)
    }

    #[expect(clippy::panic, reason = "this is what it is for")]
    fn view(&self, frame: &mut Frame<'_>, now: Now) {
        match self.frames.get().checked_sub(1) {
            Some(left) => self.frames.set(left),
            None => panic!("panic asked for by a test"),
        }
        self.front.view(frame, now);
    }

    fn next_wake(&self, now: Now) -> Option<Now> {
        self.front.next_wake(now)
    }

    fn take_dirty(&mut self) -> bool {
        self.front.take_dirty()
    }

    fn world(&self) -> &World {
        self.front.world()
    }
}
