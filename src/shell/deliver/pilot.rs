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
mod storing;
mod writing;

use super::meter::Measure;
use super::shore::{Line, Pods, Shore};
use crate::domain::{Now, ResourceVersion, Target, Uid};
use crate::engine::canary::{Ending, Input, Intent, Phase, Request};
use crate::engine::record::{Driver, Grip, OnDriverLoss, OperationRecord};
use crate::engine::verdict::Decision;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// From one turn to the next.
const TURN: Duration = Duration::from_secs(1);
/// From one reading of pods to the next.
const PODS_EVERY: Duration = Duration::from_secs(5);
/// From one reading of metrics to the next at most: two in each interval.
const MEASURE_EVERY: Duration = Duration::from_secs(15);

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
    /// A request came after this turn had looked for some.
    late: bool,
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
            late: false,
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
        if left == Left::Gone {
            self.give_requests_back().await;
        }
        left
    }

    async fn drive_on(&mut self, stop: &CancellationToken) -> Left {
        // Its console ended while the record was on its way: no canary is made for nobody.
        if stop.is_cancelled() {
            return self.hand_over().await;
        }
        loop {
            if let Turn::Left(left) = self.turn().await {
                return left;
            }
            if self.late && !stop.is_cancelled() {
                continue;
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
        self.late = false;
        let look = match self.shore.look().await {
            Ok(look) => look,
            Err(fault) => {
                self.record.run.progress = format!("cannot see the Deployments: {fault}");
                return Turn::Go;
            }
        };
        let Some(look) = self.fence_off(look).await else { return Turn::Go };
        self.record.seen = look.observed();
        self.record.run.look(self.record.seen);
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
        if let Some(wanted) = self.ask().await
            && let Err(left) = self.carry_out_all(wanted, &look).await
        {
            return Turn::Left(left);
        }
        self.end_of_turn().await
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
            Ending::Promoted => ("promoted", self.found_fine().unwrap_or_default()),
            Ending::RolledBack { why } => ("rolled back", why.clone()),
        };
        if let Err(fault) = self.shore.journal(Line::Outcome { result, detail }).await {
            tracing::error!(operation = %self.record.id, "{fault}");
        }
        let _given_up = self.shore.beat("", self.shore.lease(self.me.mode), now.wall).await;
        Turn::Left(Left::Over(ending))
    }

    /// The sentence of the verdict that promoted it, with the bound it kept.
    fn found_fine(&self) -> Option<String> {
        let verdict = &self.record.run.judged.as_ref()?.verdict;
        (verdict.decision == Decision::Promote).then(|| verdict.reason.clone())
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

    fn see(&mut self) -> Option<Intent> {
        let now = self.shore.now();
        self.record.run.step(Input::Seen(self.record.seen), now)
    }
}
