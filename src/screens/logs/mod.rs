//! The log of a pod or of all pods of a service, followed as it is written.
//!
//! Lines are kept bounded (`lines`); the filter is a regular expression;
//! structured lines are unfolded. Absent on purpose: a search through older
//! lines than the server still has.

mod json;
mod lines;
mod matcher;
mod screen;
mod view;

pub(super) use json::unfold;

use super::{Act, Ctx, Handler, Screen};
use crate::command::Command;
use crate::domain::{Fault, ObjectKey, Pod, ServiceKey};
use crate::msg::{Effect, Level, LogLine, LogQuery, LogSource, LogUpdate, Notice};
use crate::screens::Route;
use crate::ui::Scroll;
use lines::Lines;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

/// Lines asked for to begin with, of each container.
const TAIL: u32 = 1_000;
/// Containers followed at once: each is a connection to the API server.
const MOST_SOURCES: usize = 50;

/// How far back; the first is by lines, the others by time.
const REACHES: [(Option<Duration>, &str); 4] = [
    (None, "last 1000 lines"),
    (Some(Duration::from_mins(5)), "since 5m"),
    (Some(Duration::from_hours(1)), "since 1h"),
    (Some(Duration::from_hours(24)), "since 24h"),
];

/// Whose log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogOf {
    /// One pod.
    Pod(ObjectKey),
    /// Every pod of a service.
    Service(ServiceKey),
}

/// State of the screen.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "switches of the person, each on its own key")]
pub struct Logs {
    of: Option<LogOf>,
    ticket: u64,
    /// The containers of the one pod.
    containers: Vec<String>,
    container: usize,
    sources: Vec<LogSource>,
    /// Pods of the service that are not followed: there are too many.
    left_out: usize,
    previous: bool,
    reach: usize,
    lines: Lines,
    ended: Option<Result<(), Fault>>,
    follow: bool,
    wrap: bool,
    stamps: bool,
    /// Structured lines as they were written.
    raw: bool,
    scroll: Scroll,
}

const HANDLERS: [Handler<Logs>; 13] = [
    (Command::Follow, |s, _| {
        s.follow = !s.follow;
        Vec::new()
    }),
    (Command::Previous, |s, _| {
        s.previous = !s.previous;
        s.again()
    }),
    (Command::Container, |s, _| s.next_container()),
    (Command::Since, |s, _| {
        s.reach = (s.reach + 1) % REACHES.len();
        s.again()
    }),
    (Command::AllPods, |s, ctx| s.all_or_one(ctx)),
    (Command::Wrap, |s, _| {
        s.wrap = !s.wrap;
        Vec::new()
    }),
    (Command::Stamps, |s, _| {
        s.stamps = !s.stamps;
        Vec::new()
    }),
    (Command::RawLines, |s, _| {
        s.raw = !s.raw;
        Vec::new()
    }),
    (Command::SaveLog, |s, _| s.save()),
    (Command::Back, |s, ctx| {
        if s.filter().is_empty() {
            return vec![Act::Run(Command::HistoryBack)];
        }
        s.set_filter("", ctx);
        Vec::new()
    }),
    (Command::NextMatch, |s, _| s.jump(true)),
    (Command::PrevMatch, |s, _| s.jump(false)),
    (Command::Open, |_, _| Vec::new()),
];

impl Logs {
    /// Shows another log. What to ask for.
    pub fn open(&mut self, of: LogOf, ctx: &Ctx<'_>) -> LogQuery {
        let (wrap, stamps, raw) = (self.wrap, self.stamps, self.raw);
        *self = Self { follow: true, wrap, stamps, raw, ..Self::default() };
        match &of {
            LogOf::Pod(key) => self.of_pod(key, ctx),
            LogOf::Service(key) => self.of_service(key, ctx),
        }
        self.of = Some(of);
        self.query()
    }

    /// The container that is in trouble is the one to look at.
    fn of_pod(&mut self, key: &ObjectKey, ctx: &Ctx<'_>) {
        let workloads = ctx.world.workloads();
        let found = workloads.flat_map(|w| ctx.world.pods_of_workload(w)).find(|pod| pod.key == *key);
        if let Some(pod) = &found {
            self.containers = pod.containers.iter().map(|c| c.name.to_string()).collect();
        }
        let ill = found.and_then(|pod| pod.problem.as_ref().and_then(|problem| problem.container.clone()));
        self.container = ill.and_then(|name| self.containers.iter().position(|c| *c == name)).unwrap_or(0);
        self.sources = vec![self.source_of_pod(key)];
    }

    fn source_of_pod(&self, key: &ObjectKey) -> LogSource {
        LogSource {
            namespace: key.namespace.clone(),
            pod: key.name.clone(),
            container: self.containers.get(self.container).cloned(),
        }
    }

