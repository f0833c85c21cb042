//! The sentences of a verdict. Every one quotes the numbers it rests on.

use super::absolute::Bars;
use super::beta;
use super::eprocess::NULL_RATIO;
use super::input::{Bad, Counts, Requests};
use super::number;
use super::outcome::{Evidence, Finding, Needs, Shift};
use super::ratio::{Reading, Rule};

/// The numbers of one reading, for the record and the screen.
pub fn evidence(requests: &Requests, r: &Reading, rule: &Rule) -> Evidence {
    let (n, e) = (r.canary.n as f64 / r.phi, r.canary.e as f64 / r.phi);
    Evidence {
        n_c: r.canary.n,
        e_c: r.canary.e,
        n_b: r.baseline.n,
        e_b: r.baseline.e,
        e: r.e,
        e_needed: rule.e_needed(),
        e_prime: r.e_prime,
        e_prime_needed: rule.policy.promote_evidence,
        phi: r.phi,
        upper: number::rounded(beta::upper_bound(n, e, rule.policy.floor_alpha)),
        floor: requests.floor,
        posterior: rule.posterior(r),
    }
}

/// What happened to the requests: `failed` or `slower than 300 ms`.
fn bad_word(bad: Bad) -> String {
    match bad {
        Bad::Failed => "err".to_owned(),
        Bad::SlowerThanMs(ms) => format!("slower than {ms} ms"),
    }
}

fn side(name: &str, c: Counts, bad: Bad) -> String {
    let rate = c.rate().map_or_else(|| "no traffic".to_owned(), number::percent);
    let (e, n) = (number::count(c.e), number::count(c.n));
    format!("{name} {e}/{n} {} ({rate})", bad_word(bad))
}

/// `canary 412/9.8k err (4.2 %), stable 21/10k err (0.21 %)`.
pub fn sides(requests: &Requests, r: &Reading, compared: bool) -> String {
    let new = side(if compared { "canary" } else { "new version" }, r.canary, requests.bad);
    if compared {
        format!("{new}, {}", side("stable", r.baseline, requests.bad))
    } else {
        let held = requests.bars().map_or_else(|| "nothing to compare with".to_owned(), bars);
        format!("{new}, {held}")
    }
}

/// `allowed 0.1 %`, or what is fine and what is worse where that is not the same.
pub fn bars(bars: Bars) -> String {
    let (fine, worse) = (number::percent(bars.fine), number::percent(bars.worse));
    if fine == worse { format!("allowed {worse}") } else { format!("fine up to {fine}, worse above {worse}") }
}

/// The burst correction, mentioned only where it matters.
fn bursts(r: &Reading) -> String {
    if r.phi <= 1.0 {
        return String::new();
    }
    format!("; errors come in bursts (phi {:.1})", r.phi)
}

/// Where the evidence is there and only intervals are missing: then more
/// requests are not what it waits for.
pub fn early(r: &Reading, rule: &Rule) -> Option<String> {
    let (e, fine) = (number::named_evidence("E", r.e), number::named_evidence("E'", r.e_prime));
    let policy = rule.policy;
    let (looks, needed) = if r.intervals == 0 {
        return Some("the first interval is not over yet".to_owned());
    } else if r.e >= rule.e_needed() {
        (format!("worse, {e}"), policy.warmup_intervals)
    } else if r.e_prime >= policy.promote_evidence {
        (format!("fine, {fine}"), policy.promote_intervals)
    } else {
        return None;
    };
    let seen = r.intervals;
    (seen < needed).then(|| format!("looks {looks}, but only {seen} of {needed} intervals are in"))
}

