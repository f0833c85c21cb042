//! Whoever drives one delivery: reads reality, asks the run, writes.
//!
//! One turn a second. In each: renew the Lease, read the record (is it still
//! ours? has anybody asked for something?), read both Deployments, put the
//! fence on them if it is not there, tell the run, store the record, carry
//! out what the run wants. The record is stored *before* each write, and a
//! write is sent only while the Lease is surely ours by the boot clock. What
//! was written is believed when it is seen.

mod answering;
mod measuring;

use super::meter::Measure;
use super::shore::{Line, Loaded, Look, Pods, Saved, Shore};
use crate::domain::{Mutation, Now, ResourceVersion, Target, Uid, WriteOutcome};
use crate::engine::canary::{Answer, Ending, Input, Intent, Phase, Request};
use crate::engine::delivery::{fence, write_for};
use crate::engine::record::{Driver, Grip, OnDriverLoss, OperationRecord};
use crate::shell::journal;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// From one turn to the next.
const TURN: Duration = Duration::from_secs(1);
/// From one reading of pods to the next.
const PODS_EVERY: Duration = Duration::from_secs(5);
/// From one reading of metrics to the next at most: two in each interval.
const MEASURE_EVERY: Duration = Duration::from_secs(15);
/// Turns in which a canary made too late is tried to be taken back: ten minutes.
const LATE_TRIES: usize = 600;
/// Attempts to store the record against others who store requests.
const TRIES: usize = 4;

/// Why a driver stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// The delivery is over.
    Over(Ending),
    /// Somebody else drives it now.
    Replaced {
        /// Who.
        by: String,
    },
    /// The record was deleted: nobody may drive any more.
    Gone,
    /// The record cannot be read any more, or not be written at all.
    Broken(String),
    /// It was told to stop, and handed the delivery over.
    HandedOver,
}

/// The driver of one delivery.
pub(super) struct Pilot<S> {
    shore: S,
    me: Driver,
    record: OperationRecord,
    stored: OperationRecord,
    owner: Uid,
    version: ResourceVersion,
    site: Target,
    grip: Option<Grip>,
    /// The fence is on both Deployments.
    fenced: bool,
    /// A canary was asked for, and that we still drove then is not yet known.
    unproven: bool,
    pods: Pods,
    pods_at: Option<Now>,
    measured_at: Option<Now>,
    /// The step the last reading was for.
    measured_for: Option<Measure>,
    told: String,
}

enum Turn {
    Go,
    Left(Left),
}

impl<S: Shore> Pilot<S> {
    /// A driver of `record`, which names it as its driver already and is
    /// stored so with that version. `lost` says that the driver before was
    /// lost in the middle: then the record's policy applies.
    pub(super) fn new(
        shore: S,
        record: OperationRecord,
        stored: (Uid, ResourceVersion),
        site: Target,
        lost: bool,
    ) -> Self {
        let (owner, version) = stored;
        let mut pilot = Self {
            me: record.driver.clone(),
            stored: record.clone(),
            told: record.phase_word().to_owned(),
            record,
            owner,
            version,
            site,
            grip: None,
            fenced: false,
            unproven: false,
            pods: Pods::default(),
            pods_at: None,
            measured_at: None,
            measured_for: None,
            shore,
        };
        if lost {
            pilot.after_a_loss();
        }
        pilot
    }

    fn after_a_loss(&mut self) {
        let now = self.shore.now();
        let request = match self.record.on_driver_loss {
            OnDriverLoss::TakeOver => return,
            OnDriverLoss::RollBack => Request::Abort,
            OnDriverLoss::Hold => Request::Hold,
        };
        let by = "the policy for a lost driver".to_owned();
        // The run has seen nothing yet: it only notes the request.
        let _nothing_yet = self.record.run.step(Input::Asked { request, by }, now);
    }

