//! PromQL over any source of series, with the semantics of Prometheus 3.
//!
//! ```text
//! text ──parse──▶ Query ──instant/range──▶ eval (columnar) ──▶ Value + Warnings
//!                                            │
//!                                            └─ Series: who has the samples
//! ```
//!
//! The grammar is `promql-parser`'s; everything after the tree is here.
//! A range query is not repeated instant queries: each operator runs once over
//! all steps (`eval::frame`), each series is read once.
//!
//! Pure: no clock (the deadline is the caller's check in [`Limits`]), no file,
//! no task.
//!
//! Deliberately absent: native histograms (the text formats carry classic ones
//! only; their functions warn and give nothing), `info()`, fill modifiers,
//! `anchored`/`smoothed`, duration expressions, start timestamps, `limit_ratio`
//! (its choice depends on Prometheus' internal hash). `docs/promql.md` has the
//! measured pass rates.

mod ask;
mod error;
mod eval;
mod func;
pub mod labels;
mod limits;
mod lower;
mod matcher;
mod node;
mod parse;
mod reads;
mod source;
pub mod stale;
pub mod testing;
mod text;
mod value;
mod warn;

pub use ask::{Answers, Local};
pub use error::{Error, Interrupt, PromqlError};
pub use func::{ABSENT as ABSENT_FUNCTIONS, names as function_names};
pub use labels::Labels;
pub use limits::{Check, Limits};
pub use matcher::{Matcher, Op, Pattern, all_match};
pub use parse::{Query, parse};
pub use reads::{Reads, terms};
pub use source::{MemorySeries, Samples, Series, Visit, Window};
pub use text::parse_float;
pub use value::{Sample, Track, Value};
pub use warn::{Note, Severity, Warnings};
