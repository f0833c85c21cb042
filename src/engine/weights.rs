//! Replica-ratio arithmetic: which pods make which weight.
//!
//! Without a router the share of traffic a canary receives is its share of
//! the ready pods behind the Service, so only some weights exist: beside
//! three stable pods the smallest canary is one of four, 25 %. The requested
//! and the *real* weight are therefore two numbers everywhere, and a plan
//! whose real weight is far from the requested one is refused with the number
//! of pods it would take.
//!
//! Stable stays at full size while the canary runs ([`beside`]): an abort is
//! then instant. [`within`] is Argo's way, a fixed total shared by both,
//! kept for clusters without room for more pods.
//!
//! 100 % is not a ratio: while stable runs it receives its share. The last
//! step is a rolling update of stable, and asking here for it is an error.
//!
//! With a router ([`behind`]) the share is the router's, and the pods have to
//! carry it.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use std::fmt;

/// What makes a canary's share of the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Routing {
    /// The ratio of ready pods.
    #[default]
    Pods,
    /// Weights of a router: any share, whatever the pods.
    Weights,
    /// A switch: nothing, or everything.
    Switch,
    /// No second Deployment: stable's own pods are replaced, and everybody is
    /// sent to them.
    InPlace,
}

impl Routing {
    /// Whether something beside the pods shares the requests out.
    pub fn is_routed(self) -> bool {
        matches!(self, Self::Weights | Self::Switch)
    }
}

/// A requested weight that lies strictly between nothing and everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u32);

impl Weight {
    /// `percent` within 1..=99; `None` otherwise.
    pub fn new(percent: u32) -> Option<Self> {
        (1..=99).contains(&percent).then_some(Self(percent))
    }

    /// `percent` within 0..=100, for a router; `None` otherwise.
    pub fn of_router(percent: u32) -> Option<Self> {
        (0..=100).contains(&percent).then_some(Self(percent))
    }

    /// 0..=100; of the ratio of pods 1..=99.
    pub fn percent(self) -> u32 {
        self.0
    }
}

/// Pods of both sides, and the weight they stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// What was asked for.
    pub requested: Weight,
    /// Pods of the stable version.
    pub stable: u32,
    /// Pods of the canary.
    pub canary: u32,
    /// A router makes the share, whatever the pods.
    pub routed: bool,
}

/// How well the real weight meets the requested one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Less than one percentage point away.
    Good,
    /// Within a factor of two on the smaller side: shown as a warning.
    Rough,
    /// Further away: refused unless a person accepts it.
    Bad,
}

/// Why no split exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoSplit {
    /// Stable has no pods.
    #[error("stable has 0 replicas, so there is nothing to weigh a canary against; scale it up first")]
    NothingStable,
    /// A total of one pod cannot be shared.
    #[error("one pod cannot be shared between two versions; allow a surge pod or scale to 2 replicas")]
    OnePod,
}

/// The canary beside an untouched stable of `stable` pods, at most `most`
/// canary pods (quota, budget; `stable` itself is a good value: 50 %).
///
/// The closest real weight wins; of two equally close ones the higher, so
/// that the canary sees traffic. At least one pod.
///
/// # Errors
/// [`NoSplit::NothingStable`].
pub fn beside(stable: u32, weight: Weight, most: u32) -> Result<Split, NoSplit> {
    if stable == 0 {
        return Err(NoSplit::NothingStable);
    }
    let (s, w) = (u64::from(stable), u64::from(weight.0));
    // c / (s + c) = w / 100  =>  c = s w / (100 - w)
    // which no number of pods makes 100 %: that weight is a router's alone.
    let below = (s * w).checked_div(100 - w).and_then(|c| u32::try_from(c).ok()).unwrap_or(u32::MAX);
    let limit = most.max(1);
    let candidates = [below, below.saturating_add(1)];
    let split = |c: u32| Split { requested: weight, stable, canary: c.clamp(1, limit), routed: false };
    let splits = candidates.map(split);
    Ok(closest(splits))
}

/// The canary behind a router: as many of stable's pods as its share of the
/// requests needs, rounded up, at least one and at most `most`. A switch moves
/// everybody at once, so the other side is as large as stable.
///
/// # Errors
/// [`NoSplit::NothingStable`].
pub fn behind(routing: Routing, stable: u32, weight: Weight, most: u32) -> Result<Split, NoSplit> {
    if routing == Routing::Pods {
        return beside(stable, weight, most);
    }
    if stable == 0 {
        return Err(NoSplit::NothingStable);
    }
    if routing == Routing::InPlace {
        return Ok(Split { requested: weight, stable, canary: 0, routed: true });
    }
    let share = if routing == Routing::Switch { 100 } else { u64::from(weight.0) };
    let pods = u32::try_from((u64::from(stable) * share).div_ceil(100)).unwrap_or(u32::MAX);
    Ok(Split { requested: weight, stable, canary: pods.clamp(1, most.max(1)), routed: true })
}

