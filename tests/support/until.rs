//! Waiting for a condition: the one place where a test looks again and again.
//!
//! Nothing is timed: a test that passes has seen what it waited for, and only
//! one that fails takes as long as [`PATIENCE`].
#![allow(dead_code, reason = "shared by test programs that use different parts of it")]

use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval};

/// Nothing takes this long unless it is broken. What is waited for is there
/// within a second or two, on a machine whose cores are shared within ten.
pub(crate) const PATIENCE: Duration = Duration::from_mins(2);

/// Between two looks: most of what is waited for takes some tens of milliseconds.
const PACE: Duration = Duration::from_millis(25);

/// The same for a test without a runtime of its own.
pub(crate) fn wait<T>(what: &str, mut look: impl FnMut() -> Result<T, String>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(until(what, async || look()))
}

/// Looks until there is something to return. Until then `look` says what it
/// saw instead, which is the message of the failure.
pub(crate) async fn until<T>(what: &str, mut look: impl AsyncFnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        pace.tick().await;
        match look().await {
            Ok(seen) => return seen,
            Err(instead) => {
                assert!(Instant::now() < deadline, "waited {PATIENCE:?} until {what}; instead {instead}");
            }
        }
    }
}
