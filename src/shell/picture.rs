//! The screen as text and as SVG, for a ticket or a post-mortem.

use crate::domain::{Fault, Now};
use crate::store::{Folders, write_private};
use crate::ui::export::{SvgColours, to_svg, to_text};
use ratatui::buffer::Buffer;
use std::path::PathBuf;

/// Writes `buffer` into the state folder as `.txt` and `.svg`; where the SVG is.
pub(super) fn save(buffer: &Buffer, folders: &Folders, now: Now) -> Result<PathBuf, Fault> {
    let name = now.wall.strftime("screen-%Y%m%d-%H%M%S").to_string();
    let path = folders.screens().join(name);
    write_private(&path.with_extension("txt"), to_text(buffer).as_bytes())?;
    let picture = path.with_extension("svg");
    write_private(&picture, to_svg(buffer, SvgColours::default()).as_bytes())?;
    Ok(picture)
}
