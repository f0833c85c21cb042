//! The screen as text and as SVG, and logs, for a ticket or a post-mortem.

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

/// Writes the lines of a log into the state folder; where they are.
pub(super) fn save_log(name: &str, text: &str, folders: &Folders, now: Now) -> Result<PathBuf, Fault> {
    let safe = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.chars().map(safe).take(100).collect();
    let at = now.wall.strftime("%Y%m%d-%H%M%S");
    let path = folders.screens().join(format!("{name}-{at}.log"));
    write_private(&path, text.as_bytes())?;
    Ok(path)
}
