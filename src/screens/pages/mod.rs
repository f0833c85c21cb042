//! Pages to read: how a number came about, why a service is not well, what
//! happened to it, what it depends on, its documents, an object as YAML.
//!
//! A page is made of lines, some of which lead somewhere. What a page needs
//! that no watch brings is looked up when it is opened ([`Pages::wants`]).

mod docs;
mod entity;
mod explain;
mod find;
mod graph;
mod timeline;
mod unhealthy;
mod yaml;

use super::list::back;
use super::{Act, Ctx, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{LastLines, ObjectKey, ServiceKey};
use crate::msg::{Effect, Found, Level, LogLine, Look, Notice};
use crate::ui::{Brush, Hit, Pen, Role};
use ratatui::layout::Rect;
use ratatui::text::Line;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

pub use yaml::Yaml;

use docs::Docs;

/// What is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// How a service's signals came about.
    Explain(ServiceKey),
    /// Why it is not well.
    Unhealthy(ServiceKey),
    /// What happened to it.
    Timeline(ServiceKey),
    /// What it needs and what needs it.
    Graph(ServiceKey),
    /// An object as the server has it.
    Yaml(ObjectKey),
    /// A document of it: its path, with `#heading` if one is meant; empty for the
    /// first of runbook, TechDocs and README.
    Docs(ServiceKey, String),
    /// An entry of the catalogue, by its reference.
    Entity(String),
}

/// Where a line leads.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Go(Route),
    Fold(usize),
    /// An address: nothing here opens it, but it can be taken along.
    Copy(String),
}

/// A line of a page.
pub(super) struct PageLine {
    line: Line<'static>,
    target: Option<Target>,
    /// What links call it, if it is a heading.
    heading: Option<String>,
}

impl PageLine {
    fn plain(brush: Brush<'_>, role: Role, text: impl Into<String>) -> Self {
        Self { line: Line::from(brush.span(role, text.into())), target: None, heading: None }
    }

    fn heading(brush: Brush<'_>, text: impl Into<String>) -> Self {
        Self::plain(brush, Role::Title, text)
    }

    fn blank() -> Self {
        Self { line: Line::default(), target: None, heading: None }
    }
}

impl From<Line<'static>> for PageLine {
    fn from(line: Line<'static>) -> Self {
        Self { line, target: None, heading: None }
    }
}

/// State of the page that is open.
#[derive(Debug, Default)]
pub struct Pages {
    page: Option<Page>,
    /// Answers to older questions are dropped.
    ticket: u64,
    at: Cell<usize>,
    top: Cell<usize>,
    height: Cell<usize>,
    filter: String,
    folded: BTreeSet<usize>,
    managed: bool,
    yaml: Option<Yaml>,
    docs: Option<Docs>,
    /// Whether the heading asked for has still to be gone to.
    going: Cell<bool>,
    lines: Vec<(LastLines, Result<Vec<LogLine>, crate::domain::Fault>)>,
    traces: Option<Vec<Result<crate::domain::Trace, String>>>,
    /// What the last frame drew: only drawing knows the lines.
    drawn: RefCell<Vec<(String, Option<Target>)>>,
}

const HANDLERS: [Handler<Pages>; 6] = [
    (Command::Open, |s, ctx| s.follow(ctx)),
    (Command::Fold, |s, ctx| s.follow(ctx)),
    (Command::Managed, |s, _| {
        s.managed = !s.managed;
        if let Some(yaml) = &mut s.yaml {
            yaml.show_managed(s.managed);
        }
        s.folded.clear();
        Vec::new()
    }),
    (Command::Back, back),
    (Command::NextMatch, |s, _| s.jump(true)),
    (Command::PrevMatch, |s, _| s.jump(false)),
];

impl Pages {
    /// Opens another page at its beginning.
    pub fn open(&mut self, page: Page) {
        *self = Self { page: Some(page), going: Cell::new(true), ..Self::default() };
    }

