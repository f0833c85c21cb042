//! Who answers expressions: our own evaluator over samples, or a server.

use super::{Error, Limits, Series, Value, parse};

/// Something expressions can be asked. What it answers follows the semantics
/// of Prometheus; a caller need not know which of the two it has.
pub trait Answers: Sync {
    /// The value of `expr` at one moment, milliseconds since the epoch.
    ///
    /// # Errors
    /// `expr` is no PromQL, hits a limit, or the source fails.
    fn instant(&self, expr: &str, at_ms: i64) -> Result<Value, Error>;

    /// The values of `expr` at every `step_ms` from `start_ms` to `end_ms`.
    ///
    /// # Errors
    /// `expr` is no PromQL, hits a limit, or the source fails.
    fn range(&self, expr: &str, start_ms: i64, end_ms: i64, step_ms: i64) -> Result<Value, Error>;
}

/// Our own evaluator over samples.
pub struct Local<'a> {
    /// Who has the samples.
    pub series: &'a dyn Series,
    /// What one evaluation may cost.
    pub limits: &'a Limits,
}

impl Answers for Local<'_> {
    fn instant(&self, expr: &str, at_ms: i64) -> Result<Value, Error> {
        Ok(parsed(expr)?.instant(self.series, at_ms, self.limits)?.0)
    }

    fn range(&self, expr: &str, start_ms: i64, end_ms: i64, step_ms: i64) -> Result<Value, Error> {
        Ok(parsed(expr)?.range(self.series, start_ms, end_ms, step_ms, self.limits)?.0)
    }
}

fn parsed(expr: &str) -> Result<super::Query, Error> {
    parse(expr).map_err(|error| Error::Execution(format!("{error}: {expr}")))
}
