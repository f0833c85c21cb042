//! Weights and times of a delivery, as a person asks for them.

mod step;

use serde::{Deserialize, Serialize};

use crate::domain::{Fault, FaultKind};
use crate::engine::canary::{Analysis, Level, Plan, Step};
use crate::engine::verdict::policy::{OnInconclusive, OnNoData};
use crate::engine::verdict::{Importance, Policy};
use crate::engine::weights::Routing;

pub use step::{NoStep, PaceStep};

/// Levels compared at most: the samples of each are stored with every verdict.
const MOST_LEVELS: usize = 4;
/// Expressions measured at most: a server is asked for each again and again.
const MOST_QUERIES: usize = 8;

/// Weights and times of a canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pace {
    /// The steps, of which a last 100 may be left out.
    pub steps: Vec<PaceStep>,
    /// No promotion before, per step that says nothing else, in seconds.
    pub min_s: u32,
    /// End of such a step, in seconds.
    pub max_s: u32,
    /// Every step waits for a person.
    pub manual: bool,
    /// Error share that is harmless whatever stable's is, 0..=1; 0.1 % if none.
    pub floor: Option<f64>,
    /// Whether failed requests decide, or only hold while the conditions decide.
    #[serde(default, skip_serializing_if = "Importance::is_critical")]
    pub requests: Importance,
    /// Requests slower than so many milliseconds are judged like failed ones.
    #[serde(default)]
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
    /// Blue/green: how long the old colour is kept after the switch, in seconds.
    pub keep_s: u32,
    /// Requests that write may be copied: what they do is done twice.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mirror_writes: bool,
}

impl Default for Pace {
    /// 10, 50, 100 %; 5 to 10 minutes a step; an old colour kept for 15.
    fn default() -> Self {
        Self {
            steps: [10, 50, 100].map(PaceStep::from).to_vec(),
            min_s: 300,
            max_s: 600,
            manual: false,
            floor: None,
            requests: Importance::Critical,
            slow_ms: None,
            slow: Importance::Critical,
            levels: Vec::new(),
            analyses: Vec::new(),
            keep_s: 900,
            mirror_writes: false,
        }
    }
}

impl Pace {
    /// As the plan of a switch: the new colour is made and looked at, then
    /// everybody goes to it, and the old one is kept. What nothing condemned in
    /// that time is promoted: everybody uses it already.
    pub fn switch(&self) -> Plan {
        let step = |percent, min_s, manual| Step::weighted(percent, min_s, min_s, manual);
        let standard = self.watched(Plan::standard());
        let policy = Policy { on_inconclusive: OnInconclusive::Promote, ..standard.policy };
        let steps = vec![step(0, self.min_s, self.manual), step(100, self.keep_s, false)];
        // Everybody has gone to the new colour: there is nobody left to compare levels with.
        Plan { steps, policy, routing: Routing::Switch, levels: Vec::new(), ..standard }
    }

    /// As the plan of a rolling update: when every pod is replaced, it is
    /// watched for the time of a step, or not at all if that is nothing. What
    /// nothing condemned in that time stays: everybody uses it already, and
    /// many a service counts no requests.
    ///
    /// # Errors
    /// The window ends before it may.
    pub fn in_place(&self) -> Result<Plan, Fault> {
        let standard = self.watched(Plan { steps: Vec::new(), ..Plan::standard() });
        if self.max_s == 0 {
            return Ok(standard);
        }
        if self.min_s > self.max_s {
            let text = format!("it is watched for {} s at least and {} s at most", self.min_s, self.max_s);
            return Err(Fault::new(FaultKind::Invalid, text).hint("say --step-min and --step-max"));
        }
        let (on_inconclusive, on_no_data) = (OnInconclusive::Promote, OnNoData::Undecided);
        let policy = Policy { on_inconclusive, on_no_data, ..standard.policy };
        let steps = vec![Step::weighted(100, self.min_s, self.max_s, self.manual)];
        Ok(Plan { steps, policy, routing: Routing::InPlace, ..standard })
    }

    /// With what is measured.
    fn watched(&self, plan: Plan) -> Plan {
        let (floor, requests, slow_ms, slow) = (self.floor, self.requests, self.slow_ms, self.slow);
        let (levels, analyses) = (self.levels.clone(), self.analyses.clone());
        Plan { floor, requests, slow_ms, slow, levels, analyses, ..plan }
    }

    /// As the plan of a run.
    ///
    /// # Errors
    /// Names the first step that makes no sense.
    pub fn plan(&self) -> Result<Plan, Fault> {
        let invalid = |text: String| Fault::new(FaultKind::Invalid, text);
        if let Some(end) = self.steps.last().filter(|step| step.percent == 100 && **step != 100.into()) {
            let text =
                format!("the last step is {end}: 100 % is the promotion, which has no time and no pause");
            return Err(invalid(text).hint("let the step before it wait: 50+pause,100"));
        }
        if self.levels.len() > MOST_LEVELS {
            let text =
                format!("{} levels are asked for; at most {MOST_LEVELS} are compared", self.levels.len());
            return Err(invalid(text).hint("take those that tell most: memory, the length of a queue"));
        }
        let plan =
            self.watched(Plan::standard()).with_steps(self.steps.iter().map(|step| step.of(self)).collect());
        plan.map_err(|error| invalid(error.to_string()).hint("for example: --steps 10,50,100"))
    }

    /// Whether what is measured makes sense, however it is delivered.
    ///
    /// # Errors
    /// A floor that is no share; too many expressions; a name that two metrics have.
    pub(super) fn sound(&self) -> Result<(), Fault> {
        let invalid = |text: String| Fault::new(FaultKind::Invalid, text);
        // A verdict with such a floor holds for ever.
        if let Some(floor) = self.floor.filter(|floor| !(*floor > 0.0 && *floor < 1.0)) {
            let text = format!("a floor of {} % makes no sense: more than 0, less than 100", floor * 100.0);
            return Err(invalid(text).hint("leave it out for 0.1 %"));
        }
        let queries: usize = self.analyses.iter().map(|analysis| analysis.queries.len()).sum();
        if queries > MOST_QUERIES {
            let text = format!("{queries} expressions are to be measured; at most {MOST_QUERIES} are");
            return Err(invalid(text).hint("take those that tell most"));
        }
        if !self.requests.is_critical() && !self.analyses.iter().any(|one| one.importance.is_critical()) {
            let text = "without failed requests and without a critical condition nothing could be promoted";
            return Err(
                invalid(text.to_owned()).hint("give it a --condition, or leave --requests advisory out")
            );
        }
        let mut names: Vec<&str> = self.levels.iter().map(|level| level.metric.as_str()).collect();
        names.push("errors");
        for analysis in &self.analyses {
            if names.contains(&analysis.name.as_str()) {
                let text = format!("two metrics are called {:?}", analysis.name);
                return Err(invalid(text).hint("give the condition another name"));
            }
            names.push(&analysis.name);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
