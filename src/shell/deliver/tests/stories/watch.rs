//! What must hold in every second of every story, whoever crashes.

use serde_json::Value;

use super::super::moments::digest;
use super::super::sea::{Deployment, Route, Sea, promotes};
use super::file::{End, Lost, Then};
use crate::engine::record::{OperationRecord, Strategy};
use crate::engine::router::{Picked, Shares};
use crate::engine::verdict::Decision;

/// A look and the write that follows from it are less than this apart, in seconds.
const DECIDED: u64 = 2;

/// What was seen, second by second.
pub(super) struct Watch {
    strategy: Strategy,
    /// The route before.
    route: Option<Value>,
    /// Stable's smallest size until now: what it must have while nobody takes its pods.
    smallest: u32,
    pods_died: bool,
    record_gone: bool,
    /// When every pod of both sides was last available.
    whole: Option<u64>,
    /// Somebody else changed a weight or a size: what is more than before is theirs.
    theirs: u64,
    canary: u32,
    shares: Option<Shares>,
    stable: u64,
    now: u64,
}

impl Watch {
    pub(super) fn new(sea: &Sea, strategy: Strategy) -> Self {
        Self {
            strategy,
            route: sea.route.as_ref().map(Route::content),
            smallest: sea.stable.desired(),
            pods_died: false,
            record_gone: false,
            whole: Some(0),
            theirs: 0,
            canary: 0,
            shares: shares(sea),
            stable: sea.stable.digest(),
            now: 0,
        }
    }

    /// Every pod of both sides is available now.
    pub(super) fn is_whole(&self) -> bool {
        self.whole == Some(self.now)
    }

    /// Takes in what others do.
    pub(super) fn disturbed(&mut self, then: &Then, now: u64) {
        self.pods_died |= then.loses(Lost::StablePods);
        self.record_gone |= then.loses(Lost::Record);
        if then.loses(Lost::Route) {
            self.route = None;
        }
        let theirs = then.weight.is_some() || then.pick.is_some() || then.stable_version.is_some();
        if theirs {
            self.theirs = now + DECIDED;
        }
    }

    /// Looks at one second.
    ///
    /// # Errors
    /// What does not hold.
    pub(super) fn look(&mut self, sea: &Sea, now: u64) -> Result<(), String> {
        let held = self.holds(sea, now);
        let sides = [Some(&sea.stable), sea.canary.as_ref()];
        if sides.into_iter().flatten().all(Deployment::is_whole) {
            self.whole = Some(now);
        }
        self.now = now;
        self.smallest = self.smallest.min(sea.stable.desired());
        self.canary = sea.canary.as_ref().map_or(0, Deployment::desired);
        (self.shares, self.stable) = (shares(sea), sea.stable.digest());
        held
    }

    fn holds(&self, sea: &Sea, now: u64) -> Result<(), String> {
        let (desired, available) = (sea.stable.desired(), sea.stable.available());
        if available < self.smallest.min(desired) && !self.pods_died {
            return Err(format!("stable is {available} of {desired} pods, and was never to be below"));
        }
        let was_whole = self.whole.is_some_and(|at| now.saturating_sub(at) <= DECIDED);
        let canary = sea.canary.as_ref().map_or(0, Deployment::desired);
        if canary > self.canary && !was_whole {
            return Err(format!("the canary was raised from {} to {canary} without all pods", self.canary));
        }
        if canary > desired.max(self.canary) {
            return Err(format!("a canary of {canary} beside {desired}"));
        }
        self.sends_to_pods(sea, was_whole || now <= self.theirs)?;
        if sea.stable.digest() != self.stable && now > self.theirs && sea.stable.digest() == digest("v2") {
            let record = sea.read();
            if !record.as_deref().is_some_and(|record| self.may_promote(record)) {
                return Err("stable got the new version, and no verdict or person had said so".to_owned());
            }
        }
        Ok(())
    }

    /// Requests go to pods, and more of them only while every pod is there.
    fn sends_to_pods(&self, sea: &Sea, allowed: bool) -> Result<(), String> {
        let (Some(was), Some(is)) = (self.shares, shares(sea)) else { return Ok(()) };
        let rises = is.percent > was.percent || is.picked != was.picked && is.picked != Picked::Nothing;
        if rises && !allowed {
            return Err(format!("from {was:?} to {is:?} without all pods"));
        }
        if is.percent.is_some_and(|percent| percent > 0) && is.picked != Picked::Nothing {
            return Err(format!("a weight and what is picked at once: {is:?}"));
        }
        let serves = sea.canary.as_ref().is_some_and(|canary| canary.available() > 0);
        if is.is_shifted() && !serves && !self.record_gone {
            return Err(format!("requests go to a canary without pods: {is:?}"));
        }
        Ok(())
    }

    /// A verdict said so, or a person; a rolling update begins with it.
    fn may_promote(&self, record: &OperationRecord) -> bool {
        let said = record.run.judged.as_ref().map(|judged| judged.verdict.decision);
        let asked = |asked: &&crate::engine::record::Asked| promotes(asked.verb);
        self.strategy == Strategy::Rolling
            || said == Some(Decision::Promote)
            || record.requests.iter().any(|one| asked(&one))
    }

    /// What a delivery that is over has left; none if nothing.
    pub(super) fn left_behind(&self, sea: &Sea, end: &End) -> Option<String> {
        if sea.stable.digest() != digest(&end.stable) {
            return Some(format!("stable does not run {}", end.stable));
        }
        if end.after.is_some() {
            return None;
        }
        if let Some(canary) = &sea.canary {
            return Some(format!("{} was left behind", canary.fence()));
        }
        let route = sea.route.as_ref().map(Route::content);
        (route != self.route).then(|| format!("the route was left as {route:?}, it was {:?}", self.route))
    }
}

fn shares(sea: &Sea) -> Option<Shares> {
    sea.route.as_ref().and_then(Route::shares)
}
