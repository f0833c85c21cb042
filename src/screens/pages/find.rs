//! Looking for text within a page.

use crate::screens::filter::contains_ignore_case;
use crate::ui::{Brush, Role};
use ratatui::text::{Line, Span};

/// The text of a line.
pub(super) fn text(line: &Line<'_>) -> String {
    line.spans.iter().map(|span| span.content.as_ref()).collect()
}

/// Whether a line has it, upper and lower case alike.
pub(super) fn holds(line: &str, needle: &str) -> bool {
    contains_ignore_case(line, &needle.to_lowercase())
}

/// The line with what is looked for marked. Positions in lowered text fit only
/// where no letter changes its length, so only plain text is marked.
pub(super) fn highlight(brush: Brush<'_>, line: &Line<'static>, needle: &str) -> Line<'static> {
    if needle.is_empty() {
        return line.clone();
    }
    let needle = needle.to_ascii_lowercase();
    let mut spans = Vec::new();
    for span in &line.spans {
        let lowered = span.content.to_ascii_lowercase();
        let mut done = 0;
        for (at, found) in lowered.match_indices(&needle) {
            let before = span.content.get(done..at).unwrap_or_default();
            spans.push(Span::styled(before.to_owned(), span.style));
            done = at + found.len();
            spans.push(brush.span(Role::Match, span.content.get(at..done).unwrap_or_default().to_owned()));
        }
        spans.push(Span::styled(span.content.get(done..).unwrap_or_default().to_owned(), span.style));
    }
    Line::from(spans)
}
