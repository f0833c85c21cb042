//! The golden signals: which metrics a service offers, and the expressions that
//! turn them into rate, errors, latency and their history.
//!
//! Metric names are not assumed: [`detect()`] looks for the families people have
//! (Prometheus conventions, OpenTelemetry, Micrometer, Istio, gRPC, nginx) in a
//! table, and [`Queries`] are templates over the row that was found. The same
//! expressions run on a Prometheus server and on the console's own evaluator.

pub mod chart;
mod detect;
mod queries;
mod read;
mod trace;
mod usage;

pub use detect::{FAMILIES, Family, detect};
pub use queries::{FIRST_WINDOW, HISTORY, HISTORY_STEP, QUICK_WINDOW, Queries, Query, Span, WINDOW};
pub use read::read;
pub use trace::trace;
pub use usage::{USAGES, UsageFamily, UsageQueries};
