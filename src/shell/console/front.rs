//! What the loop drives.

use crate::app::App;
use crate::domain::{Now, World};
use crate::msg::{Effect, Event};
use crate::ui::Hyperlink;
use ratatui::Frame;

/// What the loop drives: decides and draws, does nothing. [`App`] is it; tests
/// of the loop put something smaller in its place.
pub trait Front {
    /// Takes one event in.
    fn update(&mut self, event: Event, now: Now) -> Vec<Effect>;
    /// Draws.
    fn view(&self, frame: &mut Frame<'_>, now: Now);
    /// When it wants to be woken.
    fn next_wake(&self, now: Now) -> Option<Now>;
    /// Whether the screen is out of date; asking sets it back.
    fn take_dirty(&mut self) -> bool;
    /// What it has observed.
    fn world(&self) -> &World;
    /// Text of the last frame that leads to addresses outside.
    fn links(&self) -> Vec<Hyperlink> {
        Vec::new()
    }
}

impl Front for App {
    fn update(&mut self, event: Event, now: Now) -> Vec<Effect> {
        App::update(self, event, now)
    }

    fn view(&self, frame: &mut Frame<'_>, now: Now) {
        App::view(self, frame, now);
    }

    fn next_wake(&self, now: Now) -> Option<Now> {
        App::next_wake(self, now)
    }

    fn take_dirty(&mut self) -> bool {
        App::take_dirty(self)
    }

    fn world(&self) -> &World {
        App::world(self)
    }

    fn links(&self) -> Vec<Hyperlink> {
        App::links(self)
    }
}
