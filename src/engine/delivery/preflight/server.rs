//! What the server lets us do.

use super::Case;
use crate::domain::CheckOutcome::{Fail, Pass, Warn};
use crate::domain::{Check, count_of};
use crate::engine::delivery::evidence::Granted;
use crate::engine::reached;

pub(super) fn cluster(case: &Case<'_>) -> Check {
    reached(&case.evidence.hello, &case.ask.target.cluster, &case.evidence.guardrails)
}

pub(super) fn permission(case: &Case<'_>) -> Check {
    allowed(&case.evidence.rights)
}

fn allowed(rights: &[Granted]) -> Check {
    let (name, source) = ("permission", "SelfSubjectAccessReview");
    let denied = || rights.iter().filter(|right| matches!(right.answer, Ok(false)));
    let missing: Vec<&str> = denied().filter(|r| r.without.is_none()).map(|r| r.what.as_str()).collect();
    if !missing.is_empty() {
        return Check::new(name, Fail, format!("you may not {}", missing.join(", nor ")), source)
            .remedy("ask for a role with these rights: the way back needs them too");
    }
    if let Some(fault) = rights.iter().find_map(|right| right.answer.as_ref().err()) {
        return Check::unknown(name, fault, source);
    }
    let lesser: Vec<String> = denied().filter_map(|r| Some(format!("{} ({})", r.what, r.without?))).collect();
    if !lesser.is_empty() {
        return Check::new(name, Warn, format!("you may not {}", lesser.join(", nor ")), source)
            .remedy("it can be delivered without; for all of it ask for these rights");
    }
    let text = format!("you may do all {} that it and its rollback need", count_of(rights.len(), "thing"));
    Check::new(name, Pass, text, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckOutcome::Unknown;
    use crate::domain::{Fault, FaultKind};

    #[test]
    fn each_missing_right_is_named_and_only_what_it_needs_fails() {
        let right = |what: &str, without, answer| Granted { what: what.to_owned(), without, answer };
        let fault = || Fault::new(FaultKind::Timeout, "no answer within 5 s");
        let yes = || right("patch deployments.apps in shop", None, Ok(true));
        let no = || right("create leases in shop", None, Ok(false));
        let lesser = || right("create events in shop", Some("kubectl shows no story"), Ok(false));
        let cases = [
            (vec![yes(), yes()], Pass, "all 2 things"),
            (vec![yes(), no(), lesser()], Fail, "you may not create leases in shop"),
            (vec![no(), right("get x", None, Err(fault()))], Fail, "create leases"),
            (vec![yes(), right("get x", None, Err(fault()))], Unknown, "no answer"),
            (vec![yes(), lesser()], Warn, "create events in shop (kubectl shows no story)"),
        ];
        for (rights, outcome, words) in cases {
            let check = allowed(&rights);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }
}
