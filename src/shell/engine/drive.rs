//! One run, from its first intent to its last.

use super::Engine;
use crate::cluster::{Cluster, decode_workload};
use crate::domain::{
    AuditEntry, AuditKind, Fault, FaultKind, Mutation, Order, Permit, Workload, WriteOutcome,
};
use crate::engine::{Input, Intent, Run};
use crate::msg::RunView;
use crate::shell::journal;
use crate::store::Claimed;
use std::collections::VecDeque;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How often a run looks at its object: one GET, cheap beside a watch.
const LOOK_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Driver {
    engine: Engine,
    cluster: Cluster,
    run: Run,
    claimed: Claimed,
    write: Option<(Permit, Mutation)>,
    digest: String,
    told: Option<RunView>,
    /// The outcome could not be recorded: the record stays for a successor.
    unrecorded: bool,
}

impl Driver {
    pub(super) fn new(
        engine: Engine,
        cluster: Cluster,
        run: Run,
        claimed: Claimed,
        write: Option<(Permit, Mutation)>,
    ) -> Self {
        let digest = write.as_ref().map(|(_, mutation)| mutation.digest()).unwrap_or_default();
        Self { engine, cluster, run, claimed, write, digest, told: None, unrecorded: false }
    }

    pub(super) fn order(&self) -> &Order {
        &self.run.order
    }

    /// Drives the run to its end. When told to stop, it stops between two
    /// steps, never within one; the record then belongs to the next console.
    pub(super) async fn drive(mut self, stop: CancellationToken) {
        let first = if self.write.is_some() { self.step(Input::Start) } else { read_back_now() };
        let mut intents: VecDeque<Intent> = first.into();
        loop {
            while let Some(intent) = intents.pop_front() {
                self.tell().await;
                let Some(input) = self.carry_out(intent, &stop).await else { continue };
                intents.extend(self.step(input));
            }
            self.tell().await;
            if self.run.is_over() || stop.is_cancelled() {
                break;
            }
            if pause(LOOK_EVERY, &stop).await {
                intents.extend(self.look().await);
            }
        }
        if self.run.is_over()
            && !self.unrecorded
            && let Err(fault) = self.claimed.finish()
        {
            tracing::error!("{fault}");
        }
    }

    fn step(&mut self, input: Input) -> Vec<Intent> {
        self.run.step(input, self.engine.clock.seen())
    }

    async fn tell(&mut self) {
        let view = RunView::from(&self.run);
        if self.told.as_ref() != Some(&view) {
            self.told = Some(view.clone());
            // Nobody listens any more when the console is closing.
            let _closing = self.engine.news.send(view).await;
        }
    }

    async fn carry_out(&mut self, intent: Intent, stop: &CancellationToken) -> Option<Input> {
        match intent {
            Intent::Journal { kind, result, detail } => self.journal(kind, result, detail).await,
            Intent::Write => {
                let (permit, mutation) = self.write.take()?;
                Some(Input::Written(self.send(permit, &mutation).await))
            }
            Intent::ReadBack { wait } => {
                if !wait.is_zero() && !pause(wait, stop).await {
                    return None;
                }
                Some(Input::ReadBack(self.read().await.map(|seen| seen.map(Box::new))))
            }
        }
    }

    async fn send(&self, permit: Permit, mutation: &Mutation) -> WriteOutcome {
        let order = &self.run.order;
        tracing::info!(operation = %order.id, target = %order.target.key, "{}", order.verb.phrase());
        self.cluster.write(permit, mutation).await
    }

    async fn journal(&mut self, kind: AuditKind, result: String, detail: String) -> Option<Input> {
        let now = self.engine.clock.seen();
        let took = if kind == AuditKind::Intent { Duration::ZERO } else { now.elapsed(self.run.started) };
        let took_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        let entry = AuditEntry {
            result,
            detail,
            took_ms,
            digest: self.digest.clone(),
            ..AuditEntry::about(&self.run.order, kind, now.wall)
        };
        let recorded = journal::append(&self.engine.audit, entry).await.map(drop);
        if let Err(fault) = &recorded {
            tracing::error!(operation = %self.run.order.id, "{fault}");
            self.unrecorded |= kind == AuditKind::Outcome;
        }
        (kind == AuditKind::Intent).then_some(Input::Journaled(recorded))
    }

    /// The object as it is now; none if it is gone.
    async fn read(&self) -> Result<Option<Workload>, Fault> {
        match self.cluster.read(&self.run.order.watched()).await {
            Ok(raw) => decode_workload(&raw).map(Some),
            Err(fault) if fault.kind == FaultKind::NotFound => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    async fn look(&mut self) -> Vec<Intent> {
        match self.read().await {
            Ok(seen) => self.step(Input::Seen(seen.map(Box::new))),
            Err(fault) => {
                self.run.progress = format!("cannot look at it: {fault}");
                Vec::new()
            }
        }
    }
}

fn read_back_now() -> Vec<Intent> {
    vec![Intent::ReadBack { wait: Duration::ZERO }]
}

/// Waits; false if told to stop meanwhile.
async fn pause(wait: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(wait) => true,
    }
}