    /// Pods in trouble first, so that they are among those followed.
    fn of_service(&mut self, key: &ServiceKey, ctx: &Ctx<'_>) {
        let workloads = ctx.world.workloads_of(key);
        let mut pods: Vec<Arc<Pod>> = workloads.iter().flat_map(|w| ctx.world.pods_of_workload(w)).collect();
        pods.sort_by_key(|pod| (pod.is_ready(), pod.key.name.clone()));
        self.left_out = pods.len().saturating_sub(MOST_SOURCES);
        let source = |pod: &Arc<Pod>| {
            let ill = pod.problem.as_ref().and_then(|problem| problem.container.clone());
            let first = || pod.containers.first().map(|container| container.name.to_string());
            LogSource {
                namespace: pod.key.namespace.clone(),
                pod: pod.key.name.clone(),
                container: ill.or_else(first),
            }
        };
        self.sources = pods.iter().take(MOST_SOURCES).map(source).collect();
    }

    /// What is being asked for.
    fn query(&self) -> LogQuery {
        let since = REACHES.get(self.reach).and_then(|(since, _)| *since);
        LogQuery { ticket: 0, sources: self.sources.clone(), previous: self.previous, since, tail: TAIL }
    }

    /// The question went out under this ticket: lines of older ones are dropped.
    pub fn asked(&mut self, ticket: u64) {
        self.ticket = ticket;
        self.lines.clear();
        self.ended = None;
        self.scroll = Scroll::default();
    }

    /// Takes lines in.
    pub fn take(&mut self, update: LogUpdate) {
        if update.ticket != self.ticket {
            return;
        }
        let gone = self.lines.take(update.lines);
        // What is being read stays where it is.
        if !self.follow && !self.wrap {
            self.scroll.to(self.scroll.offset().saturating_sub(gone));
        }
        if update.ended.is_some() {
            self.ended = update.ended;
        }
    }

    fn again(&mut self) -> Vec<Act> {
        self.follow = true;
        vec![Act::Follow(self.query())]
    }

    fn next_container(&mut self) -> Vec<Act> {
        let Some(LogOf::Pod(key)) = &self.of else { return Vec::new() };
        if self.containers.len() < 2 {
            return Vec::new();
        }
        let key = key.clone();
        self.container = (self.container + 1) % self.containers.len();
        self.sources = vec![self.source_of_pod(&key)];
        self.again()
    }

    /// From one pod to all pods of its service, and back to the pod whose line
    /// is the first in sight.
    fn all_or_one(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        match &self.of {
            Some(LogOf::Pod(key)) => {
                let workload = ctx.world.workload_of_pod(key);
                let service = workload.map(|workload| crate::domain::World::service_of(workload));
                service.map(|key| Act::Go(Route::Logs(LogOf::Service(key)))).into_iter().collect()
            }
            Some(LogOf::Service(_)) => {
                let line = self.lines.at(self.scroll.offset()).map_or(0, |line| line.source);
                let source = self.sources.get(usize::from(line));
                let key = source.map(|source| {
                    ObjectKey::new(crate::domain::Kind::Pod, source.namespace.as_str(), source.pod.as_str())
                });
                key.map(|key| Act::Go(Route::Logs(LogOf::Pod(key)))).into_iter().collect()
            }
            None => Vec::new(),
        }
    }

    /// Everything shown, as it was written, to be saved.
    fn save(&self) -> Vec<Act> {
        if self.lines.shown() == 0 {
            return vec![Act::Tell(Notice::new(Level::Info, "there is no line to save"))];
        }
        let several = self.sources.len() > 1;
        let mut text = String::new();
        for line in self.lines.from(0) {
            if let Some(at) = line.at {
                let _infallible = write!(text, "{at} ");
            }
            if let Some(source) = self.sources.get(usize::from(line.source)).filter(|_| several) {
                let _infallible = write!(text, "{} ", source.pod);
            }
            text.push_str(&line.text);
            text.push('\n');
        }
        let name = match &self.of {
            Some(LogOf::Pod(key)) => key.name.to_string(),
            Some(LogOf::Service(key)) => key.name.to_string(),
            None => String::new(),
        };
        vec![Act::Do(Effect::SaveLog { name, text })]
    }

    /// To the next line that says of trouble, where no filter narrows the lines.
    fn jump(&mut self, down: bool) -> Vec<Act> {
        let here = self.scroll.offset();
        let found = if down {
            (here + 1..self.lines.shown()).find(|index| self.is_trouble(*index))
        } else {
            (0..here).rev().find(|index| self.is_trouble(*index))
        };
        if let Some(line) = found {
            self.follow = false;
            self.scroll.to(line);
        }
        Vec::new()
    }

    fn is_trouble(&self, index: usize) -> bool {
        const TROUBLE: [&str; 5] = ["error", "fatal", "panic", "exception", "warn"];
        let holds =
            |line: &LogLine| TROUBLE.iter().any(|word| super::filter::contains_ignore_case(&line.text, word));
        self.lines.at(index).is_some_and(holds)
    }
}
