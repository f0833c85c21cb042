//! Where a dialog stands.

use ratatui::layout::Rect;

/// A rectangle of at most `width` x `height` in the middle of `area`, a little
/// above it where there is room: eyes rest there.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    let x = area.x + (area.width - width) / 2;
    let y = area.y + (area.height - height) / 3;
    Rect { x, y, width, height }
}
