//! The frame around every screen: header, tabs, notices, footer.

use super::App;
use crate::command::Command;
use crate::domain::{Health, LinkState, Now, WriteMode, short_duration};
use crate::screens::{Ctx, Route, level_role};
use crate::ui::{Hit, Pen, Role, Sign, clip, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// The screens with a number. Numbers are those of the full set; screens that
/// are not built yet leave a gap rather than move under people's fingers.
const TABS: [(Command, &str); 4] = [
    (Command::Services, "Services"),
    (Command::Cockpit, "Cockpit"),
    (Command::Rollouts, "Rollouts"),
    (Command::Operations, "Operations"),
];

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
        self.router.screen().draw(pen, inner, &ctx);
        if let Some(prompt) = &self.prompt {
            prompt.draw(pen, body, &ctx, self.session.running());
        }
        self.draw_notice(pen, Rect { y: body.bottom() - 1, height: 1, ..body }, now);
        self.draw_footer(pen, Rect { y: area.bottom() - 1, height: 1, ..area }, ctx.may_write());
    }

    /// Whether the context is production by its name.
    pub(super) fn is_production(&self) -> bool {
        self.session.place.as_ref().is_some_and(|place| self.settings.is_production(place.context.as_str()))
    }

    fn draw_header(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        pen.clear(area, Role::Header);
        let right = self.header_right(pen, ctx);
        let right_wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
        let left = self.header_left(pen, ctx);
        let room = area.width.saturating_sub(right_wide + 2);
        pen.line(area.x + 1, area.y, room, &left);
        pen.line(area.right() - right_wide, area.y, right_wide, &right);
    }

    fn header_left(&self, pen: &Pen<'_>, ctx: &Ctx<'_>) -> Line<'static> {
        let mut spans = vec![pen.span(Role::Product, "quarterdeck")];
        let Some(place) = ctx.place else {
            spans.push(pen.span(Role::Header, "  not connected"));
            return Line::from(spans);
        };
        spans.push(pen.span(Role::Header, "  "));
        if place.demo {
            spans.push(pen.span(Role::BadgeDemo, " DEMO "));
            spans.push(pen.span(Role::Header, " "));
        }
        if self.is_production() {
            spans.push(pen.span(Role::BadgeProd, " PROD "));
            spans.push(pen.span(Role::Header, " "));
        }
        let namespace = place.namespace.as_ref().map_or("all namespaces", |ns| ns.as_str());
        let within = pen.sign(Sign::Within);
        spans.push(pen.span(Role::Header, format!("{} {within} {namespace}", place.context)));
        if !place.user.is_empty() {
            spans.push(pen.span(Role::Header, format!("  {}", place.user)));
        }
        Line::from(spans)
    }

    fn header_right(&self, pen: &Pen<'_>, ctx: &Ctx<'_>) -> Line<'static> {
        let mut spans = Vec::new();
        if let Some((since, _)) = &self.session.frozen {
            spans.push(pen.span(Role::BadgeWrite, format!(" FROZEN {} ", ctx.clock(since.wall))));
            spans.push(pen.span(Role::Header, " "));
        }
        spans.push(mode_badge(pen, ctx));
        spans.push(pen.span(Role::Header, "  "));
        spans.push(link_span(pen, ctx, self.session.connecting.as_deref()));
        let trouble = ctx.rows.iter().filter(|row| row.health.is_trouble()).count();
        let moving =
            ctx.rows.iter().filter(|row| row.rollout.is_moving() || row.rollout.needs_a_person()).count();
        if trouble > 0 {
            let down = ctx.rows.iter().any(|row| row.health == Health::Down);
            let sign = pen.sign(if down { Sign::Bad } else { Sign::Warn });
            spans.push(header_span(
                pen,
                if down { Role::Bad } else { Role::Warn },
                format!("  {sign} {trouble} in trouble"),
            ));
        }
        if moving > 0 {
            spans.push(header_span(pen, Role::Moving, format!("  {moving} rolling")));
        }
        spans.push(pen.span(Role::Header, format!("  {} ", ctx.clock(ctx.now.wall))));
        Line::from(spans)
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
        }
    }

    fn is_tab(&self, command: Command) -> bool {
        let tab = match self.router.route() {
            Route::Services | Route::Contexts => Command::Services,
            Route::Cockpit(_) | Route::Logs(_) | Route::Describe(_) => Command::Cockpit,
            Route::Rollouts => Command::Rollouts,
            Route::Operations => Command::Operations,
        };
        tab == command
    }

    fn draw_notice(&self, pen: &mut Pen<'_>, area: Rect, now: Now) {
        if matches!(self.prompt, Some(crate::app::prompt::Prompt::Line(..))) {
            return;
        }
        let Some(notice) = self.notices.current(now) else {
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
        let mut x = area.x + 1;
        for row in pen.keymap.valid(chain).filter(|row| !row.hint.is_empty()).collect::<Vec<_>>() {
            let key = pen.keymap.key(row.command);
            let wide = u16::try_from(width(&key) + 1 + width(row.hint)).unwrap_or(u16::MAX);
            if key.is_empty() || x + wide > area.right() {
                continue;
            }
            let off = row.risk.mutates() && !may_write;
            let start = x;
            x += pen.put(x, area.y, area.right() - x, &key, if off { Role::Disabled } else { Role::Key });
            x += 1;
            x += pen.put(
                x,
                area.y,
                area.right().saturating_sub(x),
                row.hint,
                if off { Role::Disabled } else { Role::KeyWord },
            );
            pen.hits.add(Rect::new(start, area.y, x - start, 1), Hit::Run(row.command));
            x += 2;
        }
    }
}

