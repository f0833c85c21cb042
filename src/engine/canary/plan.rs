//! What a canary rollout is to do.

use serde::{Deserialize, Serialize};

use super::level::Level;
use crate::engine::verdict::{Importance, Policy};
use crate::engine::weights::{Routing, Split, Weight, behind};

/// A checked plan. The step to 100 % is implied: it is the promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Weights below 100 %, rising.
    pub steps: Vec<Step>,
    /// The rules of the verdict.
    pub policy: Policy,
    /// Most canary pods; stable's size if `None` (a weight of 50 %).
    pub most_pods: Option<u32>,
    /// Seconds the pods of a step, or stable's update, may take.
    pub deadline_s: u32,
    /// Error share at or below which a canary is harmless whatever stable's
    /// is, 0..=1; 0.1 % if `None`. A larger one needs fewer requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub floor: Option<f64>,
    /// Requests slower than so many milliseconds are judged as failed ones are;
    /// not judged if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow_ms: Option<u32>,
    /// Whether slow requests may roll back, or only hold.
    #[serde(default, skip_serializing_if = "Importance::is_critical")]
    pub slow: Importance,
    /// Levels of the pods that are compared besides the requests.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<Level>,
    /// What makes the weights.
    #[serde(default)]
    pub routing: Routing,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Requested weight, 1..=99 percent; behind a router the first may be 0, of
    /// a switch it is 0 or 100.
    pub percent: u32,
    /// No promotion before, in seconds since its pods are available.
    pub min_s: u32,
    /// End of the step, in the same seconds.
    pub max_s: u32,
    /// A person must promote, whatever the verdict says.
    pub manual: bool,
}

/// Why a plan is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanFault {
    /// No step below 100 %.
    #[error(
        "a canary needs at least one step between 0 and 100 %; use a rolling update to change all pods at once"
    )]
    NoSteps,
    /// A weight outside 1..=100, but for a first step of 0.
    #[error(
        "step {number} asks for {percent} %; a weight is 1 to 99 %, 100 % only as the last step, 0 % only as the first"
    )]
    Weight {
        /// Which step, from 1.
        number: usize,
        /// What it asks for.
        percent: u32,
    },
    /// A weight that does not rise.
    #[error("step {number} goes from {from} % to {percent} %; the weights of a canary must rise")]
    NotRising {
        /// Which step, from 1.
        number: usize,
        /// The step before.
        from: u32,
        /// What it asks for.
        percent: u32,
    },
    /// A step that ends before it may be promoted.
    #[error("step {number} ends after {max_s} s but may not be promoted before {min_s} s")]
    Times {
        /// Which step, from 1.
        number: usize,
        /// Its minimum time.
        min_s: u32,
        /// Its end.
        max_s: u32,
    },
}

impl Plan {
    /// The default plan: 10 %, 50 %, promotion; 5 to 10 minutes a step.
    pub fn standard() -> Self {
        let step = |percent| Step { percent, min_s: 300, max_s: 600, manual: false };
        Self {
            steps: vec![step(10), step(50)],
            policy: Policy::default(),
            most_pods: None,
            deadline_s: 600,
            floor: None,
            slow_ms: None,
            slow: Importance::Critical,
            levels: Vec::new(),
            routing: Routing::Pods,
        }
    }

    /// Pods and weight of step `number`, from 0, beside `stable` pods; none if
    /// there is no such step, or stable has no pods.
    pub fn split(&self, number: usize, stable: u32) -> Option<Split> {
        let percent = self.steps.get(number)?.percent;
        let weight = match self.routing {
            Routing::Pods => Weight::new(percent),
            Routing::Weights | Routing::Switch => Weight::of_router(percent),
        };
        behind(self.routing, stable, weight?, self.most_pods.unwrap_or(stable)).ok()
    }

    /// Pods and weight of each step beside `stable` pods.
    pub fn splits(&self, stable: u32) -> Vec<Split> {
        (0..self.steps.len()).filter_map(|number| self.split(number, stable)).collect()
    }

    /// Seconds of one interval of the verdict in step `number`, from 0: thirty,
    /// less in short steps, so that twenty fit; at least ten.
    pub fn interval_s(&self, number: usize) -> u32 {
        self.steps.get(number).map_or(30, |step| (step.max_s / 20).clamp(10, 30))
    }

    /// Seconds from one reading of the metrics to the next in step `number`,
    /// from 0: two in each interval, at most fifteen.
    pub fn read_every_s(&self, number: usize) -> u32 {
        (self.interval_s(number) / 2).min(15)
    }

    /// This plan with `steps`, of which a last one of 100 % may be given or
    /// left out. In a first one of 0 % nobody is sent to the canary by weight:
    /// it is there for those a rule of the route sends, by a header say.
    ///
    /// # Errors
    /// Names the first step that makes no sense.
    pub fn with_steps(self, mut steps: Vec<Step>) -> Result<Self, PlanFault> {
        if steps.last().is_some_and(|s| s.percent == 100) {
            steps.pop();
        }
        let mut before = 0;
        for (i, step) in steps.iter().enumerate() {
            let (number, percent) = (i + 1, step.percent);
            let nobody = number == 1 && percent == 0;
            if Weight::new(percent).is_none() && !nobody {
                return Err(PlanFault::Weight { number, percent });
            }
            if percent <= before && !nobody {
                return Err(PlanFault::NotRising { number, from: before, percent });
            }
            if step.max_s < step.min_s {
                return Err(PlanFault::Times { number, min_s: step.min_s, max_s: step.max_s });
            }
            before = percent;
        }
        let judged = steps.iter().any(|step| step.percent > 0);
        if judged { Ok(Self { steps, ..self }) } else { Err(PlanFault::NoSteps) }
    }
}
