//! What earlier deliveries to the same Deployment had, and may have again.

use crate::domain::Uid;
use crate::engine::canary::Analysis;
use crate::engine::record::Strategy;
use crate::engine::verdict::Importance;
use crate::screens::delivery::Delivery;

/// The conditions of the newest delivery of each strategy, and what failed
/// requests do beside them. They are written in files, for `qd deploy`; here
/// they are only taken again.
#[derive(Clone, Debug, Default)]
pub struct Kept(Vec<(Strategy, Vec<Analysis>, Importance)>);

impl Kept {
    /// Those of the deliveries to the Deployment with `uid`.
    pub fn of(deliveries: &[Delivery], uid: &Uid) -> Self {
        let mut own: Vec<_> = deliveries.iter().filter(|delivery| delivery.uid == *uid).collect();
        own.sort_by_key(|delivery| std::cmp::Reverse(delivery.started));
        let conditions = |delivery: &&Delivery| {
            let plan = &delivery.record.run.plan;
            (delivery.record.strategy, plan.analyses.clone(), plan.requests)
        };
        Self(own.iter().map(conditions).collect())
    }

    /// Of the newest one by `strategy`. A condition names the pods it asks for,
    /// and a rolling update has other ones than a canary.
    pub(super) fn conditions(&self, strategy: Strategy) -> (&[Analysis], Importance) {
        let found = self.0.iter().find(|(known, ..)| *known == strategy);
        found.map_or((&[], Importance::Critical), |(_, all, requests)| (all, *requests))
    }
}

#[cfg(test)]
impl<const N: usize> From<[(Strategy, Vec<Analysis>, Importance); N]> for Kept {
    fn from(newest_first: [(Strategy, Vec<Analysis>, Importance); N]) -> Self {
        Self(newest_first.into())
    }
}
