//! The line at the top: where we are, who acts, whether writing is on, what is
//! wrong. It is shortened before it is cut.

use super::App;
use crate::domain::{Health, LinkState, StreamState, WriteMode, short_duration};
use crate::screens::Ctx;
use crate::screens::delivery::Delivery;
use crate::ui::{Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use std::time::Duration;

/// How far the header can be shortened.
const TIGHTEST: u8 = 4;

impl App {
    pub(super) fn draw_header(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
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
