//! Whether the route can pick what the steps want: as it is, and by what the
//! server keeps of it.

use serde_json::Value;

use super::Case;
use crate::domain::CheckOutcome::{Fail, Pass, Unknown, Warn};
use crate::domain::{Check, FaultKind};
use crate::engine::Probe;
use crate::engine::router::{Found, Pick, Picked, Router, RouterKind};

/// The route, and what the server would make of it in each step that picks.
#[derive(Clone, Debug)]
pub struct PickTrial {
    /// As it is.
    pub raw: Value,
    /// The step, from 0, and the server's answer.
    pub answers: Vec<(usize, Probe<Value>)>,
}

const NAME: &str = "picked";
const SOURCE: &str = "the route, server dry run";

/// None if no step picks anything.
pub(super) fn check(case: &Case<'_>) -> Option<Check> {
    let tried = case.evidence.picks.as_ref()?;
    let Some(Ok(Found::Router(found))) = &case.evidence.router else { return None };
    let router = Router { picks: case.plan.picks(), ..(**found).clone() };
    Some(match tried {
        Ok(tried) => picked(&router, tried, case.ask.pace.mirror_writes),
        Err(fault) => Check::unknown(NAME, fault, SOURCE),
    })
}

fn picked(router: &Router, tried: &PickTrial, writes: bool) -> Check {
    let refused = router.picks.iter().find_map(|(step, pick)| {
        let (why, remedy) = router.refusal(&tried.raw, pick)?;
        Some(Check::new(NAME, Fail, format!("step {}: {why}", step + 1), SOURCE).remedy(remedy))
    });
    let lost = || tried.answers.iter().find_map(|(step, answer)| unkept(router, *step, answer));
    refused.or_else(lost).unwrap_or_else(|| allowed(router, &tried.raw, writes))
}

/// What the server does not take, or drops without a word.
fn unkept(router: &Router, step: usize, answer: &Probe<Value>) -> Option<Check> {
    let number = step + 1;
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault) => {
            let text = format!("step {number}: {}", fault.text);
            let no = matches!(fault.kind, FaultKind::Invalid | FaultKind::Forbidden);
            let outcome = if no { Fail } else { Unknown };
            return Some(Check::new(NAME, outcome, text, SOURCE).remedy("leave the step out, or ask again"));
        }
    };
    if router.shares(Some(answer)).is_some_and(|shares| shares.picked == Picked::Step(step)) {
        return None;
    }
    let pick = router.picks.iter().find(|(number, _)| *number == step).map(|(_, pick)| pick);
    let mirror = matches!(pick, Some(Pick::Mirror { .. }));
    let (why, remedy) = if mirror && router.kind == RouterKind::HttpRoute {
        (
            "the server does not keep the part to mirror: it came with Gateway API 1.3",
            "mirror:100, or a newer Gateway API",
        )
    } else {
        ("the server does not keep it in the route as it was asked for", "leave the step out")
    };
    Some(Check::new(NAME, Fail, format!("step {number}: {why}"), SOURCE).remedy(remedy))
}

/// What it can pick, and that copies of what writes are writes.
fn allowed(router: &Router, raw: &Value, writes: bool) -> Check {
    let words: Vec<String> = router.picks.iter().map(|(_, pick)| pick.words()).collect();
    let text = format!("to the canary by {}: {}", router.title(), words.join("; "));
    let mirrors = router.picks.iter().any(|(_, pick)| matches!(pick, Pick::Mirror { .. }));
    if !mirrors || !router.copies_writes(raw) {
        return Check::new(NAME, Pass, text, SOURCE);
    }
    let twice = "what a copied POST, PUT, PATCH or DELETE does is done twice, by stable and by the canary";
    if writes {
        return Check::new(NAME, Warn, format!("{text}; {twice}"), SOURCE)
            .remedy("sure of it only where requests can be repeated, or the canary writes elsewhere");
    }
    Check::new(NAME, Fail, twice, SOURCE)
        .remedy("mirror a rule that takes GET and HEAD alone; or say that it may: --mirror-writes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Fault, JsonOp, patched};
    use crate::engine::router::Before;
    use serde_json::json;

    fn router(pick: &str) -> Router {
        Router {
            kind: RouterKind::HttpRoute,
            name: "web".into(),
            uid: "u".into(),
            stable: "shop".into(),
            canary: "shop-canary".into(),
            before: vec![Before { named: true, ..Before::default() }],
            subsets: None,
            picks: vec![(0, pick.parse().unwrap())],
        }
    }

    fn raw() -> Value {
        json!({"metadata": {"name": "web", "uid": "u"},
            "spec": {"rules": [{"backendRefs": [{"name": "shop"}, {"name": "shop-canary", "weight": 0}]}]}})
    }

    /// What the server makes of it, with `change` made by the server itself.
    fn tried(pick: &str, change: impl Fn(&mut Value)) -> (Router, PickTrial) {
        let (router, raw) = (router(pick), raw());
        let ops: Vec<JsonOp> = router.trial(&raw, 0).unwrap();
        let mut answer = patched(&raw, &ops, true).unwrap();
        change(&mut answer);
        (router, PickTrial { raw, answers: vec![(0, Ok(answer))] })
    }

    #[test]
    fn copies_of_what_writes_take_a_word_on_it() {
        let (router, kept) = tried("mirror:10", |_| {});
        let check = picked(&router, &kept, false);
        assert_eq!(check.outcome, Fail, "{check:?}");
        assert!(
            check.observed.contains("done twice") && check.remedy.contains("--mirror-writes"),
            "{check:?}"
        );
        let check = picked(&router, &kept, true);
        assert_eq!(check.outcome, Warn, "{check:?}");
        assert!(check.observed.contains("HTTPRoute web: copies of 10 % of the requests"), "{check:?}");
        let (router, kept) = tried("header:X-Canary=always", |_| {});
        let check = picked(&router, &kept, false);
        assert_eq!((check.outcome, check.remedy.as_str()), (Pass, ""), "{check:?}");
        assert!(check.observed.contains("requests with X-Canary: always"), "{check:?}");
    }

    #[test]
    fn what_the_server_does_not_take_or_drops_is_said_before_anything_is_written() {
        let (router, dropped) = tried("mirror:10", |answer| {
            let mirror = answer.pointer_mut("/spec/rules/0/filters/0/requestMirror").unwrap();
            mirror.as_object_mut().unwrap().remove("percent");
        });
        let check = picked(&router, &dropped, true);
        assert_eq!(check.outcome, Fail, "{check:?}");
        assert!(
            check.observed.contains("Gateway API 1.3") && check.remedy.contains("mirror:100"),
            "{check:?}"
        );
        for (kind, outcome) in [(FaultKind::Invalid, Fail), (FaultKind::Timeout, Unknown)] {
            let (router, mut no) = tried("header:X-Canary=always", |_| {});
            no.answers = vec![(0, Err(Fault::new(kind, "spec.rules: too many items")))];
            let check = picked(&router, &no, true);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains("step 1: spec.rules: too many items"), "{check:?}");
        }
        let (router, mut there) = tried("mirror:10", |_| {});
        there.raw["spec"]["rules"][0]["filters"] =
            json!([{"type": "RequestMirror", "requestMirror": {"backendRef": {"name": "audit"}}}]);
        let check = picked(&router, &there, true);
        assert_eq!(check.outcome, Fail, "{check:?}");
        assert!(check.observed.starts_with("step 1: rule 1 of HTTPRoute web copies"), "{check:?}");
    }
}