/// A status on the header's own background.
fn header_span(pen: &Pen<'_>, role: Role, text: String) -> Span<'static> {
    let mut style = pen.style(Role::Header).patch(pen.style(role));
    style.bg = pen.style(Role::Header).bg;
    Span::styled(text, style)
}

fn mode_badge(pen: &Pen<'_>, ctx: &Ctx<'_>) -> Span<'static> {
    let left = ctx.place.and_then(|place| ctx.mode.remaining(&place.context, ctx.now));
    match (left, ctx.mode) {
        (Some(_), WriteMode::CommandLine) => pen.span(Role::BadgeWrite, " WRITE "),
        (Some(left), _) if left > Duration::from_mins(1) => {
            pen.span(Role::BadgeWrite, format!(" WRITE {}m ", left.as_secs().div_ceil(60)))
        }
        (Some(left), _) => pen.span(
            Role::BadgeWrite,
            format!(" WRITE {}s ", left.as_secs() + u64::from(left.subsec_nanos() > 0)),
        ),
        (None, _) => pen.span(Role::BadgeReadOnly, " READ-ONLY "),
    }
}

fn link_span(pen: &Pen<'_>, ctx: &Ctx<'_>, connecting: Option<&str>) -> Span<'static> {
    if let Some(context) = connecting {
        return header_span(pen, Role::Moving, format!("{} connecting to {context}", pen.sign(Sign::Moving)));
    }
    match ctx.world.link() {
        LinkState::Connecting => {
            header_span(pen, Role::Moving, format!("{} connecting", pen.sign(Sign::Moving)))
        }
        LinkState::Live { .. } => match ctx.services_stream() {
            crate::domain::StreamState::Stale { since, .. } => header_span(
                pen,
                Role::Warn,
                format!("{} stale since {}", pen.sign(Sign::Warn), ctx.clock(*since)),
            ),
            _ => header_span(pen, Role::Good, format!("{} live", pen.sign(Sign::Good))),
        },
        LinkState::Lost { since, .. } => {
            let age = ctx.now.since(*since);
            let age = if age < Duration::from_mins(1) {
                "<1m".to_owned()
            } else {
                short_duration(Duration::from_secs(age.as_secs() / 60 * 60))
            };
            header_span(pen, Role::Bad, format!("{} LOST {age}, reconnecting", pen.sign(Sign::Bad)))
        }
    }
}
