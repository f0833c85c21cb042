//! What the palette offers.

use super::{Choice, Entry, Menu};
use crate::catalog::{Catalog, Entity, Relation};
use crate::command::{Command, Keymap, Scope};
use crate::domain::ObjectKey;
use crate::screens::{Ctx, show};
use std::cmp::Reverse;

/// A menu of services, entries of the catalogue, screens, commands, contexts, namespaces and themes.
pub fn palette(
    ctx: &Ctx<'_>,
    keymap: &Keymap,
    scope: Scope,
    objects: &[ObjectKey],
    themes: &[String],
) -> Menu {
    let mut entries: Vec<Entry> = Vec::new();
    let commands = keymap.valid(scope.chain()).filter(|row| row.command.motion().is_none());
    entries.extend(commands.filter(|row| row.command != Command::Palette).map(|row| Entry {
        choice: if row.args.is_empty() {
            Choice::Run(row.command)
        } else {
            Choice::Word(row.command, String::new())
        },
        label: if row.args.is_empty() { row.name.to_owned() } else { format!("{} {}", row.name, row.args) },
        detail: row.title.to_owned(),
        tag: keymap.key(row.command),
        off: show::why_off(row, objects, ctx),
    }));
    entries.extend(services(ctx));
    let first = entries.len();
    let known = ctx.catalog.catalog().map(Catalog::entities).unwrap_or_default();
    entries.extend(known.iter().map(|entity| Entry {
        choice: Choice::Entity(entity.reference.to_string()),
        label: entity.reference.to_string(),
        detail: described(entity),
        tag: entity.reference.kind().to_lowercase(),
        off: String::new(),
    }));
    if let Some(Ok(contexts)) = ctx.contexts {
        entries.extend(contexts.iter().map(|context| Entry {
            choice: Choice::Context(context.name.clone()),
            label: format!("ctx {}", context.name),
            detail: context.cluster.to_string(),
            tag: "context".to_owned(),
            off: String::new(),
        }));
    }
    let all = std::iter::once((None, "ns all".to_owned()));
    let namespaces = ctx.world.namespaces().map(|ns| (Some(ns.clone()), format!("ns {ns}")));
    entries.extend(all.chain(namespaces).map(|(namespace, label)| Entry {
        choice: Choice::Namespace(namespace),
        label,
        detail: "look at this namespace".to_owned(),
        tag: "namespace".to_owned(),
        off: String::new(),
    }));
    entries.extend(themes.iter().map(|name| Entry {
        choice: Choice::Theme(name.clone()),
        label: format!("theme {name}"),
        detail: "take this theme".to_owned(),
        tag: "theme".to_owned(),
        off: String::new(),
    }));
    let menu = Menu::new("Palette", entries, true);
    match ctx.catalog.shared() {
        Some(catalog) => menu.with_catalog(catalog, first),
        None => menu,
    }
}

/// As in the list, the same service in several places comes with production first.
fn services(ctx: &Ctx<'_>) -> impl Iterator<Item = Entry> {
    let mut rows: Vec<_> = ctx.rows.iter().collect();
    rows.sort_by_key(|row| (&row.key.name, Reverse(row.environment)));
    rows.into_iter().map(|row| Entry {
        choice: Choice::Service(row.key.clone()),
        label: format!("{} {}", row.key.name, row.key.namespace),
        detail: format!("{} {}", row.health.word(), row.version),
        tag: "service".to_owned(),
        off: String::new(),
    })
}

/// What an entry is remembered by besides its name: title, type, owner, tags.
fn described(entity: &Entity) -> String {
    let owners = entity.declared.iter().filter(|(relation, _)| *relation == Relation::OwnedBy);
    let owners = owners.map(|(_, owner)| owner.name());
    let words = [entity.title.as_str(), entity.sort()].into_iter();
    let words = words.chain(owners).chain(entity.tags.iter().map(String::as_str));
    let words = entity.orphan.map(|_| "orphan").into_iter().chain(words);
    let words: Vec<_> = words.chain([entity.description.as_str()]).filter(|word| !word.is_empty()).collect();
    words.join(" · ")
}