    /// Drives until there is a reason to stop.
    pub(super) async fn drive(mut self, stop: CancellationToken) -> Left {
        let left = self.drive_on(&stop).await;
        if self.unproven {
            self.take_back_a_late_canary().await;
        }
        left
    }

    async fn drive_on(&mut self, stop: &CancellationToken) -> Left {
        loop {
            if let Turn::Left(left) = self.turn().await {
                return left;
            }
            let rested = stop.run_until_cancelled(self.shore.rest(TURN)).await;
            if rested.is_none() {
                return self.hand_over().await;
            }
        }
    }

    async fn turn(&mut self) -> Turn {
        self.hold_the_lease().await;
        if let Some(left) = self.read_the_record().await {
            return Turn::Left(left);
        }
        let look = match self.shore.look().await {
            Ok(look) => look,
            Err(fault) => {
                self.record.run.progress = format!("cannot see the Deployments: {fault}");
                return Turn::Go;
            }
        };
        let Some(look) = self.fence_off(look).await else { return Turn::Go };
        self.record.seen = look.observed();
        let mut intent = self.answer_requests().or_else(|| self.see());
        while let Some(wanted) = intent {
            match self.carry_out(wanted, &look).await {
                Ok(next) => intent = next,
                Err(left) => return Turn::Left(left),
            }
        }
        if let Some(wanted) = self.measure(&look).await
            && let Err(left) = self.carry_out_all(wanted, &look).await
        {
            return Turn::Left(left);
        }
        self.end_of_turn().await
    }

    async fn carry_out_all(&mut self, first: Intent, look: &Look) -> Result<(), Left> {
        let mut intent = Some(first);
        while let Some(wanted) = intent {
            intent = self.carry_out(wanted, look).await?;
        }
        Ok(())
    }

    async fn end_of_turn(&mut self) -> Turn {
        let now = self.shore.now();
        if self.record.is_over() && self.record.ended.is_none() {
            self.record.ended = Some(now.wall);
        }
        let progress = self.record.run.progress.clone();
        self.tell_of_phase(&progress, now).await;
        if self.record != self.stored
            && let Some(left) = self.save().await.err()
        {
            return Turn::Left(left);
        }
        // Stored or not: an ending that is not stored is not over yet.
        let Some(ending) = self.record.ending().filter(|_| self.record == self.stored).cloned() else {
            return Turn::Go;
        };
        let (result, detail) = match &ending {
            Ending::Promoted => ("promoted", String::new()),
            Ending::RolledBack { why } => ("rolled back", why.clone()),
        };
        if let Err(fault) = self.shore.journal(Line::Outcome { result, detail }).await {
            tracing::error!(operation = %self.record.id, "{fault}");
        }
        let _given_up = self.shore.beat("", self.shore.lease(self.me.mode), now.wall).await;
        Turn::Left(Left::Over(ending))
    }

    /// A line in the log and an Event whenever the phase changes.
    async fn tell_of_phase(&mut self, progress: &str, now: Now) {
        let (phase, step) = (self.record.phase_word(), self.record.step());
        let told = format!("{phase} {step:?}");
        if self.told == told {
            return;
        }
        self.told = told;
        self.record.note(&format!("{phase}: {progress}"), now);
        let reason = match self.record.run.phase {
            Phase::Scaling { .. } => "CanaryScaling",
            Phase::Watching { .. } => "CanaryWatching",
            Phase::Promoting { .. } => "CanaryPromoting",
            Phase::CleaningUp => "CanaryCleaningUp",
            Phase::RollingBack { .. } => "CanaryRollingBack",
            Phase::Over(Ending::Promoted) => "CanaryPromoted",
            Phase::Over(Ending::RolledBack { .. }) => "CanaryRolledBack",
        };
        self.shore.tell(&self.record, reason, progress).await;
    }

