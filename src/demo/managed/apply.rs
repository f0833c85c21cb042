//! Recording updates, and server-side apply.

use serde_json::Value;

use super::diff::{self, Diff};
use super::entries::{self, Entry};
use super::set::Set;
use super::walk::{Shape, Walk, by_step, key_step, value_step};
use crate::demo::status::{ApiError, Cause, Details};

/// Who writes, and how.
#[derive(Clone, Debug)]
pub struct Writer {
    /// Manager's name.
    pub manager: String,
    /// Version of the object written.
    pub api_version: String,
    /// Subresource, empty for the object itself.
    pub subresource: String,
    /// `metav1.Time` of the write.
    pub time: String,
}

/// Records a plain write: the writer takes over every field it changed.
pub fn record_update(walk: Walk<'_>, shape: Shape<'_>, before: &Value, after: &mut Value, writer: &Writer) {
    let Diff { changed, removed } = diff::diff(walk, shape, before, after);
    // A writer may hand fields over, as kubectl does when it moves to server-side apply.
    let given = entries::read(after);
    let mut all = if given.is_empty() { entries::read(before) } else { given };
    for entry in &mut all {
        entry.set.remove_gone(&removed);
        if !entry.is(&writer.manager, false, &writer.subresource) {
            entry.set.remove(&changed);
        }
    }
    if !changed.is_empty() {
        let own = find(&mut all, writer, false);
        own.set.add(&changed);
        own.time.clone_from(&writer.time);
        own.api_version.clone_from(&writer.api_version);
    }
    entries::write(after, all);
}

fn find<'e>(all: &'e mut Vec<Entry>, writer: &Writer, applied: bool) -> &'e mut Entry {
    let at =
        all.iter().position(|e| e.is(&writer.manager, applied, &writer.subresource)).unwrap_or_else(|| {
            all.push(Entry {
                manager: writer.manager.clone(),
                applied,
                api_version: writer.api_version.clone(),
                subresource: writer.subresource.clone(),
                time: String::new(),
                set: Set::default(),
            });
            all.len() - 1
        });
    // `at` was found or just pushed.
    &mut all[at]
}

/// Applies a configuration to an object.
///
/// # Errors
/// 409 naming every field another writer owns, unless `force`.
pub fn apply(
    walk: Walk<'_>,
    shape: Shape<'_>,
    live: &Value,
    config: &Value,
    writer: &Writer,
    force: bool,
) -> Result<Value, ApiError> {
    let set = diff::named(walk, shape, config);
    let mut merged = live.clone();
    merge(walk, shape, &mut merged, config);
    let changed = diff::diff(walk, shape, live, &merged).changed.common(&set);
    let mut all = entries::read(live);
    let conflicts = conflicts(&all, writer, &changed);
    let moving = || writer.manager == KUBECTL && were_applied(walk, shape, live, &conflicts);
    if !force && !conflicts.is_empty() && !moving() {
        return Err(refuse(&conflicts));
    }
    let mut others = Set::default();
    for entry in all.iter_mut().filter(|e| !e.is(&writer.manager, true, &writer.subresource)) {
        entry.set.remove(&changed);
        others.add(&entry.set);
    }
    let own = find(&mut all, writer, true);
    prune(walk, shape, &mut merged, &own.set, &set, &others);
    if own.set != set || own.time.is_empty() || !diff::diff(walk, shape, live, &merged).changed.is_empty() {
        own.set = set;
        own.time.clone_from(&writer.time);
        own.api_version.clone_from(&writer.api_version);
    }
    entries::write(&mut merged, all);
    Ok(merged)
}

/// What kubectl is called when it applies on the server side, and where it kept what it applied
/// on the client side before.
const KUBECTL: &str = "kubectl";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// All fields in conflict were applied by kubectl itself, on the client side: whoever moves to
/// server-side apply may take them over.
fn were_applied(walk: Walk<'_>, shape: Shape<'_>, live: &Value, conflicts: &[(String, Vec<String>)]) -> bool {
    let text = live["metadata"]["annotations"][LAST_APPLIED].as_str().unwrap_or_default();
    let Ok(last) = serde_json::from_str::<Value>(text) else { return false };
    let own = diff::named(walk, shape, &last).paths();
    conflicts.iter().flat_map(|(_, paths)| paths).all(|path| own.contains(path))
}

