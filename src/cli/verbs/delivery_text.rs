//! The plan of a delivery as a person reads it before saying yes.

use super::plan_text::{changes, checks, line};
use crate::cli::out::{Out, Tone};
use crate::cli::table::table;
use crate::domain::CheckOutcome;
use crate::engine::delivery::DeliveryPlan;
use crate::engine::record::Version;

/// From what to what, in which steps, what was looked at.
pub(in crate::cli) fn delivery_text(out: &Out, plan: &DeliveryPlan) -> String {
    let record = &plan.record;
    let head = format!("{} {} to {}", record.strategy.name(), plan.target.key, record.to.version);
    let mut text = format!("{}\n", out.paint(&head, Tone::Strong));
    let images =
        |side: &Version| side.images.iter().map(|(_, image)| image.clone()).collect::<Vec<_>>().join(", ");
    let (target, environment) = (&plan.target, plan.environment.short());
    let mut lines = vec![
        line("in", format!("{} ({}), environment {environment}", target.context, target.cluster)),
        line("from", images(&record.from)),
        line("to", images(&record.to)),
    ];
    let in_place = record.run.plan.is_in_place();
    let beside = plan.splits().into_iter().zip(&record.run.plan.steps).filter(|_| !in_place);
    for (number, (split, step)) in beside.enumerate() {
        let times = format!("{} to {} s", step.min_s, step.max_s);
        let manual = if step.manual { ", then a person promotes" } else { "" };
        lines.push(line(&format!("step {}", number + 1), format!("{}, {times}{manual}", step.words(&split))));
    }
    for analysis in &record.run.plan.analyses {
        let what = if analysis.importance.is_critical() { "condition" } else { "condition (advisory)" };
        // Files have expressions over many lines.
        let words = analysis.to_string().split_whitespace().collect::<Vec<_>>().join(" ");
        lines.push(line(what, words));
    }
    lines.push(line("then", "stable takes the new template by its own rolling update".to_owned()));
    let watched = record.run.plan.steps.iter().filter(|_| in_place);
    lines.extend(watched.map(|step| line("watch", step.watch_words())));
    text.push_str(&table(out, &[""; 2], &lines, "  "));
    text.push_str(&changes(out, &plan.changes));
    text.push_str(&checks(out, &plan.checks, plan.read_at, CheckOutcome::Warn));
    text
}
