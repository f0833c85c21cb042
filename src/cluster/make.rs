//! Making and removing objects: one request, sent once, like every write.

use super::Cluster;
use super::paths::{escape, finish, list, object, query};
use super::status::of_answer;
use super::wire::{Answer, Limits};
use super::write::{MANAGER, applied, is_ambiguous, unknown};
use crate::domain::{
    Creation, Fault, FaultKind, Kind, Namespace, Permit, ResourceVersion, Target, Write, WriteOutcome,
};
use http::{Request, header};
use serde_json::{Value, json};

impl Cluster {
    /// Makes an object, once. "It exists already" is a refusal of kind
    /// [`FaultKind::Conflict`].
    pub async fn create(&self, permit: Permit, creation: &Creation) -> WriteOutcome {
        if let Err(fault) = self.leave(&permit, &Write::Create(creation.clone())) {
            return WriteOutcome::Refused(fault);
        }
        let asked = format!("create {}", creation.target.key);
        match creating(creation, false) {
            Ok(request) => self.send_once(&asked, request).await,
            Err(fault) => WriteOutcome::Refused(fault),
        }
    }

    /// What the server would make of a new object; nothing is stored.
    ///
    /// # Errors
    /// What creating it would fail with.
    pub async fn dry_create(&self, creation: &Creation) -> Result<Value, Fault> {
        let asked = format!("try to create {}", creation.target.key);
        self.wire.json(&asked, creating(creation, true)?).await
    }

    /// Removes the object with the target's uid, and what it owns, once. That
    /// it is gone already, or is another object by now, is success: nothing
    /// of ours is left.
    pub async fn delete(&self, permit: Permit, target: &Target) -> WriteOutcome {
        if let Err(fault) = self.leave(&permit, &Write::Delete { target: target.clone() }) {
            return WriteOutcome::Refused(fault);
        }
        let asked = format!("delete {}", target.key);
        let options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions",
            "propagationPolicy": "Background", "preconditions": {"uid": target.uid},
        });
        let builder = Request::delete(object(&target.key)).header(header::CONTENT_TYPE, "application/json");
        let request = match finish(builder, options.to_string().into_bytes()) {
            Ok(request) => request,
            Err(fault) => return WriteOutcome::Refused(fault),
        };
        match self.wire.call(&asked, request, Limits::WRITE).await {
            Ok(answer) if matches!(answer.code, 200..300 | 404 | 409) => {
                WriteOutcome::Applied { resource_version: ResourceVersion::default(), generation: 0 }
            }
            Ok(answer) => self.said_no(&asked, &answer),
            Err(error) if error.maybe_sent => WriteOutcome::Unknown(unknown(&error.fault)),
            Err(error) => WriteOutcome::Refused(error.fault),
        }
    }

    /// The objects of a kind selected by labels, whole.
    ///
    /// # Errors
    /// Not allowed, or no answer.
    pub async fn select(&self, kind: Kind, namespace: &Namespace, labels: &str) -> Result<Vec<Value>, Fault> {
        let asked = format!("list {} with {labels}", kind.plural());
        self.list_all(&asked, &list(kind, Some(namespace)), &[("labelSelector", labels)]).await
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

    async fn send_once(&self, asked: &str, request: Request<Vec<u8>>) -> WriteOutcome {
        match self.wire.call(asked, request, Limits::WRITE).await {
            Ok(answer) if (200..300).contains(&answer.code) => applied(asked, &answer, self),
            Ok(answer) => self.said_no(asked, &answer),
            Err(error) if error.maybe_sent => WriteOutcome::Unknown(unknown(&error.fault)),
            Err(error) => WriteOutcome::Refused(error.fault),
        }
    }

    fn said_no(&self, asked: &str, answer: &Answer) -> WriteOutcome {
        let fault = of_answer(asked, answer, &self.wire.site);
        if is_ambiguous(answer) {
            return WriteOutcome::Unknown(unknown(&fault));
        }
        WriteOutcome::Refused(fault)
    }

    /// The permit must be for this write, the target in this cluster.
    fn leave(&self, permit: &Permit, write: &Write) -> Result<(), Fault> {
        if permit.digest() != write.digest() {
            let text = "the change is not the one that was confirmed: nothing was sent";
            return Err(Fault::new(FaultKind::Internal, text));
        }
        let (target, site) = (write.target(), &self.wire.site);
        if target.context == site.context && target.cluster == site.url {
            return Ok(());
        }
        let text = format!(
            "the target is in {} ({}), this connection is to {} ({}): nothing was sent",
            target.context, target.cluster, site.context, site.url
        );
        Err(Fault::new(FaultKind::Refused, text).hint("choose the target again here"))
    }
}

fn creating(creation: &Creation, dry: bool) -> Result<Request<Vec<u8>>, Fault> {
    let key = &creation.target.key;
    let mut pairs = vec![("fieldManager", MANAGER), ("fieldValidation", "Strict")];
    if dry {
        pairs.push(("dryRun", "All"));
    }
    let path = format!("{}{}", list(key.kind, Some(&key.namespace)), query(&pairs));
    let body = creation.body.to_string().into_bytes();
    finish(Request::post(path).header(header::CONTENT_TYPE, "application/json"), body)
}
