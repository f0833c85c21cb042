//! What a run wants done. One write at a time, each with absolute values.

use super::plan::Plan;
use crate::domain::count_of;
use crate::engine::router::Pick;
use serde::{Deserialize, Serialize};

/// A write to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// Create the canary Deployment with the new template.
    CreateCanary {
        /// Its size.
        replicas: u32,
    },
    /// Set the canary's size.
    ScaleCanary {
        /// Its size.
        replicas: u32,
    },
    /// Delete the canary Deployment.
    DeleteCanary,
    /// Give stable the new template: the promotion.
    UpdateStable,
    /// Give stable its old template back.
    RestoreStable,
    /// Name the canary's Service beside stable's, with weight 0.
    JoinRouter,
    /// Give the canary this part of the requests.
    Weigh {
        /// 0..=100.
        percent: u32,
    },
    /// Send the canary what this step of the plan picks, and nothing by weight.
    Pick {
        /// Which step, from 0.
        step: usize,
    },
    /// Write every weight back as it was, and take out what was picked.
    RestoreRouter,
}

impl Intent {
    /// As told to a person, who knows the plan.
    pub fn sentence(self, plan: &Plan) -> String {
        match self {
            Self::CreateCanary { replicas } => format!("create the canary with {}", pods(replicas)),
            Self::ScaleCanary { replicas } => format!("scale the canary to {}", pods(replicas)),
            Self::DeleteCanary => "delete the canary".to_owned(),
            Self::UpdateStable => "give stable the new template".to_owned(),
            Self::RestoreStable => "give stable its old template back".to_owned(),
            Self::JoinRouter => "name the canary in the route, with weight 0".to_owned(),
            Self::Weigh { percent } => format!("give the canary {percent} % of the requests"),
            Self::Pick { step } => {
                let pick = plan.steps.get(step).and_then(|step| step.pick.as_ref());
                format!("send the canary {}", pick.map_or_else(|| "nothing".to_owned(), Pick::words))
            }
            Self::RestoreRouter => "give stable all requests again, as it was before".to_owned(),
        }
    }
}

fn pods(replicas: u32) -> String {
    count_of(usize::try_from(replicas).unwrap_or(usize::MAX), "pod")
}
