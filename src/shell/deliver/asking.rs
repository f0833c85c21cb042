//! What people ask of a delivery, whoever drives it, and the lines in the
//! audit log about what they decided.

use super::shore::Saved;
use super::stored::{save_write, saved, send};
use super::{Deliveries, journal, read, site};
use crate::cluster::Cluster;
use crate::domain::{
    Actor, AuditEntry, AuditKind, Fault, FaultKind, Mutation, ObjectKey, OperationId, Target, Warrant,
    WriteOutcome,
};
use crate::engine::canary::Request;
use crate::engine::record::{ABORT_PATIENCE, OperationRecord};
use crate::shell::clock;
use std::time::Duration;

/// How long a request is tried again while the server does not answer.
pub const KEEP_ASKING: Duration = Duration::from_mins(10);
/// Attempts to append a request against a driver that stores its own news.
const TRIES: usize = 8;

/// What a person decided about a delivery.
pub(super) struct About<'a> {
    pub(super) record: &'a OperationRecord,
    pub(super) actor: &'a Actor,
    pub(super) action: String,
    pub(super) reason: &'a str,
}

impl Deliveries {
    /// Asks something of a delivery, whoever drives it, and waits until it is
    /// acknowledged. An abort that nobody acknowledges within 5 s is carried
    /// out from here, whoever holds the Lease. While the server does not
    /// answer it is tried again, for ten minutes.
    ///
    /// The answer is the driver's; none if nobody drives it (the request stays
    /// in the record for whoever will).
    ///
    /// # Errors
    /// The delivery is over or its record unreadable, or the server does not
    /// answer for ten minutes.
    pub async fn request(
        &self,
        cluster: &Cluster,
        record: &ObjectKey,
        (request, reason): (Request, &str),
        warrant: Warrant,
        actor: Actor,
    ) -> Result<Option<String>, Fault> {
        let id = clock::operation_id(clock::now());
        let begun = clock::now();
        loop {
            match self.append(cluster, record, (&id, request, reason), &warrant, &actor).await {
                Ok(()) => break,
                Err(fault) if !fault.kind.is_passing() => return Err(fault),
                Err(fault) if clock::now().elapsed(begun) > KEEP_ASKING => return Err(fault),
                Err(_passing) => tokio::time::sleep(Duration::from_secs(1)).await,
            }
        }
        let asked = clock::now();
        while clock::now().elapsed(asked) < ABORT_PATIENCE {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let Ok((_, now)) = read(cluster, record).await else { continue };
            let ack = now.requests.iter().find(|known| known.id == id).and_then(|known| known.ack.clone());
            if let Some(ack) = ack {
                return if ack.done {
                    Ok(Some(ack.note))
                } else {
                    Err(Fault::new(FaultKind::Refused, ack.note))
                };
            }
        }
        if request != Request::Abort {
            return Ok(None);
        }
        self.break_the_glass(cluster, record, warrant, actor).await.map(Some)
    }

    async fn break_the_glass(
        &self,
        cluster: &Cluster,
        record: &ObjectKey,
        warrant: Warrant,
        actor: Actor,
    ) -> Result<String, Fault> {
        let mut last = Fault::new(FaultKind::Conflict, "the record changes too often");
        let (begun, mut tries) = (clock::now(), 0);
        // A permit is made per write: the warrant outlives failed attempts.
        while tries < TRIES {
            let (found, mut read) = match read(cluster, record).await {
                Ok(found) => found,
                Err(fault) if fault.kind.is_passing() && clock::now().elapsed(begun) < KEEP_ASKING => {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            tries += 1;
            if read.is_over() {
                return Ok(read.run.progress);
            }
            let now = self.pace.now();
            read.note(
                &format!(
                    "{actor} broke the glass: the abort was not acknowledged within {} s",
                    ABORT_PATIENCE.as_secs()
                ),
                now,
            );
            let _policy_of_losing_does_not_matter = read.take_over(&self.driver, now);
            let target = Target { key: read.key(), uid: found.uid.clone(), ..site(cluster, &read) };
            let write = save_write(target, &found.version, &read)?;
            let action = "break the glass: take it over and roll it back".to_owned();
            let about = About { record: &read, actor: &actor, action, reason: "" };
            match saved(self.audited(cluster, &warrant, about, &write).await?) {
                Saved::Done(version) => {
                    let means = self.means(cluster.clone(), actor);
                    self.begin(means, warrant, read, (found.uid, version), false);
                    return Ok("nobody acknowledged the abort: rolling back from here".to_owned());
                }
                Saved::Moved(why) => last = Fault::new(FaultKind::Conflict, why),
                Saved::Failed(fault) => last = fault,
            }
        }
        Err(last)
    }

    /// Sends what a person here decided, with a line in the audit log before
    /// and after it.
    ///
    /// # Errors
    /// The line before it cannot be written: nothing was sent.
    pub(super) async fn audited(
        &self,
        cluster: &Cluster,
        warrant: &Warrant,
        about: About<'_>,
        write: &Mutation,
    ) -> Result<WriteOutcome, Fault> {
        let site = site(cluster, about.record);
        let line = |kind| AuditEntry {
            digest: write.digest(),
            ..journal::delivery(
                (&about.record.id, &site),
                about.actor,
                kind,
                (about.action.clone(), about.reason),
                self.pace.now().wall,
            )
        };
        let (before, after) = (line(AuditKind::Intent), line(AuditKind::Written));
        journal::append(&self.audit, before).await?;
        let outcome = send(cluster, warrant, write).await;
        let (result, detail) = journal::outcome(&outcome);
        let after = AuditEntry { at: self.pace.now().wall, result: result.to_owned(), detail, ..after };
        if let Err(fault) = journal::append(&self.audit, after).await {
            tracing::error!(operation = %about.record.id, "{fault}");
        }
        Ok(outcome)
    }

    /// Appends a request to the record, and wakes its driver if that is here.
    ///
    /// # Errors
    /// It is over, changes too often, or cannot be read or stored.
    pub(super) async fn append(
        &self,
        cluster: &Cluster,
        key: &ObjectKey,
        (id, request, reason): (&OperationId, Request, &str),
        warrant: &Warrant,
        actor: &Actor,
    ) -> Result<(), Fault> {
        for _ in 0..TRIES {
            let (found, mut record) = read(cluster, key).await?;
            if record.is_over() {
                let text = format!("it is over: {}", record.run.progress);
                return Err(Fault::new(FaultKind::Refused, text));
            }
            super::gates::may_ask(cluster, &record, request, self.pace.now()).await?;
            // An answer that was lost: it is there already.
            if record.requests.iter().any(|asked| asked.id == *id) {
                return Ok(());
            }
            record.ask(id.clone(), request, &actor.to_string(), reason, self.pace.now());
            let target = Target { key: key.clone(), uid: found.uid.clone(), ..site(cluster, &record) };
            let write = save_write(target, &found.version, &record)?;
            let about =
                About { record: &record, actor, action: format!("ask to {}", request.word()), reason };
            match saved(self.audited(cluster, warrant, about, &write).await?) {
                Saved::Done(_) => {
                    self.wake(key);
                    return Ok(());
                }
                Saved::Moved(_) => tokio::time::sleep(Duration::from_millis(fastrand::u64(10..100))).await,
                Saved::Failed(fault) => return Err(fault),
            }
        }
        Err(Fault::new(FaultKind::Throttled, "the record changes too often to append to it"))
    }
}
