//! The heartbeat of whoever drives a delivery, and its words for kubectl users.
//!
//! A Lease is nobody's object but the driver's, and an Event changes nothing:
//! both are written without a permit. They say that somebody is at work; what
//! keeps two from writing is in `engine::record`.

use super::paths::{escape, finish, get, post};
use super::wire::Limits;
use super::{Cluster, status};
use crate::domain::{Fault, Name, Namespace, ObjectKey, ResourceVersion, Uid, clean};
use http::{Request, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::time::Duration;

/// A Lease as read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaseRead {
    /// Who holds it; empty for nobody.
    pub holder: String,
    /// `renewTime`, as written.
    pub renewed: String,
    /// How long it holds.
    pub lasts: Duration,
    /// How long ago it was written, by the server's own clock, at the grain of
    /// a second; none if the server does not say.
    pub age: Option<Duration>,
    /// Its version, for [`Cluster::beat`].
    pub version: ResourceVersion,
}

/// Something to tell with an Event about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tell {
    /// About what.
    pub about: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// Whether it is a warning.
    pub warning: bool,
    /// One word: `CanaryStarted`.
    pub reason: &'static str,
    /// A sentence.
    pub message: String,
    /// When.
    pub at: Timestamp,
}

impl Cluster {
    /// The Lease of that name; none if there is none.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn lease(&self, namespace: &Namespace, name: &Name) -> Result<Option<LeaseRead>, Fault> {
        let path = format!("{}/{}", leases(namespace), escape(name.as_str()));
        let asked = format!("read the lease {name}");
        let answer = self.wire.call(&asked, get(&path)?, Limits::ONE).await.map_err(|error| error.fault)?;
        if answer.code == 404 {
            return Ok(None);
        }
        if !(200..300).contains(&answer.code) {
            return Err(status::of_answer(&asked, &answer, &self.wire.site));
        }
        let raw: Value = serde_json::from_slice(&answer.body)
            .map_err(|error| status::not_json(&asked, &answer.body, &error, &self.wire.site))?;
        let age = answer.date.as_deref().and_then(|date| age(&raw, date));
        Ok(Some(LeaseRead { age, ..read(&raw) }))
    }

    /// Takes or renews a Lease: made if `seen` is none, else replaced if it
    /// still is the version seen. An empty holder gives it up.
    ///
    /// # Errors
    /// Somebody else was faster ([`crate::domain::FaultKind::Conflict`]), not allowed, or no
    /// answer.
    pub async fn beat(
        &self,
        (namespace, name): (&Namespace, &Name),
        holder: &str,
        lasts: Duration,
        at: Timestamp,
        seen: Option<&LeaseRead>,
    ) -> Result<LeaseRead, Fault> {
        let mut metadata =
            json!({"name": name, "namespace": namespace, "labels": {"quarterdeck/lease": "true"}});
        if let (Some(seen), Some(metadata)) = (seen, metadata.as_object_mut()) {
            metadata.insert("resourceVersion".to_owned(), json!(seen.version));
        }
        // MicroTime: six digits, or the server refuses it.
        let at = at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
        let body = json!({
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata,
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": lasts.as_secs().max(1), "renewTime": at},
        });
        let asked = format!("hold the lease {name}");
        let path = leases(namespace);
        let request = if seen.is_some() {
            let builder = Request::put(format!("{path}/{}", escape(name.as_str())));
            let builder = builder.header(header::CONTENT_TYPE, "application/json");
            finish(builder, body.to_string().into_bytes())?
        } else {
            post(&path, &body)?
        };
        self.wire.json::<Value>(&asked, request).await.map(|raw| read(&raw))
    }

    /// Deletes a Lease nobody needs any more, if it still is the version seen.
    ///
    /// # Errors
    /// Somebody has written it since ([`crate::domain::FaultKind::Conflict`]), not allowed, or no answer.
    pub async fn end_beat(
        &self,
        (namespace, name): (&Namespace, &Name),
        seen: &LeaseRead,
    ) -> Result<(), Fault> {
        let asked = format!("delete the lease {name}");
        let body = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "preconditions": {"resourceVersion": seen.version},
        });
        let builder = Request::delete(format!("{}/{}", leases(namespace), escape(name.as_str())))
            .header(header::CONTENT_TYPE, "application/json");
        let request = finish(builder, body.to_string().into_bytes())?;
        let answer = self.wire.call(&asked, request, Limits::ONE).await.map_err(|error| error.fault)?;
        match answer.code {
            200..300 | 404 => Ok(()),
            _ => Err(status::of_answer(&asked, &answer, &self.wire.site)),
        }
    }

    /// Writes an Event.
    ///
    /// # Errors
    /// Not allowed, or no answer: a story less, nothing else.
    pub async fn tell(&self, tell: &Tell) -> Result<(), Fault> {
        let at = tell.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let namespace = &tell.about.namespace;
        let nanos = tell.at.as_nanosecond();
        let kind = tell.about.kind;
        let api = if kind.group().is_empty() {
            kind.version().to_owned()
        } else {
            format!("{}/{}", kind.group(), kind.version())
        };
        let body = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": {"name": format!("{}.{nanos:x}", tell.about.name), "namespace": namespace},
            "involvedObject": {
                "apiVersion": api, "kind": kind.name(), "namespace": namespace,
                "name": tell.about.name, "uid": tell.uid,
            },
            "reason": tell.reason, "message": tell.message.chars().take(1000).collect::<String>(),
            "type": if tell.warning { "Warning" } else { "Normal" },
            "firstTimestamp": at, "lastTimestamp": at, "count": 1,
            "source": {"component": "quarterdeck"}, "reportingComponent": "quarterdeck",
        });
        let path = format!("/api/v1/namespaces/{}/events", escape(namespace.as_str()));
        let request = post(&path, &body)?;
        self.wire.body("write an event", request, Limits::ONE).await.map(drop)
    }
}

