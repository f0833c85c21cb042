//! The questions of charts, put to whoever answers.

use super::collector::Answering;
use crate::metrics::prometheus::Asking;
use crate::promql::{Interrupt, Limits, Local};
use crate::signals::chart::{self, Chart, ChartAsk};
use std::sync::{Arc, PoisonError};
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

/// Asks; dropping this ends the question, also where it waits or works on
/// another thread.
pub(super) async fn read(answers: Answering, ask: ChartAsk) -> Result<Chart, String> {
    let stop = CancellationToken::new();
    let _dropped = stop.clone().drop_guard();
    let runtime = Handle::current();
    let work = move || answer(&answers, &ask, &runtime, &stop);
    match tokio::task::spawn_blocking(work).await {
        Ok(found) => found,
        Err(error) => Err(error.to_string()),
    }
}

fn answer(
    answers: &Answering,
    ask: &ChartAsk,
    runtime: &Handle,
    stop: &CancellationToken,
) -> Result<Chart, String> {
    let found = match answers {
        Answering::Pods(store) => {
            let store = store.read().unwrap_or_else(PoisonError::into_inner);
            let stop = stop.clone();
            let check = Arc::new(move || stop.is_cancelled().then_some(Interrupt::Cancelled));
            let limits = Limits { check, ..Limits::default() };
            chart::read(&Local { series: &*store, limits: &limits }, ask)
        }
        Answering::Server(client) => {
            chart::read(&Asking::new(&**client, runtime.clone()).until(stop.clone()), ask)
        }
        Answering::Nobody(why) => return Err(why.clone()),
    };
    found.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::scrape::SharedStore;
    use crate::metrics::store::{Caps, Store};
    use crate::signals::chart::ChartKind;
    use std::sync::RwLock;
    use std::time::Duration;

    fn ask(promql: &str) -> ChartAsk {
        ChartAsk {
            kind: ChartKind::Rate,
            promql: promql.to_owned(),
            start_ms: 0,
            end_ms: 60_000,
            step_ms: 15_000,
            window: Duration::from_mins(1),
        }
    }

    fn pods() -> Answering {
        let store: SharedStore =
            Arc::new(RwLock::new(Store::new(Caps { bytes: 1 << 20, age_ms: 60_000, series: 10 })));
        Answering::Pods(store)
    }

    #[tokio::test]
    async fn a_question_is_answered_or_says_why_not() {
        let found =
            read(pods(), ask("label_replace(vector(2), \"line\", \"rate\", \"\", \"\")")).await.unwrap();
        assert_eq!(
            (found.most(), found.seen),
            (None, vec![false; 5]),
            "nothing was seen, so nothing is shown"
        );
        let why = read(Answering::Nobody("off".to_owned()), ask("vector(1)")).await;
        assert_eq!(why, Err("off".to_owned()));
        let why = read(pods(), ask("sum(")).await.unwrap_err();
        assert!(why.contains("sum("), "{why}");
    }

    #[tokio::test]
    async fn a_question_nobody_waits_for_ends() {
        let stop = CancellationToken::new();
        stop.cancel();
        let ended = answer(&pods(), &ask("sum(rate(a[1m]))"), &Handle::current(), &stop);
        assert_eq!(ended, Err("query was canceled in expression evaluation".to_owned()));
    }
}
