//! The one table of commands, and the loops over it.
//!
//! A command is one row of [`TABLE`]: its name, where it is valid, how much it
//! may change, its keys and its help. Keys, footer, help, palette and
//! `docs/keys.md` read the rows; nothing about a command is written twice.
//! Absent on purpose: what a command does. That is the screens' business.

mod chord;
mod keymap;
mod markdown;
mod rank;
mod scope;
mod table;
#[cfg(test)]
mod tests;

pub use chord::Chord;
pub use keymap::Keymap;
pub use markdown::markdown;
pub use rank::{matched, rank};
pub use scope::{Risk, Scope};
pub use table::{Command, Row, TABLE};

/// A way to move within a list or a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// Lines down (positive) or up.
    Lines(i32),
    /// Halves of what is visible: down or up.
    Halves(i32),
    /// To the first line.
    Top,
    /// To the last line.
    Bottom,
}

impl Command {
    /// The row of this command.
    pub fn row(self) -> &'static Row {
        // Every variant is made by its row, so the fallback is never taken.
        TABLE.iter().find(|row| row.command == self).unwrap_or(&TABLE[0])
    }

    /// The command called `name`.
    pub fn named(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.name == name).map(|row| row.command)
    }

    /// The movement it means, if it is one.
    pub fn motion(self) -> Option<Motion> {
        const MOTIONS: [(Command, Motion); 8] = [
            (Command::Down, Motion::Lines(1)),
            (Command::Up, Motion::Lines(-1)),
            (Command::Top, Motion::Top),
            (Command::Bottom, Motion::Bottom),
            (Command::PageDown, Motion::Halves(2)),
            (Command::PageUp, Motion::Halves(-2)),
            (Command::HalfDown, Motion::Halves(1)),
            (Command::HalfUp, Motion::Halves(-1)),
        ];
        MOTIONS.iter().find(|(command, _)| *command == self).map(|(_, motion)| *motion)
    }
}
