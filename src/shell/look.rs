//! Looking something up for a page: asked once, answered once.

use crate::cluster::{self, Cluster};
use crate::domain::{ConfigRead, ConfigRef, Fault, FaultKind, LastLines, Namespace, Trace};
use crate::metrics::scrape::SharedStore;
use crate::msg::{ConfigAsk, ConfigFound, Found, LogLine, Look};
use crate::promql::Limits;
use crate::signals;
use futures::StreamExt as _;
use jiff::Timestamp;
use std::sync::PoisonError;
use std::time::Duration;

/// A page waits no longer for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Last lines read of a container.
const TAIL: u32 = 40;
/// Objects of configuration read for one service in one place.
const MOST_CONFIGS: usize = 50;
/// Of these are read at once.
const CONFIGS_AT_ONCE: usize = 3;

/// Finds it; what samples said is read at `at`.
pub(super) async fn find(cluster: &Cluster, store: Option<SharedStore>, look: Look, at: Timestamp) -> Found {
    match look {
        Look::Object(key) => {
            let read = tokio::time::timeout(PATIENCE, cluster.read(&key)).await;
            Found::Object(read.unwrap_or_else(|_late| Err(late(&format!("read {key}")))).map(Box::new))
        }
        Look::Thing(asked) => {
            let read = tokio::time::timeout(PATIENCE, cluster.thing(&asked)).await;
            Found::Thing(read.unwrap_or_else(|_late| Err(late(&format!("read {asked}")))).map(Box::new))
        }
        Look::LastLines(wanted) => {
            let read = tokio::time::timeout(PATIENCE, last_lines(cluster, &wanted)).await;
            let lines =
                read.unwrap_or_else(|_late| Err(late(&format!("read the log of {}", wanted.pod.name))));
            Found::Lines(wanted, lines)
        }
        Look::Configs(ask) => Found::Configs(configs(cluster, ask).await),
        Look::Document(_) => Found::Document(Err(Fault::new(FaultKind::Internal, "a document is no object"))),
        Look::Traces(_, expressions) => Found::Traces(traces(store, expressions, at).await),
    }
}

/// Reads the configuration of a service in both places; what has not answered
/// in time is said of each object.
pub(crate) async fn configs(cluster: &Cluster, ask: ConfigAsk) -> ConfigFound {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let (namespace, refs) = ask.here;
    let (there, theirs) = ask.there.unwrap_or_default();
    let left_out = [&refs, &theirs].iter().map(|refs| refs.len().saturating_sub(MOST_CONFIGS)).sum();
    let (here, there) = tokio::join!(
        read_configs(cluster, &namespace, refs, deadline),
        read_configs(cluster, &there, theirs, deadline)
    );
    ConfigFound { here, there, left_out }
}

async fn read_configs(
    cluster: &Cluster,
    namespace: &Namespace,
    refs: Vec<ConfigRef>,
    deadline: tokio::time::Instant,
) -> Vec<ConfigRead> {
    let read = |object: ConfigRef| async move {
        let asked = tokio::time::timeout_at(deadline, cluster.config(namespace, &object)).await;
        let content = asked.unwrap_or_else(|_late| {
            Err(late(&format!("get {} {} in {namespace}", object.kind, object.name)))
        });
        ConfigRead { object, content }
    };
    let refs = refs.into_iter().take(MOST_CONFIGS);
    futures::stream::iter(refs.map(read)).buffered(CONFIGS_AT_ONCE).collect().await
}

fn late(what: &str) -> Fault {
    let text = format!("cannot {what}: no answer within {} s", PATIENCE.as_secs());
    Fault::new(FaultKind::Timeout, text).hint("try again")
}

/// What the container said last: in this run, or in the one before if this one
/// has said nothing yet.
async fn last_lines(cluster: &Cluster, wanted: &LastLines) -> Result<Vec<LogLine>, Fault> {
    let current = lines(cluster, wanted, false).await;
    match current {
        Ok(lines) if !lines.is_empty() => Ok(lines),
        Ok(_) | Err(_) => match lines(cluster, wanted, true).await {
            Ok(before) => Ok(before),
            Err(_no_run_before) => current,
        },
    }
}

async fn lines(cluster: &Cluster, wanted: &LastLines, previous: bool) -> Result<Vec<LogLine>, Fault> {
    let query = cluster::LogQuery {
        container: wanted.container.clone(),
        previous,
        tail: Some(TAIL),
        ..cluster::LogQuery::default()
    };
    let (namespace, pod) = (&wanted.pod.namespace, &wanted.pod.name);
    let found: Vec<_> = cluster.logs(namespace, pod, &query).await?.collect().await;
    found.into_iter().map(|line| line.map(|text| LogLine { at: None, source: 0, text })).collect()
}

async fn traces(
    store: Option<SharedStore>,
    expressions: Vec<String>,
    at: Timestamp,
) -> Vec<Result<Trace, String>> {
    let Some(store) = store else {
        let why = "a Prometheus is asked, which keeps them; the expression can be put to it".to_owned();
        return expressions.into_iter().map(|_| Err(why.clone())).collect();
    };
    let count = expressions.len();
    let work = move || {
        let store = store.read().unwrap_or_else(PoisonError::into_inner);
        let trace = |text: &String| {
            signals::trace(&*store, text, at, &Limits::default()).map_err(|error| error.to_string())
        };
        expressions.iter().map(trace).collect::<Vec<_>>()
    };
    let failed = |error: tokio::task::JoinError| vec![Err(error.to_string()); count];
    tokio::task::spawn_blocking(work).await.unwrap_or_else(failed)
}
