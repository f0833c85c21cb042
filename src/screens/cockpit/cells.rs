//! The lines of the cockpit's tables.

use crate::domain::{Pod, ReplicaSet, Workload};
use crate::screens::Ctx;
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;

pub(super) fn pod_cells(brush: Brush<'_>, pod: &Pod, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let (role, sign) = match (pod.terminating, pod.is_ready() || pod.is_done(), &pod.problem) {
        (true, _, _) => (Role::Dim, Sign::Idle),
        (_, true, _) => (Role::Good, Sign::Good),
        (_, false, Some(_)) => (Role::Bad, Sign::Bad),
        (_, false, None) => (Role::Moving, Sign::Moving),
    };
    let why = pod.problem.as_ref().map(|problem| {
        let parts = [problem.message.as_str(), problem.last_exit.as_str()];
        parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join("; last ")
    });
    let status = if pod.terminating { "Terminating" } else { &pod.status };
    vec![
        Line::from(brush.span(Role::Text, pod.key.name.to_string())),
        Line::from(brush.span(role, format!("{} {status}", brush.sign(sign)))),
        Line::from(brush.span(Role::Text, format!("{}/{}", pod.ready.0, pod.ready.1))),
        Line::from(
            brush.span(if pod.restarts > 0 { Role::Warn } else { Role::Dim }, pod.restarts.to_string()),
        ),
        Line::from(brush.span(Role::Dim, ctx.age(pod.created))),
        Line::from(brush.span(Role::Dim, pod.node.as_deref().unwrap_or("—").to_owned())),
        Line::from(brush.span(Role::Text, why.unwrap_or_default())),
    ]
}

pub(super) fn workload_cells(
    brush: Brush<'_>,
    workload: &Workload,
    chosen: bool,
    ctx: &Ctx<'_>,
) -> Vec<Line<'static>> {
    let r = workload.replicas;
    let (role, ready, version) = match &workload.batch {
        None => {
            let role = if r.available < r.desired { Role::Warn } else { Role::Text };
            (role, format!("{}/{}", r.available, r.desired), workload.template.version())
        }
        Some(batch) => {
            let (role, sign, word) = super::batch::state(workload, batch);
            let age = ctx.age(batch.last.or(workload.created));
            let text = format!("{}  {word}, {age}", workload.template.version());
            (role, brush.sign(sign).to_owned(), text)
        }
    };
    let mark = if chosen { brush.sign(Sign::Mark) } else { " " };
    vec![
        Line::from(vec![
            brush.span(Role::Marked, format!("{mark} ")),
            brush.span(Role::Text, workload.key.name.to_string()),
        ]),
        Line::from(brush.span(Role::Dim, workload.key.kind.name())),
        Line::from(brush.span(role, ready)),
        Line::from(brush.span(Role::Text, version)),
    ]
}

pub(super) fn revision_cells(
    brush: Brush<'_>,
    set: &ReplicaSet,
    digest: u64,
    ctx: &Ctx<'_>,
) -> Vec<Line<'static>> {
    let current = set.template.digest == digest;
    let cause = set.change_cause.clone().unwrap_or_default();
    let cause = if current && cause.is_empty() { "asked for now".to_owned() } else { cause };
    vec![
        Line::from(brush.span(
            if current { Role::Strong } else { Role::Text },
            set.revision.map_or_else(|| "?".to_owned(), |n| n.to_string()),
        )),
        Line::from(brush.span(if current { Role::Strong } else { Role::Text }, set.template.version())),
        Line::from(brush.span(Role::Dim, set.pods_word(set.replicas.current))),
        Line::from(brush.span(Role::Dim, ctx.age(set.created))),
        Line::from(brush.span(Role::Dim, cause)),
    ]
}
