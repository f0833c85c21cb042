//! One operation of the delivery engine: its steps, the evidence, what was
//! decided and why, what it made, and the buttons a person has.

mod evidence;
mod view;

use super::delivery::{Delivery, Driven, Point, history};
use super::{Act, Ctx, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Kind, Now};
use crate::ui::{Cursor, Pen, Scroll};
use ratatui::layout::Rect;
use std::time::Duration;

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Panel {
    /// What the verdict says, and every metric's part in it.
    #[default]
    Verdict,
    /// E over time.
    Evidence,
    /// The decisions, newest first.
    Log,
    /// What it made and touched.
    Objects,
}

pub(super) const PANELS: [Panel; 4] = [Panel::Verdict, Panel::Evidence, Panel::Log, Panel::Objects];

impl Panel {
    pub(super) fn number(self) -> u8 {
        PANELS.iter().position(|p| *p == self).and_then(|i| u8::try_from(i).ok()).unwrap_or(0)
    }
}

/// State of the page.
#[derive(Debug, Default)]
pub struct Rollout {
    id: Option<String>,
    focus: Panel,
    verdict: Scroll,
    log: Scroll,
    objects: Cursor,
    /// Replayed when the record changes, not for every frame.
    points: Vec<Point>,
    replayed: Option<(usize, Option<jiff::Timestamp>)>,
}

const HANDLERS: [Handler<Rollout>; 3] = [
    (Command::NextPanel, |s, _| s.turn(1)),
    (Command::PrevPanel, |s, _| s.turn(-1)),
    (Command::Open, |s, ctx| s.open_selected(ctx)),
];

impl Rollout {
    /// Shows another operation.
    pub fn open(&mut self, id: String) {
        if self.id.as_deref() != Some(id.as_str()) {
            *self = Self { id: Some(id), ..Self::default() };
        }
    }

    pub(super) fn shown<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Delivery> {
        ctx.delivery(self.id.as_deref()?)
    }

    fn turn(&mut self, by: isize) -> Vec<Act> {
        let here = usize::from(self.focus.number());
        let to = (here + PANELS.len()).saturating_add_signed(by) % PANELS.len();
        self.focus = PANELS.get(to).copied().unwrap_or_default();
        Vec::new()
    }

    /// Opens the object selected; elsewhere the service.
    fn open_selected(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        let Some(delivery) = self.shown(ctx) else { return Vec::new() };
        if self.focus != Panel::Objects {
            return vec![Act::Go(Route::Cockpit(delivery.service.clone()))];
        }
        let objects = delivery.objects();
        let chosen = objects.iter().find(|(_, key)| self.objects.id() == Some(key.to_string().as_str()));
        // Records hold whole templates, with values nobody should read over a shoulder.
        let shown = chosen.filter(|(_, key)| key.kind != Kind::ConfigMap);
        shown.map(|(_, key)| Act::Go(Route::Describe(key.clone()))).into_iter().collect()
    }

    fn object_ids(&self, ctx: &Ctx<'_>) -> Vec<String> {
        let objects = self.shown(ctx).map(Delivery::objects);
        objects.iter().flatten().map(|(_, key)| key.to_string()).collect()
    }
}

impl Screen for Rollout {
    fn scope(&self) -> Scope {
        Scope::Delivery
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let Some(delivery) = self.shown(ctx) else { return "gone".to_owned() };
        let of = &delivery.service;
        format!("{} · {} · {}", of.name, of.namespace, delivery.phase_word(ctx.now))
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let ids = self.object_ids(ctx);
        self.objects.settle(&ids);
        let Some(delivery) = self.shown(ctx) else { return };
        let judged = delivery.record.run.judged.as_deref().map(|judged| judged.at);
        let known = Some((delivery.record.verdicts.len(), judged));
        if self.replayed != known {
            self.points = history(&delivery.record);
            self.replayed = known;
        }
    }

    fn on_motion(&mut self, motion: Motion, ctx: &Ctx<'_>) {
        match self.focus {
            Panel::Objects => {
                let ids = self.object_ids(ctx);
                self.objects.step(&ids, motion);
            }
            Panel::Log => self.log.step(motion),
            Panel::Verdict | Panel::Evidence => self.verdict.step(motion),
        }
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        let again = self.focus == Panel::Objects && self.objects.id() == Some(id);
        self.focus = Panel::Objects;
        if again {
            return self.open_selected(ctx);
        }
        let ids = self.object_ids(ctx);
        self.objects.select(&ids, id);
        Vec::new()
    }

    fn on_panel(&mut self, panel: u8) {
        self.focus = PANELS.get(usize::from(panel)).copied().unwrap_or_default();
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        self.shown(ctx).map(|delivery| Selected::Workload(delivery.workload.clone()))
    }

    fn delivery(&self, ctx: &Ctx<'_>) -> Option<String> {
        self.shown(ctx).map(|delivery| delivery.id.clone())
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_page(pen, area, ctx);
    }

    fn next_wake(&self, ctx: &Ctx<'_>) -> Option<Now> {
        self.shown(ctx).and_then(|delivery| delivery.next_wake(ctx.now))
    }
}

impl Delivery {
    /// When what is said of it changes by itself: the driver becomes silent, or
    /// has been for another ten seconds.
    pub(in crate::screens) fn next_wake(&self, now: Now) -> Option<Now> {
        if !self.is_running() {
            return None;
        }
        match self.driver.state(now) {
            Driven::Nobody => None,
            Driven::Silent(time) => {
                let rest = 10 - time.as_secs() % 10;
                // From two minutes on it is told in minutes.
                (time < Duration::from_mins(2)).then(|| now.plus(Duration::from_secs(rest)))
            }
            Driven::Here | Driven::Elsewhere => {
                let silent = self.driver.heard.map(|heard| now.since(heard)).unwrap_or_default();
                let left = self.driver.patience.checked_sub(silent)?;
                (left < Duration::from_hours(1)).then(|| now.plus(left + Duration::from_millis(1)))
            }
        }
    }
}
