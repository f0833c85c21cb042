//! What time it is where the server is.

use super::Cluster;
use super::paths::get;
use super::wire::Limits;
use crate::domain::Fault;
use jiff::SignedDuration;
use jiff::Timestamp;

impl Cluster {
    /// How far the server's clock is ahead of ours, at the grain of its `Date`
    /// header, a second; none if it does not send one.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn clock_skew(&self) -> Result<Option<SignedDuration>, Fault> {
        self.clock_skew_of(Timestamp::now).await
    }

    /// The same of another clock: that of a story runs faster than ours.
    ///
    /// # Errors
    /// The server does not answer.
    pub async fn clock_skew_of(&self, now: impl Fn() -> Timestamp) -> Result<Option<SignedDuration>, Fault> {
        let before = now();
        let answer = self.wire.call("ask for the time", get("/version")?, Limits::ONE).await;
        let answer = answer.map_err(|error| error.fault)?;
        let half = now().duration_since(before) / 2;
        let there = answer.date.and_then(|date| jiff::fmt::rfc2822::parse(&date).ok());
        Ok(there.map(|there| there.timestamp().duration_since(before) - half))
    }
}
