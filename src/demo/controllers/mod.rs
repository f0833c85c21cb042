//! The controllers of the embedded cluster: from what is wanted to what is
//! done about it.
//!
//! Each controller is a pure function from a view of the cluster to a list of
//! [`change::Change`]s; tests drive them as scripts. [`manager::Manager`]
//! feeds them: it follows the store's change feed, works off what became
//! dirty, keeps one timer queue in simulated time and writes the changes. It
//! has no tick: with nothing due it sleeps.
//!
//! Absent on purpose: volume, certificate, token and cloud controllers.

pub mod change;
pub mod deployment;
pub mod hash;
pub mod intstr;
pub mod key;
pub mod meta;
pub mod selector;
pub mod stamp;
