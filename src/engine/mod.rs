//! What the background engine decides.
//!
//! An order is worked out in two pure halves: [`draft()`] turns it and the live
//! object into one exact write, [`finish()`] turns the draft and the evidence
//! (permission, the server's dry run, who owns the object) into a plan with its
//! checks. A confirmed plan becomes a [`Run`], which [`Run::step`] moves on,
//! input by input; it returns [`Intent`]s for the shell to carry out.
//!
//! Absent on purpose: any memory of what was wished. A run ends by what the
//! watch shows, not by what was written.

mod blast;
pub mod canary;
mod checks;
pub mod delivery;
mod draft;
pub mod edit;
mod finish;
pub mod gates;
#[cfg(test)]
mod kinds_tests;
mod quota;
mod reached;
pub mod record;
pub mod router;
mod run;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod tests;
pub mod verdict;
pub mod weights;

pub use blast::blast_of;
use blast::{more, surge};
pub use draft::{Draft, Live, draft};
pub use finish::{Evidence, Probe, finish};
use quota::quota_check;
use reached::reached;
pub use reached::{Hello, MOST_SKEW_S, clock_off};
pub use run::{Expected, Input, Intent, Run};
