//! One process's way to the sea.

use std::future::{Future as _, pending, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::task::Poll;
use std::time::Duration;

use super::ailing::Served;
use super::deployment::Deployment;
use super::deployment::whole;
use super::route::Route;
use super::{Sea, Shared, lock};
use crate::domain::{Fault, FaultKind, Mutation, Now, ResourceVersion, WriteOutcome};
use crate::engine::canary::{Answered, Measurements, Plan, Question};
use crate::engine::delivery::LivePair;
use crate::engine::record::{Beat, OperationRecord};
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Counts, Data, Health, Interval, Metric, Requests};
use crate::shell::deliver::meter::{Against, Measure};
use crate::shell::deliver::shore::{Line, Loaded, Look, Pods, Saved, Shore};
use crate::shell::deliver::tests::tide::Clock;
use jiff::Timestamp;

/// The process dies at this write: before it leaves, or when it is done and
/// nobody has heard of it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Doom {
    /// Which one, from 1.
    pub(in super::super) write: u64,
    pub(in super::super) done: bool,
}

/// One process's way to the sea.
#[derive(Clone)]
pub(in super::super) struct Boat {
    pub(super) sea: Shared,
    pub(super) clock: Clock,
    /// The process stands still before this moment.
    frozen_until: Arc<AtomicU64>,
    /// Its wall clock is wrong by this many seconds.
    skew: Arc<AtomicI64>,
    /// [`Sea::rings`] it has woken up for.
    heard: Arc<AtomicU64>,
}

impl Boat {
    pub(in super::super) fn new(sea: &Shared, clock: &Clock, skew: i64) -> Self {
        Self {
            sea: sea.clone(),
            clock: clock.clone(),
            frozen_until: Arc::default(),
            skew: Arc::new(skew.into()),
            heard: Arc::default(),
        }
    }

    /// Stops the process where it stands, with whatever it has on its way.
    pub(in super::super) fn freeze(&self, time: Duration) {
        let until = self.clock.now() + u64::try_from(time.as_millis()).unwrap();
        self.frozen_until.store(until, Ordering::Relaxed);
    }

    /// Somebody sets its clock.
    pub(in super::super) fn jump(&self, seconds: i64) {
        self.skew.fetch_add(seconds, Ordering::Relaxed);
    }

    pub(super) async fn thaw(&self) {
        self.clock.sleep_until(self.frozen_until.load(Ordering::Relaxed)).await;
    }

    /// A write, at which the process may be doomed to die.
    async fn write<T>(
        &self,
        marked: impl FnOnce(&Sea) -> bool,
        work: impl FnOnce(&mut Sea) -> T,
        lost: impl FnOnce(Fault) -> T,
        never: impl FnOnce(Fault) -> T,
    ) -> T {
        let write = {
            let mut sea = lock(&self.sea);
            sea.writes += 1;
            let write = sea.writes;
            if marked(&sea) {
                sea.marked.push(write);
            }
            write
        };
        self.die_at(Doom { write, done: false }).await;
        let answer = self.call(work, lost, never).await;
        self.die_at(Doom { write, done: true }).await;
        answer
    }

    /// Nobody wakes it any more.
    async fn die_at(&self, moment: Doom) {
        let doomed = {
            let mut sea = lock(&self.sea);
            let doomed = sea.doom == Some(moment);
            sea.doom = sea.doom.filter(|_| !doomed);
            doomed
        };
        if doomed {
            pending::<()>().await;
        }
    }

    /// One request: it takes time on the way there and back, may not arrive,
    /// may be answered by nobody. Done atomically in between.
    async fn call<T>(
        &self,
        work: impl FnOnce(&mut Sea) -> T,
        lost: impl FnOnce(Fault) -> T,
        never: impl FnOnce(Fault) -> T,
    ) -> T {
        let (there, back, fate) = {
            let mut sea = lock(&self.sea);
            (sea.rng.u64(1..80), sea.rng.u64(1..80), sea.rng.u64(0..100))
        };
        self.clock.sleep(Duration::from_millis(there)).await;
        self.thaw().await;
        let (out, trouble) = {
            let sea = lock(&self.sea);
            (self.clock.now() < sea.out_until, sea.trouble)
        };
        let unreachable = || Fault::new(FaultKind::Unreachable, "nobody answers".to_owned());
        if out || fate < trouble {
            return never(unreachable());
        }
        let done = work(&mut lock(&self.sea));
        self.clock.sleep(Duration::from_millis(back)).await;
        self.thaw().await;
        if fate < 2 * trouble { lost(unreachable()) } else { done }
    }

    pub(super) async fn ask<T>(&self, work: impl FnOnce(&mut Sea) -> T) -> Result<T, Fault> {
        self.call(|sea| Ok(work(sea)), Err, Err).await
    }
}

impl Shore for Boat {
    fn now(&self) -> Now {
        let passed = self.clock.now();
        let skew = self.skew.load(Ordering::Relaxed);
        let wall = i64::try_from(passed).unwrap() + 1_000_000_000 + skew * 1_000;
        Now { wall: Timestamp::from_millisecond(wall).unwrap(), boot: Duration::from_millis(passed) }
    }

    async fn rest(&self, time: Duration) {
        let mut sleep = self.clock.sleep(time);
        poll_fn(|context| {
            let mut sea = lock(&self.sea);
            if self.heard.swap(sea.rings, Ordering::Relaxed) != sea.rings {
                return Poll::Ready(());
            }
            let (task, rested) = (self.clock.polled(), Pin::new(&mut sleep).poll(context));
            if rested.is_ready() {
                sea.resting.remove(&task);
            } else {
                sea.resting.insert(task);
            }
            rested
        })
        .await;
        self.thaw().await;
    }