/// Both sides within a total of `pods`, or one more if `surge` allows it:
/// Argo's `approximateWeightedCanaryStableReplicaCounts`.
///
/// Neither side is ever without a pod.
///
/// # Errors
/// [`NoSplit::NothingStable`] without pods, [`NoSplit::OnePod`] if they
/// cannot be shared.
pub fn within(pods: u32, weight: Weight, surge: bool) -> Result<Split, NoSplit> {
    if pods == 0 {
        return Err(NoSplit::NothingStable);
    }
    let options = |total: u32| {
        let below = u32::try_from(u64::from(total) * u64::from(weight.0) / 100).unwrap_or(u32::MAX);
        [below, below.saturating_add(1)].map(|c| {
            let canary = c.clamp(1, total.saturating_sub(1).max(1));
            Split { requested: weight, stable: total - canary, canary, routed: false }
        })
    };
    match (pods, surge) {
        (1, false) => Err(NoSplit::OnePod),
        (1, true) => Ok(closest(options(2))),
        (_, false) => Ok(closest(options(pods))),
        (_, true) => Ok(nearer(closest(options(pods)), closest(options(pods.saturating_add(1))))),
    }
}

fn closest([low, high]: [Split; 2]) -> Split {
    let (low_off, high_off) = (low.off(), high.off());
    // Ties go up.
    if compare(high_off, low_off).is_le() { high } else { low }
}

/// The surge pod is only worth it for a strictly better weight.
fn nearer(without: Split, with: Split) -> Split {
    if compare(with.off(), without.off()).is_lt() { with } else { without }
}

/// A distance as an exact fraction, so that ties are ties.
type Fraction = (u128, u128);

fn compare(a: Fraction, b: Fraction) -> std::cmp::Ordering {
    (a.0 * b.1).cmp(&(b.0 * a.1))
}

impl Split {
    /// The canary's share of the traffic, 0..=1: what a router gives it, else
    /// its share of the pods.
    pub fn real(&self) -> f64 {
        if self.routed {
            return f64::from(self.requested.0) / 100.0;
        }
        let total = f64::from(self.stable) + f64::from(self.canary);
        f64::from(self.canary) / total
    }

    /// `|canary/total - requested/100|` as a fraction.
    fn off(&self) -> Fraction {
        let total = u128::from(self.stable) + u128::from(self.canary);
        let real = u128::from(self.canary) * 100;
        let asked = u128::from(self.requested.0) * total;
        (real.abs_diff(asked), 100 * total)
    }

    /// How well the real weight meets the requested one.
    pub fn fit(&self) -> Fit {
        let asked = f64::from(self.requested.0) / 100.0;
        let real = self.real();
        // Judged on the smaller side: 90 % asked and 99 % real leaves stable
        // a tenth of its traffic.
        let (asked, real) = if asked <= 0.5 { (asked, real) } else { (1.0 - asked, 1.0 - real) };
        if (asked - real).abs() < 0.01 {
            Fit::Good
        } else if real >= asked * 0.5 && real <= asked * 2.0 {
            Fit::Rough
        } else {
            Fit::Bad
        }
    }

    /// Fewest stable pods beside which the requested weight is real within
    /// one percentage point.
    pub fn stable_needed(&self) -> u32 {
        let good = |s: u32| beside(s, self.requested, u32::MAX).is_ok_and(|split| split.fit() == Fit::Good);
        // 1 % needs 50 (1 of 51); no weight needs more than 100.
        (1..=100).find(|s| good(*s)).unwrap_or(100)
    }

    /// What to tell a person, `None` if the fit is good.
    pub fn complaint(&self) -> Option<String> {
        let short = match self.fit() {
            Fit::Good => return None,
            Fit::Rough => "close, not exact",
            Fit::Bad => "far off",
        };
        Some(format!(
            "{self}: {short}; {} stable pods, or a router with weights, would make it exact",
            self.stable_needed()
        ))
    }
}

impl fmt::Display for Split {
    /// `asked 10 %, real 25 % (1 of 4 pods)`; of a router `10 % by weight (1
    /// pod beside 3)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.routed {
            let (pods, s) = (self.canary, if self.canary == 1 { "" } else { "s" });
            return write!(f, "{} % by weight ({pods} pod{s} beside {})", self.requested.0, self.stable);
        }
        write!(
            f,
            "asked {} %, real {:.0} % ({} of {} pods)",
            self.requested.0,
            self.real() * 100.0,
            self.canary,
            u64::from(self.stable) + u64::from(self.canary)
        )
    }
}
