//! How things look: roles and themes, glyphs, text that fits, and widgets.
//!
//! Widgets borrow, decide nothing and survive any `Rect`. Code names roles, and
//! themes give roles a style; status is a glyph and a word before it is a colour.

mod chart;
mod columns;
mod cursor;
mod dots;
pub mod export;
mod glyphs;
mod hits;
mod input;
mod linear;
mod list;
pub mod markdown;
mod meter;
mod overlay;
mod pen;
mod plot;
mod scroll;
#[cfg(test)]
mod tests;
mod text;
pub mod theme;

pub use chart::LogChart;
pub use columns::{Align, Column, fit_columns};
pub use cursor::Cursor;
pub use glyphs::{Glyphs, Sign, fold};
pub use hits::{Hit, Hits, Hyperlink};
pub use input::TextInput;
pub use linear::Linear;
pub use list::{Table, TableRow};
pub use meter::{Meter, Sparkline};
pub use overlay::centred;
pub use pen::{Brush, Pen};
pub use plot::{Level, Plot, PlotLine, PlotMark, Round, Scale};
pub use scroll::Scroll;
pub use text::{age, bytes, clip, clip_left, clip_middle, pad, width, wrap, wrap_behind};
pub use theme::{Role, Theme};
