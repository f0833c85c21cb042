//! A small cluster: two Deployments whose controller takes time, writes that
//! arrive late or fail, a watch that lags, a driver that dies.

use std::collections::VecDeque;

use super::super::{Answer, CanaryRun, Input, Intent, Measurements, Observed, Plan, Request, Side};
use super::route::Route;
use crate::domain::Now;
use crate::engine::router::Picked;
use crate::engine::verdict::guards::Fact;
use crate::engine::verdict::input::Bad;
use crate::engine::verdict::{Counts, Data, Health, Importance, Interval, Metric, Requests};
use crate::engine::weights::Routing;

pub(super) const OLD: u64 = 1;
pub(super) const NEW: u64 = 2;

/// One Deployment with its pods.
#[derive(Clone, Debug)]
pub(super) struct Deployment {
    pub(super) template: u64,
    pub(super) desired: u32,
    /// Available pods of `template`, and of the template before.
    pub(super) current: u32,
    pub(super) old: u32,
}

impl Deployment {
    fn new(template: u64, desired: u32, current: u32) -> Self {
        Self { template, desired, current, old: 0 }
    }

    fn side(&self) -> Side {
        Side {
            template: self.template,
            desired: self.desired,
            available: self.current + self.old,
            settled: self.old == 0 && self.current == self.desired,
        }
    }

    /// One pod is made or removed; never below the desired size, as with
    /// `maxUnavailable: 0`.
    fn reconcile(&mut self, makes_pods: bool) {
        if self.current + self.old > self.desired {
            if self.old > 0 { self.old -= 1 } else { self.current -= 1 }
        } else if self.current < self.desired && makes_pods {
            self.current += 1;
        }
    }
}

/// What becomes of a write that arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Applied, and the driver hears of it.
    Answered,
    /// Applied, but the answer is lost.
    Lost,
    /// Not applied.
    Refused,
}

/// The cluster, and the driver beside it.
pub(super) struct World {
    pub(super) stable: Deployment,
    pub(super) canary: Option<Deployment>,
    pub(super) route: Option<Route>,
    /// Whether new pods of the new version become available.
    pub(super) starts: bool,
    /// Errors per 1,000 requests: stable, canary.
    pub(super) errors: (u64, u64),
    /// How many of 3,000 requests carry the header.
    pub(super) carriers: u64,
    pub(super) facts: Vec<Fact>,
    pub(super) at: i64,
    pub(super) run: CanaryRun,
    /// The record as last stored.
    stored: CanaryRun,
    /// Writes on their way: when they arrive.
    writes: VecDeque<(i64, Intent)>,
    /// Old pictures the watch has not delivered yet.
    watch: VecDeque<(i64, Observed)>,
    /// Counts since the weight took effect.
    intervals: Vec<Interval>,
    pub(super) history: Vec<Intent>,
}

