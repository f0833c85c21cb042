//! The audit log's lines and their chain. Where they are kept is `store`'s business.
//!
//! Every line carries the hash of the one before it, so an edited or removed
//! line is seen by everybody who reads the file. The last line could still be
//! cut off unseen; the store keeps the head's hash beside the log for that.

use super::digest::{sha256_hex, sha256_of};
use super::{ClusterUrl, ContextName, ObjectKey, OperationId, Order, Target, Uid, Verb, clean};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Who acts: the person at the machine and the identity the cluster sees.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Login name on this machine.
    pub os_user: String,
    /// This machine's name.
    pub host: String,
    /// The user name the API server reports (SelfSubjectReview); empty if it would not say.
    pub cluster_user: String,
}

impl Actor {
    /// Without what a terminal would take for a command: for names read from
    /// where others may write.
    #[must_use]
    pub fn cleaned(&self) -> Self {
        Self {
            os_user: clean(&self.os_user),
            host: clean(&self.host),
            cluster_user: clean(&self.cluster_user),
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = if self.cluster_user.is_empty() { &self.os_user } else { &self.cluster_user };
        f.pad(name)
    }
}

/// What a line records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuditKind {
    /// About to be written.
    Intent,
    /// The server's answer to the write.
    Written,
    /// How it ended, as seen in the cluster.
    Outcome,
    /// A person let the console write, or took that back.
    Mode,
    /// A remark typed by a person.
    Note,
    /// The log found its last line torn by a crash and went on after it.
    Repair,
}

/// One line of the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Position in the log, from 0.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What it records.
    pub kind: AuditKind,
    /// Which action; empty for lines about none.
    pub operation: OperationId,
    /// Who.
    pub actor: Actor,
    /// In which context.
    pub context: ContextName,
    /// On which server.
    pub cluster: ClusterUrl,
    /// To what.
    pub target: Option<ObjectKey>,
    /// Its identity.
    pub uid: Uid,
    /// `roll back to revision 11`
    pub action: String,
    /// Why, in the person's words.
    pub reason: String,
    /// Digest of the mutation; empty if none.
    pub digest: String,
    /// `applied`, `succeeded`, `refused`, …; empty for intents.
    pub result: String,
    /// Details: from → to, the server's words.
    pub detail: String,
    /// What would take it back; none if nothing does, and on lines that are no intents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undo: Option<Box<Verb>>,
    /// Milliseconds since the order; 0 for intents.
    pub took_ms: u64,
    /// Hash of the line before; [`GENESIS`] for the first.
    pub prev: String,
    /// SHA-256 over this entry with `hash` empty.
    pub hash: String,
}

/// `prev` of the first line.
pub const GENESIS: &str = "0";

impl AuditEntry {
    /// A line that says who did what, and not yet to what or why; in no chain.
    pub fn new(actor: &Actor, kind: AuditKind, action: String, at: Timestamp) -> Self {
        Self {
            seq: 0,
            at,
            kind,
            operation: "".into(),
            actor: actor.clone(),
            context: "".into(),
            cluster: "".into(),
            target: None,
            uid: "".into(),
            action,
            reason: String::new(),
            digest: String::new(),
            result: String::new(),
            detail: String::new(),
            undo: None,
            took_ms: 0,
            prev: String::new(),
            hash: String::new(),
        }
    }

    /// A line about something done to `target`, not yet in a chain.
    pub fn to(
        target: &Target,
        operation: &OperationId,
        actor: &Actor,
        kind: AuditKind,
        action: String,
        at: Timestamp,
    ) -> Self {
        Self {
            operation: operation.clone(),
            context: target.context.clone(),
            cluster: target.cluster.clone(),
            target: Some(target.key.clone()),
            uid: target.uid.clone(),
            ..Self::new(actor, kind, action, at)
        }
    }

    /// A line about `order`, not yet in a chain.
    pub fn about(order: &Order, kind: AuditKind, at: Timestamp) -> Self {
        Self {
            reason: order.reason.clone(),
            undo: order.undo.clone().filter(|_| kind == AuditKind::Intent),
            ..Self::to(&order.target, &order.id, &order.actor, kind, order.verb.phrase(), at)
        }
    }

    /// The same line as link number `seq` after the line hashed `prev`.
    #[must_use]
    pub fn chained(mut self, seq: u64, prev: &str) -> Self {
        self.seq = seq;
        prev.clone_into(&mut self.prev);
        self.hash = self.computed_hash();
        self
    }

    /// What [`hash`](Self::hash) must be.
    pub fn computed_hash(&self) -> String {
        let blank = Self { hash: String::new(), ..self.clone() };
        sha256_of(&blank)
    }
}

/// Where a chain is broken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct ChainError {
    /// The line's number in the file, from 1.
    pub line: usize,
    /// What does not fit.
    pub why: String,
}

/// A line that could not be read: forgiven only if the next line owns up to it.
struct Torn {
    error: ChainError,
    digest: String,
}

/// Checks a whole log; the entries it holds, if every link fits.
///
/// A line that cannot be read is accepted only where the next line is a
/// [`AuditKind::Repair`] whose `digest` is the hash of the torn bytes.
pub fn verify_chain(log: &str) -> Result<Vec<AuditEntry>, ChainError> {
    let mut entries: Vec<AuditEntry> = Vec::new();
    let mut torn: Option<Torn> = None;
    for (index, text) in log.lines().enumerate() {
        let line = index + 1;
        let entry = match serde_json::from_str::<AuditEntry>(text) {
            Ok(entry) => entry,
            Err(cause) => {
                let error = ChainError { line, why: format!("not an audit entry ({cause})") };
                if torn.is_some() {
                    return Err(error);
                }
                torn = Some(Torn { error, digest: torn_digest(text) });
                continue;
            }
        };
        if let Some(torn) = torn.take()
            && (entry.kind != AuditKind::Repair || entry.digest != torn.digest)
        {
            return Err(torn.error);
        }
        fits(&entry, &entries).map_err(|why| ChainError { line, why })?;
        entries.push(entry);
    }
    torn.map_or(Ok(entries), |torn| Err(torn.error))
}

fn fits(entry: &AuditEntry, before: &[AuditEntry]) -> Result<(), String> {
    let expected = before.len() as u64;
    let prev = before.last().map_or(GENESIS, |last| last.hash.as_str());
    if entry.seq != expected {
        return Err(format!("entry number is {}, {expected} was expected: lines are missing", entry.seq));
    }
    if entry.prev != prev {
        return Err("does not continue the line before it".to_owned());
    }
    if entry.hash != entry.computed_hash() {
        return Err("content was changed after it was written".to_owned());
    }
    Ok(())
}

/// The digest a [`AuditKind::Repair`] line carries for `torn` bytes.
pub fn torn_digest(torn: &str) -> String {
    sha256_hex(torn.as_bytes())
}

#[cfg(test)]
mod tests;
