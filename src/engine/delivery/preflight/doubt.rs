//! What is not known where much is at stake: a check that could have failed and
//! could not be looked at holds a release of tier 1 or 2 to production up.
//! Where nobody but us is served, less is in the way.

use crate::domain::{Check, CheckOutcome, Environment, Guardrails};
use crate::engine::gates::{BREAK_GLASS, Glass};

/// Services from this tier down are not released to production blindly.
const DEAR: u8 = 2;

/// What an unknown outcome does to a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// People outside are served: production, and wherever nothing says otherwise.
    pub users: bool,
    /// The tier of a service that is not released blindly; none where what is
    /// not known is only told.
    dear: Option<u8>,
    /// An incident that lets it through.
    glass: Option<Glass>,
}

impl Doubt {
    /// As the place, the tier and the context's settings say; an incident
    /// counts together with a reason.
    pub fn of(
        environment: Environment,
        tier: Option<u8>,
        rails: &Guardrails,
        glass: Option<&Glass>,
        reason: &str,
    ) -> Self {
        let users = environment.has_users();
        let dear = tier.filter(|tier| users && *tier <= DEAR && rails.unknown_blocks);
        Self { users, dear, glass: glass.filter(|_| !reason.trim().is_empty()).cloned() }
    }

    /// A check that may fail, as it counts here.
    pub fn weigh(&self, check: Check) -> Check {
        let Some(tier) = self.dear.filter(|_| check.outcome == CheckOutcome::Unknown) else { return check };
        if self.glass.is_some() {
            let observed = format!("unknown: {}; delivered for an incident", check.observed);
            return check.let_through(observed);
        }
        let observed =
            format!("unknown: {}; tier {tier} is not released to production blindly", check.observed);
        let remedy = format!(
            "{}; in an incident: {BREAK_GLASS}; never to wait for what is unknown: unknown-checks = \"warn\"",
            check.remedy
        );
        Check { outcome: CheckOutcome::Fail, observed, remedy, ..check }.could_pass()
    }

    /// A check in the way of everything but what an incident makes necessary.
    pub fn linked(&self, check: Check) -> Check {
        if self.glass.is_none() {
            return check.could_pass();
        }
        let observed = format!("{}; delivered for an incident", check.observed);
        check.let_through(observed)
    }

    /// Weighs what a promotion by hand asks about; its reason, with what only
    /// an incident let through.
    ///
    /// # Errors
    /// The first check in its way.
    pub fn promotes(
        &self,
        checks: impl IntoIterator<Item = Check>,
        reason: &str,
    ) -> Result<String, Box<Check>> {
        let mut said = reason.to_owned();
        for check in checks {
            let weighed = self.weigh(check);
            if weighed.outcome == CheckOutcome::Fail {
                return Err(Box::new(weighed));
            }
            if let Some(broken) = self.broke(&weighed) {
                said = format!("{said}; {broken}");
            }
        }
        Ok(said)
    }

    /// What is to be recorded of a check that only an incident let through.
    pub fn broke(&self, weighed: &Check) -> Option<String> {
        self.glass.as_ref().and_then(|glass| glass.broke(weighed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CheckOutcome::{Fail, Pass, Unknown, Warn};
    use Environment::{Development, Production, Staging};

    #[test]
    fn what_is_unknown_holds_up_tiers_1_and_2_in_production_and_nothing_else() {
        let (strict, lax) =
            (Guardrails::default(), Guardrails { unknown_blocks: false, ..Guardrails::default() });
        let glass = Glass::new("INC-7").unwrap();
        let cases = [
            (Production, Some(1), &strict, None, "", Unknown, Fail),
            (Production, Some(2), &strict, None, "", Unknown, Fail),
            (Production, Some(3), &strict, None, "", Unknown, Unknown),
            (Production, None, &strict, None, "", Unknown, Unknown),
            (Environment::Undeclared, Some(1), &strict, None, "", Unknown, Fail),
            (Staging, Some(1), &strict, None, "", Unknown, Unknown),
            (Development, Some(1), &strict, None, "", Unknown, Unknown),
            (Production, Some(1), &lax, None, "", Unknown, Unknown),
            (Production, Some(1), &strict, Some(&glass), "it burns", Unknown, Warn),
            (Production, Some(1), &strict, Some(&glass), " ", Unknown, Fail),
            (Production, Some(1), &strict, None, "", Pass, Pass),
            (Production, Some(1), &strict, None, "", Warn, Warn),
        ];
        for (environment, tier, rails, glass, reason, was, becomes) in cases {
            let doubt = Doubt::of(environment, tier, rails, glass, reason);
            let asked = Check::new("quota", was, "cannot list quotas: no answer", "server").remedy("again");
            let weighed = doubt.weigh(asked.clone());
            let fine = Check::new("freeze", Pass, "none", "files");
            match doubt.promotes([fine, asked.clone()], reason) {
                Ok(said) => {
                    assert_ne!(becomes, Fail, "{said}");
                    assert_eq!(said.contains("quota broken for incident INC-7"), was != becomes, "{said}");
                    assert!(said.starts_with(reason), "{said}");
                }
                Err(check) => assert_eq!(*check, weighed),
            }
            assert_eq!(weighed.outcome, becomes, "{environment:?} {tier:?} {glass:?}: {weighed:?}");
            assert!(weighed.observed.contains("cannot list quotas: no answer"), "{weighed:?}");
            assert_eq!(was == becomes, weighed == asked);
            assert_eq!(doubt.broke(&weighed).is_some(), was == Unknown && becomes == Warn, "{weighed:?}");
            if (was, becomes) == (Unknown, Fail) {
                assert!(weighed.remedy.starts_with("again; ") && weighed.remedy.contains(BREAK_GLASS));
            }
        }
    }
}
