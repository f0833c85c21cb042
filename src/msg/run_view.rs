//! An operation as shown.

use crate::domain::{Order, Phase};
use crate::engine::Run;
use std::time::Duration;

/// A snapshot of a [`Run`] for the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunView {
    /// What was asked.
    pub order: Order,
    /// How far it has come.
    pub phase: Phase,
    /// One line about the present moment.
    pub progress: String,
    /// How long it took, once it is over.
    pub took: Option<Duration>,
}

impl RunView {
    /// An order just let out: known as running from now on, so that a second
    /// answer cannot overtake the first report.
    pub fn begun(order: &Order) -> Self {
        let progress = "recording the intent".to_owned();
        Self { order: order.clone(), phase: Phase::Asked, progress, took: None }
    }
}

impl From<&Run> for RunView {
    fn from(run: &Run) -> Self {
        Self {
            order: run.order.clone(),
            phase: run.phase.clone(),
            progress: run.progress.clone(),
            took: run.ended.map(|ended| ended.elapsed(run.started)),
        }
    }
}
