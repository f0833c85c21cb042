//! What lies where on the screen: a click means what was drawn there, even if
//! the world has changed since.

use crate::command::Command;
use ratatui::layout::{Position, Rect};

/// What can be clicked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hit {
    /// A button, tab or key of the footer.
    Run(Command),
    /// A line of a list: the list's number within its screen, and the identity
    /// of the line.
    Row(u8, String),
    /// The title of a column: the list is sorted by it.
    Title(&'static str),
    /// A panel, by number.
    Panel(u8),
}

/// Text that leads to an address outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hyperlink {
    /// Where the text is.
    pub area: Rect,
    /// Where it leads.
    pub url: String,
}

/// The places of one frame, later ones on top.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    places: Vec<(Rect, Hit)>,
    links: Vec<Hyperlink>,
}

impl Hits {
    /// Adds a place.
    pub fn add(&mut self, area: Rect, hit: Hit) {
        if !area.is_empty() {
            self.places.push((area, hit));
        }
    }

    /// Forgets everything: what follows covers it.
    pub fn clear(&mut self) {
        self.places.clear();
        self.links.clear();
    }

    /// Adds text that leads outside.
    pub fn link(&mut self, area: Rect, url: &str) {
        if !area.is_empty() {
            self.links.push(Hyperlink { area, url: url.to_owned() });
        }
    }

    /// All text that leads outside.
    pub fn links(&self) -> &[Hyperlink] {
        &self.links
    }

    /// Where the line of a list was drawn.
    pub fn row(&self, list: u8, id: &str) -> Option<Rect> {
        let is_it = |hit: &Hit| matches!(hit, Hit::Row(number, known) if *number == list && known == id);
        self.places.iter().rev().find(|(_, hit)| is_it(hit)).map(|(area, _)| *area)
    }

    /// What lies at a position.
    pub fn at(&self, column: u16, row: u16) -> Option<&Hit> {
        let position = Position::new(column, row);
        self.places.iter().rev().find(|(area, _)| area.contains(position)).map(|(_, hit)| hit)
    }

    /// Every place, for tests that click everything.
    pub fn all(&self) -> impl Iterator<Item = &(Rect, Hit)> {
        self.places.iter()
    }
}
