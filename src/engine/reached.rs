//! The server itself: whether it is the right one, and what time it has.

use super::Probe;
use crate::domain::CheckOutcome::{Pass, Warn};
use crate::domain::{Check, ClusterUrl, Guardrails, short_duration};
use jiff::SignedDuration;

/// Clocks further apart than this make ages and leases wrong, and windows of a
/// freeze begin at another moment for everybody.
pub const MOST_SKEW_S: i64 = 5;

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// `v1.36.1`
    pub version: String,
    /// How far its clock is ahead of ours; none if it does not say.
    pub ahead: Option<SignedDuration>,
}

/// The check of every write: another cluster than the settings expect is a
/// wrong target, also for going back.
pub(super) fn reached(hello: &Probe<Hello>, url: &ClusterUrl, rails: &Guardrails) -> Check {
    if let Some(wrong) = rails.wrong_server(url) {
        return wrong;
    }
    let name = "cluster";
    let source = "/version and its Date";
    let hello = match hello {
        Ok(hello) => hello,
        Err(fault) => return Check::unknown(name, fault, source),
    };
    let at = format!("{url} answers, {}", hello.version);
    let right = if rails.server.is_empty() { "" } else { ", as expected" };
    match hello.ahead {
        Some(ahead) if ahead.as_secs().abs() > MOST_SKEW_S => {
            let text = format!("{at}{right}; our clock is {} its own", clock_off(ahead));
            Check::new(name, Warn, text, source).remedy("set the clock (NTP): ages and freezes are wrong")
        }
        Some(_) => Check::new(name, Pass, format!("{at}{right}; clocks within {MOST_SKEW_S} s"), source),
        None => Check::new(name, Pass, format!("{at}{right}; it does not say the time"), source),
    }
}

/// `1m30s ahead of`: where our clock stands beside one that is so far ahead of it.
pub fn clock_off(ahead: SignedDuration) -> String {
    let side = if ahead.is_negative() { "ahead of" } else { "behind" };
    format!("{} {side}", short_duration(ahead.unsigned_abs()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::CheckOutcome::{Fail, Unknown};
    use crate::domain::{Fault, FaultKind};

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
            (hello(Some(6)), "", Warn, "6s behind its own"),
            (hello(Some(-90)), "", Warn, "1m30s ahead of its own"),
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
            let rails = Guardrails { server: pinned.to_owned(), ..Guardrails::default() };
            let check = reached(&hello, &"https://a:6443".into(), &rails);
            assert_eq!(check.outcome, outcome, "{check:?}");
            assert!(check.observed.contains(words), "{words}: {check:?}");
        }
    }
}
