//! What happened while nobody looked, the most urgent first.

use super::{PageLine, Target};
use crate::domain::MissedKind;
use crate::screens::{Ctx, Route};
use crate::ui::{Brush, Role, Sign, age, wrap};

pub(super) fn lines(brush: Brush<'_>, ctx: &Ctx<'_>, width: usize) -> Vec<PageLine> {
    let Some(away) = ctx.away else {
        let text = "You were not away for long since the console came up.";
        let hint = "Two minutes without the focus, or ten without a key, are long.";
        return vec![PageLine::plain(brush, Role::Dim, text), PageLine::plain(brush, Role::Dim, hint)];
    };
    let head = format!("While you were away, from {} for {}", ctx.clock(away.since), age(away.took));
    let mut lines = vec![PageLine::heading(brush, head)];
    if away.missed.is_empty() {
        lines.push(PageLine::plain(brush, Role::Good, format!("{} nothing changed", brush.sign(Sign::Good))));
    }
    for missed in &away.missed {
        let (role, sign) = match missed.kind {
            MissedKind::Ill => (Role::Bad, Sign::Bad),
            MissedKind::Fired => (Role::Warn, Sign::Warn),
            MissedKind::Delivery | MissedKind::Version => (Role::Text, Sign::Arrow),
            MissedKind::Said | MissedKind::Came => (Role::Text, Sign::Dot),
            MissedKind::Well | MissedKind::Resolved => (Role::Good, Sign::Good),
        };
        for (n, part) in wrap(&missed.text, width.saturating_sub(3).max(20)).into_iter().enumerate() {
            let lead = if n == 0 { brush.sign(sign) } else { " " };
            let target = missed.service.clone().map(|key| Target::Go(Route::Cockpit(key)));
            lines.push(PageLine { target, ..PageLine::plain(brush, role, format!("{lead} {part}")) });
        }
    }
    lines.push(PageLine::blank());
    let text = "What came and went again meanwhile is in the timeline of its service (T).";
    lines.push(PageLine::plain(brush, Role::Dim, text));
    lines
}
