//! The numbers of a verdict, short.

use super::Delivery;
use crate::engine::verdict::number::named_evidence;
use crate::engine::verdict::outcome::Evidence;
use crate::engine::verdict::{Cause, Decision, Importance, Verdict, beta, number};
use crate::ui::Role;

/// Probability with which the true ratio lies outside the interval shown, on
/// each side: 95 % within.
const OUTSIDE: f64 = 0.025;

/// The exact (Clopper-Pearson) 95 % interval of a ratio; none without requests.
pub(crate) fn interval(bad: u64, all: u64) -> Option<(f64, f64)> {
    if all == 0 {
        return None;
    }
    let (bad, all) = (bad as f64, all as f64);
    let low = 1.0 - beta::upper_bound(all, (all - bad).max(0.0), OUTSIDE);
    Some((low.max(0.0), beta::upper_bound(all, bad, OUTSIDE)))
}

/// The request metric that speaks loudest against the canary: critical ones
/// first, then by how near its E is to its threshold.
pub(crate) fn strongest(verdict: &Verdict) -> Option<(&str, &Evidence)> {
    let judged = verdict.metrics.iter().filter_map(|m| Some((m, m.evidence.as_ref()?)));
    let best = judged.max_by(|(a, x), (b, y)| {
        let critical = |m: Importance| m == Importance::Critical;
        let near = |e: &Evidence| e.e / e.e_needed.max(f64::MIN_POSITIVE);
        critical(a.importance).cmp(&critical(b.importance)).then(near(x).total_cmp(&near(y)))
    });
    best.map(|(metric, evidence)| (metric.name.as_str(), evidence))
}

/// The role of a decision.
pub(crate) fn decision_role(decision: Decision) -> Role {
    match decision {
        Decision::Promote => Role::Good,
        Decision::Rollback => Role::Bad,
        Decision::Hold => Role::Moving,
        Decision::Environment => Role::Warn,
    }
}

/// What makes it fine, by the first rule that holds: the evidence, its bound
/// below the floor, or the one look at the end of the step.
fn fine_words(e: &Evidence) -> String {
    if e.e_prime >= e.e_prime_needed {
        named_evidence("E'", e.e_prime)
    } else if e.upper <= e.floor {
        format!("<={}", number::percent(e.floor))
    } else {
        format!("P={}", number::percent(1.0 - e.posterior))
    }
}

/// The verdict in a column: what is missing if that is known, else the word
/// and the evidence it rests on.
pub(crate) fn verdict_cell(delivery: &Delivery) -> (Role, String) {
    let Some(verdict) = delivery.verdict() else { return (Role::Dim, "—".to_owned()) };
    let role = decision_role(verdict.decision);
    if let (Decision::Hold, Some(needs)) = (verdict.decision, verdict.needs) {
        return (role, format!("needs ~{} more", number::count(needs.requests)));
    }
    if verdict.cause == Cause::Condition {
        let failed = verdict.decision == Decision::Rollback;
        return (role, if failed { "failed" } else { "undecided" }.to_owned());
    }
    let numbers = strongest(verdict).map(|(_, e)| match verdict.decision {
        Decision::Promote => fine_words(e),
        Decision::Rollback | Decision::Hold | Decision::Environment => named_evidence("E", e.e),
    });
    let word = match verdict.decision {
        Decision::Promote => "fine",
        Decision::Rollback => "worse",
        Decision::Hold => "hold",
        Decision::Environment => "environment",
    };
    (role, format!("{word} {}", numbers.unwrap_or_default()).trim_end().to_owned())
}
