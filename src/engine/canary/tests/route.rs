//! What shares the requests of the small cluster out.

use super::super::Plan;
use crate::engine::router::{Pick, Picked, Shares};

/// What shares requests out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// The canary's Service was named before.
    pub(super) was_named: bool,
    pub(super) named: bool,
    pub(super) percent: u32,
    /// What is picked there, by the plan's step.
    pub(super) picked: Picked,
}

impl Route {
    pub(super) fn shares(self) -> Shares {
        Shares {
            joined: self.named,
            percent: Some(self.percent),
            restored: self.percent == 0 && self.named == self.was_named && self.picked == Picked::Nothing,
            taken: true,
            picked: self.picked,
        }
    }

    /// What the canary and stable are sent of 3,000 requests, of which so many
    /// carry whatever header is asked for.
    pub(super) fn served(self, plan: &Plan, carriers: u64) -> (u64, u64) {
        let Picked::Step(step) = self.picked else {
            let n_c = 30 * u64::from(self.percent);
            return (n_c, 3_000 - n_c);
        };
        match &plan.steps[step].pick {
            Some(Pick::Mirror { percent }) => (30 * u64::from(*percent), 3_000),
            Some(Pick::Header { .. }) => (carriers, 3_000 - carriers),
            None => panic!("step {step} picks nothing"),
        }
    }
}