/// From the newest write the server noted to its `Date`. `renewTime` would not
/// do: it is by the holder's clock, which may be hours from anybody's.
fn age(raw: &Value, date: &str) -> Option<Duration> {
    let now = jiff::fmt::rfc2822::parse(date).ok()?.timestamp();
    let writes = raw.pointer("/metadata/managedFields").and_then(Value::as_array)?.iter();
    let times = writes.filter_map(|write| write.get("time")?.as_str()?.parse::<Timestamp>().ok());
    Duration::try_from(now.duration_since(times.max()?)).ok()
}

fn leases(namespace: &Namespace) -> String {
    format!("/apis/coordination.k8s.io/v1/namespaces/{}/leases", escape(namespace.as_str()))
}

fn read(raw: &Value) -> LeaseRead {
    let text = |path: &str| raw.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let lasts = raw.pointer("/spec/leaseDurationSeconds").and_then(Value::as_u64).unwrap_or(30);
    LeaseRead {
        holder: clean(text("/spec/holderIdentity")),
        renewed: clean(text("/spec/renewTime")),
        lasts: Duration::from_secs(lasts),
        age: None,
        version: ResourceVersion::from(clean(text("/metadata/resourceVersion"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_a_lease_is_by_the_servers_clock() {
        let raw = json!({
            "metadata": {"managedFields": [
                {"manager": "other", "time": "2026-01-02T03:00:00Z"},
                {"manager": "quarterdeck", "time": "2026-01-02T03:04:05Z"},
            ]},
            "spec": {"renewTime": "1999-01-01T00:00:00.000000Z"},
        });
        let at = |date| age(&raw, date);
        assert_eq!(at("Fri, 02 Jan 2026 03:04:45 GMT"), Some(Duration::from_secs(40)));
        assert_eq!(at("Fri, 02 Jan 2026 03:04:04 GMT"), None, "two servers may differ");
        assert_eq!(at("yesterday"), None);
        assert_eq!(age(&json!({"metadata": {}}), "Fri, 02 Jan 2026 03:04:45 GMT"), None);
    }
}
