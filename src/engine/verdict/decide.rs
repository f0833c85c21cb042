//! Putting the findings together: the rules in the order they are asked.
//!
//! The order is the safety argument, so it is written down once, in
//! `RULES`. What condemns the canary by itself comes first and needs
//! neither a sound split nor a complete picture: rolling back is the safe
//! direction. What could promote comes last, after everything that makes the
//! data doubtful.

mod conditions;
mod open;

use super::input::{Data, Importance, Inputs, Metric, Requests};
use super::outcome::{Cause, Decision, Finding, MetricVerdict, Needs, Verdict};
use super::policy::{OnNoData, OutageThen};
use super::ratio::{Reading, Rule};
use super::share::Wrong;
use super::{doubt, environment, explain, gauge, guards, number, share};
use conditions::{failed, holding, silence, undecided, unmet};
use open::{collecting, inconclusive};

/// A decision with its rule and sentence.
#[derive(Debug)]
struct Call {
    decision: Decision,
    cause: Cause,
    reason: String,
    needs: Option<Needs>,
    countdown_s: Option<u32>,
    page: bool,
}

impl Call {
    fn new(decision: Decision, cause: Cause, reason: String) -> Self {
        Self { decision, cause, reason, needs: None, countdown_s: None, page: false }
    }

    fn hold(cause: Cause, reason: String) -> Self {
        Self::new(Decision::Hold, cause, reason)
    }

    fn paging(self) -> Self {
        Self { page: true, ..self }
    }
}

/// One metric with what was found out about it.
struct Judged<'a> {
    metric: &'a Metric,
    requests: Option<(&'a Requests, Reading)>,
    verdict: MetricVerdict,
}

/// What the rules look at.
struct Case<'a> {
    inputs: &'a Inputs,
    rule: Rule<'a>,
    judged: Vec<Judged<'a>>,
}

/// The rules in order; the first that has something to say decides.
const RULES: [fn(&Case) -> Option<Call>; 15] = [
    invalid,
    guard,
    ceiling,
    worse,
    failed,
    outage,
    no_data,
    wrong_share,
    both_bad,
    worse_at_end,
    undecided,
    advisory,
    fine,
    unmet,
    inconclusive,
];

/// The verdict on these inputs. Pure: equal inputs give equal verdicts.
pub fn verdict(inputs: &Inputs) -> Verdict {
    let case = Case::new(inputs);
    let call = RULES.iter().find_map(|rule| rule(&case));
    let call = call.unwrap_or_else(|| collecting(&case));
    Verdict {
        decision: call.decision,
        cause: call.cause,
        reason: call.reason,
        needs: call.needs,
        countdown_s: call.countdown_s,
        page: call.page,
        metrics: case.judged.into_iter().map(|j| j.verdict).collect(),
    }
}

impl<'a> Case<'a> {
    fn new(inputs: &'a Inputs) -> Self {
        let critical_requests =
            |m: &&Metric| m.importance == Importance::Critical && matches!(m.data, Data::Requests(_));
        let rule = Rule {
            policy: &inputs.policy,
            clock: inputs.clock,
            critical: inputs.metrics.iter().filter(critical_requests).count(),
            compared: inputs.requested_share < 1.0,
        };
        let judged = inputs.metrics.iter().map(|m| judge(m, &rule)).collect();
        Self { inputs, rule, judged }
    }

    fn requests(&self) -> impl Iterator<Item = (&Judged<'a>, &'a Requests)> {
        self.judged.iter().filter_map(|j| j.requests.map(|(requests, _)| (j, requests)))
    }

    fn with(&self, importance: Importance) -> impl Iterator<Item = &Judged<'a>> {
        self.judged.iter().filter(move |j| j.metric.importance == importance)
    }

    fn first(&self, importance: Importance, finding: Finding) -> Option<&Judged<'a>> {
        self.with(importance).find(|j| j.verdict.finding == finding)
    }

    fn ended(&self) -> bool {
        self.inputs.clock.elapsed_s >= self.inputs.clock.max_s
    }
}

fn judge<'a>(metric: &'a Metric, rule: &Rule) -> Judged<'a> {
    let (finding, note, requests, evidence, shift) = match &metric.data {
        Data::Requests(r) => {
            let reading = rule.read(r, &r.intervals);
            // "Worse" stands on what was seen; the rest needs fresh data.
            let found = rule.finding(r, &reading);
            let stale = found != Finding::Worse && doubt::data(r, rule).is_some();
            let finding = if stale { Finding::NoData } else { found };
            let note = explain::note(r, &reading, rule, finding);
            let evidence = explain::evidence(r, &reading, rule);
            (finding, note, Some((r, reading)), Some(evidence), None)
        }
        Data::Gauge(g) => {
            let (finding, shift) = gauge::judge(g, rule.clock);
            (finding, explain::gauge(shift.as_ref(), finding), None, None, shift)
        }
        Data::Analysis(a) => {
            let (finding, note) = a.judge();
            (finding, note, None, None, None)
        }
    };
    Judged {
        metric,
        requests,
        verdict: MetricVerdict {
            name: metric.name.clone(),
            importance: metric.importance,
            finding,
            note,
            evidence,
            shift,
        },
    }
}

