//! The golden signals and the objectives of a connection.
//!
//! Without a Prometheus the console reads the pods' own metrics through the
//! API server's pod proxy, keeps the samples in memory and evaluates the same
//! expressions it would send to a server; with one, it sends them.
//!
//! ```text
//! World ──targets──▶ scraper ──▶ sample store ─┐
//!                                 Prometheus ──┴─ signals::read ──▶ Event::Signals
//!                                              └─ slos::Keeper  ──▶ Event::Slos
//! ```
//!
//! Absent on purpose: scraping of pods that do not offer metrics by annotation,
//! port name or a PodMonitor or ServiceMonitor; samples on disk (slots are).

mod evaluate;
mod find;
mod once;
mod proxy;
mod server;
mod targets;
#[cfg(test)]
mod tests;

use super::Tasks;
use super::console::Message;
use super::deliver::Pace;
use super::monitoring::Reach;
use super::slos::{History, SloSource};
use crate::cluster::Cluster;
use crate::domain::{Namespace, ServiceKey, World};
use crate::metrics::Access;
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::Client;
use crate::metrics::scrape::{Scraper, SharedStore, Target};
use crate::metrics::store::{Caps, Store};
use crate::metrics::text;
use crate::signals::chart::KEPT;
use evaluate::{Evaluator, evaluate};
pub(super) use proxy::PodProxy;
use server::Server;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

pub use once::{Readings, read_twice};
use targets::Monitored;
pub(super) use targets::Wanted;

/// A small console: six hours of a few thousand series fit.
const MEMORY: Caps = Caps { bytes: 64 << 20, age_ms: KEPT.as_millis() as i64, series: 100_000 };

/// What is collected from where.
#[derive(Clone)]
pub(super) struct Plan {
    /// Where Prometheus and Alertmanager are; without either, the pods are read.
    pub(super) access: Result<Access, String>,
    /// Whether the pods may be read.
    pub(super) scrape: bool,
    /// Where objectives are written.
    pub(super) slos: SloSource,
    /// What budgets allow, as the settings say.
    pub(super) policy: String,
    /// The namespace looked at; none for all.
    pub(super) namespace: Option<Namespace>,
    /// Where slots are kept; none to keep them in memory only.
    pub(super) slots: Option<PathBuf>,
    /// Slots from elsewhere.
    pub(super) history: Option<History>,
    /// The cluster's time.
    pub(super) clock: Pace,
}

/// Collects for one connection. Dropping it ends its tasks.
#[derive(Debug)]
pub(super) struct Collector {
    /// None where a server is asked.
    scraped: Option<mpsc::Sender<Vec<Target>>>,
    store: Option<SharedStore>,
    evaluated: watch::Sender<Vec<ServiceKey>>,
    clock: Pace,
    shared: Arc<Shared>,
    stop: CancellationToken,
}

