//! The log as a screen: what keys do to it, what is selected.

use super::matcher::Matcher;
use super::{HANDLERS, LogOf, Logs};
use crate::command::{Command, Motion, Scope};
use crate::screens::{Act, Ctx, Screen, Selected, handle};
use crate::ui::Pen;
use ratatui::layout::Rect;

impl Screen for Logs {
    fn scope(&self) -> Scope {
        Scope::Logs
    }

    fn status(&self, _ctx: &Ctx<'_>) -> String {
        let mut parts = Vec::new();
        match &self.of {
            Some(LogOf::Pod(key)) => {
                parts.push(key.name.to_string());
                parts.extend(self.containers.get(self.container).cloned());
            }
            Some(LogOf::Service(key)) => {
                parts.push(format!("{} · {} pods", key.name, self.sources.len()));
                if self.left_out > 0 {
                    parts.push(format!("{} more are not followed", self.left_out));
                }
            }
            None => {}
        }
        if self.previous {
            parts.push("run before the last restart".to_owned());
        }
        parts.join(" · ")
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
        match self.of.clone()? {
            LogOf::Pod(key) => Some(Selected::Pod(key)),
            LogOf::Service(key) => Some(Selected::Service(key)),
        }
    }

    fn filter(&self) -> &str {
        self.lines.matcher().text()
    }

    fn set_filter(&mut self, text: &str, _ctx: &Ctx<'_>) {
        self.lines.filter(Matcher::parse(text));
    }

    fn draw(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        self.draw_lines(pen, area, ctx);
    }
}
