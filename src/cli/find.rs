//! From what a person typed to one workload.

use crate::domain::{
    ALIKE, Environment, Fault, FaultKind, Kind, Namespace, Pod, Right, ServiceRow, Workload, World, likeness,
    meant_by_name, nearest,
};
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
    let mut found = match typed.split_once('/').and_then(|(kind, name)| Some((Kind::parse(kind)?, name))) {
        Some((kind, name)) => world
            .every_workload()
            .filter(|w| w.key.kind == kind && w.key.name.as_str() == name)
            .cloned()
            .collect(),
        None => by_name(world, typed),
    };
    // Of several, only those the verb is for can be meant.
    if found.iter().any(|w| Right::to(verb, w.key.kind).is_ok()) {
        found.retain(|w| Right::to(verb, w.key.kind).is_ok());
    }
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

/// What was typed; with an environment, as the one service called so in it.
pub(super) fn placed(world: &World, typed: &str, wanted: Option<Environment>) -> Result<String, Fault> {
    wanted.map_or_else(|| Ok(typed.to_owned()), |wanted| within(world, typed, wanted))
}

/// `namespace/name` of the one service called `typed` in that environment.
fn within(world: &World, typed: &str, wanted: Environment) -> Result<String, Fault> {
    let mut found = services(world, typed);
    if found.is_empty() {
        return Err(nothing(world, typed));
    }
    let all: Vec<String> = found.iter().map(|row| row.key.to_string()).collect();
    found.retain(|row| world.environment(&row.key.namespace) == wanted);
    match found.as_slice() {
        [only] => Ok(only.key.to_string()),
        [] => {
            let text = format!("'{typed}' does not run in {}", wanted.short());
            Err(Fault::new(FaultKind::NotFound, text).hint(format!("there is {}", all.join(", "))))
        }
        many => {
            let names = many.iter().map(|row| row.key.to_string());
            Err(ambiguous(typed, &format!("services in {}", wanted.short()), names))
        }
    }
}

/// The pod meant by `typed`, `po/NAME` or for a verb that is for pods alone its
/// own name; none if it means no pod.
pub(super) fn pod(world: &World, typed: &str, verb: &str) -> Result<Option<Arc<Pod>>, Fault> {
    let (said, name) = match typed.split_once('/') {
        Some((kind, name)) if Kind::parse(kind) == Some(Kind::Pod) => (true, name),
        _ => (false, typed),
    };
    let for_pods = Right::to(verb, Kind::Pod).is_ok();
    if !said && !for_pods {
        return Ok(None);
    }
    let found: Vec<_> = world.pods().filter(|pod| pod.key.name.as_str() == name).cloned().collect();
    match found.as_slice() {
        [only] => Ok(Some(only.clone())),
        [] if said || for_pods && Right::to(verb, Kind::Job).is_err() => {
            let fault = Fault::new(FaultKind::NotFound, format!("no pod '{name}'"));
            Err(fault.hint("`qd service NAME` lists the pods of a service"))
        }
        [] => Ok(None),
        many => {
            let commands = many.iter().map(|pod| format!("qd {verb} po/{name} -n {}", pod.key.namespace));
            Err(ambiguous(typed, "pods", commands))
        }
    }
}

fn by_name(world: &World, typed: &str) -> Vec<Arc<Workload>> {
    let of_services = services(world, typed).into_iter().flat_map(|row| row.workloads);
    // A canary is part of its service, but nobody means it by the service's name.
    let of_services: Vec<_> = of_services.filter(|w| !w.labels.contains_key("quarterdeck/track")).collect();
    if !of_services.is_empty() {
        return meant_by_name(&of_services);
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
    let (namespace, name) = split(typed);
    let rows = world.services();
    let fault = Fault::new(FaultKind::NotFound, format!("no service or workload '{typed}'"));
    let Some(like) = nearest(name, &rows, |row| row.key.name.as_str(), ALIKE) else {
        return fault.hint(looked_at(&rows));
    };
    // Every place of that name, production first: people mean that one at night.
    let mut places: Vec<&ServiceRow> = rows.iter().filter(|row| row.key.name == like.key.name).collect();
    places.sort_by_key(|row| std::cmp::Reverse(row.environment));
    if let Some(namespace) = namespace {
        let alike = |row: &&ServiceRow| likeness(row.key.namespace.as_str(), namespace);
        places.sort_by(|one, other| alike(other).total_cmp(&alike(one)));
    }
    let shown: Vec<String> = places.iter().take(SHOWN).map(|row| row.key.to_string()).collect();
    fault.hint(format!("did you mean {}?", shown.join(" or ")))
}

fn looked_at(rows: &[ServiceRow]) -> String {
    let mut namespaces: Vec<&Namespace> = rows.iter().map(|row| &row.key.namespace).collect();
    namespaces.dedup();
    let names: Vec<_> = namespaces.iter().take(SHOWN).map(ToString::to_string).collect();
    format!("`qd services` lists them; looked at {} in {}", rows.len(), names.join(", "))
}
