//! The signals of a service over time, as charts with one axis of time and one
//! cursor.
//!
//! Each chart asks its own question and fails on its own; what was drawn last
//! stays, with its age, until there is something newer. Questions end when the
//! page is left or the range changes. Absent on purpose: smoothing, and a value
//! for any moment the source has no samples of.

mod allowed;
mod happened;
mod marks;
mod panel;
mod reading;
mod view;
mod words;

use super::cockpit::usage::rooms_of;
use super::pages::Page;
use super::{Act, Ctx, Handler, Route, Screen, Selected, handle};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Now, ServiceKey, Signals};
use crate::msg::Effect;
use crate::screens::pages::about;
use crate::signals::chart::{Chart, ChartAsk, ChartKind, ChartRange, RANGES};
use crate::ui::{Level, Pen, Role};
use panel::{DEFS, Def, Panel};
use ratatui::layout::Rect;
use std::cell::Cell;
use std::time::Duration;

/// The list of ranges, for clicks; charts are numbered from zero.
const RANGE_LIST: u8 = 200;

/// State of the page.
#[derive(Debug, Default)]
pub struct Charts {
    key: Option<ServiceKey>,
    /// Which of [`RANGES`].
    range: usize,
    panels: [Panel; DEFS.len()],
    focus: usize,
    /// The first row of charts shown.
    top: Cell<usize>,
    /// The moment being read; none for the newest.
    cursor: Option<i64>,
    /// How long a column is, as last drawn: the cursor goes by columns.
    column_ms: Cell<i64>,
    /// Questions are under way that nobody waits for.
    obsolete: bool,
}

const HANDLERS: [Handler<Charts>; 9] = [
    (Command::Closer, |s, _| s.reach(s.range.saturating_sub(1))),
    (Command::Wider, |s, _| s.reach(s.range + 1)),
    (Command::Earlier, |s, _| s.step(-1)),
    (Command::Later, |s, _| s.step(1)),
    (Command::NextPanel, |s, _| s.turn(1)),
    (Command::PrevPanel, |s, _| s.turn(-1)),
    (Command::Back, |s, _| s.back()),
    (Command::Explain, |s, _| s.explain()),
    (Command::Open, |s, _| s.explain()),
];

impl Charts {
    /// Shows another service; the range stays.
    pub fn open(&mut self, key: ServiceKey) {
        if self.key.as_ref() != Some(&key) {
            *self = Self { key: Some(key), range: self.range, obsolete: true, ..Self::default() };
        }
    }

    /// The questions to be asked now, each under a ticket of its own. Called
    /// while the page is shown.
    pub fn wants(&mut self, tickets: &mut u64, ctx: &Ctx<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        if std::mem::take(&mut self.obsolete) {
            effects.push(Effect::StopCharts);
        }
        let range = self.range();
        let newest = range.newest(ctx.now.wall.as_millisecond());
        let Some(signals) = self.signals(ctx) else { return effects };
        for (panel, def) in self.panels.iter_mut().zip(&DEFS) {
            if !panel.is_due(newest, range.step_ms()) {
                continue;
            }
            if let Some(ask) = ChartAsk::new(def.kind, signals, range, newest) {
                *tickets += 1;
                panel.asked(*tickets, newest);
                effects.push(Effect::ReadChart { ticket: *tickets, ask: Box::new(ask) });
            }
        }
        effects
    }

    /// The page was left: whether questions are under way that nobody waits for.
    pub fn leave(&mut self) -> bool {
        let waits = self.panels.iter().any(Panel::waits);
        if waits {
            // Their answers will not come; what was drawn stays.
            self.forget_questions();
        }
        waits
    }

    /// Takes an answer; whether anything looks different now.
    pub fn take(&mut self, ticket: u64, found: Result<Chart, String>) -> bool {
        self.panels.iter_mut().find(|panel| panel.awaits(ticket)).is_some_and(|panel| panel.take(found))
    }

    fn forget_questions(&mut self) {
        self.panels.iter_mut().for_each(Panel::forget_question);
    }

    fn range(&self) -> ChartRange {
        RANGES.get(self.range).copied().unwrap_or(RANGES[0])
    }

    fn signals<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Signals> {
        ctx.signals.get(self.key.as_ref()?)?.signals()
    }

    /// Another range: its pictures are others.
    fn reach(&mut self, range: usize) -> Vec<Act> {
        let range = range.min(RANGES.len() - 1);
        if range != self.range {
            self.range = range;
            self.panels = Default::default();
            self.cursor = None;
            self.obsolete = true;
        }
        Vec::new()
    }

    /// The steps of the pictures: the first, the last, and how far they are
    /// apart. Those of the newest picture.
    fn steps(&self) -> Option<(i64, i64, i64)> {
        let newest = self.newest()?;
        Some((newest.start_ms, newest.end_ms(), newest.step_ms))
    }

    /// The newest picture.
    fn newest(&self) -> Option<&Chart> {
        self.panels.iter().filter_map(|panel| panel.chart.as_ref()).max_by_key(|chart| chart.end_ms())
    }

