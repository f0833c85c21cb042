//! Events: told once, then counted, and forgotten after an hour.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::change::Note;
use super::key::resource;
use super::stamp::{Stamp, after, micro};

/// How long an event is kept after it last happened, as the API server's
/// default `--event-ttl`.
const KEEP_S: f64 = 3600.0;
/// Most series remembered; beyond it a repeated event starts a new one.
const MAX_SERIES: usize = 4096;

/// What identifies a series: everything but the time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Series {
    uid: String,
    field_path: String,
    reason: &'static str,
    message: String,
}

#[derive(Clone, Debug)]
struct Known {
    ns: String,
    name: String,
    count: u32,
    last: Timestamp,
}

/// What the recorder wants written.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A first occurrence.
    Create {
        /// Namespace.
        ns: String,
        /// The Event.
        body: Value,
    },
    /// It happened again.
    Count {
        /// Namespace.
        ns: String,
        /// Name of the Event.
        name: String,
        /// The merge patch.
        patch: Value,
    },
}

/// Remembers which events were told.
#[derive(Debug, Default)]
pub struct Recorder {
    known: HashMap<Series, Known>,
    ages: BTreeSet<(Timestamp, Series)>,
    told: u64,
}

impl Recorder {
    /// How to tell `note` at `now`.
    pub fn tell(&mut self, note: &Note, now: Timestamp) -> Write {
        let series = Series {
            uid: note.uid.clone(),
            field_path: note.field_path.clone(),
            reason: note.reason,
            message: note.message.clone(),
        };
        if let Some(known) = self.known.get_mut(&series) {
            known.count += note.times;
            self.ages.remove(&(known.last, series.clone()));
            known.last = now;
            self.ages.insert((now, series));
            let patch = json!({"count": known.count, "lastTimestamp": Stamp::new(now)});
            return Write::Count { ns: known.ns.clone(), name: known.name.clone(), patch };
        }
        self.told += 1;
        // The real suffix is the time in hexadecimal nanoseconds; the counter keeps it unique.
        let nanos = now.as_nanosecond().unsigned_abs() + u128::from(self.told);
        let name = format!("{}.{nanos:x}", note.about.name);
        let ns = if note.about.ns.is_empty() { "default".to_owned() } else { note.about.ns.to_string() };
        let body = event(note, &ns, &name, now);
        if self.known.len() >= MAX_SERIES
            && let Some((_, oldest)) = self.ages.pop_first()
        {
            self.known.remove(&oldest);
        }
        let known = Known { ns: ns.clone(), name, count: note.times, last: now };
        self.known.insert(series.clone(), known);
        self.ages.insert((now, series));
        Write::Create { ns, body }
    }

    /// Events to delete by `now`: (namespace, name).
    pub fn expired(&mut self, now: Timestamp) -> Vec<(String, String)> {
        let mut gone = Vec::new();
        while let Some((last, _)) = self.ages.first() {
            if after(*last, KEEP_S) > now {
                break;
            }
            if let Some((_, series)) = self.ages.pop_first()
                && let Some(known) = self.known.remove(&series)
            {
                gone.push((known.ns, known.name));
            }
        }
        gone
    }

    /// When the next event is to be forgotten.
    pub fn next(&self) -> Option<Timestamp> {
        self.ages.first().map(|(last, _)| after(*last, KEEP_S))
    }
}

fn event(note: &Note, ns: &str, name: &str, now: Timestamp) -> Value {
    let info = resource::find(&note.about.resource);
    let mut about = json!({
        "kind": info.map_or("", |i| i.kind),
        "apiVersion": info.map_or("v1", |i| i.api_version),
        "name": &*note.about.name,
        "uid": note.uid,
    });
    if !note.about.ns.is_empty() {
        about["namespace"] = (*note.about.ns).into();
    }
    if !note.field_path.is_empty() {
        about["fieldPath"] = note.field_path.clone().into();
    }
    let scheduled = note.from == "default-scheduler";
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": name, "namespace": ns},
        "involvedObject": about,
        "reason": note.reason,
        "message": note.message,
        "source": {"component": note.from},
        "type": if note.warning { "Warning" } else { "Normal" },
        "count": note.times,
        "firstTimestamp": Stamp::new(now),
        "lastTimestamp": Stamp::new(now),
        "eventTime": if scheduled { Value::from(micro(now)) } else { Value::Null },
        "reportingComponent": note.from,
        "reportingInstance": "",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::controllers::key::Key;

    #[test]
    fn repeated_events_are_counted_and_forgotten_after_an_hour() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut r = Recorder::default();
        let note =
            Note::warning(&Key::new("pods", "shop", "web-1"), "u1", "kubelet", "BackOff", "again".into());
        let Write::Create { ns, body } = r.tell(&note, now) else { panic!("the first is created") };
        assert_eq!((ns.as_str(), &body["count"], &body["type"]), ("shop", &json!(1), &json!("Warning")));
        let later = after(now, 60.0);
        let Write::Count { name, patch, .. } = r.tell(&Note { times: 4, ..note }, later) else {
            panic!("counted")
        };
        assert_eq!(body["metadata"]["name"], name);
        assert_eq!(patch, json!({"count": 5, "lastTimestamp": "2026-03-01T12:01:00Z"}));
        assert!(r.expired(after(now, 3601.0)).is_empty(), "it lives from its last time");
        assert_eq!(r.expired(after(later, 3600.0)), [("shop".to_owned(), name)]);
        assert_eq!(r.next(), None);
    }
}
