//! An operation as lines, the same in the list, the detail page and the cockpit.

use super::evidence::{decision_role, interval, strongest};
use super::{Delivery, Pods, Stage, StepState};
use crate::domain::Now;
use crate::engine::verdict::number::named_evidence;
use crate::engine::verdict::outcome::Evidence;
use crate::engine::verdict::{Cause, Decision, Verdict, number};
use crate::ui::{Brush, Role, Sign};
use ratatui::text::{Line, Span};

/// Percentage points by which the real weight may miss the requested one
/// before that is worth a colour: what a few pods cannot express.
const MISSES: f64 = 5.0;

/// `✔10%  ▶50%  ·100%   asked 50 %  real 45 % (5 of 11 pods)`
pub(crate) fn steps_line(brush: Brush<'_>, delivery: &Delivery) -> Line<'static> {
    let mut spans = Vec::new();
    for step in &delivery.steps {
        let (role, sign) = match step.state {
            StepState::Done => (Role::Good, Sign::Done),
            StepState::Now => (Role::Strong, Sign::Here),
            StepState::Failed => (Role::Bad, Sign::Bad),
            StepState::Next => (Role::Dim, Sign::Dot),
        };
        spans.push(brush.span(role, format!("{}{}  ", brush.sign(sign), step.label)));
    }
    let Some(asked) = delivery.asked else { return Line::from(spans) };
    spans.push(brush.span(Role::Dim, " asked "));
    if let Some(picks) = &delivery.picks {
        // How many they are nobody asked for.
        spans.push(brush.span(Role::Text, picks.clone()));
        spans.extend(delivery.pods.map(|pods| brush.span(Role::Dim, pods_words(pods))));
        return Line::from(spans);
    }
    spans.push(brush.span(Role::Text, format!("{asked} %")));
    spans.push(brush.span(Role::Dim, "  real "));
    match delivery.pods.zip(delivery.real_percent()) {
        None => spans.push(brush.span(Role::Unknown, "not seen")),
        Some((pods, real)) => {
            let far = (real - f64::from(asked)).abs() > MISSES && delivery.stage == Stage::Watching;
            spans.push(brush.span(if far { Role::Warn } else { Role::Text }, format!("{real:.0} %")));
            spans.push(brush.span(Role::Dim, pods_words(pods)));
        }
    }
    Line::from(spans)
}

/// ` (5 of 11 pods)`
fn pods_words(pods: Pods) -> String {
    let canary = pods.canary.map_or(0, |(available, _)| available);
    format!(" ({canary} of {} pods)", canary + pods.stable.0)
}

/// What the engine says of the moment; that nobody drives goes before.
pub(crate) fn progress_line(brush: Brush<'_>, delivery: &Delivery, now: Now) -> Line<'static> {
    if delivery.is_orphaned(now) {
        let text = format!("{} {}", brush.sign(Sign::Bad), delivery.lost_sentence(now));
        return Line::from(brush.span(Role::Bad, text));
    }
    let (role, sign) = delivery.sign(now);
    let mut spans = vec![brush.span(role, format!("{} {}", brush.sign(sign), delivery.phase_word(now)))];
    if let Some(more) = delivery.moment() {
        spans.push(brush.span(Role::Text, format!("  {more}")));
    }
    for pending in &delivery.pending {
        spans.push(brush.span(Role::Moving, format!("  {} {pending}", brush.sign(Sign::Moving))));
    }
    Line::from(spans)
}

/// `verdict ROLL BACK  E=8e5 (>=20)` or `verdict HOLD  needs ~210 more requests, about 12 min`.
pub(crate) fn verdict_line(brush: Brush<'_>, delivery: &Delivery) -> Line<'static> {
    let Some(verdict) = delivery.verdict() else {
        return Line::from(vec![
            brush.span(Role::Dim, "verdict "),
            brush.span(Role::Dim, "none yet: nothing is measured before the step's pods are available"),
        ]);
    };
    let mut spans = vec![
        brush.span(Role::Dim, "verdict "),
        brush.span(decision_role(verdict.decision), verdict.decision.words()),
        brush.span(Role::Text, "  "),
    ];
    spans.push(brush.span(Role::Text, verdict_words(verdict)));
    Line::from(spans)
}

/// What is missing, or the numbers it rests on, or the rule's own sentence.
pub(crate) fn verdict_words(verdict: &Verdict) -> String {
    missing(verdict).or_else(|| numbers(verdict)).unwrap_or_else(|| verdict.reason.clone())
}

/// `needs ~210 more requests, about 12 min`
pub(crate) fn missing(verdict: &Verdict) -> Option<String> {
    let needs = verdict.needs.filter(|_| verdict.decision == Decision::Hold)?;
    if needs.requests <= 1 {
        // The evidence is there; the next reading says whether it stays.
        return Some("nearly decided".to_owned());
    }
    let time = match needs.seconds {
        Some(seconds) => format!(", about {}", number::duration(seconds)),
        None => ", and the canary receives none".to_owned(),
    };
    Some(format!("needs ~{} more requests{time}", number::count(needs.requests)))
}

fn numbers(verdict: &Verdict) -> Option<String> {
    let (_, e) = strongest(verdict)?;
    match verdict.cause {
        Cause::Worse => Some(format!("{} (>={})", named_evidence("E", e.e), threshold(e.e_needed))),
        Cause::Fine if e.e_prime >= e.e_prime_needed => {
            Some(format!("{} (>={})", named_evidence("E'", e.e_prime), threshold(e.e_prime_needed)))
        }
        Cause::Invalid
        | Cause::Guard
        | Cause::Ceiling
        | Cause::Condition
        | Cause::Outage
        | Cause::NoData
        | Cause::Share
        | Cause::Environment
        | Cause::EndOfStep
        | Cause::Advisory
        | Cause::Fine
        | Cause::MinimumTime
        | Cause::Inconclusive
        | Cause::Collecting => None,
    }
}

/// A threshold is a round number: `20`, not `20.0`.
pub(crate) fn threshold(e: f64) -> String {
    let text = number::evidence(e);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Both sides of a metric, or the new version where it is alone, with the 95 %
/// interval of each ratio, aligned.
pub(crate) fn sides_lines(brush: Brush<'_>, evidence: &Evidence, alone: bool) -> Vec<Line<'static>> {
    let stable = ("stable", evidence.e_b, evidence.n_b);
    let new = if alone { "new" } else { "canary" };
    let sides = std::iter::once((new, evidence.e_c, evidence.n_c)).chain((!alone).then_some(stable));
    let worse = ratio(evidence.e_c, evidence.n_c) > ratio(evidence.e_b, evidence.n_b);
    sides
        .into_iter()
        .enumerate()
        .map(|(index, (name, bad, all))| {
            let counts = format!("{}/{}", number::count(bad), number::count(all));
            let rate = ratio(bad, all).map_or_else(|| "no traffic".to_owned(), number::percent);
            let role = if index == 0 && worse { Role::Warn } else { Role::Strong };
            Line::from(vec![
                brush.span(Role::Dim, format!("{name:<7}")),
                brush.span(Role::Text, format!("{counts:>12}")),
                brush.span(role, format!("  {rate:>8}")),
                brush.span(Role::Dim, format!("  {}", interval_words(bad, all))),
            ])
        })
        .collect()
}

/// `canary 412/9.8k (4.2 %)  stable 21/10.1k (0.21 %)` on one line.
pub(crate) fn sides_short(brush: Brush<'_>, delivery: &Delivery) -> Option<Line<'static>> {
    let (name, e) = strongest(delivery.verdict()?)?;
    let worse = ratio(e.e_c, e.n_c) > ratio(e.e_b, e.n_b);
    let side = |bad: u64, all: u64| {
        let rate = ratio(bad, all).map_or_else(|| "no traffic".to_owned(), number::percent);
        format!("{}/{} ({rate})", number::count(bad), number::count(all))
    };
    let new = if delivery.is_alone() { "new version" } else { "canary" };
    let mut spans = vec![
        brush.span(Role::Dim, format!("{name}: {new} ")),
        brush.span(if worse { Role::Warn } else { Role::Text }, side(e.e_c, e.n_c)),
    ];
    if !delivery.is_alone() {
        spans.push(brush.span(Role::Dim, "  stable "));
        spans.push(brush.span(Role::Text, side(e.e_b, e.n_b)));
    }
    Some(Line::from(spans))
}

fn ratio(bad: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| bad as f64 / all as f64)
}

fn interval_words(bad: u64, all: u64) -> String {
    interval(bad, all).map_or_else(String::new, |(low, high)| {
        format!("{} to {} (95 %)", number::percent(low), number::percent(high))
    })
}

/// `v1.9.2 → v1.9.3`
pub(crate) fn versions(brush: Brush<'_>, delivery: &Delivery) -> Vec<Span<'static>> {
    vec![
        brush.span(Role::Text, delivery.from.clone()),
        brush.span(Role::Dim, format!(" {} ", brush.sign(Sign::Arrow))),
        brush.span(if delivery.stage.is_back() { Role::Warn } else { Role::Moving }, delivery.to.clone()),
    ]
}
