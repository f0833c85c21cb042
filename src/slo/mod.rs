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
//! [`contributors()`] says who burns a budget, [`judge`] what a budget policy
//! allows. [`within`] splits an objective into one for each label set, [`Past`]
//! lays the parts of a composite one beside each other.
//!
//! Absent on purpose: fetching and keeping. Who answers expressions is an input,
//! and so are slots.

mod assess;
mod backtest;
mod budget;
mod burn;
mod contributors;
mod edges;
mod export;
mod formats;
mod groups;
mod ledger;
mod lint;
mod measure;
mod model;
mod past;
mod period;
mod policy;
mod query;
mod recorded;
mod reshape;
#[cfg(test)]
mod several_tests;
mod status;
#[cfg(test)]
mod tests;

pub use assess::{Sight, assess};
pub use backtest::{Backtest, Incident, Stretch, backtest};
pub use budget::{Budget, Exhaustion};
pub use burn::{BurnRow, Severity, burn_table, pyrra_table, sloth_table};
pub use contributors::{Contributor, Contributors, contributors, contributors_window};
pub use edges::missing_edge;
pub use export::{Exported, grafana, pyrra, sloth};
pub use formats::{Read, read};
pub use groups::{MOST_GROUPS, found_groups, merged_groups, question, split_of, within};
pub use ledger::{Counts, Ledger, Strand, counted};
pub use lint::lint;
pub use measure::{Counting, LEAST, Part, Reach, counting, measure};
pub use model::{Budgeting, Calendar, Component, Format, Objective, Origin, Sli, Slo, Window, strictest};
pub use past::{Past, Piece};
pub use policy::{Gauge, Policy, PolicyAction, PolicyRule, Than, Verdict, When, judge, parse_rules};
pub use query::{QueryTemplate, error_ratio, promql_duration, total_events};
pub use recorded::recorded;
pub use status::{Board, Measured, RowState, RowStatus, SloStatus, Standing, Unit};
