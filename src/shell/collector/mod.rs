//! The golden signals without a Prometheus: the console reads the pods' own
//! metrics through the API server's pod proxy, keeps the samples in memory and
//! evaluates the same expressions it would send to a server.
//!
//! ```text
//! World ──targets──▶ scraper ──▶ sample store ──signals::read──▶ Event::Signals
//! ```
//!
//! Absent on purpose: anything on disk, and scraping of pods that do not offer
//! metrics by annotation or port name.

mod once;
mod proxy;
mod targets;

use super::console::Message;
use super::{Tasks, clock};
use crate::cluster::Cluster;
use crate::domain::{ServiceKey, SignalSource, SignalState, World};
use crate::metrics::scrape::{Scraper, SharedStore, Target};
use crate::metrics::store::{Caps, Store};
use crate::metrics::text;
use crate::msg::Event;
use crate::promql::Limits;
use crate::signals;
use proxy::PodProxy;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use once::{Readings, read_twice};
pub(super) use targets::Wanted;

/// From one evaluation to the next; as often as a target is scraped.
const EVERY: Duration = Duration::from_secs(15);

/// The first evaluations come sooner: people look at a fresh screen.
const SOON: Duration = Duration::from_secs(5);

/// Evaluations at the faster pace after start.
const SOON_TIMES: u32 = 12;

/// A small console: six hours of a few thousand series fit.
const MEMORY: Caps = Caps { bytes: 64 << 20, age_ms: 6 * 3_600_000, series: 100_000 };

/// Collects for one connection. Dropping it ends its tasks.
#[derive(Debug)]
pub(super) struct Collector {
    scraped: mpsc::Sender<Vec<Target>>,
    evaluated: watch::Sender<Vec<ServiceKey>>,
    stop: CancellationToken,
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Collector {
    /// Begins; nothing is read before [`want`](Self::want) says what.
    pub(super) fn begin(cluster: &Cluster, tasks: &Tasks, out: mpsc::Sender<Message>) -> Self {
        let store: SharedStore = Arc::new(RwLock::new(Store::new(MEMORY)));
        let (scraped, news) = mpsc::channel(1);
        let (evaluated, services) = watch::channel(Vec::new());
        let stop = CancellationToken::new();
        let fetch = Arc::new(PodProxy::new(cluster.clone()));
        let reading = Scraper::new(store.clone(), fetch, Box::new(clock::now), text::Caps::default());
        let (until, also) = (stop.clone(), stop.clone());
        tasks.spawn("scrape", async move {
            until.run_until_cancelled(reading.run(news, |_, _| {})).await;
        });
        tasks.spawn("evaluate signals", async move {
            also.run_until_cancelled(evaluate(store, services, out)).await;
        });
        Self { scraped, evaluated, stop }
    }

    /// Says what is to be read now. If the scraper has not yet taken the last
    /// word, this one waits for the next time: the set changes slowly.
    pub(super) fn want(&self, world: &World) {
        let Wanted { targets, services } = Wanted::of(world);
        let _busy_or_closing = self.scraped.try_send(targets);
        self.evaluated.send_if_modified(|held| {
            let changed = *held != services;
            if changed {
                *held = services;
            }
            changed
        });
    }
}

async fn evaluate(
    store: SharedStore,
    services: watch::Receiver<Vec<ServiceKey>>,
    out: mpsc::Sender<Message>,
) {
    let mut round = 0;
    loop {
        tokio::time::sleep(if round < SOON_TIMES { SOON } else { EVERY }).await;
        round += 1;
        let (keys, store) = (services.borrow().clone(), store.clone());
        let read = tokio::task::spawn_blocking(move || read_all(&store, &keys)).await;
        let Ok(states) = read else { continue };
        if out.send(Message::Collect).await.is_err() {
            return;
        }
        if !states.is_empty() && out.send(Message::Event(Event::Signals(states))).await.is_err() {
            return;
        }
    }
}

fn read_all(store: &SharedStore, keys: &[ServiceKey]) -> Vec<(ServiceKey, SignalState)> {
    let (at, limits) = (clock::now().wall, Limits::default());
    let store = store.read().unwrap_or_else(PoisonError::into_inner);
    let read = |key: &ServiceKey| match signals::read(
        &*store,
        &targets::selector(key),
        at,
        SignalSource::Scraper,
        &limits,
    ) {
        Ok(Some(signals)) => SignalState::Ready(Box::new(signals)),
        Ok(None) => SignalState::Waiting,
        Err(error) => SignalState::Failed { why: error.to_string() },
    };
    keys.iter().map(|key| (key.clone(), read(key))).collect()
}
