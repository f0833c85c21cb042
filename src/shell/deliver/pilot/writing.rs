//! What is written to the cluster: behind the fence, within the Lease, after
//! the record, and once.

use super::super::shore::{Line, Look, Shore};
use super::{Left, Pilot, TURN};
use crate::domain::{Mutation, WriteOutcome};
use crate::engine::canary::{Answer, Input, Intent};
use crate::engine::delivery::{fence, write_for};
use crate::shell::journal;

/// Turns in which a canary made too late is tried to be taken back: ten minutes.
const LATE_TRIES: usize = 600;

impl<S: Shore> Pilot<S> {
    /// Puts the fence on both Deployments and the router. None if it is not
    /// there yet: then nothing may be written in this turn.
    pub(super) async fn fence_off(&mut self, look: Look) -> Option<Look> {
        let (live, record) = (&look.live, &self.record);
        let all = [
            ("stable", &live.stable, Some(record.target.key())),
            ("the canary", &live.canary, record.beside()),
            ("the router", &live.router, record.router_key()),
        ];
        let missing: Vec<_> = all
            .into_iter()
            .filter_map(|(whose, raw, key)| Some((whose, fence(record, raw.as_ref()?, key?, &self.site)?)))
            .collect();
        if missing.is_empty() {
            self.fenced = true;
            return Some(look);
        }
        self.fenced = false;
        for (whose, write) in missing {
            if !self.may_write() {
                return None;
            }
            let action = format!("put fence {} on {whose}", self.record.fence());
            self.record.note_write(&action, self.shore.now());
            if let Err(why) = self.send(action, &write).await {
                self.record.run.progress = format!("cannot fence {whose} off: {why}");
                return None;
            }
        }
        // What is written next is made against what is there after the fence.
        let look = self.shore.look().await.ok()?;
        self.fenced = true;
        Some(look)
    }

    fn may_write(&self) -> bool {
        self.grip.is_some_and(|grip| grip.holds(self.shore.now()))
    }

    pub(super) async fn carry_out_all(&mut self, first: Intent, look: &Look) -> Result<(), Left> {
        let mut intent = Some(first);
        while let Some(wanted) = intent {
            intent = self.carry_out(wanted, look).await?;
        }
        Ok(())
    }

    /// Stores the record, sends the write, tells the run; what it wants next.
    pub(super) async fn carry_out(&mut self, intent: Intent, look: &Look) -> Result<Option<Intent>, Left> {
        let answer = match self.try_it(intent, look).await? {
            Ok(()) => Answer::Applied,
            Err(why) => {
                self.record.note(
                    &format!("could not {}: {why}", intent.sentence(&self.record.run.plan)),
                    self.shore.now(),
                );
                Answer::Failed(why)
            }
        };
        let now = self.shore.now();
        Ok(self.record.run.step(Input::Written(answer), now))
    }

    async fn try_it(&mut self, intent: Intent, look: &Look) -> Result<Result<(), String>, Left> {
        let write = match write_for(&self.record, intent, &look.live, &self.owner, &self.site) {
            Ok(write) => write,
            Err(why) => return Ok(Err(why)),
        };
        self.record.note_write(&intent.sentence(&self.record.run.plan), self.shore.now());
        self.save().await?;
        if self.record != self.stored {
            return Ok(Err("the record could not be stored first: nothing was sent".to_owned()));
        }
        if !self.fenced || !self.may_write() {
            return Ok(Err("the heartbeat is too old: nothing was sent".to_owned()));
        }
        let done = self.send(intent.sentence(&self.record.run.plan), &write).await;
        if matches!(intent, Intent::CreateCanary { .. }) {
            self.unproven = true;
            if let Some(left) = self.read_the_record().await {
                return Err(left);
            }
        }
        Ok(done)
    }

    /// Sends a write, once, with a line in the audit log before and after it.
    async fn send(&mut self, action: String, write: &Mutation) -> Result<(), String> {
        let digest = write.digest();
        let line = Line::Intent { action: action.clone(), digest: digest.clone() };
        self.shore.journal(line).await.map_err(|fault| format!("nothing was sent: {fault}"))?;
        let outcome = self.shore.send(write).await;
        let (result, detail) = journal::outcome(&outcome);
        let line = Line::Written { action, digest, result, detail: detail.clone() };
        if let Err(fault) = self.shore.journal(line).await {
            tracing::error!(operation = %self.record.id, "{fault}");
        }
        if matches!(outcome, WriteOutcome::Applied { .. }) { Ok(()) } else { Err(detail) }
    }

    /// Creating is the one write a fence cannot stop. A process that was
    /// stopped between its check and its request looks again afterwards: what
    /// it made when it was no longer the driver, it takes away itself, unless
    /// the new driver has put its own fence on it. Nobody else would, so it is
    /// tried until the server answers.
    pub(super) async fn take_back_a_late_canary(&mut self) {
        for _ in 0..LATE_TRIES {
            if let Ok(look) = self.shore.look().await {
                let Some(raw) = &look.live.canary else { return };
                let theirs = fence(&self.record, raw, self.record.canary(), &self.site).is_some();
                let write =
                    write_for(&self.record, Intent::DeleteCanary, &look.live, &self.owner, &self.site);
                let Some(write) = write.ok().filter(|_| !theirs) else { return };
                let outcome = self.shore.send(&write).await;
                tracing::warn!(operation = %self.record.id, ?outcome, "took a late canary back");
                if matches!(outcome, WriteOutcome::Applied { .. }) {
                    return;
                }
            }
            self.shore.rest(TURN).await;
        }
    }

    /// A record deleted by hand takes the canary with it, but no weight: what
    /// shares the requests out would go on sending some to nobody. Who drove
    /// still knows how it was, and that it is the last to have written there;
    /// within its Lease it gives them back.
    pub(super) async fn give_requests_back(&mut self) {
        let Some(key) = self.record.router_key() else { return };
        while self.may_write() {
            if let Ok(look) = self.shore.look().await {
                let Some(raw) = look.live.router.as_ref().filter(|_| is_shifted(&look)) else { return };
                let theirs = fence(&self.record, raw, key.clone(), &self.site).is_some();
                let write =
                    write_for(&self.record, Intent::RestoreRouter, &look.live, &self.owner, &self.site);
                let Some(write) = write.ok().filter(|_| !theirs) else { return };
                let action = Intent::RestoreRouter.sentence(&self.record.run.plan);
                match self.send(action, &write).await {
                    Ok(()) => return,
                    Err(why) => tracing::warn!(operation = %self.record.id, "{key}: {why}"),
                }
            }
            self.shore.rest(TURN).await;
        }
    }
}

/// Whether the router is not as it was before the delivery.
fn is_shifted(look: &Look) -> bool {
    look.shares.is_some_and(|shares| !shares.restored)
}
