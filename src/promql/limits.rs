//! Bounds of one evaluation: samples, steps, and a check that can stop it.

use std::fmt;
use std::sync::Arc;

use super::error::Interrupt;

/// Asked between pieces of work; an answer stops the evaluation.
pub type Check = Arc<dyn Fn() -> Option<Interrupt> + Send + Sync>;

/// Bounds and settings of one evaluation.
#[derive(Clone)]
pub struct Limits {
    /// Samples read plus cells produced; 10 million cells are 80 MB.
    pub max_samples: usize,
    /// Steps of a range query; Prometheus allows 11,000.
    pub max_steps: usize,
    /// How old the newest sample of a series may be to still count,
    /// milliseconds. Prometheus: five minutes.
    pub lookback_ms: i64,
    /// Step of a subquery that names none, milliseconds. Prometheus uses its
    /// evaluation interval.
    pub subquery_step_ms: i64,
    /// Drop metric names only at the end, as Prometheus does with the feature
    /// flag `promql-delayed-name-removal`. Off by default there and here.
    pub delayed_name_removal: bool,
    /// Deadline and cancellation: pure code knows no clock, the caller does.
    pub check: Check,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_samples: 10_000_000,
            max_steps: 11_000,
            lookback_ms: 300_000,
            subquery_step_ms: 60_000,
            delayed_name_removal: false,
            check: Arc::new(|| None),
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits")
            .field("max_samples", &self.max_samples)
            .field("max_steps", &self.max_steps)
            .field("lookback_ms", &self.lookback_ms)
            .field("subquery_step_ms", &self.subquery_step_ms)
            .field("delayed_name_removal", &self.delayed_name_removal)
            .finish_non_exhaustive()
    }
}
