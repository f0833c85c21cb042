//! What a person asks for.

use serde::Serialize;

use crate::domain::{Fault, FaultKind, RevisionNumber, Target};
use crate::engine::canary::{Plan, Step};
use crate::engine::record::{OnDriverLoss, Strategy};

/// A delivery asked for, before it is worked out.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryAsk {
    /// The Deployment, frozen at the key press.
    pub target: Target,
    /// What is to run.
    pub version: NewVersion,
    /// How it comes in.
    pub strategy: Strategy,
    /// Weights and times of a canary; ignored for a rolling update.
    pub pace: Pace,
    /// What a successor does if the driver is lost.
    pub on_driver_loss: OnDriverLoss,
    /// Why; may be empty.
    pub reason: String,
    /// Although another tool owns the Deployment.
    pub override_owner: bool,
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NewVersion {
    /// Another image of one container.
    Image {
        /// The container; none for the only one.
        container: Option<String>,
        /// The reference. A value that begins with `:` or `@` keeps the
        /// repository and changes tag or digest.
        image: String,
    },
    /// The template of a kept revision.
    Revision(RevisionNumber),
}

/// Weights and times of a canary.
#[derive(Clone, Debug, PartialEq)]
pub struct Pace {
    /// Percent of each step, rising; a last 100 may be left out.
    pub steps: Vec<u32>,
    /// No promotion before, per step, in seconds.
    pub min_s: u32,
    /// End of a step, in seconds.
    pub max_s: u32,
    /// Every step waits for a person.
    pub manual: bool,
    /// Error share that is harmless whatever stable's is, 0..=1; 0.1 % if none.
    pub floor: Option<f64>,
}

impl Default for Pace {
    /// 10, 50, 100 %; 5 to 10 minutes a step.
    fn default() -> Self {
        Self { steps: vec![10, 50, 100], min_s: 300, max_s: 600, manual: false, floor: None }
    }
}

impl Pace {
    /// As the plan of a run.
    ///
    /// # Errors
    /// Names the first step that makes no sense.
    pub fn plan(&self) -> Result<Plan, Fault> {
        let step = |percent: &u32| Step {
            percent: *percent,
            min_s: self.min_s,
            max_s: self.max_s,
            manual: self.manual,
        };
        if let Some(floor) = self.floor.filter(|floor| !(0.0..1.0).contains(floor)) {
            let text = format!("{floor} is no error share; it lies between 0 and 1");
            return Err(Fault::new(FaultKind::Invalid, text));
        }
        let standard = Plan { floor: self.floor, ..Plan::standard() };
        let plan = standard.with_steps(self.steps.iter().map(step).collect());
        plan.map_err(|error| {
            Fault::new(FaultKind::Invalid, error.to_string()).hint("for example: --steps 10,50,100")
        })
    }
}
