//! The rounds: every service's signals, every objective.

use super::{Plan, Source, targets};
use crate::cluster::Cluster;
use crate::domain::{ServiceKey, SignalSource, SignalState};
use crate::msg::Event;
use crate::promql::{Answers, Limits, Local};
use crate::shell::console::Message;
use crate::shell::slos::{Definitions, Keeper};
use crate::signals;
use crate::slo::Board;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::PoisonError;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

/// From one evaluation to the next; as often as a target is scraped.
const EVERY: Duration = Duration::from_secs(15);

/// The first evaluations come sooner: people look at a fresh screen.
const SOON: Duration = Duration::from_secs(5);

/// Evaluations at the faster pace after start.
const SOON_TIMES: u32 = 12;

/// However fast the cluster's time runs.
const LEAST: Duration = Duration::from_secs(1);

/// Files of objectives are read again this often, in rounds; so are the
/// cluster's own resources, which cost a request.
const READ_AGAIN: u32 = 4;
const ASK_AGAIN: u32 = 20;

/// Everything a round needs; moved to a blocking thread and back.
pub(super) struct Evaluator {
    cluster: Cluster,
    source: Source,
    plan: Plan,
    keeper: Keeper,
    /// Objectives kept in the cluster, by where they are.
    resources: Vec<(String, String)>,
    last: HashMap<ServiceKey, SignalState>,
}

/// What a round found.
struct Round {
    states: Vec<(ServiceKey, SignalState)>,
    board: Board,
}

impl Evaluator {
    pub(super) fn new(cluster: Cluster, source: Source, plan: Plan) -> Self {
        let remembers = matches!(source, Source::Server(_));
        let keeper = Keeper::new(plan.slos.place(), plan.slots.as_deref(), plan.history.clone(), remembers);
        Self { cluster, source, plan, keeper, resources: Vec::new(), last: HashMap::new() }
    }

    fn define(&mut self, now: i64) {
        let mut definitions: Definitions = self.plan.slos.load(&self.plan.folders);
        for (place, text) in &self.resources {
            definitions.take(place, text);
        }
        self.keeper.define(definitions, now);
    }

    fn round(&mut self, keys: &[ServiceKey], again: bool, runtime: &Handle) -> Round {
        let at = self.plan.clock.now().wall;
        if again {
            self.define(at.as_second());
        }
        match &mut self.source {
            Source::Pods(store) => {
                let store = store.read().unwrap_or_else(PoisonError::into_inner);
                let limits = Limits::default();
                let source = Local { series: &*store, limits: &limits };
                let read = |key: &ServiceKey| {
                    (key.clone(), read(&source, &targets::selector(key), at, &SignalSource::Scraper))
                };
                let states = keys.iter().map(read).collect();
                let board = self.keeper.round(&source, SignalSource::Scraper, at.as_second());
                Round { states, board }
            }
            Source::Server(server) => {
                let (states, board) = server.round(keys, at, runtime, &mut self.keeper);
                Round { states: self.with_last(states), board }
            }
        }
    }

    /// Where a server fails, the last good numbers stay, marked.
    fn with_last(&mut self, states: Vec<(ServiceKey, SignalState)>) -> Vec<(ServiceKey, SignalState)> {
        let kept = |(key, state): (ServiceKey, SignalState)| {
            let state = match (state, self.last.remove(&key)) {
                (
                    SignalState::Failed { why },
                    Some(SignalState::Ready(signals) | SignalState::Stale { signals, .. }),
                ) => SignalState::Stale { signals, why },
                (state, _) => state,
            };
            (key, state)
        };
        let states: Vec<_> = states.into_iter().map(kept).collect();
        self.last = states.iter().cloned().collect();
        states
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
            match evaluator.cluster.slo_resources(evaluator.plan.namespace.as_ref()).await {
                Ok(found) => evaluator.resources = found,
                Err(fault) => tracing::info!("objectives kept in the cluster cannot be read: {fault}"),
            }
        }
        let (keys, again) = (services.borrow().clone(), round.is_multiple_of(READ_AGAIN));
        let runtime = runtime.clone();
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
        let pause = if round < SOON_TIMES { SOON } else { EVERY };
        tokio::time::sleep(evaluator.plan.clock.ours(pause).max(LEAST)).await;
        round += 1;
    }
}
