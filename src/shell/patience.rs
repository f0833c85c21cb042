//! How long a question that a person waits for may take.

use crate::domain::{Fault, FaultKind};
use std::future::Future;
use std::time::Duration;

/// No question to the server may hold a person up longer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The answer, if it comes in time; `what` says what was asked, to put behind
/// "cannot".
///
/// # Errors
/// The question's own, or that no answer came within 5 s.
pub(super) async fn in_time<T>(
    what: &str,
    question: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(answer) => answer,
        Err(_elapsed) => {
            let text = format!("cannot {what}: no answer within {} s", PATIENCE.as_secs());
            Err(Fault::new(FaultKind::Timeout, text).hint("try again"))
        }
    }
}
