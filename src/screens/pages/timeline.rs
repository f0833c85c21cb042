//! What happened to a service, newest first, a separator between days.

use super::{PageLine, find};
use crate::domain::{Happening, ServiceKey, timeline};
use crate::screens::Ctx;
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::{Line, Span};

/// Moments drawn; older ones are in the audit log and in `kubectl`.
const MOST: usize = 2_000;

pub(super) fn lines(
    key: &ServiceKey,
    filter: &str,
    brush: Brush<'_>,
    ctx: &Ctx<'_>,
    width: usize,
) -> Vec<PageLine> {
    let audit = ctx.audit.and_then(|audit| audit.as_ref().ok()).map_or(&[][..], Vec::as_slice);
    let moments = timeline(ctx.world, key, audit);
    let mut lines = Vec::new();
    if let Some(Err(fault)) = ctx.audit {
        let text = format!("{} operations are left out: {}", brush.sign(Sign::Warn), fault.text);
        lines.push(PageLine::plain(brush, Role::Warn, text));
    }
    let all = moments.len();
    let text = |m: &crate::domain::Moment| format!("{} {}", m.what.word(), m.text);
    let shown = moments.into_iter().filter(|m| filter.is_empty() || find::holds(&text(m), filter)).take(MOST);
    let mut day = None;
    for moment in shown {
        let at = moment.at.to_zoned(ctx.zone.clone());
        if day != Some(at.date()) {
            day = Some(at.date());
            let rule = if brush.glyphs.ascii { "--" } else { "──" };
            let word = at.strftime("%A %e %B %Y").to_string();
            lines.push(PageLine::heading(brush, format!("{rule} {word} {rule}")));
        }
        let (role, sign) = look(moment.what);
        let indent = 22;
        for (n, part) in wrap(&moment.text, width.saturating_sub(indent + 1).max(20)).into_iter().enumerate()
        {
            let head = if n == 0 {
                let clock = format!("  {:02}:{:02}:{:02} ", at.hour(), at.minute(), at.second());
                vec![
                    brush.span(Role::Dim, clock),
                    brush.span(role, format!("{} {:<9} ", brush.sign(sign), moment.what.word())),
                ]
            } else {
                vec![Span::raw(" ".repeat(indent + 1))]
            };
            let body = if moment.what == Happening::Event { Role::Dim } else { Role::Text };
            lines.push(Line::from([head, vec![brush.span(body, part)]].concat()).into());
        }
    }
    if lines.is_empty() {
        let what = if all == 0 {
            "Nothing is remembered of it: the cluster forgets events after an hour.".to_owned()
        } else {
            format!("Nothing that happened has '{filter}'; esc shows everything.")
        };
        lines.push(PageLine::plain(brush, Role::Dim, what));
    }
    lines
}

fn look(what: Happening) -> (Role, Sign) {
    match what {
        Happening::Deploy => (Role::Strong, Sign::Arrow),
        Happening::Operation => (Role::Marked, Sign::Mark),
        Happening::Scaling => (Role::Moving, Sign::Moving),
        Happening::Condition => (Role::Text, Sign::Dot),
        Happening::Warning => (Role::Warn, Sign::Warn),
        Happening::Event => (Role::Dim, Sign::Dot),
    }
}