fn named(j: &Judged) -> String {
    format!("{}: {}", j.metric.name, j.verdict.note)
}

fn invalid(case: &Case) -> Option<Call> {
    let fault = doubt::inputs(case.inputs)?;
    Some(Call::hold(Cause::Invalid, fault).paging())
}

fn guard(case: &Case) -> Option<Call> {
    let hit = guards::tripped(&case.inputs.facts, &case.inputs.policy.guards)?;
    Some(Call::new(Decision::Rollback, Cause::Guard, hit))
}

fn ceiling(case: &Case) -> Option<Call> {
    let limits = &case.inputs.policy.guards;
    let critical = case.requests().filter(|(j, _)| j.metric.importance == Importance::Critical);
    let hit = critical.into_iter().find_map(|(_, r)| guards::ceiling(r, limits))?;
    Some(Call::new(Decision::Rollback, Cause::Ceiling, hit))
}

fn worse(case: &Case) -> Option<Call> {
    let j = case.first(Importance::Critical, Finding::Worse)?;
    Some(Call::new(Decision::Rollback, Cause::Worse, named(j)))
}

fn outage(case: &Case) -> Option<Call> {
    let (for_s, error) = silence(case)?;
    let policy = case.inputs.policy.outage;
    let away = number::duration(u64::from(for_s));
    let left = policy.after_s.saturating_sub(for_s);
    let base = format!("metrics unreachable for {away} ({error})");
    if left > 0 {
        let then = match policy.then {
            OutageThen::Page => "a person is called",
            OutageThen::Rollback => "it is rolled back",
        };
        let countdown = number::duration(u64::from(left));
        let mut call = Call::hold(Cause::Outage, format!("{base}; {then} in {countdown}"));
        call.countdown_s = Some(left);
        return Some(call);
    }
    Some(match policy.then {
        OutageThen::Page => Call::hold(Cause::Outage, format!("{base}; a person must decide")).paging(),
        OutageThen::Rollback => Call::new(Decision::Rollback, Cause::Outage, base),
    })
}

fn no_data(case: &Case) -> Option<Call> {
    let undecided = case.ended() && case.inputs.policy.on_no_data == OnNoData::Undecided;
    let j = case.first(Importance::Critical, Finding::NoData).filter(|_| !undecided)?;
    let why = match j.requests {
        Some((r, _)) => doubt::data(r, &case.rule)?,
        None => j.verdict.note.clone(),
    };
    let call = Call::hold(Cause::NoData, format!("{}: {why}", j.metric.name));
    // At the end of the step waiting longer is not an answer any more.
    Some(if case.ended() { call.paging() } else { call })
}

fn wrong_share(case: &Case) -> Option<Call> {
    let (asked, factor) = (case.inputs.requested_share, case.inputs.policy.share_factor);
    let wrong = case.requests().find_map(|(_, r)| share::contradiction(r, asked, factor, case.ended()))?;
    Some(match wrong {
        Wrong::Yet(text) => {
            let from = doubt::FIRST_DATA_S;
            let reason = format!("waits for first data: {text}; the split is judged from {from} s on");
            Call::hold(Cause::Collecting, reason)
        }
        Wrong::Lasting(text) => {
            Call::hold(Cause::Share, format!("traffic shift not effective: {text}")).paging()
        }
    })
}

fn both_bad(case: &Case) -> Option<Call> {
    if !case.rule.compared {
        return None;
    }
    let hit = case.requests().find_map(|(j, r)| Some((j, environment::breach(r)?)))?;
    let reason = format!("{}: {}", hit.0.metric.name, hit.1);
    Some(Call::new(Decision::Environment, Cause::Environment, reason).paging())
}

fn worse_at_end(case: &Case) -> Option<Call> {
    let j = case.first(Importance::Critical, Finding::WorseAtEnd)?;
    Some(Call::new(Decision::Rollback, Cause::EndOfStep, named(j)))
}

fn advisory(case: &Case) -> Option<Call> {
    let bad =
        |j: &&Judged| matches!(j.verdict.finding, Finding::Worse | Finding::WorseAtEnd | Finding::Failed);
    let j = case.with(Importance::Advisory).find(bad)?;
    Some(Call::hold(Cause::Advisory, format!("advisory {}", named(j))).paging())
}

fn fine(case: &Case) -> Option<Call> {
    let mut critical = case.with(Importance::Critical).peekable();
    let first = named(critical.peek()?);
    let first = holding(case).map_or(first.clone(), |all| format!("{first}; {all}"));
    if !critical.all(|j| j.verdict.finding == Finding::Fine) {
        return None;
    }
    let clock = case.inputs.clock;
    if clock.elapsed_s >= clock.min_s {
        return Some(Call::new(Decision::Promote, Cause::Fine, first));
    }
    let left = number::duration(u64::from(clock.min_s - clock.elapsed_s));
    let reason = format!("{first}; the step's minimum time ends in {left}");
    Some(Call::hold(Cause::MinimumTime, reason))
}
