//! One entry of the catalogue: what it says of itself, its relations both ways,
//! and the services of this cluster that are it.

use super::{Page, PageLine, Subject, Target};
use crate::catalog::{Catalog, Entity};
use crate::domain::{count_of, short_duration};
use crate::screens::show::health_span;
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, Sign, pad, wrap};
use ratatui::text::{Line, Span};

/// Columns of the words before values.
const TITLE: usize = 16;
/// Columns of the paths of an API; longer ones push what follows.
const WIDEST_PATH: usize = 48;
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
    out.extend(orphan(entity, brush, ctx));
    out.push(PageLine::blank());
    out.extend(fields(catalog, entity, brush));
    out.extend(links(entity, brush));
    out.extend(documents(catalog, entity, brush));
    out.extend(running(entity, brush, ctx));
    out.extend(operations(entity, brush));
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

/// Its source says it no longer: what follows is as it was.
fn orphan(entity: &Entity, brush: Brush<'_>, ctx: &Ctx<'_>) -> Option<PageLine> {
    let ago = short_duration(ctx.now.since(entity.orphan?));
    let text =
        format!("{} orphan: its source says it no longer; last seen {ago} ago", brush.sign(Sign::Warn));
    Some(PageLine::plain(brush, Role::Warn, text))
}

fn said(brush: Brush<'_>, title: &str, value: Span<'static>) -> Line<'static> {
    Line::from(vec![brush.span(Role::Dim, format!("{} ", pad(title, TITLE))), value])
}

fn fields(catalog: &Catalog, entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let tier = entity.tier().map(|tier| tier.to_string()).unwrap_or_default();
    let owner = catalog.owner(entity);
    // A group has people of its own.
    let owner = owner.or_else(|| (!entity.needs_owner()).then_some(entity));
    let people = owner.map(|owner| catalog.people(owner)).unwrap_or_default();
    let people: Vec<_> = people.iter().map(|person| person.shown()).collect();
    // As the entry says, else as its owner says.
    let said_of = |what: fn(&Entity) -> Option<&str>| {
        what(entity).or_else(|| what(owner?)).unwrap_or_default().to_owned()
    };
    let fields = [
        ("type", entity.sort().to_owned()),
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
    if owner.is_none()
        && let Err(why) = catalog.owner_or_why(entity)
    {
        let text = format!("{} {why}", brush.sign(Sign::Unknown));
        lines.push(said(brush, "owner", brush.span(Role::Bad, text)).into());
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

/// What there is to read of it.
fn documents(catalog: &Catalog, entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let Some(at) = catalog.place(entity) else { return Vec::new() };
    let reference = entity.reference.to_string();
    let line = |(number, path): (usize, &str)| PageLine {
        target: Some(Target::Go(Route::Page(Page::Docs(Subject::Entry(reference.clone()), path.to_owned())))),
        ..PageLine::from(said(
            brush,
            if number == 0 { "documents" } else { "" },
            brush.span(Role::Key, path.to_owned()),
        ))
    };
    catalog.library().of(at).take(MOST).enumerate().map(line).collect()
}

/// What an API offers; what is going to go away is marked by a word.
fn operations(entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let (all, going) = (&entity.operations, entity.operations.iter().filter(|one| one.deprecated).count());
    if all.is_empty() {
        return Vec::new();
    }
    let heading = match going {
        0 => count_of(all.len(), "operation"),
        going => format!("{}, {going} deprecated", count_of(all.len(), "operation")),
    };
    let mut out = vec![PageLine::blank(), PageLine::heading(brush, heading)];
    let wide = all.iter().map(|one| one.path.chars().count()).max().unwrap_or(0).min(WIDEST_PATH);
    out.extend(all.iter().take(MOST).map(|one| {
        let mut spans = vec![
            brush.span(Role::Dim, pad(&one.method, 8)),
            brush.span(Role::Text, format!("{}  ", pad(&one.path, wide))),
        ];
        if one.deprecated {
            spans.push(brush.span(Role::Warn, "deprecated  "));
        }
        spans.push(brush.span(Role::Dim, one.summary.clone()));
        PageLine::from(Line::from(spans))
    }));
    out
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
            let mut spans =
                vec![brush.span(Role::Key, reference.clone()), brush.span(Role::Dim, format!("  {title}"))];
            if catalog.is_doubtful(entity, relation, other) {
                spans.push(brush.span(Role::Warn, "  ambiguous"));
            }
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
    out.extend(dangling(catalog, entity, brush));
    out
}

/// What it names and nothing is called: unknown, and told as that.
fn dangling(catalog: &Catalog, entity: &Entity, brush: Brush<'_>) -> Vec<PageLine> {
    let missing = catalog.missing(entity);
    if missing.is_empty() {
        return Vec::new();
    }
    let mut out = vec![PageLine::blank(), PageLine::heading(brush, "leads nowhere")];
    out.extend(missing.iter().take(MOST).map(|gap| {
        let sign = brush.sign(Sign::Unknown);
        let text = format!("{sign} {} {}: {}", gap.relation.words(), gap.reference, gap.why);
        PageLine::plain(brush, Role::Bad, text)
    }));
    out
}
