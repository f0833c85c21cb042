//! What a person asks for.

use serde::{Deserialize, Serialize};

use super::pace::{Pace, PaceStep};
use crate::domain::{RevisionNumber, Target};
use crate::engine::gates::Glass;
use crate::engine::record::{OnDriverLoss, Strategy};
use crate::engine::router::Wish;

/// A delivery asked for, before it is worked out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeliveryAsk {
    /// The Deployment, frozen at the key press.
    pub target: Target,
    /// What is to run.
    pub version: NewVersion,
    /// How it comes in.
    pub strategy: Strategy,
    /// Weights and times; of a rolling update how long it is watched.
    pub pace: Pace,
    /// What the requests are to be shared out by; ignored for a rolling update.
    pub traffic: Wish,
    /// What a successor does if the driver is lost.
    pub on_driver_loss: OnDriverLoss,
    /// Why; may be empty.
    pub reason: String,
    /// Although another tool owns the Deployment.
    pub override_owner: bool,
    /// Although a freeze is in force: for this incident. No part of what a kept
    /// plan would do, so it is left out where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub glass: Option<Glass>,
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
        if self.strategy == Strategy::Canary && pace.steps != usual.steps {
            let steps: Vec<String> = pace.steps.iter().map(PaceStep::to_string).collect();
            words.push(format!("--steps {}", steps.join(",")));
        }
        let last = match self.strategy {
            Strategy::BlueGreen => ("--keep", pace.keep_s, usual.keep_s),
            Strategy::Canary | Strategy::Rolling => ("--step-max", pace.max_s, usual.max_s),
        };
        for (name, seconds, known) in [("--step-min", pace.min_s, usual.min_s), last] {
            words.extend((seconds != known).then(|| format!("{name} {seconds}s")));
        }
        words.extend(pace.floor.map(|floor| format!("--floor {}", floor * 100.0)));
        words.extend(pace.manual.then(|| "--manual".to_owned()));
        if self.strategy == Strategy::Canary {
            words.extend(pace.mirror_writes.then(|| "--mirror-writes".to_owned()));
            words.extend(match self.traffic {
                Wish::Auto | Wish::Selector => None,
                Wish::Pods => Some("--traffic pods".to_owned()),
                Wish::Route => Some("--traffic route".to_owned()),
            });
        }
        words.extend((!pace.requests.is_critical()).then(|| "--requests advisory".to_owned()));
        words.extend(pace.slow_ms.map(|limit| format!("--slow-ms {limit}")));
        words.extend((!pace.slow.is_critical()).then(|| "--slow advisory".to_owned()));
        words.extend(pace.levels.iter().map(|level| format!("--level {level}")));
        words.extend(
            pace.analyses.iter().map(|analysis| format!("--condition {}", quoted(&analysis.to_string()))),
        );
        words.extend(match self.on_driver_loss {
            OnDriverLoss::TakeOver => None,
            OnDriverLoss::RollBack => Some("--on-driver-loss roll-back".to_owned()),
            OnDriverLoss::Hold => Some("--on-driver-loss hold".to_owned()),
        });
        words.extend(self.override_owner.then(|| "--override-owner".to_owned()));
        words.extend(self.glass.as_ref().map(|glass| format!("--break-glass {}", glass.incident)));
        words.extend((!self.reason.is_empty()).then(|| format!("--reason {}", quoted(&self.reason))));
        words.join(" ")
    }
}

/// As one word of a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
