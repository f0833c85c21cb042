//! What a CronJob or a Job has to say, where others have their rollout.

use crate::domain::{Batch, Kind, Workload, count_of};
use crate::screens::Ctx;
use crate::screens::show::phase_role;
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;

/// The lines of its panel.
pub(super) fn lines(
    brush: Brush<'_>,
    workload: &Workload,
    batch: &Batch,
    ctx: &Ctx<'_>,
) -> Vec<Line<'static>> {
    let (role, sign, word) = state(workload, batch);
    let mut lines = vec![Line::from(brush.span(role, format!("{} {word}", brush.sign(sign))))];
    if workload.key.kind == Kind::CronJob {
        let last = match batch.last {
            Some(at) => format!("last started {} ago", ctx.age(Some(at))),
            None => "never started".to_owned(),
        };
        lines.push(Line::from(brush.span(Role::Text, format!("schedule {}   {last}", batch.schedule))));
        let failed = ctx.world.jobs_of(&workload.uid).iter().filter(|job| job.ended() == Some(false)).count();
        if failed > 0 {
            let text = format!("{} {} kept that failed", brush.sign(Sign::Warn), count_of(failed, "run"));
            lines.push(Line::from(brush.span(Role::Warn, text)));
        }
    }
    if let Some(failed) = workload.condition("Failed").filter(|condition| condition.holds) {
        lines.push(Line::from(brush.span(Role::Bad, format!("{}: {}", failed.reason, failed.message))));
    }
    let run = ctx.runs.iter().find(|run| run.took.is_none() && run.order.target.uid == workload.uid);
    if let Some(run) = run {
        let sign = brush.sign(Sign::of_phase(&run.phase));
        let text = format!("{sign} {} by {}: {}", run.order.verb.phrase(), run.order.actor, run.progress);
        lines.push(Line::from(brush.span(phase_role(&run.phase), text)));
    }
    lines
}

/// Role, sign and words of its state.
pub(super) fn state(workload: &Workload, batch: &Batch) -> (Role, Sign, String) {
    match (workload.ended(), batch.active, workload.paused) {
        (Some(true), ..) => (Role::Good, Sign::Good, "done".to_owned()),
        (Some(false), ..) => (Role::Bad, Sign::Bad, "failed".to_owned()),
        (None, 0, true) => (Role::Paused, Sign::Paused, "suspended".to_owned()),
        (None, 0, false) if workload.key.kind == Kind::CronJob => {
            (Role::Idle, Sign::Idle, "waits for its time".to_owned())
        }
        (None, n, _) => (Role::Moving, Sign::Moving, format!("{n} at work")),
    }
}
