//! The containers of a workload, and the image typed for one of them.

use super::{Action, Field, Images};
use crate::ui::{Hit, Pen, Role, Sign};
use ratatui::layout::Rect;

impl Action {
    /// Draws containers and field; rows used.
    pub(super) fn draw_images(&self, pen: &mut Pen<'_>, area: Rect, images: &Images) -> u16 {
        let label = "Image ";
        let used = pen.put(area.x, area.y, area.width, label, Role::Text);
        pen.input(
            area.x + used,
            area.y,
            area.width.saturating_sub(used),
            &images.input,
            self.field == Field::Number,
        );
        let room = area.height.saturating_sub(2);
        for (index, (name, image)) in images.containers.iter().enumerate().take(usize::from(room)) {
            let y = area.y + 1 + u16::try_from(index).unwrap_or(0);
            let row = Rect { y, height: 1, ..area };
            let used = 2 + pen.put(row.x + 2, y, row.width.saturating_sub(2), name, Role::Text);
            pen.put(row.x + used + 2, y, row.width.saturating_sub(used + 2), image, Role::Dim);
            if index == images.at {
                pen.fill(row, if self.field == Field::Pick { Role::Selected } else { Role::SelectedDim });
                let sign = pen.sign(Sign::Cursor);
                pen.put(row.x, y, 1, sign, Role::Cursor);
            }
            pen.hits.add(row, Hit::Row(0, index.to_string()));
        }
        2 + room.min(u16::try_from(images.containers.len()).unwrap_or(room))
    }
}
