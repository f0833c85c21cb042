//! Runbook, README and TechDocs of a service, read in place.

use super::{PageLine, Target};
use crate::catalog::Entity;
use crate::domain::{Fault, ServiceKey};
use crate::msg::{DocumentAsk, DocumentText};
use crate::screens::pages::Page;
use crate::screens::{Ctx, Route};
use crate::ui::markdown::{Row, markdown, slug};
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::{Line, Span};
use std::cell::RefCell;
use std::fmt;

/// From this many headings on a page has a table of contents.
const WITH_CONTENTS: usize = 3;
/// Headings listed in it.
const MOST_CONTENTS: usize = 40;

/// Whose documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A service of this cluster, as the catalogue knows it.
    Service(ServiceKey),
    /// An entry of the catalogue, by its reference: it may run nowhere here.
    Entry(String),
}

impl Subject {
    /// Its entry in the catalogue.
    pub(super) fn entity<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Entity> {
        match self {
            Self::Service(key) => ctx.catalog.entity(key),
            Self::Entry(reference) => ctx.catalog.catalog()?.get(reference),
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(key) => key.fmt(f),
            Self::Entry(reference) => f.write_str(reference),
        }
    }
}

/// A width, whether only ASCII is used, and the lines for that.
type Laid = (usize, bool, Vec<Row>);

/// A document being read.
#[derive(Debug)]
pub(super) struct Docs {
    found: Result<DocumentText, Fault>,
    /// Its lines for the width they were laid out for: a large document is laid
    /// out once and not at every frame.
    laid: RefCell<Option<Laid>>,
}

impl Docs {
    pub(super) fn of(found: Result<DocumentText, Fault>) -> Self {
        Self { found, laid: RefCell::new(None) }
    }
}

/// What is to be looked up; none if the catalogue does not know whose it is.
pub(super) fn ask(of: &Subject, wanted: &str, ctx: &Ctx<'_>) -> Option<DocumentAsk> {
    let entity = of.entity(ctx)?;
    let (path, _) = split(wanted);
    Some(DocumentAsk::of(entity, Some(path).filter(|path| !path.is_empty())))
}

/// `path#heading`
fn split(wanted: &str) -> (&str, &str) {
    wanted.split_once('#').unwrap_or((wanted, ""))
}

fn is_address(link: &str) -> bool {
    link.contains("://") || link.starts_with("mailto:")
}

/// The line of the heading that was asked for, once it is laid out.
pub(super) fn goal(lines: &[PageLine], wanted: &str) -> Option<usize> {
    let (_, heading) = split(wanted);
    let heading = slug(heading);
    lines.iter().position(|line| !heading.is_empty() && line.heading.as_deref() == Some(heading.as_str()))
}

pub(super) fn lines(
    docs: Option<&Docs>,
    of: &Subject,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
) -> Vec<PageLine> {
    let Some(entity) = of.entity(ctx) else {
        let text = format!("No entry of the catalogue is {of}: there is nothing to read.");
        return vec![
            PageLine::plain(brush, Role::Dim, text),
            PageLine::plain(brush, Role::Dim, "docs/catalogue.md says how entries and services are joined."),
        ];
    };
    let mut out = Vec::new();
    if let Some(runbook) = entity.runbook().filter(|runbook| is_address(runbook)) {
        out.push(address(brush, "Runbook", runbook));
        out.push(PageLine::blank());
    }
    match docs.map(|docs| (&docs.found, docs)) {
        None => out.push(PageLine::plain(brush, Role::Dim, "Reading…")),
        Some((Err(fault), _)) => {
            let texts =
                std::iter::once((Role::Warn, &fault.text)).chain(fault.hints.iter().map(|h| (Role::Dim, h)));
            for (role, text) in texts {
                out.extend(wrap(text, width).into_iter().map(|line| PageLine::plain(brush, role, line)));
            }
        }
        Some((Ok(document), docs)) => document_lines(docs, document, of, brush, width, &mut out),
    }
    out
}

