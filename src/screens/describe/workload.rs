//! A workload: its state, its template, who else writes to it, what happened.

use super::{fact, going, heading};
use crate::domain::{Container, RolloutState, Workload};
use crate::screens::Ctx;
use crate::screens::show::{event_line, rollout_sign};
use crate::ui::{Brush, Role, Sign};
use ratatui::text::Line;

pub(super) fn lines(brush: Brush<'_>, workload: &Workload, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
    let state = RolloutState::of(workload);
    let (role, sign) = rollout_sign(&state);
    let r = workload.replicas;
    let mut lines = vec![heading(brush, workload.key.kind.name())];
    lines.push(fact(
        brush,
        "name",
        Role::Strong,
        format!("{}/{}", workload.key.namespace, workload.key.name),
    ));
    lines.push(fact(brush, "rollout", role, format!("{} {}", brush.sign(sign), state.sentence())));
    lines.extend(going(brush, workload.going.as_deref(), ctx));
    let counts = format!(
        "{} asked for, {} there, {} updated, {} ready, {} available",
        r.desired, r.current, r.updated, r.ready, r.available
    );
    lines.push(fact(brush, "pods", Role::Text, counts));
    lines.push(fact(brush, "version", Role::Text, workload.template.version()));
    if let Some(revision) = workload.revision {
        lines.push(fact(brush, "revision", Role::Text, revision.to_string()));
    }
    lines.push(fact(brush, "strategy", Role::Text, workload.strategy.clone()));
    lines.push(fact(brush, "age", Role::Text, ctx.age(workload.created)));
    let owner = &workload.ownership;
    let role = if owner.is_free() { Role::Text } else { Role::Warn };
    lines.push(fact(brush, "applied by", role, owner.to_string()));
    if !owner.is_free() {
        lines.push(fact(brush, "", Role::Dim, owner.remedy()));
    }
    let scaler = ctx.world.autoscaler_of(&workload.key);
    let scaler = scaler.map_or_else(
        || "none".to_owned(),
        |a| format!("{}: {} to {}, wants {}", a.key.name, a.min, a.max, a.desired),
    );
    lines.push(fact(brush, "autoscaler", Role::Text, scaler));
    lines.push(fact(brush, "uid", Role::Dim, workload.uid.as_str()));
    conditions(brush, workload, &mut lines);
    for container in &workload.template.containers {
        container_lines(brush, container, &mut lines);
    }
    if !workload.template.configs.is_empty() {
        lines.push(Line::default());
        lines.push(heading(brush, "Configuration it reads"));
        lines.extend(
            workload
                .template
                .configs
                .iter()
                .map(|config| fact(brush, config.kind, Role::Text, config.name.clone())),
        );
    }
    lines.push(Line::default());
    lines.push(heading(brush, "Events"));
    let events = ctx.world.events_about(&workload.uid);
    if events.is_empty() {
        lines.push(Line::from(brush.span(Role::Dim, "  none kept: the cluster forgets them after an hour")));
    }
    lines.extend(events.iter().map(|event| event_line(brush, event, ctx)));
    lines
}

fn conditions(brush: Brush<'_>, workload: &Workload, lines: &mut Vec<Line<'static>>) {
    if workload.conditions.is_empty() {
        return;
    }
    lines.push(Line::default());
    lines.push(heading(brush, "Conditions"));
    for condition in &workload.conditions {
        let bad = condition.holds == (condition.kind == "ReplicaFailure");
        let (role, sign) = if bad { (Role::Bad, Sign::Bad) } else { (Role::Good, Sign::Good) };
        let holds = if condition.holds { "true" } else { "not true" };
        let message =
            if condition.message.is_empty() { String::new() } else { format!(": {}", condition.message) };
        lines.push(fact(
            brush,
            &condition.kind,
            role,
            format!("{} {holds}, {}{message}", brush.sign(sign), condition.reason),
        ));
    }
}

fn container_lines(brush: Brush<'_>, container: &Container, lines: &mut Vec<Line<'static>>) {
    lines.push(Line::default());
    let init = if container.init { " (init)" } else { "" };
    lines.push(heading(brush, &format!("Container {}{init}", container.name)));
    lines.push(fact(brush, "image", Role::Strong, container.image.clone()));
    for (name, text) in [("resources", &container.resources), ("command", &container.command)] {
        if !text.is_empty() {
            lines.push(fact(brush, name, Role::Text, text.clone()));
        }
    }
    for (name, value) in &container.env {
        lines.push(fact(brush, "env", Role::Text, format!("{name}={}", value.shown())));
    }
}
