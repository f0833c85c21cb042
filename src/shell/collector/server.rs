//! Asking a Prometheus instead of the pods.

use super::evaluate::read;
use crate::domain::{ServiceKey, SignalSource, SignalState};
use crate::metrics::Access;
use crate::metrics::prometheus::{Asking, Client, IN_FLIGHT, Transport};
use crate::promql::{Answers as _, Value};
use crate::shell::at_once::at_once;
use crate::shell::monitoring::{Reach, open_server, shown};
use crate::shell::slos::Keeper;
use crate::slo::Board;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// One question may take this long: as long as until the next round.
pub(super) const PATIENCE: Duration = Duration::from_secs(14);

/// How series of a service are labelled, by those who set Prometheus up:
/// ServiceMonitors, plain Kubernetes discovery, or only a name. `NS` and `NAME`
/// stand for the service's.
const SCHEMES: [&str; 5] = [
    "namespace=\"NS\",service=\"NAME\"",
    "namespace=\"NS\",job=\"NAME\"",
    "namespace=\"NS\",app=\"NAME\"",
    "kubernetes_namespace=\"NS\",app=\"NAME\"",
    "namespace=\"NS\",pod=~\"NAME-[a-z0-9]+(-[a-z0-9]+)?\"",
];

/// A Prometheus, and how it labels each service.
pub(in crate::shell) struct Server {
    client: Result<Arc<Client<Reach>>, String>,
    name: String,
    schemes: HashMap<ServiceKey, Scheme>,
    rounds: u32,
    /// Rounds in a row in which it failed.
    pub(super) failures: u32,
}

/// How a service's series are labelled.
#[derive(Clone, Copy)]
enum Scheme {
    /// By this one of [`SCHEMES`].
    Known(usize),
    /// None of them had series in this round; asked again some rounds later.
    NoneSince(u32),
}

/// Rounds until a service without series is looked for again: two minutes.
const LOOK_AGAIN: u32 = 8;

impl Server {
    pub(super) fn open(access: &Access, url: &str) -> Result<Self, String> {
        let client = open_server(access, url, PATIENCE).map_err(|error| error.to_string())?;
        Ok(Self::found(client, shown(url)))
    }

    /// One that answers, and its name for people.
    pub(super) fn found(client: Client<Reach>, name: String) -> Self {
        Self { client: Ok(Arc::new(client)), name, schemes: HashMap::new(), rounds: 0, failures: 0 }
    }

    /// One that always fails, and says why.
    pub(super) fn broken(why: String) -> Self {
        Self { client: Err(why), name: String::new(), schemes: HashMap::new(), rounds: 0, failures: 0 }
    }

    /// The client and its name, if there is one.
    pub(super) fn client(&self) -> Option<(&Client<Reach>, &str)> {
        self.client.as_ref().ok().map(|client| (&**client, self.name.as_str()))
    }

    /// The client for others to ask, or why there is none.
    pub(super) fn shared(&self) -> Result<Arc<Client<Reach>>, String> {
        self.client.clone()
    }

    /// Every service and every objective: one question of each at a time, and
    /// [`IN_FLIGHT`] in all. After `stop` nothing more is asked.
    pub(super) fn round(
        &mut self,
        keys: &[ServiceKey],
        at: Timestamp,
        (runtime, stop): (&Handle, &CancellationToken),
        keeper: &mut Keeper,
    ) -> (Vec<(ServiceKey, SignalState)>, Board) {
        self.rounds += 1;
        let from = SignalSource::Prometheus(self.name.clone());
        let client = match &self.client {
            Ok(client) => client,
            Err(why) => {
                let failed = |key: &ServiceKey| (key.clone(), SignalState::Failed { why: why.clone() });
                let mut board = keeper.board(Some(from), at.as_second());
                board.warnings.insert(0, why.clone());
                return (keys.iter().map(failed).collect(), board);
            }
        };
        let asking = Asking::new(client, runtime.clone()).until(stop.clone());
        let down: OnceLock<String> = OnceLock::new();
        let mut found: Vec<Option<(SignalState, Option<Scheme>)>> = keys.iter().map(|_| None).collect();
        at_once(keys.iter().zip(&mut found), IN_FLIGHT, |(key, found)| {
            // A server that fails is not asked for every service.
            let answer = match down.get() {
                Some(why) => (SignalState::Failed { why: why.clone() }, None),
                None => signals_of(&asking, key, at, &from, (self.schemes.get(key).copied(), self.rounds)),
            };
            if let SignalState::Failed { why } = &answer.0 {
                let _the_first_counts = down.set(why.clone());
            }
            *found = Some(answer);
        });
        let mut states = Vec::with_capacity(keys.len());
        for (key, (state, scheme)) in keys.iter().zip(found.into_iter().flatten()) {
            self.schemes.extend(scheme.map(|scheme| (key.clone(), scheme)));
            states.push((key.clone(), state));
        }
        let down = down.into_inner();
        let mut board = match &down {
            Some(why) => {
                let mut board = keeper.board(Some(from), at.as_second());
                board.warnings.insert(0, why.clone());
                board
            }
            None => keeper.round(&asking, from, at.as_second()),
        };
        self.failures = if down.is_some() { self.failures.saturating_add(1) } else { 0 };
        board.warnings.extend(asking.warnings());
        (states, board)
    }
}

/// The signals under the labels this service's series have; found out once, and
/// told if that is news.
fn signals_of<T: Transport>(
    asking: &Asking<'_, T>,
    key: &ServiceKey,
    at: Timestamp,
    from: &SignalSource,
    (scheme, round): (Option<Scheme>, u32),
) -> (SignalState, Option<Scheme>) {
    match scheme {
        Some(Scheme::Known(index)) => {
            let scheme = SCHEMES.get(index).unwrap_or(&SCHEMES[0]);
            return (read(asking, &selector(scheme, key), at, from), None);
        }
        Some(Scheme::NoneSince(since)) if round < since + LOOK_AGAIN => return (SignalState::Waiting, None),
        Some(Scheme::NoneSince(_)) | None => {}
    }
    for (index, scheme) in SCHEMES.iter().enumerate() {
        let selector = selector(scheme, key);
        // One question tells whether a family is worth looking for.
        match asking.instant(&format!("count({{{selector}}})"), at.as_millisecond()) {
            Ok(Value::Vector(found)) if found.is_empty() => continue,
            Ok(_) => {}
            Err(error) => return (SignalState::Failed { why: error.to_string() }, None),
        }
        let state = read(asking, &selector, at, from);
        if !matches!(state, SignalState::Waiting) {
            return (state, Some(Scheme::Known(index)));
        }
    }
    (SignalState::Waiting, Some(Scheme::NoneSince(round)))
}

fn selector(scheme: &str, key: &ServiceKey) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    scheme.replace("NS", &quoted(key.namespace.as_str())).replace("NAME", &quoted(key.name.as_str()))
}
