//! Writing: one request, sent once, and an honest word about what came of it.

use super::moved::{covers, in_words, moved};
use super::paths::{finish, list, object, query};
use super::status::{of_answer, refusal};
use super::wire::{Answer, Limits};
use super::{Cluster, heads, status};
use crate::domain::{
    Fault, FaultKind, How, JsonOp, Kind, Mutation, ObjectKey, Permit, ResourceVersion, WriteOutcome, clean,
};
use http::{Request, header};
use serde_json::{Value, json};

/// Who the server says wrote the fields.
pub(super) const MANAGER: &str = "quarterdeck";
const UID: &str = "/metadata/uid";

/// Words by which a server says that a request may still be under way, or was
/// when the answer had to be given (etcd and request timeouts, cut upstreams).
const MAYBE_DONE: [&str; 7] =
    ["timeout", "timed out", "deadline exceeded", "etcdserver", "disconnect", "reset", "panic"];

impl Cluster {
    /// What the server would make of `mutation`: the object after it, with
    /// defaults and admission applied, nothing stored.
    ///
    /// # Errors
    /// What the write itself would fail with; a failed test as what moved.
    pub async fn dry_run(&self, mutation: &Mutation) -> Result<Value, Fault> {
        self.dry_run_with_warnings(mutation).await.map(|(after, _warnings)| after)
    }

    /// The same, with what the server warned of: deprecated fields and versions,
    /// what a policy would refuse elsewhere.
    ///
    /// # Errors
    /// As [`Cluster::dry_run`].
    pub async fn dry_run_with_warnings(&self, mutation: &Mutation) -> Result<(Value, Vec<String>), Fault> {
        self.right_target(mutation)?;
        let asked = format!("try to {}", asked(mutation));
        let answer = self.wire.call(&asked, request(mutation, true)?, Limits::WRITE).await;
        let answer = answer.map_err(|error| error.fault)?;
        if !(200..300).contains(&answer.code) {
            return Err(self.refused(&asked, mutation, &answer).await);
        }
        let json = serde_json::from_slice(&answer.body);
        let json = json.map_err(|error| status::not_json(&asked, &answer.body, &error, &self.wire.site))?;
        Ok((json, answer.warnings))
    }

    /// Carries out `mutation`, once. Nothing is ever sent a second time: where
    /// it is not certain what happened, the outcome is unknown and
    /// [`Cluster::took_effect`] looks.
    pub async fn write(&self, permit: Permit, mutation: &Mutation) -> WriteOutcome {
        if permit.digest() != mutation.digest() {
            let text = "the change is not the one that was confirmed: nothing was sent";
            return WriteOutcome::Refused(Fault::new(FaultKind::Internal, text));
        }
        if let Err(fault) = self.right_target(mutation) {
            return WriteOutcome::Refused(fault);
        }
        let asked = asked(mutation);
        let request = match request(mutation, false) {
            Ok(request) => request,
            Err(fault) => return WriteOutcome::Refused(fault),
        };
        match self.wire.call(&asked, request, Limits::WRITE).await {
            Ok(answer) if (200..300).contains(&answer.code) && mutation.takes_away() => taken(),
            Ok(answer) if (200..300).contains(&answer.code) => applied(&asked, &answer, self),
            Ok(answer) if is_ambiguous(&answer) => {
                WriteOutcome::Unknown(unknown(&of_answer(&asked, &answer, &self.wire.site)))
            }
            Ok(answer) => WriteOutcome::Refused(self.refused(&asked, mutation, &answer).await),
            Err(error) if error.maybe_sent => WriteOutcome::Unknown(unknown(&error.fault)),
            Err(error) => WriteOutcome::Refused(error.fault),
        }
    }

