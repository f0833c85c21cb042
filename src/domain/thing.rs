//! Any object of any kind, told to a person.

use super::{ClusterEvent, Fault, Going, Now, Resource, Severity, clean, finalizer_words, short_duration};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

/// An object of any kind, as it was read once. What must not be shown is masked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thing {
    /// What kind it is.
    pub resource: Resource,
    /// The object.
    pub object: Value,
    /// Events about it, newest first.
    pub events: Vec<ClusterEvent>,
    /// Why its events could not be read.
    pub events_fault: Option<Fault>,
}

/// A line of what is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    /// A heading.
    Heading(String),
    /// A name and its value.
    Fact(String, String),
    /// A line of text.
    Text(String),
    /// A line about something that is wrong.
    Bad(String),
}

/// Lines of one field of the object that are told; YAML has them all.
const MOST_LINES: usize = 200;

impl Thing {
    fn text(&self, pointer: &str) -> String {
        self.object.pointer(pointer).and_then(Value::as_str).map(clean).unwrap_or_default()
    }

    /// `Widget shop/w1`
    pub fn title(&self) -> String {
        let (namespace, name) = (self.text("/metadata/namespace"), self.text("/metadata/name"));
        let slash = if namespace.is_empty() { "" } else { "/" };
        format!("{} {namespace}{slash}{name}", clean(&self.resource.kind))
    }

    /// The object without who owns which field, as YAML; every line is safe for
    /// a terminal.
    pub fn yaml(&self) -> String {
        let mut object = self.object.clone();
        if let Some(meta) = object.pointer_mut("/metadata").and_then(Value::as_object_mut) {
            meta.remove("managedFields");
        }
        yaml(&object).iter().flat_map(|line| [line.as_str(), "\n"]).collect()
    }

    /// Everything known about it: what it is, its conditions, its fields, its events.
    pub fn told(&self, now: Now) -> Vec<Told> {
        let mut lines = vec![Told::Heading(clean(&self.resource.kind))];
        self.tell_what_it_is(now, &mut lines);
        self.tell_conditions(now, &mut lines);
        for (key, value) in self.object.as_object().into_iter().flatten() {
            if !matches!(key.as_str(), "apiVersion" | "kind" | "metadata") {
                tell_field(key, value, &mut lines);
            }
        }
        self.tell_events(now, &mut lines);
        lines
    }

