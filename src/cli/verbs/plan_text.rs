//! A plan as a person reads it before saying yes.

use crate::cli::out::{Out, Tone};
use crate::cli::table::{Cell, plain, table};
use crate::domain::{
    Blast, Change, Check, CheckOutcome, Now, Plan, count_of, dependents_words, short_duration,
};

/// Changes shown before it says how many more there are.
const SHOWN: usize = 20;

/// What will happen to what, from what to what, what was looked at, what it touches.
pub(in crate::cli) fn plan_text(out: &Out, plan: &Plan) -> String {
    let target = &plan.order.target;
    let strong = |text: &str| out.paint(text, Tone::Strong);
    let mut text = format!("{} {}\n", strong(&plan.order.verb.phrase()), strong(&target.key.to_string()));
    let place = format!("{} ({}), environment {}", target.context, target.cluster, plan.environment.short());
    let head = [line("in", place), line("from", plan.from.clone()), line("to", plan.to.clone())];
    text.push_str(&table(out, &[""; 2], &head, "  "));
    text.push_str(&changes(out, &plan.changes));
    text.push_str(&checks(out, &plan.checks, plan.read_at, CheckOutcome::Fail));
    text.push_str(&format!("\n{}\n", strong("touches")));
    let touched = [blast(&plan.blast)].into_iter().chain(plan.side_effects.iter().map(ToString::to_string));
    text.push_str(&table(out, &[""], &touched.map(|what| vec![plain(what)]).collect::<Vec<_>>(), "  "));
    text
}

/// A name and its value.
pub(super) fn line(name: &str, value: String) -> Vec<Cell> {
    vec![plain(name), plain(value)]
}

/// What the server says would change, under its heading.
pub(super) fn changes(out: &Out, changes: &[Change]) -> String {
    let head = format!("\n{}\n", out.paint("changes, from the server's dry run", Tone::Strong));
    if changes.is_empty() {
        return head + "  none\n";
    }
    let lines: Vec<Vec<Cell>> = changes
        .iter()
        .take(SHOWN)
        .map(|change| {
            let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "—".to_owned());
            let arrow = format!("{} → {}", value(&change.before), value(&change.after));
            line(&change.path, arrow)
        })
        .collect();
    let more = changes.len().saturating_sub(SHOWN);
    let mut text = head + &table(out, &[""; 2], &lines, "  ");
    if more > 0 {
        text.push_str(&format!("  … and {more} more: -o json has all\n"));
    }
    text
}

/// What was looked at, under its heading, with the remedy of every check that
/// came out `mend` or worse.
pub(super) fn checks(out: &Out, checks: &[Check], read_at: Now, mend: CheckOutcome) -> String {
    let head = format!("checks, read at {}", read_at.wall.strftime("%H:%M:%SZ"));
    let mut text = format!("\n{}\n", out.paint(&head, Tone::Strong));
    text.push_str(&table(out, &[""; 3], &checks.iter().map(check).collect::<Vec<_>>(), "  "));
    for fix in checks.iter().filter(|check| check.outcome >= mend && !check.remedy.is_empty()) {
        text.push_str(&table(out, &[""; 2], &[line(&format!("{}:", fix.name), fix.remedy.clone())], "  "));
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
    let source = if check.source.is_empty() { String::new() } else { format!(" ({})", check.source) };
    vec![
        (check.outcome.word().to_owned(), tone),
        plain(check.name),
        plain(format!("{}{source}", check.observed)),
    ]
}

fn blast(blast: &Blast) -> String {
    let (pods, fate) = blast.pods();
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
        "{} {fate}, {} of {} serving now{time}{dependents}",
        count_of(usize::try_from(pods).unwrap_or(usize::MAX), "pod"),
        blast.pods_serving,
        blast.pods_desired,
    )
}
