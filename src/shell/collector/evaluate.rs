//! The rounds: every service's signals, every objective.

use super::server::PATIENCE;
use super::{Plan, Shared, Source, targets};
use crate::cluster::Cluster;
use crate::domain::{Alarms, Reading, ServiceKey, SignalSource, SignalState};
use crate::metrics::alertmanager::Alertmanager;
use crate::metrics::prometheus::Asking;
use crate::msg::Event;
use crate::promql::{Answers, Limits, Local};
use crate::shell::console::Message;
use crate::shell::monitoring::{self, Reach, open_alertmanager};
use crate::shell::slos::{Definitions, Keeper};
use crate::signals;
use crate::slo::{Board, Slo, recorded};
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// From one evaluation to the next; as often as a target is scraped.
const EVERY: Duration = Duration::from_secs(15);

/// The first evaluations come sooner: people look at a fresh screen.
const SOON: Duration = Duration::from_secs(5);

/// Evaluations at the faster pace after start.
const SOON_TIMES: u32 = 12;

/// While the first lists are on their way there is nothing to evaluate: look
/// again this soon, for so many rounds.
const EAGER: Duration = Duration::from_secs(1);
const EAGER_TIMES: u32 = 10;

/// However fast the cluster's time runs.
const LEAST: Duration = Duration::from_secs(1);

/// Files of objectives are read again this often, in rounds; so are the
/// cluster's own resources, which cost a request.
const READ_AGAIN: u32 = 4;
const ASK_AGAIN: u32 = 20;

/// Numbers stand so long while a window is not whole: on a busy machine some of
/// the quick scrapes of the first minute come late, and a window without them
/// would be too low.
const BRIDGED_S: i64 = 45;

/// Everything a round needs; moved to a blocking thread and back.
pub(super) struct Evaluator {
    pub(super) cluster: Cluster,
    pub(super) source: Source,
    pub(super) plan: Plan,
    pub(super) keeper: Keeper,
    /// Objectives kept in the cluster, by where they are.
    resources: Vec<(String, String)>,
    /// Objectives that Sloth or Pyrra record in the Prometheus.
    recorded: Vec<Slo>,
    last: HashMap<ServiceKey, SignalState>,
    pub(super) alertmanager: Option<Arc<Alertmanager<Reach>>>,
    /// As last read; what fails leaves it, with its age.
    alarms: Alarms,
    pub(super) shared: Arc<Shared>,
    /// Nobody waits for answers any more.
    stop: CancellationToken,
}

/// What a round found.
struct Round {
    states: Vec<(ServiceKey, SignalState)>,
    board: Board,
}

impl Evaluator {
    pub(super) fn new(
        cluster: Cluster,
        source: Source,
        plan: Plan,
        (shared, stop): (Arc<Shared>, CancellationToken),
    ) -> Self {
        let remembers = matches!(source, Source::Server(_));
        shared.served.store(remembers, Ordering::Relaxed);
        let keeper = Keeper::new(plan.slos.place(), plan.slots.as_deref(), plan.history.clone(), remembers);
        let (mut alarms, mut alertmanager) = (Alarms::default(), None);
        if let Ok(access) = &plan.access
            && let Some(url) = &access.alertmanager
        {
            match open_alertmanager(access, url, PATIENCE) {
                Ok(client) => alertmanager = Some(Arc::new(client)),
                Err(error) => alarms.warnings.push(format!("the Alertmanager of the settings: {error}")),
            }
        }
        let (resources, recorded, last) = (Vec::new(), Vec::new(), HashMap::new());
        let evaluator = Self {
            cluster,
            source,
            plan,
            keeper,
            resources,
            recorded,
            last,
            alertmanager,
            alarms,
            shared,
            stop,
        };
        evaluator.publish();
        evaluator
    }

    /// Tells the rest who is asked.
    pub(super) fn publish(&self) {
        let mut held = self.shared.alertmanager.write().unwrap_or_else(PoisonError::into_inner);
        held.clone_from(&self.alertmanager);
        let asked = match &self.source {
            Source::Server(server) => Some(server.shared()),
            Source::Pods(_) => None,
        };
        *self.shared.asked.write().unwrap_or_else(PoisonError::into_inner) = asked;
    }

    /// Alerts and silences; none where there is nobody to ask.
    async fn alarms(&mut self) -> Option<Alarms> {
        let prometheus = match &self.source {
            Source::Server(server) => server.client(),
            Source::Pods(_) => None,
        };
        if prometheus.is_none() && self.alertmanager.is_none() {
            return (!self.alarms.warnings.is_empty()).then(|| self.alarms.clone());
        }
        let new =
            monitoring::read(prometheus, self.alertmanager.as_deref(), self.plan.clock.now().wall).await;
        self.alarms = if new.at.is_none() {
            Alarms {
                warnings: new.warnings,
                silences_possible: new.silences_possible,
                ..std::mem::take(&mut self.alarms)
            }
        } else {
            new
        };
        Some(self.alarms.clone())
    }

    /// Failures of the server in a row; zero where the pods are read.
    fn failures(&self) -> u32 {
        match &self.source {
            Source::Server(server) => server.failures,
            Source::Pods(_) => 0,
        }
    }