    async fn beat(&mut self, holder: &str, lasts: Duration, at: Timestamp) -> Result<(), Fault> {
        let beat = Beat { holder: holder.to_owned(), renewed: at.to_string(), lasts };
        self.ask(|sea| sea.lease = Some(beat)).await
    }

    async fn load(&mut self, known: &ResourceVersion) -> Result<Option<Loaded>, Fault> {
        let known = known.clone();
        self.ask(move |sea| {
            let (version, record) = sea.record.as_ref()?;
            let version = ResourceVersion::from(version.to_string());
            let news = (version != known).then(|| Ok((**record).clone()));
            Some(Loaded { uid: "uid-record".into(), version, news })
        })
        .await
    }

    async fn save(&mut self, version: &ResourceVersion, record: &OperationRecord) -> Saved {
        let work = |sea: &mut Sea| sea.save(version, record);
        self.write(|sea| sea.is_news(record), work, |fault| Saved::Moved(fault.text), Saved::Failed).await
    }

    async fn look(&mut self) -> Result<Look, Fault> {
        self.ask(|sea| {
            let (stable, slim) = sea.stable.seen();
            let (canary, bare) = sea.canary.as_mut().map(Deployment::seen).unzip();
            let router = sea.route.as_ref().map(|route| whole(&route.raw));
            Look {
                stable: Some(slim),
                canary: bare,
                shares: sea.route.as_ref().and_then(Route::shares),
                live: LivePair { stable: Some(stable), canary, router },
            }
        })
        .await
    }

    async fn pods(&mut self, _look: &Look) -> Result<Pods, Fault> {
        let (now, sea) = (self.now(), lock(&self.sea));
        let canary = sea.canary.as_ref().and_then(|_| sea.ailing.pod("c-1", now));
        let stable = sea.ailing.pod("s-1", now).filter(|_| sea.is_changed());
        Ok(Pods { stable: stable.into_iter().collect(), canary: canary.into_iter().collect() })
    }

    async fn send(&mut self, write: &Mutation) -> WriteOutcome {
        let sleeps = {
            let mut sea = lock(&self.sea);
            (sea.rng.u64(0..100) < sea.sleepy).then(|| sea.rng.u64(5..200))
        };
        if let Some(seconds) = sleeps {
            self.freeze(Duration::from_secs(seconds));
        }
        self.write(|_| true, |sea| sea.apply(write), WriteOutcome::Unknown, WriteOutcome::Refused).await
    }

    async fn measure(&mut self, _pods: &Pods, step: Option<Measure>) -> Measurements {
        let now = self.now();
        let Some(step) = step else { return Measurements::default() };
        let elapsed = u32::try_from(now.since(step.since).as_secs()).unwrap();
        let sea = lock(&self.sea);
        let Served { requests, carriers, errors, past, measured } = sea.served;
        if !measured {
            let health = Health::Unreachable { for_s: elapsed, error: "no answer".to_owned() };
            return Measurements { health, ..Measurements::default() };
        }
        let canary = sea.canary.as_ref().map_or(0, |c| u64::from(c.current));
        let stable = u64::from(sea.stable.available());
        let all = requests * u64::from(step.interval_s);
        let by_pods = all * canary / (canary + stable).max(1);
        let routed = sea.route.as_ref().and_then(|route| route.served(all, carriers));
        let in_place = matches!(step.against, Against::Known(_)).then_some((all, 0));
        let (n_c, n_b) = in_place.or(routed).unwrap_or((by_pods, all - by_pods));
        let counts = |n: u64, errors: u64| Some(Counts { n, e: n * errors / 1_000 });
        let intervals = (0..elapsed / step.interval_s)
            .map(|i| Interval {
                from_s: i * step.interval_s,
                to_s: (i + 1) * step.interval_s,
                canary: counts(n_c, sea.errors),
                baseline: counts(n_b, errors),
            })
            .collect();
        let before = (step.against != Against::Stable).then(|| counts(past, errors)).flatten();
        let data = Data::Requests(Requests::after(before, Bad::Failed, 0.001, intervals));
        let metrics = vec![Metric { name: "errors".into(), importance: step.requests, data }];
        Measurements { metrics, facts: Vec::new(), health: Health::Fresh }
    }

    /// As slow and as unreliable as everything else here.
    async fn question(&mut self, due: Vec<Question>, _plan: &Plan) -> Vec<Answered> {
        if due.is_empty() {
            return Vec::new();
        }
        let now = self.clock.now();
        let said = self.ask(|sea| {
            if now < sea.silent_until { Err("connection refused".to_owned()) } else { Ok(sea.said.clone()) }
        });
        let said = said.await.unwrap_or_else(|fault| Err(fault.text));
        let answer = |question: Question| Answered {
            analysis: question.analysis,
            step: question.step,
            at: question.at,
            replies: said.clone().map(|reply| question.queries.iter().map(|_| reply.clone()).collect()),
        };
        due.into_iter().map(answer).collect()
    }

    async fn journal(&mut self, line: Line) -> Result<(), Fault> {
        if let Line::Intent { action, .. } = line
            && !action.starts_with("put fence")
        {
            lock(&self.sea).written.push((self.clock.now(), action));
        }
        Ok(())
    }

    async fn tell(&mut self, _record: &OperationRecord, _reason: &'static str, _message: &str) {}
}
