//! A console without a screen: watches, and the world they make.

use quarterdeck::cluster::Cluster;
use quarterdeck::domain::{Fact, Namespace, World};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Far beyond what anything here takes; only a broken test waits this long.
const DEADLINE: Duration = Duration::from_secs(30);

pub(super) struct Console {
    pub(super) world: World,
    /// Every fact so far.
    pub(super) facts: Vec<Fact>,
    news: mpsc::Receiver<Fact>,
    pub(super) cancel: CancellationToken,
    pub(super) tasks: JoinSet<()>,
}

impl Console {
    pub(super) fn open(cluster: &Cluster, scope: Option<&str>) -> Self {
        let (out, news) = mpsc::channel(64);
        let cancel = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let scope = scope.map(Namespace::from);
        for (_name, task) in cluster.watches(scope.as_ref(), &out, &cancel) {
            tasks.spawn(task);
        }
        Self { world: World::default(), facts: Vec::new(), news, cancel, tasks }
    }

    /// Takes news in until `done`; `what` names it when it never comes.
    pub(super) async fn until(&mut self, what: &str, done: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !done(self) {
                let fact = self.news.recv().await.expect("the watches ended by themselves");
                self.world.apply(fact.clone());
                self.facts.push(fact);
            }
        };
        assert!(
            tokio::time::timeout(DEADLINE, waiting).await.is_ok(),
            "never seen: {what}; facts: {:#?}",
            self.facts
        );
    }

    /// The facts that come within `time`.
    pub(super) async fn quiet_for(&mut self, time: Duration) -> Vec<Fact> {
        let mut came = Vec::new();
        let deadline = tokio::time::Instant::now() + time;
        while let Ok(Some(fact)) = tokio::time::timeout_at(deadline, self.news.recv()).await {
            self.world.apply(fact.clone());
            came.push(fact);
        }
        came
    }

    pub(super) fn count(&self, wanted: impl Fn(&Fact) -> bool) -> usize {
        self.facts.iter().filter(|fact| wanted(fact)).count()
    }
}
