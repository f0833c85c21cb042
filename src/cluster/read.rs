//! Reading, live: what is decided on is read now, not remembered.

use super::paths::{escape, get, group, list, object, query};
use super::wire::Limits;
use super::{Cluster, decode, status};
use crate::domain::{
    ClusterEvent, Fault, FaultKind, Kind, Namespace, ObjectKey, Observed, ReplicaSet, Uid, clean,
};
use bytes::Bytes;
use http::Request;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::time::{Duration, Instant};

/// Pages read before a list is called endless: 100,000 objects.
const MOST_PAGES: usize = 200;

/// Slims one object of a list.
type Slim = fn(&Value) -> Result<ReplicaSet, Fault>;

impl Cluster {
    /// The object as the server has it now, whole.
    ///
    /// # Errors
    /// Not there, not allowed, or no answer.
    pub async fn read(&self, key: &ObjectKey) -> Result<Value, Fault> {
        self.wire.json(&format!("read {key}"), get(&object(key))?).await
    }

    /// The same as the bytes of its answer: who looks often parses only what
    /// has changed.
    ///
    /// # Errors
    /// Not there, not allowed, or no answer.
    pub async fn read_bytes(&self, key: &ObjectKey) -> Result<Bytes, Fault> {
        self.wire.body(&format!("read {key}"), get(&object(key))?, Limits::ONE).await
    }

    /// Those bytes, parsed.
    ///
    /// # Errors
    /// They are no JSON.
    pub fn parse(&self, key: &ObjectKey, body: &Bytes) -> Result<Value, Fault> {
        let wrong = |error| status::not_json(&format!("read {key}"), body, &error, &self.wire.site);
        serde_json::from_slice(body).map_err(wrong)
    }

    /// The revisions of a Deployment, StatefulSet or DaemonSet, newest first:
    /// slimmed and whole.
    ///
    /// # Errors
    /// The object is not there or has another identity; no answer.
    pub async fn revisions(&self, key: &ObjectKey, uid: &Uid) -> Result<Vec<(ReplicaSet, Value)>, Fault> {
        let owner = self.read(key).await?;
        let found = owner.pointer("/metadata/uid").and_then(Value::as_str).unwrap_or_default();
        if found != uid.as_str() {
            let text = format!(
                "{key} was re-created: it is another object now ({} before, {} now)",
                uid,
                clean(found)
            );
            return Err(Fault::new(FaultKind::Conflict, text).hint("look at the new one, then decide again"));
        }
        let selector = selector(owner.pointer("/spec/selector").unwrap_or(&Value::Null));
        let (kind, slim): (_, Slim) = if key.kind == Kind::Deployment {
            (Kind::ReplicaSet, decode::decode_replica_set)
        } else {
            (Kind::ControllerRevision, decode::decode_controller_revision)
        };
        let path = list(kind, Some(&key.namespace));
        let items = self
            .list_all(&format!("list revisions of {key}"), &path, &[("labelSelector", &selector)])
            .await?;
        let mut revisions: Vec<_> = items
            .into_iter()
            .filter_map(|item| slim(&item).ok().map(|slim| (slim, item)))
            .filter(|(slim, _)| slim.owner.as_ref() == Some(uid))
            .collect();
        revisions.sort_by_key(|(slim, _)| std::cmp::Reverse((slim.revision, slim.created)));
        Ok(revisions)
    }

