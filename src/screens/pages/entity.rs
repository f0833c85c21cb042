//! One entry of the catalogue: what it says of itself, its relations both ways,
//! and the services of this cluster that are it.

use super::{Page, PageLine, Target};
use crate::catalog::{Catalog, Entity};
use crate::screens::show::health_span;
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, pad, wrap};
use ratatui::text::{Line, Span};

/// Columns of the words before values.
const TITLE: usize = 16;
/// Entries listed of one relation: a group may own thousands.
const MOST: usize = 200;

pub(super) fn lines(reference: &str, brush: Brush<'_>, ctx: &Ctx<'_>, width: usize) -> Vec<PageLine> {
    let Some((catalog, entity)) = ctx.catalog.catalog().and_then(|all| Some((all, all.get(reference)?)))
    else {
        let text = format!("The catalogue has no entry {reference} any more.");
        return vec![PageLine::plain(brush, Role::Dim, text)];
    };
    let mut out = vec![head(entity, brush)];
    if !entity.description.is_empty() {
        let lines = wrap(&entity.description, width).into_iter();
        out.extend(lines.map(|line| PageLine::plain(brush, Role::Text, line)));
    }
    out.push(PageLine::blank());
    out.extend(fields(catalog, entity, brush));
    out.extend(links(entity, brush));
    out.extend(running(entity, brush, ctx));
    out.extend(relations(catalog, entity, brush));
    out
}

fn head(entity: &Entity, brush: Brush<'_>) -> PageLine {
    let mut spans = vec![brush.span(Role::Title, entity.reference.to_string())];
    if !entity.title.is_empty() {
        spans.push(brush.span(Role::Text, format!("  {}", entity.title)));
    }
    spans.push(brush.span(Role::Dim, format!("  {}:{}", entity.file, entity.line)));
    Line::from(spans).into()
}

fn said(brush: Brush<'_>, title: &str, value: Span<'static>) -> Line<'static> {
    Line::from(vec![brush.span(Role::Dim, format!("{} ", pad(title, TITLE))), value])
}

fn fields(catalog: &Catalog, entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let tier = entity.tier().map(|tier| tier.to_string()).unwrap_or_default();
    // Groups and people are owned by nobody: they own.
    let owns =
        ["group", "user", "location"].iter().any(|kind| entity.reference.kind().eq_ignore_ascii_case(kind));
    let owner = if owns { Some(entity) } else { catalog.owner(entity) };
    let people = owner.map(|owner| catalog.people(owner)).unwrap_or_default();
    let people: Vec<_> = people.iter().map(|person| person.shown()).collect();
    // As the entry says, else as its owner says.
    let said_of = |what: fn(&Entity) -> Option<&str>| {
        what(entity).or_else(|| what(owner?)).unwrap_or_default().to_owned()
    };
    let fields = [
        ("type", entity.flavour.clone()),
        ("lifecycle", entity.lifecycle.clone()),
        ("tier", tier),
        ("on call", said_of(Entity::on_call)),
        ("chat", said_of(Entity::chat)),
        ("people", people.join(", ")),
        ("tags", entity.tags.join(", ")),
    ];
    let filled = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let mut lines: Vec<PageLine> =
        filled.map(|(title, value)| said(brush, title, brush.span(Role::Text, value)).into()).collect();
    if owner.is_none() {
        lines.push(said(brush, "owner", brush.span(Role::Bad, "nobody says who owns it")).into());
    }
    lines
}

fn links(entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let runbook = entity.runbook().filter(|runbook| runbook.contains("://")).map(|url| ("runbook", url));
    let others = entity.links.iter().map(|link| (link.title.as_str(), link.url.as_str()));
    let mut all: Vec<(&str, &str)> = runbook.into_iter().collect();
    all.extend(others.filter(|(_, url)| runbook.is_none_or(|(_, known)| known != *url)));
    let line = |(title, url): (&str, &str)| PageLine {
        target: Some(Target::Copy(url.to_owned())),
        ..PageLine::from(said(brush, title, brush.span(Role::Key, url.to_owned())))
    };
    all.into_iter().map(line).collect()
}

/// The services of this cluster that are it, worst first.
fn running(entity: &Entity, brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<PageLine> {
    let is_it = |found: Option<&Entity>| found.is_some_and(|other| other.reference == entity.reference);
    let mut rows: Vec<_> = ctx.rows.iter().filter(|row| is_it(ctx.catalog.entity(&row.key))).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.health));
    let mut out = Vec::new();
    if !rows.is_empty() {
        out.extend([PageLine::blank(), PageLine::heading(brush, "Runs here as")]);
    }
    out.extend(rows.into_iter().map(|row| PageLine {
        target: Some(Target::Go(Route::Cockpit(row.key.clone()))),
        ..PageLine::from(Line::from(vec![
            brush.span(Role::Strong, format!("{}  ", row.key)),
            health_span(brush, row.health),
            brush.span(Role::Dim, format!("  {}", row.version)),
        ]))
    }));
    out
}

fn relations(catalog: &Catalog, entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let mut out = Vec::new();
    for (relation, found) in catalog.relations(entity) {
        out.extend([PageLine::blank(), PageLine::heading(brush, relation.words())]);
        for other in found.iter().take(MOST) {
            let reference = other.reference.to_string();
            let title = if other.title.is_empty() { other.flavour.clone() } else { other.title.clone() };
            let spans =
                vec![brush.span(Role::Key, reference.clone()), brush.span(Role::Dim, format!("  {title}"))];
            out.push(PageLine {
                target: Some(Target::Go(Route::Page(Page::Entity(reference)))),
                ..PageLine::from(Line::from(spans))
            });
        }
        if found.len() > MOST {
            let text =
                format!("… {} more; `qd catalog show {}` has all", found.len() - MOST, entity.reference);
            out.push(PageLine::plain(brush, Role::Dim, text));
        }
    }
    out
}