    /// What has to be looked up for the page that is open.
    pub fn wants(&self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let look = |look| Effect::Look { ticket: 0, look };
        match &self.page {
            Some(Page::Yaml(key)) => vec![look(Look::Object(key.clone()))],
            Some(Page::Unhealthy(key)) => {
                unhealthy::logs(key, ctx).into_iter().map(|wanted| look(Look::LastLines(wanted))).collect()
            }
            Some(Page::Explain(key)) => explain::expressions(key, ctx)
                .map(|all| look(Look::Traces(key.clone(), all)))
                .into_iter()
                .collect(),
            Some(Page::Timeline(_)) => vec![Effect::LoadAudit],
            Some(Page::Docs(key, wanted)) => {
                docs::ask(key, wanted, ctx).map(|ask| look(Look::Document(ask))).into_iter().collect()
            }
            Some(Page::Graph(_) | Page::Entity(_)) | None => Vec::new(),
        }
    }

    /// The questions went out under this ticket.
    pub fn asked(&mut self, ticket: u64) {
        self.ticket = ticket;
    }

    /// Takes what was found; what belongs to an older page is dropped.
    pub fn found(&mut self, ticket: u64, found: Found) {
        if ticket != self.ticket {
            return;
        }
        match found {
            Found::Object(object) => {
                let mut yaml = Yaml::of(object);
                yaml.show_managed(self.managed);
                self.yaml = Some(yaml);
            }
            Found::Lines(wanted, lines) => self.lines.push((wanted, lines)),
            Found::Traces(traces) => self.traces = Some(traces),
            Found::Document(found) => self.docs = Some(Docs::of(found)),
        }
    }

    fn page_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, width: usize) -> Vec<PageLine> {
        match &self.page {
            Some(Page::Explain(key)) => explain::lines(self.traces.as_deref(), key, brush, ctx, width),
            Some(Page::Unhealthy(key)) => unhealthy::lines(&self.lines, key, brush, ctx, width),
            Some(Page::Timeline(key)) => timeline::lines(key, &self.filter, brush, ctx, width),
            Some(Page::Graph(key)) => graph::lines(key, brush, ctx),
            Some(Page::Yaml(key)) => yaml::lines(self.yaml.as_ref(), key, &self.folded, brush),
            Some(Page::Docs(key, _)) => docs::lines(self.docs.as_ref(), key, brush, ctx, width),
            Some(Page::Entity(reference)) => entity::lines(reference, brush, ctx, width),
            None => Vec::new(),
        }
    }

    /// Goes where the line leads.
    fn follow(&mut self, _ctx: &Ctx<'_>) -> Vec<Act> {
        let target = self.drawn.borrow().get(self.at.get()).and_then(|(_, target)| target.clone());
        match target {
            Some(Target::Go(route)) => vec![Act::Go(route)],
            Some(Target::Copy(text)) => {
                let told = Notice::new(Level::Info, format!("copied {text}"));
                vec![Act::Do(Effect::Copy(text)), Act::Tell(told)]
            }
            Some(Target::Fold(line)) => {
                if !self.folded.remove(&line) {
                    self.folded.insert(line);
                }
                Vec::new()
            }
            None => Vec::new(),
        }
    }

    /// To the next line that holds what is looked for; without that, to the
    /// next line that leads somewhere.
    fn jump(&mut self, down: bool) -> Vec<Act> {
        let drawn = self.drawn.borrow();
        let here = self.at.get();
        let holds = |(text, target): &(String, Option<Target>)| {
            if self.filter.is_empty() { target.is_some() } else { find::holds(text, &self.filter) }
        };
        let found = if down {
            drawn.iter().enumerate().skip(here + 1).find(|(_, line)| holds(line)).map(|(i, _)| i)
        } else {
            drawn.iter().enumerate().take(here).rev().find(|(_, line)| holds(line)).map(|(i, _)| i)
        };
        match found {
            Some(line) => {
                self.at.set(line);
                Vec::new()
            }
            None if self.filter.is_empty() => Vec::new(),
            None => {
                let text = format!("no further line has '{}'", self.filter);
                vec![Act::Tell(Notice::new(Level::Info, text))]
            }
        }
    }

    /// Puts the heading a link meant at the top, once the page is there.
    fn go_to_heading(&self, lines: &[PageLine], height: usize) {
        let Some(Page::Docs(_, wanted)) = self.page.as_ref().filter(|_| self.docs.is_some()) else { return };
        if self.going.replace(false)
            && let Some(line) = docs::goal(lines, wanted)
        {
            self.at.set(line);
            self.top.set(line.min(lines.len().saturating_sub(height)));
        }
    }

    fn service(&self) -> Option<&ServiceKey> {
        match self.page.as_ref()? {
            Page::Explain(key)
            | Page::Unhealthy(key)
            | Page::Timeline(key)
            | Page::Graph(key)
            | Page::Docs(key, _) => Some(key),
            Page::Yaml(_) | Page::Entity(_) => None,
        }
    }

    /// Keeps the cursor within the page and in sight; the first line drawn.
    fn window(&self, len: usize, height: usize) -> usize {
        self.height.set(height);
        self.at.set(self.at.get().min(len.saturating_sub(1)));
        let (at, top) = (self.at.get(), self.top.get().min(len.saturating_sub(height)));
        let top = if at < top {
            at
        } else if at >= top + height {
            at + 1 - height
        } else {
            top
        };
        self.top.set(top);
        top
    }
}

