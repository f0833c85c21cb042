//! Service level objectives: what was promised, and how much of it is left.
//!
//! ```text
//! files ──read──▶ Slo ──measure──▶ slots ──assess──▶ SloStatus
//! ```
//!
//! [`read`] takes the files people have (OpenSLO, Sloth, Pyrra) and gives
//! [`Slo`]s of one kind, each with where it was written; one bad SLO never
//! empties the list. [`measure()`] counts events five minutes at a time,
//! [`assess()`] makes budget, burn, alerts and burndown of the counts; [`Budget`]
//! is the arithmetic, [`burn_table`] the multiwindow alert tables of Sloth and
//! Pyrra, [`error_ratio`] the PromQL of each kind of indicator.
//!
//! Absent on purpose: fetching and keeping. Who answers expressions is an input,
//! and so are slots. Grouped objectives are counted as one.

mod assess;
mod backtest;
mod budget;
mod burn;
mod export;
mod formats;
mod ledger;
mod lint;
mod measure;
mod model;
mod period;
mod query;
mod status;
#[cfg(test)]
mod tests;

pub use assess::{Sight, assess};
pub use backtest::{Backtest, Incident, Stretch, backtest};
pub use budget::{Budget, Exhaustion};
pub use burn::{BurnRow, Severity, burn_table, pyrra_table, sloth_table};
pub use export::{Exported, grafana, pyrra, sloth};
pub use formats::{Read, read};
pub use ledger::{Counts, Ledger, counted};
pub use lint::lint;
pub use measure::{Counting, LEAST, Part, Reach, counting, measure};
pub use model::{Budgeting, Calendar, Format, Objective, Origin, Sli, Slo, Window};
pub use query::{QueryTemplate, error_ratio, promql_duration, total_events};
pub use status::{Board, Measured, RowState, RowStatus, SloStatus, Standing, Unit};
