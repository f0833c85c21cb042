//! A pod: what is wrong first, then what it is, then what happened to it.

use super::{fact, going, heading};
use crate::domain::{Kind, Pod, Workload};
use crate::screens::Ctx;
use crate::screens::show::{event_line, stream_words};
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;

pub(super) fn lines(brush: Brush<'_>, pod: &Pod, workload: &Workload, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(problem) = &pod.problem {
        lines.push(heading(brush, "What is wrong"));
        lines.push(fact(brush, "reason", Role::Bad, format!("{} {}", brush.sign(Sign::Bad), problem.reason)));
        for (name, text) in [("message", &problem.message), ("last exit", &problem.last_exit)] {
            if !text.is_empty() {
                lines.push(fact(brush, name, Role::Text, text.clone()));
            }
        }
        if let Some(container) = &problem.container {
            lines.push(fact(brush, "container", Role::Text, container.clone()));
        }
        lines.push(Line::default());
    }
    lines.push(heading(brush, "Pod"));
    let (ready, of) = pod.ready;
    let role = if pod.is_ready() { Role::Good } else { Role::Warn };
    lines.push(fact(brush, "name", Role::Strong, pod.key.name.as_str()));
    lines.push(fact(brush, "status", role, format!("{}, {ready}/{of} containers ready", pod.status)));
    lines.extend(going(brush, pod.going.as_deref(), ctx));
    lines.push(fact(brush, "restarts", Role::Text, pod.restarts.to_string()));
    lines.push(fact(brush, "age", Role::Text, ctx.age(pod.created)));
    lines.push(fact(
        brush,
        "ready for",
        Role::Text,
        pod.ready_since.map_or_else(|| "not ready".to_owned(), |at| ctx.age(Some(at))),
    ));
    lines.push(fact(brush, "node", Role::Text, pod.node.as_deref().unwrap_or("not bound to a node")));
    let owner = match workload.keeper() {
        Some(keeper) => keeper.to_owned(),
        None if workload.is_bare_pod() => "nobody: nothing makes another one".to_owned(),
        None => format!("{} {}", workload.key.kind, workload.key.name),
    };
    lines.push(fact(brush, "belongs to", Role::Text, owner));
    lines.push(fact(brush, "uid", Role::Dim, pod.uid.as_str()));
    lines.push(Line::default());
    lines.push(heading(brush, "Containers"));
    for container in pod.containers.iter() {
        lines.push(fact(brush, &container.name, Role::Text, &*container.image));
    }
    lines.push(Line::default());
    lines.push(heading(brush, "Events"));
    let events = ctx.world.events_about(&pod.uid);
    match stream_words(ctx.world.stream(Kind::Event), ctx, "events") {
        Some((role, text, _)) if events.is_empty() => {
            lines.push(Line::from(brush.span(role, format!("  {text}"))));
        }
        _ if events.is_empty() => {
            lines.push(Line::from(
                brush.span(Role::Dim, "  none kept: the cluster forgets them after an hour"),
            ));
        }
        _ => lines.extend(events.iter().map(|event| event_line(brush, event, ctx))),
    }
    lines
}
