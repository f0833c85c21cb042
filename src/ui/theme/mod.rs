//! Colours have meanings: code names a [`Role`], a theme gives it a style.
//!
//! A theme is a TOML file: `inherits`, a `[palette]` of named colours and
//! `[roles]`. A role that is not given falls back to a more general one, so a
//! short theme is a whole theme. Loading never fails half-way: it returns the
//! theme and what was ignored.

mod builtin;
mod contrast;
mod load;
mod role;
#[cfg(test)]
mod tests;

pub use builtin::{BUILTIN, builtin_names};
pub use contrast::contrast;
pub use load::load;
pub use role::Role;

use ratatui::style::Style;

/// A style for every role.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Its name, as in `:theme`.
    pub name: String,
    styles: Vec<Style>,
}

impl Theme {
    /// A built-in theme; the terminal's own colours if there is none of that name.
    pub fn builtin(name: &str) -> Self {
        load(name, &builtin::source).0
    }

    /// How a role looks.
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }
}

impl Default for Theme {
    fn default() -> Self {
        Self::builtin("dark")
    }
}
