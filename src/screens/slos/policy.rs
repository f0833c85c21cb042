//! What a budget policy says, on the screen of an objective.

use super::detail::label;
use super::service;
use crate::screens::Ctx;
use crate::slo::{SloStatus, Verdict, judge};
use crate::ui::{Brush, Role, wrap};
use ratatui::text::Line;
use std::sync::Arc;

/// The policy in force, and what it says of a release of the service now: all
/// its objectives count, not this one alone.
pub(super) fn lines(brush: Brush<'_>, status: &SloStatus, ctx: &Ctx<'_>, width: usize) -> Vec<Line<'static>> {
    let policy = ctx.slos.policy(&status.slo.service);
    let key = service(ctx, status);
    let of_it = |other: &&Arc<SloStatus>| {
        key.as_ref().map_or(other.slo.service == status.slo.service, |key| other.is_about(key))
    };
    let verdict = judge(ctx.slos.slos.iter().filter(of_it).map(AsRef::as_ref), &policy, "");
    let (role, now, observed) = match &verdict {
        Verdict::NoObjective => (Role::Unknown, "nothing can be said now", None),
        Verdict::Unknown { why } => (Role::Unknown, "nothing can be said now", Some(why)),
        Verdict::Free { observed } => (Role::Good, "releases are free", Some(observed)),
        Verdict::Warned { observed } => (Role::Warn, "releases are warned about", Some(observed)),
        Verdict::Excepted { observed, .. } | Verdict::Frozen { observed, .. } => {
            (Role::Bad, "releases wait, rollbacks never do", Some(observed))
        }
        Verdict::Unreadable { .. } => {
            (Role::Bad, "releases wait until it is corrected, rollbacks never do", None)
        }
    };
    let now = observed.map_or_else(|| now.to_owned(), |observed| format!("{now}: {observed}"));
    let room = width.saturating_sub(9);
    let written =
        wrap(&format!("{policy} ({})", policy.origin), room).into_iter().map(|line| (Role::Text, line));
    let told = wrap(&now, room).into_iter().map(|line| (role, line));
    let heads = ["POLICY"].into_iter().chain(std::iter::repeat(""));
    heads
        .zip(written.chain(told))
        .map(|(head, (role, part))| Line::from(vec![label(brush, head), brush.span(role, part)]))
        .collect()
}
