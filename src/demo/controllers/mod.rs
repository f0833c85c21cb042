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

pub mod accounts;
pub mod cache;
pub mod change;
pub mod cronjob;
pub mod daemonset;
pub mod deployment;
pub mod endpoints;
pub mod gc;
pub mod hash;
pub mod hpa;
pub mod intstr;
pub mod job;
pub mod key;
pub mod manager;
pub mod meta;
pub mod namespace;
pub mod pdb;
pub mod pod;
mod quota;
pub mod recorder;
pub mod replicaset;
pub mod revisions;
mod routes;
pub mod schedule;
pub mod selector;
pub mod stamp;
pub mod statefulset;
pub mod table;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_placing;
#[cfg(test)]
mod tests_workloads;
pub mod timers;
pub mod workload;
