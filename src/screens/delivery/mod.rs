//! An operation of the delivery engine as people see it: plain values, made by
//! pure functions from the engine's own state, shown alike by the list, the
//! detail page and the cockpit.
//!
//! Absent on purpose: anything the engine does not say. A weight is real when
//! pods stand for it, a bar has pods behind it, a time has a rate behind it.

mod buttons;
mod draw;
mod evidence;
mod history;
mod make;
mod stage;
#[cfg(test)]
mod tests;
mod unreadable;
mod wish;

pub use buttons::buttons;
pub(crate) use buttons::why_not;
pub use history::{Point, history};
pub(crate) use make::request_word;
pub use stage::{Driven, Driver, Stage, Step, StepState, WaitsFor};
pub use unreadable::Unreadable;
pub use wish::Wish;

pub(crate) use draw::{
    progress_line, sides_lines, sides_short, steps_line, threshold, verdict_line, verdict_words, versions,
};
pub(crate) use evidence::decision_role;
pub(crate) use evidence::verdict_cell;

use crate::domain::{ObjectKey, ServiceKey, Uid};
use crate::engine::record::OperationRecord;
use crate::engine::verdict::Verdict;
use jiff::Timestamp;
use std::sync::Arc;

/// One operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its name in every record.
    pub id: String,
    /// The service it is about.
    pub service: ServiceKey,
    /// The stable Deployment.
    pub workload: ObjectKey,
    /// Its identity.
    pub uid: Uid,
    /// `canary`
    pub strategy: &'static str,
    /// The version stable ran at the start.
    pub from: String,
    /// The new version.
    pub to: String,
    /// How far it has come.
    pub stage: Stage,
    /// The engine's line about the present moment.
    pub progress: String,
    /// The steps, the promotion to 100 % last.
    pub steps: Vec<Step>,
    /// The present step's clock; none outside of a step.
    pub clock: Option<StepTimes>,
    /// The weight asked for in percent; none once it is over.
    pub asked: Option<u32>,
    /// What the present step picks instead of a weight, in words.
    pub picks: Option<String>,
    /// Pods of both sides; none where they are not seen.
    pub pods: Option<Pods>,
    /// Whether a person holds it.
    pub held: bool,
    /// Whether a person must promote the present step.
    pub manual: bool,
    /// Who drives it.
    pub driver: Driver,
    /// Requests nobody has acted on yet, as sentences.
    pub pending: Vec<String>,
    /// Who began it.
    pub by: String,
    /// When it began.
    pub started: Timestamp,
    /// When anything last changed.
    pub changed: Timestamp,
    /// Everything else there is to say, as the driver wrote it.
    pub record: Arc<OperationRecord>,
}

/// The clock of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepTimes {
    /// Since when its weight is real.
    pub since: Timestamp,
    /// Not promoted before, in seconds.
    pub min_s: u32,
    /// Its end, in seconds.
    pub max_s: u32,
}

/// Pods of both sides: available and asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pods {
    /// Of the version that served before; of a rolling update those left of it.
    pub stable: (u32, u32),
    /// Of the new version; none while there is no canary, or no new pod.
    pub canary: Option<(u32, u32)>,
}

impl Pods {
    /// The canary's share of the available pods in percent, which is its share
    /// of the traffic behind a plain Service.
    pub fn real_percent(self) -> f64 {
        let canary = f64::from(self.canary.map_or(0, |(available, _)| available));
        let all = canary + f64::from(self.stable.0);
        if all > 0.0 { canary * 100.0 / all } else { 0.0 }
    }

    /// Whether every pod asked for is available.
    pub fn are_whole(self) -> bool {
        std::iter::once(self.stable).chain(self.canary).all(|(available, desired)| available >= desired)
    }

    /// Available and asked for, over both sides.
    pub fn ready(self) -> (u32, u32) {
        let (a, d) = self.canary.unwrap_or((0, 0));
        (self.stable.0 + a, self.stable.1 + d)
    }
}

impl Delivery {
    /// The newest verdict; none before the first measurements.
    pub fn verdict(&self) -> Option<&Verdict> {
        self.record.run.judged.as_deref().map(|judged| &judged.verdict)
    }

    /// Every object it made or touched, with its part in it.
    pub fn objects(&self) -> Vec<(&'static str, ObjectKey)> {
        let record = &self.record;
        let canary = record.beside().map(|key| ("canary", key));
        let stable = ("stable", record.target.key());
        std::iter::once(stable).chain(canary).chain([("record", record.key())]).collect()
    }

    /// Whether the newest verdict is about a version nobody is compared with.
    pub fn is_alone(&self) -> bool {
        self.record.run.judged.as_deref().is_some_and(|judged| judged.inputs.requested_share >= 1.0)
    }

    /// The step under way, from 0.
    pub fn step(&self) -> Option<usize> {
        self.steps.iter().position(|step| step.state == StepState::Now)
    }

    /// The part of the traffic the new version really gets by weight, in
    /// percent: as the route says where there is one, else by pods.
    pub fn real_percent(&self) -> Option<f64> {
        if self.record.router.is_some() {
            return self.record.real_weight().map(|share| share * 100.0);
        }
        self.pods.map(Pods::real_percent)
    }

    /// `50/45`, percent asked for and real; `—` where nothing is asked, the
    /// header or the copies where those are.
    pub fn weights(&self) -> String {
        if self.picks.is_some() {
            let step = self.step().and_then(|step| self.steps.get(step));
            return step.map_or_else(|| "—".to_owned(), |step| step.label.clone());
        }
        let real = self.real_percent().map_or_else(|| "?".to_owned(), |real| format!("{real:.0}"));
        self.asked.map_or_else(|| "—".to_owned(), |asked| format!("{asked}/{real}"))
    }

    /// Whether it is under way.
    pub fn is_running(&self) -> bool {
        !self.stage.is_over()
    }
}
