//! Choosing steps for a chart.

/// Start, end and step of a range query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RangePlan {
    /// First step, milliseconds since the epoch.
    pub start_ms: i64,
    /// Last step, inclusive.
    pub end_ms: i64,
    /// Distance of steps.
    pub step_ms: i64,
}

/// The finest step: what most targets are scraped at.
const FINEST_MS: i64 = 15_000;

/// A plan for the `range_ms` before `now_ms` on `width` columns: whole seconds
/// per step, and steps at multiples of themselves, so that redrawing asks for
/// the same points and caches can answer.
pub fn plan_range(now_ms: i64, range_ms: i64, width: u16) -> RangePlan {
    let columns = i64::from(width.max(1));
    let per_column = range_ms.max(1).saturating_add(columns - 1) / columns;
    let step_ms = (per_column.max(FINEST_MS) + 999) / 1000 * 1000;
    let end_ms = now_ms.div_euclid(step_ms) * step_ms;
    let start_ms = (now_ms - range_ms).div_euclid(step_ms) * step_ms;
    RangePlan { start_ms, end_ms, step_ms }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_aligned_and_fit_the_width() {
        let hour = plan_range(1_700_000_123_456, 3_600_000, 120);
        assert_eq!(hour.step_ms, 30_000);
        assert_eq!((hour.start_ms % 30_000, hour.end_ms % 30_000), (0, 0));
        assert_eq!(plan_range(1_700_000_000_000, 900_000, 500).step_ms, 15_000);
        assert_eq!(plan_range(1_700_000_000_000, 30 * 86_400_000, 100).step_ms, 25_920_000);
        for width in [0, 1, 7, 200] {
            let plan = plan_range(1_700_000_000_000, 86_400_000, width);
            let points = (plan.end_ms - plan.start_ms) / plan.step_ms + 1;
            assert!(points <= i64::from(width.max(1)) + 2, "{width}: {points}");
        }
    }
}
