//! The log of a pod, followed as it is written.

mod view;

use super::filter::contains_ignore_case;
use super::{Act, Ctx, Handler, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Fault, ObjectKey};
use crate::msg::{LogLine, LogQuery, LogUpdate};
use crate::ui::{Pen, Scroll};
use ratatui::layout::Rect;
use std::collections::VecDeque;

/// Lines kept; the oldest are dropped first.
const MOST_LINES: usize = 10_000;

/// Lines asked for to begin with.
const TAIL: u32 = 1_000;

/// State of the screen.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "four switches of the person, each on its own key")]
pub struct Logs {
    pod: Option<ObjectKey>,
    ticket: u64,
    containers: Vec<String>,
    container: usize,
    previous: bool,
    lines: VecDeque<LogLine>,
    dropped: u64,
    ended: Option<Result<(), Fault>>,
    follow: bool,
    wrap: bool,
    stamps: bool,
    filter: String,
    scroll: Scroll,
}

const HANDLERS: [Handler<Logs>; 9] = [
    (Command::Follow, |s, _| {
        s.follow = !s.follow;
        Vec::new()
    }),
    (Command::Previous, |s, _| {
        s.previous = !s.previous;
        s.again()
    }),
    (Command::Container, |s, _| s.next_container()),
    (Command::Wrap, |s, _| {
        s.wrap = !s.wrap;
        Vec::new()
    }),
    (Command::Stamps, |s, _| {
        s.stamps = !s.stamps;
        Vec::new()
    }),
    (Command::Back, |s, ctx| {
        if s.filter.is_empty() {
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
    /// Shows the log of another pod. What to ask for.
    pub fn open(&mut self, pod: ObjectKey, ctx: &Ctx<'_>) -> LogQuery {
        let (wrap, stamps) = (self.wrap, self.stamps);
        let workloads = ctx.world.workloads();
        let found = workloads.flat_map(|w| ctx.world.pods_of_workload(w)).find(|p| p.key == pod);
        let containers = found
            .as_ref()
            .map(|p| p.containers.iter().map(|c| c.name.to_string()).collect())
            .unwrap_or_default();
        // The container that is in trouble is the one to look at, and where it
        // keeps crashing the run before says why.
        let ill = found.and_then(|p| p.problem.as_ref().and_then(|problem| problem.container.clone()));
        *self = Self { pod: Some(pod), containers, follow: true, wrap, stamps, ..Self::default() };
        self.container = ill.and_then(|name| self.containers.iter().position(|c| *c == name)).unwrap_or(0);
        self.query()
    }

    /// What is being asked for.
    fn query(&self) -> LogQuery {
        let pod = self.pod.as_ref();
        LogQuery {
            ticket: 0,
            namespace: pod.map(|p| p.namespace.clone()).unwrap_or_default(),
            pod: pod.map(|p| p.name.clone()).unwrap_or_default(),
            container: self.containers.get(self.container).cloned(),
            previous: self.previous,
            tail: TAIL,
        }
    }

    /// The question went out under this ticket: lines of older ones are dropped.
    pub fn asked(&mut self, ticket: u64) {
        self.ticket = ticket;
        self.lines.clear();
        self.dropped = 0;
        self.ended = None;
        self.scroll = Scroll::default();
    }

    /// Takes lines in.
    pub fn take(&mut self, update: LogUpdate) {
        if update.ticket != self.ticket {
            return;
        }
        let reading = !self.follow;
        for line in update.lines {
            if self.lines.len() == MOST_LINES {
                self.lines.pop_front();
                self.dropped += 1;
                // What is being read stays where it is.
                if reading && self.filter.is_empty() && !self.wrap {
                    self.scroll.to(self.scroll.offset().saturating_sub(1));
                }
            }
            self.lines.push_back(line);
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
        if self.containers.len() < 2 {
            return Vec::new();
        }
        self.container = (self.container + 1) % self.containers.len();
        self.again()
    }

    /// The lines to show: those that match, if a filter is in force.
    fn shown(&self) -> Vec<&LogLine> {
        let needle = self.filter.to_lowercase();
        self.lines
            .iter()
            .filter(|line| needle.is_empty() || contains_ignore_case(&line.text, &needle))
            .collect()
    }

    /// To the next line that says of trouble, where no filter narrows the lines.
    fn jump(&mut self, down: bool) -> Vec<Act> {
        const TROUBLE: [&str; 5] = ["error", "fatal", "panic", "exception", "warn"];
        let shown = self.shown();
        let here = self.scroll.offset();
        let is_trouble = |line: &LogLine| TROUBLE.iter().any(|word| contains_ignore_case(&line.text, word));
        let found = if down {
            shown.iter().enumerate().skip(here + 1).find(|(_, line)| is_trouble(line)).map(|(i, _)| i)
        } else {
            shown.iter().enumerate().take(here).rev().find(|(_, line)| is_trouble(line)).map(|(i, _)| i)
        };
        if let Some(line) = found {
            self.follow = false;
            self.scroll.to(line);
        }
        Vec::new()
    }
}

impl Screen for Logs {
    fn scope(&self) -> Scope {
        Scope::Logs
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        let container = self.containers.get(self.container).map(|c| format!(" · {c}")).unwrap_or_default();
        let previous = if self.previous { " · run before the last restart" } else { "" };
        let pod = self.pod.as_ref().map(|p| p.name.to_string()).unwrap_or_default();
        format!("{pod}{container}{previous}")
    }

    fn settle(&mut self, _ctx: &Ctx<'_>) {}

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.scroll.step(motion);
        self.follow =
            self.scroll.at_end() && !matches!(motion, Motion::Lines(n) | Motion::Halves(n) if n < 0);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, _id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        Vec::new()
    }

    fn selected(&self, _ctx: &Ctx<'_>) -> Option<Selected> {
        self.pod.clone().map(Selected::Pod)
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn set_filter(&mut self, text: &str, _ctx: &Ctx<'_>) {
        text.clone_into(&mut self.filter);
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_lines(pen, area, ctx);
    }
}
