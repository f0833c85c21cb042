//! quarterdeck: the operations console in a terminal.
//!
//! The library holds everything; the binary `qd` is a few lines, so that
//! `tests/` drives exactly what users run.
//!
//! # The map, and the one rule
//!
//! A module may use only modules to its left (`tests/layers.rs` reads the
//! imports and fails on an arrow to the right):
//!
//! ```text
//! pure:   domain → catalog, promql → signals, slo → engine → msg → command → ui → screens → app
//! doing:  domain → cluster, metrics (+ promql), store → shell → cli → main
//!         demo (the embedded cluster) stands apart: domain only
//! ```
//!
//! Pure modules decide: they know no clock, file, socket or task; time, ids
//! and randomness are inputs. Doing modules carry decisions out and decide
//! nothing; only they may touch I/O, each under one reasoned `allow`.

pub mod app;
pub mod catalog;
pub mod cli;
pub mod cluster;
pub mod command;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod metrics;
pub mod msg;
pub mod promql;
pub mod screens;
pub mod shell;
pub mod signals;
pub mod slo;
pub mod store;
pub mod ui;
