//! How the dialog is drawn.

use super::Asking;
use crate::domain::{CheckOutcome, short_duration};
use crate::engine::record::Strategy;
use crate::engine::verdict::Decision;
use crate::screens::Ctx;
use crate::screens::delivery::{Delivery, Stage, Wish, steps_line, verdict_line};
use crate::screens::dialog::badge;
use crate::ui::{Brush, Role, Sign, wrap};
use ratatui::text::Line;
use std::time::Duration;

impl Asking {
    pub(super) fn lines(
        &self,
        brush: Brush<'_>,
        delivery: Option<&Delivery>,
        ctx: &Ctx<'_>,
        room: usize,
    ) -> Vec<Line<'static>> {
        let target = &self.target;
        let mut head = badge(brush, self.environment.is_production());
        let key = &target.key;
        head.push(brush.span(Role::Strong, format!("{} {}/{}", key.kind, key.namespace, key.name)));
        let dot = brush.sign(Sign::Dot);
        let place =
            format!("context {} {dot} {} {dot} operation {}", target.context, target.cluster, self.id);
        let mut lines = vec![Line::from(head), Line::from(brush.span(Role::Dim, place)), Line::default()];
        let Some(delivery) = delivery else {
            lines.push(Line::from(brush.span(Role::Warn, "The operation is gone.")));
            return lines;
        };
        lines.push(steps_line(brush, delivery));
        lines.push(verdict_line(brush, delivery));
        lines.push(Line::default());
        for part in wrap(&self.consequence(delivery), room) {
            lines.push(Line::from(brush.span(Role::Text, part)));
        }
        if let Some(warning) = self.warning(delivery, ctx) {
            for part in wrap(&format!("{} {warning}", brush.sign(Sign::Warn)), room) {
                lines.push(Line::from(brush.span(Role::Warn, part)));
            }
        }
        let budget = self.budget(delivery, ctx);
        if let Some(check) = budget.filter(|check| check.outcome > CheckOutcome::Pass) {
            let role = if check.outcome == CheckOutcome::Fail { Role::Bad } else { Role::Warn };
            let text = format!("{} Error budget: {}", brush.sign(Sign::Warn), check.observed);
            for part in wrap(&text, room) {
                lines.push(Line::from(brush.span(role, part)));
            }
        }
        lines
    }

    /// What will happen.
    fn consequence(&self, delivery: &Delivery) -> String {
        let in_place = delivery.record.run.plan.is_in_place();
        match self.wish {
            Wish::Promote | Wish::PromoteFull if in_place => {
                format!("The watch ends. Every pod runs {} already: nothing else changes.", delivery.to)
            }
            Wish::Promote => next_step(delivery).unwrap_or_else(|| promotion(delivery)),
            Wish::PromoteFull => format!("Every step that is left is skipped. {}", promotion(delivery)),
            Wish::Hold if delivery.held => "The verdict may promote again by itself.".to_owned(),
            Wish::Hold => {
                "Nothing is promoted until somebody resumes. A bad verdict still rolls back.".to_owned()
            }
            Wish::Abort => way_back(delivery),
            Wish::Adopt => "This console drives it from now on, until it is quit or handed over.".to_owned(),
        }
    }

    fn warning(&self, delivery: &Delivery, ctx: &Ctx<'_>) -> Option<String> {
        let decision = delivery.verdict().map(|verdict| verdict.decision);
        if self.wish.promotes() && decision != Some(Decision::Promote) {
            let says = decision.map_or("nothing yet", Decision::words);
            return Some(format!("This overrules the verdict, which says {says}."));
        }
        let lost = self.wish == Wish::Abort && delivery.is_orphaned(ctx.now);
        lost.then(|| {
            "Nobody drives it: if nobody answers within 5 s, this console rolls it back itself.".to_owned()
        })
    }
}

/// The step that follows, if it is none to 100 %.
fn next_step(delivery: &Delivery) -> Option<String> {
    let next = delivery.record.run.plan.steps.get(delivery.step()? + 1)?;
    let span = |seconds: u32| short_duration(Duration::from_secs(u64::from(seconds)));
    let (to, percent) = (&delivery.to, next.percent);
    let times = format!("{} to {}", span(next.min_s), span(next.max_s));
    if let Some(pick) = &next.pick {
        return Some(format!("{to} gets {}, and is judged for {times}.", pick.words()));
    }
    Some(format!("{to} is raised to {percent} % of the pods, and is judged for {times}."))
}

fn promotion(delivery: &Delivery) -> String {
    let (pods, are) = count(delivery.pods.map_or(0, |pods| pods.stable.1));
    format!("Stable takes {}: its {pods} {are} replaced, then the canary goes.", delivery.to)
}

fn way_back(delivery: &Delivery) -> String {
    let (from, to) = (&delivery.from, &delivery.to);
    // It has no other pods than those: they are replaced once more.
    if delivery.record.strategy == Strategy::Rolling {
        return format!(
            "Back to {from} now: stable gets its old template back, and replaces its pods with that."
        );
    }
    if delivery.stage == Stage::Promoting {
        return format!("Back to {from} now: stable gets its old template back, then {to} goes.");
    }
    let pods = delivery.pods.and_then(|pods| pods.canary).map_or(0, |(_, desired)| desired);
    let (pods, are) = count(pods);
    format!("Back to {from} now: the {pods} of {to} {are} deleted. Stable was never touched.")
}

/// `1 pod`, `is`; `3 pods`, `are`
fn count(pods: u32) -> (String, &'static str) {
    if pods == 1 { ("1 pod".to_owned(), "is") } else { (format!("{pods} pods"), "are") }
}
