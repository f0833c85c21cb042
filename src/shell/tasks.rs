//! Every spawned task: named, cancelled and joined here.

use futures::FutureExt as _;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A task that panicked, by its name.
pub type Panicked = String;

/// The owner of all tasks of a process. Clones share them.
#[derive(Clone, Debug)]
pub struct Tasks {
    tracker: TaskTracker,
    /// Those that must not stop between two steps.
    careful: TaskTracker,
    token: CancellationToken,
    alive: Arc<Mutex<BTreeMap<u64, (bool, String)>>>,
    panics: mpsc::Sender<Panicked>,
}

impl Tasks {
    /// No tasks yet; names of tasks that panic come out of the receiver.
    pub fn new() -> (Self, mpsc::Receiver<Panicked>) {
        let (panics, panicked) = mpsc::channel(16);
        let tasks = Self {
            tracker: TaskTracker::new(),
            careful: TaskTracker::new(),
            token: CancellationToken::new(),
            alive: Arc::default(),
            panics,
        };
        (tasks, panicked)
    }

    /// Runs `work` until it ends, its token is cancelled or everything is shut
    /// down, whichever is first. Cancelling drops it at its next await.
    pub fn spawn(
        &self,
        name: impl Into<String>,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> CancellationToken {
        let token = self.token.child_token();
        let cancelled = token.clone().cancelled_owned();
        self.track(false, name.into(), async move {
            tokio::select! {
                () = cancelled => {}
                () = work => {}
            }
        });
        token
    }

    /// Runs `work`, which ends by itself when the token it was made with is
    /// cancelled: for work that must not stop between two steps.
    pub fn spawn_careful<F>(&self, name: impl Into<String>, work: impl FnOnce(CancellationToken) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.track(true, name.into(), work(self.token.child_token()));
    }

    fn track(&self, careful: bool, name: String, work: impl Future<Output = ()> + Send + 'static) {
        let id = fastrand::u64(..);
        let alive = self.alive.clone();
        lock(&alive).insert(id, (careful, name.clone()));
        let panics = self.panics.clone();
        let tracker = if careful { &self.careful } else { &self.tracker };
        tracker.spawn(async move {
            let ended = AssertUnwindSafe(work).catch_unwind().await;
            lock(&alive).remove(&id);
            if ended.is_err() {
                // A full channel means panics are already being reported.
                let _reported = panics.try_send(name);
            }
        });
    }

    /// Cancels everything and waits at most `patience`; the names of tasks
    /// that did not end.
    pub async fn shut_down(&self, patience: Duration) -> Vec<String> {
        self.token.cancel();
        let ended = async { tokio::join!(wait(&self.tracker), wait(&self.careful)) };
        let _in_time = tokio::time::timeout(patience, ended).await;
        lock(&self.alive).values().map(|(_, name)| name.clone()).collect()
    }

    /// The careful tasks that have not ended.
    pub fn careful(&self) -> Vec<String> {
        let alive = lock(&self.alive);
        alive.values().filter(|(careful, _)| *careful).map(|(_, name)| name.clone()).collect()
    }

    /// After [`Tasks::shut_down`]: waits until the careful tasks have ended.
    pub async fn careful_end(&self) {
        wait(&self.careful).await;
    }
}

async fn wait(tracker: &TaskTracker) {
    tracker.close();
    tracker.wait().await;
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn shutting_down_ends_tasks_and_names_the_stubborn_one() {
        let (tasks, _panicked) = Tasks::new();
        tasks.spawn("endless", std::future::pending());
        tasks.spawn_careful("obedient", |token| async move { token.cancelled().await });
        assert_eq!(tasks.shut_down(Duration::from_secs(5)).await, Vec::<String>::new());
        let (tasks, _panicked) = Tasks::new();
        tasks.spawn_careful("stubborn", |_| std::future::pending());
        assert_eq!(tasks.shut_down(Duration::from_millis(10)).await, ["stubborn"]);
    }

    #[tokio::test]
    async fn a_panic_is_reported_by_name_and_ends_nothing_else() {
        let (tasks, mut panicked) = Tasks::new();
        tasks.spawn("clumsy", async { panic!("dropped the tray") });
        assert_eq!(panicked.recv().await.as_deref(), Some("clumsy"));
        assert_eq!(tasks.shut_down(Duration::from_secs(5)).await, Vec::<String>::new());
    }
}
