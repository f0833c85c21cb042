//! One file per verb. Each returns its exit code or a fault.
#![allow(clippy::format_push_string, reason = "a page of text, once: an allocation per line is no cost")]

pub(super) mod alerts;
mod approvals;
pub(super) mod approve;
pub(super) mod audit;
pub(super) mod catalog;
pub(super) mod change;
pub(super) mod config_diff;
pub(super) mod confirm;
pub(super) mod console;
mod delivery_text;
pub(super) mod demo;
mod demo_docs;
mod demo_story;
pub(super) mod deploy;
pub(super) mod doctor;
pub(super) mod engine;
pub(super) mod environments;
pub(super) mod forward;
mod gate;
pub(super) mod info;
mod lists;
pub(super) mod login;
pub(super) mod man;
pub(super) mod object;
pub(super) mod plan;
pub(super) mod plan_text;
pub(super) mod promql;
pub(super) mod query;
pub(super) mod request;
pub(super) mod rollouts;
pub(super) mod service;
pub(super) mod services;
pub(super) mod silence;
pub(super) mod slo;
pub(super) mod status;
pub(super) mod verdict;