    async fn hold_the_lease(&mut self) {
        let now = self.shore.now();
        if self.grip.is_some_and(|grip| !grip.is_due(now)) {
            return;
        }
        let lasts = self.shore.lease(self.me.mode);
        match self.shore.beat(&self.me.identity, lasts, now.wall).await {
            Ok(()) => self.grip = Some(Grip::renewed(now, lasts)),
            Err(fault) => tracing::warn!(operation = %self.record.id, "the heartbeat failed: {fault}"),
        }
    }

    /// Reads what is stored: who drives, and what others asked for.
    async fn read_the_record(&mut self) -> Option<Left> {
        match self.shore.load(&self.version).await {
            Ok(Some(loaded)) => {
                let left = self.take(loaded).err();
                self.unproven &= left.is_some();
                left
            }
            Ok(None) => Some(Left::Gone),
            Err(fault) => {
                self.record.run.progress = format!("cannot read the record: {fault}");
                None
            }
        }
    }

    fn take(&mut self, loaded: Loaded) -> Result<(), Left> {
        let Some(news) = loaded.news else { return Ok(()) };
        if loaded.uid != self.owner {
            return Err(Left::Gone);
        }
        let theirs = news.map_err(|fault| Left::Broken(fault.to_string()))?;
        if !theirs.is_driven_by(&self.me) {
            return Err(Left::Replaced { by: theirs.driver.identity });
        }
        // Others only ever append requests; the rest is ours.
        for asked in &theirs.requests {
            if !self.record.requests.iter().any(|known| known.id == asked.id) {
                self.record.requests.push(asked.clone());
            }
        }
        self.version = loaded.version;
        self.stored = theirs;
        Ok(())
    }

    /// Puts the fence on both Deployments and the router. None if it is not
    /// there yet: then nothing may be written in this turn.
    async fn fence_off(&mut self, look: Look) -> Option<Look> {
        let (live, record) = (&look.live, &self.record);
        let all = [
            ("stable", &live.stable, Some(record.target.key())),
            ("the canary", &live.canary, Some(record.canary())),
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

    fn see(&mut self) -> Option<Intent> {
        let now = self.shore.now();
        self.record.run.step(Input::Seen(self.record.seen), now)
    }

    /// Stores the record, sends the write, tells the run; what it wants next.
    async fn carry_out(&mut self, intent: Intent, look: &Look) -> Result<Option<Intent>, Left> {
        let answer = match self.try_it(intent, look).await? {
            Ok(()) => Answer::Applied,
            Err(why) => {
                self.record.note(&format!("could not {}: {why}", intent.sentence()), self.shore.now());
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
        self.record.note_write(&intent.sentence(), self.shore.now());
        self.save().await?;
        if self.record != self.stored {
            return Ok(Err("the record could not be stored first: nothing was sent".to_owned()));
        }
        if !self.fenced || !self.may_write() {
            return Ok(Err("the heartbeat is too old: nothing was sent".to_owned()));
        }
        let done = self.send(intent.sentence(), &write).await;
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
    async fn take_back_a_late_canary(&mut self) {
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

    /// Stores the record against whatever version is there, as long as it
    /// names us. What cannot be stored now is stored in the next turn.
    async fn save(&mut self) -> Result<(), Left> {
        for _ in 0..TRIES {
            match self.shore.save(&self.version, &self.record).await {
                Saved::Done(version) => {
                    self.version = version;
                    self.stored = self.record.clone();
                    return Ok(());
                }
                Saved::Moved(_) => {
                    let Ok(loaded) = self.shore.load(&self.version).await else { return Ok(()) };
                    self.take(loaded.ok_or(Left::Gone)?)?;
                }
                Saved::Failed(fault) => {
                    tracing::warn!(operation = %self.record.id, "cannot store the record: {fault}");
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    async fn hand_over(&mut self) -> Left {
        let now = self.shore.now();
        self.record.hand_over(now);
        if let Err(left) = self.save().await {
            return left;
        }
        let _given_up = self.shore.beat("", self.shore.lease(self.me.mode), now.wall).await;
        Left::HandedOver
    }
}
