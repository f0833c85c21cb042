//! The heartbeat of whoever drives a delivery, and its words for kubectl users.
//!
//! A Lease is nobody's object but the driver's, and an Event changes nothing:
//! both are written without a permit. They say that somebody is at work; what
//! keeps two from writing is in `engine::record`.

use super::Cluster;
use super::paths::{escape, finish, get, post};
use super::wire::Limits;
use crate::domain::{Fault, FaultKind, Name, Namespace, ObjectKey, ResourceVersion, Uid, clean};
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
        match self.wire.json::<Value>(&format!("read the lease {name}"), get(&path)?).await {
            Ok(raw) => Ok(Some(read(&raw))),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Takes or renews a Lease: made if `seen` is none, else replaced if it
    /// still is the version seen. An empty holder gives it up.
    ///
    /// # Errors
    /// Somebody else was faster ([`FaultKind::Conflict`]), not allowed, or no
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
        version: ResourceVersion::from(clean(text("/metadata/resourceVersion"))),
    }
}
