//! Alerts of the monitoring, by service, and the silences in force.

mod view;

pub(in crate::screens) use view::alert_lines;

use super::list::{List, handle_list};
use super::{Act, Ctx, Filter, Handler, Route, Screen, Selected};
use crate::command::{Command, Motion, Scope};
use crate::domain::{Alert, ServiceKey, Silence};
use crate::ui::Pen;
use ratatui::layout::Rect;

/// Fields a filter may name.
const FIELDS: [&str; 5] = ["name", "service", "ns", "severity", "state"];

/// What comes before the id of a silence's line.
const SILENCE: &str = "silence ";

/// State of the screen.
#[derive(Debug, Default)]
pub struct Alerts {
    list: List,
}

const HANDLERS: [Handler<Alerts>; 1] = [(Command::Open, |s, ctx| s.open(ctx))];

/// What a line of the screen is about.
pub(in crate::screens) enum Line<'a> {
    /// An alert.
    Alert(&'a Alert),
    /// A silence.
    Silence(&'a Silence),
}

/// The alert or silence of a line's id.
fn line<'a>(ctx: &Ctx<'a>, id: &str) -> Option<Line<'a>> {
    match id.strip_prefix(SILENCE) {
        Some(id) => ctx.alarms.silences.iter().find(|silence| silence.id == id).map(Line::Silence),
        None => ctx.alarms.alerts.iter().find(|alert| alert.id == id).map(Line::Alert),
    }
}

/// The service an alert is about, if it runs here.
fn service(ctx: &Ctx<'_>, alert: &Alert) -> Option<ServiceKey> {
    ctx.rows.iter().find(|row| alert.is_about(&row.key)).map(|row| row.key.clone())
}

impl Alerts {
    /// The alert or silence the cursor is on.
    pub fn chosen(&self, ctx: &Ctx<'_>) -> Option<Chosen> {
        Some(match line(ctx, self.list.id()?)? {
            Line::Alert(alert) => Chosen::Alert(alert.clone()),
            Line::Silence(silence) => Chosen::Silence(silence.clone()),
        })
    }

    fn open(&mut self, ctx: &Ctx<'_>) -> Vec<Act> {
        let service = self.selected(ctx).and_then(|selected| match selected {
            Selected::Service(key) => Some(key),
            Selected::Workload(_) | Selected::Pod(_) => None,
        });
        service.map(|key| Act::Go(Route::Cockpit(key))).into_iter().collect()
    }
}

/// What `silence` is about.
#[derive(Clone, Debug)]
pub enum Chosen {
    /// An alert to be kept quiet.
    Alert(Alert),
    /// A silence to be ended.
    Silence(Silence),
}

impl Screen for Alerts {
    fn scope(&self) -> Scope {
        Scope::Alerts
    }

    fn status(&self, ctx: &Ctx<'_>) -> String {
        let paging = ctx.alarms.alerts.iter().filter(|alert| alert.pages()).count();
        let (all, silences) = (ctx.alarms.alerts.len(), ctx.alarms.silences.len());
        format!("{paging} paging of {all} · {silences} silences")
    }

    fn settle(&mut self, ctx: &Ctx<'_>) {
        let holds = |alert: &&Alert| {
            let fields = [
                ("name", alert.name()),
                ("service", alert.subject()),
                ("ns", alert.label("namespace")),
                ("severity", alert.severity()),
                ("state", alert.state.word()),
            ];
            self.list.filter.holds(&fields)
        };
        let alerts = ctx.alarms.alerts.iter().filter(holds).map(|alert| alert.id.clone());
        let silences = ctx.alarms.silences.iter().filter(|silence| {
            let text = crate::domain::matchers_text(&silence.matchers);
            self.list.filter.holds(&[
                ("name", text.as_str()),
                ("state", "silence"),
                ("service", text.as_str()),
            ])
        });
        let silences = silences.map(|silence| format!("{SILENCE}{}", silence.id));
        self.list.settle(alerts.chain(silences).collect());
    }

    fn on_motion(&mut self, motion: Motion, _ctx: &Ctx<'_>) {
        self.list.step(motion);
    }

    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>> {
        handle_list(self, &HANDLERS, command, ctx)
    }

    fn on_click(&mut self, _list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act> {
        if self.list.click(id) { self.open(ctx) } else { Vec::new() }
    }

    fn selected(&self, ctx: &Ctx<'_>) -> Option<Selected> {
        match line(ctx, self.list.id()?)? {
            Line::Alert(alert) => service(ctx, alert).map(Selected::Service),
            Line::Silence(_) => None,
        }
    }

    fn filter(&self) -> &str {
        self.list.filter.text()
    }

    fn set_filter(&mut self, text: &str, ctx: &Ctx<'_>) {
        self.list.filter = Filter::parse(text, &FIELDS);
        self.settle(ctx);
        self.list.find_again(0);
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_list(pen, area, ctx);
    }
}
