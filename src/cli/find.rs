//! From what a person typed to one workload.

use crate::domain::{Fault, FaultKind, Kind, Namespace, ServiceRow, Workload, World};
use std::sync::Arc;

/// Candidates shown before it says how many more there are.
const SHOWN: usize = 8;

/// The services called `typed`: `name` or `namespace/name`.
pub(super) fn services(world: &World, typed: &str) -> Vec<ServiceRow> {
    let (namespace, name) = split(typed);
    let fits = |row: &ServiceRow| {
        row.key.name.as_str() == name && namespace.is_none_or(|ns| row.key.namespace.as_str() == ns)
    };
    world.services().into_iter().filter(fits).collect()
}

/// The one service called `typed`.
pub(super) fn service(world: &World, typed: &str) -> Result<ServiceRow, Fault> {
    let mut found = services(world, typed);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(nothing(world, typed)),
        _ => {
            let commands = found.iter().map(|row| format!("qd service {}", row.key));
            Err(ambiguous(typed, "services", commands))
        }
    }
}

/// The one workload meant by `typed`: `kind/name`, a service, or a workload's
/// own name. `verb` is put into the commands that would have been clear.
pub(super) fn workload(world: &World, typed: &str, verb: &str) -> Result<Arc<Workload>, Fault> {
    let found = match typed.split_once('/').and_then(|(kind, name)| Some((Kind::parse(kind)?, name))) {
        Some((kind, name)) => {
            world.workloads().filter(|w| w.key.kind == kind && w.key.name.as_str() == name).cloned().collect()
        }
        None => by_name(world, typed),
    };
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(nothing(world, typed)),
        many => {
            let commands = many
                .iter()
                .map(|w| format!("qd {verb} {}/{} -n {}", w.key.kind.short(), w.key.name, w.key.namespace));
            Err(ambiguous(typed, "workloads", commands))
        }
    }
}

fn by_name(world: &World, typed: &str) -> Vec<Arc<Workload>> {
    let of_services: Vec<_> = services(world, typed).into_iter().flat_map(|row| row.workloads).collect();
    if !of_services.is_empty() {
        return of_services;
    }
    let (namespace, name) = split(typed);
    let fits = |w: &&Arc<Workload>| {
        w.key.name.as_str() == name && namespace.is_none_or(|ns| w.key.namespace.as_str() == ns)
    };
    world.workloads().filter(fits).cloned().collect()
}

fn split(typed: &str) -> (Option<&str>, &str) {
    typed.split_once('/').map_or((None, typed), |(namespace, name)| (Some(namespace), name))
}

fn ambiguous(typed: &str, what: &str, commands: impl Iterator<Item = String>) -> Fault {
    let commands: Vec<_> = commands.collect();
    let fault =
        Fault::new(FaultKind::Invalid, format!("'{typed}' means {} {what}; say which:", commands.len()));
    let more = commands.len().saturating_sub(SHOWN);
    let fault = commands.into_iter().take(SHOWN).fold(fault, Fault::hint);
    if more > 0 { fault.hint(format!("… and {more} more")) } else { fault }
}

fn nothing(world: &World, typed: &str) -> Fault {
    let (_, name) = split(typed);
    let rows = world.services();
    let mut near: Vec<_> = rows
        .iter()
        .map(|row| (strsim::jaro_winkler(row.key.name.as_str(), name), row.key.to_string()))
        .filter(|(score, _)| *score > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let fault = Fault::new(FaultKind::NotFound, format!("no service or workload '{typed}'"));
    match near.first() {
        Some((_, key)) => fault.hint(format!("did you mean {key}?")),
        None => fault.hint(looked_at(&rows)),
    }
}

fn looked_at(rows: &[ServiceRow]) -> String {
    let mut namespaces: Vec<&Namespace> = rows.iter().map(|row| &row.key.namespace).collect();
    namespaces.dedup();
    let names: Vec<_> = namespaces.iter().take(SHOWN).map(ToString::to_string).collect();
    format!("`qd services` lists them; looked at {} in {}", rows.len(), names.join(", "))
}
