//! How long somebody who waits for an answer is held up.

use crate::domain::{Fault, FaultKind};
use std::fmt::Display;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// All questions of one plan together may hold a person up no longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is kept back for the questions that rest on other answers.
const RESERVE: Duration = Duration::from_secs(1);

/// The end of the time that all questions of one plan have together. However
/// many follow one another, and whatever is dead, there is an answer by then.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    /// Who is asked, as it is told when nothing is heard.
    whom: String,
    until: Instant,
}

impl Deadline {
    /// Begins now; `whom` is asked.
    pub(crate) fn begin(whom: &impl Display) -> Self {
        Self { whom: whom.to_string(), until: Instant::now() + PATIENCE }
    }

    /// The same time for questions to somebody else.
    pub(crate) fn of(&self, whom: &impl Display) -> Self {
        Self { whom: whom.to_string(), until: self.until }
    }

    /// The same for what other questions rest on: it ends early enough that
    /// these can still be asked.
    pub(crate) fn early(&self) -> Self {
        let until = self.until.checked_sub(RESERVE).unwrap_or(self.until);
        Self { whom: self.whom.clone(), until }
    }

    /// The answer, if it comes in time; `what` says what was asked, to put
    /// behind "cannot".
    ///
    /// # Errors
    /// The question's own, or that no answer came in time.
    pub(crate) async fn answer<T>(
        &self,
        what: &str,
        question: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, Fault> {
        let left = self.until.saturating_duration_since(Instant::now());
        tokio::select! {
            // What is there already counts, however late it is.
            biased;
            answer = question => answer,
            () = sleep_until(self.until) => {
                let text = format!("cannot {what}: {} did not answer within {}", self.whom, words(left));
                Err(Fault::new(FaultKind::Timeout, text).hint("try again; qd doctor says what of it answers"))
            }
        }
    }
}

/// `5 s`, or `800 ms` of what was left for a question that came late.
fn words(time: Duration) -> String {
    let seconds = time.as_secs_f64().round();
    if seconds > 0.0 { format!("{seconds} s") } else { format!("{} ms", time.as_millis()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::pending;

    #[tokio::test(start_paused = true)]
    async fn questions_nobody_answers_end_together_and_say_what_was_asked_of_whom() {
        let began = Instant::now();
        let by = Deadline::begin(&"https://one");
        let first = by.early().answer("list services", pending::<Result<(), _>>()).await.unwrap_err();
        assert_eq!(first.kind, FaultKind::Timeout);
        assert_eq!(first.text, "cannot list services: https://one did not answer within 4 s");
        let second = by.of(&"https://two").answer("get secrets in shop", pending::<Result<(), _>>()).await;
        let second = second.unwrap_err();
        assert_eq!(second.text, "cannot get secrets in shop: https://two did not answer within 1 s");
        assert!(second.hints[0].contains("qd doctor"), "{second:?}");
        assert_eq!(began.elapsed(), PATIENCE, "one after the other, and no longer than one");
        assert_eq!(by.answer("ask", async { Ok(1) }).await, Ok(1), "what needs no time is answered");
        let late = by.answer("ask", pending::<Result<(), _>>()).await.unwrap_err();
        assert!(late.text.ends_with("within 0 ms"), "{late}");
    }
}
