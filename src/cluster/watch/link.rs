//! The connection as a whole: asked now and then, said only when it changes.

use super::backoff::Backoff;
use crate::cluster::paths::get;
use crate::cluster::status::{not_json, of_answer};
use crate::cluster::wire::{Limits, Wire};
use crate::domain::{Fact, Fault, FaultKind, LinkState};
use jiff::Timestamp;
use serde_json::{Map, Value};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::{Notify, mpsc, watch};

/// How often the server is asked while nothing else is heard from it.
const EVERY: Duration = Duration::from_secs(5);
/// How long it may take to answer, and how much it may say: a dead connection
/// shows within ten seconds.
const PING: Limits = Limits { time: Duration::from_secs(4), bytes: 64 << 10 };

/// How often credentials are asked for anew while they are refused.
const RENEW_EVERY: Duration = Duration::from_secs(20);

/// What the watches and the link tell each other.
#[derive(Debug)]
pub(super) struct Pulse {
    heard: Mutex<Option<Instant>>,
    suspicion: Notify,
    alive: watch::Sender<bool>,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { heard: Mutex::new(None), suspicion: Notify::new(), alive: watch::Sender::new(true) }
    }

    /// Bytes came: no need to ask.
    pub(super) fn beat(&self) {
        if let Ok(mut heard) = self.heard.lock() {
            *heard = Some(Instant::now());
        }
    }

    /// Something failed: ask now.
    pub(super) fn suspect(&self) {
        self.suspicion.notify_one();
    }

    /// Turns false when the link is lost and true when it is back.
    pub(super) fn alive(&self) -> watch::Receiver<bool> {
        self.alive.subscribe()
    }

    /// Time until silence has lasted long enough to ask.
    fn due_in(&self, asked: Instant) -> Duration {
        let heard = self.heard.lock().ok().and_then(|heard| *heard);
        let last = heard.map_or(asked, |heard| heard.max(asked));
        EVERY.saturating_sub(last.elapsed())
    }
}

/// Asks for ever; ends only when nobody listens any more.
pub(super) async fn run(wire: Wire, pulse: std::sync::Arc<Pulse>, out: mpsc::Sender<Fact>) {
    let mut live: Option<bool> = None;
    let mut backoff = Backoff::default();
    let mut renewal = Renewal::default();
    loop {
        let mut answer = ping(&wire).await;
        if renewal.is_due(&wire, &answer) && wire.renew().await.is_ok() {
            answer = ping(&wire).await;
        }
        let news = match answer {
            Ok(latency) => (live != Some(true)).then_some(LinkState::Live { latency }),
            Err(fault) => (live != Some(false)).then(|| LinkState::Lost { since: Timestamp::now(), fault }),
        };
        if let Some(state) = news {
            let alive = matches!(state, LinkState::Live { .. });
            live = Some(alive);
            if out.send(Fact::Link(state)).await.is_err() {
                return;
            }
            pulse.alive.send_replace(alive);
            backoff.reset();
        }
        if live == Some(true) {
            wait(&pulse).await;
        } else {
            tokio::time::sleep(backoff.next(fastrand::f64()).min(EVERY)).await;
        }
    }
}

/// When to get credentials anew.
#[derive(Default)]
struct Renewal {
    last: Option<Instant>,
}

impl Renewal {
    /// After a refusal or before the end, but seldom: a plugin may be slow, or
    /// open a browser.
    fn is_due(&mut self, wire: &Wire, answer: &Result<Duration, Fault>) -> bool {
        let refused = answer.as_ref().is_err_and(|fault| fault.kind == FaultKind::Unauthorized);
        let due = (refused || wire.is_expiring()) && self.last.is_none_or(|at| at.elapsed() > RENEW_EVERY);
        if due {
            self.last = Some(Instant::now());
        }
        due
    }
}

/// Until it is time to ask again: after silence, or on suspicion.
async fn wait(pulse: &Pulse) {
    let asked = Instant::now();
    loop {
        let left = pulse.due_in(asked);
        if left.is_zero() {
            return;
        }
        tokio::select! {
            () = pulse.suspicion.notified() => return,
            () = tokio::time::sleep(left) => {}
        }
    }
}

/// The cheapest question every authenticated user may ask. A refusal is an
/// answer too, except of our credentials: without them nothing is fresh.
async fn ping(wire: &Wire) -> Result<Duration, Fault> {
    let asked = "reach the server";
    let start = Instant::now();
    let answer = wire.call(asked, get("/version")?, PING).await.map_err(|error| error.fault)?;
    match answer.code {
        200..300 => match serde_json::from_slice::<Map<String, Value>>(&answer.body) {
            Ok(_version) => Ok(start.elapsed()),
            Err(error) => Err(not_json(asked, &answer.body, &error, &wire.site)),
        },
        403 | 404 | 429 => Ok(start.elapsed()),
        _ => Err(of_answer(asked, &answer, &wire.site)),
    }
}
