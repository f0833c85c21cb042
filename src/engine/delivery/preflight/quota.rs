//! Whether the quotas have room for the fullest moment: pods of the new version
//! beside stable, and those a rolling update makes before it takes the old away.

use super::Case;
use crate::domain::Check;
use crate::domain::CheckOutcome::Fail;
use crate::engine::record::Strategy;
use crate::engine::weights::Split;
use crate::engine::{quota_check, surge};

pub(super) fn check(case: &Case<'_>) -> Check {
    let short = (Fail, "raise the quota, or ask for smaller steps");
    quota_check(&case.evidence.quotas, case.new_pod(), pods_at_once(case), short)
}

/// Pods more than now at the fullest moment: in a step, or in the promotion
/// behind the last one, whose rolling update goes beyond stable's size.
fn pods_at_once(case: &Case<'_>) -> u64 {
    let surge = surge(&case.live.raw, case.live.workload.replicas.desired);
    if case.ask.strategy == Strategy::Rolling {
        return surge;
    }
    let canary = |split: &Split| u64::from(split.canary);
    let steps = case.splits.iter().map(canary).max().unwrap_or(0);
    steps.max(case.splits.last().map_or(0, canary) + surge)
}
