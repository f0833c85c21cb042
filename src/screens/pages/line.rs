//! A line of a page, and where it leads.

use crate::screens::Route;
use crate::ui::{Brush, Role};
use ratatui::text::Line;

/// Where a line leads.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Go(Route),
    Fold(usize),
    /// An address: nothing here opens it, but it can be taken along.
    Copy(String),
}

/// A line of a page.
pub(super) struct PageLine {
    pub(super) line: Line<'static>,
    pub(super) target: Option<Target>,
    /// What links call it, if it is a heading.
    pub(super) heading: Option<String>,
}

impl PageLine {
    pub(super) fn plain(brush: Brush<'_>, role: Role, text: impl Into<String>) -> Self {
        Self { line: Line::from(brush.span(role, text.into())), target: None, heading: None }
    }

    pub(super) fn heading(brush: Brush<'_>, text: impl Into<String>) -> Self {
        Self::plain(brush, Role::Title, text)
    }

    pub(super) fn blank() -> Self {
        Self { line: Line::default(), target: None, heading: None }
    }
}

impl From<Line<'static>> for PageLine {
    fn from(line: Line<'static>) -> Self {
        Self { line, target: None, heading: None }
    }
}
