//! Sets of fields: the tree that `fieldsV1` writes.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// A set of paths. A step is `f:name`, `k:{"key":…}` or `v:value`, as in `fieldsV1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// The path that ends here is a member.
    pub member: bool,
    /// Members below.
    pub children: BTreeMap<String, Set>,
}

/// `fieldsV1` deeper than this is not read.
const MAX_DEPTH: usize = 64;

impl Set {
    /// Nothing in it.
    pub fn is_empty(&self) -> bool {
        !self.member && self.children.is_empty()
    }

    /// The subset below a step, made when absent.
    pub fn child(&mut self, step: &str) -> &mut Self {
        self.children.entry(step.to_owned()).or_default()
    }

    /// Reads `fieldsV1`.
    pub fn read(value: &Value) -> Self {
        Self::read_at(value, 0)
    }

    fn read_at(value: &Value, depth: usize) -> Self {
        let mut out = Self::default();
        for (step, below) in value.as_object().into_iter().flatten() {
            if step == "." {
                out.member = true;
            } else if depth < MAX_DEPTH {
                let mut child = Self::read_at(below, depth + 1);
                child.member |= child.children.is_empty();
                out.children.insert(step.clone(), child);
            }
        }
        out
    }

    /// Writes `fieldsV1`.
    pub fn write(&self) -> Value {
        let mut out = Map::new();
        if self.member && !self.children.is_empty() {
            out.insert(".".into(), Value::Object(Map::new()));
        }
        for (step, child) in &self.children {
            out.insert(step.clone(), child.write());
        }
        Value::Object(out)
    }

    /// Adds all members of another set.
    pub fn add(&mut self, other: &Self) {
        self.member |= other.member;
        for (step, child) in &other.children {
            self.child(step).add(child);
        }
    }

    /// Removes all members of another set.
    pub fn remove(&mut self, other: &Self) {
        self.member &= !other.member;
        for (step, gone) in &other.children {
            if let Some(child) = self.children.get_mut(step) {
                child.remove(gone);
                if child.is_empty() {
                    self.children.remove(step);
                }
            }
        }
    }

    /// Removes what is gone: with a container goes everything in it.
    pub fn remove_gone(&mut self, gone: &Self) {
        self.member &= !gone.member;
        for (step, below) in &gone.children {
            if below.member {
                self.children.remove(step);
            } else if let Some(child) = self.children.get_mut(step) {
                child.remove_gone(below);
                if child.is_empty() {
                    self.children.remove(step);
                }
            }
        }
    }

    /// Members of both.
    #[must_use]
    pub fn common(&self, other: &Self) -> Self {
        let mut out = Self { member: self.member && other.member, children: BTreeMap::new() };
        for (step, child) in &self.children {
            if let Some(theirs) = other.children.get(step) {
                let both = child.common(theirs);
                if !both.is_empty() {
                    out.children.insert(step.clone(), both);
                }
            }
        }
        out
    }

    /// Every member as messages write it: `.spec.containers[name="a"].image`.
    pub fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect("", &mut out);
        out
    }

    fn collect(&self, path: &str, out: &mut Vec<String>) {
        // Of each level first what ends there, then what goes on, as the real server iterates.
        for (step, _) in self.children.iter().filter(|(_, child)| child.member) {
            out.push(format!("{path}{}", shown(step)));
        }
        for (step, child) in self.children.iter().filter(|(_, child)| !child.children.is_empty()) {
            child.collect(&format!("{path}{}", shown(step)), out);
        }
    }
}

fn shown(step: &str) -> String {
    if let Some(name) = step.strip_prefix("f:") {
        return format!(".{name}");
    }
    if let Some(value) = step.strip_prefix("v:") {
        return format!("[={value}]");
    }
    let keys: Map<String, Value> =
        step.strip_prefix("k:").and_then(|k| serde_json::from_str(k).ok()).unwrap_or_default();
    let all: Vec<String> = keys.iter().map(|(k, v)| format!("{k}={v}")).collect();
    format!("[{}]", all.join(","))
}
