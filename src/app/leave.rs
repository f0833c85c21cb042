//! Quitting while this console drives operations: they are handed over, rolled
//! back or held first, as the person chooses. Nothing is left unattended
//! without being asked for.
//!
//! Rolling back and holding are waited for: the console quits when the records
//! say that it is so, not when it was asked for.

use super::App;
use super::prompt::UnderWay;
use crate::command::Command;
use crate::domain::{ContextName, Now, OperationId, WarrantInput, admit_request};
use crate::engine::canary::Request;
use crate::msg::{Effect, Level, Notice};
use crate::screens::Ctx;
use crate::screens::delivery::{Delivery, Driven};
use crate::ui::{Pen, Role, centred, wrap};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// What is waited for before quitting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    /// The person has not chosen yet.
    Asked,
    /// Until every operation driven from here is over.
    RollingBack,
    /// Until every one is held; then they are handed over.
    Holding,
}

/// Deliveries named at most.
const MOST: usize = 4;

/// A choice: its command, its word, what it means.
const CHOICES: [(Command, &str, &str); 3] = [
    (Command::QuitHandOver, "hand over", "the next console or `qd engine` goes on with it at once"),
    (Command::QuitRollBack, "roll back", "and quit when stable serves alone again"),
    (Command::QuitHold, "hold", "and quit; nothing is promoted until somebody resumes"),
];

impl App {
    /// Operations under way that this console drives, each with the context it
    /// is in: that in front, and those open behind it.
    pub(super) fn driven(&self, now: Now) -> Vec<(ContextName, Delivery)> {
        let session = &self.session;
        let front = session.place.iter().map(|place| (place, &session.seen));
        let behind = session.parked.iter().map(|parked| (&parked.place, &parked.seen));
        let here = |d: &&Delivery| d.is_running() && d.driver.state(now) == Driven::Here;
        let all = front.chain(behind).flat_map(|(place, seen)| {
            let driven = seen.deliveries.all().iter().filter(here);
            driven.map(|delivery| (place.context.clone(), delivery.clone()))
        });
        all.collect()
    }

    /// Does what was chosen. The dialog stays while it is waited for.
    pub(super) fn leave(&mut self, command: Command, now: Now) -> (Option<Leaving>, Vec<Effect>) {
        if command == Command::QuitHandOver {
            return (None, vec![Effect::HandOver, Effect::Quit]);
        }
        if command == Command::QuitRollBack {
            return self.ask_all(Request::Abort, Leaving::RollingBack, now);
        }
        if command == Command::QuitHold {
            return self.ask_all(Request::Hold, Leaving::Holding, now);
        }
        (None, Vec::new())
    }

    fn ask_all(&mut self, request: Request, then: Leaving, now: Now) -> (Option<Leaving>, Vec<Effect>) {
        if let Some(starting) = self.session.starting.first() {
            let text = format!("{} is still being started: nothing can be asked of it yet", starting.text);
            let hint = "in a moment; or hand it over".to_owned();
            self.notices.push(Notice { level: Level::Warning, text, hint }, now);
            return (Some(Leaving::Asked), Vec::new());
        }
        let mut effects = Vec::new();
        for (context, delivery) in self.driven(now) {
            let Some(place) = &self.session.place else { continue };
            if context != place.context {
                // Writing is allowed in one context at a time.
                let text = format!("{} is driven in the context {context}", delivery.service);
                let hint = format!(":ctx {context} goes there; handing over works from here");
                self.notices.push(Notice { level: Level::Warning, text, hint }, now);
                return (Some(Leaving::Asked), Vec::new());
            }
            let target = place.target(delivery.workload.clone(), delivery.uid.clone(), "".into());
            let input = WarrantInput {
                operation: &OperationId::from(delivery.id.as_str()),
                target: &target,
                objects: delivery.record.objects(),
                here: place.here(&self.session.mode, now),
            };
            match admit_request(input) {
                Ok(warrant) => effects.push(Effect::Request {
                    record: delivery.record.key(),
                    request,
                    reason: "the console that drove it was quit".to_owned(),
                    glass: None,
                    budget: None,
                    warrant,
                }),
                Err(refusal) => {
                    let notice =
                        Notice { level: Level::Warning, text: refusal.to_string(), hint: refusal.remedy() };
                    self.notices.push(notice, now);
                    return (Some(Leaving::Asked), Vec::new());
                }
            }
        }
        (Some(then), effects)
    }