    /// Moves the cursor by columns, and by a step at least.
    fn step(&mut self, by: i64) -> Vec<Act> {
        let Some((start, end, step)) = self.steps() else { return Vec::new() };
        let far = (self.column_ms.get() + step / 2).div_euclid(step).max(1) * step;
        let to = self.cursor.unwrap_or(end) + by * far;
        // Past the newest it follows the newest again.
        self.cursor = (to <= end).then_some(to.max(start)).filter(|_| self.cursor.is_some() || by < 0);
        Vec::new()
    }

    /// Reads the step at a moment, or the last one before it.
    fn read_at(&mut self, at_ms: i64) {
        if let Some((start, end, step)) = self.steps() {
            let at = start + (at_ms - start).div_euclid(step) * step;
            self.cursor = Some(at.clamp(start, end));
        }
    }

    fn turn(&mut self, by: isize) -> Vec<Act> {
        self.focus = (self.focus + DEFS.len()).saturating_add_signed(by) % DEFS.len();
        Vec::new()
    }

    fn back(&mut self) -> Vec<Act> {
        match self.cursor.take() {
            Some(_) => Vec::new(),
            None => vec![Act::Run(Command::HistoryBack)],
        }
    }

    fn explain(&mut self) -> Vec<Act> {
        let number = DEFS.get(self.focus).map_or("", |def| def.number);
        let page = |key: &ServiceKey| Act::Go(Route::Page(Page::Explain(key.clone(), number)));
        self.key.as_ref().map(page).into_iter().collect()
    }

    /// What the values of a chart are compared with, and what is said of it; a
    /// limit that is missing is said, and has no value.
    fn levels(&self, def: &Def, ctx: &Ctx<'_>) -> Vec<(Option<Level>, String)> {
        let (Some(key), Some(signals)) = (&self.key, self.signals(ctx)) else { return Vec::new() };
        let level = |value, role| Some(Level { value, role });
        match def.kind {
            ChartKind::Errors => {
                let slos = ctx.slos.of(key).map(|status| &*status.slo);
                let allowed = allowed::ratio(slos, &signals.family);
                let said = |value| (level(value, Role::Bad), format!("allowed {}", (def.form)(value)));
                allowed.map(said).into_iter().collect()
            }
            ChartKind::Cpu | ChartKind::Memory => {
                let rooms = rooms_of(key, ctx);
                let (room, unit) =
                    if def.kind == ChartKind::Cpu { (rooms.cpu, 0.001) } else { (rooms.memory, 1.0) };
                let said = |what: &str, value: Option<u64>, role| match value.map(|v| v as f64 * unit) {
                    Some(value) => (level(value, role), format!("{what} {}", (def.form)(value))),
                    None => (None, format!("no {what}")),
                };
                vec![said("limit", room.limit, Role::Bad), said("req", room.asked, Role::Dim)]
            }
            ChartKind::Rate | ChartKind::Latency => Vec::new(),
        }
    }
}

impl Screen for Charts {
    fn scope(&self) -> Scope {
        Scope::Charts
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        self.key.as_ref().map(|key| about(key, "its signals")).unwrap_or_default()
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let levels: Vec<Vec<f64>> = DEFS
            .iter()
            .map(|def| {
                self.levels(def, ctx).into_iter().filter_map(|(level, _)| Some(level?.value)).collect()
            })
            .collect();
        for ((panel, def), levels) in self.panels.iter_mut().zip(&DEFS).zip(levels) {
            panel.fit(def, &levels);
        }
        // What is read goes out of the picture in time: the first step is next to it.
        if let (Some(at), Some((start, _, _))) = (self.cursor, self.steps()) {
            self.cursor = Some(at.max(start));
        }
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        let last = DEFS.len() - 1;
        self.focus = match motion {
            Motion::Lines(n) | Motion::Halves(n) => {
                self.focus.saturating_add_signed(isize::try_from(n.signum()).unwrap_or(0)).min(last)
            }
            Motion::Top => 0,
            Motion::Bottom => last,
        };
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, list: u8, id: &str, _ctx: &Ctx<'_>) -> Vec<Act> {
        if list == RANGE_LIST {
            return id.parse().map(|range| self.reach(range)).unwrap_or_default();
        }
        self.on_panel(list);
        if let Ok(at) = id.parse() {
            self.read_at(at);
        }
        Vec::new()
    }

    fn on_panel(&mut self, panel: u8) {
        self.focus = usize::from(panel).min(DEFS.len() - 1);
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        let row = ctx.service(self.key.as_ref()?)?;
        Some(Selected::Service(row.key.clone()))
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_all(pen, area, ctx);
    }

    /// The next step, when there is something new to ask for.
    fn next_wake(&self, ctx: &Ctx<'_>) -> Option<Now> {
        self.signals(ctx)?;
        let (range, now) = (self.range(), ctx.now.wall.as_millisecond());
        let left = range.newest(now) + range.step_ms() - now;
        Some(ctx.now.plus(Duration::from_millis(left.unsigned_abs())))
    }
}
