//! `metadata.managedFields`.

use serde_json::{Value, json};

use super::set::Set;

/// One writer and what it owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Name of the writer.
    pub manager: String,
    /// By apply rather than by update.
    pub applied: bool,
    /// Version the fields are named in.
    pub api_version: String,
    /// Subresource it wrote through, empty for the object itself.
    pub subresource: String,
    /// When its set last changed.
    pub time: String,
    /// What it owns.
    pub set: Set,
}

/// More writers by update than this are merged into one, as the real server does.
const MAX_UPDATERS: usize = 10;

impl Entry {
    /// The writer as conflicts name it.
    pub fn shown(&self) -> String {
        let mut out = crate::demo::status::quote(&self.manager);
        if !self.subresource.is_empty() {
            out.push_str(" with subresource ");
            out.push_str(&crate::demo::status::quote(&self.subresource));
        }
        if !self.applied {
            out.push_str(" using ");
            out.push_str(&self.api_version);
        }
        out
    }

    /// Same writer, same way.
    pub fn is(&self, manager: &str, applied: bool, subresource: &str) -> bool {
        self.manager == manager && self.applied == applied && self.subresource == subresource
    }

    fn write(&self) -> Value {
        let mut out = json!({
            "manager": self.manager, "operation": if self.applied { "Apply" } else { "Update" },
            "apiVersion": self.api_version, "time": self.time, "fieldsType": "FieldsV1", "fieldsV1": self.set.write()
        });
        if !self.subresource.is_empty() {
            out["subresource"] = self.subresource.as_str().into();
        }
        out
    }
}

/// Reads the entries of an object.
pub fn read(object: &Value) -> Vec<Entry> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let text = |v: &Value, key: &str| v[key].as_str().unwrap_or_default().to_owned();
    list.into_iter()
        .flatten()
        .map(|v| Entry {
            manager: text(v, "manager"),
            applied: v["operation"] == "Apply",
            api_version: text(v, "apiVersion"),
            subresource: text(v, "subresource"),
            time: text(v, "time"),
            set: Set::read(&v["fieldsV1"]),
        })
        .collect()
}

/// Writes the entries that still own something, appliers first, then by time.
pub fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|e| !e.set.is_empty());
    merge_surplus(&mut entries);
    entries
        .sort_by(|a, b| b.applied.cmp(&a.applied).then(a.time.cmp(&b.time)).then(a.manager.cmp(&b.manager)));
    let list: Vec<Value> = entries.iter().map(Entry::write).collect();
    if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        if list.is_empty() {
            meta.remove("managedFields");
        } else {
            meta.insert("managedFields".into(), list.into());
        }
    }
}

fn merge_surplus(entries: &mut Vec<Entry>) {
    while entries.iter().filter(|e| !e.applied).count() > MAX_UPDATERS {
        let mut updaters: Vec<usize> =
            (0..entries.len()).filter(|i| !entries.get(*i).is_some_and(|e| e.applied)).collect();
        updaters.sort_by(|a, b| entries.get(*a).map(|e| &e.time).cmp(&entries.get(*b).map(|e| &e.time)));
        let [first, second, ..] = updaters.as_slice() else {
            return;
        };
        let (keep, drop) = (*first.min(second), *first.max(second));
        let gone = entries.remove(drop);
        if let Some(kept) = entries.get_mut(keep) {
            "ancient-changes".clone_into(&mut kept.manager);
            kept.subresource.clear();
            kept.set.add(&gone.set);
            kept.time = gone.time.max(std::mem::take(&mut kept.time));
        }
    }
}
