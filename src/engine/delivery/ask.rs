//! What a person asks for.

use serde::{Deserialize, Serialize};

use crate::domain::{Fault, FaultKind, RevisionNumber, Target};
use crate::engine::canary::{Plan, Step};
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;
use crate::engine::verdict::Policy;
use crate::engine::verdict::policy::OnInconclusive;
use crate::engine::weights::Routing;

/// A delivery asked for, before it is worked out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAsk {
    /// The Deployment, frozen at the key press.
    pub target: Target,
    /// What is to run.
    pub version: NewVersion,
    /// How it comes in.
    pub strategy: Strategy,
    /// Weights and times of a canary; ignored for a rolling update.
    pub pace: Pace,
    /// What the requests are to be shared out by; ignored for a rolling update.
    pub traffic: Wish,
    /// What a successor does if the driver is lost.
    pub on_driver_loss: OnDriverLoss,
    /// Why; may be empty.
    pub reason: String,
    /// Although another tool owns the Deployment.
    pub override_owner: bool,
}

/// What is to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl NewVersion {
    /// A version as typed: a reference, `:TAG`, `@DIGEST`, or `CONTAINER=` one of these.
    pub fn typed(text: &str) -> Self {
        // A reference has no `=`; a container's name has nothing else.
        match text.split_once('=') {
            Some((container, image)) => {
                Self::Image { container: Some(container.to_owned()), image: image.to_owned() }
            }
            None => Self::Image { container: None, image: text.to_owned() },
        }
    }
}

impl DeliveryAsk {
    /// The same on the command line, what is the default there left out.
    pub fn command_line(&self) -> String {
        let key = &self.target.key;
        let mut words = vec!["qd deploy".to_owned(), format!("{}/{}", key.namespace, key.name)];
        words.push(match &self.version {
            NewVersion::Image { container: Some(container), image } => {
                format!("--image {container}={image}")
            }
            NewVersion::Image { container: None, image } => format!("--image {image}"),
            NewVersion::Revision(number) => format!("--to-revision {number}"),
        });
        let (usual, pace) = (Pace::default(), &self.pace);
        if self.strategy != Strategy::Canary {
            words.push(format!("--strategy {}", self.strategy.name()));
        }
        if self.strategy == Strategy::BlueGreen {
            for (name, seconds, known) in
                [("--step-min", pace.min_s, usual.min_s), ("--keep", pace.keep_s, usual.keep_s)]
            {
                words.extend((seconds != known).then(|| format!("{name} {seconds}s")));
            }
            words.extend(pace.manual.then(|| "--manual".to_owned()));
        }
        if self.strategy == Strategy::Canary {
            if pace.steps != usual.steps {
                let steps: Vec<String> = pace.steps.iter().map(u32::to_string).collect();
                words.push(format!("--steps {}", steps.join(",")));
            }
            for (name, seconds, known) in
                [("--step-min", pace.min_s, usual.min_s), ("--step-max", pace.max_s, usual.max_s)]
            {
                words.extend((seconds != known).then(|| format!("{name} {seconds}s")));
            }
            words.extend(pace.floor.map(|floor| format!("--floor {}", floor * 100.0)));
            words.extend(pace.manual.then(|| "--manual".to_owned()));
            words.extend(match self.traffic {
                Wish::Auto | Wish::Selector => None,
                Wish::Pods => Some("--traffic pods".to_owned()),
                Wish::Route => Some("--traffic route".to_owned()),
            });
        }
        words.extend(pace.slow_ms.map(|limit| format!("--slow-ms {limit}")));
        words.extend(match self.on_driver_loss {
            OnDriverLoss::TakeOver => None,
            OnDriverLoss::RollBack => Some("--on-driver-loss roll-back".to_owned()),
            OnDriverLoss::Hold => Some("--on-driver-loss hold".to_owned()),
        });
        words.extend(self.override_owner.then(|| "--override-owner".to_owned()));
        let quoted = self.reason.replace('\'', "'\\''");
        words.extend((!self.reason.is_empty()).then(|| format!("--reason '{quoted}'")));
        words.join(" ")
    }
}

/// Weights and times of a canary.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Requests slower than so many milliseconds are judged like failed ones.
    #[serde(default)]
    pub slow_ms: Option<u32>,
    /// Blue/green: how long the old colour is kept after the switch, in seconds.
    pub keep_s: u32,
}

impl Default for Pace {
    /// 10, 50, 100 %; 5 to 10 minutes a step; an old colour kept for 15.
    fn default() -> Self {
        Self {
            steps: vec![10, 50, 100],
            min_s: 300,
            max_s: 600,
            manual: false,
            floor: None,
            slow_ms: None,
            keep_s: 900,
        }
    }
}

impl Pace {
    /// As the plan of a switch: the new colour is made and looked at, then
    /// everybody goes to it, and the old one is kept. What nothing condemned in
    /// that time is promoted: everybody uses it already.
    pub fn switch(&self) -> Plan {
        let step = |percent, min_s, manual| Step { percent, min_s, max_s: min_s, manual };
        let standard = Plan::standard();
        let policy = Policy { on_inconclusive: OnInconclusive::Promote, ..standard.policy };
        let steps = vec![step(0, self.min_s, self.manual), step(100, self.keep_s, false)];
        Plan { steps, policy, routing: Routing::Switch, floor: self.floor, slow_ms: self.slow_ms, ..standard }
    }

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
        let standard = Plan { floor: self.floor, slow_ms: self.slow_ms, ..Plan::standard() };
        let plan = standard.with_steps(self.steps.iter().map(step).collect());
        plan.map_err(|error| {
            Fault::new(FaultKind::Invalid, error.to_string()).hint("for example: --steps 10,50,100")
        })
    }
}
