//! The rollout panel while the delivery engine is at work: the same summary as
//! on the operation's page, with its buttons.

use super::{Changed, Cockpit};
use crate::domain::Now;
use crate::engine::record::OperationRecord;
use crate::screens::Ctx;
use crate::screens::delivery::{
    Delivery, Stage, progress_line, sides_short, steps_line, verdict_line, versions,
};
use crate::ui::{Brush, Role, Sign};
use ratatui::text::{Line, Span};
use std::time::Duration;

/// The end of an operation is told in the panel this long.
const LATELY: Duration = Duration::from_hours(1);

impl Cockpit {
    /// The operation under way on this service.
    pub(super) fn running<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Delivery> {
        ctx.delivery_of(self.key.as_ref()?).filter(|delivery| delivery.is_running())
    }

    /// The operation that ended a moment ago.
    fn ended<'a>(&self, ctx: &Ctx<'a>) -> Option<&'a Delivery> {
        let delivery = ctx.delivery_of(self.key.as_ref()?).filter(|d| !d.is_running())?;
        (ctx.now.since(delivery.changed) < LATELY).then_some(delivery)
    }

    /// `v1.9.2 → v1.9.3  canary`, for the panel's title.
    pub(super) fn delivery_title(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Option<Vec<Span<'static>>> {
        let delivery = self.running(ctx)?;
        let mut spans = vec![Span::raw("  ")];
        spans.extend(versions(brush, delivery));
        spans.push(brush.span(Role::Dim, format!("  {}", delivery.strategy)));
        Some(spans)
    }

    /// The lines of an operation under way, most telling first: where there is
    /// little room the last ones go.
    pub(super) fn delivery_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
        let Some(delivery) = self.running(ctx) else { return Vec::new() };
        let mut lines = vec![steps_line(brush, delivery)];
        if delivery.is_orphaned(ctx.now) {
            lines.push(progress_line(brush, delivery, ctx.now));
        }
        lines.push(verdict_line(brush, delivery));
        lines.extend(sides_short(brush, delivery));
        if !delivery.is_orphaned(ctx.now) {
            lines.push(progress_line(brush, delivery, ctx.now));
        }
        lines
    }

    /// How an operation ended a moment ago.
    pub(super) fn ended_line(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Option<Line<'static>> {
        let delivery = self.ended(ctx)?;
        let (role, sign) = delivery.sign(ctx.now);
        let text = format!("{} {} {}", brush.sign(sign), delivery.strategy, delivery.progress);
        Some(Line::from(brush.span(role, text)))
    }

    /// Beginning and end of every operation that is still on record.
    pub(super) fn delivery_changes(&self, ctx: &Ctx<'_>) -> Vec<Changed> {
        let of = ctx.deliveries.iter().filter(|d| self.key.as_ref() == Some(&d.service));
        of.flat_map(|delivery| {
            let began = Changed {
                at: Some(delivery.started),
                sign: Sign::Here,
                text: format!("deploy {} {} by {}", delivery.to, delivery.strategy, delivery.by),
            };
            let over = delivery.stage.is_over().then(|| end(delivery, &delivery.record));
            std::iter::once(began).chain(over)
        })
        .collect()
    }
}

fn end(delivery: &Delivery, record: &OperationRecord) -> Changed {
    let (sign, text) = match delivery.stage {
        Stage::RolledBack => (Sign::Bad, format!("{}: {}", delivery.to, delivery.progress)),
        Stage::Promoted
        | Stage::Scaling
        | Stage::Watching
        | Stage::Promoting
        | Stage::CleaningUp
        | Stage::RollingBack => (Sign::Done, format!("{} promoted", delivery.to)),
    };
    Changed { at: record.ended, sign, text }
}

impl Cockpit {
    /// When the panel changes by itself.
    pub(super) fn delivery_wake(&self, ctx: &Ctx<'_>) -> Option<Now> {
        self.running(ctx)?.next_wake(ctx.now)
    }
}
