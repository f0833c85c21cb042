//! What changed between two versions of an object, and what a value names.

use serde_json::{Map, Value};

use super::set::Set;
use super::walk::{Shape, Walk, by_step};

/// The difference between two versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Added or changed.
    pub changed: Set,
    /// There before, not any more.
    pub removed: Set,
}

/// Parts of an object nobody owns.
const UNOWNED: [&str; 11] = [
    "name",
    "namespace",
    "uid",
    "creationTimestamp",
    "selfLink",
    "generation",
    "managedFields",
    "resourceVersion",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "clusterName",
];

/// Takes what nobody owns out of a set.
pub fn strip(set: &mut Set) {
    for key in ["f:apiVersion", "f:kind"] {
        set.children.remove(key);
    }
    if let Some(meta) = set.children.get_mut("f:metadata") {
        meta.member = false;
        for key in UNOWNED {
            meta.children.remove(&format!("f:{key}"));
        }
        if meta.is_empty() {
            set.children.remove("f:metadata");
        }
    }
}

/// Compares two versions of an object of one kind.
pub fn diff(walk: Walk<'_>, shape: Shape<'_>, before: &Value, after: &Value) -> Diff {
    let mut out = Diff::default();
    compare(walk, shape, Some(before), Some(after), &mut out.changed, &mut out.removed);
    strip(&mut out.changed);
    strip(&mut out.removed);
    out
}

fn compare(
    walk: Walk<'_>,
    shape: Shape<'_>,
    before: Option<&Value>,
    after: Option<&Value>,
    changed: &mut Set,
    removed: &mut Set,
) {
    if before == after {
        return;
    }
    let pair = (before, after);
    match shape {
        Shape::Struct(..) | Shape::Map(_) | Shape::Free if is_maps(pair) => {
            maps(walk, shape, pair, changed, removed);
        }
        Shape::Keyed(item, keys, always) => {
            let lists = (indexed(before, Some(keys)), indexed(after, Some(keys)));
            if let (Some(old), Some(new)) = lists {
                own(before, after, always, changed, removed);
                let steps: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
                for step in steps {
                    below(step, changed, removed, |c, r| {
                        compare(walk, walk.item(item), old.get(step).copied(), new.get(step).copied(), c, r);
                    });
                }
            } else {
                whole(pair, changed, removed);
            }
        }
        Shape::Set => {
            if let (Some(old), Some(new)) = (indexed(before, None), indexed(after, None)) {
                own(before, after, false, changed, removed);
                new.keys().filter(|s| !old.contains_key(*s)).for_each(|s| changed.child(s).member = true);
                old.keys().filter(|s| !new.contains_key(*s)).for_each(|s| removed.child(s).member = true);
            } else {
                whole(pair, changed, removed);
            }
        }
        Shape::Struct(..) | Shape::Map(_) | Shape::Free | Shape::Leaf => whole(pair, changed, removed),
    }
}

type Pair<'v> = (Option<&'v Value>, Option<&'v Value>);

fn is_maps((before, after): Pair<'_>) -> bool {
    before.is_none_or(Value::is_object) && after.is_none_or(Value::is_object)
}

fn indexed<'v>(
    list: Option<&'v Value>,
    keys: Option<&[Box<str>]>,
) -> Option<std::collections::BTreeMap<String, &'v Value>> {
    list.map_or_else(|| Some(std::collections::BTreeMap::new()), |l| by_step(l, keys))
}

fn whole((before, after): Pair<'_>, changed: &mut Set, removed: &mut Set) {
    match (before, after) {
        (_, Some(_)) => changed.member = true,
        (Some(_), None) => removed.member = true,
        (None, None) => {}
    }
}

/// The container itself came or went.
fn own(before: Option<&Value>, after: Option<&Value>, by_value: bool, changed: &mut Set, removed: &mut Set) {
    match (before, after) {
        (None, Some(_)) if !by_value => changed.member = true,
        (Some(_), None) if !by_value => removed.member = true,
        _ => {}
    }
}

fn maps(walk: Walk<'_>, shape: Shape<'_>, (before, after): Pair<'_>, changed: &mut Set, removed: &mut Set) {
    let empty = Map::new();
    let map = |v: Option<&'_ Value>| v.and_then(Value::as_object).cloned();
    let (old, new) = (map(before), map(after));
    let (old, new) = (old.as_ref().unwrap_or(&empty), new.as_ref().unwrap_or(&empty));
    let leaf = (new.is_empty() && after.is_some()) || (old.is_empty() && after.is_none());
    let by_value = matches!(shape, Shape::Struct(_, true)) && !leaf;
    own(before, after, by_value, changed, removed);
    let keys: std::collections::BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for key in keys {
        below(&format!("f:{key}"), changed, removed, |c, r| {
            compare(walk, walk.member(shape, key), old.get(key), new.get(key), c, r);
        });
    }
}

/// Runs on the subsets below a step and keeps them only when something was put in.
fn below(step: &str, changed: &mut Set, removed: &mut Set, f: impl FnOnce(&mut Set, &mut Set)) {
    let (mut c, mut r) = (Set::default(), Set::default());
    f(&mut c, &mut r);
    if !c.is_empty() {
        changed.child(step).add(&c);
    }
    if !r.is_empty() {
        removed.child(step).add(&r);
    }
}

/// Every field a configuration names.
pub fn named(walk: Walk<'_>, shape: Shape<'_>, value: &Value) -> Set {
    let mut out = Set::default();
    name(walk, shape, value, &mut out);
    strip(&mut out);
    out
}

fn name(walk: Walk<'_>, shape: Shape<'_>, value: &Value, out: &mut Set) {
    match (shape, value) {
        (Shape::Struct(..) | Shape::Map(_) | Shape::Free, Value::Object(map)) if !map.is_empty() => {
            for (key, v) in map {
                name(walk, walk.member(shape, key), v, out.child(&format!("f:{key}")));
            }
        }
        (Shape::Keyed(item, keys, _), Value::Array(items)) if !items.is_empty() => {
            match by_step(value, Some(keys)) {
                Some(by) => {
                    for (step, v) in by {
                        let child = out.child(&step);
                        child.member = true;
                        name(walk, walk.item(item), v, child);
                    }
                }
                None => out.member = true,
            }
        }
        (Shape::Set, Value::Array(items)) if !items.is_empty() => {
            for step in items.iter().map(super::walk::value_step) {
                out.child(&step).member = true;
            }
        }
        _ => out.member = true,
    }
}