impl Screen for Pages {
    fn scope(&self) -> Scope {
        Scope::Page
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        match &self.page {
            Some(Page::Explain(key)) => format!("how the numbers of {key} came about"),
            Some(Page::Unhealthy(key)) => format!("why {key} is not well"),
            Some(Page::Timeline(key)) => format!("what happened to {key}"),
            Some(Page::Graph(key)) => format!("what {key} needs, what needs it"),
            Some(Page::Yaml(key)) => format!("{key} as YAML"),
            Some(Page::Docs(key, _)) => format!("documents of {key}"),
            Some(Page::Entity(reference)) => reference.clone(),
            None => String::new(),
        }
    }

    fn settle(&mut self, _ctx: &Ctx<'_>) {}

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        let last = self.drawn.borrow().len().saturating_sub(1);
        let half = isize::try_from((self.height.get() / 2).max(1)).unwrap_or(1);
        let at = match motion {
            Motion::Lines(n) => self.at.get().saturating_add_signed(isize::try_from(n).unwrap_or(0)),
            Motion::Halves(n) => self.at.get().saturating_add_signed(half * isize::try_from(n).unwrap_or(0)),
            Motion::Top => 0,
            Motion::Bottom => last,
        };
        self.at.set(at.min(last));
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        let Ok(line) = id.parse() else { return Vec::new() };
        if self.at.replace(line) == line { self.follow(ctx) } else { Vec::new() }
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        if let Some(Page::Yaml(key)) = &self.page {
            let pod = key.kind == crate::domain::Kind::Pod;
            return Some(if pod { Selected::Pod(key.clone()) } else { Selected::Workload(key.clone()) });
        }
        let key = self.service()?;
        ctx.service(key).map(|row| Selected::Service(row.key.clone()))
    }

    fn filter(&self) -> &str {
        &self.filter
    }

    fn set_filter(&mut self, text: &str, _ctx: &Ctx<'_>) {
        text.clone_into(&mut self.filter);
        let drawn = self.drawn.borrow();
        let after = drawn.iter().enumerate().skip(self.at.get());
        let found = after.clone().find(|(_, (line, _))| find::holds(line, text)).map(|(i, _)| i);
        if let Some(line) = found.filter(|_| !text.is_empty()) {
            self.at.set(line);
        }
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let inner = Rect { x: area.x + 1, width: area.width.saturating_sub(3), ..area };
        let brush = pen.brush();
        let lines = self.page_lines(brush, ctx, usize::from(inner.width));
        self.go_to_heading(&lines, usize::from(inner.height));
        let top = self.window(lines.len(), usize::from(inner.height));
        for (y, (index, line)) in (inner.y..inner.bottom()).zip(lines.iter().enumerate().skip(top)) {
            let row = Rect::new(inner.x, y, inner.width, 1);
            let shown = find::highlight(brush, &line.line, &self.filter);
            pen.line(inner.x, y, inner.width, &shown);
            if index == self.at.get() {
                pen.fill(row, Role::Selected);
            }
            if let Some(Target::Copy(url)) = &line.target {
                let said = u16::try_from(line.line.width()).unwrap_or(u16::MAX).min(inner.width);
                pen.hits.link(Rect { width: said, ..row }, url);
            }
            pen.hits.add(row, Hit::Row(0, index.to_string()));
        }
        pen.scrollbar(area, lines.len(), top);
        let drawn = lines.into_iter().map(|line| (find::text(&line.line), line.target)).collect();
        self.drawn.replace(drawn);
    }
}