    fn tell_what_it_is(&self, now: Now, lines: &mut Vec<Told>) {
        let mut fact = |name: &str, value: String| {
            if !value.is_empty() {
                lines.push(Told::Fact(name.to_owned(), value));
            }
        };
        fact("name", self.text("/metadata/name"));
        fact("namespace", self.text("/metadata/namespace"));
        fact("served as", clean(&format!("{}, {}", self.resource.full_name(), self.resource.api_version())));
        fact("age", age(&self.text("/metadata/creationTimestamp"), now));
        let finalizers = array(&self.object, "/metadata/finalizers").iter().filter_map(Value::as_str);
        let finalizers: Vec<String> = finalizers.map(clean).collect();
        if let Ok(end) = self.text("/metadata/deletionTimestamp").parse() {
            let grace = self.object.pointer("/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64);
            let going = Going::new(Some(end), grace.unwrap_or(0), finalizers.clone());
            let since = going.since.map_or_else(String::new, |at| short_duration(now.since(at)));
            fact("deleted", format!("asked for {since} ago, and still there"));
        }
        for owner in array(&self.object, "/metadata/ownerReferences") {
            let word = |key: &str| owner.get(key).and_then(Value::as_str).map(clean).unwrap_or_default();
            fact("belongs to", format!("{} {}", word("kind"), word("name")));
        }
        for (name, pointer) in [("label", "/metadata/labels"), ("annotation", "/metadata/annotations")] {
            let pairs = self.object.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
            for (key, value) in pairs {
                fact(name, clean(&format!("{key}={}", value.as_str().unwrap_or_default())));
            }
        }
        for finalizer in &finalizers {
            fact("finalizer", finalizer_words(finalizer));
        }
        fact("uid", self.text("/metadata/uid"));
    }

    fn tell_conditions(&self, now: Now, lines: &mut Vec<Told>) {
        let conditions = array(&self.object, "/status/conditions");
        if conditions.is_empty() {
            return;
        }
        lines.push(Told::Heading("Conditions".to_owned()));
        for condition in conditions {
            let word = |key: &str| condition.get(key).and_then(Value::as_str).map(clean).unwrap_or_default();
            let since = age(&word("lastTransitionTime"), now);
            let since = if since.is_empty() { since } else { format!("for {since}") };
            let parts = [word("status"), since, word("reason"), word("message")];
            let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            lines.push(Told::Fact(word("type"), parts.join(", ")));
        }
    }

    fn tell_events(&self, now: Now, lines: &mut Vec<Told>) {
        lines.push(Told::Heading("Events".to_owned()));
        if let Some(fault) = &self.events_fault {
            lines.push(Told::Bad(fault.text.clone()));
        } else if self.events.is_empty() {
            lines.push(Told::Text("none kept: the cluster forgets them after an hour".to_owned()));
        }
        for event in &self.events {
            let age = event.last.map_or_else(|| "—".to_owned(), |at| short_duration(now.since(at)));
            let times = if event.count > 1 { format!(" ×{}", event.count) } else { String::new() };
            let text = format!("{age:>4}  {}{times}  {}", event.reason, event.message);
            lines.push(if event.severity == Severity::Warning { Told::Bad(text) } else { Told::Text(text) });
        }
    }
}

fn array<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// How long ago a time was; empty if there is none.
fn age(text: &str, now: Now) -> String {
    text.parse::<Timestamp>().map(|at| short_duration(now.since(at))).unwrap_or_default()
}

fn tell_field(key: &str, value: &Value, lines: &mut Vec<Told>) {
    let mut value = value.clone();
    if key == "status"
        && let Some(fields) = value.as_object_mut()
    {
        // They are told by themselves.
        fields.remove("conditions");
    }
    let nothing = match &value {
        Value::Null => true,
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    };
    if nothing {
        return;
    }
    lines.push(Told::Heading(clean(key)));
    let text = yaml(&value);
    let more = text.len().saturating_sub(MOST_LINES);
    lines.extend(text.into_iter().take(MOST_LINES).map(Told::Text));
    if more > 0 {
        lines.push(Told::Text(format!("… {more} more lines: YAML has them")));
    }
}

/// The lines of a value, safe for a terminal.
fn yaml(value: &Value) -> Vec<String> {
    match serde_saphyr::to_string(value) {
        Ok(text) => text.lines().map(clean).collect(),
        Err(error) => vec![format!("cannot be written: {error}")],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::time::Duration;

    fn thing(object: Value) -> Thing {
        Thing { resource: Resource::widgets(), object, events: Vec::new(), events_fault: None }
    }

    #[test]
    fn conditions_fields_and_who_it_belongs_to_are_told() {
        let now = Now { wall: "2026-11-21T03:00:00Z".parse().unwrap(), boot: Duration::ZERO };
        let told = thing(json!({
            "metadata": {"name": "w1", "namespace": "shop", "creationTimestamp": "2026-11-21T01:00:00Z",
                "deletionTimestamp": "2026-11-21T03:00:20Z", "deletionGracePeriodSeconds": 80, "finalizers": ["orphan"],
                "labels": {"team": "pay"}, "ownerReferences": [{"kind": "Shop", "name": "s"}]},
            "spec": {"size": 3, "note": "a\u{1b}[31mb"},
            "status": {"phase": "Ready", "conditions": [{"type": "Ready", "status": "False",
                "reason": "NoDisk", "message": "no disk", "lastTransitionTime": "2026-11-21T02:30:00Z"}]},
        }))
        .told(now);
        let fact = |name: &str, value: &str| Told::Fact(name.to_owned(), value.to_owned());
        for line in [
            fact("served as", "widgets.example.com, example.com/v1"),
            fact("age", "2h"),
            fact("belongs to", "Shop s"),
            fact("label", "team=pay"),
            fact("deleted", "asked for 1m ago, and still there"),
            fact("finalizer", "orphan (goes when what it owns has been let go)"),
            fact("Ready", "False, for 30m, NoDisk, no disk"),
            Told::Heading("spec".to_owned()),
            Told::Text("size: 3".to_owned()),
            Told::Text("phase: Ready".to_owned()),
            Told::Text("none kept: the cluster forgets them after an hour".to_owned()),
        ] {
            assert!(told.contains(&line), "{line:?} in {told:#?}");
        }
        let all = format!("{told:?}");
        assert!(!all.contains('\u{1b}') && !all.contains("conditions"), "{all}");
    }

    #[test]
    fn yaml_is_without_managers_and_bounded_when_told() {
        let lines: Vec<u32> = (0..500).collect();
        let big =
            thing(json!({"metadata": {"name": "w", "managedFields": [{"manager": "helm"}]}, "spec": lines}));
        assert!(!big.yaml().contains("helm") && big.yaml().contains("- 499"));
        let told = big.told(Now { wall: Timestamp::UNIX_EPOCH, boot: Duration::ZERO });
        assert!(told.contains(&Told::Text("… 300 more lines: YAML has them".to_owned())), "{told:?}");
    }
}