    /// Events about the object with this identity, newest first.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn events_for(&self, key: &ObjectKey, uid: &Uid) -> Result<Vec<ClusterEvent>, Fault> {
        self.events_in(Some(&key.namespace), &format!("list events about {key}"), uid).await
    }

    /// The same in one namespace, or for what is in none in all of them.
    pub(super) async fn events_in(
        &self,
        namespace: Option<&Namespace>,
        asked: &str,
        uid: &Uid,
    ) -> Result<Vec<ClusterEvent>, Fault> {
        let field = format!("involvedObject.uid={uid}");
        let pairs = [("fieldSelector", field.as_str()), ("limit", "500")];
        let path = format!("{}{}", list(Kind::Event, namespace), query(&pairs));
        let body = self.wire.body(asked, get(&path)?, Limits::PAGE).await?;
        let page = decode::page(Kind::Event, &body, &mut decode::Interner::default());
        let page = page.map_err(|error| status::not_json(asked, &body, &error, &self.wire.site))?;
        let events = page
            .seen
            .into_iter()
            .filter_map(|seen| if let Observed::Event(event) = seen { Some(event) } else { None });
        let mut events: Vec<_> = events.filter(|event| event.about == *uid).collect();
        events.sort_by_key(|event| std::cmp::Reverse(event.last));
        Ok(events)
    }

    /// How long the server takes to answer.
    ///
    /// # Errors
    /// It does not, or refuses our credentials.
    pub async fn ping(&self) -> Result<Duration, Fault> {
        let start = Instant::now();
        let _version = self.server_version().await?;
        Ok(start.elapsed())
    }

    /// The server's version: `v1.36.1`.
    ///
    /// # Errors
    /// No answer, or not from an API server.
    pub async fn server_version(&self) -> Result<String, Fault> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Version {
            git_version: String,
        }
        let version: Version = self.wire.json("ask for the version", get("/version")?).await?;
        Ok(clean(&version.git_version))
    }

    /// The objects of a kind selected by labels, whole; all without labels.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn select(&self, kind: Kind, namespace: &Namespace, labels: &str) -> Result<Vec<Value>, Fault> {
        let with = if labels.is_empty() { String::new() } else { format!(" with {labels}") };
        let asked = format!("list {}{with}", kind.plural());
        self.list_all(&asked, &list(kind, Some(namespace)), &[("labelSelector", labels)]).await
    }

    /// The objects of a kind in a namespace, whole; none if the server has no
    /// such kind. That is asked first, of the discovery everybody may read: a
    /// server refuses to list what it does not have to whoever has no right to.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn every(&self, kind: Kind, namespace: &Namespace) -> Result<Option<Vec<Value>>, Fault> {
        let asked = format!("list {}", kind.plural());
        let known: Value = match self.wire.json(&asked, get(&group(kind))?).await {
            Ok(known) => known,
            Err(fault) if fault.kind == FaultKind::NotFound => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let mut names = known.get("resources").and_then(Value::as_array).into_iter().flatten();
        if !names.any(|one| one.get("name").and_then(Value::as_str) == Some(kind.plural())) {
            return Ok(None);
        }
        self.list_all(&asked, &list(kind, Some(namespace)), &[]).await.map(Some)
    }

    /// The objects of a kind the console does not know by name, whole:
    /// `("policy/v1", "poddisruptionbudgets")`.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn others(&self, api: &str, plural: &str, namespace: &Namespace) -> Result<Vec<Value>, Fault> {
        let root = if api.contains('/') { "apis" } else { "api" };
        let path = format!("/{root}/{api}/namespaces/{}/{plural}", escape(namespace.as_str()));
        self.list_all(&format!("list {plural}"), &path, &[]).await
    }

    /// Every object of a list, page by page.
    pub(super) async fn list_all(
        &self,
        asked: &str,
        path: &str,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Value>, Fault> {
        self.pages(asked, |page| get(&format!("{path}{}", query(&[pairs, page].concat()))), "100").await
    }

    /// The items of every page of a list; `ask` makes the request for one, given
    /// its part of the query.
    ///
    /// # Errors
    /// Not allowed, no answer, no list, or one that does not end.
    pub(super) async fn pages<T: DeserializeOwned>(
        &self,
        asked: &str,
        ask: impl Fn(&[(&str, &str)]) -> Result<Request<Vec<u8>>, Fault>,
        limit: &str,
    ) -> Result<Vec<T>, Fault> {
        let (mut items, mut next) = (Vec::new(), String::new());
        for _ in 0..MOST_PAGES {
            let pairs = [("limit", limit), ("continue", &next)];
            let request = ask(if next.is_empty() { &pairs[..1] } else { &pairs[..] })?;
            let body = self.wire.body(asked, request, Limits::PAGE).await?;
            let page: Page<T> = serde_json::from_slice(&body)
                .map_err(|error| status::not_json(asked, &body, &error, &self.wire.site))?;
            items.extend(page.items.into_iter().flatten());
            next = page.metadata.r#continue;
            if next.is_empty() {
                return Ok(items);
            }
        }
        Err(Fault::new(FaultKind::Server, format!("cannot {asked}: the list does not end")))
    }
}

/// One page of a list.
#[derive(Deserialize)]
struct Page<T> {
    #[serde(default)]
    metadata: Rest,
    /// Of an empty list of metadata a real server says `null`.
    items: Option<Vec<T>>,
}

/// Where the next page begins; empty after the last.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Rest {
    r#continue: String,
}

/// A label selector as a query: `app=web,tier in (a,b),!legacy`.
pub(super) fn selector(value: &Value) -> String {
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let labels = value.get("matchLabels").and_then(Value::as_object);
    let equal = labels
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()));
    let rules = value.get("matchExpressions").and_then(Value::as_array);
    let rules = rules.into_iter().flatten().map(|rule| {
        let values = rule.get("values").and_then(Value::as_array);
        let values: Vec<_> = values.into_iter().flatten().filter_map(Value::as_str).collect();
        let (key, values) = (text(rule, "key"), values.join(","));
        match text(rule, "operator").as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "DoesNotExist" => format!("!{key}"),
            _ => key,
        }
    });
    equal.chain(rules).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_read_as_the_server_wants_them() {
        let value = json!({
            "matchLabels": {"app": "web"},
            "matchExpressions": [
                {"key": "tier", "operator": "In", "values": ["a", "b"]},
                {"key": "x", "operator": "NotIn", "values": ["c"]},
                {"key": "y", "operator": "Exists"},
                {"key": "z", "operator": "DoesNotExist"},
            ],
        });
        assert_eq!(selector(&value), "app=web,tier in (a,b),x notin (c),y,!z");
        assert_eq!(selector(&Value::Null), "");
    }
}
