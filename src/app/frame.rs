//! The frame around every screen: header, tabs, notices, footer.

use super::App;
use super::prompt::{Prompt, UnderWay};
use crate::command::{Command, Row};
use crate::domain::{Environment, LinkState, Namespace, Now};
use crate::msg::Notice;
use crate::screens::{Ctx, Route, level_role};
use crate::ui::{Hit, Pen, Role, Sign, clip, width};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The screens with a number. Numbers are those of the full set; screens that
/// are not built yet leave a gap rather than move under people's fingers.
const TABS: [(Command, &str); 5] = [
    (Command::Services, "Services"),
    (Command::Cockpit, "Cockpit"),
    (Command::Rollouts, "Rollouts"),
    (Command::Slos, "SLOs"),
    (Command::Operations, "Operations"),
];

/// Keys that are always in sight on a screen, at the right of the footer.
const ALWAYS: [Command; 2] = [Command::Palette, Command::Help];

impl App {
    /// Draws everything.
    pub(super) fn draw(&self, pen: &mut Pen<'_>, area: Rect, now: Now) {
        let ctx = self.session.ctx(now);
        if area.height < 4 || area.width < 12 {
            // Too small for a frame: the screen itself, as much as there is room for.
            self.router.screen().draw(pen, area, &ctx);
            return;
        }
        self.draw_header(pen, Rect { height: 1, ..area }, &ctx);
        let body = Rect { y: area.y + 1, height: area.height - 2, ..area };
        let role = if self.is_production() { Role::BorderProd } else { Role::Border };
        let inner = pen.frame(body, &Line::default(), role);
        self.draw_tabs(pen, body, &ctx);
        // Read line by line, a dialog and what lies behind it would be one text.
        let behind = self.prompt.as_ref().is_none_or(|prompt| matches!(prompt, Prompt::Line(..)));
        if behind || !pen.glyphs.linear {
            self.router.screen().draw(pen, inner, &ctx);
        }
        if let Some(prompt) = &self.prompt {
            let (driven, starting) = (self.driven(now), self.session.starting.clone());
            let under_way = UnderWay { running: self.session.running(), driven, starting };
            prompt.draw(pen, body, &ctx, &under_way);
        }
        self.draw_notice(pen, Rect { y: body.bottom() - 1, height: 1, ..body }, now);
        self.draw_footer(pen, Rect { y: area.bottom() - 1, height: 1, ..area }, ctx.may_write());
    }

    /// Whether the context is production by its name.
    pub(super) fn is_production(&self) -> bool {
        self.session.place.as_ref().is_some_and(|place| self.settings.is_production(place.context.as_str()))
    }

    /// The environment of a namespace here, as dialogs take it: a context that is
    /// production makes everything in it so.
    pub(super) fn environment_of(&self, namespace: &Namespace, now: Now) -> Environment {
        if self.is_production() {
            return Environment::Production;
        }
        self.session.ctx(now).world.environment(namespace)
    }

    fn draw_tabs(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        let status = format!(" {} ", self.router.screen().status(ctx));
        let mut x = area.x + 2;
        let end = area.right().saturating_sub(2);
        for (command, title) in TABS {
            let active = self.is_tab(command);
            let text = format!(" {} {title} ", pen.keymap.key(command));
            let wide = u16::try_from(width(&text)).unwrap_or(0);
            if x + wide > end {
                break;
            }
            let role = if active { Role::Title } else { Role::Dim };
            let used = pen.put(x, area.y, end - x, &text, role);
            pen.hits.add(Rect::new(x, area.y, used, 1), Hit::Run(command));
            x += used + 1;
        }
        let room = end.saturating_sub(x + 1);
        let status = clip(&status, usize::from(room));
        let wide = u16::try_from(width(&status)).unwrap_or(0);
        if wide > 4 {
            pen.put(end - wide, area.y, wide, &status, Role::Dim);
            let alarm = self.router.screen().alarm(ctx);
            if let Some((before, said)) = alarm.and_then(|said| Some((status.split_once(&said)?.0, said))) {
                let x = end - wide + u16::try_from(width(before)).unwrap_or(0);
                pen.put(x, area.y, end.saturating_sub(x), &said, Role::Bad);
            }
        }
    }

