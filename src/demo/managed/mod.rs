//! Field management: who wrote which field last, and server-side apply.
//!
//! The rules are those of structured-merge-diff: an Update takes every field
//! it changes from whoever had it; an Apply owns what it names, refuses to
//! change what others own unless forced, and removes what it owned before,
//! names no longer, and nobody else owns.

pub mod apply;
pub mod diff;
pub mod entries;
pub mod set;
#[cfg(test)]
mod tests;
pub mod walk;