fn conflicts(all: &[Entry], writer: &Writer, changed: &Set) -> Vec<(String, Vec<String>)> {
    all.iter()
        .filter(|e| !e.is(&writer.manager, true, &writer.subresource))
        .map(|e| (e.shown(), e.set.common(changed).paths()))
        .filter(|(_, paths)| !paths.is_empty())
        .collect()
}

fn refuse(conflicts: &[(String, Vec<String>)]) -> ApiError {
    let count: usize = conflicts.iter().map(|(_, paths)| paths.len()).sum();
    let groups: Vec<String> = conflicts
        .iter()
        .map(|(who, paths)| match paths.as_slice() {
            [only] => format!("conflict with {who}: {only}"),
            many => format!("conflicts with {who}:\n- {}", many.join("\n- ")),
        })
        .collect();
    let plural = if count == 1 { "" } else { "s" };
    let causes = conflicts
        .iter()
        .flat_map(|(who, paths)| {
            paths.iter().map(move |path| Cause {
                reason: "FieldManagerConflict",
                message: format!("conflict with {who}"),
                field: path.clone(),
            })
        })
        .collect();
    let mut e = ApiError::plain(
        409,
        "Conflict",
        format!("Apply failed with {count} conflict{plural}: {}", groups.join("\n")),
    );
    e.details = Some(Box::new(Details { causes, ..Details::default() }));
    e
}

/// Writes what the configuration names into the object.
fn merge(walk: Walk<'_>, shape: Shape<'_>, live: &mut Value, config: &Value) {
    match (shape, config) {
        (Shape::Struct(..) | Shape::Map(_) | Shape::Free, Value::Object(map)) => {
            if !live.is_object() {
                *live = Value::Object(serde_json::Map::new());
            }
            let Some(own) = live.as_object_mut() else {
                return;
            };
            for (key, v) in map {
                merge(walk, walk.member(shape, key), own.entry(key.clone()).or_insert(Value::Null), v);
            }
        }
        (Shape::Keyed(item, keys, _), Value::Array(items)) if by_step(config, Some(keys)).is_some() => {
            let mut list = live.as_array().cloned().unwrap_or_default();
            for v in items {
                let step = key_step(v, keys);
                match list.iter_mut().find(|own| key_step(own, keys) == step) {
                    Some(own) => merge(walk, walk.item(item), own, v),
                    None => list.push(v.clone()),
                }
            }
            *live = Value::Array(list);
        }
        (Shape::Set, Value::Array(items)) => {
            let mut list = live.as_array().cloned().unwrap_or_default();
            for v in items {
                if !list.contains(v) {
                    list.push(v.clone());
                }
            }
            *live = Value::Array(list);
        }
        _ => *live = config.clone(),
    }
}

/// Removes what was applied before, is not any more, and belongs to nobody else.
fn prune(walk: Walk<'_>, shape: Shape<'_>, value: &mut Value, old: &Set, new: &Set, others: &Set) {
    for (step, before) in &old.children {
        let now = new.children.get(step);
        let theirs = others.children.get(step);
        if now.is_none() && theirs.is_none() {
            drop_step(shape, value, step);
            continue;
        }
        let nothing = Set::default();
        if let Some((inner, inner_shape)) = enter(walk, shape, value, step) {
            prune(walk, inner_shape, inner, before, now.unwrap_or(&nothing), theirs.unwrap_or(&nothing));
        }
    }
}

fn drop_step(shape: Shape<'_>, value: &mut Value, step: &str) {
    if let Some(key) = step.strip_prefix("f:") {
        if let Some(map) = value.as_object_mut() {
            map.remove(key);
        }
    } else if let Some(list) = value.as_array_mut() {
        match shape {
            Shape::Keyed(_, keys, _) => list.retain(|v| key_step(v, keys).as_deref() != Some(step)),
            Shape::Struct(..) | Shape::Map(_) | Shape::Set | Shape::Leaf | Shape::Free => {
                list.retain(|v| value_step(v) != step);
            }
        }
    }
}

fn enter<'v, 'a>(
    walk: Walk<'a>,
    shape: Shape<'a>,
    value: &'v mut Value,
    step: &str,
) -> Option<(&'v mut Value, Shape<'a>)> {
    if let Some(key) = step.strip_prefix("f:") {
        return Some((value.as_object_mut()?.get_mut(key)?, walk.member(shape, key)));
    }
    let Shape::Keyed(item, keys, _) = shape else {
        return None;
    };
    let found = value.as_array_mut()?.iter_mut().find(|v| key_step(v, keys).as_deref() == Some(step))?;
    Some((found, walk.item(item)))
}
