//! The clock of what happens in a cluster: the machine's, or the demo's.

use crate::domain::Now;
use crate::shell::clock;
use std::sync::Arc;
use std::time::Duration;

/// Where the time of a driver and of a screen comes from. On the embedded
/// cluster it is that cluster's simulated time, so that a step of five minutes
/// is five minutes of its story, and an age the age, at any speed.
#[derive(Clone)]
pub struct Pace {
    now: Arc<dyn Fn() -> Now + Send + Sync>,
    /// Seconds of that clock per real second.
    speed: f64,
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pace(x{})", self.speed)
    }
}

impl Default for Pace {
    /// The machine's clock.
    fn default() -> Self {
        Self { now: Arc::new(clock::now), speed: 1.0 }
    }
}

impl Pace {
    /// Another clock, which runs `speed` times as fast (at least 0.01).
    pub fn new(now: impl Fn() -> Now + Send + Sync + 'static, speed: f64) -> Self {
        Self { now: Arc::new(now), speed: if speed.is_finite() { speed.max(0.01) } else { 1.0 } }
    }

    /// This moment.
    pub fn now(&self) -> Now {
        (self.now)()
    }

    /// This moment for a person: the calendar is the cluster's, the stopwatch
    /// the machine's. A quarter of an hour of writing is one of that person's
    /// life, however fast the story runs.
    pub fn seen(&self) -> Now {
        Now { wall: self.now().wall, boot: clock::now().boot }
    }

    /// How long that much of its time is for us.
    pub fn ours(&self, time: Duration) -> Duration {
        time.div_f64(self.speed)
    }

    /// So much of its time that at least as much of ours passes in it.
    pub fn at_least_ours(&self, time: Duration) -> Duration {
        time.mul_f64(self.speed.max(1.0))
    }

    /// Waits for that much of its time, at least 20 ms of ours: a fast story
    /// must not become a busy loop.
    pub async fn rest(&self, time: Duration) {
        tokio::time::sleep(self.ours(time).max(Duration::from_millis(20))).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_follow_the_story_and_countdowns_the_machine() {
        let pace = Pace::new(|| Now::at(1_000), 10.0);
        let seen = pace.seen();
        assert_eq!(seen.wall, Now::at(1_000).wall);
        assert!(seen.boot >= clock::now().boot.saturating_sub(Duration::from_mins(1)));
        assert_eq!(pace.ours(Duration::from_mins(10)), Duration::from_mins(1));
        assert_eq!(Pace::new(|| Now::at(0), f64::NAN).ours(Duration::from_secs(3)), Duration::from_secs(3));
    }
}
