//! Watches: one per kind, for ever, turned into facts.
//!
//! A watch lists once, then follows. It ends by itself every minute and goes on
//! from the last version seen, so news are neither lost nor repeated and rows
//! never blink; only `410 Gone` lists again. A failure makes its kind stale and
//! is retried with a growing wait; a refusal costs its kind and is retried
//! once a minute. Sending waits for the reader: a slow screen slows the watch
//! and, through TCP, the server. Absent on purpose: a cache; the world is it.

mod backoff;
mod kind;
mod link;
mod list;

use super::Cluster;
use crate::domain::{Fact, Kind, Namespace};
use futures::future::{BoxFuture, FutureExt as _};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

impl Cluster {
    /// The tasks that watch everything the console shows, in `scope` or in the
    /// whole cluster, each with its name. The caller spawns and joins them; they
    /// end when `cancel` is cancelled or `out` is closed, and for nothing else.
    pub fn watches(
        &self,
        scope: Option<&Namespace>,
        out: &mpsc::Sender<Fact>,
        cancel: &CancellationToken,
    ) -> Vec<(String, BoxFuture<'static, ()>)> {
        let pulse = Arc::new(link::Pulse::new());
        let until = |task: BoxFuture<'static, ()>| {
            let cancel = cancel.clone();
            async move { cancel.run_until_cancelled_owned(task).await.unwrap_or_default() }.boxed()
        };
        let watch = |kind: Kind| {
            let watch = kind::Watch::new(self.wire.clone(), kind, scope.cloned(), out.clone(), &pulse);
            (format!("watch {}", kind.plural()), until(watch.run().boxed()))
        };
        let link = link::run(self.wire.clone(), Arc::clone(&pulse), out.clone());
        let mut tasks = vec![("link".to_owned(), until(link.boxed()))];
        tasks.extend(Kind::all().map(watch));
        tasks
    }
}
