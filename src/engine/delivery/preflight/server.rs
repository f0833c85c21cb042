//! The server itself: whether it is the right one, what time it has, and what
//! it lets us do.

use super::{Case, unknown};
use crate::domain::CheckOutcome::{Fail, Pass, Warn};
use crate::domain::{Check, ClusterUrl, count_of};
use crate::engine::Probe;
use crate::engine::delivery::evidence::{Granted, Hello};

/// Clocks further apart than this make ages and leases wrong, and windows of a
/// freeze begin at another moment for everybody.
pub const MOST_SKEW_S: i64 = 5;

pub(super) fn cluster(case: &Case<'_>) -> Check {
    let pinned = &case.evidence.guardrails.server;
    reached(&case.evidence.hello, &case.ask.target.cluster, pinned)
}

fn reached(hello: &Probe<Hello>, url: &ClusterUrl, pinned: &str) -> Check {
    let name = "cluster";
    let bare = |url: &str| url.trim_end_matches('/').to_ascii_lowercase();
    if !pinned.is_empty() && bare(pinned) != bare(url.as_str()) {
        let text = format!("the context leads to {url}, and it is to lead to {pinned}");
        return Check::new(name, Fail, text, "expect-server")
            .remedy("look into the kubeconfig: this is another cluster, or the setting is old");
    }
    let source = "/version and its Date";
    let hello = match hello {
        Ok(hello) => hello,
        Err(fault) => return unknown(name, fault, source),
    };
    let at = format!("{url} answers, {}", hello.version);
    let right = if pinned.is_empty() { "" } else { ", as expected" };
    match hello.ahead {
        Some(ahead) if ahead.as_secs().abs() > MOST_SKEW_S => {
            let side = if ahead.is_negative() { "ahead of" } else { "behind" };
            let text = format!("{at}{right}; our clock is {} s {side} its own", ahead.as_secs().abs());
            Check::new(name, Warn, text, source).remedy("set the clock (NTP): ages and freezes are wrong")
        }
        Some(_) => Check::new(name, Pass, format!("{at}{right}; clocks within {MOST_SKEW_S} s"), source),
        None => Check::new(name, Pass, format!("{at}{right}; it does not say the time"), source),
    }
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
        return unknown(name, fault, source);
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
    use jiff::SignedDuration;

    #[test]
    fn another_server_fails_and_another_time_is_said() {
        let hello = |ahead: Option<i64>| {
            Ok(Hello { version: "v1.36.1".to_owned(), ahead: ahead.map(SignedDuration::from_secs) })
        };
        let gone = Err(Fault::new(FaultKind::Timeout, "no answer within 5 s"));
        let cases = [
            (hello(Some(0)), "", Pass, "https://a:6443 answers, v1.36.1; clocks within 5 s"),
            (hello(Some(-5)), "https://A:6443/", Pass, "as expected"),
            (hello(None), "", Pass, "does not say the time"),
            (hello(Some(6)), "", Warn, "6 s behind its own"),
            (hello(Some(-90)), "", Warn, "90 s ahead of its own"),
            (gone.clone(), "", Unknown, "no answer"),
            (
                hello(Some(0)),
                "https://b:6443",
                Fail,
                "leads to https://a:6443, and it is to lead to https://b:6443",
            ),
            (gone, "https://b:6443", Fail, "https://b:6443"),
        ];
        for (hello, pinned, outcome, words) in cases {
            let check = reached(&hello, &"https://a:6443".into(), pinned);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }

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
