//! Whether the steps are long enough to compare levels.

use super::Case;
use crate::domain::Check;
use crate::domain::CheckOutcome::{Pass, Warn};
use crate::engine::verdict::gauge::MIN_POINTS;

/// Values a step gives of each side, as often as a driver reads its pods; none
/// if no levels are compared.
pub(super) fn check(case: &Case<'_>) -> Option<Check> {
    let (name, source) = ("levels", "the times of the steps");
    if case.plan.levels.is_empty() {
        return None;
    }
    let names: Vec<&str> = case.plan.levels.iter().map(|level| level.metric.as_str()).collect();
    let names = names.join(", ");
    let steps = case.splits.iter().zip(&case.plan.steps).enumerate();
    let judged = steps.filter(|(_, (_, step))| step.is_judged());
    let values = judged.map(|(number, (split, step))| {
        let readings = step.max_s / case.plan.read_every_s(number).max(1);
        (number + 1, u64::from(split.canary.min(split.stable)) * u64::from(readings))
    });
    Some(match values.min_by_key(|(_, values)| *values) {
        Some((number, values)) if values < MIN_POINTS as u64 => {
            let text = format!(
                "step {number} gives about {values} values of {names} on each side, {MIN_POINTS} are needed"
            );
            Check::new(name, Warn, text, source)
                .remedy("longer steps: until then these levels decide nothing")
        }
        Some(_) | None => Check::new(name, Pass, format!("{names}: enough values in each step"), source),
    })
}