fn address(brush: Brush<'_>, title: &str, url: &str) -> PageLine {
    let spans = vec![brush.span(Role::Dim, format!("{title}  ")), brush.span(Role::Key, url.to_owned())];
    PageLine { target: Some(Target::Copy(url.to_owned())), ..PageLine::from(Line::from(spans)) }
}

fn document_lines(
    docs: &Docs,
    document: &DocumentText,
    of: &Subject,
    brush: Brush<'_>,
    width: usize,
    out: &mut Vec<PageLine>,
) {
    let ascii = brush.glyphs.ascii;
    let mut laid = docs.laid.borrow_mut();
    let (_, _, rows) = match laid.take().filter(|(wide, plain, _)| (*wide, *plain) == (width, ascii)) {
        Some(known) => laid.insert(known),
        None => laid.insert((width, ascii, markdown(&document.text, width, ascii))),
    };
    out.push(PageLine::plain(brush, Role::Dim, document.path.clone()));
    contents(rows, document, of, brush, out);
    for row in rows.iter() {
        let spans: Vec<Span<'static>> =
            row.pieces.iter().map(|(role, text)| brush.span(*role, text.clone())).collect();
        out.push(PageLine {
            line: Line::from(spans),
            target: row.link.as_deref().and_then(|link| target(link, document, of)),
            heading: row.heading.as_ref().map(|heading| heading.slug.clone()),
        });
    }
    if !document.others.is_empty() {
        out.push(PageLine::blank());
        out.push(PageLine::heading(brush, "Beside it"));
    }
    for other in &document.others {
        let line = Line::from(brush.span(Role::Key, format!("  {other}")));
        let target = Some(Target::Go(Route::Page(Page::Docs(of.clone(), other.clone()))));
        out.push(PageLine { target, ..PageLine::from(line) });
    }
}

fn contents(rows: &[Row], document: &DocumentText, of: &Subject, brush: Brush<'_>, out: &mut Vec<PageLine>) {
    let headings: Vec<_> = rows.iter().filter_map(|row| row.heading.as_ref()).collect();
    if headings.len() < WITH_CONTENTS {
        out.push(PageLine::blank());
        return;
    }
    for heading in headings.iter().take(MOST_CONTENTS) {
        let indent = "  ".repeat(usize::from(heading.level));
        let text = format!("{indent}{} {}", brush.sign(Sign::Dot), heading.text);
        let place = format!("{}#{}", document.path, heading.slug);
        out.push(PageLine {
            target: Some(Target::Go(Route::Page(Page::Docs(of.clone(), place)))),
            ..PageLine::plain(brush, Role::Key, text)
        });
    }
    out.push(PageLine::blank());
}

/// Where a link leads: within the page, to another document of the checkout, or
/// out, to be copied.
fn target(link: &str, document: &DocumentText, of: &Subject) -> Option<Target> {
    if is_address(link) {
        return Some(Target::Copy(link.to_owned()));
    }
    let (path, heading) = split(link);
    let path = if path.is_empty() { document.path.clone() } else { beside(&document.path, path)? };
    let place = if heading.is_empty() { path } else { format!("{path}#{heading}") };
    Some(Target::Go(Route::Page(Page::Docs(of.clone(), place))))
}

/// `link` as seen from the document at `from`, both relative to the checkout;
/// none if it leads out of it.
fn beside(from: &str, link: &str) -> Option<String> {
    let mut parts: Vec<&str> = if link.starts_with('/') { Vec::new() } else { from.split('/').collect() };
    parts.pop();
    for part in link.split('/').filter(|part| !part.is_empty() && *part != ".") {
        if part == ".." {
            parts.pop()?;
        } else {
            parts.push(part);
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_seen_from_their_document() {
        let cases = [
            ("shop/README.md", "runbook.md", Some("shop/runbook.md")),
            ("shop/README.md", "./ops/a.md", Some("shop/ops/a.md")),
            ("shop/README.md", "../shared.md", Some("shared.md")),
            ("shop/README.md", "/shared.md", Some("shared.md")),
            ("shop/README.md", "../../out.md", None),
            ("README.md", "a//b.md", Some("a/b.md")),
        ];
        for (from, link, expected) in cases {
            assert_eq!(beside(from, link).as_deref(), expected, "{from} {link}");
        }
    }
}
