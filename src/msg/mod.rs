//! Words between the layers.
//!
//! [`Event`] comes in, [`Effect`] goes out, [`Notice`] is read by a person.
//! The app turns events into effects; the shell turns effects into I/O and the
//! answers into events. Nothing here does anything.

mod effect;
mod event;
mod forward;
mod lease;
mod log;
mod look;
mod notice;
mod outside;
mod run_view;
mod views;

pub use effect::{Ask, Effect};
pub use event::{ContextInfo, ContextSettings, Event, Place};
pub use forward::{Forward, ForwardAsk};
pub use lease::{LeaseAsk, LeaseSeen};
pub use log::{LogLine, LogQuery, LogSource, LogUpdate};
pub use look::{ConfigAsk, ConfigFound, DocumentAsk, DocumentText, Found, Look};
pub use notice::{Level, Notice};
pub use outside::{Edited, Outside};
pub use run_view::RunView;
pub use views::{ListView, MOST_FILTERS, Views};
