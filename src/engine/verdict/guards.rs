//! Guards: facts about pods and objects that need no statistics and act in
//! seconds, and the ceiling on the canary's own error ratio.

use serde::{Deserialize, Serialize};

use super::input::{Counts, Interval, Requests};
use super::number;
use super::policy::Limits;

/// An observation about the canary that may condemn it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Fact {
    /// A container is in `CrashLoopBackOff`.
    CrashLoop {
        /// Pod name.
        pod: String,
        /// Restarts of that container.
        restarts: u32,
    },
    /// A container was killed for memory.
    OomKilled {
        /// Pod name.
        pod: String,
    },
    /// A container waits, with Kubernetes' own reason.
    Waiting {
        /// Pod name.
        pod: String,
        /// `ImagePullBackOff`, `CreateContainerConfigError`, …
        reason: String,
        /// For how long.
        for_s: u32,
    },
    /// The `ReplicaSet` could not create pods (quota, admission).
    FailedCreate {
        /// Message of the condition.
        message: String,
    },
    /// The progress deadline of the canary's Deployment passed.
    DeadlineExceeded {
        /// Message of the condition.
        message: String,
    },
}

/// Waiting reasons that do not heal without a change. Others
/// (`ContainerCreating`, `PodInitializing`) are part of a normal start.
const HOPELESS: [&str; 8] = [
    "ImagePullBackOff",
    "ErrImagePull",
    "InvalidImageName",
    "ErrImageNeverPull",
    "ImageInspectError",
    "CreateContainerConfigError",
    "CreateContainerError",
    "RunContainerError",
];

/// The first fact that condemns the canary, as a sentence without period.
pub fn tripped(facts: &[Fact], limits: &Limits) -> Option<String> {
    facts.iter().find_map(|fact| sentence(fact, limits))
}

fn sentence(fact: &Fact, limits: &Limits) -> Option<String> {
    match fact {
        Fact::CrashLoop { pod, restarts } => (*restarts >= limits.restarts)
            .then(|| format!("pod {pod} is crash looping ({restarts} restarts)")),
        Fact::OomKilled { pod } => Some(format!("pod {pod} was killed for memory (OOMKilled)")),
        Fact::Waiting { pod, reason, for_s } => {
            let hopeless = HOPELESS.contains(&reason.as_str());
            (hopeless && *for_s > limits.waiting_s).then(|| {
                format!("pod {pod} cannot start: {reason} for {}", number::duration(u64::from(*for_s)))
            })
        }
        Fact::FailedCreate { message } => Some(format!("pods cannot be created: {message}")),
        Fact::DeadlineExceeded { message } => {
            Some(format!("the canary exceeded its progress deadline: {message}"))
        }
    }
}

/// The ceiling: a canary failing half its requests is condemned without a
/// baseline, unless the baseline fails at least half as often itself (then
/// the canary is not shown to be the cause, and the ratio rule decides).
///
/// Looks only at the last [`Limits::ceiling_window_s`], so that a canary that
/// breaks late is caught as fast as one that never worked. Slow requests do
/// not count: slow is not down.
pub fn ceiling(requests: &Requests, limits: &Limits) -> Option<String> {
    if requests.bad != super::input::Bad::Failed {
        return None;
    }
    let recent = last(&requests.intervals, limits.ceiling_window_s);
    let sum = |side: fn(&Interval) -> Option<Counts>| {
        recent.iter().filter_map(side).fold(Counts::default(), |a, b| a + b)
    };
    let canary = sum(|i| i.canary);
    let baseline = sum(|i| i.baseline);
    let ratio = canary.rate()?;
    if canary.e < limits.ceiling_errors || ratio < limits.ceiling_ratio {
        return None;
    }
    let shared = baseline
        .rate()
        .is_some_and(|b| baseline.e >= limits.ceiling_errors && b * super::eprocess::NULL_RATIO >= ratio);
    (!shared).then(|| {
        format!(
            "the canary failed {} of {} requests ({}) in the last {}",
            number::count(canary.e),
            number::count(canary.n),
            number::percent(ratio),
            number::duration(u64::from(limits.ceiling_window_s)),
        )
    })
}

/// The intervals that ended within `window_s` of the newest one's end.
pub fn last(intervals: &[Interval], window_s: u32) -> &[Interval] {
    let Some(newest) = intervals.last() else {
        return intervals;
    };
    let since = newest.to_s.saturating_sub(window_s);
    let start = intervals.partition_point(|i| i.to_s <= since);
    intervals.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips(fact: Fact) -> bool {
        tripped(&[fact], &Limits::default()).is_some()
    }

    fn waiting(reason: &str, for_s: u32) -> Fact {
        Fact::Waiting { pod: "p".into(), reason: reason.into(), for_s }
    }

    #[test]
    fn facts_condemn_at_their_limits() {
        let crash = |restarts| Fact::CrashLoop { pod: "p".into(), restarts };
        assert!(!trips(crash(1)));
        assert!(trips(crash(2)));
        assert!(trips(Fact::OomKilled { pod: "p".into() }));
        for reason in HOPELESS {
            assert!(!trips(waiting(reason, 60)), "{reason} at once");
            assert!(trips(waiting(reason, 61)), "{reason} after a minute");
        }
        assert!(!trips(waiting("ContainerCreating", 600)));
        assert!(trips(Fact::FailedCreate { message: "quota".into() }));
    }

    fn failing(canary: (u64, u64), baseline: (u64, u64)) -> Requests {
        let side = |(n, e)| Some(Counts { n, e });
        let calm = Interval { from_s: 0, to_s: 270, canary: side((10_000, 3)), baseline: side((90_000, 30)) };
        let now = Interval { from_s: 300, to_s: 330, canary: side(canary), baseline: side(baseline) };
        Requests {
            bad: super::super::input::Bad::Failed,
            floor: 0.001,
            limit: None,
            fine: None,
            intervals: vec![calm, now],
        }
    }

    #[test]
    fn a_late_collapse_is_seen_at_once() {
        let limits = Limits::default();
        assert!(ceiling(&failing((30, 20), (270, 0)), &limits).is_some());
        assert!(ceiling(&failing((4, 4), (270, 0)), &limits).is_none(), "too few");
        assert!(ceiling(&failing((30, 14), (270, 0)), &limits).is_none(), "too low");
        assert!(
            ceiling(&failing((30, 20), (270, 150)), &limits).is_none(),
            "everything fails: not the canary's doing"
        );
        let slow =
            Requests { bad: super::super::input::Bad::SlowerThanMs(300), ..failing((30, 20), (270, 0)) };
        assert!(ceiling(&slow, &limits).is_none());
    }
}
