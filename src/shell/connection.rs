//! Connecting in the background: the first frame never waits for a server.
//!
//! A connection's facts come through a channel of its own, which is dropped
//! with it: news of an old connection cannot reach the world of a new one.

use super::Tasks;
use super::collector::{self, Answering, Collector};
use super::console::{Message, Ready};
use super::monitoring::Reach;
use crate::cluster::{Cluster, ConnectOptions, Login, connect, login};
use crate::domain::{ContextName, Fact, Fault, FaultKind, Kind, Name, Namespace, World};
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::scrape::SharedStore;
use crate::msg::{Event, Notice, Place};
use std::collections::BTreeMap;
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

    /// Who answers the questions of charts.
    pub(super) fn answering(&self) -> Answering {
        let nobody = || Answering::Nobody("no metrics are read, by the settings".to_owned());
        self.collector.as_ref().map_or_else(nobody, Collector::answering)
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
    /// What somebody logged in with by hand, by context.
    logins: BTreeMap<ContextName, Login>,
    /// Counts attempts. One that was given up may have succeeded already.
    number: u64,
}

impl Connector {
    pub(super) fn new(options: ConnectOptions, demo: bool, tasks: Tasks, out: mpsc::Sender<Message>) -> Self {
        Self { options, demo, tasks, out, attempt: None, logins: BTreeMap::new(), number: 0 }
    }

    /// Makes the first connection, once the cluster is ready for it; tries
    /// again until there is one.
    pub(super) fn begin(&mut self, ready: Option<Ready>) {
        self.stop();
        let (options, demo, out, number) = (self.options.clone(), self.demo, self.out.clone(), self.number);
        self.begin_attempt(async move {
            if let Some(ready) = ready {
                ready.await;
            }
            for wait in BACK_OFF.iter().chain(std::iter::repeat(&BACK_OFF[BACK_OFF.len() - 1])) {
                if attempt(&options, demo, &out, number).await {
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
        options.login = self.logins.get(context).cloned();
        self.stop();
        let (demo, out, number) = (self.demo, self.out.clone(), self.number);
        self.begin_attempt(async move {
            attempt(&options, demo, &out, number).await;
        });
    }

    /// Runs the exec plugin of a context on the terminal, and keeps what came of it.
    pub(super) async fn login(&mut self, context: &ContextName) -> Event {
        let mut options = self.options.clone();
        if !context.is_empty() {
            options.context = Some(context.as_str().to_owned());
        }
        match login(&options).await {
            Ok(login) => {
                let context = login.context().clone();
                self.logins.insert(context.clone(), login);
                Event::LoggedIn(context)
            }
            Err(fault) => Event::Notice(Notice::from(&fault)),
        }
    }

    /// Whether the attempt called `number` is still wanted.
    pub(super) fn wants(&self, number: u64) -> bool {
        self.number == number
    }

    /// Gives up the attempt under way.
    pub(super) fn stop(&mut self) {
        self.number += 1;
        if let Some(attempt) = self.attempt.take() {
            attempt.cancel();
        }
    }

    fn begin_attempt(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.attempt = Some(self.tasks.spawn("connect", work));
    }
}

/// One attempt; whether it led to a connection.
async fn attempt(options: &ConnectOptions, demo: bool, out: &mpsc::Sender<Message>, number: u64) -> bool {
    let made = arrive(options, demo).await;
    let (stands, message) = match made {
        Ok((cluster, place, doubt)) => {
            if let Some(fault) = doubt {
                let _closing = out.send(Message::Event(Event::Notice(Notice::from(&fault)))).await;
            }
            (true, Message::Up { number, up: Box::new((cluster, place)) })
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
