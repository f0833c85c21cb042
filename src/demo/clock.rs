//! The clock of the embedded cluster: simulated time that runs `speed` times
//! as fast as the wall, can be stopped, and can be moved by hand in tests.
//!
//! Every timestamp the cluster writes and every wait of its controllers goes
//! through here, so that a scenario of an hour can be watched in a minute and
//! a paused cluster does nothing at all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;
use tokio::time::Instant;

/// Fastest allowed clock: beyond this a step of the simulation is shorter than a timer tick.
const MAX_SPEED: f64 = 100_000.0;

/// Simulated time; clones share one clock.
#[derive(Clone, Debug)]
pub struct SimClock {
    state: Arc<Mutex<State>>,
    /// Counts rate changes, so that sleepers recompute when they end.
    changed: Arc<watch::Sender<u64>>,
}

#[derive(Clone, Copy, Debug)]
struct State {
    wall: Instant,
    sim: Timestamp,
    speed: f64,
    paused: bool,
}

impl State {
    fn at(&self, wall: Instant) -> Timestamp {
        if self.paused {
            return self.sim;
        }
        let real = wall.saturating_duration_since(self.wall).as_secs_f64();
        let passed = SignedDuration::try_from_secs_f64(real * self.speed).unwrap_or(SignedDuration::MAX);
        self.sim.checked_add(passed).unwrap_or(Timestamp::MAX)
    }
}

impl SimClock {
    /// A running clock that shows `start` now and runs `speed` simulated seconds per second.
    ///
    /// A speed that is not a positive number counts as 1; it is capped at 100,000.
    pub fn new(start: Timestamp, speed: f64) -> Self {
        let state = State { wall: Instant::now(), sim: start, speed: sane(speed), paused: false };
        Self { state: Arc::new(Mutex::new(state)), changed: Arc::new(watch::Sender::new(0)) }
    }

    /// A stopped clock that moves only by [`SimClock::advance`].
    pub fn paused_at(start: Timestamp) -> Self {
        let clock = Self::new(start, 1.0);
        *clock.lock() = State { wall: Instant::now(), sim: start, speed: 1.0, paused: true };
        clock
    }

    /// The simulated moment.
    pub fn now(&self) -> Timestamp {
        self.lock().at(Instant::now())
    }

    /// Simulated seconds per wall second while running.
    pub fn speed(&self) -> f64 {
        self.lock().speed
    }

    /// Whether time stands still.
    pub fn is_paused(&self) -> bool {
        self.lock().paused
    }

    /// Changes the rate from now on; see [`SimClock::new`] for the allowed range.
    pub fn set_speed(&self, speed: f64) {
        self.change(|s| s.speed = sane(speed));
    }

    /// Stops or continues.
    pub fn set_paused(&self, paused: bool) {
        self.change(|s| s.paused = paused);
    }

    /// Moves the clock forward by simulated time, running or stopped; never back.
    pub fn advance(&self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.change(|s| s.sim = s.sim.checked_add(by).unwrap_or(Timestamp::MAX));
    }

    /// Completes when the clock shows `until` or later; for ever while stopped before it.
    pub async fn sleep_until(&self, until: Timestamp) {
        let mut changed = self.changed.subscribe();
        loop {
            changed.borrow_and_update();
            let state = *self.lock();
            let left = until.duration_since(state.at(Instant::now()));
            if left <= SignedDuration::ZERO {
                return;
            }
            // The sender lives in self, so `changed()` cannot fail while we wait.
            if state.paused {
                let _ = changed.changed().await;
                continue;
            }
            let wall = Duration::try_from_secs_f64(left.as_secs_f64() / state.speed).unwrap_or(Duration::MAX);
            // A timer tick is 1 ms; waking earlier would only spin.
            tokio::select! {
                () = tokio::time::sleep(wall.max(Duration::from_millis(1))) => {}
                _ = changed.changed() => {}
            }
        }
    }

    /// Completes after `duration` of simulated time.
    pub async fn sleep(&self, duration: Duration) {
        let by = SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX);
        self.sleep_until(self.now().checked_add(by).unwrap_or(Timestamp::MAX)).await;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, f: impl FnOnce(&mut State)) {
        {
            let mut state = self.lock();
            let wall = Instant::now();
            state.sim = state.at(wall);
            state.wall = wall;
            f(&mut state);
        }
        self.changed.send_modify(|n| *n = n.wrapping_add(1));
    }
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() && speed > 0.0 { speed.min(MAX_SPEED) } else { 1.0 }
}

/// `metav1.Time`: RFC 3339 in whole seconds, as `creationTimestamp` is written.
pub fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// `metav1.MicroTime`: RFC 3339 with six digits, as Leases and new Events are written.
pub fn rfc3339_micro(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn a_paused_clock_moves_only_by_hand() {
        let clock = SimClock::paused_at(start());
        assert_eq!(clock.now(), start());
        clock.advance(Duration::from_secs(90));
        assert_eq!(rfc3339(clock.now()), "2026-01-02T03:05:35Z");
        assert_eq!(rfc3339_micro(clock.now()), "2026-01-02T03:05:35.000000Z");
    }

    #[test]
    fn nonsense_speeds_count_as_one() {
        for speed in [0.0, -3.0, f64::NAN, f64::INFINITY] {
            assert!((SimClock::new(start(), speed).speed() - 1.0).abs() < f64::EPSILON, "{speed}");
        }
    }

    #[tokio::test]
    async fn sleepers_follow_the_speed_and_jumps() {
        let clock = SimClock::paused_at(start());
        let sleeper = tokio::spawn({
            let clock = clock.clone();
            async move { clock.sleep(Duration::from_hours(1)).await }
        });
        clock.advance(Duration::from_mins(30));
        assert!(!sleeper.is_finished());
        clock.set_speed(100_000.0);
        clock.set_paused(false);
        tokio::time::timeout(Duration::from_secs(10), sleeper).await.expect("wakes").expect("joins");
        assert!(clock.now() >= start().checked_add(SignedDuration::from_hours(1)).unwrap());
    }
}
