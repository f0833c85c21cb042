//! A Prometheus as the one who answers expressions, for code that waits.

use super::transport::Transport;
use super::{ApiError, Client, RangePlan};
use crate::promql::{Answers, Error, Value};
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Asks a client from a thread that may block; never from a task.
pub struct Asking<'a, T> {
    client: &'a Client<T>,
    runtime: Handle,
    stop: CancellationToken,
    warnings: Mutex<BTreeSet<String>>,
}

impl<'a, T: Transport> Asking<'a, T> {
    /// Asks `client`, whose requests run on `runtime`.
    pub fn new(client: &'a Client<T>, runtime: Handle) -> Self {
        Self { client, runtime, stop: CancellationToken::new(), warnings: Mutex::default() }
    }

    /// The same until `stop`: questions under way end then, and further ones fail.
    #[must_use]
    pub fn until(self, stop: CancellationToken) -> Self {
        Self { stop, ..self }
    }

    fn wait(
        &self,
        question: impl Future<Output = Result<super::Answer<Value>, ApiError>>,
    ) -> Result<Value, Error> {
        let answer = self.runtime.block_on(self.stop.run_until_cancelled(question));
        self.taken(answer.unwrap_or(Err(ApiError::Closed)))
    }

    /// What the server warned of so far, each once.
    pub fn warnings(&self) -> Vec<String> {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }

    fn taken(&self, answer: Result<super::Answer<Value>, ApiError>) -> Result<Value, Error> {
        let answer = answer.map_err(|error| Error::Source(error.to_string()))?;
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).extend(answer.warnings);
        Ok(answer.data)
    }
}

impl<T: Transport> Answers for Asking<'_, T> {
    fn instant(&self, expr: &str, at_ms: i64) -> Result<Value, Error> {
        self.wait(self.client.query(expr, at_ms))
    }

    fn range(&self, expr: &str, start_ms: i64, end_ms: i64, step_ms: i64) -> Result<Value, Error> {
        let plan = RangePlan { start_ms, end_ms, step_ms };
        self.wait(self.client.query_range(expr, plan))
    }
}
