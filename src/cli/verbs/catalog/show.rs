//! `qd catalog show` and `qd catalog impact`: one entity and its neighbours.

use super::list::{Row, tier};
use crate::catalog::{Catalog, Dependent, Entity, Link, Missing, Operation, Relation};
use crate::cli::out::{Out, Tone};
use crate::cli::print::print;
use crate::cli::setup::Setup;
use crate::cli::table::{plain, table};
use crate::domain::{ALIKE, Fault, FaultKind, count_of, nearest};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// All of an entity.
#[derive(Debug, Serialize)]
struct Detail<'a> {
    #[serde(flatten)]
    row: Row,
    description: &'a str,
    tags: &'a [String],
    links: &'a [Link],
    runbook: Option<&'a str>,
    oncall: Option<&'a str>,
    annotations: &'a BTreeMap<String, String>,
    labels: &'a BTreeMap<String, String>,
    /// Both ways: references by what they are to it.
    relations: BTreeMap<Relation, Vec<String>>,
    /// Those of the relations that may not be meant: the reference names no
    /// kind or the wrong one.
    ambiguous: BTreeMap<Relation, Vec<String>>,
    /// What it names and nothing is called.
    unresolved: &'a [Missing],
    /// The people of its owner, groups below included.
    people: Vec<String>,
    /// What it offers, if it is an API of type `openapi`.
    operations: &'a [Operation],
    /// The whole document, unknown keys included.
    document: &'a Value,
}

/// Somebody who suffers.
#[derive(Debug, Serialize)]
struct Hit {
    /// 1 depends directly.
    depth: usize,
    /// Whether it depends on it only if an ambiguous reference means so.
    ambiguous: bool,
    #[serde(flatten)]
    row: Row,
}

/// Prints everything about `name`.
pub(super) fn run(setup: &Setup, catalog: &Catalog, name: &str) -> Result<u8, Fault> {
    let entity = catalog.get(name).ok_or_else(|| nothing(catalog, name))?;
    let detail = detail(catalog, entity);
    print(setup, &detail, || vec![detail.row.reference.clone()], || text(&setup.out, &detail))?;
    Ok(0)
}

/// Prints who depends on `name`, nearest first.
pub(super) fn impact(setup: &Setup, catalog: &Catalog, name: &str) -> Result<u8, Fault> {
    let found = catalog.impact(name).ok_or_else(|| nothing(catalog, name))?;
    let hit = |dependent: &Dependent<'_>| Hit {
        depth: dependent.depth,
        ambiguous: dependent.ambiguous,
        row: Row::of(dependent.entity, catalog),
    };
    let hits: Vec<_> = found.iter().map(hit).collect();
    let names = || hits.iter().map(|hit| hit.row.reference.clone()).collect();
    let of = catalog.get(name).map_or_else(|| name.to_owned(), |entity| entity.reference.to_string());
    print(setup, &hits, names, || impact_text(&setup.out, &of, &hits) + &namesakes(catalog, name, &of))?;
    Ok(0)
}

/// What else is called `name`, where no kind was asked for: its dependents are
/// others, and were not counted.
fn namesakes(catalog: &Catalog, name: &str, taken: &str) -> String {
    let called = |entity: &&Entity| entity.reference.name().eq_ignore_ascii_case(name);
    let others = catalog.entities().iter().filter(called).map(|entity| entity.reference.to_string());
    let others: Vec<_> = others.filter(|other| other != taken).collect();
    if others.is_empty() {
        return String::new();
    }
    format!("{} is called so too: ask for it by its whole name\n", others.join(", "))
}

fn nothing(catalog: &Catalog, name: &str) -> Fault {
    let entities = catalog.entities();
    let text = format!("no catalogue entry '{name}' among {}", entities.len());
    let fault = Fault::new(FaultKind::NotFound, text);
    let bare = name.rsplit([':', '/']).next().unwrap_or(name);
    match nearest(bare, entities, |entity| entity.reference.name(), ALIKE) {
        Some(near) => fault.hint(format!("did you mean {}?", near.reference)),
        None => fault.hint("`qd catalog list` lists them"),
    }
}

fn detail<'a>(catalog: &'a Catalog, entity: &'a Entity) -> Detail<'a> {
    let names = |found: Vec<&Entity>| found.iter().map(|e| e.reference.to_string()).collect::<Vec<_>>();
    let relations = catalog.relations(entity).into_iter();
    let doubtful = catalog.relations(entity).into_iter().filter_map(|(relation, mut found)| {
        found.retain(|other| catalog.is_doubtful(entity, relation, other));
        (!found.is_empty()).then(|| (relation, names(found)))
    });
    // A person that owns something is its own people.
    let people = catalog.owner(entity).map(|owner| match catalog.people(owner) {
        people if people.is_empty() && owner.reference.kind().eq_ignore_ascii_case("user") => vec![owner],
        people => people,
    });
    Detail {
        row: Row::of(entity, catalog),
        description: &entity.description,
        tags: &entity.tags,
        links: &entity.links,
        runbook: entity.runbook(),
        oncall: entity.on_call(),
        annotations: &entity.annotations,
        labels: &entity.labels,
        relations: relations.map(|(relation, found)| (relation, names(found))).collect(),
        ambiguous: doubtful.collect(),
        unresolved: catalog.missing(entity),
        people: people.unwrap_or_default().iter().map(|person| person.shown().to_owned()).collect(),
        operations: &entity.operations,
        document: &entity.raw,
    }
}