    /// What there is to do once what was waited for has come.
    pub(super) fn left(&self, leaving: Leaving, now: Now) -> Vec<Effect> {
        let driven = self.driven(now);
        match leaving {
            Leaving::RollingBack if driven.is_empty() && self.session.starting.is_empty() => {
                vec![Effect::Quit]
            }
            Leaving::Holding if driven.iter().all(|(_, delivery)| delivery.held) => {
                vec![Effect::HandOver, Effect::Quit]
            }
            Leaving::Asked | Leaving::RollingBack | Leaving::Holding => Vec::new(),
        }
    }
}

/// A line for each, where it is if that is not in front.
fn under_way_lines(under_way: &UnderWay, ctx: &Ctx<'_>) -> Vec<String> {
    let place = |context: &ContextName, text: String| {
        let behind = ctx.place.is_none_or(|place| place.context != *context);
        if behind { format!("{text}, in {context}") } else { text }
    };
    let driven = under_way.driven.iter().map(|(context, delivery)| {
        let (from, to, weights) = (&delivery.from, &delivery.to, delivery.weights());
        let text =
            format!("  {}  {from} to {to}, {} at {weights} %", delivery.service, delivery.stage.word());
        place(context, text)
    });
    let starting = under_way
        .starting
        .iter()
        .map(|starting| place(&starting.context, format!("  {}, being started", starting.text)));
    driven.chain(starting).collect()
}

/// Draws the question, or what is waited for.
pub(super) fn draw(pen: &mut Pen<'_>, body: Rect, leaving: Leaving, under_way: &UnderWay, ctx: &Ctx<'_>) {
    let may_write = ctx.may_write();
    let all = under_way_lines(under_way, ctx);
    let area = centred(body, 76, 9 + u16::try_from(all.len().min(MOST)).unwrap_or(0));
    pen.clear(area, Role::Dialog);
    let inner = pen.frame(area, &Line::from(pen.span(Role::Title, " Quit? ")), Role::BorderFocus);
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let mut lines = vec![Line::from(pen.span(Role::Warn, "This console drives:"))];
    lines.extend(all.into_iter().take(MOST).map(|text| Line::from(pen.span(Role::Text, text))));
    lines.push(Line::default());
    let waiting = match leaving {
        Leaving::Asked => None,
        Leaving::RollingBack => Some("Rolling back; this console quits when it is over."),
        Leaving::Holding => Some("Asked to hold; this console quits when it is held."),
    };
    if let Some(text) = waiting {
        lines.push(Line::from(pen.span(Role::Moving, text)));
    }
    for (command, word, what) in CHOICES.into_iter().filter(|_| waiting.is_none()) {
        let off = command != Command::QuitHandOver && !may_write;
        let (key, role) = if off { (Role::Disabled, Role::Disabled) } else { (Role::Key, Role::Text) };
        let what = if off { "read-only: :write allows it for a while" } else { what };
        lines.push(Line::from(vec![
            pen.span(key, format!("{:>3} ", pen.keymap.key(command))),
            pen.span(role, format!("{word:<10} ")),
            pen.span(Role::Dim, what),
        ]));
    }
    lines.push(Line::from(vec![pen.span(Role::Key, "esc "), pen.span(Role::Text, "stay")]));
    let mut y = inner.y;
    for line in &lines {
        if y < inner.bottom() {
            pen.line(inner.x, y, inner.width, line);
            y += 1;
        }
    }
    // A terminal too small for the choices still says how to get out.
    if usize::from(inner.height) < lines.len() && inner.height > 0 {
        let text = wrap("enlarge the terminal, or esc to stay", usize::from(inner.width)).remove(0);
        pen.put(inner.x, inner.bottom() - 1, inner.width, &text, Role::Warn);
    }
}
