//! The frame around every screen: header, tabs, notices, footer.

use super::App;
use super::prompt::UnderWay;
use crate::command::{Command, Row};
use crate::domain::{Health, LinkState, Now, StreamState, WriteMode, short_duration};
use crate::msg::Notice;
use crate::screens::delivery::Delivery;
use crate::screens::{Ctx, Route, level_role};
use crate::ui::{Hit, Pen, Role, Sign, clip, width};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// The screens with a number. Numbers are those of the full set; screens that
/// are not built yet leave a gap rather than move under people's fingers.
const TABS: [(Command, &str); 5] = [
    (Command::Services, "Services"),
    (Command::Cockpit, "Cockpit"),
    (Command::Rollouts, "Rollouts"),
    (Command::Slos, "SLOs"),
    (Command::Operations, "Operations"),
];

/// How far the header can be shortened.
const TIGHTEST: u8 = 4;

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
        self.router.screen().draw(pen, inner, &ctx);
        if let Some(prompt) = &self.prompt {
            let under_way = UnderWay { running: self.session.running(), driven: self.driven(now) };
            prompt.draw(pen, body, &ctx, &under_way);
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
        let room = usize::from(area.width);
        // Words go before facts do: who I am, then long forms, then the product's name.
        let fits = |tight: u8| {
            let (left, right) = (self.header_left(pen, ctx, tight), self.header_right(pen, ctx, tight));
            (left.width() + right.width() + 3 <= room || tight == TIGHTEST).then_some((left, right))
        };
        let Some((left, right)) = (0..=TIGHTEST).find_map(fits) else { return };
        let wide = u16::try_from(right.width()).unwrap_or(u16::MAX).min(area.width);
        pen.line(area.x + 1, area.y, area.width.saturating_sub(wide + 2), &left);
        pen.line(area.right() - wide, area.y, wide, &right);
    }

    fn header_left(&self, pen: &Pen<'_>, ctx: &Ctx<'_>, tight: u8) -> Line<'static> {
        let product = if tight >= 3 { "qd" } else { "quarterdeck" };
        let mut spans = vec![pen.span(Role::Product, product)];
        let Some(place) = ctx.place else {
            let what = self.session.preparing.as_deref().unwrap_or("not connected");
            spans.push(pen.span(Role::Header, format!("  {what}")));
            return Line::from(spans);
        };
        spans.push(pen.span(Role::Header, " "));
        for (role, word, on) in
            [(Role::BadgeDemo, " DEMO ", place.demo), (Role::BadgeProd, " PROD ", self.is_production())]
        {
            if on {
                spans.push(pen.span(Role::Header, " "));
                spans.push(pen.span(role, word));
            }
        }
        let all = if tight >= 2 { "all" } else { "all namespaces" };
        let namespace = place.namespace.as_ref().map_or(all, |ns| ns.as_str());
        let within = pen.sign(Sign::Within);
        spans.push(pen.span(Role::Header, format!(" {} {within} {namespace}", place.context)));
        if !place.user.is_empty() && tight == 0 {
            spans.push(pen.span(Role::Header, format!("  {}", place.user)));
        }
        Line::from(spans)
    }

    fn header_right(&self, pen: &Pen<'_>, ctx: &Ctx<'_>, tight: u8) -> Line<'static> {
        let mut spans = Vec::new();
        if let Some((since, _)) = &self.session.seen.frozen {
            spans.push(pen.span(Role::BadgeWrite, format!(" FROZEN {} ", ctx.clock(since.wall))));
            spans.push(pen.span(Role::Header, " "));
        }
        spans.push(mode_badge(pen, ctx, tight));
        spans.push(pen.span(Role::Header, "  "));
        spans.push(link_span(pen, ctx, self.under_way()));
        let trouble = ctx.rows.iter().filter(|row| row.health.is_trouble()).count();
        let rollouts = rollouts(ctx);
        let (in_trouble, rolling) = match tight {
            0..=2 if rollouts == 1 => (" in trouble", " rollout"),
            0..=2 => (" in trouble", " rollouts"),
            3 => (" trouble", " rolling"),
            _ => ("", ""),
        };
        if trouble > 0 {
            let down = ctx.rows.iter().any(|row| row.health == Health::Down);
            let (role, sign) = if down { (Role::Bad, Sign::Bad) } else { (Role::Warn, Sign::Warn) };
            spans.push(header_span(pen, role, format!("  {} {trouble}{in_trouble}", pen.sign(sign))));
        }
        let burning = ctx.slos.burning();
        if burning > 0 {
            let word = if tight >= TIGHTEST { " burn" } else { " burning" };
            spans.push(header_span(pen, Role::Bad, format!("  {} {burning}{word}", pen.sign(Sign::Warn))));
        }
        if rollouts > 0 {
            let sign = pen.sign(Sign::Moving);
            spans.push(header_span(pen, Role::Moving, format!("  {sign} {rollouts}{rolling}")));
        }
        spans.push(pen.span(Role::Header, format!("  {} ", ctx.clock(ctx.now.wall))));
        Line::from(spans)
    }

    /// A connection that is being made, in words.
    fn under_way(&self) -> Option<String> {
        let connecting = self.session.connecting.as_ref().map(|context| format!("connecting to {context}"));
        connecting.or_else(|| self.session.preparing.as_ref().map(|_| "starting".to_owned()))
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
            Route::Cockpit(_) | Route::Logs(_) | Route::Describe(_) | Route::Page(_) => Command::Cockpit,
            Route::Rollouts | Route::Rollout(_) => Command::Rollouts,
            Route::Slos | Route::Slo(_) => Command::Slos,
            Route::Alerts => Command::Alerts,
            Route::Operations | Route::Forwards => Command::Operations,
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
        let rows: Vec<_> = pen.keymap.valid(chain).filter(|row| !row.hint.is_empty()).collect();
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

/// Rollouts under way or waiting: operations of the delivery engine, and what
/// the cluster does to services without one.
fn rollouts(ctx: &Ctx<'_>) -> usize {
    let running = ctx.deliveries.iter().filter(|delivery| delivery.is_running());
    let own = ctx.rows.iter().filter(|row| {
        let moves = row.rollout.is_moving() || row.rollout.needs_a_person();
        moves && !ctx.delivery_of(&row.key).is_some_and(Delivery::is_running)
    });
    running.count() + own.count()
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

/// A status on the header's own background.
fn header_span(pen: &Pen<'_>, role: Role, text: String) -> Span<'static> {
    let mut style = pen.style(Role::Header).patch(pen.style(role));
    style.bg = pen.style(Role::Header).bg;
    Span::styled(text, style)
}

fn mode_badge(pen: &Pen<'_>, ctx: &Ctx<'_>, tight: u8) -> Span<'static> {
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
        (None, _) => pen.span(Role::BadgeReadOnly, read_only_word(ctx, tight)),
    }
}

fn read_only_word(ctx: &Ctx<'_>, tight: u8) -> &'static str {
    match (ctx.place.is_some_and(|place| place.locked.is_some()), tight) {
        (false, _) => " READ-ONLY ",
        (true, 0..=1) => " READ-ONLY by configuration ",
        (true, _) => " READ-ONLY config ",
    }
}

fn link_span(pen: &Pen<'_>, ctx: &Ctx<'_>, under_way: Option<String>) -> Span<'static> {
    if let Some(what) = under_way {
        return header_span(pen, Role::Moving, format!("{} {what}", pen.sign(Sign::Moving)));
    }
    match ctx.world.link() {
        LinkState::Connecting => {
            header_span(pen, Role::Moving, format!("{} connecting", pen.sign(Sign::Moving)))
        }
        LinkState::Live { .. } => match ctx.services_stream() {
            StreamState::Stale { since, .. } => header_span(
                pen,
                Role::Warn,
                format!("{} stale since {}", pen.sign(Sign::Warn), ctx.clock(*since)),
            ),
            StreamState::Loading | StreamState::Live | StreamState::Forbidden { .. } => {
                header_span(pen, Role::Good, format!("{} live", pen.sign(Sign::Good)))
            }
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
