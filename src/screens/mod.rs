//! What a person looks at: one folder per screen or dialog.
//!
//! A screen owns its state, turns commands into [`Act`]s and draws itself. It
//! sees the cluster through [`Ctx`] and never changes it. Adding one is a
//! folder here, its rows in the command table and its place in `app::router`.

mod act;
pub mod action;
pub mod alerts;
pub mod approvals;
pub mod bulk;
mod buttons;
pub mod charts;
pub mod cockpit;
pub mod contexts;
mod ctx;
pub mod delivery;
pub mod describe;
pub mod dialog;
pub mod environments;
mod filter;
pub mod forwards;
mod list;
pub mod logs;
pub mod menu;
pub mod operations;
pub mod pages;
pub mod request;
pub mod rollout;
pub mod rollouts;
pub mod services;
mod show;
pub mod silence;
pub mod slos;
mod sorting;

pub use act::{Act, Route, Selected};
pub use ctx::Ctx;
pub use filter::Filter;
pub use show::level_role;

use crate::command::{Command, Motion, Scope};
use crate::domain::Now;
use crate::ui::{Column, Pen};
use ratatui::layout::Rect;

/// One screen. Methods that do not concern a screen keep their defaults.
pub trait Screen {
    /// The inner end of its chain of scopes.
    fn scope(&self) -> Scope;

    /// What stands at the right of the frame: counts and order.
    fn status(&self, ctx: &Ctx<'_>) -> String;

    /// The part of [`Self::status`] that is wrong, said in the colour of trouble.
    fn alarm(&self, _ctx: &Ctx<'_>) -> Option<String> {
        None
    }

    /// Called after every change of the world and every command: pins what is
    /// selected by default and drops what no longer makes sense.
    fn settle(&mut self, ctx: &Ctx<'_>);

    /// Moves within what has the keys.
    fn on_motion(&mut self, motion: Motion, ctx: &Ctx<'_>);

    /// Does a command; `None` if it is not one of this screen's.
    fn on_command(&mut self, command: Command, ctx: &Ctx<'_>) -> Option<Vec<Act>>;

    /// A line was clicked; clicking the selected line opens it.
    fn on_click(&mut self, list: u8, id: &str, ctx: &Ctx<'_>) -> Vec<Act>;

    /// A panel was clicked.
    fn on_panel(&mut self, _panel: u8) {}

    /// What commands on "what is selected" are about.
    fn selected(&self, _ctx: &Ctx<'_>) -> Option<Selected> {
        None
    }

    /// The operation of the delivery engine that promote, hold and abort are about.
    fn delivery(&self, _ctx: &Ctx<'_>) -> Option<String> {
        None
    }

    /// What is marked for one action on several.
    fn marked(&self, _ctx: &Ctx<'_>) -> Vec<Selected> {
        Vec::new()
    }

    /// Takes all marks away.
    fn unmark(&mut self) {}

    /// The name and the columns of its list, where they may be chosen and sorted by.
    fn table(&self) -> Option<(&'static str, &'static [Column])> {
        None
    }

    /// The filter in force.
    #[expect(clippy::unnecessary_literal_bound, reason = "screens that filter lend their own text")]
    fn filter(&self) -> &str {
        ""
    }

    /// Another filter was typed.
    fn set_filter(&mut self, _text: &str, _ctx: &Ctx<'_>) {}

    /// Draws it.
    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>);

    /// When something on it changes by itself, beside ages, which change with the minute.
    fn next_wake(&self, _ctx: &Ctx<'_>) -> Option<Now> {
        None
    }
}

/// A row of a screen's table of handlers.
pub(crate) type Handler<S> = (Command, fn(&mut S, &Ctx<'_>) -> Vec<Act>);

/// Runs the handler of `command`, if `handlers` has one.
pub(crate) fn handle<S>(
    screen: &mut S,
    handlers: &[Handler<S>],
    command: Command,
    ctx: &Ctx<'_>,
) -> Option<Vec<Act>> {
    let (_, handler) = handlers.iter().find(|(c, _)| *c == command)?;
    Some(handler(screen, ctx))
}
