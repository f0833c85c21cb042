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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Fault;

    #[tokio::test(start_paused = true)]
    async fn a_question_nobody_answers_ends_and_says_what_was_asked() {
        let began = tokio::time::Instant::now();
        let never = std::future::pending::<Result<(), Fault>>();
        let fault = in_time("get secrets in shop", never).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Timeout);
        assert_eq!(fault.text, "cannot get secrets in shop: no answer within 5 s");
        assert_eq!(began.elapsed(), PATIENCE);
        assert_eq!(in_time("ask", async { Ok(1) }).await, Ok(1));
    }
}
