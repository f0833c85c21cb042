//! The dialog in front of the screen, if there is one.

use super::leave::{self, Leaving};
use super::starting::Starting;
use crate::command::Scope;
use crate::domain::{ContextName, Now};
use crate::screens::Ctx;
use crate::screens::action::Action;
use crate::screens::approvals::Approving;
use crate::screens::bulk::Bulk;
use crate::screens::delivery::Delivery;
use crate::screens::dialog::Asks;
use crate::screens::menu::Menu;
use crate::screens::request::Asking;
use crate::screens::silence::Silencing;
use crate::ui::{Pen, Role, TextInput, centred};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// What a typed line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LineKind {
    Filter,
    FilterName,
    Note,
    Forward,
}

/// A dialog. There is one at a time: a question on top of a question helps nobody.
#[derive(Debug)]
pub(super) enum Prompt {
    Line(LineKind, TextInput),
    Quit,
    Menu(Menu),
    Action(Box<Action>),
    Asking(Box<Asking>),
    Silencing(Box<Silencing>),
    Approving(Box<Approving>),
    Bulk(Box<Bulk>),
    Leave(Leaving),
}

/// What quitting would leave behind.
pub(super) struct UnderWay {
    /// Operations that have not ended.
    pub(super) running: usize,
    /// Deliveries driven from here.
    pub(super) driven: Vec<(ContextName, Delivery)>,
    /// Those confirmed here that nobody is seen driving yet.
    pub(super) starting: Vec<Starting>,
}

impl Prompt {
    /// The dialog in front, if it is one with a form.
    fn asks(&self) -> Option<&dyn Asks> {
        match self {
            Self::Asking(dialog) => Some(&**dialog),
            Self::Silencing(dialog) => Some(&**dialog),
            Self::Approving(dialog) => Some(&**dialog),
            Self::Line(..)
            | Self::Quit
            | Self::Menu(_)
            | Self::Action(_)
            | Self::Bulk(_)
            | Self::Leave(_) => None,
        }
    }

    pub(super) fn asks_mut(&mut self) -> Option<&mut dyn Asks> {
        match self {
            Self::Asking(dialog) => Some(&mut **dialog),
            Self::Silencing(dialog) => Some(&mut **dialog),
            Self::Approving(dialog) => Some(&mut **dialog),
            Self::Line(..)
            | Self::Quit
            | Self::Menu(_)
            | Self::Action(_)
            | Self::Bulk(_)
            | Self::Leave(_) => None,
        }
    }

    pub(super) fn scope(&self) -> Scope {
        match self {
            Self::Line(..) => Scope::Line,
            Self::Quit => Scope::Ask,
            Self::Menu(_) => Scope::Menu,
            Self::Action(action) => action.scope(),
            Self::Asking(_) | Self::Silencing(_) | Self::Approving(_) => {
                self.asks().map_or(Scope::Ask, Asks::scope)
            }
            Self::Bulk(bulk) => bulk.scope(),
            Self::Leave(_) => Scope::Leave,
        }
    }

    pub(super) fn next_wake(&self, now: Now) -> Option<Now> {
        match self {
            Self::Action(action) => action.next_wake(now),
            Self::Bulk(bulk) => bulk.next_wake(now),
            Self::Line(..)
            | Self::Quit
            | Self::Menu(_)
            | Self::Asking(_)
            | Self::Silencing(_)
            | Self::Approving(_)
            | Self::Leave(_) => None,
        }
    }

    pub(super) fn draw(&self, pen: &mut Pen<'_>, body: Rect, ctx: &Ctx<'_>, under_way: &UnderWay) {
        match self {
            Self::Line(kind, input) => draw_line(pen, body, *kind, input),
            Self::Menu(menu) => {
                pen.hits.clear();
                menu.draw(pen, body);
            }
            Self::Action(action) => {
                pen.hits.clear();
                action.draw(pen, body, ctx);
            }
            Self::Asking(_) | Self::Silencing(_) | Self::Approving(_) => {
                pen.hits.clear();
                if let Some(dialog) = self.asks() {
                    dialog.draw(pen, body, ctx);
                }
            }
            Self::Bulk(bulk) => {
                pen.hits.clear();
                bulk.draw(pen, body, ctx);
            }
            Self::Leave(leaving) => {
                pen.hits.clear();
                leave::draw(pen, body, *leaving, under_way, ctx);
            }
            Self::Quit => {
                pen.hits.clear();
                draw_quit(pen, body, under_way.running);
            }
        }
    }
}

fn draw_line(pen: &mut Pen<'_>, body: Rect, kind: LineKind, input: &TextInput) {
    let label = match kind {
        LineKind::Filter => " /",
        LineKind::FilterName => " save the filter as: ",
        LineKind::Note => " note: ",
        LineKind::Forward => " forward: ",
    };
    if body.is_empty() {
        return;
    }
    let y = body.bottom() - 1;
    let used = pen.put(body.x + 2, y, body.width.saturating_sub(4), label, Role::Title);
    let room = body.width.saturating_sub(5 + used).min(60);
    pen.clear(Rect::new(body.x + 2 + used, y, room, 1), Role::Input);
    pen.input(body.x + 2 + used, y, room, input, true);
}

fn draw_quit(pen: &mut Pen<'_>, body: Rect, running: usize) {
    let area = centred(body, 62, 7);
    pen.clear(area, Role::Dialog);
    let inner = pen.frame(area, &Line::from(pen.span(Role::Title, " Quit? ")), Role::BorderFocus);
    let what = if running == 1 {
        "An operation is still running.".to_owned()
    } else {
        format!("{running} operations are still running.")
    };
    let lines = [
        Line::from(pen.span(Role::Warn, what)),
        Line::from(pen.span(Role::Text, "What was written stays written; nobody watches it to its end.")),
        Line::default(),
        Line::from(vec![
            pen.span(Role::Key, "y"),
            pen.span(Role::Text, " quit   "),
            pen.span(Role::Key, "esc"),
            pen.span(Role::Text, " stay"),
        ]),
    ];
    pen.lines(Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }, &lines);
}
