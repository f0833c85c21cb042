//! One service, all of it on one screen, with the button beside the number.

mod around;
mod batch;
mod cells;
mod delivery;
mod failing;
pub(in crate::screens) mod layout;
mod panels;
mod rollout;
mod screen;
pub(in crate::screens) mod signals;
mod tables;
pub(in crate::screens) mod usage;
mod view;

use super::{Act, Ctx, Handler, Route, Screen};
use crate::command::{Command, Motion};
use crate::domain::{Kind, Pod, ServiceKey, Workload};
use crate::ui::{Cursor, Hit, Hits, Pen};
use around::Around;
use failing::Peek;
use panels::Changed;
use ratatui::layout::Rect;
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::sync::Arc;

/// A part of the cockpit. Each loads and fails on its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Panel {
    /// The rollout, with its buttons.
    #[default]
    Rollout,
    /// The workloads, where there is more than one.
    Workloads,
    /// The pods, broken ones first.
    Pods,
    /// What changed, newest first.
    Changes,
    /// Kept revisions.
    Revisions,
    /// What the cluster says.
    Events,
    /// Requests, errors, latency.
    Metrics,
    /// What it needs and what needs it, and where to read on.
    Around,
}

/// Panels in the order of `tab`.
pub(super) const PANELS: [Panel; 8] = [
    Panel::Rollout,
    Panel::Workloads,
    Panel::Pods,
    Panel::Changes,
    Panel::Revisions,
    Panel::Events,
    Panel::Metrics,
    Panel::Around,
];

impl Panel {
    pub(super) fn number(self) -> u8 {
        PANELS.iter().position(|p| *p == self).and_then(|i| u8::try_from(i).ok()).unwrap_or(0)
    }
}

/// Jobs listed of each CronJob.
const MOST_JOBS: usize = 5;

/// State of the screen.
#[derive(Debug, Default)]
pub struct Cockpit {
    key: Option<ServiceKey>,
    focus: Panel,
    /// One cursor for each panel, in the order of [`PANELS`].
    cursors: [Cursor; 8],
    /// Pods marked for one action on several, by identity.
    marked: BTreeSet<String>,
    /// The workload actions go to; the main one unless another was chosen.
    workload: Option<String>,
    /// The last words of the failing pod.
    peek: Peek,
    /// Whether the delivery engine is at work here: then its keys are valid.
    delivering: bool,
}

const HANDLERS: [Handler<Cockpit>; 5] = [
    (Command::Mark, |s, ctx| s.mark(ctx)),
    (Command::Back, |s, _| s.back()),
    (Command::NextPanel, |s, ctx| s.turn(1, ctx)),
    (Command::PrevPanel, |s, ctx| s.turn(-1, ctx)),
    (Command::Open, |s, ctx| s.open_selected(ctx)),
];

impl Cockpit {
    /// Shows another service.
    pub fn open(&mut self, key: ServiceKey) {
        if self.key.as_ref() != Some(&key) {
            *self = Self { key: Some(key), focus: Panel::Pods, ..Self::default() };
        }
    }

    /// A look at a service from beside the list.
    pub fn preview(key: ServiceKey) -> Self {
        Self { key: Some(key), ..Self::default() }
    }

    /// Draws a look at the service: its buttons work, its lines cannot be selected.
    pub fn draw_preview(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let mut hits = Hits::default();
        let mut quiet = Pen {
            buf: &mut *pen.buf,
            theme: pen.theme,
            glyphs: pen.glyphs,
            keymap: pen.keymap,
            hits: &mut hits,
        };
        self.draw_all(&mut quiet, area, ctx);
        for (place, hit) in hits.all().filter(|(_, hit)| matches!(hit, Hit::Run(_))) {
            pen.hits.add(*place, hit.clone());
        }
    }

    pub(super) fn cursor(&self, panel: Panel) -> &Cursor {
        // Panels number the cursors, so the index always holds.
        self.cursors.get(usize::from(panel.number())).unwrap_or(&self.cursors[0])
    }

    /// The workloads of the service, the main one first.
    pub(super) fn workloads(&self, ctx: &Ctx<'_>) -> Vec<Arc<Workload>> {
        self.key.as_ref().map(|key| ctx.world.workloads_of(key)).unwrap_or_default()
    }

    /// The workloads, and the newest Jobs that CronJobs among them started.
    pub(super) fn listed(&self, ctx: &Ctx<'_>) -> Vec<Arc<Workload>> {
        let mut all = self.workloads(ctx);
        let jobs = |w: &Arc<Workload>| ctx.world.jobs_of(&w.uid).into_iter().take(MOST_JOBS);
        let jobs: Vec<_> = all.iter().filter(|w| w.key.kind == Kind::CronJob).flat_map(jobs).collect();
        all.extend(jobs);
        all
    }

