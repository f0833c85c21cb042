//! The canary: a second Deployment beside an untouched stable one, raised
//! step by step under the [`verdict`](super::verdict), then promoted by
//! giving stable the new template, or deleted.
//!
//! [`CanaryRun::step`] is pure and level-triggered: every observation leads
//! to the one write that brings the cluster closer to what the phase wants,
//! with absolute values, so that any driver may repeat it. The run itself is
//! the record: written to the cluster *before* the writes it asks for, it is
//! all a successor needs.
//!
//! Invariants, held by [`tests`](self) under random schedules and crashes:
//! * a canary is raised only while every pod of both sides is available;
//! * stable's size is never written, and its template only to promote (or to
//!   put the old one back);
//! * nothing is promoted without a verdict or a person saying so;
//! * rolling back is decided at once and needs nobody; the canary is deleted
//!   only while stable can serve;
//! * behind a router the canary gets requests only while it has available pods,
//!   and loses its pods only after it has lost its requests;
//! * a finished run leaves no canary behind, and the router as it was.
//!
//! Without a router ([`router`](super::router)) the weight is the ratio of
//! replicas ([`weights`](super::weights)), so the real weight is what is judged.

mod advance;
pub(in crate::engine) mod analysis;
mod facts;
mod input;
mod intent;
mod judge;
mod level;
mod phase;
mod plan;
mod retreat;
mod run;
#[cfg(test)]
mod tests;
mod traffic;

/// Serde asks by reference whether to leave a count out.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

pub use analysis::{Analysis, Answered, LEAST_INTERVAL_S, NoAnalysis, Progress, Question, Source, reply_of};
pub use facts::facts_of;
pub use input::{Answer, Input, Measurements, Observed, Request, Side};
pub use intent::Intent;
pub use level::{Level, NoLevel};
pub use phase::{Ending, Phase};
pub use plan::{Plan, PlanFault, Step};
pub use run::{CanaryRun, Judgement};
