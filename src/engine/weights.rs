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
    let below = u32::try_from(s * w / (100 - w).max(1)).unwrap_or(u32::MAX);
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn w(percent: u32) -> Weight {
        Weight::new(percent).unwrap()
    }

    #[test]
    fn splits_people_ask_for() {
        let cases = [
            (3, 10, 1, Fit::Bad),
            (5, 10, 1, Fit::Rough),
            (9, 10, 1, Fit::Good),
            (10, 10, 1, Fit::Good),
            (3, 50, 3, Fit::Good),
            (1, 50, 1, Fit::Good),
            (4, 20, 1, Fit::Good),
            (1, 1, 1, Fit::Bad),
        ];
        for (stable, percent, canary, fit) in cases {
            let split = beside(stable, w(percent), u32::MAX).unwrap();
            assert_eq!((split.canary, split.fit()), (canary, fit), "{percent} % beside {stable}");
        }
    }

    #[test]
    fn complaints_name_the_way_out() {
        let split = beside(3, w(10), 3).unwrap();
        assert_eq!(
            split.complaint().unwrap(),
            "asked 10 %, real 25 % (1 of 4 pods): far off; 9 stable pods, or a router with weights, would make it exact"
        );
        assert_eq!(beside(9, w(10), 9).unwrap().complaint(), None);
    }

    #[test]
    fn a_router_makes_any_weight_and_pods_carry_it() {
        for (stable, percent, canary) in [(3, 10, 1), (3, 50, 2), (10, 1, 1), (10, 99, 10), (4, 0, 1)] {
            let split =
                behind(Routing::Weights, stable, Weight::of_router(percent).unwrap(), stable).unwrap();
            assert_eq!((split.canary, split.fit()), (canary, Fit::Good), "{percent} % beside {stable}");
            assert!((split.real() - f64::from(percent) / 100.0).abs() < 1e-9);
        }
        let switch = behind(Routing::Switch, 4, Weight::of_router(0).unwrap(), 4).unwrap();
        assert_eq!((switch.canary, switch.to_string().as_str()), (4, "0 % by weight (4 pods beside 4)"));
        assert_eq!(behind(Routing::Weights, 0, w(10), 4), Err(NoSplit::NothingStable));
    }

    #[test]
    fn the_limit_on_canary_pods_holds() {
        let split = beside(10, w(90), 10).unwrap();
        assert_eq!((split.canary, split.fit()), (10, Fit::Bad));
    }

    #[test]
    fn what_cannot_be_split() {
        assert_eq!(beside(0, w(10), 5), Err(NoSplit::NothingStable));
        assert_eq!(within(1, w(50), false), Err(NoSplit::OnePod));
        let pair = within(1, w(50), true).unwrap();
        assert_eq!((pair.stable, pair.canary), (1, 1));
        assert!(Weight::new(0).is_none() && Weight::new(100).is_none());
    }

    #[test]
    fn a_tie_goes_up_and_surge_is_only_used_if_better() {
        // 2 of 10 and 3 of 10 are equally far from 25 %.
        assert_eq!(within(10, w(25), false).unwrap().canary, 3);
        let exact = within(10, w(20), true).unwrap();
        assert_eq!((exact.stable, exact.canary), (8, 2));
        let third = within(2, w(33), true).unwrap();
        assert_eq!((third.stable, third.canary), (2, 1));
    }

    fn best(candidates: impl Iterator<Item = Split>) -> Fraction {
        candidates.map(|s| s.off()).min_by(|a, b| compare(*a, *b)).unwrap()
    }

    proptest! {
        #[test]
        fn beside_is_the_closest_of_all(stable in 1_u32..200, percent in 1_u32..100) {
            let weight = w(percent);
            let split = beside(stable, weight, u32::MAX).unwrap();
            let all = (1..=stable * 120).map(|canary| Split { requested: weight, stable, canary, routed: false });
            prop_assert!(compare(split.off(), best(all)).is_eq());
            prop_assert!(split.canary >= 1);
            prop_assert_eq!(split.stable, stable);
        }

        #[test]
        fn within_is_the_closest_of_all(pods in 2_u32..200, percent in 1_u32..100, surge: bool) {
            let weight = w(percent);
            let split = within(pods, weight, surge).unwrap();
            let totals = pods..=pods + u32::from(surge);
            let all = totals.flat_map(|total| (1..total).map(move |canary| Split {
                requested: weight,
                stable: total - canary,
                canary,
                routed: false,
            }));
            prop_assert!(compare(split.off(), best(all)).is_eq());
            prop_assert!(split.canary >= 1 && split.stable >= 1);
            prop_assert!(split.canary + split.stable <= pods + u32::from(surge));
        }

        #[test]
        fn a_higher_weight_never_means_fewer_canary_pods(stable in 1_u32..200, percent in 1_u32..99) {
            let low = beside(stable, w(percent), u32::MAX).unwrap();
            let high = beside(stable, w(percent + 1), u32::MAX).unwrap();
            prop_assert!(low.canary <= high.canary);
        }

        #[test]
        fn huge_numbers_do_not_overflow(stable: u32, percent in 1_u32..100, most: u32, surge: bool) {
            if let Ok(split) = beside(stable, w(percent), most) {
                prop_assert!(split.canary <= most.max(1));
                let _shown = split.to_string();
            }
            if let Ok(split) = within(stable, w(percent), surge) {
                prop_assert!(split.real() > 0.0 && split.real() < 1.0);
            }
        }
    }
}