fn text(out: &Out, detail: &Detail<'_>) -> String {
    let row = &detail.row;
    let (place, tone) = row.origin();
    let place = out.paint(&place, if row.orphan.is_some() { tone } else { Tone::Faint });
    let title = if row.title.is_empty() { String::new() } else { format!("{}  ", row.title) };
    let mut text = format!("{}  {title}{place}\n", out.paint(&row.reference, Tone::Strong));
    if !detail.description.is_empty() {
        text.push_str(&format!("  {}\n", detail.description));
    }
    let (owner, tone) = match (row.owner.as_str(), detail.people.join(", ")) {
        ("", _) if row.owned => ("nobody says who owns it".to_owned(), Tone::Bad),
        (owner, _) if row.owner_unknown => (format!("{owner}: nothing is called so"), Tone::Bad),
        (owner, people) if people.is_empty() => (owner.to_owned(), Tone::Plain),
        (owner, people) => (format!("{owner} → {people}"), Tone::Plain),
    };
    let tier = row.tier.map(|tier| tier.to_string()).unwrap_or_default();
    let mut fields = vec![
        ("type", row.flavour.clone()),
        ("lifecycle", row.lifecycle.clone()),
        ("owner", owner),
        ("tier", tier),
        ("on call", detail.oncall.unwrap_or_default().to_owned()),
        ("runbook", detail.runbook.unwrap_or_default().to_owned()),
        ("tags", detail.tags.join(", ")),
    ];
    // The owner is told above, with the people.
    let relations = detail.relations.iter().filter(|(relation, _)| **relation != Relation::OwnedBy);
    fields.extend(relations.map(|(relation, names)| {
        let doubtful = detail.ambiguous.get(relation);
        let word = |name: &String| {
            let note = if doubtful.is_some_and(|found| found.contains(name)) { " (ambiguous)" } else { "" };
            format!("{name}{note}")
        };
        (relation.words(), names.iter().map(word).collect::<Vec<_>>().join(", "))
    }));
    fields.extend(detail.unresolved.iter().filter(|gap| gap.relation != Relation::OwnedBy).map(unresolved));
    fields.extend(detail.links.iter().map(|link| ("link", format!("{}  {}", link.title, link.url))));
    let lines: Vec<_> = fields
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(key, value)| {
            let tone = if key == "owner" { tone } else { Tone::Plain };
            vec![(key.to_owned(), Tone::Faint), (value, tone)]
        })
        .collect();
    text.push_str(&table(out, &["", ""], &lines, "  "));
    text.push_str(&operations(out, detail.operations));
    text
}

/// What it names and nothing is called: unknown, and told as that.
fn unresolved(gap: &Missing) -> (&'static str, String) {
    (gap.relation.words(), format!("{}: {}", gap.reference, gap.why))
}

/// What an API offers, what is going to go away marked.
fn operations(out: &Out, operations: &[Operation]) -> String {
    if operations.is_empty() {
        return String::new();
    }
    let line = |operation: &Operation| {
        let word = if operation.deprecated { "deprecated" } else { "" };
        vec![
            plain(operation.method.clone()),
            (operation.path.clone(), Tone::Strong),
            (word.to_owned(), Tone::Warn),
            plain(operation.summary.clone()),
        ]
    };
    let lines: Vec<_> = operations.iter().map(line).collect();
    let many = count_of(operations.len(), "operation");
    let going = operations.iter().filter(|operation| operation.deprecated).count();
    let heading = if going == 0 { many } else { format!("{many}, {going} deprecated") };
    format!("{heading}\n{}", table(out, &["", "", "", ""], &lines, "  "))
}

fn impact_text(out: &Out, name: &str, hits: &[Hit]) -> String {
    if hits.is_empty() {
        return format!("nothing depends on {name}\n");
    }
    let lines: Vec<_> = hits
        .iter()
        .map(|hit| {
            vec![
                plain(hit.depth.to_string()),
                (hit.row.reference.clone(), Tone::Strong),
                plain(tier(hit.row.tier)),
                hit.row.owner_cell(),
                (if hit.ambiguous { "ambiguous" } else { "" }.to_owned(), Tone::Warn),
            ]
        })
        .collect();
    let headings = ["DEPTH", "ENTITY", "TIER", "OWNER", ""];
    let (verb, many) =
        (if hits.len() == 1 { "depends" } else { "depend" }, count_of(hits.len(), "catalogue entry"));
    format!("{}{many} {verb} on {name}\n", table(out, &headings, &lines, ""))
}
