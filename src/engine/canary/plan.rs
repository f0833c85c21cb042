//! What a canary rollout is to do.

use serde::{Deserialize, Serialize};

use super::analysis::{Analysis, Source};
use super::level::Level;
use crate::domain::{count_of, short_duration};
use crate::engine::router::Pick;
use crate::engine::verdict::{Counts, Importance, Policy};
use crate::engine::weights::{Routing, Split, Weight, behind};
use std::time::Duration;

/// A checked plan. The step to 100 % is implied: it is the promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Weights below 100 %, rising; before them those that pick requests.
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
    /// Whether failed requests may roll back and have to be fine, or only hold:
    /// what is critical then decides alone.
    #[serde(default, skip_serializing_if = "Importance::is_critical")]
    pub requests: Importance,
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
    /// Expressions measured besides, and the rules they are judged by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analyses: Vec<Analysis>,
    /// Who is asked for them.
    #[serde(default, skip_serializing_if = "Source::is_prometheus")]
    pub source: Source,
    /// What makes the weights.
    #[serde(default)]
    pub routing: Routing,
    /// What stable was asked, and failed, before a rolling update: the new
    /// version has nobody beside it to be compared with. `None` if nobody
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Counts>,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Requested weight, 1..=99 percent; behind a router the first may be 0, as
    /// is that of one which picks requests; of a switch it is 0 or 100.
    pub percent: u32,
    /// No promotion before, in seconds since its pods are available.
    pub min_s: u32,
    /// End of the step, in the same seconds.
    pub max_s: u32,
    /// A person must promote, whatever the verdict says.
    pub manual: bool,
    /// What goes to the canary instead of a weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pick: Option<Pick>,
}

impl Step {
    /// One that picks nothing.
    pub fn weighted(percent: u32, min_s: u32, max_s: u32, manual: bool) -> Self {
        Self { percent, min_s, max_s, manual, pick: None }
    }

    /// Whether requests reach the canary, which a verdict can judge.
    pub fn is_judged(&self) -> bool {
        self.percent > 0 || self.pick.is_some()
    }

    /// The canary's part of what both sides serve, 0..=1, where `split` stands;
    /// 0 where nobody knows it before.
    pub fn share(&self, split: &Split) -> f64 {
        self.pick.as_ref().map_or_else(|| split.real(), Pick::share)
    }

    /// `10 % by weight (1 pod beside 3)`, `requests with X-Canary: always (1 pod beside 3)`
    pub fn words(&self, split: &Split) -> String {
        let Some(pick) = &self.pick else { return split.to_string() };
        format!("{} ({} beside {})", pick.words(), count_of(split.canary as usize, "pod"), split.stable)
    }

    /// `10%`, `X-Canary`, `mirror 10%`
    pub fn label(&self) -> String {
        self.pick.as_ref().map_or_else(|| format!("{}%", self.percent), Pick::label)
    }

    /// Of a rolling update: `watched for 5m to 10m: what fails is taken back`
    pub fn watch_words(&self) -> String {
        let span = |seconds: u32| short_duration(Duration::from_secs(seconds.into()));
        let manual = if self.manual { ", until a person lets it go" } else { "" };
        format!(
            "watched for {} to {}{manual}: if it fails, the old template is put back",
            span(self.min_s),
            span(self.max_s)
        )
    }

    /// What it asks for, to a person: `10 %`, `requests with X-Canary: always`
    pub fn asks(&self) -> String {
        self.pick.as_ref().map_or_else(|| format!("{} %", self.percent), Pick::words)
    }
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
    /// One that picks requests after others were sent by weight.
    #[error(
        "step {number} ({pick}) sends nobody by weight, and the step before it {from} %: steps by header and mirror \
         come before the first weight"
    )]
    PickLate {
        /// Which step, from 1.
        number: usize,
        /// What it picks.
        pick: String,
        /// The step before.
        from: u32,
    },
    /// One that picks what another one did.
    #[error("steps {first} and {number} are both {pick}; one of them is enough")]
    PickTwice {
        /// The first, from 1.
        first: usize,
        /// The other.
        number: usize,
        /// What both pick.
        pick: String,
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
        let step = |percent| Step::weighted(percent, 300, 600, false);
        Self {
            steps: vec![step(10), step(50)],
            policy: Policy::default(),
            most_pods: None,
            deadline_s: 600,
            floor: None,
            slow_ms: None,
            requests: Importance::Critical,
            slow: Importance::Critical,
            levels: Vec::new(),
            analyses: Vec::new(),
            source: Source::default(),
            routing: Routing::Pods,
            before: None,
        }
    }

    /// Whether stable's own pods are replaced and watched then: its only step
    /// comes behind its promotion.
    pub fn is_in_place(&self) -> bool {
        self.routing == Routing::InPlace
    }

    /// Pods and weight of step `number`, from 0, beside `stable` pods; none if
    /// there is no such step, or stable has no pods.
    pub fn split(&self, number: usize, stable: u32) -> Option<Split> {
        let step = self.steps.get(number)?;
        // Copies are carried as their part of the requests would be.
        let load = step.pick.as_ref().map_or(step.percent, Pick::load);
        let weight = match self.routing {
            Routing::Pods => Weight::new(load),
            Routing::Weights | Routing::Switch | Routing::InPlace => Weight::of_router(load),
        };
        let split = behind(self.routing, stable, weight?, self.most_pods.unwrap_or(stable)).ok()?;
        let requested = if step.pick.is_some() { Weight::of_router(step.percent)? } else { split.requested };
        Some(Split { requested, ..split })
    }

    /// Pods and weight of each step beside `stable` pods.
    pub fn splits(&self, stable: u32) -> Vec<Split> {
        (0..self.steps.len()).filter_map(|number| self.split(number, stable)).collect()
    }

    /// What its steps pick, with their numbers from 0.
    pub fn picks(&self) -> Vec<(usize, Pick)> {
        let picks = self.steps.iter().enumerate();
        picks.filter_map(|(number, step)| Some((number, step.pick.clone()?))).collect()
    }

    /// Seconds of one interval of the verdict in step `number`, from 0: thirty,
    /// less in short steps, so that twenty fit; at least ten. Sixty where
    /// everybody is sent to the new version: nothing is as urgent.
    pub fn interval_s(&self, number: usize) -> u32 {
        let fit = |step: &Step| if step.percent == 100 { 60 } else { 20 };
        self.steps.get(number).map_or(30, |step| (step.max_s / fit(step)).clamp(10, 30))
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
            let nobody = step.pick.is_some() || number == 1 && percent == 0;
            picks_in_its_place(&steps, i, before)?;
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
        let judged = steps.iter().any(Step::is_judged);
        if judged { Ok(Self { steps, ..self }) } else { Err(PlanFault::NoSteps) }
    }
}

/// Whether a step that picks requests stands before every weight, and is the
/// only one of its kind; `before` is the weight of the step before it.
fn picks_in_its_place(steps: &[Step], at: usize, before: u32) -> Result<(), PlanFault> {
    let Some(pick) = steps.get(at).and_then(|step| step.pick.as_ref()) else { return Ok(()) };
    let number = at + 1;
    if before > 0 {
        return Err(PlanFault::PickLate { number, pick: pick.to_string(), from: before });
    }
    let same = |step: &Step| step.pick.as_ref().is_some_and(|other| other.is_like(pick));
    match steps.iter().take(at).position(same) {
        Some(first) => Err(PlanFault::PickTwice { first: first + 1, number, pick: pick.to_string() }),
        None => Ok(()),
    }
}
