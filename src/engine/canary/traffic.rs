//! The router's part: pods first, then requests; on the way out requests
//! first, then pods.

use super::input::Observed;
use super::intent::Intent;
use super::phase::Phase;
use super::run::CanaryRun;
use crate::domain::Now;
use crate::engine::router::{Picked, Shares};
use std::time::Duration;

/// From the canary's last share to the end of its pods: proxies and load
/// balancers follow within seconds, connections in use a little later.
const DRAIN: Duration = Duration::from_secs(15);

/// How often a weight that was taken back is written again: a tool that keeps
/// it in git would fight for ever.
const MOST_REVERTS: u32 = 1;

pub(super) const ROUTER_GONE: &str = "what shares the requests out is gone, or no longer sends to stable";

impl CanaryRun {
    pub(super) fn is_routed(&self) -> bool {
        self.plan.routing.is_routed()
    }

    /// Whether the requests are shared out as the step wants, and whoever
    /// serves the route has taken it.
    pub(super) fn is_weighed(&self, step: usize, observed: Observed) -> bool {
        !self.is_routed()
            || observed
                .router
                .is_some_and(|shares| shares.joined && shares.taken && self.is_shared(step, shares))
    }

    /// Whether the weight is the step's, and so is what is picked.
    fn is_shared(&self, step: usize, shares: Shares) -> bool {
        let Some(planned) = self.plan.steps.get(step) else { return false };
        let picked = if planned.pick.is_some() { Picked::Step(step) } else { Picked::Nothing };
        shares.percent == Some(planned.percent) && shares.picked == picked
    }

    /// A canary without an available pod gets nothing, at once.
    pub(super) fn unserved(observed: Observed) -> Option<Intent> {
        let shifted = observed.router.is_some_and(|shares| shares.is_shifted());
        let serves = observed.canary.is_some_and(|canary| canary.available > 0);
        let stable = observed.stable.is_some_and(|stable| stable.available > 0);
        (shifted && !serves && stable).then_some(Intent::Weigh { percent: 0 })
    }

    /// The write that gives the canary its step's share, once every pod is there.
    pub(super) fn weighing(&self, step: usize, observed: Observed) -> Option<Intent> {
        let (shares, planned) = (observed.router?, self.planned(step)?);
        if !shares.joined {
            return Some(Intent::JoinRouter);
        }
        let due = !self.is_shared(step, shares) && self.is_ready(step);
        due.then_some(match planned.pick {
            Some(_) => Intent::Pick { step },
            None => Intent::Weigh { percent: planned.percent },
        })
    }

    /// While a step is watched its share is real: another one is somebody
    /// else's, which [`Self::watched`] answers, also when a successor finds it.
    /// Only a name that is missing beside a weight of 0 is put there.
    pub(super) fn naming(&self, step: usize, observed: Observed) -> Option<Intent> {
        let shares = observed.router.filter(|shares| self.is_shared(step, *shares))?;
        (!shares.joined).then_some(Intent::JoinRouter)
    }

    /// The write that takes the canary's requests away; none while stable
    /// could not serve them.
    pub(super) fn unweighing(observed: Observed) -> Option<Intent> {
        let restored = observed.router?.restored;
        let serves = observed.stable.is_some_and(|stable| stable.available > 0);
        (!restored && (serves || observed.canary.is_none())).then_some(Intent::RestoreRouter)
    }

    /// Whether requests may still be on their way to the canary's pods.
    pub(super) fn is_draining(&self, observed: Observed, now: Now) -> bool {
        observed.router.is_some() && self.drained.is_none_or(|since| now.since(since) < DRAIN)
    }

    /// Looks whether the share of a step is still what it was.
    pub(super) fn watched(&mut self, step: usize, observed: Observed, now: Now) {
        if !self.is_routed() || self.is_unsettled(now) {
            return;
        }
        let Some(shares) = observed.router else {
            self.roll_back(ROUTER_GONE);
            return;
        };
        let again = Phase::Scaling { step, since: now.wall };
        let serves = observed.canary.is_some_and(|canary| canary.available > 0);
        if serves && self.is_shared(step, shares) {
            return;
        }
        let picks = self.planned(step).is_some_and(|planned| planned.pick.is_some());
        if !serves {
            self.note("no pod of the canary is available: it gets no requests until there is");
            self.enter(again);
        } else if shares.percent != Some(0) {
            self.roll_back("somebody else changed the weights meanwhile");
        } else if shares.picked != Picked::Nothing {
            self.roll_back("somebody else changed meanwhile which requests go to the canary");
        } else if self.reverts >= MOST_REVERTS {
            let what = if picks { "rule" } else { "weight" };
            self.roll_back(format!(
                "somebody takes the canary's {what} back again and again: is the route kept in git?"
            ));
        } else {
            self.reverts += 1;
            let what = if picks { "rule back: it is written" } else { "weight back: it is given" };
            self.note(format!("somebody took the canary's {what} once more"));
            self.enter(again);
        }
    }
}
