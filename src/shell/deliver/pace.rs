//! The clock of a driver: the machine's, or the demo's.

use crate::domain::Now;
use crate::shell::clock;
use std::sync::Arc;
use std::time::Duration;

/// Where a driver's time comes from. On the embedded cluster it is that
/// cluster's simulated time, so that a step of five minutes is five minutes
/// of its story at any speed.
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

    /// Waits for that much of its time, at least 20 ms of ours: a fast story
    /// must not become a busy loop.
    pub async fn rest(&self, time: Duration) {
        tokio::time::sleep(time.div_f64(self.speed).max(Duration::from_millis(20))).await;
    }
}
