//! A plan as a person reads it before saying yes.

use crate::cli::out::{Out, Tone};
use crate::cli::table::{Cell, plain, table};
use crate::domain::{Blast, Check, CheckOutcome, Plan, count_of, dependents_words, short_duration};

/// Changes shown before it says how many more there are.
const SHOWN: usize = 20;

/// What will happen to what, from what to what, what was looked at, what it touches.
pub(in crate::cli) fn plan_text(out: &Out, plan: &Plan) -> String {
    let target = &plan.order.target;
    let strong = |text: &str| out.paint(text, Tone::Strong);
    let mut text = format!("{} {}\n", strong(&plan.order.verb.phrase()), strong(&target.key.to_string()));
    let place = format!("{} ({}), environment {}", target.context, target.cluster, plan.environment.short());
    let line = |name: &str, value: String| vec![plain(name), plain(value)];
    let head = [line("in", place), line("from", plan.from.clone()), line("to", plan.to.clone())];
    text.push_str(&table(out, &[""; 2], &head, "  "));
    text.push_str(&format!("\n{}\n", strong("changes, from the server's dry run")));
    text.push_str(&changes(out, plan));
    text.push_str(&format!("\n{}\n", strong("checks")));
    text.push_str(&table(out, &[""; 3], &plan.checks.iter().map(check).collect::<Vec<_>>(), "  "));
    for fix in plan.checks.iter().filter(|c| c.outcome == CheckOutcome::Fail && !c.remedy.is_empty()) {
        let line = vec![plain(format!("{}:", fix.name)), plain(fix.remedy.clone())];
        text.push_str(&table(out, &[""; 2], &[line], "  "));
    }
    text.push_str(&format!("\n{}\n", strong("touches")));
    let touched = [blast(&plan.blast)].into_iter().chain(plan.side_effects.iter().map(ToString::to_string));
    text.push_str(&table(out, &[""], &touched.map(|what| vec![plain(what)]).collect::<Vec<_>>(), "  "));
    text
}

fn changes(out: &Out, plan: &Plan) -> String {
    if plan.changes.is_empty() {
        return "  none\n".to_owned();
    }
    let lines: Vec<Vec<Cell>> = plan
        .changes
        .iter()
        .take(SHOWN)
        .map(|change| {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
            let arrow = format!("{} → {}", value(&change.before), value(&change.after));
            vec![plain(change.path.clone()), plain(arrow)]
        })
        .collect();
    let more = plan.changes.len().saturating_sub(SHOWN);
    let mut text = table(out, &[""; 2], &lines, "  ");
    if more > 0 {
        text.push_str(&format!("  … and {more} more: -o json has all\n"));
    }
    text
}

fn check(check: &Check) -> Vec<Cell> {
    let tone = match check.outcome {
        CheckOutcome::NotApplicable => Tone::Faint,
        CheckOutcome::Pass => Tone::Good,
        CheckOutcome::Warn | CheckOutcome::Unknown => Tone::Warn,
        CheckOutcome::Fail => Tone::Bad,
    };
    vec![(check.outcome.word().to_owned(), tone), plain(check.name), plain(check.observed.clone())]
}

fn blast(blast: &Blast) -> String {
    let time = match blast.estimate {
        Some(time) if time.is_zero() => String::new(),
        Some(time) => format!(", takes about {}", short_duration(time)),
        None => ", time unknown: none of its pods was ever ready".to_owned(),
    };
    let dependents = match &blast.dependents {
        Some(found) => format!("; {}", dependents_words(found, 8)),
        None => String::new(),
    };
    format!(
        "{} replaced, {} of {} serving now{time}{dependents}",
        count_of(blast.pods_replaced as usize, "pod"),
        blast.pods_serving,
        blast.pods_desired,
    )
}
