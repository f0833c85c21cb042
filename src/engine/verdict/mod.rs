//! The verdict on a canary: promote, roll back, hold, or "it is not the
//! canary". A pure function of its inputs, [`verdict`].
//!
//! Why not "canary error rate above twice the baseline's": looked at every
//! 30 s at 10 requests/s and 1 % errors, that rule rolls back *every healthy
//! release*, and a minimum number of requests does not repair it. The unit
//! of data here is a count, not a rate, and evidence is measured so that it
//! may be looked at as often as one likes ([`eprocess`]).
//!
//! One concept per file:
//!
//! | file | what it knows |
//! |---|---|
//! | [`input`], [`policy`], [`outcome`] | the words: what goes in, the rules, what comes out |
//! | [`counts`] | raw cumulative samples to counts per interval |
//! | [`eprocess`], [`recent`], [`absolute`], [`burst`], [`beta`], [`mann_whitney`] | the statistics |
//! | [`ratio`], [`gauge`] | the rule for one metric |
//! | [`guards`], [`share`], [`environment`], [`doubt`] | rules around the statistics |
//! | [`decide`] | the order in which the rules are asked |
//! | [`forecast`], [`explain`], [`number`] | "needs ~210 more requests", the sentences |
//! | [`argo`], [`flagger`], [`condition`] | other tools' judges, for those who want them |
//! | [`analysis`] | an expression judged by them, as one metric among others |
//!
//! Absent on purpose: asking, clocks, storage. Times are seconds since the
//! step's weight took effect; counts are integers; evidence is rounded before
//! it decides. So stored inputs replay to the same bytes.
//!
//! How well it does is measured by `benches/verdict.rs`; the numbers are in
//! `docs/verdict.md`.

pub mod absolute;
pub mod analysis;
pub mod argo;
pub mod beta;
pub mod burst;
pub mod condition;
pub mod counts;
pub mod decide;
pub mod doubt;
pub mod environment;
pub mod eprocess;
pub mod explain;
pub mod flagger;
pub mod forecast;
pub mod gauge;
pub mod guards;
pub mod input;
pub mod mann_whitney;
pub mod number;
pub mod outcome;
pub mod policy;
pub mod ratio;
pub mod recent;
pub mod share;

pub use decide::verdict;
pub use input::{
    Bad, Counts, Data, Gauge, Health, Importance, Inputs, Interval, Metric, Requests, StepClock,
};
pub use outcome::{Cause, Decision, Finding, Needs, Verdict};
pub use policy::Policy;

#[cfg(test)]
mod tests;
