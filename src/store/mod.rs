//! Local files: settings, the audit log, operations under way, the slots of
//! objectives.
//!
//! Everything lives in three folders ([`Folders`]), private to the user (files
//! 0600, folders 0700). Files that are replaced are replaced whole (a
//! temporary file, synced, then renamed); files that grow are only appended to.
//! Loading never fails half-way: a loader returns what it understood and a
//! [`Warning`] for each thing it did not.
//!
//! Absent on purpose: caches of cluster objects (the API server is the truth)
//! and any secret: kubeconfigs are read by `cluster` and never copied here.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "a doing module: this is where the crate touches the outside world"
)]

mod audit;
mod config;
mod documents;
mod files;
mod folders;
mod places;
mod running;
mod slots;

pub use audit::{AuditFilter, AuditLog, Verified};
pub use config::{
    Config, Layers, OPTIONS, OptionKind, OptionRow, Origin, Setting, Value, Warning, load_config,
};
pub use documents::{Files, read_all, read_file, typed_paths};
pub use files::{read_text, read_text_up_to, write_private};
pub use folders::Folders;
pub use places::Places;
pub use running::{Claimed, Running, RunningRecord};
pub use slots::{KEPT as SLOTS_KEPT, Loaded, SlotStore};
