//! Service level objectives: what was promised, and how much of it is left.
//!
//! [`read`] takes the files people have (OpenSLO, Sloth, Pyrra) and gives
//! [`Slo`]s of one kind, each with where it was written; one bad SLO never
//! empties the list. [`Budget`] is the arithmetic of error budgets, [`burn_table`]
//! the multiwindow alert tables of Sloth and Pyrra, [`error_ratio`] the PromQL of
//! each kind of indicator.
//!
//! Absent on purpose: fetching. An SLO's counts come from whoever has them.

mod budget;
mod burn;
mod formats;
mod lint;
mod model;
mod query;

pub use budget::{Budget, Exhaustion};
pub use burn::{BurnRow, Severity, burn_table, pyrra_table, sloth_table};
pub use formats::{Read, read};
pub use lint::lint;
pub use model::{Budgeting, Format, Objective, Origin, Sli, Slo, Window};
pub use query::{QueryTemplate, error_ratio, promql_duration, total_events};