    /// The workload actions go to.
    pub(super) fn workload(&self, ctx: &Ctx<'_>) -> Option<Arc<Workload>> {
        let all = self.listed(ctx);
        let chosen = all.iter().find(|w| self.workload.as_deref() == Some(w.uid.as_str()));
        chosen.or(all.first()).cloned()
    }

    /// The pods of the service, those that say most about trouble first.
    pub(super) fn pods(&self, ctx: &Ctx<'_>) -> Vec<Arc<Pod>> {
        let mut pods: Vec<_> =
            self.workloads(ctx).iter().flat_map(|w| ctx.world.pods_of_workload(w)).collect();
        pods.sort_by_cached_key(|pod| {
            (pod.is_ready(), Reverse(pod.restarts), Reverse(pod.created), pod.key.name.clone())
        });
        pods
    }

    /// Identities of a panel's lines; empty for panels without a selection.
    fn ids(&self, panel: Panel, ctx: &Ctx<'_>) -> Vec<String> {
        match panel {
            Panel::Pods => self.pods(ctx).iter().map(|pod| pod.uid.to_string()).collect(),
            Panel::Workloads => self.listed(ctx).iter().map(|w| w.uid.to_string()).collect(),
            Panel::Revisions => {
                let workload = self.workload(ctx);
                workload
                    .map(|w| ctx.world.revisions(&w.uid).iter().map(|set| set.uid.to_string()).collect())
                    .unwrap_or_default()
            }
            Panel::Changes => (0..self.changes(ctx).len()).map(|i| i.to_string()).collect(),
            Panel::Events => self.events(ctx).iter().map(|event| event.key.name.to_string()).collect(),
            Panel::Around => self.around(ctx).iter().map(Around::id).collect(),
            Panel::Rollout | Panel::Metrics => Vec::new(),
        }
    }

    fn panels(&self, ctx: &Ctx<'_>) -> Vec<Panel> {
        // A canary beside its stable one is told by the rollout panel.
        let several = self.listed(ctx).len() > if self.running(ctx).is_some() { 2 } else { 1 };
        let known = self.key.as_ref().is_some_and(|key| ctx.catalog.entity(key).is_some());
        let there = |panel: &Panel| match panel {
            Panel::Workloads => several,
            Panel::Around => known,
            Panel::Rollout
            | Panel::Pods
            | Panel::Changes
            | Panel::Revisions
            | Panel::Events
            | Panel::Metrics => true,
        };
        PANELS.into_iter().filter(there).collect()
    }

    fn turn(&mut self, by: isize, ctx: &Ctx<'_>) -> Vec<Act> {
        let panels = self.panels(ctx);
        let here = panels.iter().position(|panel| *panel == self.focus).unwrap_or(0);
        let to = (here + panels.len()).saturating_add_signed(by) % panels.len().max(1);
        self.focus = panels.get(to).copied().unwrap_or_default();
        Vec::new()
    }

    /// Marks or unmarks the pod the cursor is on.
    fn mark(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        if let (Panel::Pods, Some(id)) = (self.focus, self.cursor(Panel::Pods).id().map(str::to_owned)) {
            if !self.marked.remove(&id) {
                self.marked.insert(id);
            }
            self.on_motion(Motion::Lines(1), ctx);
        }
        Vec::new()
    }

    fn back(&mut self) -> Vec<Act> {
        if self.marked.is_empty() {
            return vec![Act::Run(Command::HistoryBack)];
        }
        self.marked.clear();
        Vec::new()
    }

    fn open_selected(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        match self.focus {
            Panel::Pods => {
                let pods = self.pods(ctx);
                let id = self.cursor(Panel::Pods).id().unwrap_or_default();
                pods.iter()
                    .find(|pod| pod.uid.as_str() == id)
                    .map(|pod| Act::Go(Route::Describe(pod.key.clone())))
                    .into_iter()
                    .collect()
            }
            Panel::Workloads => {
                self.workload = self.cursor(Panel::Workloads).id().map(str::to_owned);
                Vec::new()
            }
            Panel::Around => self.open_around(ctx),
            Panel::Rollout if self.delivering => {
                self.running(ctx).map(|d| Act::Go(Route::Rollout(d.id.clone()))).into_iter().collect()
            }
            Panel::Revisions | Panel::Rollout => vec![Act::Run(Command::Rollback)],
            Panel::Changes | Panel::Events | Panel::Metrics => {
                self.workload(ctx).map(|w| Act::Go(Route::Describe(w.key.clone()))).into_iter().collect()
            }
        }
    }
}