    fn is_tab(&self, command: Command) -> bool {
        let tab = match self.router.route() {
            Route::Services | Route::Environments | Route::Contexts => Command::Services,
            Route::Cockpit(_) | Route::Charts(_) | Route::Logs(_) | Route::Describe(_) | Route::Page(_) => {
                Command::Cockpit
            }
            Route::Rollouts | Route::Rollout(_) => Command::Rollouts,
            Route::Slos | Route::Slo(_) => Command::Slos,
            Route::Alerts => Command::Alerts,
            Route::Operations | Route::Approvals | Route::Forwards => Command::Operations,
        };
        tab == command
    }

    fn draw_notice(&self, pen: &mut Pen<'_>, area: Rect, now: Now) {
        if matches!(self.prompt, Some(crate::app::prompt::Prompt::Line(..))) {
            return;
        }
        let lost = match self.session.seen.world.link() {
            LinkState::Lost { fault, .. } => Some(Notice::from(fault)),
            LinkState::Connecting | LinkState::Live { .. } => None,
        };
        let Some(notice) = self.notices.current(now).or(lost.as_ref()) else {
            let filter = self.router.screen().filter();
            if !filter.is_empty() && area.width > 6 {
                pen.put(area.x + 2, area.y, area.width - 4, &format!(" /{filter} "), Role::Match);
            }
            return;
        };
        let role = level_role(notice.level);
        let sign = pen.sign(Sign::of_level(notice.level));
        let hint = if notice.hint.is_empty() {
            String::new()
        } else {
            format!(" {} {}", pen.sign(Sign::Dot), notice.hint)
        };
        let line = Line::from(vec![
            pen.span(role, format!(" {sign} {}", notice.text)),
            pen.span(Role::Text, format!("{hint} ")),
        ]);
        pen.line(area.x + 2, area.y, area.width.saturating_sub(4), &line);
    }

    fn draw_footer(&self, pen: &mut Pen<'_>, area: Rect, may_write: bool) {
        let chain = self.scope().chain();
        let idle = |row: &Row| row.hint.is_empty() || may_write && row.command == Command::Allow;
        let rows: Vec<_> = pen.keymap.valid(chain).filter(|row| !idle(row)).collect();
        let wide = |pen: &Pen<'_>, row: &Row| -> u16 {
            let key = pen.keymap.key(row.command);
            if key.is_empty() { 0 } else { u16::try_from(width(&key) + width(row.hint) + 3).unwrap_or(0) }
        };
        let (pinned, rest): (Vec<&Row>, Vec<&Row>) =
            rows.into_iter().partition(|row| ALWAYS.contains(&row.command));
        let mut end = area.right();
        for row in pinned.into_iter().rev() {
            let wide = wide(pen, row);
            if wide > 0 && end > area.x + wide {
                end -= wide;
                hint(pen, end, area.y, row, false);
            }
        }
        let mut x = area.x + 1;
        for row in rest {
            let wide = wide(pen, row);
            if wide > 0 && x + wide <= end {
                hint(pen, x, area.y, row, row.risk.mutates() && !may_write);
                x += wide;
            }
        }
    }
}

/// A key and its word, to be clicked.
fn hint(pen: &mut Pen<'_>, x: u16, y: u16, row: &Row, off: bool) {
    let (key_role, word_role) =
        if off { (Role::Disabled, Role::Disabled) } else { (Role::Key, Role::KeyWord) };
    let key = pen.keymap.key(row.command);
    let mut used = pen.put(x, y, u16::MAX, &key, key_role) + 1;
    used += pen.put(x + used, y, u16::MAX, row.hint, word_role);
    pen.hits.add(Rect::new(x, y, used, 1), Hit::Run(row.command));
}
