//! The end of a process: nothing is cut off between asking a server to write
//! and hearing what came of it, if that can be waited for.

use super::out::aside;
use crate::shell::{Signals, Tasks};
use std::time::Duration;

/// Everything is asked to end at once, and given this long.
const FAREWELL: Duration = Duration::from_secs(3);

/// What drives a delivery stores that it does so no more. A write may be under
/// way for 40 s; who is still waiting then is given up.
const CAREFUL: Duration = Duration::from_secs(45);

/// Ends all tasks. What must not stop between two steps is waited for longer,
/// with a word about it; a signal ends the waiting.
pub(super) async fn farewell(tasks: &Tasks) {
    let left = tasks.shut_down(FAREWELL).await;
    let careful = tasks.careful();
    if careful.is_empty() {
        if !left.is_empty() {
            tracing::warn!("tasks that did not end in time: {}", left.join(", "));
        }
        return;
    }
    aside(&format!("waiting for the server's answer: {}; ctrl-c leaves without it", careful.join(", ")));
    tokio::select! {
        () = tasks.careful_end() => {}
        () = tokio::time::sleep(CAREFUL) => {}
        () = interrupted() => {}
    }
    let left = tasks.careful();
    if !left.is_empty() {
        let names = left.join(", ");
        aside(&format!("not handed over: {names}; the next console or engine takes over in half a minute"));
    }
}

async fn interrupted() {
    match Signals::listen() {
        Ok(mut signals) => drop(signals.next().await),
        Err(_) => std::future::pending().await,
    }
}