/// One request metric's finding as a sentence.
pub fn note(requests: &Requests, now: &Reading, rule: &Rule, finding: Finding) -> String {
    // A finding of the end of the step is explained by what was seen there.
    let settled_now = now.e_prime >= rule.policy.promote_evidence || rule.below_floor(requests, now);
    let by_end = finding == Finding::WorseAtEnd || (finding == Finding::Fine && !settled_now);
    let r = &if by_end { rule.read_end(requests) } else { *now };
    let (e, fine) = (number::named_evidence("E", r.e), number::named_evidence("E'", r.e_prime));
    let what = match finding {
        Finding::Worse => {
            let since = if r.sudden { " in the newest intervals" } else { "" };
            format!("worse{since}, {e} (>={})", number::evidence(rule.e_needed()))
        }
        Finding::WorseAtEnd => at_end("more", rule.posterior(r), rule.policy.rollback_posterior),
        Finding::Fine if by_end => {
            at_end("less", 1.0 - rule.posterior(r), 1.0 - rule.policy.promote_posterior)
        }
        Finding::Fine if r.e_prime >= rule.policy.promote_evidence => {
            let needed = number::evidence(rule.policy.promote_evidence);
            format!("fine, {fine} (>={needed})")
        }
        Finding::Fine => below_floor(requests, r, rule),
        Finding::Open => early(r, rule).unwrap_or_else(|| format!("not settled, {e}, {fine}")),
        Finding::NoData => "no data".to_owned(),
        // Never said of requests.
        Finding::Failed | Finding::Inconclusive => String::new(),
    };
    format!("{}: {what}{}", sides(requests, r, rule.compared), bursts(r))
}

/// `fine, surely at most 0.08 % (95 %), and 0.1 % is harmless`.
fn below_floor(requests: &Requests, r: &Reading, rule: &Rule) -> String {
    let sure = number::percent(1.0 - rule.policy.floor_alpha);
    let (upper, floor) =
        (number::percent(evidence(requests, r, rule).upper), number::percent(requests.floor));
    format!("fine, surely at most {upper} ({sure}), and {floor} is harmless")
}

/// `less than 2x stable with probability 90 % (>=85 %) at the end of the step`.
fn at_end(which: &str, probability: f64, needed: f64) -> String {
    let (p, needed) = (number::percent(probability), number::percent(needed));
    format!("{which} than {NULL_RATIO:.0}x stable with probability {p} (>={needed}) at the end of the step")
}

/// One gauge's finding as a sentence.
pub fn gauge(shift: Option<&Shift>, finding: Finding) -> String {
    let Some(s) = shift else {
        return "no samples".to_owned();
    };
    let moved = if s.median == 0.0 {
        format!("{:+}", s.estimate)
    } else {
        format!("{:+.1} %", s.estimate / s.median.abs() * 100.0)
    };
    let base = format!("shifted by {moved} (98 %: {:+} to {:+})", s.low, s.high);
    match finding {
        Finding::Worse | Finding::WorseAtEnd => format!("{base}: worse"),
        Finding::Fine => format!("{base}: fine"),
        Finding::NoData => "no samples".to_owned(),
        // Never said of a level.
        Finding::Failed | Finding::Inconclusive => base,
        Finding::Open if s.canary.min(s.baseline) < super::gauge::MIN_POINTS => format!(
            "{} and {} samples, {} needed on each side",
            s.canary,
            s.baseline,
            super::gauge::MIN_POINTS
        ),
        Finding::Open => format!("{base}: worse so far, judged at the end of the step"),
    }
}

/// `needs ~210 more canary requests, ~12 min at the present 0.3/s`.
pub fn needs(needs: Option<Needs>, rate: Option<f64>) -> String {
    match (needs, rate) {
        (Some(Needs { requests, seconds: Some(s) }), Some(rate)) => format!(
            "needs ~{} more canary requests, ~{} at the present {}",
            number::count(requests),
            number::duration(s),
            number::per_second(rate)
        ),
        (Some(n), _) => format!("needs ~{} more canary requests", number::count(n.requests)),
        (None, _) => "more requests at these rates are unlikely to settle it".to_owned(),
    }
}
