//! Pages to read: how a number came about, why a service is not well, what
//! happened to it, what it depends on, its documents, an object as YAML.
//!
//! A page is made of lines, some of which lead somewhere. What a page needs
//! that no watch brings is looked up when it is opened ([`Pages::wants`]).

mod away;
mod config;
mod docs;
mod entity;
mod explain;
mod find;
mod graph;
mod line;
mod thing;
mod timeline;
mod unhealthy;
mod walk;
mod yaml;

use super::list::back;
use super::{Act, Ctx, Handler, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Asked, LastLines, Namespace, ObjectKey, ServiceKey};
use crate::msg::{ConfigAsk, ConfigFound, Effect, Found, LogLine, Look};
use crate::ui::{Brush, Hit, Pen, Role};
use ratatui::layout::Rect;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

pub use docs::Subject;
pub use yaml::Yaml;

pub(in crate::screens) use explain::no_signals;

use docs::Docs;
use line::{PageLine, Target};

/// What is being read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Page {
    /// How a service's signals came about; one of them, by its name, is gone
    /// to, unless that is empty.
    Explain(ServiceKey, &'static str),
    /// Why it is not well.
    Unhealthy(ServiceKey),
    /// What happened to it.
    Timeline(ServiceKey),
    /// What it needs and what needs it.
    Graph(ServiceKey),
    /// Its ConfigMaps and Secrets against those in a namespace; none for the one nearest to production.
    Config(ServiceKey, Option<Namespace>),
    /// An object as the server has it.
    Yaml(ObjectKey),
    /// An object of any kind the server serves; as YAML, else told.
    Thing(Asked, bool),
    /// A document of something: its path, with `#heading` if one is meant; empty
    /// for the first of runbook, TechDocs and README.
    Docs(Subject, String),
    /// An entry of the catalogue, by its reference.
    Entity(String),
    /// What happened while nobody looked.
    Away,
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
    shown: Option<thing::Shown>,
    docs: Option<Docs>,
    /// What was asked for, and its answer.
    asked: ConfigAsk,
    configs: Option<(ConfigAsk, ConfigFound)>,
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
        if let Some(shown) = &mut s.shown {
            shown.show_managed(s.managed);
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
    pub fn wants(&mut self, ctx: &Ctx<'_>) -> Vec<Effect> {
        let look = |look| Effect::Look { ticket: 0, look };
        if let Some(Page::Config(key, with)) = &self.page {
            let ask = config::ask(key, with.as_ref(), ctx);
            self.asked = ask.clone().unwrap_or_default();
            return ask.map(|ask| look(Look::Configs(ask))).into_iter().collect();
        }
        match &self.page {
            Some(Page::Yaml(key)) => vec![look(Look::Object(key.clone()))],
            Some(Page::Thing(asked, _)) => vec![look(Look::Thing(asked.clone()))],
            Some(Page::Unhealthy(key)) => {
                unhealthy::logs(key, ctx).into_iter().map(|wanted| look(Look::LastLines(wanted))).collect()
            }
            Some(Page::Explain(key, _)) => explain::expressions(key, ctx)
                .map(|all| look(Look::Traces(key.clone(), all)))
                .into_iter()
                .collect(),
            Some(Page::Timeline(_)) => vec![Effect::LoadAudit],
            Some(Page::Docs(of, wanted)) => {
                docs::ask(of, wanted, ctx).map(|ask| look(Look::Document(ask))).into_iter().collect()
            }
            Some(Page::Config(..) | Page::Graph(_) | Page::Entity(_) | Page::Away) | None => Vec::new(),
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
            Found::Thing(found) => self.shown = Some(thing::Shown::of(found, self.managed)),
            Found::Lines(wanted, lines) => self.lines.push((wanted, lines)),
            Found::Configs(found) => self.configs = Some((std::mem::take(&mut self.asked), found)),
            Found::Traces(traces) => self.traces = Some(traces),
            Found::Document(found) => self.docs = Some(Docs::of(found)),
        }
    }

    fn page_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>, width: usize) -> Vec<PageLine> {
        match &self.page {
            Some(Page::Explain(key, _)) => explain::lines(self.traces.as_deref(), key, brush, ctx, width),
            Some(Page::Unhealthy(key)) => unhealthy::lines(&self.lines, key, brush, ctx, width),
            Some(Page::Timeline(key)) => timeline::lines(key, &self.filter, brush, ctx, width),
            Some(Page::Graph(key)) => graph::lines(key, brush, ctx),
            Some(Page::Config(key, _)) => config::lines(self.configs.as_ref(), key, brush, ctx, width),
            Some(Page::Yaml(key)) => yaml::lines(self.yaml.as_ref(), &key.to_string(), &self.folded, brush),
            Some(Page::Thing(asked, as_yaml)) => thing::lines(self, asked, *as_yaml, brush, ctx),
            Some(Page::Docs(of, _)) => docs::lines(self.docs.as_ref(), of, brush, ctx, width),
            Some(Page::Away) => away::lines(brush, ctx, width),
            Some(Page::Entity(reference)) => entity::lines(reference, brush, ctx, width),
            None => Vec::new(),
        }
    }

    fn service(&self) -> Option<&ServiceKey> {
        match self.page.as_ref()? {
            Page::Explain(key, _)
            | Page::Unhealthy(key)
            | Page::Timeline(key)
            | Page::Graph(key)
            | Page::Config(key, _)
            | Page::Docs(Subject::Service(key), _) => Some(key),
            Page::Docs(Subject::Entry(_), _)
            | Page::Yaml(_)
            | Page::Thing(..)
            | Page::Entity(_)
            | Page::Away => None,
        }
    }
}

/// The title of a page about a service.
pub(in crate::screens) fn about(key: &ServiceKey, what: &str) -> String {
    format!("{} ─ {what} ─ {}", key.name, key.namespace)
}

impl Screen for Pages {
    fn scope(&self) -> Scope {
        Scope::Page
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        match &self.page {
            // Whose page it is comes first: at 80 columns there is room for a name.
            Some(Page::Explain(key, _)) => about(key, "how its numbers came about"),
            Some(Page::Unhealthy(key)) => about(key, "why it is not well"),
            Some(Page::Timeline(key)) => about(key, "what happened"),
            Some(Page::Graph(key)) => about(key, "what it needs, what needs it"),
            Some(Page::Config(key, _)) => about(key, "its configuration"),
            Some(Page::Yaml(key)) => format!("{key} as YAML"),
            Some(Page::Thing(asked, true)) => format!("{} as YAML", thing::title(self, asked)),
            Some(Page::Thing(asked, false)) => thing::title(self, asked),
            Some(Page::Docs(Subject::Service(key), _)) => about(key, "documents"),
            Some(Page::Docs(Subject::Entry(reference), _)) => format!("{reference} ─ documents"),
            Some(Page::Entity(reference)) => reference.clone(),
            Some(Page::Away) => "while you were away".to_owned(),
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
