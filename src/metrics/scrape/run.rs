//! The loop: wakes for the next target, fetches at most so many at once, and
//! commits what comes back. One owner, no task of its own: the future is
//! spawned, cancelled and joined by the caller.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use super::commit::Moment;
use super::schedule::Turn;
use super::{Fetch, FetchError, Outcome, Page, Schedule, Target, TargetState};
use crate::domain::Now;
use crate::metrics::store::Store;
use crate::metrics::text::Caps;

/// The store, shared between the scraper (writes) and queries (read). It is
/// locked for the commit of one page at a time: milliseconds.
pub type SharedStore = Arc<RwLock<Store>>;

/// Pages fetched at once.
const AT_ONCE: usize = 32;

/// How often old samples are swept, milliseconds.
const SWEEP_MS: u64 = 60_000;

/// Scrape times this near the plan are written as planned: equal distances
/// compress to one bit, and 10 ms of a minute are a fiftieth of a percent.
const ALIGN_MS: i64 = 10;

/// A scrape that was begun: of whom, when, and what for.
type Begun = (String, Now, Turn);

type Fetched = (Begun, Result<Page, FetchError>);

struct Entry {
    target: Arc<Target>,
    state: TargetState,
    last_ms: Option<i64>,
    /// Times of its quick scrapes that are dropped when they end.
    between_ms: Vec<i64>,
}

impl Entry {
    fn new(target: Target) -> Self {
        let (target, state) = (Arc::new(target), TargetState::default());
        Self { target, state, last_ms: None, between_ms: Vec::new() }
    }
}

/// Scrapes a changing set of targets into a store.
pub struct Scraper {
    store: SharedStore,
    fetch: Arc<dyn Fetch>,
    clock: Box<dyn Fn() -> Now + Send>,
    caps: Caps,
    schedule: Schedule,
    entries: HashMap<String, Entry>,
    swept_ms: u64,
}

fn boot_ms(now: Now) -> u64 {
    now.boot.as_millis() as u64
}

impl Scraper {
    /// A scraper without targets.
    pub fn new(
        store: SharedStore,
        fetch: Arc<dyn Fetch>,
        clock: Box<dyn Fn() -> Now + Send>,
        caps: Caps,
    ) -> Self {
        let (schedule, entries) = (Schedule::default(), HashMap::new());
        Self { store, fetch, clock, caps, schedule, entries, swept_ms: 0 }
    }

    /// Replaces the set of targets. Those that stay keep their series; those
    /// that go end with staleness markers.
    pub fn set_targets(&mut self, targets: Vec<Target>) {
        let now = (self.clock)();
        let mut old = std::mem::take(&mut self.entries);
        for target in targets {
            let key = target.key.clone();
            self.schedule.add(&key, target.interval.as_millis() as u64, boot_ms(now));
            let entry = match old.remove(&key) {
                Some(entry) if entry.target.labels == target.labels => {
                    Entry { target: Arc::new(target), ..entry }
                }
                Some(entry) => {
                    self.end(entry, now);
                    Entry::new(target)
                }
                None => Entry::new(target),
            };
            self.entries.insert(key, entry);
        }
        for (key, entry) in old {
            self.schedule.remove(&key);
            self.end(entry, now);
        }
    }

    fn end(&self, mut entry: Entry, now: Now) {
        let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
        entry.state.end(&entry.target, now.wall.as_millisecond(), &mut store);
    }

    /// Scrapes what is due until `news` has no sender any more. `news` brings
    /// new sets of targets; `seen` hears of every scrape.
    pub async fn run(
        mut self,
        mut news: tokio::sync::mpsc::Receiver<Vec<Target>>,
        mut seen: impl FnMut(&Target, &Outcome),
    ) {
        let mut flying: FuturesUnordered<BoxFuture<'static, Fetched>> = FuturesUnordered::new();
        loop {
            let now = (self.clock)();
            self.sweep(now);
            for (key, turn) in self.schedule.due(boot_ms(now), AT_ONCE - flying.len()) {
                if let Some(entry) = self.entries.get(&key) {
                    flying.push(attempt((key, now, turn), self.fetch.clone(), entry.target.clone()));
                }
            }
            let wait = self.wait(flying.len());
            tokio::select! {
                changed = news.recv() => match changed {
                    Some(targets) => self.set_targets(targets),
                    None => return,
                },
                Some(fetched) = flying.next(), if !flying.is_empty() => {
                    self.commit(&fetched, &mut seen);
                }
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Until the next target is due, if there is room for it.
    fn wait(&self, flying: usize) -> Duration {
        let now_ms = boot_ms((self.clock)());
        let next = self.schedule.next_wake().filter(|_| flying < AT_ONCE);
        let idle = Duration::from_millis(SWEEP_MS);
        next.map_or(idle, |at| Duration::from_millis(at.saturating_sub(now_ms)).min(idle))
    }

    fn sweep(&mut self, now: Now) {
        if boot_ms(now) >= self.swept_ms + SWEEP_MS {
            self.swept_ms = boot_ms(now);
            let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
            store.sweep(now.wall.as_millisecond());
        }
    }

    fn commit(&mut self, fetched: &Fetched, seen: &mut impl FnMut(&Target, &Outcome)) {
        let ((key, started, turn), page) = fetched;
        self.schedule.finished(key);
        let Some(entry) = self.entries.get_mut(key) else {
            return;
        };
        let took_ms = (self.clock)().elapsed(*started).as_millis() as i64;
        let interval_ms = entry.target.interval.as_millis() as i64;
        let start_ms = aligned(started.wall.as_millisecond(), entry.last_ms, interval_ms);
        entry.last_ms = Some(start_ms);
        let error = page.as_ref().err().map(ToString::to_string).unwrap_or_default();
        let body = match page {
            Ok(page) => Ok((page.body.as_ref(), page.format)),
            Err(_) => Err(error.as_str()),
        };
        let moment = Moment { start_ms, took_ms };
        let outcome = {
            let mut store = self.store.write().unwrap_or_else(PoisonError::into_inner);
            let outcome = entry.state.commit(&entry.target, body, moment, &self.caps, &mut store);
            match turn {
                Turn::Usual => {}
                Turn::Between => entry.between_ms.push(start_ms),
                Turn::Settling => {
                    let between_ms = std::mem::take(&mut entry.between_ms);
                    entry.state.thin(&entry.target, &between_ms, &mut store);
                }
            }
            outcome
        };
        seen(&entry.target, &outcome);
    }
}

/// The planned time, when the real one is near it.
fn aligned(real_ms: i64, last_ms: Option<i64>, interval_ms: i64) -> i64 {
    match last_ms {
        Some(last) if (real_ms - last - interval_ms).abs() <= ALIGN_MS => last + interval_ms,
        Some(_) | None => real_ms,
    }
}

fn attempt(begun: Begun, fetch: Arc<dyn Fetch>, target: Arc<Target>) -> BoxFuture<'static, Fetched> {
    Box::pin(async move {
        let limit = target.timeout;
        let page = tokio::time::timeout(limit, fetch.fetch(&target))
            .await
            .unwrap_or(Err(FetchError::Timeout(limit)));
        (begun, page)
    })
}