/// What the rounds tell the rest, and are told by it.
#[derive(Default)]
pub(super) struct Shared {
    /// Whether a server is asked, so that the pods need not be read.
    served: AtomicBool,
    /// What monitors say of pods.
    monitored: Mutex<Monitored>,
    /// Where silences are made.
    alertmanager: RwLock<Option<Arc<Alertmanager<Reach>>>>,
    /// The server that is asked, or why it cannot be; none where the pods are read.
    asked: RwLock<Option<Result<Arc<Client<Reach>>, String>>>,
    /// Something changed: the next round need not wait.
    hurry: Notify,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("served", &self.served).finish_non_exhaustive()
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Who answers a single question, outside of the rounds.
pub(in crate::shell) enum Answering {
    /// What the scraper reads.
    Pods(SharedStore),
    /// A Prometheus.
    Server(Arc<Client<Reach>>),
    /// Nobody; why.
    Nobody(String),
}

/// Who answers.
pub(super) enum Source {
    /// What the scraper reads.
    Pods(SharedStore),
    /// A Prometheus.
    Server(Box<Server>),
}

impl Collector {
    /// Begins; nothing is read before [`want`](Self::want) says what.
    pub(super) fn begin(cluster: &Cluster, plan: Plan, tasks: &Tasks, out: mpsc::Sender<Message>) -> Self {
        let (evaluated, services) = watch::channel(Vec::new());
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared::default());
        let (mut scraped, mut samples) = (None, None);
        let source = match named(&plan) {
            Some(Ok(server)) => Source::Server(Box::new(server)),
            Some(Err(why)) => {
                tracing::warn!("the Prometheus of the settings cannot be asked: {why}");
                Source::Server(Box::new(Server::broken(why)))
            }
            None if !plan.scrape => Source::Pods(Arc::new(RwLock::new(Store::new(MEMORY)))),
            None => {
                let store: SharedStore = Arc::new(RwLock::new(Store::new(MEMORY)));
                let (send, news) = mpsc::channel(1);
                let fetch = Arc::new(PodProxy::new(cluster.clone()));
                let pace = plan.clock.clone();
                let reading =
                    Scraper::new(store.clone(), fetch, Box::new(move || pace.seen()), text::Caps::default());
                let until = stop.clone();
                tasks.spawn("scrape", async move {
                    until.run_until_cancelled(reading.run(news, |_, _| {})).await;
                });
                scraped = Some(send);
                samples = Some(store.clone());
                Source::Pods(store)
            }
        };
        let clock = plan.clock.clone();
        let evaluator = Evaluator::new(cluster.clone(), source, plan, (shared.clone(), stop.clone()));
        let until = stop.clone();
        tasks.spawn("evaluate signals and objectives", async move {
            until.run_until_cancelled(evaluate(evaluator, services, out)).await;
        });
        Self { scraped, store: samples, evaluated, clock, shared, stop }
    }

    /// Where silences are made; none where no Alertmanager is known.
    pub(super) fn alertmanager(&self) -> Option<Arc<Alertmanager<Reach>>> {
        self.shared.alertmanager.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who is asked now.
    pub(super) fn answering(&self) -> Answering {
        let asked = self.shared.asked.read().unwrap_or_else(PoisonError::into_inner).clone();
        match (asked, &self.store) {
            (Some(Ok(client)), _) => Answering::Server(client),
            (Some(Err(why)), _) => Answering::Nobody(why),
            (None, Some(store)) => Answering::Pods(store.clone()),
            (None, None) => Answering::Nobody("the pods are not read, by the settings".to_owned()),
        }
    }

    /// Has the next round begin at once.
    pub(super) fn hurry(&self) -> impl Fn() + Send + use<> {
        let shared = self.shared.clone();
        move || shared.hurry.notify_one()
    }

    /// The samples read from the pods; none where a server is asked.
    pub(super) fn samples(&self) -> Option<SharedStore> {
        self.store.clone()
    }

    /// Says what is to be read now. If the scraper has not yet taken the last
    /// word, this one waits for the next time: the set changes slowly.
    pub(super) fn want(&self, world: &World) {
        let served = self.shared.served.load(Ordering::Relaxed);
        let services = if let Some(scraped) = &self.scraped {
            let mut monitored = self.shared.monitored.lock().unwrap_or_else(PoisonError::into_inner);
            let Wanted { mut targets, services } = Wanted::with(world, &mut monitored);
            drop(monitored);
            for target in &mut targets {
                target.interval = self.clock.ours(target.interval);
            }
            // Where a server was found, the pods are left in peace.
            let targets = if served { Vec::new() } else { targets };
            let _busy_or_closing = scraped.try_send(targets);
            if served { all(world) } else { services }
        } else {
            // A server may know any service, whether its pods say so or not.
            all(world)
        };
        self.evaluated.send_if_modified(|held| {
            let changed = *held != services;
            if changed {
                *held = services;
            }
            changed
        });
    }
}

fn all(world: &World) -> Vec<ServiceKey> {
    world.services().into_iter().map(|row| row.key).collect()
}

/// The Prometheus of the settings; none if they name none.
fn named(plan: &Plan) -> Option<Result<Server, String>> {
    match &plan.access {
        Ok(access) => access.prometheus.as_deref().map(|url| Server::open(access, url)),
        Err(why) => Some(Err(why.clone())),
    }
}