impl World {
    pub(super) fn new(plan: Plan, stable: u32) -> Self {
        let named = stable.is_multiple_of(2);
        let route = Route { was_named: named, named, percent: 0, picked: Picked::Nothing };
        let route = (plan.routing != Routing::Pods).then_some(route);
        let run = CanaryRun::new(plan, OLD, NEW, Now::at(0));
        Self {
            stable: Deployment::new(OLD, stable, stable),
            canary: None,
            route,
            starts: true,
            errors: (10, 10),
            carriers: 150,
            facts: Vec::new(),
            at: 0,
            stored: run.clone(),
            run,
            writes: VecDeque::new(),
            watch: VecDeque::new(),
            intervals: Vec::new(),
            history: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Now {
        Now::at(self.at)
    }

    pub(super) fn observed(&self) -> Observed {
        Observed {
            stable: Some(self.stable.side()),
            canary: self.canary.as_ref().map(Deployment::side),
            router: self.route.map(Route::shares),
        }
    }

    /// Hands an input to the driver: the record is stored before the write
    /// leaves. `delay` is how long the write takes.
    pub(super) fn tell(&mut self, input: Input, delay: i64) {
        let (since, held) = (self.run.watching_since(), self.run.held);
        let phase = std::mem::discriminant(&self.run.phase);
        let intent = self.run.step(input, self.now());
        if self.run.watching_since() != since {
            self.intervals.clear();
        }
        let moved = std::mem::discriminant(&self.run.phase) != phase || self.run.held != held;
        if moved || intent.is_some() {
            self.stored = self.run.clone();
        }
        if let Some(intent) = intent {
            self.history.push(intent);
            self.writes.push_back((self.at + delay, intent));
        }
    }

    /// The driver dies and another one takes over from the record. The old
    /// one's writes on their way are fenced off: they fail.
    pub(super) fn crash(&mut self) {
        self.writes.clear();
        let record = serde_json::to_string(&self.stored).unwrap();
        self.run = serde_json::from_str(&record).unwrap();
    }

    /// A second passes; the watch lags by `lag` seconds, and writes that
    /// arrive meet their `fate`.
    pub(super) fn second(&mut self, lag: i64, fate: Fate) {
        self.at += 1;
        let starts = self.starts;
        self.stable.reconcile(self.stable.template == OLD || starts);
        if let Some(c) = &mut self.canary {
            c.reconcile(starts);
        }
        while self.writes.front().is_some_and(|(at, _)| *at <= self.at) {
            if let Some((_, intent)) = self.writes.pop_front() {
                let answer = match fate {
                    Fate::Refused => Answer::Failed("etcd is away".into()),
                    Fate::Answered | Fate::Lost => self.apply(intent),
                };
                if fate != Fate::Lost {
                    self.tell(Input::Written(answer), 1);
                }
            }
        }
        self.watch.push_back((self.at + lag, self.observed()));
        while self.watch.front().is_some_and(|(at, _)| *at <= self.at) {
            if let Some((_, picture)) = self.watch.pop_front() {
                self.tell(Input::Seen(picture), 1);
            }
        }
        if self.at % 30 == 0 {
            self.measure();
        }
    }

    fn apply(&mut self, intent: Intent) -> Answer {
        match intent {
            Intent::CreateCanary { replicas } => {
                if self.canary.is_some() {
                    return Answer::Failed("already exists".into());
                }
                self.canary = Some(Deployment::new(NEW, replicas, 0));
            }
            Intent::ScaleCanary { replicas } => match &mut self.canary {
                Some(c) => c.desired = replicas,
                None => return Answer::Failed("not found".into()),
            },
            // 404 on delete is success.
            Intent::DeleteCanary => self.canary = None,
            Intent::UpdateStable => self.roll(NEW),
            Intent::RestoreStable => self.roll(OLD),
            Intent::JoinRouter => return self.shift(|route| route.named = true),
            Intent::Weigh { percent } => {
                return self.shift(|route| (route.percent, route.picked) = (percent, Picked::Nothing));
            }
            Intent::Pick { step } => {
                return self.shift(|route| (route.percent, route.picked) = (0, Picked::Step(step)));
            }
            Intent::RestoreRouter => {
                let before = |route: &mut Route| Route {
                    named: route.was_named,
                    percent: 0,
                    picked: Picked::Nothing,
                    ..*route
                };
                return self.shift(|route| *route = before(route));
            }
        }
        Answer::Applied
    }

    fn shift(&mut self, how: impl FnOnce(&mut Route)) -> Answer {
        let Some(route) = &mut self.route else { return Answer::Failed("not found".into()) };
        how(route);
        Answer::Applied
    }

    fn roll(&mut self, template: u64) {
        if self.stable.template != template {
            let s = &mut self.stable;
            (s.template, s.current, s.old) = (template, s.old, s.current);
        }
    }

    /// 100 requests a second, split by available pods.
    fn measure(&mut self) {
        let canary = self.canary.as_ref().map_or(0, |c| c.current);
        let pods = u64::from(canary + self.stable.current + self.stable.old).max(1);
        let by_pods = 3_000 * u64::from(canary) / pods;
        let (n_c, n_b) = self
            .route
            .map_or((by_pods, 3_000 - by_pods), |route| route.served(&self.run.plan, self.carriers));
        let elapsed = self.run.watching_since().map_or(0, |since| self.now().since(since).as_secs());
        if elapsed >= 30 {
            let to_s = u32::try_from(elapsed).unwrap();
            self.intervals.push(Interval {
                from_s: to_s - 30,
                to_s,
                canary: Some(Counts { n: n_c, e: n_c * self.errors.1 / 1_000 }),
                baseline: Some(Counts { n: n_b, e: n_b * self.errors.0 / 1_000 }),
            });
        }
        let measurements = Measurements {
            metrics: vec![Metric {
                name: "errors".into(),
                importance: Importance::Critical,
                data: Data::Requests(Requests {
                    bad: Bad::Failed,
                    floor: 0.001,
                    limit: None,
                    fine: None,
                    intervals: self.intervals.clone(),
                }),
            }],
            facts: self.facts.clone(),
            health: Health::Fresh,
        };
        self.tell(Input::Measured(measurements), 1);
    }

    pub(super) fn ask(&mut self, request: Request) {
        self.tell(Input::Asked { request, by: "ada".into() }, 1);
    }

    /// Runs calmly until the run is over, at most `seconds`.
    pub(super) fn play(&mut self, seconds: i64) {
        let until = self.at + seconds;
        while self.at < until && !self.run.is_over() {
            self.second(0, Fate::Answered);
        }
    }
}
