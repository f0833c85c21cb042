//! Whether anybody would notice: metrics, a runbook, a person to call.

use super::Case;
use crate::domain::Check;
use crate::domain::CheckOutcome::{Fail, NotApplicable, Pass, Unknown, Warn};
use crate::engine::Probe;
use crate::engine::delivery::evidence::Seen;
use crate::engine::delivery::vicinity::Said;
use crate::engine::record::Strategy;

/// What is looked at.
struct Asked<'a> {
    traffic: &'a Probe<Option<Seen>>,
    said: Option<&'a Said>,
    /// A canary of tier 1 that a verdict on its requests is to decide on.
    judged: bool,
}

pub(super) fn observability(case: &Case<'_>) -> Check {
    let pace = &case.ask.pace;
    let canary = case.ask.strategy == Strategy::Canary && !pace.manual && pace.requests.is_critical();
    covered(&Asked {
        traffic: &case.evidence.traffic,
        said: case.evidence.vicinity.said.as_ref(),
        judged: canary && case.evidence.tier == Some(1),
    })
}

fn covered(asked: &Asked<'_>) -> Check {
    let (name, source) = ("observability", "the pods' own metrics, read now; catalogue");
    let runbook = asked.said.map(|said| said.runbook.as_deref());
    let words = match runbook {
        None => "no catalogue says whether there is a runbook".to_owned(),
        Some(None) => "no runbook".to_owned(),
        Some(Some(runbook)) => format!("runbook {runbook}"),
    };
    let made = |outcome, seen: &str| Check::new(name, outcome, format!("{seen}; {words}"), source);
    let describe = "name it in its entry: quarterdeck.dev/runbook";
    match asked.traffic {
        Err(fault) => made(Unknown, &fault.text).remedy("ask again"),
        Ok(None) if asked.judged => {
            made(Fail, "no request metrics of its pods: no verdict on a canary of tier 1").remedy(
                "let its pods offer metrics; until then --manual, or --condition with --requests advisory",
            )
        }
        Ok(None) => made(Warn, "no request metrics of its pods").remedy("add metrics: nobody sees it fail"),
        Ok(Some(_)) if runbook == Some(None) => made(Warn, "request metrics").remedy(describe),
        Ok(Some(_)) => made(Pass, "request metrics"),
    }
}

pub(super) fn on_call(case: &Case<'_>) -> Check {
    called(case.evidence.vicinity.said.as_ref())
}

fn called(said: Option<&Said>) -> Check {
    let (name, source) = ("on-call", "catalogue");
    let Some(said) = said else {
        return Check::new(name, NotApplicable, "no catalogue knows it (option `catalog`)", source);
    };
    match &said.on_call {
        Some(who) => {
            Check::new(name, Pass, format!("{who}; nobody here knows whether they are awake"), source)
        }
        None if said.knows_on_call => {
            Check::new(name, Warn, "the catalogue names nobody for it, nor for its owner", source)
                .remedy("stay with it yourself, or name somebody: quarterdeck.dev/on-call")
        }
        None => Check::new(name, NotApplicable, "the catalogue names nobody for anything", source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, FaultKind};
    use crate::engine::verdict::Counts;

    #[test]
    fn a_canary_of_tier_1_that_nobody_can_judge_fails() {
        let seen = Ok(Some(Seen { per_second: 1.0, counts: Counts::default() }));
        let fault = Err(Fault::new(FaultKind::Timeout, "no answer within 5 s"));
        let with = Said { runbook: Some("docs/run.md".to_owned()), ..Said::default() };
        let without = Said::default();
        let cases = [
            (&seen, Some(&with), true, Pass, "runbook docs/run.md"),
            (&seen, None, true, Pass, "no catalogue says"),
            (&seen, Some(&without), true, Warn, "request metrics; no runbook"),
            (&Ok(None), Some(&with), true, Fail, "no verdict"),
            (&Ok(None), Some(&without), true, Fail, "no runbook"),
            (&Ok(None), Some(&with), false, Warn, "no request metrics"),
            (&fault, Some(&with), true, Unknown, "no answer"),
        ];
        for (traffic, said, judged, outcome, words) in cases {
            let check = covered(&Asked { traffic, said, judged });
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
            assert_eq!(check.remedy.is_empty(), outcome == Pass, "{check:?}");
        }
    }

    #[test]
    fn somebody_is_called_nobody_is_or_nothing_says_who() {
        let said = |who: Option<&str>, knows| Said {
            on_call: who.map(str::to_owned),
            knows_on_call: knows,
            ..Said::default()
        };
        let cases = [
            (Some(said(Some("bo"), true)), Pass, "bo"),
            (Some(said(None, true)), Warn, "names nobody for it"),
            (Some(said(None, false)), NotApplicable, "for anything"),
            (None, NotApplicable, "no catalogue"),
        ];
        for (said, outcome, words) in cases {
            let check = called(said.as_ref());
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }
}
