//! The rollout panel: where it stands, and buttons that work only where they may.

use super::{Cockpit, batch};
use crate::command::Command;
use crate::domain::{Kind, Right, RolloutState, Workload};
use crate::screens::Ctx;
use crate::screens::buttons::{Button, draw_buttons};
use crate::screens::delivery::buttons as delivery_buttons;
use crate::screens::show::{phase_role, rollout_sign};
use crate::ui::{Brush, Meter, Pen, Role, Sign};
use ratatui::layout::Rect;
use ratatui::text::Line;

/// The buttons of a workload in its state.
pub(super) fn buttons(workload: &Workload, ctx: &Ctx<'_>) -> Vec<Button> {
    let write = if ctx.may_write() { String::new() } else { "read-only".to_owned() };
    let paused = if workload.paused { "paused: resume first".to_owned() } else { String::new() };
    let sets = ctx.world.revisions(&workload.uid);
    let other = sets.iter().any(|set| set.template.digest != workload.template.digest);
    let none = if other { String::new() } else { "no other revision is kept".to_owned() };
    let kind = |verb: &str| match Right::to(verb, workload.key.kind) {
        Ok(_) => ctx.lacks(verb, std::slice::from_ref(&workload.key)),
        Err(kinds) => kinds,
    };
    let first = |reasons: &[&String]| {
        reasons.iter().find(|r| !r.is_empty()).map(|r| (*r).clone()).unwrap_or_default()
    };
    let pause = Button {
        command: Command::Pause,
        label: if workload.paused { "Resume" } else { "Pause" },
        off: first(&[&kind("pause"), &write]),
    };
    if workload.key.kind == Kind::CronJob {
        return vec![
            Button { command: Command::RunNow, label: "Run now", off: first(&[&kind("run-now"), &write]) },
            pause,
            Button {
                command: Command::SetImage,
                label: "Set image",
                off: first(&[&kind("set-image"), &write]),
            },
        ];
    }
    let delete = Button { command: Command::Delete, label: "Delete", off: first(&[&kind("delete"), &write]) };
    if workload.key.kind == Kind::Job {
        return vec![delete];
    }
    if workload.is_bare_pod() {
        let evict = Button { command: Command::Evict, label: "Evict", off: first(&[&kind("evict"), &write]) };
        return vec![delete, evict];
    }
    let restart = first(&[&kind("restart"), &paused, &write]);
    vec![
        Button { command: Command::Rollback, label: "Roll back", off: first(&[&kind("rollback"), &none]) },
        Button { command: Command::Restart, label: "Restart", off: restart },
        Button { command: Command::Scale, label: "Scale", off: first(&[&kind("scale"), &write]) },
        pause,
    ]
}

fn ownership_line(brush: Brush<'_>, workload: &Workload) -> Option<Line<'static>> {
    let text =
        format!("{} applied by {}, which reverts other writers", brush.sign(Sign::Warn), workload.ownership);
    (!workload.ownership.is_free()).then(|| Line::from(brush.span(Role::Warn, text)))
}

impl Cockpit {
    /// The lines above the buttons.
    pub(super) fn rollout_lines(&self, brush: Brush<'_>, ctx: &Ctx<'_>) -> Vec<Line<'static>> {
        let running = self.delivery_lines(brush, ctx);
        if !running.is_empty() {
            return running;
        }
        let Some(workload) = self.workload(ctx) else { return Vec::new() };
        if let Some(batch) = &workload.batch {
            return batch::lines(brush, &workload, batch, ctx);
        }
        if workload.is_bare_pod() {
            let mut lines = vec![Line::from(brush.span(Role::Dim, workload.bare_words()))];
            lines.extend(ownership_line(brush, &workload));
            return lines;
        }
        let state = RolloutState::of(&workload);
        let (role, sign) = rollout_sign(&state);
        let mut lines =
            vec![Line::from(brush.span(role, format!("{} {}", brush.sign(sign), state.sentence())))];
        lines.extend(self.ended_line(brush, ctx));
        let r = workload.replicas;
        if state != RolloutState::Complete {
            let bar = Meter { part: r.updated.min(r.available), whole: r.desired }.text(12, brush.glyphs);
            lines.push(Line::from(vec![
                brush.span(Role::Moving, bar),
                brush.span(
                    Role::Dim,
                    format!("  {} updated, {} ready, {} asked for", r.updated, r.ready, r.desired),
                ),
            ]));
        }
        if let Some(run) =
            ctx.runs.iter().find(|run| run.took.is_none() && run.order.target.uid == workload.uid)
        {
            let text = format!(
                "{} {} by {}: {}",
                brush.sign(Sign::of_phase(&run.phase)),
                run.order.verb.phrase(),
                run.order.actor,
                run.progress
            );
            lines.push(Line::from(brush.span(phase_role(&run.phase), text)));
        }
        let mut facts = vec![workload.strategy.clone()];
        if let Some(scaler) = ctx.world.autoscaler_of(&workload.key) {
            facts.push(format!("{} keeps {} to {} pods", scaler.key.name, scaler.min, scaler.max));
        }
        lines.push(Line::from(brush.span(Role::Dim, facts.join(&format!(" {} ", brush.sign(Sign::Dot))))));
        lines.extend(ownership_line(brush, &workload));
        lines
    }

    /// Draws the buttons in a line, and under it why some are off.
    pub(super) fn draw_buttons(&self, pen: &mut Pen<'_>, area: Rect, ctx: &Ctx<'_>) {
        if let Some(delivery) = self.running(ctx) {
            draw_buttons(pen, area, &delivery_buttons(delivery, ctx));
        } else if let Some(workload) = self.workload(ctx) {
            draw_buttons(pen, area, &buttons(&workload, ctx));
        }
    }
}