    /// Whether what `mutation` asks for is there now: the answer to an unknown
    /// outcome. `Some(true)`: the object has every value; `Some(false)`: its
    /// tests still hold, so nothing was written; none: neither, somebody else
    /// wrote as well. Of what is created only whether it is there can be seen.
    ///
    /// # Errors
    /// The object cannot be read: still unknown.
    pub async fn took_effect(&self, mutation: &Mutation) -> Result<Option<bool>, Fault> {
        if let How::Create(body) = &mutation.how
            && mutation.makes_target()
        {
            return self.is_there(body).await.map(Some);
        }
        let live = match self.read(&mutation.target.key).await {
            Err(fault) if fault.kind == FaultKind::NotFound && mutation.takes_away() => {
                return Ok(Some(true));
            }
            read => read?,
        };
        if live.pointer(UID).and_then(Value::as_str) != Some(mutation.target.uid.as_str()) {
            return Ok(None);
        }
        let changed = mutation.ops.iter().all(|op| match op {
            JsonOp::Test { .. } => true,
            JsonOp::Remove { path } => live.pointer(path).is_none(),
            JsonOp::Add { path, value } | JsonOp::Replace { path, value } => {
                covers(live.pointer(path), value)
            }
        });
        let changed = match &mutation.how {
            How::Patch => changed,
            How::Delete | How::Evict => live.pointer("/metadata/deletionTimestamp").is_some(),
            How::Create(body) => self.is_there(body).await?,
        };
        let untouched = moved(mutation, &live).is_empty();
        Ok(match (changed, untouched) {
            (true, _) => Some(true),
            (false, true) => Some(false),
            (false, false) => None,
        })
    }