    /// What others record; the last answer where the server fails.
    fn recorded(&mut self, now: i64, runtime: &Handle) -> Vec<Slo> {
        if let Source::Server(server) = &self.source
            && let Some((client, _)) = server.client()
        {
            match recorded(&Asking::new(client, runtime.clone()).until(self.stop.clone()), now) {
                Ok(found) => self.recorded = found,
                Err(error) => tracing::info!("recorded objectives cannot be read: {error}"),
            }
        }
        self.recorded.clone()
    }

    fn define(&mut self, now: i64, runtime: &Handle) {
        let mut definitions: Definitions = self.plan.slos.load();
        for (place, text) in &self.resources {
            definitions.take(place, text);
        }
        definitions.take_policy(&self.plan.policy);
        definitions.take_recorded(self.recorded(now, runtime));
        self.keeper.define(definitions, now);
    }

    fn round(&mut self, keys: &[ServiceKey], again: bool, runtime: &Handle) -> Round {
        let at = self.plan.clock.now().wall;
        if again {
            self.define(at.as_second(), runtime);
        }
        match &mut self.source {
            Source::Pods(store) => {
                let store = store.read().unwrap_or_else(PoisonError::into_inner);
                let limits = Limits::default();
                let source = Local { series: &*store, limits: &limits };
                let read = |key: &ServiceKey| {
                    (key.clone(), read(&source, &targets::selector(key), at, &SignalSource::Scraper))
                };
                let states = with_last(&mut self.last, keys.iter().map(read).collect());
                let board = self.keeper.round(&source, SignalSource::Scraper, at.as_second());
                Round { states, board }
            }
            Source::Server(server) => {
                let (states, board) = server.round(keys, at, (runtime, &self.stop), &mut self.keeper);
                Round { states: with_last(&mut self.last, states), board }
            }
        }
    }
}

/// What is shown, given what was shown before: last good numbers stay where
/// reading fails, marked, and for a while where a window is not whole.
fn with_last(
    last: &mut HashMap<ServiceKey, SignalState>,
    states: Vec<(ServiceKey, SignalState)>,
) -> Vec<(ServiceKey, SignalState)> {
    let states: Vec<_> =
        states.into_iter().map(|(key, state)| (key.clone(), kept(state, last.remove(&key)))).collect();
    *last = states.iter().cloned().collect();
    states
}

/// The same of one service.
pub(super) fn kept(state: SignalState, last: Option<SignalState>) -> SignalState {
    match (state, last) {
        (
            SignalState::Failed { why },
            Some(SignalState::Ready(signals) | SignalState::Stale { signals, .. }),
        ) => SignalState::Stale { signals, why },
        (SignalState::Ready(new), Some(SignalState::Ready(old)))
            if new.rate == Reading::Collecting
                && old.rate != Reading::Collecting
                && new.at.as_second() - old.at.as_second() < BRIDGED_S =>
        {
            SignalState::Ready(old)
        }
        (state, _) => state,
    }
}

/// The signals of one service as a state.
pub(super) fn read(source: &dyn Answers, selector: &str, at: Timestamp, from: &SignalSource) -> SignalState {
    match signals::read(source, selector, at, from.clone()) {
        Ok(Some(signals)) => SignalState::Ready(Box::new(signals)),
        Ok(None) => SignalState::Waiting,
        Err(error) => SignalState::Failed { why: error.to_string() },
    }
}

/// Evaluates until the loop is gone.
pub(super) async fn evaluate(
    mut evaluator: Evaluator,
    services: watch::Receiver<Vec<ServiceKey>>,
    out: mpsc::Sender<Message>,
) {
    let mut round = 0_u32;
    let runtime = Handle::current();
    loop {
        if round.is_multiple_of(ASK_AGAIN) {
            evaluator.look().await;
            evaluator.read_monitors().await;
            match evaluator.cluster.slo_resources(evaluator.plan.namespace.as_ref()).await {
                Ok(found) => evaluator.resources = found,
                Err(fault) => tracing::info!("objectives kept in the cluster cannot be read: {fault}"),
            }
        }
        let (keys, again) = (services.borrow().clone(), round.is_multiple_of(READ_AGAIN));
        let (runtime, knows_none) = (runtime.clone(), keys.is_empty());
        let work = tokio::task::spawn_blocking(move || {
            let found = evaluator.round(&keys, again, &runtime);
            (evaluator, found)
        });
        // A panic in there is told by the loop's own hook; nothing is left to evaluate with.
        let Ok((kept, Round { states, board })) = work.await else { return };
        evaluator = kept;
        if out.send(Message::Collect).await.is_err() {
            return;
        }
        if !states.is_empty() && out.send(Message::Event(Event::Signals(states))).await.is_err() {
            return;
        }
        if out.send(Message::Event(Event::Slos(Box::new(board)))).await.is_err() {
            return;
        }
        if let Some(alarms) = evaluator.alarms().await
            && out.send(Message::Event(Event::Alarms(Box::new(alarms)))).await.is_err()
        {
            return;
        }
        let usual = match round {
            0..EAGER_TIMES if knows_none => EAGER,
            0..SOON_TIMES => evaluator.plan.clock.ours(SOON),
            _ => evaluator.plan.clock.ours(EVERY),
        }
        .max(LEAST);
        let pause = monitoring::pause(usual, evaluator.failures(), fastrand::f64());
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = evaluator.shared.hurry.notified() => {}
        }
        round += 1;
    }
}
