//! Connecting in the background: the first frame never waits for a server.
//!
//! A connection's facts come through a channel of its own, which is dropped
//! with it: news of an old connection cannot reach the world of a new one.

use super::Tasks;
use super::collector::{self, Collector};
use super::console::{Message, Ready};
use super::monitoring::Reach;
use crate::cluster::{Cluster, ConnectOptions, connect};
use crate::domain::{ContextName, Fact, Fault, FaultKind, Kind, Name, Namespace, World};
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::scrape::SharedStore;
use crate::msg::{Event, Notice, Place};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Facts waiting for the loop. A full channel slows the watches, and through
/// TCP the server; it never grows.
const FACTS: usize = 1024;
/// The server is asked who we are at most this long; the console shows its
/// lists without the answer.
const WHO_TIME: Duration = Duration::from_secs(3);
/// Waits between attempts to make the first connection.
const BACK_OFF: [Duration; 4] =
    [Duration::from_secs(2), Duration::from_secs(4), Duration::from_secs(8), Duration::from_secs(30)];

/// A connection with its watches. Dropping it ends them.
#[derive(Debug)]
pub struct Link {
    /// The cluster.
    pub cluster: Cluster,
    /// Where it is.
    pub place: Place,
    /// What its watches see.
    pub facts: mpsc::Receiver<Fact>,
    watches: CancellationToken,
    collector: Option<Collector>,
}

impl Link {
    /// Begins to watch.
    pub fn open(cluster: Cluster, place: Place, tasks: &Tasks) -> Self {
        let (out, facts) = mpsc::channel(FACTS);
        let watches = CancellationToken::new();
        for (name, watch) in cluster.watches(place.namespace.as_ref(), &out, &watches) {
            tasks.spawn(name, watch);
        }
        Self { cluster, place, facts, watches, collector: None }
    }

    /// The same link, reading the pods' metrics as well; `out` gets the signals.
    #[must_use]
    pub(super) fn collecting(
        mut self,
        plan: collector::Plan,
        tasks: &Tasks,
        out: mpsc::Sender<Message>,
    ) -> Self {
        self.collector = Some(Collector::begin(&self.cluster, plan, tasks, out));
        self
    }

    /// The samples read from the pods; none where none are.
    pub(super) fn samples(&self) -> Option<SharedStore> {
        self.collector.as_ref().and_then(Collector::samples)
    }

    /// Where silences are made, and how to have the alerts read again; none
    /// where no Alertmanager is known.
    pub(super) fn alertmanager(&self) -> Option<(Arc<Alertmanager<Reach>>, impl Fn() + Send + use<>)> {
        let collector = self.collector.as_ref()?;
        Some((collector.alertmanager()?, collector.hurry()))
    }

    /// Says what metrics are to be read now.
    pub(super) fn collect(&self, world: &World) {
        if let Some(collector) = &self.collector {
            collector.want(world);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.watches.cancel();
    }
}

/// Makes connections, one attempt at a time.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) options: ConnectOptions,
    pub(super) demo: bool,
    tasks: Tasks,
    out: mpsc::Sender<Message>,
    attempt: Option<CancellationToken>,
}

impl Connector {
    pub(super) fn new(options: ConnectOptions, demo: bool, tasks: Tasks, out: mpsc::Sender<Message>) -> Self {
        Self { options, demo, tasks, out, attempt: None }
    }

    /// Makes the first connection, once the cluster is ready for it; tries
    /// again until there is one.
    pub(super) fn begin(&mut self, ready: Option<Ready>) {
        let (options, demo, out) = (self.options.clone(), self.demo, self.out.clone());
        self.replace_attempt(async move {
            if let Some(ready) = ready {
                ready.await;
            }
            for wait in BACK_OFF.iter().chain(std::iter::repeat(&BACK_OFF[BACK_OFF.len() - 1])) {
                if attempt(&options, demo, &out).await {
                    return;
                }
                tokio::time::sleep(*wait).await;
            }
        });
    }

    /// Makes another connection; the one there is stays until the new one stands.
    pub(super) fn switch(&mut self, context: &ContextName, namespace: Option<&Namespace>) {
        let mut options = self.options.clone();
        options.context = (!context.is_empty()).then(|| context.as_str().to_owned());
        options.namespace = namespace.map(|namespace| namespace.as_str().to_owned());
        let (demo, out) = (self.demo, self.out.clone());
        self.replace_attempt(async move {
            attempt(&options, demo, &out).await;
        });
    }

    fn replace_attempt(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(older) = self.attempt.take() {
            older.cancel();
        }
        self.attempt = Some(self.tasks.spawn("connect", work));
    }
}

/// One attempt; whether it led to a connection.
async fn attempt(options: &ConnectOptions, demo: bool, out: &mpsc::Sender<Message>) -> bool {
    let made = arrive(options, demo).await;
    let (stands, message) = match made {
        Ok((cluster, place, doubt)) => {
            if let Some(fault) = doubt {
                let _closing = out.send(Message::Event(Event::Notice(Notice::from(&fault)))).await;
            }
            (true, Message::Up(Box::new((cluster, place))))
        }
        Err(fault) => {
            tracing::warn!("cannot connect: {fault}");
            let context = ContextName::from(options.context.clone().unwrap_or_default());
            (false, Message::Event(Event::ConnectFailed(context, fault)))
        }
    };
    let _closing = out.send(message).await;
    stands
}

/// Connects and finds out where that is. A server that does not answer is no
/// reason to fail: the place is known, and the watches go on trying.
pub async fn arrive(options: &ConnectOptions, demo: bool) -> Result<(Cluster, Place, Option<Fault>), Fault> {
    let cluster = connect(options).await?;
    let asked = options.namespace.as_deref().filter(|name| !name.is_empty()).map(Namespace::from);
    let (user, namespace) = tokio::join!(who(&cluster), scope(&cluster, asked));
    let (user, doubt) = match user {
        Ok(user) => (user, None),
        Err(fault) if matches!(fault.kind, FaultKind::NotFound | FaultKind::Forbidden) => {
            (String::new(), None)
        }
        Err(fault) => (String::new(), Some(fault)),
    };
    let (context, url) = (cluster.context().clone(), cluster.url().clone());
    let place = Place { context, cluster: url, namespace, user, demo, locked: None };
    Ok((cluster, place, doubt))
}

async fn who(cluster: &Cluster) -> Result<String, Fault> {
    match tokio::time::timeout(WHO_TIME, cluster.who_am_i()).await {
        Ok(answer) => answer,
        Err(_elapsed) => {
            let text = format!("{} does not answer within {} s", cluster.url(), WHO_TIME.as_secs());
            Err(Fault::new(FaultKind::Timeout, text).hint("the console goes on trying"))
        }
    }
}

/// The namespace to look at: the one asked for; else all, if the user may list
/// all; else the one of the context.
async fn scope(cluster: &Cluster, asked: Option<Namespace>) -> Option<Namespace> {
    if asked.is_some() {
        return asked;
    }
    let own = cluster.namespace()?;
    let (everywhere, any) = (Namespace::default(), Name::default());
    let all = cluster.may("list", Kind::Deployment, "", &everywhere, &any);
    match tokio::time::timeout(WHO_TIME, all).await {
        Ok(Ok(answer)) if !answer.allowed => Some(own.clone()),
        Ok(_) | Err(_) => None,
    }
}