    /// Whether the object `body` describes exists.
    async fn is_there(&self, body: &Value) -> Result<bool, Fault> {
        match self.read(&created(body)?).await {
            Ok(_there) => Ok(true),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// The target must be of this connection, and its identity must be tested;
    /// what is made must be the target.
    fn right_target(&self, mutation: &Mutation) -> Result<(), Fault> {
        let target = &mutation.target;
        let site = &self.wire.site;
        if target.context != site.context || target.cluster != site.url {
            let text = format!(
                "the target is in {} ({}), this connection is to {} ({}): nothing was sent",
                target.context, target.cluster, site.context, site.url
            );
            return Err(Fault::new(FaultKind::Refused, text).hint("choose the target again here"));
        }
        if let How::Create(body) = &mutation.how
            && mutation.makes_target()
        {
            let made = created(body)?;
            if made == target.key {
                return Ok(());
            }
            let text = format!("the new object is {made}, the target {}: nothing was sent", target.key);
            return Err(Fault::new(FaultKind::Internal, text));
        }
        let first = mutation.ops.first();
        let tested = matches!(first, Some(JsonOp::Test { path, value })
            if path == UID && value.as_str() == Some(target.uid.as_str()));
        if tested && !target.uid.is_empty() {
            return Ok(());
        }
        let text =
            format!("the change of {} does not begin with a test of its uid: nothing was sent", target.key);
        Err(Fault::new(FaultKind::Internal, text))
    }

    /// Why the server said no. A failed test comes back as 422 like any other
    /// refusal: the object is read again to say which value moved.
    async fn refused(&self, asked: &str, mutation: &Mutation, answer: &Answer) -> Fault {
        let fault = of_answer(asked, answer, &self.wire.site);
        if !matches!(answer.code, 409 | 422) {
            return fault;
        }
        let Ok(live) = self.read(&mutation.target.key).await else { return fault };
        let moved = moved(mutation, &live);
        let Some((first, ..)) = moved.first() else { return fault };
        let key = &mutation.target.key;
        let text = if *first == UID {
            format!("{key} was deleted and re-created: it is another object now")
        } else {
            format!("{key} changed in the meantime: {}", in_words(&moved))
        };
        Fault::new(FaultKind::Conflict, text).hint("look at it again, then decide again")
    }
}

/// What is asked, to put behind "cannot": `delete Deployment shop/checkout`.
fn asked(mutation: &Mutation) -> String {
    let made = match &mutation.how {
        How::Create(body) => created(body).ok(),
        How::Patch | How::Delete | How::Evict => None,
    };
    format!("{} {}", mutation.how.word(), made.as_ref().unwrap_or(&mutation.target.key))
}

/// The one request of a mutation.
fn request(mutation: &Mutation, dry: bool) -> Result<Request<Vec<u8>>, Fault> {
    let target = &mutation.target;
    let mut pairs = vec![("fieldManager", MANAGER), ("fieldValidation", "Strict")];
    let dry_pair = dry.then_some(("dryRun", "All"));
    pairs.extend(dry_pair);
    let dry_run = if dry { json!(["All"]) } else { json!([]) };
    let options = json!({
        "apiVersion": "v1", "kind": "DeleteOptions", "dryRun": dry_run,
        "preconditions": {"uid": target.uid.as_str()},
        "propagationPolicy": "Background",
    });
    let path = object(&target.key);
    let (builder, kind, body) = match &mutation.how {
        How::Patch => {
            let builder = Request::patch(format!("{path}{}", query(&pairs)));
            // Of what was written only the version is wanted; of what would be, all.
            let builder = if dry { builder } else { builder.header(header::ACCEPT, heads::ONE) };
            (builder, "application/json-patch+json", serde_json::to_vec(&mutation.ops))
        }
        How::Delete => (Request::delete(path), "application/json", serde_json::to_vec(&options)),
        How::Evict => {
            let body = json!({
                "apiVersion": "policy/v1", "kind": "Eviction", "deleteOptions": options,
                "metadata": {"name": target.key.name, "namespace": target.key.namespace},
            });
            let dry: Vec<_> = dry_pair.into_iter().collect();
            let builder = Request::post(format!("{path}/eviction{}", query(&dry)));
            (builder, "application/json", serde_json::to_vec(&body))
        }
        How::Create(body) => {
            let key = created(body)?;
            let builder = Request::post(format!("{}{}", list(key.kind, Some(&key.namespace)), query(&pairs)));
            (builder, "application/json", serde_json::to_vec(body))
        }
    };
    let body =
        body.map_err(|error| Fault::new(FaultKind::Internal, format!("cannot write the request: {error}")))?;
    finish(builder.header(header::CONTENT_TYPE, kind), body)
}

/// Which object `body` is.
fn created(body: &Value) -> Result<ObjectKey, Fault> {
    let text = |path: &str| body.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let kind = Kind::parse(text("/kind"));
    let kind = kind.ok_or_else(|| Fault::new(FaultKind::Internal, "no kind that could be created"))?;
    Ok(ObjectKey::new(kind, text("/metadata/namespace"), text("/metadata/name")))
}

/// The server has taken a deletion: it answers with a status, or with an object that is going.
fn taken() -> WriteOutcome {
    WriteOutcome::Applied { resource_version: ResourceVersion::default(), generation: 0 }
}

pub(super) fn applied(asked: &str, answer: &Answer, cluster: &Cluster) -> WriteOutcome {
    let object = match serde_json::from_slice::<Value>(&answer.body) {
        Ok(object) => object,
        Err(error) => {
            return WriteOutcome::Unknown(unknown(&status::not_json(
                asked,
                &answer.body,
                &error,
                &cluster.wire.site,
            )));
        }
    };
    let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    let Some(version) = version else {
        let text = format!("cannot {asked}: the answer is not the changed object");
        return WriteOutcome::Unknown(unknown(&Fault::new(FaultKind::Server, text)));
    };
    let generation = object.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or(0);
    WriteOutcome::Applied { resource_version: ResourceVersion::from(clean(version)), generation }
}

/// Whether a refusal leaves open that the change was made. 502 and 504 come
/// from something that stopped waiting; a 500 or 503 is certain only when an
/// API server says a reason that excludes it.
pub(super) fn is_ambiguous(answer: &Answer) -> bool {
    let said = refusal(&answer.body);
    let words = match &said {
        Some(refusal) => refusal.message.to_lowercase(),
        None => String::from_utf8_lossy(&answer.body).to_lowercase(),
    };
    let maybe = MAYBE_DONE.iter().any(|word| words.contains(word));
    match answer.code {
        502 | 504 => true,
        503 => maybe,
        // Admission runs before anything is stored.
        500 => said.is_none() || (maybe && !words.contains("webhook")),
        501..600 => said.is_none(),
        _ => false,
    }
}

pub(super) fn unknown(why: &Fault) -> Fault {
    let text = format!("it is not known whether the change was made: {}", why.text);
    Fault::new(FaultKind::OutcomeUnknown, text)
        .hint("it is not sent again; the object is read to see what happened")
}
